/*
 * bytes.h: a borrowed run of bytes.
 *
 * A struct bytes never owns what it points to; who hands one out says how long
 * it lives. p may be NULL only when len is 0.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t len;
};

static inline struct bytes bytes_of(const void *p, size_t len)
{
	return (struct bytes){ .p = p, .len = len };
}

static inline struct bytes bytes_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.p, b.p, a.len));
}

static inline bool bytes_is(struct bytes a, const char *s)
{
	return bytes_eq(a, bytes_str(s));
}

/* Does all of part stand inside of whole? Nothing stands nowhere. */
static inline bool bytes_inside(struct bytes whole, struct bytes part)
{
	uintptr_t at = (uintptr_t)part.p - (uintptr_t)whole.p;

	return part.len && at < whole.len && part.len <= whole.len - at;
}

/* Lower-case hex of n bytes and a NUL: 2 * n + 1 characters. */
static inline void bytes_hex(char *out, const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digit[p[i] >> 4];
		*out++ = digit[p[i] & 15];
	}
	*out = '\0';
}

/* The first n bytes of b, or all of it where it is shorter. */
static inline struct bytes bytes_head(struct bytes b, size_t n)
{
	return bytes_of(b.p, n < b.len ? n : b.len);
}

/* b without its first n bytes; empty where it is shorter. */
static inline struct bytes bytes_tail(struct bytes b, size_t n)
{
	if (n >= b.len)
		return bytes_of(b.p, 0);
	return bytes_of(b.p + n, b.len - n);
}

#endif
