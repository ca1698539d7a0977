/* ledger.c: see ledger.h. */
#include "ledger/ledger_parts.h"

#include <stdlib.h>

#define DAY_BACK (86400 * NSEC_PER_SEC)

struct ledger *ledger_new(const struct observer *observer)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->sinks.observer = observer;
	l->findings =
		lru_new(LIMIT_LEDGER_FINDINGS, sizeof(struct life), lives_drop);
	l->handshakes = lru_new(LIMIT_LEDGER_SEEN, 1, NULL);
	l->places = lru_new(LIMIT_LEDGER_PLACES, sizeof(struct place), NULL);
	l->aging = aging_new(LIMIT_LEDGER_AGING);
	l->kept.max = LIMIT_LEDGER_HELD;
	l->state_parts = 1024;
	l->sinks.waiting = LIMIT_SINK_WAITING;
	life_rules_init(&l->rules);
	if (!l->aging || !l->findings || !l->handshakes || !l->places) {
		ledger_free(l);
		return NULL;
	}
	lru_keep_order(l->findings); /* lives_end_old() */
	return l;
}

void ledger_free(struct ledger *l)
{
	bool good;

	if (!l)
		return;
	state_commit(l);
	good = sinks_fini(&l->sinks);
	lru_free(l->findings); /* the state is told of them */
	lru_free(l->handshakes);
	lru_free(l->places);
	exhibits_free(l->exhibits);
	aging_free(l->aging);
	state_free(l);
	if (good)
		free(l); /* else the sinks are still in use */
}

/* What the tables take; full: may come to take. */
static size_t tables(const struct ledger *l, bool full)
{
	return lru_bytes(l->findings, full) + lru_bytes(l->handshakes, full) +
	       lru_bytes(l->places, full);
}

/* An item of the inventory's cache, mostly: a name, a witness. */
#define ITEM_BYTES 1024

void ledger_share(struct ledger *l, size_t bytes, size_t outputs,
		  size_t num_outputs)
{
	size_t each = bytes / 4, have;
	unsigned parts;

	if (!bytes)
		return;
	/* a quarter each: handshakes of open findings; certificates that are
	 * judged again; what is on its way to the state; all else */
	if (each < l->kept.max)
		l->kept.max = each;
	aging_share(l->aging, each);
	have = LIMIT_STATE_CACHE * 3 * (size_t)ITEM_BYTES +
	       2 * LIMIT_STATE_NOTES;
	if (each < have)
		l->state_parts = (unsigned)(each * 1024 / have);
	have = tables(l, true);
	if (each < have) {
		parts = (unsigned)(each * 1024 / have);
		lru_scale(l->findings, parts);
		lru_scale(l->handshakes, parts);
		lru_scale(l->places, parts);
	}
	/* a queue is moved as it grows: twice its bytes at that moment */
	each = outputs / (2 * (num_outputs ? num_outputs : 1));
	if (each < l->sinks.waiting)
		l->sinks.waiting = each;
}

bool ledger_set_evidence(struct ledger *l, const char *folder, char *err)
{
	l->exhibits = exhibits_new(folder, l->sinks.threads, err);
	return l->exhibits;
}

void ledger_set_policy(struct ledger *l, const struct policy *p)
{
	l->policy = p;
	life_rules_init(&l->rules);
	l->rules.repeat_then = p->repeat_every * NSEC_PER_SEC;
	l->rules.resolve_after = p->resolve_after * NSEC_PER_SEC;
	/* who wants to hear it more often than every hour does so at once */
	if (l->rules.repeat_then < l->rules.repeat_first)
		l->rules.repeat_first = l->rules.repeat_then;
}

void ledger_set_threads(struct ledger *l, const struct io_threads *threads)
{
	l->sinks.threads = threads;
}

bool ledger_add_sink(struct ledger *l, const struct sink_options *o, char *err)
{
	return sinks_add(&l->sinks, o, err);
}

void ledger_set_status(struct ledger *l,
		       struct log_event *(*make)(void *arg, bool to_all),
		       void *arg)
{
	l->sinks.make_status = make;
	l->sinks.arg = arg;
}

unsigned ledger_wants(const struct ledger *l)
{
	/* whether a place shows something better is seen by its handshakes */
	return 1u << DATASET_HANDSHAKE | sinks_want(&l->sinks);
}

void ledger_set_report(struct ledger *l, struct report *r)
{
	l->report = r;
}

bool ledger_occurrences(const struct ledger *l, const char *id,
			struct occurrences *out)
{
	const struct life *life = lru_get(l->findings, bytes_str(id));

	if (!life || life->resolved)
		return false;
	*out = life->seen;
	return true;
}

/*
 * Is all that was told until now kept in the state? Where that takes long, what
 * is told meanwhile waits apart, so that it is not written with it.
 */
static bool is_kept(struct ledger *l)
{
	if (!l->state)
		return true;
	if (!l->sinks.sealed)
		l->sealed_for = state_next_commit(l);
	sinks_seal(&l->sinks);
	return state_is_kept(l, l->sealed_for);
}

void ledger_tell(struct ledger *l, struct log_event *e)
{
	if (!e->created.ns)
		e->created = l->clock;
	if (l->report)
		report_take(l->report, e);
	/* it may write soon: nothing is written that is not kept */
	if (state_has_told(l) && sinks_may_write(&l->sinks) && is_kept(l))
		sinks_unseal(&l->sinks);
	sinks_take(&l->sinks, e);
}

void ledger_clock(struct ledger *l, struct stamp clock)
{
	l->clock = clock;
}

void ledger_tick(struct ledger *l, struct stamp now)
{
	bool minute = now.ns / (60 * NSEC_PER_SEC) !=
		      l->now.ns / (60 * NSEC_PER_SEC);

	if (l->now.ns - now.ns > DAY_BACK)
		l->now = now;
	if (!stamp_before(l->now, now))
		return;
	lives_age(l, now);
	l->now = now;
	if (minute)
		lives_end_old(l);
}

/* A client's certificate expires also when it is not shown again. It is known
 * by itself, wherever it was shown last. */
static void see_client(struct ledger *l, const struct judgement *j)
{
	uint8_t key[PLACE_KEY];
	struct witness w;

	if (!witness_of_client(j, &w))
		return;
	aging_know(l->aging, lives_client_key(&w, key), &w, j->ev.policy,
		   l->rules.resolve_after);
	witness_fini(&w);
}

static void see_handshake(struct ledger *l, const struct judgement *j)
{
	uint8_t key[PLACE_KEY];

	lives_check_place(l, j);
	aging_see(l->aging, lives_place_key(j, key), j,
		  l->rules.resolve_after);
	see_client(l, j);
	state_handshake(l, j);
}

void ledger_take(struct ledger *l, struct log_event *e)
{
	if (e->dataset == DATASET_FINDING) {
		lives_take(l, e);
	} else {
		/* a handshake's event comes behind its findings' */
		if (e->dataset == DATASET_HANDSHAKE)
			see_handshake(l, e->judgement);
		ledger_tell(l, e);
	}
	log_event_unref(e);
}

/*
 * What is kept is committed before its lines are written, and noted as written
 * after that: whoever is killed in between tells it once more, by the same id.
 */
bool ledger_flush(struct ledger *l)
{
	bool good;

	state_retell(l);
	if (!is_kept(l))
		return sinks_are_good(&l->sinks);
	good = sinks_flush(&l->sinks);
	if (!sinks_wait(&l->sinks))
		state_settle(l);
	return good;
}

const char *ledger_error(const struct ledger *l)
{
	return l->sinks.error;
}

bool ledger_news(struct ledger *l, char *text, size_t size)
{
	return state_news(l, text, size) || sinks_news(&l->sinks, text, size);
}

void ledger_reopen(struct ledger *l)
{
	if (!l->sinks.sealed && is_kept(l))
		sinks_unseal(&l->sinks);
	sinks_reopen(&l->sinks);
}

void ledger_status(struct ledger *l, bool each, struct status *s)
{
	status_count(s, "findings", "opened", l->told[ACTION_OPENED]);
	status_count(s, "findings", "escalated",
		     l->told[ACTION_ESCALATED]);
	status_count(s, "findings", "repeated", l->told[ACTION_REPEATED]);
	status_count(s, "findings", "resolved", l->told[ACTION_RESOLVED]);
	status_count(s, "findings", "copies", l->copies);
	status_count(s, "findings", "forgotten", l->forgotten);
	status_count(s, "findings", "evicted", lru_evicted(l->findings));
	status_count(s, "findings", "aged", l->aged);
	status_count(s, "findings", "aging", aging_size(l->aging));
	status_count(s, "findings", "aging_evicted", aging_evicted(l->aging));
	status_count(s, "memory", "ledger",
		     tables(l, false) + l->kept.bytes +
			     aging_memory(l->aging) + state_memory(l));
	sinks_status(&l->sinks, each, s);
	if (l->exhibits)
		exhibits_status(l->exhibits, s);
	state_status(l, s);
}

bool ledger_worst(const struct ledger *l, enum severity *out)
{
	if (l->any)
		*out = l->worst;
	return l->any;
}
