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

struct ledger;

enum format {
	FORMAT_ECS,
	FORMAT_TEXT,
	FORMAT_NUM
};
extern const char *const format_words[];

struct sink_options {
	const char *path; /* "-" is standard output */
	enum format format;
	unsigned datasets; /* bits 1 << enum dataset */
	enum severity min_severity; /* of findings */
	bool colour;
};

struct ledger *ledger_new(const struct observer *observer);
void ledger_free(struct ledger *l);
/* False and a line in err (size 256) if it cannot be opened. */
bool ledger_add_sink(struct ledger *l, const struct sink_options *o,
		     char *err);
/* Which datasets any sink wants. */
unsigned ledger_wants(const struct ledger *l);
/* Packet time passes: before the events of that time. */
void ledger_tick(struct ledger *l, struct stamp now);
/* Takes over the reference. */
void ledger_take(struct ledger *l, struct log_event *e);
/* Writes what is buffered. False once a sink cannot be written any more; the
 * reason is then in ledger_error(). */
bool ledger_flush(struct ledger *l);
const char *ledger_error(const struct ledger *l);
/* Closes files and opens them again by name (log rotation). */
void ledger_reopen(struct ledger *l);
void ledger_status(const struct ledger *l, struct status *s);
/* The highest severity told so far; false if none was. */
bool ledger_worst(const struct ledger *l, enum severity *out);

#endif
