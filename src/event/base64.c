/* base64.c: see base64.h. */
#include "event/base64.h"

static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789+/";

static void put(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)digit[v >> 18];
	to[1] = (uint8_t)digit[v >> 12 & 63];
	to[2] = (uint8_t)digit[v >> 6 & 63];
	to[3] = (uint8_t)digit[v & 63];
}

void base64_add(struct buf *out, struct bytes b)
{
	size_t whole = b.len / 3, left = b.len % 3;
	uint8_t *to = buf_room(out, (b.len + 2) / 3 * 4);
	const uint8_t *from = b.p;

	if (!to)
		return;
	for (size_t i = 0; i < whole; i++, from += 3, to += 4)
		put(to, (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 |
				from[2]);
	if (left) {
		put(to, (uint32_t)from[0] << 16 |
				(left > 1 ? (uint32_t)from[1] << 8 : 0));
		to[3] = '=';
		if (left == 1)
			to[2] = '=';
	}
	out->len += (b.len + 2) / 3 * 4;
	out->p[out->len] = '\0';
}
