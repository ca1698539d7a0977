/*
 * dtls.c: see dtls.h. What the datagrams tell becomes facts here.
 *
 * A flight is told in the order of its message_seq, however its datagrams came,
 * from a hello on. What waits for an earlier message that never comes is told
 * at the end: a lost ServerHello costs the chain nothing.
 */
#include "tls/dtls.h"

#include "tls/dtls_parts.h"
#include "tls/facts.h"

#include <stdlib.h>

static void half_reset(struct dtls_half *h, uint8_t dir)
{
	*h = (struct dtls_half){ .dir = dir };
	dtls_flight_reset(&h->flight);
}

struct dtls_session *dtls_session_new(struct stamp time)
{
	struct dtls_session *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->hs = tls_handshake_new(TLS_OVER_DTLS, time);
	if (!s->hs) {
		free(s);
		return NULL;
	}
	half_reset(&s->half[0], 0);
	half_reset(&s->half[1], 1);
	return s;
}

void dtls_session_free(struct dtls_session *s)
{
	if (!s)
		return;
	tls_handshake_free(s->hs);
	tls_handshake_free(s->crossed);
	tls_ready_fini(&s->ready);
	free(s);
}

/* ------------------------------------------------- the handshake at hand */

/* Nobody said who is who: a lone chain is rather the server's. */
static void guess_roles(struct dtls_session *s)
{
	struct tls_handshake *hs = s->hs;

	if (!s->roles_known && hs->chain[TLS_CLIENT].state != TLS_CHAIN_NONE &&
	    hs->chain[TLS_SERVER].state == TLS_CHAIN_NONE)
		facts_set_client(hs, !hs->client_dir);
}

/* Nobody answers that hello any more: of two that crossed the other was. */
static void give_way(struct dtls_session *s, struct tls_handshake *hs)
{
	if (!hs)
		return;
	s->has_old_client = true;
	memcpy(s->old_client, hs->client.random, 32);
	tls_ready_put(&s->ready, hs, tls_handshake_says(hs));
}

static void finish(struct dtls_session *s)
{
	struct tls_handshake *hs = s->hs;

	give_way(s, s->crossed);
	s->crossed = NULL;
	s->client_dir = hs->client_dir;
	dtls_mark_losses(s);
	dtls_flush(s);
	guess_roles(s);
	s->has_old_client = hs->client.count;
	s->has_old_server = hs->server.seen || hs->server.retry;
	memcpy(s->old_client, hs->client.random, 32);
	memcpy(s->old_server, hs->server.random, 32);
	s->client_dir = hs->client_dir;
	s->hs = NULL;
	half_reset(&s->half[0], 0);
	half_reset(&s->half[1], 1);
	tls_ready_put(&s->ready, hs, tls_handshake_says(hs));
}

static void over(struct dtls_session *s, struct stamp time)
{
	if (!s->hs)
		return;
	finish(s);
	s->quiet_until.ns = time.ns + LIMIT_FLOW_LINGER;
}

/* The next one of the flow; NULL: too many, or no memory. */
static struct tls_handshake *next_handshake(struct dtls_session *s,
					    struct stamp time)
{
	struct tls_handshake *hs = NULL;

	if (s->index + 1 < LIMIT_TLS_RENEGOTIATIONS)
		hs = tls_handshake_new(TLS_OVER_DTLS, time);
	if (hs)
		hs->index = ++s->index;
	return hs;
}

/* Another handshake begins on the same flow, hs being there or not. */
bool dtls_again(struct dtls_session *s, struct stamp time)
{
	struct tls_handshake *hs = next_handshake(s, time);

	if (!hs)
		return false;
	if (s->hs)
		finish(s);
	hs->client_dir = s->client_dir;
	s->hs = hs;
	s->roles_known = s->verify = false;
	s->over_at.ns = 0;
	return true;
}

/*
 * Seen in the wild: WebRTC, where both sides take themselves for the client.
 * Both hellos are kept until a ServerHello tells which one was answered.
 */
bool dtls_cross(struct dtls_session *s, uint8_t dir, struct stamp time)
{
	struct tls_handshake *hs = next_handshake(s, time);

	if (!hs)
		return false;
	give_way(s, s->crossed);
	s->crossed = s->hs;
	s->crossed_next = s->half[!dir].next;
	hs->client_dir = s->hs->client_dir;
	s->hs = hs;
	s->roles_known = false;
	s->over_at.ns = 0;
	half_reset(&s->half[0], 0);
	half_reset(&s->half[1], 1);
	return true;
}

bool dtls_answered(struct dtls_session *s, uint8_t dir, struct stamp time)
{
	struct tls_handshake *hs = s->hs, *crossed = s->crossed;
	uint8_t client = !dir;

	if (!hs->client.count || hs->server.seen || hs->server.retry ||
	    s->verify)
		return true;
	if (hs->client_dir == dir && !crossed)
		return dtls_again(s, time); /* the answered one is lost */
	s->crossed = NULL;
	if (hs->client_dir == client) {
		give_way(s, crossed);
		if (s->half[dir].begun) /* as a client; it counts anew */
			half_reset(&s->half[dir], dir);
		return true;
	}
	s->hs = crossed;
	give_way(s, hs);
	half_reset(&s->half[0], 0);
	half_reset(&s->half[1], 1);
	s->half[client].begun = true;
	s->half[client].next = s->crossed_next;
	return true;
}

/* -------------------------------------------------------------- records */

/* The id that the receiver asked for: RFC 9146 3, it is in its own hello. */
static struct dtls_cid cid_to(const struct dtls_session *s,
			      const struct dtls_half *h)
{
	const struct tls_handshake *hs = s->hs;

	if (dtls_side(s, h) == TLS_CLIENT)
		return (struct dtls_cid){ hs->server.has_cid,
					  hs->server.cid_len };
	return (struct dtls_cid){ hs->client.has_cid, hs->client.cid_len };
}

static bool is_13(const struct dtls_session *s)
{
	const struct tls_handshake *hs = s->hs;

	return hs->server.retry ||
	       (hs->server.seen && tls_version_is_13(hs->server.version));
}

/*
 * RFC 9146 4 hides the type. The first such record is the Finished; what is
 * longer than that is neither an alert nor its retransmission.
 */
static uint8_t cid_type(struct dtls_half *h, uint16_t len)
{
	if (!h->finished)
		h->finished = len;
	if (len == h->finished)
		return TLS_HANDSHAKE;
	return len > h->finished ? TLS_APPLICATION_DATA : DTLS_CID;
}

/* What the record shows of its type. */
static uint8_t sealed_type(struct dtls_half *h, const struct dtls_record *rec)
{
	/* RFC 9147 4: epoch 2 is the handshake's, 3 the first of the data */
	if (rec->unified)
		return rec->epoch == 2 ? TLS_HANDSHAKE : TLS_APPLICATION_DATA;
	if (rec->type == DTLS_CID)
		return cid_type(h, rec->len);
	return rec->type;
}

static void sealed(struct dtls_session *s, const struct dtls_at *at,
		   const struct dtls_record *rec)
{
	enum tls_side side = dtls_side(s, at->half);
	uint8_t type = sealed_type(at->half, rec);

	s->hs->last = at->time;
	if (type == TLS_HANDSHAKE && !rec->unified) {
		s->hs->side[side].finished = true;
		s->hs->side[side].last_order = ++s->order;
		return;
	}
	facts_sealed(s->hs, side, type, rec->len, &s->order);
	dtls_mark_losses(s);
	if (facts_enough(s->hs))
		over(s, at->time);
}

static void alert(struct dtls_session *s, const struct dtls_at *at,
		  const struct dtls_record *rec)
{
	struct reader r = rd_whole(rec->body);
	enum tls_side side = dtls_side(s, at->half);
	uint8_t level = rd_u8(&r), code = rd_u8(&r);

	s->hs->last = at->time;
	if (!rd_end(&r)) {
		if (rec->body.len == rec->len)
			tls_anomaly_add(s->hs, side, "alert_malformed",
					at->offset);
		return;
	}
	/* of which of two hellos it speaks, nothing tells */
	if (!s->crossed &&
	    facts_alert(s->hs, side, level, code, at->offset, &s->order))
		s->over_at.ns = at->time.ns + DTLS_LINGER;
}

static void handshake(struct dtls_session *s, struct dtls_at at,
		      const struct dtls_record *rec)
{
	bool cut = rec->body.len < rec->len;
	struct reader r = cut ? rd_window(rec->body) : rd_whole(rec->body);
	struct dtls_fragment f;
	uint64_t base = at.offset;

	/* RFC 8446 4.1.2: of the first hello; what follows may negotiate */
	if (!s->hs->client.count && !s->hs->server.seen)
		s->hs->client.record_version = rec->version;
	while (s->hs && rd_more(&r)) {
		if (!dtls_fragment_read(&r, &f)) {
			if (r.state != RD_SHORT)
				tls_anomaly_add(s->hs, dtls_side(s, at.half),
						"fragment_malformed",
						base + rd_offset(&r));
			return;
		}
		at.offset = base + rd_offset(&r) - f.b.len;
		dtls_fragment(s, &at, &f);
	}
}

static void record(struct dtls_session *s, const struct dtls_at *at,
		   const struct dtls_record *rec)
{
	struct tls_side_facts *f = &s->hs->side[dtls_side(s, at->half)];

	f->seen = true;
	if (rec->unified || rec->epoch) {
		/* the header of DTLS 1.3 is one byte: only where it fits */
		if (!rec->unified || is_13(s))
			sealed(s, at, rec);
		return;
	}
	switch (rec->type) {
	case TLS_HANDSHAKE:
		handshake(s, *at, rec);
		break;
	case TLS_ALERT:
		alert(s, at, rec);
		break;
	case TLS_CHANGE_CIPHER_SPEC:
		f->ccs = true;
		f->last_order = ++s->order;
		break;
	default:
		break; /* no data is sent in epoch 0; RFC 9147 7 ACKs are */
	}
}

static void datagram(struct dtls_session *s, const struct chunk *c)
{
	struct reader r = c->cut ? rd_window(c->data) : rd_whole(c->data);
	struct dtls_at at = { .half = &s->half[c->dir], .time = c->time };
	struct dtls_record rec;

	while (s->hs && rd_more(&r)) {
		if (!dtls_record_read(&r, cid_to(s, at.half), &rec))
			break;
		at.offset = c->offset + rd_offset(&r) - rec.body.len;
		record(s, &at, &rec);
		if (s->hs) /* which may be another one now */
			s->hs->side[dtls_side(s, at.half)].seen = true;
		if (s->hs && c->cut)
			s->hs->side[dtls_side(s, at.half)].truncated = true;
	}
}

/* A new ClientHello after the handshake's end; copies of the old are none. */
static bool begins_anew(struct dtls_session *s, const struct chunk *c)
{
	struct bytes random;

	if (!dtls_begins(c->data, &random) ||
	    (s->has_old_client && !memcmp(s->old_client, random.p, 32)))
		return false;
	return dtls_again(s, c->time);
}

void dtls_session_feed(struct dtls_session *s, const struct chunk *c)
{
	if (s->hs || begins_anew(s, c))
		datagram(s, c);
}

void dtls_session_close(struct dtls_session *s, enum protocol_close how,
			uint8_t dir, struct stamp time)
{
	(void)dir;
	if (how != CLOSE_END && how != CLOSE_PRESSURE)
		return;
	if (s->hs)
		s->hs->evicted = how == CLOSE_PRESSURE;
	over(s, time);
	s->quiet_until.ns = INT64_MIN;
}

void dtls_session_tick(struct dtls_session *s, struct stamp now)
{
	if (!s->hs) {
		if (s->quiet_until.ns <= now.ns)
			s->quiet_until.ns = INT64_MIN;
		return;
	}
	if ((s->over_at.ns && s->over_at.ns <= now.ns) ||
	    now.ns - s->hs->last.ns > LIMIT_HANDSHAKE_IDLE)
		over(s, now);
}

struct tls_handshake *dtls_session_next(struct dtls_session *s)
{
	return tls_ready_next(&s->ready);
}

bool dtls_session_done(const struct dtls_session *s)
{
	return !s->hs && !s->ready.num && s->quiet_until.ns == INT64_MIN;
}

size_t dtls_session_memory(const struct dtls_session *s)
{
	return sizeof *s + tls_handshake_memory(s->hs) +
	       tls_handshake_memory(s->crossed);
}
