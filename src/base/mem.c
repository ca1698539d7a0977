/* mem.c: see mem.h. */
#include "base/mem.h"

#include "base/limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP  32u  /* sizes are rounded up to so much ... */
#define SIZES 512u /* ... and not kept above so many steps */

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WATCHED true
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
	__has_feature(memory_sanitizer)
#define WATCHED true
#endif
#endif
#ifndef WATCHED
#define WATCHED false
#endif

struct spare {
	struct spare *next;
};

struct mem_cache {
	struct spare *first[SIZES + 1]; /* by steps */
	size_t bytes;			/* of all */
};

static _Thread_local struct mem_cache *in_use;

struct mem_cache *mem_cache_new(void)
{
	return WATCHED ? NULL : calloc(1, sizeof(struct mem_cache));
}

void mem_cache_free(struct mem_cache *c)
{
	struct spare *s, *next;

	for (size_t i = 0; c && i <= SIZES; i++)
		for (s = c->first[i]; s; s = next) {
			next = s->next;
			free(s);
		}
	free(c);
}

struct mem_cache *mem_cache_use(struct mem_cache *c)
{
	struct mem_cache *before = in_use;

	in_use = c;
	return before;
}

static size_t steps(size_t size)
{
	return size ? (size - 1) / STEP + 1 : 1;
}

void *mem_take(size_t size)
{
	struct mem_cache *c = in_use;
	size_t n = steps(size);
	struct spare *s;

	if (n > SIZES)
		return malloc(size);
	if (!c || !c->first[n])
		return malloc(WATCHED ? size : n * STEP);
	s = c->first[n];
	c->first[n] = s->next;
	c->bytes -= n * STEP;
	return s;
}

void *mem_zeroed(size_t size)
{
	void *p = mem_take(size);

	return p ? memset(p, 0, size) : NULL;
}

void mem_give(void *p, size_t size)
{
	struct mem_cache *c = in_use;
	size_t n = steps(size);
	struct spare *s = p;

	if (!p || !c || n > SIZES || c->bytes + n * STEP > LIMIT_MEM_CACHE) {
		free(p);
		return;
	}
	s->next = c->first[n];
	c->first[n] = s;
	c->bytes += n * STEP;
}

void *mem_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void mem_unmap(void *p, size_t size)
{
	if (p)
		(void)munmap(p, size);
}
