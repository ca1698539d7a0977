/*
 * sink.h: where lines go, in whole lines. Each kind of place is a row of
 * functions in a file of its own, sink_<word>.c.
 */
#ifndef LEDGER_SINK_H
#define LEDGER_SINK_H

#include "ledger/ledger.h"

#include <sys/types.h>

#define SINK_ERROR_TEXT 256

struct sink;

struct sink_row {
	const char *name;
	/* False and errno: it is not there. Opens s->path as s->fd. */
	bool (*open)(struct sink *s);
	/* What stands before the event's line; NULL: nothing. */
	void (*begin)(struct sink *s, const struct log_event *e,
		      const struct observer *o);
	/* Writes of what waits, which begins with an event unless some of that
	 * was written before; how many bytes, or -1 and errno. */
	ssize_t (*write)(struct sink *s, struct bytes waiting);
	/* After a flush, with whole lines written; NULL: nothing to do. */
	void (*flush)(struct sink *s);
	/* Somebody moved it away; NULL: nobody can. */
	void (*reopen)(struct sink *s);
	void (*close)(struct sink *s);
	bool comes_back; /* what is gone may come back: tried again */
	/* An event is a datagram: what waits are texts that end with a NUL. */
	bool datagrams;
	bool one_line; /* no newlines inside of an event */
};

extern const struct sink_row sink_file, sink_stdout, sink_unix_stream,
	sink_unix_dgram, sink_syslog, sink_journald;

struct sink {
	const struct sink_row *row;
	struct sink_options options;
	char *path;
	int fd;
	struct buf pending; /* whole lines ... */
	size_t sent;	    /* ... so much of the first one is written */
	uint64_t written, dropped, failed_writes, rotated;
	uint64_t size;	    /* of the file */
	int64_t born, looked; /* seconds: when it began, was looked for */
	char error[SINK_ERROR_TEXT];
};

bool sink_open(struct sink *s, const struct sink_options *o,
	       char err[static SINK_ERROR_TEXT]);
void sink_close(struct sink *s);
bool sink_wants(const struct sink *s, const struct log_event *e);
void sink_take(struct sink *s, const struct log_event *e,
	       const struct observer *o);
/* False: it cannot be written any more. */
bool sink_flush(struct sink *s);
void sink_reopen(struct sink *s);

/* sink_unix.c, for the rows that are a local socket: connect, send. */
bool sink_unix_open(struct sink *s, int type);
void sink_unix_close(struct sink *s);
/* One datagram of these parts; the bytes that it stood for, or -1. */
ssize_t sink_unix_send(struct sink *s, const struct bytes *parts, size_t num,
		       size_t stands_for);
/* The first event without its end, of a row with datagrams. */
struct bytes sink_text(struct bytes waiting);

#endif
