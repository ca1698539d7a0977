/*
 * lru.c: see lru.h. An index of (tag, node number) pairs, eight to a cache line
 * and probed linearly, over slabs of nodes, which are in a list by use. A hit
 * costs two lines, a miss one.
 */
#include "base/lru.h"

#include "base/hash.h"

#include <stdlib.h>

#define SLAB 256u
#define NONE 0u /* node numbers begin at 1 */

struct node {
	uint64_t tag[2]; /* the last bit of tag[1] is USED */
	uint32_t number, older, newer; /* newer: of the free list, too */
};

struct slot {
	uint32_t tag; /* the low half of tag[0]: where a search begins */
	uint32_t node;
};

/* Since it was last at the newest end. */
#define USED 1u

struct lru {
	struct hash_key key;
	struct slot *slots;
	uint32_t mask; /* their number, a power of two, less one */
	uint32_t count, max;
	size_t value_size, node_size;
	uint32_t oldest, newest, free_list;
	uint8_t **slabs;
	uint32_t num_slabs;
	void (*drop)(void *value);
	uint64_t evicted;
	bool exact;
};

/* Behind the node, where anything may stand. */
#define HEAD ((sizeof(struct node) + 15) & ~(size_t)15)

static void *value_of(struct node *n)
{
	return (uint8_t *)n + HEAD;
}

static struct node *node_at(const struct lru *l, uint32_t n)
{
	uint8_t *slab = l->slabs[(n - 1) / SLAB];

	return (struct node *)(void *)(slab + (n - 1) % SLAB * l->node_size);
}

struct lru *lru_new(uint32_t max, size_t value_size, void (*drop)(void *value))
{
	struct lru *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->max = max;
	l->value_size = value_size;
	l->node_size = (HEAD + value_size + 15) & ~(size_t)15;
	l->drop = drop;
	l->mask = 256 - 1;
	l->slots = calloc(l->mask + 1, sizeof *l->slots);
	l->slabs = calloc(max / SLAB + 1, sizeof *l->slabs);
	if (!l->slots || !l->slabs || !hash_key_random(&l->key)) {
		lru_free(l);
		return NULL;
	}
	return l;
}

void lru_keep_order(struct lru *l)
{
	l->exact = true;
}

void lru_free(struct lru *l)
{
	if (!l)
		return;
	for (uint32_t n = l->oldest; n && l->drop; n = node_at(l, n)->newer)
		l->drop(value_of(node_at(l, n)));
	for (uint32_t i = 0; i < l->num_slabs; i++)
		free(l->slabs[i]);
	free(l->slabs);
	free(l->slots);
	free(l);
}

static struct node *find(const struct lru *l, const uint64_t tag[2])
{
	for (uint32_t at = (uint32_t)tag[0] & l->mask; l->slots[at].node;
	     at = (at + 1) & l->mask) {
		struct node *n;

		if (l->slots[at].tag != (uint32_t)tag[0])
			continue;
		n = node_at(l, l->slots[at].node);
		if (n->tag[0] == tag[0] &&
		    !((n->tag[1] ^ tag[1]) & ~(uint64_t)USED))
			return n;
	}
	return NULL;
}

static void list_remove(struct lru *l, struct node *n)
{
	*(n->older ? &node_at(l, n->older)->newer : &l->oldest) = n->newer;
	*(n->newer ? &node_at(l, n->newer)->older : &l->newest) = n->older;
}

static void list_add(struct lru *l, struct node *n)
{
	n->newer = NONE;
	n->older = l->newest;
	*(l->newest ? &node_at(l, l->newest)->newer : &l->oldest) = n->number;
	l->newest = n->number;
}

static void index_add(struct slot *slots, uint32_t mask, struct slot s)
{
	uint32_t at = s.tag & mask;

	while (slots[at].node)
		at = (at + 1) & mask;
	slots[at] = s;
}

/* Shifts back what would no longer be found over the hole. */
static void index_remove(struct lru *l, const struct node *n)
{
	uint32_t at = (uint32_t)n->tag[0] & l->mask, next;

	while (l->slots[at].node != n->number)
		at = (at + 1) & l->mask;
	for (next = (at + 1) & l->mask; l->slots[next].node;
	     next = (next + 1) & l->mask) {
		uint32_t home = l->slots[next].tag & l->mask;

		if (((next - home) & l->mask) >= ((next - at) & l->mask)) {
			l->slots[at] = l->slots[next];
			at = next;
		}
	}
	l->slots[at].node = NONE;
}

static void release(struct lru *l, struct node *n)
{
	index_remove(l, n);
	list_remove(l, n);
	if (l->drop)
		l->drop(value_of(n));
	n->newer = l->free_list;
	l->free_list = n->number;
	l->count--;
}

/* A mark, not a move: that would touch two neighbours and the end, too. */
static void use(struct lru *l, struct node *n)
{
	if (!l->exact) {
		n->tag[1] |= USED;
	} else if (l->newest != n->number) {
		list_remove(l, n);
		list_add(l, n);
	}
}

/* How many are given their second chance for one that has to go: most of those
 * behind them were not used. */
#define CHANCES 64

/* The oldest that was not used since it came, or came round. */
static struct node *victim(struct lru *l)
{
	struct node *n = node_at(l, l->oldest);

	for (int i = 0; i < CHANCES && n->tag[1] & USED; i++) {
		n->tag[1] &= ~(uint64_t)USED;
		list_remove(l, n);
		list_add(l, n);
		n = node_at(l, l->oldest);
	}
	return n;
}

/* At three quarters; without memory for more, up to the last but one. */
static bool grow(struct lru *l)
{
	uint32_t mask = 2 * l->mask + 1;
	struct slot *slots = calloc((size_t)mask + 1, sizeof *slots);

	if (!slots)
		return l->count < l->mask;
	for (uint32_t i = 0; i <= l->mask; i++)
		if (l->slots[i].node)
			index_add(slots, mask, l->slots[i]);
	free(l->slots);
	l->slots = slots;
	l->mask = mask;
	return true;
}

static bool add_slab(struct lru *l)
{
	uint8_t *slab = calloc(SLAB, l->node_size);

	if (!slab)
		return false;
	l->slabs[l->num_slabs++] = slab;
	for (uint32_t i = SLAB; i > 0; i--) {
		uint32_t number = (l->num_slabs - 1) * SLAB + i;
		struct node *n = node_at(l, number);

		n->number = number;
		n->newer = l->free_list;
		l->free_list = number;
	}
	return true;
}

static struct node *take(struct lru *l)
{
	struct node *n;

	if (l->count >= l->max && l->oldest) {
		l->evicted++;
		release(l, victim(l));
	}
	if ((!l->free_list && !add_slab(l)) ||
	    (l->count >= l->mask / 4 * 3 && !grow(l)))
		return NULL;
	n = node_at(l, l->free_list);
	l->free_list = n->newer;
	memset(value_of(n), 0, l->value_size);
	return n;
}

void *lru_get(struct lru *l, struct bytes key)
{
	uint64_t tag[2];
	struct node *n;

	hash_bytes2(&l->key, key, tag);
	n = find(l, tag);
	if (!n)
		return NULL;
	use(l, n);
	return value_of(n);
}

void *lru_put(struct lru *l, struct bytes key, bool *fresh)
{
	uint64_t tag[2];
	struct node *n;

	hash_bytes2(&l->key, key, tag);
	n = find(l, tag);
	*fresh = !n;
	if (n) {
		use(l, n);
		return value_of(n);
	}
	n = take(l);
	if (!n)
		return NULL;
	n->tag[0] = tag[0];
	n->tag[1] = tag[1] & ~(uint64_t)USED;
	index_add(l->slots, l->mask,
		  (struct slot){ (uint32_t)tag[0], n->number });
	list_add(l, n);
	l->count++;
	return value_of(n);
}

void lru_remove(struct lru *l, struct bytes key)
{
	uint64_t tag[2];
	struct node *n;

	hash_bytes2(&l->key, key, tag);
	n = find(l, tag);
	if (n)
		release(l, n);
}

bool lru_drop_oldest(struct lru *l)
{
	if (!l->oldest)
		return false;
	l->evicted++;
	release(l, victim(l));
	return true;
}

#define LEAST 64

void lru_scale(struct lru *l, unsigned parts)
{
	uint64_t max = (uint64_t)l->max * parts / 1024;

	if (max < LEAST)
		max = LEAST;
	if (max < l->max)
		l->max = (uint32_t)max;
}

uint32_t lru_count(const struct lru *l)
{
	return l->count;
}

uint64_t lru_evicted(const struct lru *l)
{
	return l->evicted;
}

void lru_each(struct lru *l, bool (*each)(void *value, void *arg), void *arg)
{
	for (uint32_t n = l->oldest; n; n = node_at(l, n)->newer)
		if (!each(value_of(node_at(l, n)), arg))
			return;
}

size_t lru_memory(const struct lru *l)
{
	return ((size_t)l->mask + 1) * sizeof(struct slot) +
	       (size_t)l->num_slabs * SLAB * l->node_size;
}

size_t lru_bytes(const struct lru *l, bool full)
{
	size_t slots = 256, slabs = l->max / SLAB + 1;

	if (!full)
		return lru_memory(l);
	while (slots / 4 * 3 <= l->max) /* as grow() has it */
		slots *= 2;
	return slots * sizeof(struct slot) + slabs * SLAB * l->node_size;
}
