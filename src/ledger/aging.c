/* aging.c: see aging.h. A map of places over a binary heap of what comes next. */
#include "ledger/aging.h"

#include "base/limits.h"
#include "base/lru.h"
#include "cert/held.h"

#include <stdlib.h>

#define KEY 300

struct known {
	struct aging *aging;
	uint32_t at; /* in the heap */
	uint64_t number; /* of two at once, the one that came first */
	struct stamp due;
	struct witness witness;
	size_t key_len;
	uint8_t key[KEY];
};

struct aging {
	struct lru *places; /* of struct known * */
	struct known **heap;
	uint32_t num, max;
	uint64_t numbers;
	struct cert_held held;
};

static bool is_before(const struct known *a, const struct known *b)
{
	if (a->due.ns != b->due.ns)
		return a->due.ns < b->due.ns;
	return a->number < b->number;
}

static void place_at(struct aging *a, struct known *k, uint32_t at)
{
	a->heap[at] = k;
	k->at = at;
}

static void sift(struct aging *a, struct known *k)
{
	uint32_t at = k->at;

	while (at && is_before(k, a->heap[(at - 1) / 2])) {
		place_at(a, a->heap[(at - 1) / 2], at);
		at = (at - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < a->num &&
		    is_before(a->heap[child + 1], a->heap[child]))
			child++;
		if (child >= a->num || !is_before(a->heap[child], k))
			break;
		place_at(a, a->heap[child], at);
		at = child;
	}
	place_at(a, k, at);
}

/* The witness holds its leaf by itself; here its bytes are counted. */
static void let_go(struct known *k)
{
	k->aging->held.bytes -= k->witness.leaf->memory;
	witness_fini(&k->witness);
}

static void drop(void *value)
{
	struct known *k = *(struct known **)value;
	struct aging *a;
	struct known *last;

	if (!k)
		return;
	a = k->aging;
	last = a->heap[--a->num];
	if (last != k) {
		place_at(a, last, k->at);
		sift(a, last);
	}
	let_go(k);
	free(k);
}

struct aging *aging_new(uint32_t max)
{
	struct aging *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->max = max;
	a->held.max = LIMIT_KNOW_HELD;
	a->heap = calloc((size_t)max + 1, sizeof(struct known *));
	a->places = lru_new(max, sizeof(struct known *), drop);
	if (a->heap && a->places)
		return a;
	aging_free(a);
	return NULL;
}

void aging_free(struct aging *a)
{
	if (!a)
		return;
	lru_free(a->places);
	free(a->heap);
	free(a);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * The next threshold after then: an instant behind it the certificate expires
 * soon, very soon, or has expired, or its chain has. False: none, or none while
 * it is known.
 */
static bool next_due(const struct witness *w, const struct policy *p,
		     struct stamp then, int64_t keep, struct stamp *out)
{
	const struct cert *c = w->leaf;
	int64_t life = c->not_after - c->not_before;
	int64_t last = stamp_to_sec((struct stamp){ w->shown.ns + keep });
	const int64_t ends[] = {
		c->not_after - least(p->expiring, life / 4),
		c->not_after - least(p->expiring_high, life / 10),
		c->not_after,
		w->chain_until ? w->chain_until : c->not_after,
	};
	int64_t first = INT64_MAX;

	if (life <= 0)
		return false;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i] >= stamp_to_sec(then) && ends[i] < last)
			first = least(first, ends[i]);
	*out = stamp_sec(first < INT64_MAX ? first + 1 : 0);
	return first < INT64_MAX;
}

static struct known *find(struct aging *a, struct bytes place)
{
	struct known **slot = lru_get(a->places, place);

	return slot ? *slot : NULL;
}

static bool same_leaf(const struct known *k, const struct cert *leaf)
{
	return !memcmp(k->witness.leaf->sha256, leaf->sha256, 32);
}

static struct known *add(struct aging *a, struct bytes place)
{
	struct known *k = calloc(1, sizeof *k), **slot;
	bool fresh;

	if (!k)
		return NULL;
	slot = lru_put(a->places, place, &fresh);
	if (!slot) {
		free(k);
		return NULL;
	}
	*slot = k;
	k->aging = a;
	k->number = a->numbers++;
	k->key_len = place.len;
	memcpy(k->key, place.p, place.len);
	k->at = a->num;
	place_at(a, k, a->num++);
	return k;
}

static bool ages(const struct witness *w, const struct policy *policy)
{
	return !w->leaf->error && !w->leaf->no_expiry && !w->muted &&
	       !policy->now_fixed && judgement_clock_known(w->shown);
}

/* What a session carried on shows no chain: that of before counts. */
static void inherit(struct witness *w, const struct known *before)
{
	if (!before || !w->carried)
		return;
	w->trusted = before->witness.trusted;
	w->chain_until = before->witness.chain_until;
}

void aging_know(struct aging *a, struct bytes place, const struct witness *w,
		const struct policy *policy, int64_t keep)
{
	struct known *k = find(a, place);
	struct witness now = *w;
	struct stamp due;

	/* what a session carried on says nothing of what is shown now */
	if (k && w->carried && !same_leaf(k, w->leaf))
		return;
	inherit(&now, k);
	if (!ages(w, policy) || place.len > KEY ||
	    !next_due(&now, policy, w->shown, keep, &due)) {
		if (k)
			lru_remove(a->places, place);
		return;
	}
	if (!k)
		k = add(a, place);
	else
		let_go(k);
	if (!k)
		return;
	k->witness = now;
	k->witness.leaf = cert_hold(&a->held, w->leaf);
	k->due = due;
	sift(a, k);
	while (cert_held_over(&a->held) && lru_drop_oldest(a->places))
		;
}

void aging_share(struct aging *a, size_t held)
{
	if (held < a->held.max)
		a->held.max = held;
}

size_t aging_memory(const struct aging *a)
{
	return lru_memory(a->places) + (a->max + 1) * sizeof *a->heap +
	       lru_count(a->places) * sizeof(struct known) + a->held.bytes;
}

void aging_see(struct aging *a, struct bytes place, const struct judgement *j,
	       int64_t keep)
{
	struct witness w;

	if (!j->ev.leaf)
		return;
	witness_of(j, &w);
	aging_know(a, place, &w, j->ev.policy, keep);
	witness_fini(&w);
}

bool aging_next(struct aging *a, struct stamp now, const struct policy *policy,
		int64_t keep, struct stamp *due, struct witness *out)
{
	struct known *k = a->num ? a->heap[0] : NULL;
	struct stamp next;

	if (!k || stamp_before(now, k->due))
		return false;
	*due = k->due;
	*out = k->witness;
	out->leaf = cert_ref(k->witness.leaf);
	if (next_due(out, policy, k->due, keep, &next)) {
		k->due = next;
		sift(a, k);
	} else {
		lru_remove(a->places, bytes_of(k->key, k->key_len));
	}
	return true;
}

uint32_t aging_size(const struct aging *a)
{
	return a->num;
}

uint64_t aging_evicted(const struct aging *a)
{
	return lru_evicted(a->places);
}
