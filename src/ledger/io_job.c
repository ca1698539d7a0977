/* io_job.c: see io_job.h. */
#include "ledger/io_job.h"

#include "base/limits.h"

#include <stddef.h>

/* The kernel's ring holds what comes in this time; a disk that is busy with
 * others answers in it. */
#define MOMENT	(100 * NSEC_PER_MSEC)
#define HANGS	(2 * NSEC_PER_SEC)
#define AT_LAST (3 * NSEC_PER_SEC)

/* On the thread, where there is one. */
static void run(void *arg)
{
	struct io_job *j = arg;

	j->run(j->what);
	j->took = j->threads->clock() - j->begun;
}

void io_job_init(struct io_job *j, const struct io_threads *threads,
		 void (*what_to_run)(void *what), void *what)
{
	*j = (struct io_job){ .threads = threads,
			      .run = what_to_run,
			      .what = what };
}

bool io_job_do(struct io_job *j)
{
	if (j->threads && !j->thread)
		j->thread = j->threads->open(run, j);
	if (!j->thread) {
		j->run(j->what);
		return true;
	}
	j->begun = j->threads->clock();
	j->busy = true;
	j->threads->start(j->thread);
	if (!j->late && j->threads->wait(j->thread, MOMENT)) {
		j->busy = false;
		return true;
	}
	j->late = true;
	return false;
}

bool io_job_done(struct io_job *j)
{
	if (!j->busy)
		return true;
	if (!j->threads->wait(j->thread, 0))
		return false;
	j->busy = false;
	j->late = j->took > MOMENT;
	return true;
}

bool io_job_hangs(const struct io_job *j)
{
	return j->busy && j->threads->clock() - j->begun > HANGS;
}

bool io_job_end(struct io_job *j)
{
	if (!j->thread)
		return true;
	if (j->busy && !j->threads->wait(j->thread, AT_LAST))
		return false;
	j->busy = false;
	j->threads->close(j->thread);
	j->thread = NULL;
	return true;
}
