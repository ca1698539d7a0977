/*
 * pipeline_status.c: how things are, as a status event: what every part of the
 * pipeline counts; see pipeline_parts.h.
 */
#include "app/pipeline_parts.h"
#include "app/tally.h"
#include "app/version.h"

#include <stdio.h>
#include <stdlib.h>

static void put_source(struct status *s, const struct pipeline_source *src,
		       struct source_stats *sum)
{
	struct source_stats stats = { .received = 0 };

	if (src->source) {
		source_stats(src->source, &stats);
		tally_add(sum, &stats);
	}
	tally_source(s, src->spec, &stats, src->before, src->lost,
		     !src->source);
}

static void put_texts(const struct pipeline *p, struct status *s)
{
	status_text(s, "version", version_text);
	if (p->filter)
		status_text(s, "filter", p->filter);
	if (p->inner_filter)
		status_text(s, "inner_filter", p->inner_filter);
	if (p->excludes[0])
		status_text(s, "filter_excludes", p->excludes);
}

static void workers_status(const struct pipeline *p, struct status *s)
{
	if (p->deal) {
		deal_sync(p->deal);
		deal_status(p->deal, s);
	} else {
		worker_status(p->worker, s);
	}
}

static struct log_event *make_status(struct pipeline *p, enum action action)
{
	struct log_event *e = log_event_new(DATASET_STATUS, action);
	struct source_stats sum = p->retired;

	if (!e)
		return NULL;
	if (p->deal)
		deal_sync(p->deal);
	e->time = p->now;
	if (p->live)
		e->created = clock_now();
	if (p->live && !p->now.ns)
		e->time = e->created;
	put_texts(p, e->status);
	for (size_t i = 0; i < p->num_sources; i++)
		put_source(e->status, &p->sources[i], &sum);
	tally_put(e->status, &sum);
	decoder_status(p->decoder, e->status);
	workers_status(p, e->status);
	sensor_pools_status(&p->config.pools, e->status);
	if (p->keylogs)
		keylogs_status(p->keylogs, e->status);
	joint_status(p->joint, e->status);
	ledger_status(p->ledger, p->live, e->status);
	log_event_status_id(e, p->statuses++);
	return e;
}

/* What is new since the last one that all were told. */
static void find_news(struct pipeline *p, struct status *s, bool to_all)
{
	status_news(s, p->told);
	if (!to_all)
		return;
	if (!p->told)
		p->told = malloc(sizeof *p->told);
	if (p->told)
		*p->told = *s;
}

struct log_event *pipeline_make_status(void *arg, bool to_all)
{
	struct pipeline *p = arg;
	struct log_event *e = make_status(p, ACTION_INTERVAL);

	if (e)
		find_news(p, e->status, to_all);
	return e;
}

void pipeline_status(struct pipeline *p, enum action action, bool asked)
{
	struct log_event *e = make_status(p, action);

	if (!e)
		return;
	find_news(p, e->status, true);
	e->status->asked = asked;
	ledger_take(p->ledger, e);
}

void pipeline_watch(struct pipeline *p, const struct pipeline_source *sources,
		    size_t num)
{
	p->sources = sources;
	p->num_sources = num;
}

void pipeline_sum(const struct pipeline *p, struct source_stats *out)
{
	*out = p->retired;
}

bool pipeline_cut(struct pipeline *p, uint32_t *len)
{
	const struct decode_counters *d = decode_counters(p->decoder);
	struct status s = { .num_counters = 0 };

	if (!d->cut)
		return false;
	workers_status(p, &s);
	if (!status_get(&s, "connections", "truncated"))
		return false;
	*len = d->cut_len;
	return true;
}

const char *pipeline_excludes(const struct pipeline *p)
{
	return p->excludes;
}
