/* run.h: the two ways to run: replay files, listen live. Exit statuses. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "app/options.h"
#include "base/limits.h"

#include <time.h>

int run_replay(const struct options *o);
int run_live(const struct options *o);

/* The clock of live sensors; a replay has none. */
static inline struct stamp clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (struct stamp){ .ns = t.tv_sec * NSEC_PER_SEC + t.tv_nsec };
}

#endif
