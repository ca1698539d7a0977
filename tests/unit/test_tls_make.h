/*
 * test_tls_make.h: makes TLS and DTLS messages byte by byte for tests, and
 * writes the facts of a handshake as text, so that two can be compared.
 */
#ifndef TEST_TLS_MAKE_H
#define TEST_TLS_MAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tls/handshake.h"

#define MAKE_MAX (1u << 17)

struct make {
	uint8_t p[MAKE_MAX];
	size_t len;
};

static inline void make_bytes(struct make *m, const void *p, size_t n)
{
	ck_assert_uint_le(m->len + n, MAKE_MAX);
	if (n)
		memcpy(m->p + m->len, p, n);
	m->len += n;
}

static inline void make_num(struct make *m, uint64_t v, unsigned width)
{
	uint8_t b[8];

	for (unsigned i = 0; i < width; i++)
		b[i] = (uint8_t)(v >> 8 * (width - 1 - i));
	make_bytes(m, b, width);
}

/* A length of width bytes, filled in by make_close(). */
static inline size_t make_open(struct make *m, unsigned width)
{
	make_num(m, 0, width);
	return m->len;
}

static inline void make_close(struct make *m, size_t at, unsigned width)
{
	size_t n = m->len - at;

	for (unsigned i = 0; i < width; i++)
		m->p[at - 1 - i] = (uint8_t)(n >> 8 * i);
}

static inline void make_fill(struct make *m, uint8_t byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		make_num(m, byte, 1);
}

/* What a hello says; zero is left out. */
struct make_hello {
	uint16_t version;
	uint8_t random; /* each byte of it */
	bool dtls;
	unsigned cookie;   /* its length */
	const char *sni;
	uint16_t supported; /* supported_versions: the one */
	uint16_t suite;	    /* of the server; the client's first */
	int cid;	    /* length of the connection id + 1 */
	bool psk;	    /* server: pre_shared_key */
	unsigned pad;	    /* bytes of a padding extension */
	bool early_data;
	uint8_t cert_type;  /* server_certificate_type */
	bool retry;
	uint8_t session_id;  /* its length */
};

static inline size_t make_ext(struct make *m, uint16_t code)
{
	make_num(m, code, 2);
	return make_open(m, 2);
}

static inline void make_extensions(struct make *m, const struct make_hello *h,
				   bool client)
{
	size_t all = make_open(m, 2), ext, list;

	if (h->sni) {
		ext = make_ext(m, 0);
		list = make_open(m, 2);
		make_num(m, 0, 1);
		make_num(m, strlen(h->sni), 2);
		make_bytes(m, h->sni, strlen(h->sni));
		make_close(m, list, 2);
		make_close(m, ext, 2);
	}
	if (h->supported) {
		ext = make_ext(m, 43);
		if (client)
			make_num(m, 2, 1);
		make_num(m, h->supported, 2);
		make_close(m, ext, 2);
	}
	if (h->cid) {
		ext = make_ext(m, 54);
		make_num(m, (unsigned)h->cid - 1, 1);
		make_fill(m, 0xcd, (unsigned)h->cid - 1);
		make_close(m, ext, 2);
	}
	if (h->psk) {
		ext = make_ext(m, 41);
		make_num(m, 0, 2);
		make_close(m, ext, 2);
	}
	if (h->early_data) {
		ext = make_ext(m, 42);
		make_close(m, ext, 2);
	}
	if (h->cert_type) {
		ext = make_ext(m, 20);
		make_num(m, h->cert_type, 1);
		make_close(m, ext, 2);
	}
	if (h->pad) {
		ext = make_ext(m, 21);
		make_fill(m, 0, h->pad);
		make_close(m, ext, 2);
	}
	make_close(m, all, 2);
}

static const uint8_t make_retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
	0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
	0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

static inline void make_client_hello(struct make *m, const struct make_hello *h)
{
	m->len = 0;
	make_num(m, h->version, 2);
	make_fill(m, h->random, 32);
	make_num(m, h->session_id, 1);
	make_fill(m, 0x1d, h->session_id);
	if (h->dtls) {
		make_num(m, h->cookie, 1);
		make_fill(m, 0xc0, h->cookie);
	}
	make_num(m, 4, 2);
	make_num(m, h->suite ? h->suite : 0xc02f, 2);
	make_num(m, 0x009c, 2);
	make_num(m, 0x0100, 2);
	make_extensions(m, h, true);
}

static inline void make_server_hello(struct make *m, const struct make_hello *h)
{
	m->len = 0;
	make_num(m, h->version, 2);
	if (h->retry)
		make_bytes(m, make_retry_random, 32);
	else
		make_fill(m, h->random, 32);
	make_num(m, h->session_id, 1);
	make_fill(m, 0x1d, h->session_id);
	make_num(m, h->suite ? h->suite : 0xc02f, 2);
	make_num(m, 0, 1);
	make_extensions(m, h, false);
}

/* A Certificate message (TLS 1.2 and below) of num members of n bytes. */
static inline void make_certificate(struct make *m, unsigned num, size_t n)
{
	size_t list, der;

	m->len = 0;
	list = make_open(m, 3);
	for (unsigned i = 0; i < num; i++) {
		der = make_open(m, 3);
		for (size_t k = 0; k < n; k++)
			make_num(m, (uint8_t)(k * 7 + i + 1), 1);
		make_close(m, der, 3);
	}
	make_close(m, list, 3);
}

static inline size_t make_say(char *out, size_t at, size_t size,
			      const char *name, struct bytes b)
{
	uint64_t hash = 1469598103934665603u;

	for (size_t i = 0; i < b.len; i++)
		hash = (hash ^ b.p[i]) * 1099511628211u;
	return at + (size_t)snprintf(out + at, size - at, "%s %zu %016llx\n",
				     name, b.len, (unsigned long long)hash);
}

#define MAKE_FACTS 4096

/*
 * All that a handshake tells but times, orders and offsets: those may differ
 * with the way its bytes came.
 */
static inline void make_facts(const struct tls_handshake *hs,
			      char out[static MAKE_FACTS])
{
	struct tls_sight sight;
	struct tls_reaction r;
	size_t at = 0, n = MAKE_FACTS;

	tls_handshake_sight(hs, &sight);
	tls_handshake_reaction(hs, &r);
	at += (size_t)snprintf(out, n, "see %d %d %d %d %d react %d %d %d\n",
			       sight.visibility, sight.absent, sight.hidden,
			       sight.resumed, sight.established, r.verdict,
			       r.evidence, r.inferred);
	at = make_say(out, at, n, "crandom",
		      bytes_of(hs->client.random, 32));
	at = make_say(out, at, n, "srandom",
		      bytes_of(hs->server.random, 32));
	at = make_say(out, at, n, "sni", hs->client.sni);
	at = make_say(out, at, n, "suites", hs->client.suites);
	at = make_say(out, at, n, "cext",
		      bytes_of(hs->client.ext, 2 * hs->client.num_ext));
	at = make_say(out, at, n, "staple", hs->staple);
	at += (size_t)snprintf(out + at, n - at,
			       "hello %u cut %d rv %x v %x suite %x s %d %d\n",
			       hs->client.count, hs->client.cut,
			       hs->client.record_version, hs->server.version,
			       hs->server.suite, hs->server.seen,
			       hs->server.retry);
	for (int i = 0; i < 2; i++) {
		const struct tls_side_facts *f = &hs->side[i];

		at += (size_t)snprintf(
			out + at, n - at,
			"side %d: %d%d%d%d %d%d%d%d%d%d close %d sealed %u "
			"chain %d\n",
			i, f->seen, f->gap, f->truncated, f->midstream,
			f->ccs, f->hello_done, f->key_exchange,
			f->certificate_request, f->certificate_verify,
			f->finished, f->close, f->num_sealed,
			hs->chain[i].state);
		for (size_t k = 0; k < hs->chain[i].num_certs; k++)
			at = make_say(out, at, n, "cert",
				      hs->chain[i].certs[k]);
	}
	for (size_t i = 0; i < hs->num_anomalies && at < n; i++)
		at += (size_t)snprintf(out + at, n - at, "anomaly %s %d\n",
				       hs->anomalies[i].code,
				       hs->anomalies[i].side);
	ck_assert_uint_lt(at, n);
	snprintf(out + at, n - at, "alert %d %d %d warn %d %d client %d\n",
		 hs->alert.seen, hs->alert.from, hs->alert.code,
		 hs->warning[0], hs->warning[1], hs->client_dir);
}

/* Numbers that are the same every time. */
static inline uint32_t make_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
