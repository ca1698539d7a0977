/* ledger.c: see ledger.h. */
#include "ledger/ledger.h"

#include "base/lru.h"
#include "ledger/life.h"
#include "ledger/sink.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_SINKS 16

/* Findings open at one place: an endpoint and the name it was asked for. */
#define PLACE_FINDINGS 8

struct place {
	char ids[PLACE_FINDINGS][33];
	uint32_t num;
};

struct ledger {
	const struct observer *observer;
	struct sink sinks[MAX_SINKS];
	size_t num_sinks;
	struct lru *findings;
	struct lru *handshakes; /* finding and handshake: counted once */
	struct lru *places;
	struct life_rules rules;
	struct stamp now; /* packet time */
	uint32_t num_kept; /* judgements held for findings that are open */
	uint64_t told[ACTION_ENDED + 1], copies, forgotten;
	bool any;
	enum severity worst;
	const char *error;
};

static void drop_life(void *value)
{
	struct life *life = value;

	if (life->last)
		--*life->num_kept;
	judgement_unref(life->last);
}

struct ledger *ledger_new(const struct observer *observer)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->observer = observer;
	l->findings =
		lru_new(LIMIT_LEDGER_FINDINGS, sizeof(struct life), drop_life);
	l->handshakes = lru_new(LIMIT_LEDGER_SEEN, 1, NULL);
	l->places = lru_new(LIMIT_LEDGER_PLACES, sizeof(struct place), NULL);
	life_rules_init(&l->rules);
	if (!l->findings || !l->handshakes || !l->places) {
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
	if (l->places)
		lru_free(l->places);
	free(l);
}

void ledger_set_policy(struct ledger *l, const struct policy *p)
{
	life_rules_init(&l->rules);
	l->rules.repeat_then = p->repeat_every * NSEC_PER_SEC;
	l->rules.resolve_after = p->resolve_after * NSEC_PER_SEC;
	/* who wants to hear it more often than every hour does so at once */
	if (l->rules.repeat_then < l->rules.repeat_first)
		l->rules.repeat_first = l->rules.repeat_then;
}

bool ledger_add_sink(struct ledger *l, const struct sink_options *o, char *err)
{
	if (l->num_sinks == MAX_SINKS) {
		snprintf(err, SINK_ERROR_TEXT, "at most %d outputs", MAX_SINKS);
		return false;
	}
	if (!sink_open(&l->sinks[l->num_sinks], o, err))
		return false;
	l->num_sinks++;
	return true;
}

unsigned ledger_wants(const struct ledger *l)
{
	/* whether a place shows something better is seen by its handshakes */
	unsigned all = 1u << DATASET_HANDSHAKE;

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

/* Was this finding of this very handshake counted before? */
static bool is_copy(struct ledger *l, const struct log_event *e)
{
	char key[66];
	bool fresh;

	memcpy(key, e->finding->id, 33);
	memcpy(key + 33, e->judgement->handshake_id, 33);
	(void)lru_put(l->handshakes, bytes_of(key, sizeof key), &fresh);
	return !fresh;
}

/* What a later event of the finding is rendered from, as long as there is room
 * for it: LIMIT_LEDGER_KEPT handshakes. */
static void keep(struct ledger *l, struct life *life, const struct log_event *e)
{
	if (!life->last && l->num_kept >= LIMIT_LEDGER_KEPT) {
		l->forgotten++;
		return;
	}
	if (!life->last)
		l->num_kept++;
	judgement_ref(e->judgement);
	judgement_unref(life->last);
	life->last = e->judgement;
	life->num_kept = &l->num_kept;
	life->finding = (size_t)(e->finding - e->judgement->findings);
}

static void let_go(struct ledger *l, struct life *life)
{
	if (!life->last)
		return;
	judgement_unref(life->last);
	life->last = NULL;
	l->num_kept--;
}

static void tell_finding(struct ledger *l, struct life *life,
			 struct log_event *e, enum action action,
			 enum severity severity)
{
	if (e->finding->severity != severity) {
		e->raised = *e->finding;
		e->raised.severity = severity;
		e->finding = &e->raised;
	}
	e->action = action;
	e->occurrences = life->seen;
	e->has_occurrences = true;
	log_event_make_id(e);
	life_told(life, action, severity, l->now);
	l->told[action]++;
	tell(l, e);
}

static void resolve(struct ledger *l, struct life *life, const char *because)
{
	struct log_event *e;

	if (life->last && !life->resolved) {
		e = log_event_of(life->last, DATASET_FINDING, ACTION_RESOLVED,
				 &life->last->findings[life->finding]);
		if (e) {
			e->time = l->now;
			e->because = because;
			tell_finding(l, life, e, ACTION_RESOLVED,
				     life->severity);
			log_event_unref(e);
		}
	}
	life->resolved = true;
	let_go(l, life);
}

static struct bytes place_key(const struct judgement *j, uint8_t key[300])
{
	const struct endpoint *e = observation_server(j->obs);
	struct bytes name = bytes_head(j->ev.name.reference, 256);
	size_t n = 0;

	memcpy(key, e->addr.b, 16);
	key[16] = (uint8_t)(e->port >> 8);
	key[17] = (uint8_t)e->port;
	for (n = 0; n < name.len; n++)
		key[18 + n] = (uint8_t)(name.p[n] | 0x20);
	return bytes_of(key, 18 + n);
}

/* Can another certificate at the same place end it? */
static bool ends_by_place(const struct check *c)
{
	return !c->news && (c->key == KEY_LEAF || c->key == KEY_NAME_LEAF ||
			    c->key == KEY_ISSUER);
}

/* The place shows the finding: it is bad until it shows something better. */
static void mark_place(struct ledger *l, struct life *life,
		       const struct log_event *e)
{
	uint8_t key[300];
	struct place *p;
	bool fresh;

	if (!ends_by_place(e->finding->check))
		return;
	p = lru_put(l->places, place_key(e->judgement, key), &fresh);
	if (!p)
		return;
	for (uint32_t i = 0; i < p->num; i++)
		if (!strcmp(p->ids[i], e->finding->id))
			return;
	if (p->num == PLACE_FINDINGS)
		return;
	memcpy(p->ids[p->num++], e->finding->id, sizeof p->ids[0]);
	life->bad_places++;
}

static bool has_finding(const struct judgement *j, const char *id)
{
	for (size_t i = 0; i < j->num_findings; i++)
		if (!strcmp(j->findings[i].id, id))
			return true;
	return false;
}

/* Nothing that makes clients refuse it: only such a one replaces a bad one. */
static bool is_good(const struct judgement *j)
{
	for (size_t i = 0; i < j->num_findings; i++)
		if (j->findings[i].check->explains)
			return false;
	return true;
}

/* Does the place now show a good certificate, without what was wrong before? */
static void check_place(struct ledger *l, const struct judgement *j)
{
	uint8_t key[300];
	struct place *p;
	uint32_t kept = 0;

	if (!j->ev.leaf || j->ev.carried || !is_good(j))
		return;
	p = lru_get(l->places, place_key(j, key));
	for (uint32_t i = 0; p && i < p->num; i++) {
		struct life *life = lru_get(l->findings,
					    bytes_str(p->ids[i]));

		if (life && has_finding(j, p->ids[i])) {
			memmove(p->ids[kept++], p->ids[i], sizeof p->ids[0]);
			continue;
		}
		if (life && life->bad_places && !--life->bad_places)
			resolve(l, life, "replaced");
	}
	if (p)
		p->num = kept;
}

/* A certificate that expires soon has expired: one finding follows another. */
static void supersede(struct ledger *l, const struct log_event *e)
{
	char id[33];
	struct life *life;

	for (int i = 0; i < 4 && e->finding->check->silences[i]; i++) {
		judgement_id(e->judgement, e->finding->check->silences[i],
			     e->finding->check->key, id);
		life = lru_get(l->findings, bytes_str(id));
		if (life && life->told && !life->resolved)
			resolve(l, life, "superseded");
	}
}

static void take_finding(struct ledger *l, struct log_event *e)
{
	enum severity severity;
	struct life *life;
	enum action action;
	bool fresh;

	if (is_copy(l, e)) {
		l->copies++;
		return;
	}
	life = lru_put(l->findings, bytes_str(e->finding->id), &fresh);
	if (!life)
		return;
	life_count(life, e);
	severity = life_severity(life, e->finding);
	if (!l->any || severity > l->worst)
		l->worst = severity;
	l->any = true;
	action = life_next(life, severity, l->now, &l->rules);
	keep(l, life, e);
	mark_place(l, life, e);
	if (action == ACTION_OPENED)
		supersede(l, e);
	if (action != ACTION_NONE)
		tell_finding(l, life, e, action, severity);
}

static bool end_old(void *value, void *arg)
{
	struct life *life = value;
	struct ledger *l = arg;

	if (!life_is_over(life, l->now, &l->rules))
		return false; /* the rest was used later */
	if (life->told && !life->resolved)
		resolve(l, life, "not_seen");
	return true;
}

void ledger_tick(struct ledger *l, struct stamp now)
{
	bool minute = now.ns / (60 * NSEC_PER_SEC) !=
		      l->now.ns / (60 * NSEC_PER_SEC);

	if (!stamp_before(l->now, now))
		return;
	l->now = now;
	if (minute)
		lru_each(l->findings, end_old, l);
}

void ledger_take(struct ledger *l, struct log_event *e)
{
	if (e->dataset == DATASET_FINDING) {
		take_finding(l, e);
	} else {
		/* a handshake's event comes behind its findings' */
		if (e->dataset == DATASET_HANDSHAKE)
			check_place(l, e->judgement);
		tell(l, e);
	}
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
	uint64_t written = 0, dropped = 0, failed = 0, rotated = 0;

	for (size_t i = 0; i < l->num_sinks; i++) {
		written += l->sinks[i].written;
		dropped += l->sinks[i].dropped;
		failed += l->sinks[i].failed_writes;
		rotated += l->sinks[i].rotated;
	}
	status_count(s, "findings", "opened", l->told[ACTION_OPENED]);
	status_count(s, "findings", "escalated",
		     l->told[ACTION_ESCALATED]);
	status_count(s, "findings", "repeated", l->told[ACTION_REPEATED]);
	status_count(s, "findings", "resolved", l->told[ACTION_RESOLVED]);
	status_count(s, "findings", "copies", l->copies);
	status_count(s, "findings", "forgotten", l->forgotten);
	status_count(s, "findings", "evicted", lru_evicted(l->findings));
	status_count(s, "events", "written", written);
	status_count(s, "events", "dropped", dropped);
	status_count(s, "events", "failed_writes", failed);
	status_count(s, "events", "rotated", rotated);
}

bool ledger_worst(const struct ledger *l, enum severity *out)
{
	if (l->any)
		*out = l->worst;
	return l->any;
}
