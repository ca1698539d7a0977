/*
 * sink.h: where events go, in whole lines. Each kind of place is a row of
 * functions in a file of its own, sink_<word>.c.
 *
 * A live sensor never waits for a place that its kind can tell is slow: what it
 * does not take waits, bounded (waiting.h). A replay is patient.
 */
#ifndef LEDGER_SINK_H
#define LEDGER_SINK_H

#include "ledger/ledger.h"
#include "ledger/waiting.h"

#include <sys/types.h>

#define SINK_ERROR_TEXT 256

struct sink;

struct sink_row {
	const char *name;
	/* False and errno: it is not there. Opens s->path as s->fd. */
	bool (*open)(struct sink *s);
	/* What stands before and behind the event's lines; NULL: nothing. */
	void (*begin)(struct buf *b, const struct log_event *e,
		      const struct observer *o);
	void (*end)(struct buf *b, size_t begun);
	/* Before anything is written: is it still what it was? Where it may
	 * begin another file it does so, which s->begun tells. False and errno:
	 * nothing can be written now. NULL: no need to look. */
	bool (*look)(struct sink *s, bool may_begin);
	/* How many bytes, or -1 and errno. */
	ssize_t (*write)(struct sink *s, struct bytes waiting);
	/* Takes back the part of an event that was written; NULL: nobody can. */
	void (*undo)(struct sink *s);
	/* Somebody moved it away; NULL: nobody can. */
	void (*reopen)(struct sink *s);
	void (*close)(struct sink *s);
	bool comes_back; /* what is gone may come back: tried again */
	bool datagrams;	 /* an event is one */
	bool one_line;	 /* no newlines inside of an event */
};

extern const struct sink_row sink_file, sink_stdout, sink_unix_stream,
	sink_unix_dgram, sink_syslog, sink_journald;

struct sink {
	const struct sink_row *row;
	struct sink_options options;
	char *path;
	int fd;
	struct waiting waiting;
	struct stamp newest; /* time of the last event taken */
	uint64_t failed_writes, rotated, reopened;
	uint64_t slowest; /* nanoseconds of a write, since it was told */
	uint64_t size;	  /* of the file */
	int64_t born;	  /* seconds: when the file began ... */
	int64_t rotate_at; /* ... and may be rotated again */
	int64_t tried;	  /* seconds: when it was not there last */
	size_t flush_at;  /* write when so many bytes wait */
	bool regular;	  /* a file on a disk */
	bool begun;	  /* a new one: nothing stands in it */
	bool header_due;  /* before the next event */
	/* something is wrong; people were told; it is over, which an event told,
	 * but not yet people */
	bool failing, told, recovered, over_told;
	uint64_t told_dropped;
	char error[SINK_ERROR_TEXT];
};

bool sink_open(struct sink *s, const struct sink_options *o, size_t waiting,
	       char err[static SINK_ERROR_TEXT]);
/* Writes what waits first, as far as that is possible in two seconds. */
void sink_close(struct sink *s);
bool sink_wants(const struct sink *s, const struct log_event *e);
/* Its lines for the event, to w: what waits, or comes to wait, for this sink.
 * Nothing of the sink is touched that a write needs. */
void sink_render(struct sink *s, struct waiting *w, const struct log_event *e,
		 const struct observer *o);
/* So much waits that it should be written; with the next event, maybe. */
bool sink_is_full(const struct sink *s);
bool sink_may_write(const struct sink *s);
/* The event that was taken last is written first. */
void sink_first(struct sink *s);
/* A file began: what stands in it before all events (Zeek's columns). */
void sink_put_header(struct sink *s);
/* Begins another file where that is due; s->begun tells. */
void sink_look(struct sink *s);
/* Writes, but begins no other file. False as sink_flush(). */
bool sink_write_on(struct sink *s);
/* False: it cannot be written any more. */
bool sink_flush(struct sink *s);
void sink_reopen(struct sink *s);

/* s->error says what errno means here. */
void sink_note_error(struct sink *s, int error);

/* sink_unix.c, for the rows that are a local socket: connect, send. */
bool sink_unix_open(struct sink *s, int type);
void sink_unix_close(struct sink *s);
/* One event as one datagram; its bytes, or -1. */
ssize_t sink_unix_send(struct sink *s, struct bytes event);

#endif
