/*
 * ledger.h: the life of findings, and who is told: the ordered thread.
 *
 * A finding is told when it opens; what repeats it is counted. The same
 * handshake seen twice (two taps, mirrored twice) counts once. May do I/O: its
 * sinks write.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "event/event.h"
#include "event/zeek.h"

struct ledger;

/* The formats: a row each in formats.inc. */
enum format {
#define FORMAT(id, word, render, datasets) FORMAT_##id,
#include "ledger/formats.inc"
#undef FORMAT
	FORMAT_NUM
};
struct format_row {
	/* NULL: render_text(), which alone has a style */
	bool (*render)(const struct log_event *e, const struct observer *o,
		       struct buf *out);
	unsigned datasets; /* bits told by default, beside the usual ones */
};
extern const struct format_row format_rows[FORMAT_NUM];
extern const char *const format_words[];
/* False where the word is none. */
bool format_parse(const char *word, enum format *out);

enum sink_type {
	SINK_FILE,
	SINK_STDOUT,
	SINK_UNIX_STREAM,
	SINK_UNIX_DGRAM, /* an event a datagram */
	SINK_SYSLOG,	 /* RFC 5424, to the local one */
	SINK_JOURNALD,
	SINK_NUM
};
extern const char *const sink_words[];

struct sink_options {
	enum sink_type type;
	const char *path; /* "-" is standard output; NULL: the type's own */
	enum format format;
	unsigned datasets; /* bits 1 << enum dataset */
	enum severity min_severity; /* of findings */
	bool colour;
	bool patient; /* a replay waits for who reads it */
	enum zeek_log zeek_log; /* one of Zeek's files, in its own format */
	/* files: so large or old (seconds) they become PATH.1; 0: never */
	uint64_t rotate_size;
	int64_t rotate_age;
	unsigned keep; /* PATH.1 to PATH.keep */
};

struct ledger *ledger_new(const struct observer *observer);
void ledger_free(struct ledger *l);
/* So many bytes for what it remembers, and for what waits for all num_outputs;
 * before anything is added or known. */
void ledger_share(struct ledger *l, size_t bytes, size_t outputs,
		  size_t num_outputs);
/* How often findings are told again, and when they are over. */
void ledger_set_policy(struct ledger *l, const struct policy *p);
/* Evidence is kept in the folder; as ledger_add_sink(). */
bool ledger_set_evidence(struct ledger *l, const char *folder, char *err);
struct report; /* ledger/report.h */
/* It takes all events that the ledger tells; borrowed. */
void ledger_set_report(struct ledger *l, struct report *r);
/* How often an open finding was seen up to now; false: it is not open. */
bool ledger_occurrences(const struct ledger *l, const char *id,
			struct occurrences *out);
struct io_threads; /* ledger/io_job.h */
/* So that it does not stand still where a file system does, or a disk is slow;
 * before anything is added or opened. Without them it does. */
void ledger_set_threads(struct ledger *l, const struct io_threads *threads);
/* False and a line in err (size 256) if it cannot be opened. */
bool ledger_add_sink(struct ledger *l, const struct sink_options *o,
		     char *err);
/* What was known before: to be given to the joint half. */
struct ledger_known {
	void *arg;
	void (*own_name)(void *arg, struct bytes name);
	/* shown there for the name ("": none), each from the oldest on */
	void (*shown)(void *arg, struct bytes name,
		      const struct endpoint *where, const struct cert *leaf,
		      bool trusted, struct stamp first, struct stamp last);
};
/*
 * Keeps what is known in this directory, for so many seconds, and goes on with
 * what is there: after ledger_set_policy() and before anything is taken. False
 * and a line in err (size 512).
 */
bool ledger_open_state(struct ledger *l, const char *dir, int64_t retention,
		       const struct ledger_known *known, char *err);
/* Who makes the status events that files begin with, and that tell when a sink
 * is written again. */
void ledger_set_status(struct ledger *l,
		       struct log_event *(*make)(void *arg, bool to_all),
		       void *arg);
/* Which datasets any sink wants. */
unsigned ledger_wants(const struct ledger *l);
/* What the clock shows when the next events are made; without it (a replay)
 * they do not say. */
void ledger_clock(struct ledger *l, struct stamp clock);
/* Packet time passes: before the events of that time. More than a day back: the
 * clock was set, and it goes on from there. */
void ledger_tick(struct ledger *l, struct stamp now);
/* Takes over the reference. */
void ledger_take(struct ledger *l, struct log_event *e);
/* Writes what is buffered. False once a sink cannot be written any more; the
 * reason is then in ledger_error(). */
bool ledger_flush(struct ledger *l);
const char *ledger_error(const struct ledger *l);
/* Closes files and opens them again by name (log rotation). */
void ledger_reopen(struct ledger *l);
/* each: of every sink, too. */
void ledger_status(struct ledger *l, bool each, struct status *s);
/* One line about a sink that fails, or that does no more; false: none. */
bool ledger_news(struct ledger *l, char *text, size_t size);
/* The highest severity told so far; false if none was. */
bool ledger_worst(const struct ledger *l, enum severity *out);

#endif
