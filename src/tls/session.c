/* session.c: see session.h. What the halves tell becomes facts here. */
#include "tls/session.h"

#include "base/mem.h"
#include "tls/facts.h"
#include "tls/half.h"
#include "tls/open.h"
#include "tls/ready.h"

#include <stdlib.h>

/* What comes later than this behind an alert or a reset is not waited for:
 * captures reorder the two directions by less. */
#define LINGER NSEC_PER_SEC

struct tls_session {
	struct tls_handshake *hs; /* at hand; NULL when done */
	struct tls_ready ready;
	struct tls_half half[2];
	uint32_t order;	     /* of records, over both directions */
	uint32_t index;	     /* of handshakes */
	bool roles_known;
	struct tls_keys *keys; /* NULL: none given */
	struct tls_open *open; /* of the handshake at hand */
	bool held;	     /* over, but for a secret that may still come */
	bool ended;	     /* over_at is set by the end of the connection */
	struct stamp over_at; /* 0: not set */
};

struct tls_session *tls_session_new(struct stamp time)
{
	struct tls_session *s = mem_zeroed(sizeof *s);

	if (!s)
		return NULL;
	s->hs = tls_handshake_new(TLS_OVER_TCP, time);
	if (!s->hs) {
		mem_give(s, sizeof *s);
		return NULL;
	}
	half_init(&s->half[0], 0);
	half_init(&s->half[1], 1);
	return s;
}

void tls_session_free(struct tls_session *s)
{
	if (!s)
		return;
	tls_handshake_free(s->hs);
	tls_ready_fini(&s->ready);
	half_fini(&s->half[0]);
	half_fini(&s->half[1]);
	tls_open_free(s->open);
	mem_give(s, sizeof *s);
}

struct tls_handshake *session_handshake(struct tls_session *s)
{
	return s->hs;
}

enum tls_side session_side(const struct tls_session *s,
			   const struct tls_half *h)
{
	return h->dir == s->hs->client_dir ? TLS_CLIENT : TLS_SERVER;
}

static struct tls_side_facts *facts_of(struct tls_session *s, uint8_t dir)
{
	return &s->hs->side[dir == s->hs->client_dir ? TLS_CLIENT
						     : TLS_SERVER];
}

void tls_session_keys(struct tls_session *s, struct tls_keys *k)
{
	s->keys = k;
}

void tls_session_prelude(struct tls_session *s, const struct prelude *p)
{
	struct prelude *own = &s->hs->prelude;

	*own = *p;
	own->connect = arena_copy(&s->hs->arena, p->connect);
	own->proxy_authority = arena_copy(&s->hs->arena, p->proxy_authority);
}

/* A hello says who is who; what was noted before moves along. */
static void set_client(struct tls_session *s, uint8_t dir)
{
	if (!s->roles_known)
		facts_set_client(s->hs, dir);
	s->roles_known = true;
}

/* Opens what can be opened by now. */
static void session_open(struct tls_session *s)
{
	struct stamp ended;

	if (s->open && tls_open_try(s->open, s->hs, &ended))
		s->over_at.ns = ended.ns + LINGER;
}

/* Nothing more of the handshake at hand will be opened. */
static void session_open_end(struct tls_session *s)
{
	s->hs->keys_given = s->keys && tls_keys_given(s->keys);
	if (!s->open)
		return;
	session_open(s);
	tls_open_finish(s->open, s->hs);
	tls_open_free(s->open);
	s->open = NULL;
}

/* The handshake at hand is over. */
static void session_over(struct tls_session *s)
{
	struct tls_handshake *hs = s->hs;

	if (!hs)
		return;
	session_open_end(s);
	s->hs = NULL;
	tls_ready_put(&s->ready, hs, tls_handshake_says(hs));
}

/* The same, but for a secret that may still come. */
static void session_leave(struct tls_session *s, struct stamp time)
{
	session_open(s);
	s->held = s->open && tls_open_waits(s->open, s->hs, time);
	if (!s->held)
		session_over(s);
}

/*
 * Another handshake begins on the same connection, with the hello in body.
 * The old one may be freed from here on: whatever lives in its arena and is
 * still needed moves to the new one's.
 */
static bool session_again(struct tls_session *s, struct tls_body *body)
{
	struct tls_handshake *hs, *old = s->hs;

	if (s->index + 1 >= LIMIT_TLS_RENEGOTIATIONS) {
		tls_anomaly_add(old, TLS_CLIENT, "handshakes_too_many",
				body->offset);
		return false;
	}
	hs = tls_handshake_new(TLS_OVER_TCP, body->time);
	if (!hs)
		return false;
	body->b = arena_copy(&hs->arena, body->b);
	for (int i = 0; i < 2; i++)
		assembly_move(&s->half[i], &hs->arena);
	hs->client_dir = old->client_dir;
	hs->index = ++s->index;
	hs->prelude = old->prelude;
	hs->prelude.connect = arena_copy(&hs->arena, old->prelude.connect);
	hs->prelude.proxy_authority =
		arena_copy(&hs->arena, old->prelude.proxy_authority);
	for (int i = 0; i < 2; i++) {
		hs->side[i].seen = old->side[i].seen;
		hs->side[i].truncated = old->side[i].truncated;
	}
	session_open_end(s);
	s->hs = hs;
	tls_ready_put(&s->ready, old, tls_handshake_says(old));
	return true;
}

/* Does this ClientHello begin a new handshake, or go on with the one here?
 * An answer to a retry has the same random (RFC 8446 4.1.2). */
static bool is_another(const struct tls_handshake *hs,
		       const struct tls_body *body)
{
	struct bytes random = bytes_head(bytes_tail(body->b, 2), 32);

	if (!hs->client.count)
		return hs->server.seen &&
		       (hs->side[TLS_SERVER].hello_done ||
			hs->side[TLS_SERVER].finished);
	if (random.len == 32 && !memcmp(random.p, hs->client.random, 32))
		return false;
	if (hs->client.sslv2 && !hs->server.seen)
		return true;
	return hs->server.seen || !hs->server.retry;
}

static void client_hello(struct tls_session *s, struct tls_half *h,
			 const struct tls_body *body)
{
	struct tls_body copy = *body;

	set_client(s, h->dir);
	if (is_another(s->hs, body)) {
		uint16_t version = s->hs->client.record_version;

		if (!session_again(s, &copy))
			return;
		s->hs->client.record_version = version;
	}
	facts_client_hello(s->hs, &copy);
}

static void server_hello(struct tls_session *s, struct tls_half *h,
			 const struct tls_body *body)
{
	struct tls_body copy = *body;

	set_client(s, !h->dir);
	if (s->hs->server.seen) {
		if (!session_again(s, &copy))
			return;
	}
	facts_server_hello(s->hs, &copy);
}

void session_message(struct tls_session *s, struct tls_half *h, uint8_t type,
		     const struct tls_body *body)
{
	if (type == TLS_CLIENT_HELLO)
		client_hello(s, h, body);
	else if (type == TLS_SERVER_HELLO)
		server_hello(s, h, body);
	else
		facts_message(s->hs, session_side(s, h), type, body);
	facts_of(s, h->dir)->last_order = ++s->order;
	s->hs->last = body->time;
}

void session_v2_hello(struct tls_session *s, struct tls_half *h,
		      const struct tls_body *body)
{
	/* who answers a hello with one is no client */
	if (s->hs->client.count) {
		tls_anomaly_add(s->hs, session_side(s, h),
				"message_unexpected", body->offset);
		return;
	}
	set_client(s, h->dir);
	tls_read_client_hello_v2(s->hs, body);
	s->hs->last = body->time;
}

void session_alert(struct tls_session *s, struct tls_half *h, uint8_t level,
		   uint8_t code, struct stamp time)
{
	s->hs->last = time;
	if (facts_alert(s->hs, session_side(s, h), level, code, h->offset,
			&s->order))
		s->over_at.ns = time.ns + LINGER;
}

void session_ccs(struct tls_session *s, struct tls_half *h)
{
	bool sure;

	facts_of(s, h->dir)->ccs = true;
	facts_of(s, h->dir)->last_order = ++s->order;
	/* RFC 8446 D.4: without meaning in TLS 1.3 */
	if (!session_is_13(s, &sure))
		h->sealed = true;
}

bool session_is_13(const struct tls_session *s, bool *sure)
{
	const struct tls_handshake *hs = s->hs;

	*sure = hs->server.seen || hs->server.retry;
	return hs->server.retry ||
	       (hs->server.seen && tls_version_is_13(hs->server.version));
}

void session_sealed_begin(struct tls_session *s, const struct tls_half *h)
{
	if (!s->keys || !tls_keys_given(s->keys))
		return;
	if (!s->open)
		s->open = tls_open_new(s->keys);
	if (s->open)
		tls_open_begin(s->open, s->hs, h->dir, h->header, h->offset);
}

void session_sealed_bytes(struct tls_session *s, const struct tls_half *h,
			  struct bytes b)
{
	if (s->open)
		tls_open_bytes(s->open, h->dir, b);
}

void session_sealed_gap(struct tls_session *s, const struct tls_half *h)
{
	if (!s->open && s->keys)
		s->open = tls_open_new(s->keys);
	if (s->open)
		tls_open_gap(s->open, h->dir);
}

void session_sealed(struct tls_session *s, struct tls_half *h, uint8_t type,
		    uint16_t len, struct stamp time)
{
	struct tls_side_facts *f = facts_of(s, h->dir);

	if (type == TLS_HANDSHAKE) {
		f->finished = true;
		f->last_order = ++s->order;
		s->hs->last = time;
		return;
	}
	if (s->open && type == TLS_APPLICATION_DATA)
		tls_open_end(s->open, h->dir, time, f->num_sealed);
	facts_sealed(s->hs, session_side(s, h), type, len, &s->order);
	s->hs->last = time;
	session_open(s);
	if (s->hs->side[0].num_sealed + s->hs->side[1].num_sealed < 2)
		return;
	/* data both ways is for good; so is not to know after so many records,
	 * unless they are being read */
	if (tls_handshake_settled(s->hs) ||
	    (f->num_sealed >= 4 * LIMIT_TLS_SEALED &&
	     !(s->open && tls_open_busy(s->open))))
		session_leave(s, time);
}

void tls_session_midstream(struct tls_session *s, uint8_t dir)
{
	if (s->hs)
		facts_of(s, dir)->midstream = true;
}

void tls_session_truncated(struct tls_session *s, uint8_t dir)
{
	if (s->hs)
		facts_of(s, dir)->truncated = true;
}

void tls_session_conflict(struct tls_session *s, uint8_t dir, uint64_t offset)
{
	if (s->hs)
		tls_anomaly_add(s->hs, session_side(s, &s->half[dir]),
				"segment_conflict", offset);
}

void tls_session_foreign(struct tls_session *s, uint8_t dir, uint64_t offset)
{
	if (s->hs)
		tls_anomaly_add(s->hs, session_side(s, &s->half[dir]),
				"record_malformed", offset);
}

void tls_session_prefetch(const struct tls_session *s)
{
	const char *p = (const char *)s;

	for (size_t i = 0; i < sizeof *s; i += 64)
		__builtin_prefetch(p + i);
}

void tls_session_feed(struct tls_session *s, const struct chunk *c)
{
	struct chunk part = *c;

	if (!s->hs || s->held)
		return;
	facts_of(s, c->dir)->seen = true;
	half_feed(&s->half[c->dir], s, &part);
}

static void session_ends(struct tls_session *s, struct stamp time)
{
	for (int i = 0; i < 2 && s->hs; i++)
		half_end(&s->half[i], s, time);
	if (s->hs)
		session_leave(s, time);
}

void tls_session_close(struct tls_session *s, enum protocol_close how,
		       uint8_t dir, struct stamp time)
{
	struct tls_side_facts *f;

	if (!s->hs)
		return;
	if (how == CLOSE_END || how == CLOSE_PRESSURE) {
		s->hs->evicted = how == CLOSE_PRESSURE;
		session_ends(s, time);
		session_over(s);
		return;
	}
	if (s->held)
		return;
	f = facts_of(s, dir);
	if (f->close == TLS_OPEN) {
		f->close = how == CLOSE_RST ? TLS_RST : TLS_FIN;
		f->close_order = ++s->order;
	}
	if (how == CLOSE_RST || facts_of(s, !dir)->close != TLS_OPEN)
		s->over_at.ns = time.ns + LINGER;
}

void tls_session_lost(struct tls_session *s, uint8_t dir)
{
	if (s->hs)
		facts_of(s, dir)->gap = true;
}

bool tls_session_due(const struct tls_session *s, struct stamp now)
{
	return s->hs && ((s->over_at.ns && s->over_at.ns <= now.ns) ||
			 now.ns - s->hs->last.ns > LIMIT_HANDSHAKE_IDLE);
}

void tls_session_tick(struct tls_session *s, struct stamp now)
{
	if (!s->hs)
		return;
	if (s->held) {
		session_leave(s, now);
		return;
	}
	session_open(s);
	if (s->open && tls_open_overdue(s->open, s->hs, now))
		tls_open_finish(s->open, s->hs);
	/* what was opened just now may tell what came before */
	if (s->open && tls_handshake_settled(s->hs)) {
		session_leave(s, now);
		return;
	}
	if (tls_session_due(s, now))
		session_ends(s, now);
}

struct tls_handshake *tls_session_next(struct tls_session *s)
{
	return tls_ready_next(&s->ready);
}

bool tls_session_done(const struct tls_session *s)
{
	return !s->hs && !s->ready.num;
}

bool tls_session_has_hello(const struct tls_session *s)
{
	return !s->hs || (s->hs->client.count && !s->hs->client.cut) ||
	       s->hs->server.seen;
}

size_t tls_session_memory(const struct tls_session *s)
{
	return sizeof *s + tls_handshake_memory(s->hs) +
	       s->half[0].scan.size + s->half[1].scan.size +
	       (s->open ? tls_open_memory(s->open) : 0);
}
