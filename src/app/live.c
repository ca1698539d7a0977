/*
 * live.c: interfaces and mirrors, driven by libevent. SIGINT and SIGTERM end
 * it with every finished event written and a last status event; SIGHUP and
 * SIGUSR1 reopen the log, SIGHUP reads the configuration again, SIGUSR2 tells
 * how things are.
 */
#include "app/advice.h"
#include "app/config.h"
#include "app/pipeline.h"
#include "app/run.h"
#include "app/tally.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STATUS_SECONDS 60
#define BATCH	       2048
/* at the end: how long a packet may stay in the ring before it is handed over
 * (twice capture's time-out), and how long a full ring may take to be read */
#define DRAIN_IDLE (100 * NSEC_PER_MSEC)
#define DRAIN_MOST (3 * NSEC_PER_SEC)
/* a filter that took none of so many packets is worth a line */
#define FILTER_TAKES_NONE 1000

struct live_source {
	struct live *live;
	const char *spec;
	struct source *source; /* NULL while it is away */
	struct event *readable;
	struct source_stats before; /* of earlier handles */
	uint64_t lost;
	bool told_filter;
};

struct live {
	const struct options *options;
	struct pipeline *pipeline;
	struct event_base *base;
	struct live_source sources[MAX_INPUTS];
	struct pipeline_source watched[MAX_INPUTS]; /* the same, for status */
	size_t num_sources;
	unsigned seconds;
	struct config *reloaded; /* NULL: still what options began with */
	bool failed, told_cut;
};

/* What status events tell of it. */
static void watch(struct live_source *ls)
{
	struct live *l = ls->live;

	l->watched[ls - l->sources] = (struct pipeline_source){
		.spec = ls->spec,
		.source = ls->source,
		.before = &ls->before,
		.lost = ls->lost,
	};
	pipeline_watch(l->pipeline, l->watched, l->num_sources);
}

static void source_lost(struct live_source *ls)
{
	const char *why = source_error(ls->source);
	struct source_stats stats;

	if (why)
		fprintf(stderr, "wirecert: %s; trying again every second\n",
			why);
	else
		fprintf(stderr, "wirecert: %s: it went away; trying again "
				"every second\n", ls->spec);
	source_stats(ls->source, &stats);
	tally_add(&ls->before, &stats);
	ls->lost++;
	pipeline_retire(ls->live->pipeline, ls->source);
	event_free(ls->readable);
	source_close(ls->source);
	ls->source = NULL;
	watch(ls);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct live_source *ls = arg;
	struct pipeline *p = ls->live->pipeline;
	struct frame f;

	(void)fd;
	(void)what;
	for (int i = 0; i < BATCH || source_pending(ls->source); i++) {
		enum source_result r = source_next(ls->source, &f);

		if (r == SOURCE_AGAIN) {
			pipeline_rest(p);
			pipeline_idle(p);
			return;
		}
		if (r != SOURCE_FRAME) {
			source_lost(ls);
			return;
		}
		f.interface = pipeline_interface(
			p, source_interface(ls->source, f.interface));
		pipeline_frame(p, &f);
		if (!source_pending(ls->source))
			pipeline_rest(p);
	}
}

/* False and a line in err while it is not there. */
static bool source_begin(struct live_source *ls, char *err)
{
	const struct options *o = ls->live->options;
	struct source_options so = {
		.filter = o->filter,
		.snaplen = o->snaplen,
		.buffer = o->buffer,
		.no_promiscuous = o->no_promiscuous,
	};

	ls->source = source_open_live(ls->spec, &so, err);
	if (!ls->source)
		return false;
	ls->readable = event_new(ls->live->base, source_fd(ls->source),
				 EV_READ | EV_PERSIST, on_readable, ls);
	if (!ls->readable || event_add(ls->readable, NULL) != 0) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: cannot be watched",
			 ls->spec);
		source_close(ls->source);
		ls->source = NULL;
		return false;
	}
	watch(ls);
	return true;
}

static void status(struct live *l, enum action action)
{
	pipeline_status(l->pipeline, action, false);
}

/* A line that carries packets, of which the filter takes none: it is told once,
 * as nothing else would show that the sensor is blind. */
static void check_filter(struct live_source *ls)
{
	const char *filter = ls->live->options->filter;
	struct source_stats stats;
	uint64_t seen;

	if (!filter || ls->told_filter || !ls->source)
		return;
	source_stats(ls->source, &stats);
	if (stats.received || ls->before.received)
		ls->told_filter = true; /* it takes some */
	else if (source_seen(ls->source, &seen) && seen >= FILTER_TAKES_NONE) {
		ls->told_filter = true;
		advise_filter(ls->live->pipeline, filter, ls->spec, seen);
	}
}

static void check_cut(struct live *l)
{
	if (!l->told_cut)
		l->told_cut = advise_cut(l->pipeline, true);
}

static void flush(struct live *l)
{
	if (pipeline_flush(l->pipeline))
		return;
	l->failed = true;
	event_base_loopbreak(l->base);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct live *l = arg;
	char err[SOURCE_ERROR_TEXT];

	(void)fd;
	(void)what;
	for (size_t i = 0; i < l->num_sources; i++) {
		check_filter(&l->sources[i]);
		if (l->sources[i].source) /* it may have gone in silence */
			on_readable(-1, 0, &l->sources[i]);
		else if (source_begin(&l->sources[i], err))
			fprintf(stderr, "wirecert: %s is back\n",
				l->sources[i].spec);
	}
	/* packets of the last moments may still be in the ring */
	pipeline_tick(l->pipeline,
		      (struct stamp){ clock_now().ns - 2 * NSEC_PER_SEC });
	if (++l->seconds % STATUS_SECONDS == 0) {
		status(l, ACTION_INTERVAL);
		check_cut(l);
	}
}

/* Five times a second: who follows the log should not have to wait, and a slow
 * reader has read something. */
static void on_often(evutil_socket_t fd, short what, void *arg)
{
	struct live *l = arg;

	(void)fd;
	(void)what;
	(void)pipeline_keys(l->pipeline);
	pipeline_idle(l->pipeline);
	flush(l); /* what was opened is told at once */
}

static void on_end(evutil_socket_t sig, short what, void *arg)
{
	struct live *l = arg;

	(void)sig;
	(void)what;
	event_base_loopbreak(l->base);
}

static void on_reopen(evutil_socket_t sig, short what, void *arg)
{
	struct live *l = arg;

	(void)sig;
	(void)what;
	pipeline_reopen(l->pipeline);
	status(l, ACTION_INTERVAL); /* a log begins with one (CONTRACT.md) */
	(void)pipeline_flush(l->pipeline);
}

/* What is going on inside, now. */
static void on_status(evutil_socket_t sig, short what, void *arg)
{
	struct live *l = arg;

	(void)sig;
	(void)what;
	pipeline_status(l->pipeline, ACTION_INTERVAL, true);
	(void)pipeline_flush(l->pipeline);
}

/* Checked first; a bad file leaves the old configuration in force. What is
 * fixed at the start goes on to be compared with what the start had. */
static void reload(struct live *l)
{
	struct options o = *l->options;
	char err[CONFIG_ERROR_TEXT], keys[512];
	struct config *c = config_read(o.config, err);

	if (!c) {
		fprintf(stderr, "wirecert: %s; the configuration before stays "
				"in force\n", err);
		return;
	}
	config_differs(o.settings, c, keys, sizeof keys);
	if (keys[0])
		fprintf(stderr, "wirecert: %s: read again; a restart is "
				"needed for what changed in %s\n",
			o.config, keys);
	else
		fprintf(stderr, "wirecert: %s: read again\n", o.config);
	o.settings = c;
	pipeline_reload(l->pipeline, &o);
	config_free(l->reloaded);
	l->reloaded = c;
}

static void on_reload(evutil_socket_t sig, short what, void *arg)
{
	struct live *l = arg;

	on_reopen(sig, what, arg);
	if (l->options->config)
		reload(l);
}

/* What came until now, of one source: the kernel hands over a block of its ring
 * late, but not later than this. */
static void drain_one(struct live *l, struct source *s, struct stamp now)
{
	const struct timespec nap = { .tv_nsec = 10 * NSEC_PER_MSEC };
	struct frame f;
	int64_t took;

	while ((took = clock_now().ns - now.ns) < DRAIN_MOST) {
		enum source_result r = source_next(s, &f);

		if (r == SOURCE_AGAIN && took < DRAIN_IDLE) {
			pipeline_rest(l->pipeline);
			(void)nanosleep(&nap, NULL);
			continue;
		}
		if (r != SOURCE_FRAME || stamp_before(now, f.time)) {
			pipeline_rest(l->pipeline);
			return;
		}
		f.interface = pipeline_interface(
			l->pipeline, source_interface(s, f.interface));
		pipeline_frame(l->pipeline, &f);
		if (!source_pending(s))
			pipeline_rest(l->pipeline);
	}
}

/* What is still in the rings belongs to the log. */
static void drain(struct live *l)
{
	struct stamp now = clock_now();

	for (size_t i = 0; i < l->num_sources; i++)
		if (l->sources[i].source)
			drain_one(l, l->sources[i].source, now);
}

/* False: nothing can be opened, and there is nothing to wait with. */
static bool open_all(struct live *l)
{
	size_t num = l->options->num_interfaces, opened = 0;
	char err[MAX_INPUTS][SOURCE_ERROR_TEXT];

	for (size_t i = 0; i < num; i++) {
		struct live_source *ls = &l->sources[l->num_sources++];

		*ls = (struct live_source){
			.live = l, .spec = l->options->interfaces[i]
		};
		opened += source_begin(ls, err[i]);
		watch(ls);
	}
	for (size_t i = 0; i < num; i++)
		if (!l->sources[i].source)
			fprintf(stderr, "wirecert: %s%s\n", err[i],
				opened ? "; trying again every second" : "");
	return opened > 0;
}

static void loop(struct live *l)
{
	static const struct timeval second = { .tv_sec = 1 };
	static const struct timeval often = { .tv_usec = 200000 };
	struct event *events[] = {
		event_new(l->base, -1, EV_PERSIST, on_second, l),
		event_new(l->base, -1, EV_PERSIST, on_often, l),
		evsignal_new(l->base, SIGINT, on_end, l),
		evsignal_new(l->base, SIGTERM, on_end, l),
		evsignal_new(l->base, SIGHUP, on_reload, l),
		evsignal_new(l->base, SIGUSR1, on_reopen, l),
		evsignal_new(l->base, SIGUSR2, on_status, l),
	};

	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			(void)event_add(events[i], i == 0   ? &second
						   : i == 1 ? &often
							    : NULL);
	/* what was logged already is there before the first packet */
	(void)pipeline_keys(l->pipeline);
	status(l, ACTION_STARTED);
	(void)pipeline_flush(l->pipeline);
	(void)event_base_dispatch(l->base);
	drain(l);
	pipeline_end(l->pipeline);
	check_cut(l);
	status(l, ACTION_ENDED);
	l->failed |= !pipeline_flush(l->pipeline);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
}

int run_live(const struct options *o)
{
	struct live l = { .options = o };
	char err[SOURCE_ERROR_TEXT];
	int result = EXIT_DONE;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a full log is no reason to die */
	l.base = event_base_new();
	l.pipeline = pipeline_new(o, true, err);
	if (!l.base || !l.pipeline) {
		fprintf(stderr, "wirecert: %s\n",
			l.base ? err : "out of memory");
		return EXIT_USAGE;
	}
	pipeline_keeps(l.pipeline); /* the sources' batches stand */
	if (open_all(&l))
		loop(&l);
	else
		result = EXIT_INPUT;
	if (l.failed)
		result = EXIT_INPUT;
	else if (result == EXIT_DONE && pipeline_failed(l.pipeline, o))
		result = EXIT_FAIL_ON;
	for (size_t i = 0; i < l.num_sources; i++) {
		if (!l.sources[i].source)
			continue;
		event_free(l.sources[i].readable);
		source_close(l.sources[i].source);
	}
	pipeline_free(l.pipeline);
	config_free(l.reloaded);
	event_base_free(l.base);
	return result;
}
