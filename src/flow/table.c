/*
 * table.c: see table.h. An index of (tag, entry number) pairs, eight to a cache
 * line, probed linearly; entries in slabs that never move. Deleting shifts the
 * run back, so that there are no tombstones.
 */
#include "flow/table.h"

#include "base/limits.h"

#include <stdlib.h>

#define SLAB_BITS 12
#define SLAB_SIZE (1u << SLAB_BITS)
#define NONE	  0u /* entry numbers begin at 1 */

struct slot {
	uint32_t tag, entry;
};

struct flow_table {
	struct hash_key key;
	struct slot *slots;
	uint32_t mask, count, max;
	struct flow **slabs;
	uint32_t num_entries; /* ever made */
	uint32_t free_list;   /* chained through tag */
	uint32_t hand;
	struct flow_counters counters;
};

static struct flow *entry_at(const struct flow_table *t, uint32_t n)
{
	return &t->slabs[(n - 1) >> SLAB_BITS][(n - 1) & (SLAB_SIZE - 1)];
}

struct flow_table *flow_table_new(uint32_t max)
{
	struct flow_table *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->mask = 4096 - 1;
	t->max = max;
	t->slots = calloc(t->mask + 1, sizeof *t->slots);
	t->slabs = calloc(max / SLAB_SIZE + 1, sizeof *t->slabs);
	if (!t->slots || !t->slabs || !hash_key_random(&t->key)) {
		flow_table_free(t);
		return NULL;
	}
	return t;
}

void flow_table_free(struct flow_table *t)
{
	if (!t)
		return;
	if (t->slabs)
		for (uint32_t i = 0; i <= t->max / SLAB_SIZE; i++)
			free(t->slabs[i]);
	free(t->slabs);
	free(t->slots);
	free(t);
}

struct flow_key flow_key_of(const struct endpoint *src,
			    const struct endpoint *dst, uint8_t protocol,
			    uint64_t tunnel, bool *swapped)
{
	int cmp = memcmp(src->addr.b, dst->addr.b, 16);
	bool swap = cmp > 0 || (cmp == 0 && src->port > dst->port);
	struct flow_key k = {
		.protocol = protocol,
		.family = src->addr.family,
		.tunnel = tunnel,
	};

	memcpy(k.addr[swap], src->addr.b, 16);
	memcpy(k.addr[!swap], dst->addr.b, 16);
	k.port[swap] = src->port;
	k.port[!swap] = dst->port;
	*swapped = swap;
	return k;
}

uint64_t flow_hash(const struct flow_table *t, const struct flow_key *k)
{
	uint64_t w[6];

	memcpy(w, k->addr, 32);
	w[4] = (uint64_t)k->port[0] << 32 | (uint64_t)k->port[1] << 16 |
	       (uint64_t)k->protocol << 8 | k->family;
	w[5] = k->tunnel;
	return hash_bytes(&t->key, bytes_of(w, sizeof w));
}

void flow_prefetch(const struct flow_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

const struct flow *flow_prefetch_entry(const struct flow_table *t,
				       uint64_t hash)
{
	const struct slot *s = &t->slots[(uint32_t)hash & t->mask];
	const struct flow *f;

	if (s->entry == NONE)
		return NULL;
	f = entry_at(t, s->entry);
	/* 72 bytes stand in one line or in two */
	__builtin_prefetch(f);
	__builtin_prefetch(&f->syn_seq);
	return f;
}

static bool entry_is(const struct flow *f, const struct flow_key *k)
{
	return f->port[0] == k->port[0] && f->port[1] == k->port[1] &&
	       f->protocol == k->protocol && f->family == k->family &&
	       f->tunnel == k->tunnel && !memcmp(f->addr, k->addr, 32);
}

static bool table_grow(struct flow_table *t)
{
	uint32_t mask = 2 * t->mask + 1;
	struct slot *slots = calloc((size_t)mask + 1, sizeof *slots);

	if (!slots)
		return false;
	for (uint32_t i = 0; i <= t->mask; i++) {
		uint32_t at = t->slots[i].tag & mask;

		if (t->slots[i].entry == NONE)
			continue;
		while (slots[at].entry != NONE)
			at = (at + 1) & mask;
		slots[at] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->mask = mask;
	return true;
}

static void table_remove(struct flow_table *t, uint32_t n)
{
	struct flow *f = entry_at(t, n);
	uint32_t at = f->tag & t->mask, next;

	while (t->slots[at].entry != n)
		at = (at + 1) & t->mask;
	/* shift back what would no longer be found over the hole */
	for (next = (at + 1) & t->mask; t->slots[next].entry != NONE;
	     next = (next + 1) & t->mask) {
		uint32_t home = t->slots[next].tag & t->mask;

		if (((next - home) & t->mask) >= ((next - at) & t->mask)) {
			t->slots[at] = t->slots[next];
			at = next;
		}
	}
	t->slots[at].entry = NONE;
	f->protocol = 0;
	f->owner = NULL;
	f->tag = t->free_list;
	t->free_list = n;
	t->count--;
}

/* An unused entry number, or NONE. */
static uint32_t entry_take(struct flow_table *t)
{
	uint32_t n = t->free_list;

	if (n != NONE) {
		t->free_list = entry_at(t, n)->tag;
		return n;
	}
	if (t->num_entries >= t->max)
		return NONE;
	n = t->num_entries + 1;
	if ((n - 1) % SLAB_SIZE == 0) {
		struct flow **slab = &t->slabs[(n - 1) >> SLAB_BITS];

		*slab = calloc(SLAB_SIZE, sizeof **slab);
		if (!*slab)
			return NONE;
	}
	t->num_entries = n;
	return n;
}

/*
 * Makes room: the clock hand takes the first finished flow among the next 256
 * entries, else the longest silent fresh or open one among them.
 */
static void table_evict(struct flow_table *t, void **evicted)
{
	uint32_t victim = NONE;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t n = t->hand % t->num_entries + 1;
		struct flow *f = entry_at(t, n);

		t->hand++;
		if (!f->protocol)
			continue;
		if (f->state == FLOW_DONE) {
			victim = n;
			break;
		}
		if (victim == NONE ||
		    stamp_before(f->seen, entry_at(t, victim)->seen))
			victim = n;
	}
	if (victim == NONE)
		return;
	if (entry_at(t, victim)->state == FLOW_OPEN) {
		*evicted = entry_at(t, victim)->owner;
		t->counters.evicted_open++;
	}
	t->counters.evicted++;
	table_remove(t, victim);
}

static struct flow *table_add(struct flow_table *t, const struct flow_key *k,
			      uint32_t tag, struct stamp now, void **evicted)
{
	uint32_t n, at;
	struct flow *f;

	if (t->count >= t->mask / 4 * 3 && !table_grow(t)) {
		t->counters.refused++;
		return NULL;
	}
	n = entry_take(t);
	if (n == NONE && t->num_entries) {
		table_evict(t, evicted);
		n = entry_take(t);
	}
	if (n == NONE) {
		t->counters.refused++;
		return NULL;
	}
	for (at = tag & t->mask; t->slots[at].entry != NONE;)
		at = (at + 1) & t->mask;
	t->slots[at] = (struct slot){ .tag = tag, .entry = n };
	f = entry_at(t, n);
	*f = (struct flow){
		.tunnel = k->tunnel,
		.seen = now,
		.port = { k->port[0], k->port[1] },
		.protocol = k->protocol,
		.family = k->family,
		.tag = tag,
	};
	memcpy(f->addr, k->addr, sizeof f->addr);
	t->count++;
	t->counters.opened++;
	return f;
}

struct flow *flow_touch(struct flow_table *t, const struct flow_key *k,
			uint64_t hash, struct stamp now, bool *fresh,
			void **evicted, int64_t *idle)
{
	uint32_t tag = (uint32_t)hash;

	*evicted = NULL;
	*fresh = false;
	*idle = 0;
	for (uint32_t at = tag & t->mask; t->slots[at].entry != NONE;
	     at = (at + 1) & t->mask) {
		struct flow *f;

		if (t->slots[at].tag != tag)
			continue;
		f = entry_at(t, t->slots[at].entry);
		if (entry_is(f, k)) {
			*idle = now.ns - f->seen.ns;
			if (*idle > 0)
				f->seen = now;
			return f;
		}
	}
	*fresh = true;
	return table_add(t, k, tag, now, evicted);
}

void flow_expire(struct flow_table *t, struct stamp now, uint32_t n)
{
	if (n > t->num_entries)
		n = t->num_entries;
	while (n--) {
		uint32_t e = t->hand % t->num_entries + 1;
		struct flow *f = entry_at(t, e);

		t->hand++;
		if (!f->protocol || f->state == FLOW_OPEN ||
		    now.ns - f->seen.ns < LIMIT_FLOW_IDLE)
			continue;
		table_remove(t, e);
		t->counters.expired++;
	}
}

uint32_t flow_count(const struct flow_table *t)
{
	return t->count;
}

size_t flow_memory(const struct flow_table *t)
{
	return (t->mask + 1) * sizeof(struct slot) +
	       ((size_t)t->num_entries + SLAB_SIZE - 1) / SLAB_SIZE *
		       SLAB_SIZE * sizeof(struct flow);
}

const struct flow_counters *flow_counters(const struct flow_table *t)
{
	return &t->counters;
}
