/*
 * test_tls_stream.h: TLS over TCP for tests: parts of a conversation in their
 * order, records of any size, and a session fed in exact-size heap blocks.
 */
#ifndef TEST_TLS_STREAM_H
#define TEST_TLS_STREAM_H

#include "test_tls_make.h"
#include "tls/session.h"

#define CLIENT 0
#define SERVER 1

struct part {
	uint8_t dir;
	struct make m;
};

/* What is put into records, and how. */
struct framing {
	size_t record; /* bytes of a handshake record at most, 0: all in one */
	bool empty;    /* an empty record before each */
};

static inline void part_record(struct part *p, uint8_t type, struct bytes b)
{
	make_num(&p->m, type, 1);
	make_num(&p->m, TLS_1_2, 2);
	make_num(&p->m, b.len, 2);
	make_bytes(&p->m, b.p, b.len);
}

static inline void part_handshake(struct part *p, const struct framing *how,
				  struct bytes b)
{
	size_t max = how && how->record ? how->record : 16384;

	while (b.len) {
		if (how && how->empty)
			part_record(p, 22, bytes_of(NULL, 0));
		part_record(p, 22, bytes_head(b, max));
		b = bytes_tail(b, max);
	}
}

static inline void message_add(struct make *m, uint8_t type, struct bytes body)
{
	make_num(m, type, 1);
	make_num(m, body.len, 3);
	make_bytes(m, body.p, body.len);
}

static inline struct bytes of(const struct make *m)
{
	return bytes_of(m->p, m->len);
}

static inline void part_message(struct part *p, uint8_t type,
				struct bytes body)
{
	struct make *m = calloc(1, sizeof *m);

	message_add(m, type, body);
	part_handshake(p, NULL, of(m));
	free(m);
}

static inline void part_fill(struct part *p, uint8_t type, size_t n)
{
	struct make *m = calloc(1, sizeof *m);

	make_fill(m, 0x5a, n);
	part_record(p, type, of(m));
	free(m);
}

static inline void part_ccs(struct part *p)
{
	static const uint8_t one[] = { 1 };

	part_record(p, 20, bytes_of(one, 1));
}

static inline void part_alert(struct part *p, uint8_t level, uint8_t code)
{
	const uint8_t alert[] = { level, code };

	part_record(p, 21, bytes_of(alert, 2));
}

struct tcp {
	struct tls_session *s;
	struct stamp time;
	uint64_t offset[2];
};

static inline void tcp_fini(struct tcp *t)
{
	tls_session_free(t->s);
	t->s = NULL;
}

static inline void tcp_init(struct tcp *t)
{
	tcp_fini(t);
	*t = (struct tcp){ .time = stamp_sec(1000000) };
	t->s = tls_session_new(t->time);
	ck_assert_ptr_nonnull(t->s);
}

static inline void tcp_bytes(struct tcp *t, uint8_t dir, struct bytes b)
{
	uint8_t *copy = malloc(b.len + !b.len);
	struct chunk c = { .dir = dir,
			   .offset = t->offset[dir],
			   .data = bytes_of(copy, b.len),
			   .time = t->time };

	ck_assert_ptr_nonnull(copy);
	if (b.len)
		memcpy(copy, b.p, b.len);
	tls_session_feed(t->s, &c);
	free(copy);
	t->offset[dir] += b.len;
	t->time.ns += NSEC_PER_MSEC;
}

static inline void tcp_gap(struct tcp *t, uint8_t dir, uint64_t n)
{
	struct chunk c = { .dir = dir,
			   .offset = t->offset[dir],
			   .gap = n,
			   .time = t->time };

	tls_session_feed(t->s, &c);
	t->offset[dir] += n;
	t->time.ns += NSEC_PER_MSEC;
}

/* The part in chunks of at most n bytes. */
static inline void tcp_part(struct tcp *t, const struct part *p, size_t n)
{
	for (size_t at = 0; at < p->m.len; at += n)
		tcp_bytes(t, p->dir, bytes_head(bytes_tail(of(&p->m), at), n));
}

static inline void tcp_close(struct tcp *t, uint8_t dir,
			     enum protocol_close how)
{
	tls_session_close(t->s, how, dir, t->time);
	t->time.ns += NSEC_PER_MSEC;
}

/* The next handshake when all is over; NULL: none (more). */
static inline struct tls_handshake *tcp_end(struct tcp *t)
{
	tls_session_close(t->s, CLOSE_END, 0, t->time);
	return tls_session_next(t->s);
}

static inline struct tls_handshake *tcp_one(struct tcp *t)
{
	struct tls_handshake *hs = tcp_end(t);

	ck_assert_ptr_nonnull(hs);
	ck_assert_ptr_null(tls_session_next(t->s));
	ck_assert(tls_session_done(t->s));
	tcp_fini(t);
	return hs;
}

enum { PARTS = 7 };

/*
 * A full handshake of TLS 1.2 with a client certificate, and data: 0 hello,
 * 1 the server's flight, 2 the client's, 3 the server's end, 4 and 5 data,
 * 6 more of the client.
 */
static inline void parts_full(struct part *p, const struct framing *how)
{
	static const uint8_t dirs[PARTS] = { 0, 1, 0, 1, 0, 1, 0 };
	struct make_hello h = { .version = TLS_1_2,
				.random = 0xaa,
				.session_id = 32,
				.sni = "api.example.com" };
	struct make *body = calloc(1, sizeof *body);
	struct make *all = calloc(1, sizeof *all);
	struct bytes filler = bytes_of(all->p + MAKE_MAX - 300, 300);

	for (int i = 0; i < PARTS; i++) {
		p[i].dir = dirs[i];
		p[i].m.len = 0;
	}
	make_client_hello(body, &h);
	message_add(all, 1, of(body));
	part_handshake(&p[0], how, of(all));
	all->len = 0;
	h = (struct make_hello){ .version = TLS_1_2, .random = 0xbb };
	make_server_hello(body, &h);
	message_add(all, 2, of(body));
	make_certificate(body, 2, 700);
	message_add(all, 11, of(body));
	message_add(all, 12, filler);
	message_add(all, 13, bytes_head(filler, 20));
	message_add(all, 14, bytes_of(NULL, 0));
	part_handshake(&p[1], how, of(all));
	all->len = 0;
	make_certificate(body, 1, 300);
	message_add(all, 11, of(body));
	message_add(all, 16, filler);
	message_add(all, 15, bytes_head(filler, 100));
	part_handshake(&p[2], how, of(all));
	for (int i = 2; i < 4; i++) {
		part_ccs(&p[i]);
		part_fill(&p[i], 22, 40);
	}
	for (int i = 4; i < PARTS; i++)
		part_fill(&p[i], 23, 100);
	free(body);
	free(all);
}

#endif
