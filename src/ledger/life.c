/* life.c: see life.h. */
#include "ledger/life.h"

#include "base/hash.h"
#include "judge/explain.h"

void life_rules_init(struct life_rules *r)
{
	*r = (struct life_rules){
		.repeat_first = 3600 * NSEC_PER_SEC,
		.repeat_then = 86400 * NSEC_PER_SEC,
		.resolve_after = 7 * 86400 * NSEC_PER_SEC,
	};
}

/* The key is fixed: a replay counts the same each time. */
static void sketch_add(struct client_sketch *s, const struct addr *a)
{
	static const struct hash_key fixed;
	uint32_t size = LIMIT_LEDGER_CLIENT_BITS, at;
	uint64_t half[2], bit;

	memcpy(half, a->b, sizeof half);
	at = (uint32_t)(hash_u64(&fixed, half[0], half[1]) % size);
	bit = 1ull << at % 64;
	if (s->bits[at / 64] & bit)
		return;
	s->bits[at / 64] |= bit;
	s->parts += 256 * size / (size - s->num_set);
	s->num_set++;
}

static void add_client(struct life *l, const struct addr *a)
{
	struct occurrences *o = &l->seen;
	uint64_t num;

	for (uint32_t i = 0; i < o->num_clients_kept; i++)
		if (addr_eq(&o->clients[i], a))
			return;
	if (o->num_clients_kept < LIMIT_LEDGER_CLIENTS) {
		o->clients[o->num_clients_kept++] = *a;
		o->num_clients++;
		return;
	}
	sketch_add(&l->beyond, a);
	num = o->num_clients_kept + l->beyond.parts / 256;
	if (num > o->num_clients) /* a restart forgets the sketch */
		o->num_clients = num;
}

/* A client's refusal counts where it is told of, or may be for. */
static bool counts_refusal(const struct log_event *e)
{
	const struct observation *o = e->judgement->obs;

	return o->reaction.verdict == TLS_REJECTED &&
	       (e->finding->check->explainable ||
		explain_refusal(e->finding, o));
}

void life_count(struct life *l, const struct log_event *e)
{
	struct occurrences *o = &l->seen;

	if (!o->count++)
		o->first = e->time;
	if (stamp_before(o->last, e->time))
		o->last = e->time;
	add_client(l, &observation_client(e->judgement->obs)->addr);
	if (counts_refusal(e))
		o->num_rejected++;
}

enum severity life_severity(const struct life *l, const struct finding *f)
{
	if (f->check->explainable && f->inferred && !f->settled &&
	    f->severity == SEVERITY_MEDIUM && l->seen.num_clients > 1)
		return SEVERITY_HIGH;
	return f->severity;
}

enum action life_next(const struct life *l, enum severity now_severity,
		      struct stamp now, const struct life_rules *r)
{
	int64_t since = now.ns - l->last_told.ns;

	if (!l->told || l->resolved)
		return ACTION_OPENED;
	if (now_severity > l->severity)
		return ACTION_ESCALATED;
	/* told in a future that did not come: a clock was wrong then */
	if (since < -r->repeat_then)
		return ACTION_REPEATED;
	if (since >= (l->repeats ? r->repeat_then : r->repeat_first))
		return ACTION_REPEATED;
	return ACTION_NONE;
}

void life_told(struct life *l, enum action action, enum severity severity,
	       struct stamp now)
{
	l->told = true;
	l->resolved = action == ACTION_RESOLVED;
	l->repeats = action == ACTION_REPEATED ? l->repeats + 1 : 0;
	l->last_told = now;
	l->severity = severity;
}

bool life_is_over(const struct life *l, struct stamp now,
		  const struct life_rules *r)
{
	return now.ns - l->seen.last.ns >= r->resolve_after;
}
