/*
 * live.c: interfaces and mirrors, driven by libevent. SIGINT and SIGTERM end
 * it with every finished event written and a last status event; SIGHUP and
 * SIGUSR1 reopen the log, SIGHUP reads the configuration again.
 */
#include "app/config.h"
#include "app/pipeline.h"
#include "app/run.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STATUS_SECONDS 60
#define BATCH	       2048

struct live_source {
	struct live *live;
	const char *spec;
	struct source *source; /* NULL while it is away */
	struct event *readable;
};

struct live {
	const struct options *options;
	struct pipeline *pipeline;
	struct event_base *base;
	struct live_source sources[MAX_INPUTS];
	size_t num_sources;
	unsigned seconds;
	struct config *reloaded; /* NULL: still what options began with */
	bool failed;
};

static struct stamp clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (struct stamp){ .ns = t.tv_sec * NSEC_PER_SEC + t.tv_nsec };
}

static void source_lost(struct live_source *ls)
{
	const char *why = source_error(ls->source);

	fprintf(stderr, "wirecert: %s: %s; trying again every second\n",
		ls->spec, why ? why : "it went away");
	pipeline_retire(ls->live->pipeline, ls->source);
	event_free(ls->readable);
	source_close(ls->source);
	ls->source = NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct live_source *ls = arg;
	struct pipeline *p = ls->live->pipeline;
	struct frame f;

	(void)fd;
	(void)what;
	for (int i = 0; i < BATCH; i++) {
		enum source_result r = source_next(ls->source, &f);

		if (r == SOURCE_AGAIN)
			return;
		if (r != SOURCE_FRAME) {
			source_lost(ls);
			return;
		}
		f.interface = pipeline_interface(
			p, source_interface(ls->source, f.interface));
		pipeline_frame(p, &f);
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
	return true;
}

static void status(struct live *l, enum action action)
{
	struct pipeline_source all[MAX_INPUTS];

	for (size_t i = 0; i < l->num_sources; i++)
		all[i] = (struct pipeline_source){
			.spec = l->sources[i].spec,
			.source = l->sources[i].source,
		};
	pipeline_status(l->pipeline, action, all, l->num_sources);
}

static void on_second(evutil_socket_t fd, short what, void *arg)
{
	struct live *l = arg;
	char err[SOURCE_ERROR_TEXT];

	(void)fd;
	(void)what;
	for (size_t i = 0; i < l->num_sources; i++) {
		if (l->sources[i].source)
			continue;
		if (source_begin(&l->sources[i], err))
			fprintf(stderr, "wirecert: %s is back\n",
				l->sources[i].spec);
	}
	/* packets of the last moments may still be in the ring */
	pipeline_tick(l->pipeline,
		      (struct stamp){ clock_now().ns - 2 * NSEC_PER_SEC });
	if (++l->seconds % STATUS_SECONDS == 0)
		status(l, ACTION_INTERVAL);
	if (!pipeline_flush(l->pipeline)) {
		l->failed = true;
		event_base_loopbreak(l->base);
	}
}

static void on_keys(evutil_socket_t fd, short what, void *arg)
{
	struct live *l = arg;

	(void)fd;
	(void)what;
	(void)pipeline_keys(l->pipeline);
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

/* What is still in the rings belongs to the log. */
static void drain(struct live *l)
{
	struct frame f;

	for (size_t i = 0; i < l->num_sources; i++) {
		struct source *s = l->sources[i].source;

		for (int n = 0; s && n < 1000000; n++) {
			if (source_next(s, &f) != SOURCE_FRAME)
				break;
			f.interface = pipeline_interface(
				l->pipeline, source_interface(s, f.interface));
			pipeline_frame(l->pipeline, &f);
		}
	}
}

static bool open_all(struct live *l)
{
	char err[SOURCE_ERROR_TEXT];
	size_t opened = 0;

	for (size_t i = 0; i < l->options->num_interfaces; i++) {
		struct live_source *ls = &l->sources[l->num_sources++];

		*ls = (struct live_source){
			.live = l, .spec = l->options->interfaces[i]
		};
		if (source_begin(ls, err))
			opened++;
		else
			fprintf(stderr, "wirecert: %s\n", err);
	}
	return opened > 0;
}

static void loop(struct live *l)
{
	static const struct timeval second = { .tv_sec = 1 };
	static const struct timeval often = { .tv_usec = 200000 };
	struct event *events[] = {
		event_new(l->base, -1, EV_PERSIST, on_second, l),
		event_new(l->base, -1, EV_PERSIST, on_keys, l),
		evsignal_new(l->base, SIGINT, on_end, l),
		evsignal_new(l->base, SIGTERM, on_end, l),
		evsignal_new(l->base, SIGHUP, on_reload, l),
		evsignal_new(l->base, SIGUSR1, on_reopen, l),
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
	l.base = event_base_new();
	l.pipeline = pipeline_new(o, true, err);
	if (!l.base || !l.pipeline) {
		fprintf(stderr, "wirecert: %s\n",
			l.base ? err : "out of memory");
		return EXIT_USAGE;
	}
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
