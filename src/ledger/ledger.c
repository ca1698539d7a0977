/* ledger.c: see ledger.h. */
#include "ledger/ledger.h"

#include "base/lru.h"
#include "ledger/sink.h"

#include <stdlib.h>

#define MAX_SINKS 16

const char *const format_words[] = { "ecs", "text" };

struct life { /* of one finding */
	struct occurrences seen;
	enum severity severity;
};

struct ledger {
	const struct observer *observer;
	struct sink sinks[MAX_SINKS];
	size_t num_sinks;
	struct lru *findings;
	struct lru *handshakes; /* finding and handshake: counted once */
	uint64_t opened, escalated, repeated, copies;
	bool any;
	enum severity worst;
	const char *error;
};

struct ledger *ledger_new(const struct observer *observer)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->observer = observer;
	l->findings =
		lru_new(LIMIT_LEDGER_FINDINGS, sizeof(struct life), NULL);
	l->handshakes = lru_new(LIMIT_LEDGER_SEEN, 1, NULL);
	if (!l->findings || !l->handshakes) {
		ledger_free(l);
		return NULL;
	}
	return l;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->num_sinks; i++)
		sink_close(&l->sinks[i]);
	if (l->findings)
		lru_free(l->findings);
	if (l->handshakes)
		lru_free(l->handshakes);
	free(l);
}

bool ledger_add_sink(struct ledger *l, const struct sink_options *o, char *err)
{
	if (l->num_sinks == MAX_SINKS)
		return false;
	if (!sink_open(&l->sinks[l->num_sinks], o, err))
		return false;
	l->num_sinks++;
	return true;
}

unsigned ledger_wants(const struct ledger *l)
{
	unsigned all = 0;

	for (size_t i = 0; i < l->num_sinks; i++)
		all |= l->sinks[i].options.datasets;
	return all;
}

static void tell(struct ledger *l, const struct log_event *e)
{
	for (size_t i = 0; i < l->num_sinks; i++)
		if (sink_wants(&l->sinks[i], e))
			sink_take(&l->sinks[i], e, l->observer);
}

static void add_client(struct occurrences *o, const struct addr *a)
{
	for (uint32_t i = 0; i < o->num_clients_kept; i++)
		if (addr_eq(&o->clients[i], a))
			return;
	o->num_clients++;
	if (o->num_clients_kept < LIMIT_LEDGER_CLIENTS)
		o->clients[o->num_clients_kept++] = *a;
}

static void add_occurrence(struct life *life, const struct log_event *e)
{
	struct occurrences *o = &life->seen;

	if (!o->count++)
		o->first = e->time;
	if (stamp_before(o->last, e->time))
		o->last = e->time;
	add_client(o, &observation_client(e->judgement->obs)->addr);
	if (e->judgement->obs->reaction.verdict == TLS_REJECTED)
		o->num_rejected++;
}

/* Was this finding of this very handshake counted before? */
static bool is_copy(struct ledger *l, const struct log_event *e)
{
	bool fresh;

	(void)lru_put(l->handshakes, bytes_str(e->id), &fresh);
	return !fresh;
}

static void take_finding(struct ledger *l, struct log_event *e)
{
	bool fresh;
	struct life *life;

	if (is_copy(l, e)) {
		l->copies++;
		return;
	}
	life = lru_put(l->findings, bytes_str(e->finding->id), &fresh);
	if (!life)
		return;
	add_occurrence(life, e);
	if (!l->any || e->finding->severity > l->worst)
		l->worst = e->finding->severity;
	l->any = true;
	if (!fresh && e->finding->severity <= life->severity) {
		l->repeated++;
		return;
	}
	e->action = fresh ? ACTION_OPENED : ACTION_ESCALATED;
	life->severity = e->finding->severity;
	*(fresh ? &l->opened : &l->escalated) += 1;
	e->occurrences = life->seen;
	e->has_occurrences = true;
	tell(l, e);
}

void ledger_take(struct ledger *l, struct log_event *e)
{
	if (e->dataset == DATASET_FINDING)
		take_finding(l, e);
	else
		tell(l, e);
	log_event_unref(e);
}

bool ledger_flush(struct ledger *l)
{
	bool ok = true;

	for (size_t i = 0; i < l->num_sinks; i++) {
		if (sink_flush(&l->sinks[i]))
			continue;
		l->error = l->sinks[i].error;
		ok = false;
	}
	return ok;
}

const char *ledger_error(const struct ledger *l)
{
	return l->error;
}

void ledger_reopen(struct ledger *l)
{
	for (size_t i = 0; i < l->num_sinks; i++)
		sink_reopen(&l->sinks[i]);
}

void ledger_status(const struct ledger *l, struct status *s)
{
	uint64_t written = 0, dropped = 0, failed = 0;

	for (size_t i = 0; i < l->num_sinks; i++) {
		written += l->sinks[i].written;
		dropped += l->sinks[i].dropped;
		failed += l->sinks[i].failed_writes;
	}
	status_count(s, "findings", "opened", l->opened);
	status_count(s, "findings", "escalated", l->escalated);
	status_count(s, "findings", "repeated", l->repeated);
	status_count(s, "findings", "copies", l->copies);
	status_count(s, "findings", "evicted", lru_evicted(l->findings));
	status_count(s, "events", "written", written);
	status_count(s, "events", "dropped", dropped);
	status_count(s, "events", "failed_writes", failed);
}

bool ledger_worst(const struct ledger *l, enum severity *out)
{
	if (l->any)
		*out = l->worst;
	return l->any;
}
