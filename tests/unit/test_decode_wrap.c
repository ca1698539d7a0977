/* test_decode_wrap.c: see test_decode_wrap.h. Built from the inside out. */
#include "test_decode_wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void wrap_front(struct wrapped *w, const void *p, size_t n)
{
	if (w->len + n > sizeof w->b)
		abort();
	memmove(w->b + n, w->b, w->len);
	memcpy(w->b, p, n);
	w->len += n;
}

static void wrap_back(struct wrapped *w, const void *p, size_t n)
{
	if (w->len + n > sizeof w->b)
		abort();
	memcpy(w->b + w->len, p, n);
	w->len += n;
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t wrap_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned v;

	for (; sscanf(hex + 2 * n, "%2x", &v) == 1; n++)
		out[n] = (uint8_t)v;
	return n;
}

static void wrap_ethernet(struct wrapped *w, size_t type)
{
	uint8_t h[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };

	put16(h + 12, type);
	wrap_front(w, h, sizeof h);
}

static void wrap_v4(struct wrapped *w, unsigned protocol, uint8_t net)
{
	uint8_t h[20] = { 0x45, 0, 0,	0, 0, 9, 0, 0, 64, 0, 0,
			  0,	net, 1, 1, 1, net, 2, 2, 2 };

	put16(h + 2, w->len + sizeof h);
	h[9] = (uint8_t)protocol;
	wrap_front(w, h, sizeof h);
}

static void wrap_v6(struct wrapped *w, unsigned next, uint8_t net)
{
	uint8_t h[40] = { 0x60, 0, 0, 0, 0, 0, 0, 64, 0x20, 1, 0xd, 0xb8 };

	put16(h + 4, w->len);
	h[6] = (uint8_t)next;
	h[12] = h[28] = net;
	h[24] = 0x20;
	h[25] = 1;
	h[26] = 0xd;
	h[27] = 0xb8;
	h[23] = 1;
	h[39] = 2;
	wrap_front(w, h, sizeof h);
}

static void wrap_udp(struct wrapped *w, unsigned sport, unsigned dport)
{
	uint8_t h[8];

	put16(h, sport);
	put16(h + 2, dport);
	put16(h + 4, w->len + sizeof h);
	put16(h + 6, 0xbad);
	wrap_front(w, h, sizeof h);
}

static void wrap_inner(struct wrapped *w, const char *what)
{
	static const uint8_t tcp[20] = { 0x9c, 0x40, 0x01, 0xbb, 0x01, 0x02,
					 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
					 0x50, 0x18, 0x20, 0x00, 0xba, 0xad };

	wrap_back(w, WRAP_PAYLOAD, strlen(WRAP_PAYLOAD));
	if (what[0] == 'T')
		wrap_front(w, tcp, sizeof tcp);
	else
		wrap_udp(w, 40000, 443);
	if (what[1] == '4')
		wrap_v4(w, what[0] == 'T' ? 6 : 17, 10);
	else
		wrap_v6(w, what[0] == 'T' ? 6 : 17, 10);
}

static void wrap_token(struct wrapped *w, const char *t)
{
	const char *arg = strchr(t, ':') ? strchr(t, ':') + 1 : "";
	uint8_t h[256] = { 0x11, 0, 0, 7 };
	size_t n = strtoul(arg, NULL, 16);

	if (t[0] == 'T' || (t[0] == 'U' && t[1] != ':')) {
		wrap_inner(w, t);
	} else if (t[0] == 'E') {
		wrap_ethernet(w, n);
	} else if (t[0] == 'L') {
		wrap_ethernet(w, w->len);
	} else if (!strncmp(t, "V4:", 3)) {
		wrap_v4(w, (unsigned)atoi(arg), 172);
	} else if (!strncmp(t, "V6:", 3)) {
		wrap_v6(w, (unsigned)atoi(arg), 172);
	} else if (t[0] == 'U') {
		wrap_udp(w, 50000, (unsigned)atoi(arg));
	} else if (t[0] == 'X') {
		wrap_front(w, h, wrap_hex(arg, h));
	} else if (t[0] == 'P') {
		put16(h + 4, w->len + 2);
		put16(h + 6, n);
		wrap_front(w, h, 8);
	} else if (t[0] == 'G') {
		put16(h, 0x30ff);
		put16(h + 2, w->len);
		put16(h + 4, n >> 16);
		put16(h + 6, n & 0xffff);
		wrap_front(w, h, 8);
	} else if (t[0] == 'B') {
		put16(h, w->len);
		wrap_front(w, h, 2);
	} else {
		abort();
	}
}

void wrap(const char *recipe, struct wrapped *out)
{
	char text[512], *token[32], *save;
	size_t num = 0, padding = 0;

	snprintf(text, sizeof text, "%s", recipe);
	for (char *t = strtok_r(text, " ", &save); t && num < 32;
	     t = strtok_r(NULL, " ", &save))
		token[num++] = t;
	out->len = 0;
	if (num > 0 && token[num - 1][0] == 'Z')
		padding = strtoul(token[--num] + 2, NULL, 16);
	while (num > 0)
		wrap_token(out, token[--num]);
	for (; padding > 0; padding--)
		wrap_back(out, "\xee", 1);
}
