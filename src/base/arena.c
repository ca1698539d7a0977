/* arena.c: see arena.h. Blocks grow, so that a big chain costs few of them. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* With its head 512: a certificate of the web has about 450 bytes of facts. */
#define BLOCK_FIRST 480
#define BLOCK_MAX   65536

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	alignas(16) uint8_t data[];
};

void arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena){ .cap = cap };
}

void arena_fini(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		mem_give(b, sizeof *b + b->size);
	}
	a->head = NULL;
	a->used = 0;
}

static struct arena_block *arena_grow(struct arena *a, size_t n)
{
	size_t size = a->head ? 2 * a->head->size : BLOCK_FIRST;
	struct arena_block *b;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < n)
		size = n;
	if (size > a->cap - a->used)
		size = n; /* the last block is as small as it can be */
	if (n > a->cap - a->used)
		return NULL;
	b = mem_take(sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	b->used = 0;
	b->next = a->head;
	a->head = b;
	a->used += size;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t need = (n + 15) & ~(size_t)15;
	struct arena_block *b = a->head;
	void *p;

	if (need < n) /* no address space holds it */
		b = NULL;
	else if (!b || b->size - b->used < need)
		b = arena_grow(a, need);
	if (!b) {
		a->full = true;
		return NULL;
	}
	p = b->data + b->used;
	b->used += need;
	return memset(p, 0, n); /* what nobody asks for stays untouched */
}

struct bytes arena_copy(struct arena *a, struct bytes b)
{
	uint8_t *p = arena_alloc(a, b.len);

	if (!p)
		return bytes_of(NULL, 0);
	if (b.len)
		memcpy(p, b.p, b.len);
	return bytes_of(p, b.len);
}

static char no_text[1];

char *arena_str(struct arena *a, struct bytes b)
{
	char *s;

	if (!a)
		return no_text;
	s = arena_alloc(a, b.len + 1);
	if (s && b.len)
		memcpy(s, b.p, b.len);
	return s;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	int n;
	char *s;

	if (!a)
		return no_text;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (s)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}
