/* session.c: see session.h. */
#include "base/mem.h"
#include "crypt/keyring.h"
#include "quic/internal.h"

#include <stdlib.h>

/* What comes later than this behind a CONNECTION_CLOSE is not waited for. */
#define LINGER NSEC_PER_SEC

/* client, server, client, server: two round trips */
#define TURNS 4

struct quic_session *quic_session_new(struct stamp time,
				      const struct keyring *keys)
{
	struct quic_session *s = mem_zeroed(sizeof *s);

	if (!s)
		return NULL;
	s->hs = tls_handshake_new(TLS_OVER_QUIC, time);
	if (!s->hs) {
		mem_give(s, sizeof *s);
		return NULL;
	}
	s->keys = keys;
	s->hs->keys_given = keys && keyring_is_given(keys);
	for (int i = 0; i < 2; i++)
		quic_stream_init(&s->stream[i]);
	return s;
}

void quic_session_free(struct quic_session *s)
{
	if (!s)
		return;
	tls_handshake_free(s->hs);
	tls_ready_fini(&s->ready);
	for (int i = 0; i < 2; i++)
		quic_stream_fini(&s->stream[i]);
	for (int i = 0; i < LIMIT_QUIC_KEYS; i++)
		mem_give(s->slots[i], sizeof *s->slots[i]);
	sealed_fini(s);
	mem_give(s, sizeof *s);
}

/* Is it worth telling? The beginning of a hello only with its name. */
static bool says(const struct quic_session *s, const struct tls_handshake *hs)
{
	if (!s->attempt || !tls_handshake_says(hs))
		return false;
	return !hs->client.cut || hs->client.has_sni || hs->server.seen;
}

bool session_again(struct quic_session *s, struct stamp time)
{
	struct tls_handshake *hs, *old = s->hs;

	if (s->index + 1 >= LIMIT_TLS_RENEGOTIATIONS)
		return false;
	hs = tls_handshake_new(TLS_OVER_QUIC, time);
	if (!hs)
		return false;
	hs->client_dir = s->client_dir;
	hs->index = ++s->index;
	hs->keys_given = s->keys && keyring_is_given(s->keys);
	s->hs = hs;
	s->restart = false;
	s->over_at.ns = 0;
	s->opened = s->failed = 0;
	if (old)
		tls_ready_put(&s->ready, old, says(s, old));
	return true;
}

/* The handshake at hand is over. */
static void session_over(struct quic_session *s, struct stamp time)
{
	struct tls_handshake *hs = s->hs;

	message_cut(s, time);
	sealed_fini(s);
	s->hs = NULL;
	s->linger.ns = time.ns + LIMIT_FLOW_LINGER;
	tls_ready_put(&s->ready, hs, says(s, hs));
}

void session_closed(struct quic_session *s, enum tls_side side,
		    const struct quic_frame *f, struct stamp time)
{
	struct tls_side_facts *facts = &s->hs->side[side];

	/* RFC 9001 4.8: an alert is the error 0x100 + its code, always fatal */
	if (!f->application && f->error >= 0x100 && f->error <= 0x1ff &&
	    !s->hs->alert.seen)
		s->hs->alert = (struct tls_alert){
			.seen = true,
			.from = side,
			.level = 2,
			.code = (uint8_t)f->error,
		};
	if (facts->close == TLS_OPEN) {
		facts->close = TLS_FIN;
		facts->close_order =
			s->hs->side[!side].close == TLS_OPEN ? 1 : 2;
	}
	if (!s->over_at.ns)
		s->over_at.ns = time.ns + LINGER;
}

void session_chlo(struct quic_session *s, const struct gquic_hello *g,
		  struct stamp time)
{
	struct tls_client_hello *c = &s->hs->client;

	c->count = 1;
	c->has_sni = true;
	c->sni = arena_copy(&s->hs->arena, g->sni);
	s->hs->quic_version = g->version;
	s->hs->last = time;
	if (!s->over_at.ns)
		s->over_at.ns = time.ns + LINGER;
}

/* A datagram of Google's unencrypted versions. */
static void clear_hello(struct quic_session *s, const struct chunk *c,
			const struct gquic_hello *g)
{
	bool same = s->attempt &&
		    bytes_eq(g->cid, bytes_of(s->gquic_cid, s->gquic_cid_len));

	if (same || g->cid.len > sizeof s->gquic_cid)
		return; /* its second message, or a copy */
	if ((!s->hs || s->hs->client.count) && !session_again(s, c->time))
		return;
	s->attempt++;
	s->gquic_cid_len = (uint8_t)g->cid.len;
	if (g->cid.len)
		memcpy(s->gquic_cid, g->cid.p, g->cid.len);
	facts_set_client(s->hs, c->dir);
	s->client_dir = c->dir;
	s->roles_known = true;
	session_chlo(s, g, c->time);
}

/*
 * CONTRACT.md: accepted needs 1-RTT packets both ways over two round trips. A
 * client sends none before it verified the server's Finished (RFC 9001 4.1.1),
 * and none but closing ones where it refuses.
 */
static void short_packet(struct quic_session *s, enum tls_side side,
			 const struct quic_packet *p, struct stamp time)
{
	enum tls_side turn = s->turns % 2 ? TLS_SERVER : TLS_CLIENT;

	/* RFC 9001 5.4.2: a number and a sample, and the shortest id is none */
	if (!s->handshake_seen[TLS_CLIENT] || !s->handshake_seen[TLS_SERVER] ||
	    p->body.len < 20)
		return;
	s->num_short++;
	if (side == turn && ++s->turns == TURNS)
		s->hs->quic_both_ways = true;
	s->hs->last = time;
}

static void on_packet(struct quic_session *s, const struct chunk *c,
		      const struct quic_packet *p)
{
	enum tls_side side;

	if (p->type == QUIC_INITIAL) {
		initial_packet(s, c, p);
		return;
	}
	if (!s->hs)
		return;
	side = quic_side(s, c->dir);
	switch (p->type) {
	case QUIC_HANDSHAKE:
		s->handshake_seen[side] = true;
		s->hs->last = c->time;
		sealed_packet(s, side, p, c->time);
		break;
	case QUIC_RETRY:
	case QUIC_NEGOTIATION:
		s->restart |= !s->hs->server.seen;
		break;
	case QUIC_SHORT:
		short_packet(s, side, p, c->time);
		break;
	default:
		break;
	}
}

void quic_session_feed(struct quic_session *s, const struct chunk *c)
{
	struct reader r = rd_whole(c->data);
	struct gquic_hello g;
	struct quic_packet p = { .type = QUIC_UNKNOWN };

	if (s->done || c->data.len > LIMIT_QUIC_DATAGRAM)
		return;
	if (s->hs) {
		struct tls_side_facts *f = &s->hs->side[quic_side(s, c->dir)];

		f->seen = true;
		f->truncated |= c->cut;
	}
	if (gquic_read(c->data, &g)) {
		clear_hello(s, c, &g);
		return;
	}
	while (quic_packet_read(&r, c->cut, &p))
		on_packet(s, c, &p);
	sealed_tick(s, c->time);
	if (s->hs && !sealed_waits(s) &&
	    (s->hs->quic_both_ways || s->num_short >= LIMIT_QUIC_SHORT))
		session_over(s, c->time);
}

void quic_session_close(struct quic_session *s, enum protocol_close how,
			uint8_t dir, struct stamp time)
{
	(void)dir;
	if (how != CLOSE_END && how != CLOSE_PRESSURE)
		return;
	if (s->hs) {
		s->hs->evicted = how == CLOSE_PRESSURE;
		sealed_ask(s); /* keys may have come behind the last packet */
		session_over(s, time);
	}
	s->done = true;
}

void quic_session_tick(struct quic_session *s, struct stamp now)
{
	if (!s->hs) {
		s->done |= s->linger.ns <= now.ns;
		return;
	}
	sealed_tick(s, now);
	if ((s->over_at.ns && s->over_at.ns <= now.ns) ||
	    (s->hs->quic_both_ways && !sealed_waits(s)) ||
	    now.ns - s->hs->last.ns > LIMIT_HANDSHAKE_IDLE)
		session_over(s, now);
}

struct tls_handshake *quic_session_next(struct quic_session *s)
{
	return tls_ready_next(&s->ready);
}

bool quic_session_done(const struct quic_session *s)
{
	return s->done && !s->ready.num;
}

size_t quic_session_memory(const struct quic_session *s)
{
	size_t n = sizeof *s;

	n += tls_handshake_memory(s->hs);
	for (unsigned i = 0; i < s->ready.num; i++)
		n += tls_handshake_memory(s->ready.hs[i]);
	n += sealed_memory(s);
	for (int i = 0; i < LIMIT_QUIC_KEYS && s->slots[i]; i++)
		n += sizeof *s->slots[i];
	for (int i = 0; i < 2; i++)
		n += quic_stream_memory(&s->stream[i]);
	return n;
}
