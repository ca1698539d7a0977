/*
 * lru.h: a bounded map from byte strings to values of one size.
 *
 * Keys are kept as 128 keyed bits, so a key of any length costs 16 bytes and
 * two different ones meet with probability 2^-64 at most. When full, the value
 * that was not used for long goes (the second-chance rule: the oldest of those
 * not used since they came round last), and drop() is called for it. Values do
 * not move while they are in the map. Order never depends on the random key, so
 * what is evicted is the same in every run.
 */
#ifndef BASE_LRU_H
#define BASE_LRU_H

#include "base/bytes.h"

struct lru;

/* drop may be NULL. NULL without memory. */
struct lru *lru_new(uint32_t max, size_t value_size, void (*drop)(void *value));
void lru_free(struct lru *l);
/* For lru_each(): from now on it goes exactly by use, and so does what is
 * evicted; a hit then costs more. */
void lru_keep_order(struct lru *l);
/* The value, which is used by that; NULL if it is not there. */
void *lru_get(struct lru *l, struct bytes key);
/* The value, made (zeroed) where it was not there; NULL without memory. */
void *lru_put(struct lru *l, struct bytes key, bool *fresh);
void lru_remove(struct lru *l, struct bytes key);
/* As if a victim had to make room; false where nothing is left. */
bool lru_drop_oldest(struct lru *l);
/* While it is empty: so many 1024ths of its max, at least a few. */
void lru_scale(struct lru *l, unsigned parts);
uint32_t lru_count(const struct lru *l);
uint64_t lru_evicted(const struct lru *l);
/* From the oldest on, by use after lru_keep_order(); stops when each() gives
 * false. */
void lru_each(struct lru *l, bool (*each)(void *value, void *arg), void *arg);
size_t lru_memory(const struct lru *l);
/* The same; full: what it comes to when it is full. */
size_t lru_bytes(const struct lru *l, bool full);

#endif
