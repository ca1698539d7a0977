/*
 * io_job.h: what may take long (a write to a file system that does not answer, a
 * commit) is done beside the ordered thread, by a thread that the program lends:
 * the ledger makes none. Without one (a replay) the ordered thread does it.
 *
 * A place has one job at a time. It is waited for only for a moment, so that on
 * a disk that is well everything happens in the order of the calls; who is late
 * once is not waited for until a job of it was in time again. What a job works
 * on is its own until it is done.
 */
#ifndef LEDGER_IO_JOB_H
#define LEDGER_IO_JOB_H

#include <stdbool.h>
#include <stdint.h>

/* Threads lent by the program, one for each place. */
struct io_threads {
	/* NULL: there is none to be had */
	void *(*open)(void (*run)(void *what), void *what);
	/* Runs it once more. */
	void (*start)(void *thread);
	/* True when that is done, at the latest after so many nanoseconds. */
	bool (*wait)(void *thread, int64_t ns);
	/* It is done. */
	void (*close)(void *thread);
	/* Nanoseconds of a clock that only goes on; also on these threads. */
	int64_t (*clock)(void);
};

struct io_job {
	const struct io_threads *threads; /* NULL: none */
	void *thread;
	void (*run)(void *what);
	void *what;
	bool busy, late;
	int64_t begun, took; /* by the clock of the threads */
};

void io_job_init(struct io_job *j, const struct io_threads *threads,
		 void (*run)(void *what), void *what);
/* Does it; false: it is still at it. */
bool io_job_do(struct io_job *j);
/* False: still at it. */
bool io_job_done(struct io_job *j);
/* Busy for longer than a disk that is well takes: 2 s. */
bool io_job_hangs(const struct io_job *j);
/* Waits for it, some seconds. False: it hangs, what it works on must stay. */
bool io_job_end(struct io_job *j);

#endif
