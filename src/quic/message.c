/* message.c: frames -> CRYPTO streams -> TLS messages -> facts. */
#include "quic/internal.h"

/* RFC 8446 4: type and length */
#define HEAD 4

static void note_stream(struct quic_session *s, enum tls_side side,
			const struct quic_stream *st)
{
	if (st->conflict)
		tls_anomaly_add(s->hs, side, "crypto_conflict", st->next);
	if (st->full || st->beyond)
		tls_anomaly_add(s->hs, side, "crypto_limit", st->next);
}

/*
 * The first hello of an attempt: does it go on with the handshake at hand, or
 * is it another connection on the same ports? RFC 9000 17.2.5.2: the hello
 * behind a Retry is the same; behind Version Negotiation it need not be.
 */
static bool settle(struct quic_session *s, uint8_t type, struct bytes head,
		   struct stamp time)
{
	struct tls_handshake *hs = s->hs;
	bool repeat;

	if (!s->fresh)
		return true;
	if (type == TLS_SERVER_HELLO) { /* the client's hello is lost */
		s->fresh = false;
		return !hs->server.seen || session_again(s, time);
	}
	if (type != TLS_CLIENT_HELLO)
		return true;
	s->fresh = false;
	if (!hs->client.count)
		return !hs->server.seen || session_again(s, time);
	repeat = bytes_eq(bytes_tail(head, HEAD + 2),
			  bytes_of(hs->client.random, 32));
	if (!repeat && (hs->server.seen || !s->restart))
		return session_again(s, time);
	/* read again in full, counted once */
	hs->client = (struct tls_client_hello){ .count = 0 };
	if (!hs->server.seen)
		hs->server = (struct tls_server_hello){ .seen = false };
	return true;
}

static void client_hello(struct quic_session *s, const struct tls_body *body)
{
	/* one, and a second one behind a HelloRetryRequest */
	if (s->hs->client.count >= 2) {
		tls_anomaly_add(s->hs, TLS_CLIENT, "message_unexpected",
				body->offset);
		return;
	}
	facts_client_hello(s->hs, body);
	sealed_ask_again(s);
	s->hs->quic_version = s->number;
}

static void server_hello(struct quic_session *s, const struct tls_body *body)
{
	if (s->hs->server.seen) {
		tls_anomaly_add(s->hs, TLS_SERVER, "message_unexpected",
				body->offset);
		return;
	}
	facts_server_hello(s->hs, body);
	sealed_ask_again(s);
	s->hs->quic_version = s->number;
}

static void dispatch(struct quic_session *s, enum tls_side side,
		     enum quic_level level, uint8_t type,
		     const struct tls_body *body)
{
	if (level == QUIC_LEVEL_HANDSHAKE)
		tls_read_opened(s->hs, side, type, body);
	else if (side == TLS_CLIENT && type == TLS_CLIENT_HELLO)
		client_hello(s, body);
	else if (side == TLS_SERVER && type == TLS_SERVER_HELLO)
		server_hello(s, body);
	else
		tls_anomaly_add(s->hs, side, "message_unexpected",
				body->offset);
}

/* What is there of the stream's next message: its type, and its length. */
static bool message_head(const struct quic_stream *st, uint8_t *type,
			 uint32_t *len)
{
	uint8_t head[HEAD];
	struct reader r = rd_whole(bytes_of(head, HEAD));

	if (quic_stream_ready(st) < HEAD)
		return false;
	quic_stream_copy(st, head, HEAD);
	*type = rd_u8(&r);
	*len = rd_u24(&r);
	return true;
}

/* Takes n bytes of the next message's body; false: its end has not come. */
static bool take(struct quic_session *s, struct quic_stream *st, uint32_t n,
		 struct tls_body *out)
{
	uint8_t *p = arena_alloc(&s->hs->arena, HEAD + n);

	if (!p) {
		tls_anomaly_add(s->hs, TLS_CLIENT, "memory", st->next);
		quic_stream_spend(st, HEAD + n);
		return false;
	}
	quic_stream_copy(st, p, HEAD + n);
	out->offset = st->next + HEAD;
	quic_stream_spend(st, HEAD + n);
	out->b = bytes_tail(bytes_of(p, HEAD + n), HEAD);
	return true;
}

/* Google's hello in a CRYPTO stream: the name is all that we take. */
static void read_chlo(struct quic_session *s, enum tls_side side,
		      struct stamp time)
{
	struct quic_stream *st = &s->stream[side];
	size_t n = quic_stream_ready(st);
	struct gquic_hello g = { .version = s->number };
	uint8_t *p;

	if (side != TLS_CLIENT || s->hs->client.count || !n)
		return;
	p = arena_alloc(&s->hs->arena, n);
	if (!p)
		return;
	quic_stream_copy(st, p, n);
	if (gquic_read_chlo(bytes_of(p, n), &g.sni))
		session_chlo(s, &g, time);
}

static void read_messages(struct quic_session *s, enum tls_side side,
			  enum quic_level level, struct stamp time)
{
	struct quic_stream *st = quic_stream_of(s, side, level);
	struct tls_body body = { .time = time };
	uint8_t head[HEAD + 2 + 32], type;
	uint32_t len;

	while (s->hs && message_head(st, &type, &len)) {
		size_t ready = quic_stream_ready(st);

		if (ready < HEAD + len)
			break;
		if (ready > sizeof head)
			ready = sizeof head;
		quic_stream_copy(st, head, ready);
		if (level == QUIC_LEVEL_INITIAL &&
		    !settle(s, type, bytes_of(head, ready), time))
			break;
		body.b = bytes_of(NULL, 0);
		if (level == QUIC_LEVEL_HANDSHAKE && !tls_opened_is_read(type))
			quic_stream_spend(st, HEAD + len);
		else if (!take(s, st, len, &body))
			continue;
		dispatch(s, side, level, type, &body);
	}
	if (s->hs)
		note_stream(s, side, st);
}

void message_frames(struct quic_session *s, enum tls_side side,
		    enum quic_level level, struct bytes payload,
		    struct stamp time)
{
	struct reader r = rd_whole(payload);
	struct quic_frame f, closed = { .kind = QUIC_FRAME_OTHER };

	while (quic_frame_read(&r, s->version->crypto, &f)) {
		if (f.kind == QUIC_FRAME_CRYPTO)
			quic_stream_add(quic_stream_of(s, side, level),
					f.offset, f.data);
		else if (f.kind == QUIC_FRAME_CLOSE)
			closed = f;
	}
	if (!rd_ok(&r))
		tls_anomaly_add(s->hs, side, "quic_frame_malformed",
				rd_offset(&r));
	if (s->version->hello == QUIC_HELLO_CHLO)
		read_chlo(s, side, time);
	else
		read_messages(s, side, level, time);
	if (s->hs && closed.kind == QUIC_FRAME_CLOSE)
		session_closed(s, side, &closed, time);
}

static void cut_message(struct quic_session *s, enum tls_side side,
			enum quic_level level, struct stamp time)
{
	struct quic_stream *st = quic_stream_of(s, side, level);
	struct tls_body body = { .time = time, .cut = true };
	size_t ready = st ? quic_stream_ready(st) : 0;
	uint32_t len;
	uint8_t type;

	if (!st || !s->version || s->version->hello != QUIC_HELLO_TLS)
		return;
	if (!message_head(st, &type, &len) || ready >= HEAD + len)
		return;
	/* a whole hello is worth more than the beginning of its copy */
	if (type == TLS_CLIENT_HELLO && s->fresh && s->hs->client.count)
		return;
	if (take(s, st, (uint32_t)ready - HEAD, &body))
		dispatch(s, side, level, type, &body);
}

void message_cut(struct quic_session *s, struct stamp time)
{
	for (int side = 0; side < 2; side++)
		for (int level = 0; level < QUIC_LEVEL_NUM; level++)
			cut_message(s, (enum tls_side)side,
				    (enum quic_level)level, time);
}
