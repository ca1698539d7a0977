/*
 * dtls_message.c: fragments -> messages -> facts; see dtls.c for the order in
 * which a flight is told.
 */
#include "tls/dtls_parts.h"
#include "tls/facts.h"

enum tls_side dtls_side(const struct dtls_session *s, const struct dtls_half *h)
{
	return h->dir == s->hs->client_dir ? TLS_CLIENT : TLS_SERVER;
}

static void set_client(struct dtls_session *s, uint8_t dir)
{
	if (!s->roles_known)
		facts_set_client(s->hs, dir);
	s->roles_known = true;
}

/* What a message says of its sender (TLS 1.2 and below). */
static void roles_by(struct dtls_session *s, const struct dtls_half *h,
		     uint8_t type)
{
	switch (type) {
	case TLS_CLIENT_HELLO:
	case TLS_CLIENT_KEY_EXCHANGE:
	case TLS_CERTIFICATE_VERIFY:
		set_client(s, h->dir);
		break;
	case TLS_SERVER_HELLO:
	case TLS_HELLO_VERIFY_REQUEST:
	case TLS_NEW_SESSION_TICKET:
	case TLS_SERVER_KEY_EXCHANGE:
	case TLS_CERTIFICATE_REQUEST:
	case TLS_SERVER_HELLO_DONE:
	case TLS_CERTIFICATE_STATUS:
		set_client(s, !h->dir);
		break;
	default:
		break;
	}
}

/* A message becomes facts; its slot is free again. */
static void tell(struct dtls_session *s, struct dtls_half *h,
		 struct dtls_message *m, bool cut)
{
	struct tls_handshake *hs = s->hs;
	struct tls_body body = {
		.b = cut ? dtls_message_head(m, &hs->arena) : m->body,
		.offset = m->offset,
		.cut = cut,
		.time = m->time,
	};

	m->used = false;
	if (cut && !body.b.len)
		return;
	/* two hellos that cross: the second one is no other word of the first
	 * one's client */
	if (m->type == TLS_CLIENT_HELLO && hs->client.count &&
	    h->dir != hs->client_dir)
		return;
	roles_by(s, h, m->type);
	if (m->type == TLS_CLIENT_HELLO) {
		if (!cut || !hs->client.count)
			facts_client_hello(hs, &body);
	} else if (m->type == TLS_SERVER_HELLO) {
		if (!hs->server.seen)
			facts_server_hello(hs, &body);
	} else {
		facts_message(hs, dtls_side(s, h), m->type, &body);
	}
	hs->side[dtls_side(s, h)].last_order = ++s->order;
	if (stamp_before(hs->last, m->time))
		hs->last = m->time;
}

static bool is_hello(uint8_t type)
{
	return type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO;
}

/* Tells what can be told in order now that m is whole. */
static void deliver(struct dtls_session *s, struct dtls_half *h,
		    struct dtls_message *m)
{
	if (is_hello(m->type)) {
		/* earlier ones: a hello before the cookie, which is lost */
		struct dtls_message *old;

		while ((old = dtls_flight_first(&h->flight, 0)) != m)
			old->used = false;
		h->begun = true;
		h->next = m->seq;
	}
	while (h->begun && (m = dtls_flight_find(&h->flight, h->next)) &&
	       m->whole) {
		h->next++;
		tell(s, h, m, false);
	}
}

enum hello {
	HELLO_SAME,    /* of the handshake at hand, or its first one */
	HELLO_STALE,   /* of the one before */
	HELLO_ANOTHER, /* begins a handshake */
	HELLO_CROSSES, /* the same, while the other side's is not answered */
};

static bool is_old_client(const struct dtls_session *s, struct bytes random)
{
	return s->has_old_client && !memcmp(s->old_client, random.p, 32);
}

/* A ClientHello of the side that is not the client of the handshake at hand. */
static enum hello judge_other_hello(const struct dtls_session *s,
				    const struct dtls_at *at,
				    struct bytes random)
{
	const struct tls_handshake *hs = s->hs;

	if (is_old_client(s, random) ||
	    !memcmp(hs->client.random, random.p, 32) || /* an echo */
	    (s->crossed && !memcmp(s->crossed->client.random, random.p, 32)))
		return HELLO_STALE;
	if (!hs->server.seen && !hs->server.retry && !s->verify)
		return HELLO_CROSSES;
	/* it has answered: its own one was on its way */
	return !hs->side[TLS_SERVER].finished &&
			       !hs->side[TLS_CLIENT].finished &&
			       at->time.ns - hs->begin.ns <= DTLS_LINGER
		       ? HELLO_STALE
		       : HELLO_ANOTHER;
}

/*
 * RFC 6347 4.2.1: the answer to a cookie has the same random. Seen in the wild:
 * one with a new random; it must then follow on what asked for it.
 */
static enum hello judge_client_hello(const struct dtls_session *s,
				     const struct dtls_at *at, uint16_t seq,
				     struct bytes random)
{
	const struct tls_handshake *hs = s->hs;
	bool asked = (s->verify || hs->server.retry) && !hs->server.seen;

	if (hs->client.count && at->half->dir != hs->client_dir)
		return judge_other_hello(s, at, random);
	if (hs->client.count) {
		if (!memcmp(hs->client.random, random.p, 32) ||
		    (asked && seq >= at->half->next))
			return HELLO_SAME;
	} else if (!hs->server.seen ||
		   (!hs->side[TLS_CLIENT].finished &&
		    (!hs->side[TLS_SERVER].hello_done ||
		     at->time.ns - hs->begin.ns <= DTLS_LINGER))) {
		return is_old_client(s, random) ? HELLO_STALE : HELLO_SAME;
	}
	return is_old_client(s, random) ? HELLO_STALE : HELLO_ANOTHER;
}

static enum hello judge_server_hello(const struct dtls_session *s,
				     struct bytes random)
{
	const struct tls_handshake *hs = s->hs;

	if (hs->server.seen)
		if (!memcmp(hs->server.random, random.p, 32))
			return HELLO_SAME;
	if (s->has_old_server && !memcmp(s->old_server, random.p, 32))
		return HELLO_STALE;
	/* with a ClientHello at hand, that is what tells a new one */
	return hs->server.seen && !hs->client.count ? HELLO_ANOTHER
						    : HELLO_SAME;
}

/* False when the fragment is of no use. */
static bool hello_fragment(struct dtls_session *s, const struct dtls_at *at,
			   const struct dtls_fragment *f)
{
	struct dtls_message *m;
	struct bytes random;
	enum hello is;

	if (!dtls_fragment_random(f, &random))
		return true;
	is = f->type == TLS_CLIENT_HELLO
		     ? judge_client_hello(s, at, f->seq, random)
		     : judge_server_hello(s, random);
	if (is == HELLO_STALE)
		return false;
	if (is == HELLO_ANOTHER)
		return dtls_again(s, at->time);
	if (is == HELLO_CROSSES)
		return dtls_cross(s, at->half->dir, at->time);
	if (f->type == TLS_SERVER_HELLO &&
	    !dtls_answered(s, at->half->dir, at->time))
		return false;
	m = dtls_flight_find(&at->half->flight, f->seq);
	/* an unfinished hello of a client that began anew gives way */
	if (m && m->type == f->type && !m->whole &&
	    dtls_message_is_other(m, random))
		m->used = false;
	return true;
}

void dtls_fragment(struct dtls_session *s, const struct dtls_at *at,
		   const struct dtls_fragment *f)
{
	struct dtls_half *h = at->half;
	struct dtls_message *m;
	const char *why = NULL;

	if (f->type == TLS_HELLO_VERIFY_REQUEST) {
		if (!dtls_answered(s, h->dir, at->time))
			return;
		/* its number may be used again by the ServerHello */
		s->verify = true;
		s->hs->last = at->time;
		roles_by(s, h, f->type);
		return;
	}
	if (is_hello(f->type) && !hello_fragment(s, at, f))
		return;
	if (h->begun && f->seq < h->next)
		return; /* told already */
	if (f->len > LIMIT_TLS_MESSAGE) {
		tls_anomaly_add(s->hs, dtls_side(s, h), "message_too_long",
				at->offset);
		return;
	}
	switch (dtls_flight_add(&h->flight, &s->hs->arena, f, at->offset,
				at->time, &m)) {
	case DTLS_ADD_TOO_MANY:
		why = "messages_too_many";
		break;
	case DTLS_ADD_MEMORY:
		why = "memory";
		break;
	case DTLS_ADD_CONFLICT:
		why = "fragment_conflict";
		break;
	default:
		break;
	}
	if (why)
		tls_anomaly_add(s->hs, dtls_side(s, h), why, at->offset);
	m = dtls_flight_find(&h->flight, f->seq);
	if (m && m->whole)
		deliver(s, h, m);
}

/*
 * What the message numbers say of losses: whatever waits, waits for something
 * that did not come.
 */
void dtls_mark_losses(struct dtls_session *s)
{
	struct tls_side_facts *client = &s->hs->side[TLS_CLIENT];
	struct tls_side_facts *server = &s->hs->side[TLS_SERVER];

	for (int i = 0; i < 2; i++) {
		struct dtls_half *h = &s->half[i];
		struct tls_side_facts *f = &s->hs->side[dtls_side(s, h)];
		bool waits = !dtls_flight_empty(&h->flight);

		f->gap = h->begun && waits;
		f->midstream = !h->begun && waits;
	}
	/* RFC 5246 7.3: a client that sends its key had a ServerHelloDone */
	if (client->key_exchange && !server->hello_done)
		server->gap = true;
}

/* Tells what waits, the whole messages before the cut ones. */
void dtls_flush(struct dtls_session *s)
{
	for (int pass = 0; pass < 4; pass++) {
		struct dtls_half *h =
			&s->half[pass % 2 ? !s->client_dir : s->client_dir];
		bool cut = pass >= 2;
		struct dtls_message *m;
		uint32_t seq = 0;

		while ((m = dtls_flight_first(&h->flight, seq))) {
			seq = m->seq + 1u;
			if (m->whole != cut)
				tell(s, h, m, cut);
		}
	}
}
