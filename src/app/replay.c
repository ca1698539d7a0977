/*
 * replay.c: capture files, in the order given, as one stream. An input that
 * cannot be read costs one line and exit status 3; the others are still read.
 */
#include "app/replay.h"

#include "app/advice.h"
#include "app/run.h"
#include "decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* So long nothing comes: 2 s, as live. */
#define LULL_NAPS 20

volatile sig_atomic_t replay_interrupted;
static volatile sig_atomic_t asked_reopen, asked_status;

static void on_signal(int sig)
{
	if (sig == SIGHUP || sig == SIGUSR1)
		asked_reopen = 1;
	else if (sig == SIGUSR2)
		asked_status = 1;
	else
		replay_interrupted = 1;
}

/* A terminal that hangs up still ends what writes to it. */
static void catch_signals(const struct options *o)
{
	struct sigaction sa = { .sa_handler = on_signal };

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	if (strcmp(o->output, "-") != 0 || o->num_sinks)
		(void)sigaction(SIGHUP, &sa, NULL);
	(void)sigaction(SIGUSR1, &sa, NULL);
	(void)sigaction(SIGUSR2, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

void replay_answer(struct replay *r, struct source *s)
{
	struct pipeline_source watched = { .source = s };
	bool reopen = asked_reopen, status = asked_status;

	if (!reopen && !status)
		return;
	asked_reopen = asked_status = 0;
	if (reopen)
		pipeline_reopen(r->pipeline);
	/* the first one of a log is that of the first packet */
	if (!s || !pipeline_frames(r->pipeline))
		return;
	watched.spec = source_name(s);
	pipeline_watch(r->pipeline, &watched, 1);
	pipeline_status(r->pipeline, ACTION_INTERVAL, status);
	pipeline_watch(r->pipeline, NULL, 0);
}

void replay_progress(struct replay *r, struct source *s)
{
	struct progress *g = &r->progress;
	unsigned long long n = pipeline_frames(r->pipeline);
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
			source_name(s),
			(unsigned)(100.0 * (double)done / (double)size), n);
	else
		fprintf(stderr, "\r%s: %llu packets\033[K", source_name(s), n);
	g->shown = true;
}

static void progress_end(struct progress *g)
{
	if (g->shown)
		fprintf(stderr, "\r\033[K");
	g->shown = false;
}

/* False: the output failed. */
static bool wait_for_more(struct replay *r, struct source *s)
{
	struct timespec nap = { .tv_nsec = 100000000 };

	replay_answer(r, s);
	if (r->follow && ++r->naps == LULL_NAPS)
		pipeline_lull(r->pipeline);
	if (!pipeline_flush(r->pipeline))
		return false;
	(void)nanosleep(&nap, NULL);
	return true;
}

/* Reads one source to its end; SOURCE_AGAIN: its file was replaced. False: the
 * output failed. */
static bool read_all(struct replay *r, struct source *s, bool secrets,
		     enum source_result *end)
{
	struct pipeline *p = r->pipeline;
	bool replaced = false;
	struct frame f;
	uint64_t n = 0;

	pipeline_lend(p, s);
	for (;;) {
		enum source_result got = source_next(s, &f);

		if (secrets)
			pipeline_secrets(p, s);
		if (got == SOURCE_AGAIN && !replay_interrupted && !replaced) {
			/* once more, for what came before it was replaced */
			replaced = source_replaced(s);
			if (!replaced && !wait_for_more(r, s))
				return false;
			continue;
		}
		if (got != SOURCE_FRAME || replay_interrupted) {
			*end = replay_interrupted ? SOURCE_END : got;
			return true;
		}
		f.interface = pipeline_interface(
			p, source_interface(s, f.interface));
		pipeline_frame(p, &f);
		r->naps = 0;
		if (++n % REPLAY_BATCH)
			continue;
		replay_answer(r, s);
		replay_progress(r, s);
		if (n % (REPLAY_BATCH * 64) == 0 && !pipeline_flush(p))
			return false;
	}
}

/* Pipes bring data when they like: meanwhile what is known is written. */
static bool is_pipe(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return fstat(STDIN_FILENO, &st) == 0 && !S_ISREG(st.st_mode);
	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

struct source *replay_open(struct replay *r, const char *path, bool *scanned)
{
	struct source_options so = { .filter = r->options->filter };
	char err[SOURCE_ERROR_TEXT];
	bool pipe = is_pipe(path);
	struct source *s;

	so.follow = !r->options->merge && (r->follow || pipe);
	s = source_open_file(path, &so, err);
	if (!s) {
		progress_end(&r->progress);
		fprintf(stderr, "wirecert: %s\n", err);
		r->failed_input = true;
		pipeline_retire(r->pipeline, NULL);
		if (r->report)
			report_input(r->report, path, err);
		return NULL;
	}
	*scanned = !so.follow && !pipe && strcmp(path, "-") != 0 &&
		   pipeline_scan(r->pipeline, path);
	return s;
}

/* A capture of something else (USB, Bluetooth ...) is not one without TLS.
 * False: it is none. */
static bool is_foreign(struct source *s, const struct source_stats *stats,
		       char text[static SOURCE_ERROR_TEXT])
{
	if (!stats->frames || stats->linktype < 0 ||
	    decode_knows(stats->linktype))
		return false;
	snprintf(text, SOURCE_ERROR_TEXT,
		 "%s: link type %d (%s) is not decoded: none of its %llu "
		 "packets was looked into",
		 source_name(s), stats->linktype, source_linktype(s),
		 (unsigned long long)stats->frames);
	return true;
}

void replay_close(struct replay *r, struct source *s, bool failed)
{
	char text[SOURCE_ERROR_TEXT];
	struct source_stats stats;
	const char *error;

	progress_end(&r->progress);
	source_stats(s, &stats);
	error = source_error(s);
	if (!error && is_foreign(s, &stats, text)) {
		error = text;
		failed = true;
	}
	if (error) {
		fprintf(stderr, "wirecert: %s\n", error);
		r->failed_input |= failed;
	}
	if (!error && !stats.frames && !stats.filtered)
		fprintf(stderr, "wirecert: %s: no packets in it\n",
			source_name(s));
	if (r->report)
		report_input(r->report, source_name(s), error);
	if (stats.bad_blocks)
		fprintf(stderr,
			"wirecert: %s: %llu damaged blocks were left out\n",
			source_name(s), (unsigned long long)stats.bad_blocks);
	pipeline_retire(r->pipeline, s);
	source_close(s);
}

/* Opened again for as long as it is followed and replaced. */
static void replay_file(struct replay *r, const char *path)
{
	enum source_result end = SOURCE_AGAIN;
	struct source *s;
	bool scanned;

	while (end == SOURCE_AGAIN && (s = replay_open(r, path, &scanned))) {
		if (!read_all(r, s, !scanned, &end)) {
			r->failed_output = true;
			end = SOURCE_END;
		}
		pipeline_rest(r->pipeline);
		replay_close(r, s, end == SOURCE_FAILED);
	}
}

struct paths {
	char **at;
	size_t num, size;
};

/* Takes over path. */
static void paths_add(struct paths *l, char *path)
{
	if (l->num == l->size) {
		size_t size = l->size ? 2 * l->size : 64;
		char **at = realloc(l->at, size * sizeof *at);

		if (!at) {
			free(path);
			return;
		}
		l->at = at;
		l->size = size;
	}
	if (path)
		l->at[l->num++] = path;
}

static void paths_expand(struct replay *r, struct paths *l, const char *path)
{
	char err[SOURCE_ERROR_TEXT], **found;
	size_t num, skipped;

	if (!strcmp(path, "-")) {
		paths_add(l, strdup(path));
		return;
	}
	if (!source_list(path, &found, &num, &skipped, err)) {
		fprintf(stderr, "wirecert: %s\n", err);
		r->failed_input = true;
		if (r->report)
			report_input(r->report, path, err);
		return;
	}
	for (size_t i = 0; i < num; i++)
		paths_add(l, found[i]);
	free(found);
	if (err[0]) { /* a part of it */
		fprintf(stderr, "wirecert: %s\n", err);
		r->failed_input = true;
		if (r->report)
			report_input(r->report, path, err);
	}
	if (!num) {
		fprintf(stderr,
			"wirecert: %s: no capture in it: %zu other files\n",
			path, skipped);
		r->failed_input = true;
		if (r->report)
			report_input(r->report, path, "no capture in it");
	} else if (skipped)
		fprintf(stderr, "wirecert: %s: %zu files are no captures\n",
			path, skipped);
}

static void replay_all(struct replay *r)
{
	const struct options *o = r->options;
	struct paths l = { .num = 0 };

	for (size_t i = 0; i < o->num_files; i++)
		paths_expand(r, &l, o->files[i]);
	if (o->merge)
		replay_merge(r, l.at, l.num);
	for (size_t i = 0; i < l.num; i++) {
		/* those before the last one would never end */
		r->follow = o->follow && i + 1 == l.num;
		if (!o->merge && !replay_interrupted && !r->failed_output)
			replay_file(r, l.at[i]);
		free(l.at[i]);
	}
	free(l.at);
}

int run_replay(const struct options *o)
{
	struct replay r = { .options = o };
	char err[SOURCE_ERROR_TEXT];
	struct source_stats sum;
	int status = EXIT_DONE;

	catch_signals(o);
	r.progress.on = isatty(STDERR_FILENO);
	r.pipeline = pipeline_new(o, false, err);
	if (!r.pipeline) {
		fprintf(stderr, "wirecert: %s\n", err);
		return EXIT_USAGE;
	}
	if (!replay_report_begin(&r)) {
		pipeline_free(r.pipeline);
		return EXIT_USAGE;
	}
	r.failed_input |= !pipeline_keys(r.pipeline);
	replay_all(&r);
	pipeline_end(r.pipeline);
	advise_cut(r.pipeline, false);
	pipeline_sum(r.pipeline, &sum);
	if (o->filter && !sum.frames && sum.filtered)
		advise_filter(r.pipeline, o->filter, NULL, sum.filtered);
	pipeline_status(r.pipeline, ACTION_ENDED, false);
	r.failed_output |= !pipeline_flush(r.pipeline);
	replay_report_end(&r);
	if (pipeline_failed(r.pipeline, o))
		status = EXIT_FAIL_ON;
	if (r.failed_input || r.failed_output)
		status = EXIT_INPUT;
	pipeline_free(r.pipeline);
	return status;
}
