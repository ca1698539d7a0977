/* fingerprint.c: see fingerprint.h. */
#include "tls/fingerprint.h"

#include "base/buf.h"
#include "base/reader.h"
#include "crypt/digest.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX (1u << 20)

#define EXT_COOKIE 44

/* "47-53-..." of a list of uint16, without GREASE. */
static void add_decimal(struct buf *b, struct bytes list)
{
	struct reader r = rd_whole(list);
	bool some = false;

	while (rd_more(&r)) {
		uint16_t v = rd_u16(&r);

		if (!rd_ok(&r) || tls_is_grease(v))
			continue;
		buf_printf(b, some ? "-%u" : "%u", v);
		some = true;
	}
}

static void add_extensions(struct buf *b, const struct tls_client_hello *c)
{
	bool some = false;

	for (size_t i = 0; i < c->num_ext; i++) {
		if (tls_is_grease(c->ext[i]))
			continue;
		buf_printf(b, some ? "-%u" : "%u", c->ext[i]);
		some = true;
	}
}

static void ja3(const struct tls_client_hello *c, struct buf *b, char *out)
{
	uint8_t md5[16];

	buf_reset(b);
	buf_printf(b, "%u,", c->legacy_version);
	add_decimal(b, c->suites);
	buf_add_char(b, ',');
	add_extensions(b, c);
	buf_add_char(b, ',');
	add_decimal(b, c->groups);
	buf_add_char(b, ',');
	for (size_t i = 0; i < c->point_formats.len; i++)
		buf_printf(b, i ? "-%u" : "%u", c->point_formats.p[i]);
	if (b->failed)
		return;
	digest_md5(buf_bytes(b), md5);
	bytes_hex(out, md5, 16);
}

static int by_value(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sorted four-digit hex, comma separated; the number of values. */
static void add_sorted(struct buf *b, uint16_t *v, size_t num)
{
	qsort(v, num, sizeof *v, by_value);
	for (size_t i = 0; i < num; i++)
		buf_printf(b, i ? ",%04x" : "%04x", v[i]);
}

static void hash12(struct buf *b, char out[static 13])
{
	uint8_t sha[32];

	if (!b->len) {
		memcpy(out, "000000000000", 13);
		return;
	}
	digest_sha256(buf_bytes(b), sha);
	bytes_hex(out, sha, 6);
}

static const char *ja4_version(const struct tls_handshake *hs)
{
	struct reader r = rd_whole(hs->client.versions);
	uint16_t best = 0;
	bool dtls = hs->carrier == TLS_OVER_DTLS;

	while (rd_more(&r)) {
		uint16_t v = rd_u16(&r);

		if (!rd_ok(&r) || tls_is_grease(v))
			continue;
		/* DTLS counts downwards */
		if (!best || (dtls ? v < best : v > best))
			best = v;
	}
	if (!best)
		best = hs->client.legacy_version;
	switch (best) {
	case DTLS_BAD: /* as Wireshark has it */
		return "s1";
	case TLS_SSL2:
		return "s2";
	case TLS_SSL3:
		return "s3";
	case TLS_1_0:
		return "10";
	case TLS_1_1:
		return "11";
	case TLS_1_2:
		return "12";
	case TLS_1_3:
		return "13";
	case DTLS_1_0:
		return "d1";
	case DTLS_1_2:
		return "d2";
	case DTLS_1_3:
		return "d3";
	default:
		return "00";
	}
}

/* First and last character of the first ALPN value, or of its hex. */
static void ja4_alpn(const struct tls_client_hello *c, char out[static 3])
{
	struct reader r = rd_whole(c->alpn), name = rd_vec8(&r);
	struct bytes b = rd_rest(&name);
	char h[5];

	memcpy(out, "00", 3);
	if (!b.len)
		return;
	out[0] = (char)b.p[0];
	out[1] = (char)b.p[b.len - 1];
	if (isalnum(b.p[0]) && isalnum(b.p[b.len - 1]))
		return;
	snprintf(h, sizeof h, "%02x%02x", b.p[0], b.p[b.len - 1]);
	out[0] = h[0];
	out[1] = h[3];
}

static size_t plain_suites(const struct tls_client_hello *c, uint16_t *out)
{
	struct reader r = rd_whole(c->suites);
	size_t n = 0;

	while (rd_more(&r)) {
		uint16_t v = rd_u16(&r);

		if (rd_ok(&r) && !tls_is_grease(v))
			out[n++] = v;
	}
	return n;
}

static void add_signatures(struct buf *b, struct bytes list)
{
	struct reader r = rd_whole(list);
	char sep = '_';

	while (rd_more(&r)) {
		uint16_t v = rd_u16(&r);

		if (!rd_ok(&r) || tls_is_grease(v))
			continue;
		buf_printf(b, "%c%04x", sep, v);
		sep = ',';
	}
}

static void ja4(const struct tls_handshake *hs, struct buf *b, char *out,
		size_t size)
{
	const struct tls_client_hello *c = &hs->client;
	size_t num = 0, num_ext = 0, n = 0, room = c->suites.len / 2;
	uint16_t *v = calloc((room > c->num_ext ? room : c->num_ext) + 1,
			     sizeof *v);
	char first[13], second[13], alpn[3];
	const char *kind = hs->carrier == TLS_OVER_QUIC	  ? "q"
			   : hs->carrier == TLS_OVER_DTLS ? "d"
							  : "t";

	if (!v)
		return;
	num = plain_suites(c, v);
	buf_reset(b);
	add_sorted(b, v, num);
	hash12(b, first);
	for (size_t i = 0; i < c->num_ext; i++) {
		if (tls_is_grease(c->ext[i]))
			continue;
		num_ext++;
		if (c->ext[i] != 0 && c->ext[i] != 16)
			v[n++] = c->ext[i];
	}
	buf_reset(b);
	add_sorted(b, v, n);
	if (num_ext)
		add_signatures(b, c->signature_algorithms);
	hash12(b, second);
	ja4_alpn(c, alpn);
	snprintf(out, size, "%s%s%c%02u%02u%s_%s_%s", kind, ja4_version(hs),
		 c->has_sni ? 'd' : 'i', (unsigned)(num > 99 ? 99 : num),
		 (unsigned)(num_ext > 99 ? 99 : num_ext), alpn, first, second);
	free(v);
}

static bool has_share(const struct tls_client_hello *c, uint16_t group)
{
	struct reader r = rd_whole(c->key_share_groups);
	bool has = false;

	while (rd_more(&r))
		has |= rd_u16(&r) == group;
	return has && rd_ok(&r);
}

/*
 * Is it the answer to a HelloRetryRequest, the first hello being lost? It
 * differs from that one, and so would its fingerprint: only it has the cookie,
 * or a share of the group that was asked for (RFC 8446 4.1.2, 4.2.2, 4.2.8), or
 * stands behind ChangeCipherSpec.
 */
static bool is_second(const struct tls_handshake *hs)
{
	const struct tls_client_hello *c = &hs->client;

	for (size_t i = 0; i < c->num_ext; i++)
		if (c->ext[i] == EXT_COOKIE)
			return true;
	if (c->second)
		return true;
	return c->count == 1 && hs->server.retry && hs->server.group &&
	       has_share(c, hs->server.group);
}

void tls_fingerprint(const struct tls_handshake *hs,
		     struct tls_fingerprint *out)
{
	struct buf b;

	*out = (struct tls_fingerprint){ .ja3 = "" };
	/* Google's CHLO has neither version nor suites */
	if (!hs->client.count || hs->client.cut || !hs->client.suites.len ||
	    is_second(hs))
		return;
	buf_init(&b, TEXT_MAX);
	ja3(&hs->client, &b, out->ja3);
	if (!hs->client.sslv2)
		ja4(hs, &b, out->ja4, sizeof out->ja4);
	buf_fini(&b);
}
