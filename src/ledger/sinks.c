/* sinks.c: see sinks.h. */
#include "ledger/sinks.h"

#include <stdio.h>
#include <sys/stat.h>

bool sinks_fini(struct sinks *o)
{
	bool good = true;

	for (size_t i = 0; i < o->num; i++)
		good &= outlet_close(&o->outlet[i]);
	o->num = 0;
	return good;
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
	if (!outlet_open(&o->outlet[o->num], so, o->waiting, o->threads, err))
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
		all |= o->outlet[i].sink.options.datasets;
	return all;
}

void sinks_take(struct sinks *o, struct log_event *e)
{
	for (size_t i = 0; i < o->num; i++) {
		if (!e->id[0] && sink_wants(&o->outlet[i].sink, e))
			log_event_settle(e);
		outlet_take(&o->outlet[i], e, o->observer);
	}
}

/* Looks after a file and writes to it. True: another one has begun. */
static bool has_begun(struct outlet *o)
{
	struct sink *s = &o->sink;

	if (o->reopen_due && !outlet_is_busy(o))
		o->reopen_due = !outlet_do(o, OUTLET_REOPEN) && !o->job.busy;
	if (!outlet_do(o, s->row->look ? OUTLET_LOOK : OUTLET_WRITE) ||
	    !s->begun)
		return false;
	s->begun = false;
	sink_put_header(s);
	return true;
}

/* Writes to all; files that have just begun have their first line before. */
static void write_all(struct sinks *o)
{
	struct log_event *e = NULL;

	for (size_t i = 0; i < o->num; i++) {
		struct sink *s = &o->outlet[i].sink;

		if (!has_begun(&o->outlet[i]))
			continue;
		if (!e && o->make_status)
			e = o->make_status(o->arg, false);
		if (e && sink_wants(s, e)) {
			sink_render(s, &s->waiting, e, o->observer);
			sink_first(s);
		}
		(void)outlet_do(&o->outlet[i], OUTLET_WRITE);
	}
	log_event_unref(e);
}

bool sinks_are_good(struct sinks *o)
{
	bool good = true;

	for (size_t i = 0; i < o->num; i++) {
		struct outlet *one = &o->outlet[i];

		if (outlet_is_busy(one) || one->good)
			continue;
		o->error = one->sink.error;
		good = false;
	}
	return good;
}

/* Is something over that was wrong, and not told yet? */
static bool note_over(struct sinks *o)
{
	bool over = false;

	for (size_t i = 0; i < o->num; i++) {
		struct sink *s = &o->outlet[i].sink;

		if (outlet_is_busy(&o->outlet[i]))
			continue;
		over |= s->recovered && !s->over_told;
		s->over_told = s->recovered;
	}
	return over;
}

bool sinks_flush(struct sinks *o)
{
	struct log_event *e = NULL;
	bool sealed = o->sealed;

	write_all(o);
	if (note_over(o) && o->make_status)
		e = o->make_status(o->arg, true);
	if (e)
		sinks_take(o, e);
	sinks_unseal(o);
	/* what waited apart is written the next time */
	for (size_t i = 0; i < o->num && e && !sealed; i++)
		(void)outlet_do(&o->outlet[i], OUTLET_WRITE);
	log_event_unref(e);
	return sinks_are_good(o);
}

bool sinks_wait(struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		if (outlet_waits(&o->outlet[i]))
			return true;
	return false;
}

bool sinks_may_write(struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		if (outlet_may_write(&o->outlet[i]))
			return true;
	return false;
}

void sinks_seal(struct sinks *o)
{
	for (size_t i = 0; i < o->num && !o->sealed; i++)
		outlet_seal(&o->outlet[i]);
	o->sealed = true;
}

void sinks_unseal(struct sinks *o)
{
	for (size_t i = 0; i < o->num && o->sealed; i++)
		outlet_unseal(&o->outlet[i]);
	o->sealed = false;
}

void sinks_reopen(struct sinks *o)
{
	for (size_t i = 0; i < o->num; i++)
		outlet_reopen(&o->outlet[i]);
}

bool sinks_news(struct sinks *o, char *text, size_t size)
{
	for (size_t i = 0; i < o->num; i++)
		if (outlet_news(&o->outlet[i], text, size))
			return true;
	return false;
}

static uint64_t dropped_of(const struct status_output *one)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < DATASET_NUM; i++)
		sum += one->dropped[i];
	return sum;
}

void sinks_status(struct sinks *o, bool each, struct status *s)
{
	uint64_t written = 0, dropped = 0, failed = 0, rotated = 0, held = 0;

	for (size_t i = 0; i < o->num; i++) {
		struct status_output one;

		outlet_status(&o->outlet[i], &one);
		written += one.written + one.waiting;
		dropped += dropped_of(&one);
		failed += one.failed_writes;
		rotated += one.rotated;
		held += one.held_bytes;
		if (each && s->num_outputs < LIMIT_SINKS)
			s->outputs[s->num_outputs++] = one;
	}
	status_count(s, "events", "written", written);
	status_count(s, "events", "dropped", dropped);
	status_count(s, "events", "failed_writes", failed);
	status_count(s, "events", "rotated", rotated);
	if (each)
		status_count(s, "memory", "outputs", held);
}
