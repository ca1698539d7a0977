/* lru.c: see lru.h. Chained buckets over slabs of nodes, a list in use order. */
#include "base/lru.h"

#include "base/hash.h"

#include <stdlib.h>

#define SLAB 256u

struct node {
	struct node *chain;	   /* in its bucket, or the free list */
	struct node *older, *newer;
	uint64_t tag[2]; /* the last bit of tag[1] is USED */
};

/* Since it was last at the newest end. */
#define USED 1u

struct lru {
	struct hash_key key;
	struct node **buckets;
	uint32_t num_buckets; /* a power of two */
	uint32_t count, max;
	size_t value_size, node_size;
	struct node *oldest, *newest, *free_list;
	uint8_t **slabs;
	uint32_t num_slabs;
	void (*drop)(void *value);
	uint64_t evicted;
	bool exact;
};

static void *value_of(struct node *n)
{
	return n + 1;
}

struct lru *lru_new(uint32_t max, size_t value_size, void (*drop)(void *value))
{
	struct lru *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->max = max;
	l->value_size = value_size;
	l->node_size = (sizeof(struct node) + value_size + 15) & ~(size_t)15;
	l->drop = drop;
	l->num_buckets = 256;
	l->buckets = calloc(l->num_buckets, sizeof(struct node *));
	l->slabs = calloc(max / SLAB + 1, sizeof *l->slabs);
	if (!l->buckets || !l->slabs || !hash_key_random(&l->key)) {
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
	for (struct node *n = l->oldest; n && l->drop; n = n->newer)
		l->drop(value_of(n));
	for (uint32_t i = 0; i < l->num_slabs; i++)
		free(l->slabs[i]);
	free(l->slabs);
	free(l->buckets);
	free(l);
}

static struct node **bucket(struct lru *l, const uint64_t tag[2])
{
	return &l->buckets[tag[0] & (l->num_buckets - 1)];
}

static struct node *find(struct lru *l, const uint64_t tag[2])
{
	struct node *n = *bucket(l, tag);

	while (n && (n->tag[0] != tag[0] ||
		     ((n->tag[1] ^ tag[1]) & ~(uint64_t)USED)))
		n = n->chain;
	return n;
}

static void list_remove(struct lru *l, struct node *n)
{
	*(n->older ? &n->older->newer : &l->oldest) = n->newer;
	*(n->newer ? &n->newer->older : &l->newest) = n->older;
}

static void list_add(struct lru *l, struct node *n)
{
	n->newer = NULL;
	n->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = n;
	l->newest = n;
}

static void unchain(struct lru *l, struct node *n)
{
	struct node **at = bucket(l, n->tag);

	while (*at != n)
		at = &(*at)->chain;
	*at = n->chain;
}

static void release(struct lru *l, struct node *n)
{
	unchain(l, n);
	list_remove(l, n);
	if (l->drop)
		l->drop(value_of(n));
	n->chain = l->free_list;
	l->free_list = n;
	l->count--;
}

/* A mark, not a move: that would touch two neighbours and the end, too. */
static void use(struct lru *l, struct node *n)
{
	if (!l->exact) {
		n->tag[1] |= USED;
	} else if (l->newest != n) {
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
	for (int i = 0; i < CHANCES && l->oldest->tag[1] & USED; i++) {
		struct node *n = l->oldest;

		n->tag[1] &= ~(uint64_t)USED;
		list_remove(l, n);
		list_add(l, n);
	}
	return l->oldest;
}

static void grow(struct lru *l)
{
	uint32_t num = 2 * l->num_buckets;
	struct node **old = l->buckets, **b = calloc(num, sizeof *b);

	if (!b)
		return; /* longer chains, nothing worse */
	l->buckets = b;
	l->num_buckets = num;
	for (struct node *n = l->oldest; n; n = n->newer) {
		n->chain = *bucket(l, n->tag);
		*bucket(l, n->tag) = n;
	}
	free(old);
}

static bool add_slab(struct lru *l)
{
	uint8_t *slab = calloc(SLAB, l->node_size);

	if (!slab)
		return false;
	l->slabs[l->num_slabs++] = slab;
	for (uint32_t i = SLAB; i-- > 0;) {
		struct node *n = (struct node *)(void *)(slab +
							 i * l->node_size);

		n->chain = l->free_list;
		l->free_list = n;
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
	if (!l->free_list && !add_slab(l))
		return NULL;
	n = l->free_list;
	l->free_list = n->chain;
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
	if (l->count >= l->num_buckets)
		grow(l);
	n->tag[0] = tag[0];
	n->tag[1] = tag[1] & ~(uint64_t)USED;
	n->chain = *bucket(l, tag);
	*bucket(l, tag) = n;
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
	for (struct node *n = l->oldest; n; n = n->newer)
		if (!each(value_of(n), arg))
			return;
}

size_t lru_memory(const struct lru *l)
{
	return l->num_buckets * sizeof(struct node *) +
	       (size_t)l->num_slabs * SLAB * l->node_size;
}
