/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .cap = cap };
}

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .cap = b->cap };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->p)
		b->p[0] = '\0';
}

uint8_t *buf_room(struct buf *b, size_t n)
{
	size_t want = b->len + n + 1, size = b->size ? b->size : 256;
	uint8_t *p;

	if (b->failed || want < n || want > b->cap + 1) {
		b->failed = true;
		return NULL;
	}
	if (want <= b->size)
		return b->p + b->len;
	while (size < want)
		size *= 2;
	p = realloc(b->p, size);
	if (!p) {
		b->failed = true;
		return NULL;
	}
	b->p = p;
	b->size = size;
	return p + b->len;
}

void buf_add(struct buf *b, const void *p, size_t len)
{
	uint8_t *room = buf_room(b, len);

	if (!room)
		return;
	if (len)
		memcpy(room, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t left = b->p ? b->size - b->len : 0;
	va_list ap, again;
	uint8_t *room;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	/* mostly it fits in what there is */
	n = vsnprintf(left ? (char *)b->p + b->len : NULL, left, fmt, ap);
	va_end(ap);
	room = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (room && (size_t)n >= left)
		vsnprintf((char *)room, (size_t)n + 1, fmt, again);
	if (room)
		b->len += (size_t)n;
	if (b->p)
		b->p[b->len] = '\0';
	va_end(again);
}

struct bytes buf_bytes(const struct buf *b)
{
	return bytes_of(b->p, b->len);
}

void buf_shift(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->p, b->p + n, b->len - n);
		b->len -= n;
	}
	if (b->p)
		b->p[b->len] = '\0';
}
