/*
 * test_dtls_make.h: datagrams of DTLS, flights of them, and a session that is
 * fed with them in exact-size heap blocks.
 */
#ifndef TEST_DTLS_MAKE_H
#define TEST_DTLS_MAKE_H

#include "test_tls_make.h"
#include "tls/dtls.h"

#define CLIENT 0
#define SERVER 1

struct gram {
	uint8_t dir;
	struct make m;
};

static inline void gram_begin(struct gram *g, uint8_t dir)
{
	g->dir = dir;
	g->m.len = 0;
}

static inline size_t gram_record(struct gram *g, uint8_t type,
				 uint16_t version, uint16_t epoch)
{
	make_num(&g->m, type, 1);
	make_num(&g->m, version, 2);
	make_num(&g->m, epoch, 2);
	make_num(&g->m, 7, 6);
	return make_open(&g->m, 2);
}

/* One record with n bytes of a message from a byte on. */
static inline void gram_fragment(struct gram *g, uint8_t type, uint16_t seq,
				 struct bytes body, size_t from, size_t n)
{
	size_t at = gram_record(g, 22, DTLS_1_2, 0);

	make_num(&g->m, type, 1);
	make_num(&g->m, body.len, 3);
	make_num(&g->m, seq, 2);
	make_num(&g->m, from, 3);
	make_num(&g->m, n, 3);
	make_bytes(&g->m, body.p ? body.p + from : NULL, n);
	make_close(&g->m, at, 2);
}

static inline void gram_message(struct gram *g, uint8_t type, uint16_t seq,
				struct bytes body)
{
	gram_fragment(g, type, seq, body, 0, body.len);
}

static inline void gram_sealed(struct gram *g, uint8_t type, unsigned n)
{
	size_t at = gram_record(g, type, DTLS_1_2, 1);

	make_fill(&g->m, 0x5e, n);
	make_close(&g->m, at, 2);
}

static inline void gram_ccs(struct gram *g)
{
	size_t at = gram_record(g, 20, DTLS_1_2, 0);

	make_num(&g->m, 1, 1);
	make_close(&g->m, at, 2);
}

static inline void gram_alert(struct gram *g, uint8_t level, uint8_t code)
{
	size_t at = gram_record(g, 21, DTLS_1_2, 0);

	make_num(&g->m, level, 1);
	make_num(&g->m, code, 1);
	make_close(&g->m, at, 2);
}

struct feeder {
	struct dtls_session *s;
	struct stamp time;
	uint64_t offset[2];
};

static inline void feeder_fini(struct feeder *f)
{
	dtls_session_free(f->s);
	f->s = NULL;
}

/* Begins with a new session; the one before is thrown away. */
static inline void feeder_init(struct feeder *f)
{
	feeder_fini(f);
	*f = (struct feeder){ .time = stamp_sec(1000000) };
	f->s = dtls_session_new(f->time);
	ck_assert_ptr_nonnull(f->s);
}

static inline void feed_bytes(struct feeder *f, uint8_t dir, struct bytes b,
			      bool cut)
{
	uint8_t *copy = malloc(b.len ? b.len : 1);
	struct chunk c = { .dir = dir,
			   .cut = cut,
			   .offset = f->offset[dir],
			   .data = bytes_of(copy, b.len),
			   .time = f->time };

	ck_assert_ptr_nonnull(copy);
	if (b.len)
		memcpy(copy, b.p, b.len);
	dtls_session_feed(f->s, &c);
	free(copy);
	f->offset[dir] += b.len;
	f->time.ns += NSEC_PER_MSEC;
}

static inline void feed(struct feeder *f, const struct gram *g)
{
	feed_bytes(f, g->dir, bytes_of(g->m.p, g->m.len), false);
}

static inline void feeder_end(struct feeder *f)
{
	dtls_session_close(f->s, CLOSE_END, 0, f->time);
}

/* The one handshake of the session, to be freed. */
static inline struct tls_handshake *feeder_one(struct feeder *f)
{
	struct tls_handshake *hs;

	feeder_end(f);
	hs = dtls_session_next(f->s);
	ck_assert_ptr_nonnull(hs);
	ck_assert_ptr_null(dtls_session_next(f->s));
	ck_assert(dtls_session_done(f->s));
	feeder_fini(f);
	return hs;
}

/* The messages of a full handshake, bodies only. */
struct bodies {
	struct make client, client2, server, chain, request, key, client_chain;
};

static inline struct bytes body_of(const struct make *m)
{
	return bytes_of(m->p, m->len);
}

static inline struct bodies *bodies_new(void)
{
	struct bodies *b = calloc(1, sizeof *b);
	struct make_hello h = { .version = DTLS_1_2,
				.dtls = true,
				.random = 0xaa,
				.sni = "device.example.com" };

	ck_assert_ptr_nonnull(b);
	make_client_hello(&b->client, &h);
	h.cookie = 20;
	make_client_hello(&b->client2, &h);
	h = (struct make_hello){ .version = DTLS_1_2, .random = 0xbb };
	make_server_hello(&b->server, &h);
	make_certificate(&b->chain, 2, 700);
	make_certificate(&b->client_chain, 1, 300);
	make_fill(&b->request, 0x11, 20);
	make_fill(&b->key, 0x22, 300);
	return b;
}

#define NOTHING bytes_of(NULL, 0)

enum { GRAMS = 13 };

/*
 * A full handshake with a cookie and a client certificate, a message (or two)
 * to a datagram: 0 to 2 hellos, 3 to 7 the server's flight, 8 to 10 the
 * client's, 11 and 12 the Finished ones.
 */
static inline void grams_full(struct gram *g, const struct bodies *b)
{
	static const uint8_t dirs[GRAMS] = { 0, 1, 0, 1, 1, 1, 1,
					     1, 0, 0, 0, 0, 1 };
	static const uint8_t verify[] = { 0xfe, 0xff, 2, 9, 9 };

	for (int i = 0; i < GRAMS; i++)
		gram_begin(&g[i], dirs[i]);
	gram_message(&g[0], 1, 0, body_of(&b->client));
	gram_message(&g[1], 3, 0, bytes_of(verify, sizeof verify));
	gram_message(&g[2], 1, 1, body_of(&b->client2));
	gram_message(&g[3], 2, 1, body_of(&b->server));
	gram_message(&g[4], 11, 2, body_of(&b->chain));
	gram_message(&g[5], 12, 3, body_of(&b->key));
	gram_message(&g[6], 13, 4, body_of(&b->request));
	gram_message(&g[7], 14, 5, NOTHING);
	gram_message(&g[8], 11, 2, body_of(&b->client_chain));
	gram_message(&g[9], 16, 3, body_of(&b->request));
	gram_message(&g[10], 15, 4, body_of(&b->key));
	gram_ccs(&g[11]);
	gram_sealed(&g[11], 22, 48);
	gram_ccs(&g[12]);
	gram_sealed(&g[12], 22, 48);
}

static inline void gram_data(struct gram *g, uint8_t dir)
{
	gram_begin(g, dir);
	gram_sealed(g, 23, 80);
}

#endif
