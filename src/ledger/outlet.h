/*
 * outlet.h: a sink whose writes may take long, seen from the ordered thread.
 *
 * Files are written by a job (io_job.h). While that is at it the sink is its
 * own, and what is told meanwhile waits apart, within the same bound.
 */
#ifndef LEDGER_OUTLET_H
#define LEDGER_OUTLET_H

#include "ledger/io_job.h"
#include "ledger/sink.h"

enum outlet_task {
	OUTLET_LOOK,  /* does another file begin? If not: */
	OUTLET_WRITE, /* all that waits */
	OUTLET_WRITE_ON, /* the same, but no file begins */
	OUTLET_REOPEN,
	OUTLET_CLOSE,
};

struct outlet {
	struct sink sink;    /* the job's, while that is busy */
	struct waiting next; /* told meanwhile, and while it is sealed */
	struct io_job job;
	enum outlet_task task;
	bool good; /* the last task did not fail for good */
	bool sealed; /* what is told next waits apart */
	bool reopen_due, hangs_told;
	struct status_output before; /* how things were when the job began */
};

bool outlet_open(struct outlet *o, const struct sink_options *so,
		 size_t waiting, const struct io_threads *threads,
		 char err[static SINK_ERROR_TEXT]);
/* Writes what waits first, as far as that is possible in some seconds.
 * False: a job hangs, the outlet must stay as it is. */
bool outlet_close(struct outlet *o);
/* Does a job work on the sink? */
bool outlet_is_busy(struct outlet *o);
/* False: busy with it, or with what came before. */
bool outlet_do(struct outlet *o, enum outlet_task task);
void outlet_take(struct outlet *o, const struct log_event *e,
		 const struct observer *observer);
bool outlet_may_write(struct outlet *o);
/* What is told from now on is not written with what waits. */
void outlet_seal(struct outlet *o);
void outlet_unseal(struct outlet *o);
/* Somebody moved the file away. Where that cannot be told now, reopen_due. */
void outlet_reopen(struct outlet *o);
bool outlet_waits(struct outlet *o);
/* One line of news for people; false: there is none. */
bool outlet_news(struct outlet *o, char *text, size_t size);
void outlet_status(struct outlet *o, struct status_output *out);

#endif
