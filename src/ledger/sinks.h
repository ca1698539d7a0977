/*
 * sinks.h: all sinks of a ledger, told of every event that they want.
 *
 * A file begins with a status event, and one tells when what was wrong with a
 * sink is over: who makes them is asked.
 */
#ifndef LEDGER_SINKS_H
#define LEDGER_SINKS_H

#include "ledger/outlet.h"

struct sinks {
	const struct observer *observer;
	const struct io_threads *threads; /* NULL: none are lent */
	struct outlet outlet[LIMIT_SINKS];
	size_t num;
	size_t waiting; /* bytes that may wait for each */
	bool sealed;
	/* NULL: nobody makes status events */
	struct log_event *(*make_status)(void *arg, bool to_all);
	void *arg;
	const char *error;
};

/* False: a write hangs, it must stay as it is. */
bool sinks_fini(struct sinks *o);
/* False and a line in err (size 256) if it cannot be opened. */
bool sinks_add(struct sinks *o, const struct sink_options *so, char *err);
unsigned sinks_want(const struct sinks *o);
void sinks_take(struct sinks *o, struct log_event *e);
/* False once one cannot be written any more. */
bool sinks_flush(struct sinks *o);
bool sinks_are_good(struct sinks *o);
/* Does any have what is not written yet; might the next event make it write? */
bool sinks_wait(struct sinks *o);
bool sinks_may_write(struct sinks *o);
void sinks_reopen(struct sinks *o);
/* What is told from now on is not written with what waits; until it was. */
void sinks_seal(struct sinks *o);
void sinks_unseal(struct sinks *o);
/* One line of news about a sink, for people; false: there is none. */
bool sinks_news(struct sinks *o, char *text, size_t size);
/* each: tell of every one, too (a replay must not depend on where it is
 * written to). */
void sinks_status(struct sinks *o, bool each, struct status *s);

#endif
