/*
 * arena.h: memory that is given back all at once.
 *
 * Bounded by a cap chosen at init; beyond it arena_alloc() gives NULL and
 * arena.full is set, so that the owner can count it. Memory is zeroed and
 * aligned for any object. Not thread-safe; it may move between threads whole.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used; /* bytes of all blocks */
	size_t cap;
	bool full; /* an allocation was refused */
};

void arena_init(struct arena *a, size_t cap);
void arena_fini(struct arena *a);
/* NULL when the cap or the heap is exhausted. n may be 0. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy that lives as long as the arena; empty bytes (p NULL) on failure. */
struct bytes arena_copy(struct arena *a, struct bytes b);
/* A NUL-terminated copy; NULL on failure. Without an arena (NULL) nobody wants
 * the text: it is "". */
char *arena_str(struct arena *a, struct bytes b);
/* printf into the arena; NULL on failure, "" without an arena. */
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
