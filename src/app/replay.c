/*
 * replay.c: capture files, in the order given, as one stream. An input that
 * cannot be read costs one line and exit status 3; the others are still read.
 */
#include "app/pipeline.h"
#include "app/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Frames between two looks at the clock, the output and the signals. */
#define BATCH 4096u

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

struct progress {
	bool on, shown;
	time_t last;
};

static void progress_show(struct progress *g, struct source *s,
			  const struct pipeline *p)
{
	uint64_t done, size;
	time_t now;

	if (!g->on)
		return;
	now = time(NULL);
	if (now == g->last)
		return;
	g->last = now;
	source_progress(s, &done, &size);
	if (size)
		fprintf(stderr, "\r%s: %u%%, %llu packets\033[K",
			source_name(s), (unsigned)(100.0 * (double)done /
						   (double)size),
			(unsigned long long)pipeline_frames(p));
	else
		fprintf(stderr, "\r%s: %llu packets\033[K", source_name(s),
			(unsigned long long)pipeline_frames(p));
	g->shown = true;
}

static void progress_end(struct progress *g)
{
	if (g->shown)
		fprintf(stderr, "\r\033[K");
	g->shown = false;
}

/* Reads one source to its end; false: the output failed. */
static bool read_all(struct pipeline *p, struct source *s, struct progress *g,
		     bool follow, enum source_result *end)
{
	struct frame f;
	uint64_t n = 0;

	for (;;) {
		enum source_result r = source_next(s, &f);

		if (r == SOURCE_AGAIN && follow && !interrupted) {
			struct timespec nap = { .tv_nsec = 100000000 };

			if (!pipeline_flush(p))
				return false;
			(void)nanosleep(&nap, NULL);
			continue;
		}
		if (r != SOURCE_FRAME || interrupted) {
			*end = r == SOURCE_FRAME ? SOURCE_END : r;
			return true;
		}
		f.interface = pipeline_interface(
			p, source_interface(s, f.interface));
		pipeline_frame(p, &f);
		if (++n % BATCH)
			continue;
		progress_show(g, s, p);
		if (n % (BATCH * 64) == 0 && !pipeline_flush(p))
			return false;
	}
}

struct replay {
	const struct options *options;
	struct pipeline *pipeline;
	struct progress progress;
	bool failed_input, failed_output;
};

static void replay_file(struct replay *r, const char *path)
{
	struct source_options so = { .filter = r->options->filter,
				     .follow = r->options->follow };
	char err[SOURCE_ERROR_TEXT];
	struct source *s = source_open_file(path, &so, err);
	enum source_result end = SOURCE_END;

	if (!s) {
		progress_end(&r->progress);
		fprintf(stderr, "wirecert: %s\n", err);
		r->failed_input = true;
		return;
	}
	if (!read_all(r->pipeline, s, &r->progress, so.follow, &end))
		r->failed_output = true;
	progress_end(&r->progress);
	if (source_error(s)) {
		fprintf(stderr, "wirecert: %s\n", source_error(s));
		r->failed_input |= end == SOURCE_FAILED;
	}
	pipeline_retire(r->pipeline, s);
	source_close(s);
}

static void replay_path(struct replay *r, const char *path)
{
	char err[SOURCE_ERROR_TEXT], **paths;
	size_t num, skipped;

	if (!strcmp(path, "-")) {
		replay_file(r, path);
		return;
	}
	if (!source_list(path, &paths, &num, &skipped, err)) {
		fprintf(stderr, "wirecert: %s\n", err);
		r->failed_input = true;
		return;
	}
	for (size_t i = 0; i < num; i++) {
		if (!interrupted && !r->failed_output)
			replay_file(r, paths[i]);
		free(paths[i]);
	}
	free(paths);
	if (skipped)
		fprintf(stderr, "wirecert: %s: %zu files are no captures\n",
			path, skipped);
}

int run_replay(const struct options *o)
{
	struct replay r = { .options = o };
	struct sigaction sa = { .sa_handler = on_signal };
	char err[SOURCE_ERROR_TEXT];
	int status = EXIT_DONE;

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	r.progress.on = isatty(STDERR_FILENO);
	r.pipeline = pipeline_new(o, false, err);
	if (!r.pipeline) {
		fprintf(stderr, "wirecert: %s\n", err);
		return EXIT_USAGE;
	}
	pipeline_status(r.pipeline, ACTION_STARTED, NULL, 0);
	for (size_t i = 0; i < o->num_files && !r.failed_output; i++)
		if (!interrupted)
			replay_path(&r, o->files[i]);
	pipeline_end(r.pipeline);
	pipeline_status(r.pipeline, ACTION_ENDED, NULL, 0);
	r.failed_output |= !pipeline_flush(r.pipeline);
	if (pipeline_failed(r.pipeline, o))
		status = EXIT_FAIL_ON;
	if (r.failed_input || r.failed_output)
		status = EXIT_INPUT;
	pipeline_free(r.pipeline);
	return status;
}
