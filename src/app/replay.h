/* replay.h: inside of replaying; see replay.c and merge.c. */
#ifndef APP_REPLAY_H
#define APP_REPLAY_H

#include "app/pipeline.h"
#include "ledger/report.h"

#include <signal.h>
#include <time.h>

/* Frames between two looks at the clock, the output and the signals. */
#define REPLAY_BATCH 4096u

struct progress {
	bool on, shown;
	time_t last;
};

struct replay {
	const struct options *options;
	struct pipeline *pipeline;
	struct progress progress;
	bool failed_input, failed_output;
	bool follow; /* the input that is being read, as it grows */
	unsigned naps;	       /* since it brought something */
	struct report *report; /* NULL: nobody wants one */
	int report_fd;
};

extern volatile sig_atomic_t replay_interrupted;
/* Does what other signals asked for since; s, where it is not NULL, is all that
 * is being read. */
void replay_answer(struct replay *r, struct source *s);

/* NULL when it cannot be opened, which was told. *scanned: its secrets were
 * read already. */
struct source *replay_open(struct replay *r, const char *path, bool *scanned);
/* Tells a failure or a warning of the source, and closes it. */
void replay_close(struct replay *r, struct source *s, bool failed);
void replay_progress(struct replay *r, struct source *s);
/* replay_report.c: false: it cannot be written, which was told. */
bool replay_report_begin(struct replay *r);
/* After the last event. */
void replay_report_end(struct replay *r);
/* merge.c: all inputs at once, by the times of their packets. */
void replay_merge(struct replay *r, char *const *paths, size_t num);

#endif
