/*
 * sealed.c: Handshake packets, opened where their secrets are known.
 *
 * Of the secrets only those of the handshake are asked for: never what would
 * open content. Packets wait for keys that come late, as limits.h bounds it.
 */
#include "base/mem.h"
#include "crypt/keyring.h"
#include "quic/internal.h"
#include "tls/ech.h"
#include "tls/suite13.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static struct quic_sealed *sealed_make(struct quic_session *s,
				       enum tls_side side)
{
	struct quic_sealed *w = s->sealed;

	if (w)
		return w;
	w = mem_zeroed(sizeof *w);
	if (!w) {
		tls_anomaly_add(s->hs, side, "memory", 0);
		return NULL;
	}
	for (int i = 0; i < 2; i++)
		quic_stream_init(&w->stream[i]);
	buf_init(&w->waiting, LIMIT_TLS_SEALED_BYTES);
	s->sealed = w;
	return w;
}

void sealed_fini(struct quic_session *s)
{
	struct quic_sealed *w = s->sealed;

	if (!w)
		return;
	for (int i = 0; i < 2; i++)
		quic_stream_fini(&w->stream[i]);
	buf_fini(&w->waiting);
	OPENSSL_cleanse(w->keys, sizeof w->keys);
	free(w);
	s->sealed = NULL;
}

size_t sealed_memory(const struct quic_session *s)
{
	const struct quic_sealed *w = s->sealed;

	return w ? sizeof *w + w->waiting.size +
			   quic_stream_memory(&w->stream[0]) +
			   quic_stream_memory(&w->stream[1])
		 : 0;
}

void sealed_ask_again(struct quic_session *s)
{
	if (s->sealed)
		s->sealed->asked = false;
}

static bool derive(struct quic_session *s, enum tls_side side,
		   const struct quic_version *v, struct bytes secret)
{
	const struct tls_suite13 *suite =
		tls_suite13_find(s->hs->server.suite);

	if (!suite) {
		s->hs->unsupported = true;
		return false;
	}
	if (secret.len != hkdf_len(suite->hash)) {
		s->hs->keys_failed |= side == TLS_SERVER;
		return false;
	}
	return quic_keys_derive(v, suite->hash, suite->aead, secret,
				&s->sealed->keys[side]);
}

/* The keys of that side, asked for until they are there. */
static bool find_keys(struct quic_session *s, enum tls_side side,
		      const struct quic_version *v)
{
	static const enum keyring_label labels[] = {
		[TLS_CLIENT] = KEYRING_CLIENT_HANDSHAKE,
		[TLS_SERVER] = KEYRING_SERVER_HANDSHAKE,
	};
	struct tls_handshake *hs = s->hs;
	struct bytes secret;

	if (s->sealed->have[side])
		return true;
	if (!hs->client.count || !hs->server.seen ||
	    !keyring_find(s->keys, tls_ech_random(hs), labels[side], &secret))
		return false;
	hs->keys_known |= side == TLS_SERVER;
	/* CONTRACT.md: a secret under the visible random means rejected */
	if (hs->ech == TLS_ECH_OFFERED)
		hs->ech = TLS_ECH_REJECTED;
	s->sealed->have[side] = derive(s, side, v, secret);
	keyring_forget();
	return s->sealed->have[side];
}

static void open_packet(struct quic_session *s, enum tls_side side,
			const struct quic_packet *p, struct stamp time)
{
	uint8_t scratch[LIMIT_QUIC_DATAGRAM];
	struct quic_sealed *w = s->sealed;
	struct bytes payload;

	if (s->opened + s->failed >= LIMIT_QUIC_OPENED)
		return;
	if (!quic_keys_open(&w->keys[side], p, &w->space[side], scratch,
			    &payload)) {
		s->failed += !p->cut;
		if (!w->opened[side] && !p->cut) {
			s->hs->keys_failed |= side == TLS_SERVER;
			tls_anomaly_add(s->hs, side, "secret_wrong", 0);
		}
		return;
	}
	s->opened++;
	w->opened[side] = true;
	if (side == TLS_SERVER)
		s->hs->keys_failed = false;
	message_frames(s, side, QUIC_LEVEL_HANDSHAKE, payload, time);
}

/* An entry: side, version, time, lengths of head and body, both. */
static void keep(struct quic_session *s, enum tls_side side,
		 const struct quic_packet *p, struct stamp time)
{
	struct buf *b = &s->sealed->waiting;
	size_t n = 0, cap = side == TLS_SERVER
				    ? b->cap - LIMIT_TLS_SEALED_CLIENT
				    : b->cap;
	uint8_t head[17];

	if (p->cut || p->head.len > UINT16_MAX || p->body.len > UINT16_MAX ||
	    b->len + sizeof head + p->head.len + p->body.len > cap)
		return;
	if (!b->len)
		s->sealed->wait_end.ns = time.ns + LIMIT_TLS_SEALED_WAIT;
	head[n++] = (uint8_t)side;
	for (int i = 24; i >= 0; i -= 8)
		head[n++] = (uint8_t)(p->number >> i);
	for (int i = 56; i >= 0; i -= 8)
		head[n++] = (uint8_t)((uint64_t)time.ns >> i);
	head[n++] = (uint8_t)(p->head.len >> 8);
	head[n++] = (uint8_t)p->head.len;
	head[n++] = (uint8_t)(p->body.len >> 8);
	head[n++] = (uint8_t)p->body.len;
	buf_add(b, head, n);
	buf_add(b, p->head.p, p->head.len);
	buf_add(b, p->body.p, p->body.len);
}

void sealed_packet(struct quic_session *s, enum tls_side side,
		   const struct quic_packet *p, struct stamp time)
{
	if (!s->keys || s->hs->unsupported || !keyring_is_given(s->keys) ||
	    !sealed_make(s, side) || s->sealed->given_up)
		return;
	if (s->sealed->have[side])
		open_packet(s, side, p, time);
	else
		keep(s, side, p, time);
}

/* Opens what waits, in its order; what still has no keys stays. */
static void open_waiting(struct quic_session *s)
{
	struct buf old = s->sealed->waiting;
	struct reader r = rd_whole(buf_bytes(&old));
	struct stamp end = s->sealed->wait_end;

	buf_init(&s->sealed->waiting, LIMIT_TLS_SEALED_BYTES);
	while (s->hs && rd_more(&r)) {
		struct quic_packet p = { .type = QUIC_HANDSHAKE };
		enum tls_side side = (enum tls_side)rd_u8(&r);
		struct stamp time;
		uint16_t head, body;

		p.number = rd_u32(&r);
		p.version = quic_version_find(p.number);
		time.ns = (int64_t)rd_u64(&r);
		head = rd_u16(&r);
		body = rd_u16(&r);
		p.head = rd_bytes(&r, head);
		p.body = rd_bytes(&r, body);
		sealed_packet(s, side, &p, time);
	}
	buf_fini(&old);
	if (s->sealed)
		s->sealed->wait_end = end;
}

bool sealed_waits(const struct quic_session *s)
{
	return s->hs && s->sealed && s->sealed->waiting.len &&
	       !s->hs->server.psk;
}

void sealed_ask(struct quic_session *s)
{
	struct quic_sealed *w = s->sealed;
	uint64_t generation;
	bool server, client;

	if (!s->hs || !w || !w->waiting.len)
		return;
	generation = keyring_generation(s->keys);
	if (w->asked && w->generation == generation)
		return;
	w->asked = true;
	w->generation = generation;
	tls_ech_try(s->hs, s->keys);
	/* a log may have but one of them */
	server = find_keys(s, TLS_SERVER, s->version);
	client = find_keys(s, TLS_CLIENT, s->version);
	if (server || client)
		open_waiting(s);
}

void sealed_tick(struct quic_session *s, struct stamp now)
{
	struct quic_sealed *w;

	sealed_ask(s);
	w = s->sealed;
	if (s->hs && w && w->waiting.len && now.ns >= w->wait_end.ns) {
		buf_fini(&w->waiting);
		buf_init(&w->waiting, LIMIT_TLS_SEALED_BYTES);
		w->given_up = true;
	}
}
