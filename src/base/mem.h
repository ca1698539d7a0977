/*
 * mem.h: zeroed memory by how it is used. NULL without memory; a refusal is the
 * caller's to count.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/*
 * For objects that come and go with every handshake: not cleared, or zeroed;
 * mem_give() takes them back, of the size that was asked for; p may be NULL.
 * They wait in the cache that is in use for the next of their size, or go
 * through malloc() and free(), which for more than a kilobyte take turns with
 * all threads that ever had that heap: half of what two workers lost by being
 * two, and 5 % of one (tests/bench).
 */
void *mem_take(size_t size);
void *mem_zeroed(size_t size);
void mem_give(void *p, size_t size);

/* What was given back, for whoever runs with it: by one thread at a time. At
 * most LIMIT_MEM_CACHE bytes of all sizes, which strangers choose. */
struct mem_cache;

/* NULL without memory, and where a sanitizer looks at each block. */
struct mem_cache *mem_cache_new(void);
void mem_cache_free(struct mem_cache *c);
/* For this thread, from now on; NULL: none. Gives the one before. */
struct mem_cache *mem_cache_use(struct mem_cache *c);

/* For large tables of which most is never touched, and so takes no memory;
 * mem_unmap() gives them back. The heap would have to clear them. */
void *mem_map(size_t size);
/* p may be NULL. */
void mem_unmap(void *p, size_t size);

#endif
