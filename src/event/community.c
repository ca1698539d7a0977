/* community.c: see community.h. Community ID specification v1, seed 0. */
#include "event/community.h"

#include "crypt/digest.h"

#include <string.h>

static size_t put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

static void base64(const uint8_t sha[static 20], char *out)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int i = 0; i < 21; i += 3) {
		uint32_t v = (uint32_t)sha[i] << 16 | (uint32_t)sha[i + 1] << 8;

		if (i + 2 < 20)
			v |= sha[i + 2];
		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = digit[v >> 6 & 63];
		*out++ = i + 2 < 20 ? digit[v & 63] : '=';
	}
	*out = '\0';
}

void community_id(const struct endpoint *a, const struct endpoint *b,
		  uint8_t protocol, char out[static COMMUNITY_TEXT])
{
	size_t size = a->addr.family == 4 ? 4 : 16, n = 0;
	uint8_t text[40], sha[20];
	int cmp = memcmp(a->addr.b, b->addr.b, size);

	out[0] = '\0';
	if (!a->addr.family || a->addr.family != b->addr.family)
		return;
	if (cmp > 0 || (cmp == 0 && a->port > b->port)) {
		const struct endpoint *t = a;

		a = b;
		b = t;
	}
	n += put16(text, 0); /* seed */
	memcpy(text + n, a->addr.b, size);
	n += size;
	memcpy(text + n, b->addr.b, size);
	n += size;
	text[n++] = protocol;
	text[n++] = 0;
	n += put16(text + n, a->port);
	n += put16(text + n, b->port);
	digest_sha1(bytes_of(text, n), sha);
	memcpy(out, "1:", 2);
	base64(sha, out + 2);
}
