/* test_hex.h: octets as RFCs print them. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <check.h>
#include <stdio.h>

#include "base/bytes.h"

struct octets {
	uint8_t p[256];
	size_t len;
};

static inline struct octets hex(const char *text)
{
	struct octets o = { .len = strlen(text) / 2 };
	unsigned v;

	ck_assert_uint_le(o.len, sizeof o.p);
	for (size_t i = 0; i < o.len; i++) {
		ck_assert_int_eq(sscanf(text + 2 * i, "%2x", &v), 1);
		o.p[i] = (uint8_t)v;
	}
	return o;
}

static inline struct bytes view(const struct octets *o)
{
	return bytes_of(o->p, o->len);
}

#endif
