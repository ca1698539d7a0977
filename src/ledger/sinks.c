/* sinks.c: see sinks.h. */
#include "ledger/sinks.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

void sinks_fini(struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		sink_close(&o->sink[i]);
	o->num = 0;
}

static bool add_one(struct sinks *o, const struct sink_options *so,
		    char *err)
{
	if (o->num == LIMIT_SINKS) {
		snprintf(err, SINK_ERROR_TEXT,
			 "at most %d outputs (a folder of Zeek's logs is %d)",
			 LIMIT_SINKS, ZEEK_LOG_NUM - 1);
		return false;
	}
	if (!sink_open(&o->sink[o->num], so, o->waiting, err))
		return false;
	o->num++;
	return true;
}

static bool is_folder(const struct sink_options *so)
{
	struct stat st;

	return so->type == SINK_FILE && so->format == FORMAT_ZEEK &&
	       so->path && stat(so->path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A file for each of Zeek's logs that is wanted. */
static bool add_folder(struct sinks *o, const struct sink_options *so,
		       char *err)
{
	char path[4096];

	for (int i = ZEEK_LOG_NONE + 1; i < ZEEK_LOG_NUM; i++) {
		struct sink_options one = *so;

		one.zeek_log = (enum zeek_log)i;
		one.datasets &= zeek_log_datasets[i];
		one.path = path;
		snprintf(path, sizeof path, "%s/%s.log", so->path,
			 zeek_log_words[i]);
		if (one.datasets && !add_one(o, &one, err))
			return false;
	}
	return true;
}

bool sinks_add(struct sinks *o, const struct sink_options *so, char *err)
{
	return is_folder(so) ? add_folder(o, so, err) : add_one(o, so, err);
}

unsigned sinks_want(const struct sinks *o)
{
	unsigned all = 0;

	for (size_t i = 0; i < o->num; i++)
		all |= o->sink[i].options.datasets;
	return all;
}

void sinks_take(struct sinks *o, struct log_event *e)
{
	for (size_t i = 0; i < o->num; i++) {
		if (!sink_wants(&o->sink[i], e))
			continue;
		if (!e->id[0])
			log_event_settle(e);
		sink_take(&o->sink[i], e, o->observer);
	}
}

/* The first line of files that have just begun. */
static void begin_files(struct sinks *o)
{
	struct log_event *e = NULL;

	for (size_t i = 0; i < o->num; i++) {
		struct sink *s = &o->sink[i];

		sink_look(s);
		if (!s->begun)
			continue;
		s->begun = false;
		if (!e && o->make_status)
			e = o->make_status(o->arg);
		if (!e || !sink_wants(s, e))
			continue;
		sink_take(s, e, o->observer);
		sink_first(s);
	}
	log_event_unref(e);
}

static bool flush_all(struct sinks *o)
{
	bool good = true;

	for (size_t i = 0; i < o->num; i++) {
		if (sink_flush(&o->sink[i]))
			continue;
		o->error = o->sink[i].error;
		good = false;
	}
	return good;
}

bool sinks_flush(struct sinks *o)
{
	struct log_event *e;
	bool over = false, good;

	begin_files(o);
	good = flush_all(o);
	for (size_t i = 0; i < o->num; i++)
		over |= o->sink[i].recovered && !o->sink[i].over_told;
	e = over && o->make_status ? o->make_status(o->arg) : NULL;
	for (size_t i = 0; i < o->num; i++)
		o->sink[i].over_told = o->sink[i].recovered;
	if (!e)
		return good;
	sinks_take(o, e);
	log_event_unref(e);
	return flush_all(o) && good;
}

bool sinks_wait(const struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		if (waiting_num(&o->sink[i].waiting))
			return true;
	return false;
}

bool sinks_may_write(const struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		if (sink_may_write(&o->sink[i]))
			return true;
	return false;
}

void sinks_reopen(struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		sink_reopen(&o->sink[i]);
}

static bool news_of(struct sink *s, char *text, size_t size)
{
	uint64_t dropped = waiting_dropped(&s->waiting);

	if (s->failing && !s->told) {
		s->told = true;
		snprintf(text, size, "%s; events wait for it (%zu KiB at most)",
			 s->error, s->waiting.bound >> 10);
		return true;
	}
	if (!s->recovered)
		return false;
	snprintf(text, size, "%s: written again, %llu events were dropped",
		 s->path, (unsigned long long)(dropped - s->told_dropped));
	s->told = s->recovered = s->over_told = false;
	s->told_dropped = dropped;
	return true;
}

bool sinks_news(struct sinks *o, char *text, size_t size)
{
	for (size_t i = 0; i < o->num; i++)
		if (news_of(&o->sink[i], text, size))
			return true;
	return false;
}

static void status_of(struct sink *s, struct status_output *out)
{
	const struct waiting *w = &s->waiting;

	snprintf(out->name, sizeof out->name, "%s", s->path);
	out->type = s->row->name;
	out->failing = s->failing;
	out->waiting = waiting_num(w);
	out->waiting_bytes = waiting_all(w).len;
	out->written = w->taken - waiting_dropped(w) - out->waiting;
	memcpy(out->dropped, w->dropped, sizeof out->dropped);
	out->failed_writes = s->failed_writes;
	out->rotated = s->rotated;
	out->reopened = s->reopened;
	out->slowest = s->slowest;
	s->slowest = 0;
}

void sinks_status(struct sinks *o, bool each, struct status *s)
{
	uint64_t written = 0, dropped = 0, failed = 0, rotated = 0, bytes = 0;

	for (size_t i = 0; i < o->num; i++) {
		struct sink *one = &o->sink[i];

		written += one->waiting.taken - waiting_dropped(&one->waiting);
		dropped += waiting_dropped(&one->waiting);
		failed += one->failed_writes;
		rotated += one->rotated;
		bytes += waiting_all(&one->waiting).len;
		if (each && s->num_outputs < LIMIT_SINKS)
			status_of(one, &s->outputs[s->num_outputs++]);
	}
	status_count(s, "events", "written", written);
	status_count(s, "events", "dropped", dropped);
	status_count(s, "events", "failed_writes", failed);
	status_count(s, "events", "rotated", rotated);
	if (each)
		status_count(s, "memory", "outputs", bytes);
}
