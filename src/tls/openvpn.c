/* openvpn.c: see openvpn.h. */
#include "tls/openvpn.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/reader.h"
#include "tls/session.h"

#include <stdlib.h>

enum { /* opcodes, the upper five bits of the first byte */
	CONTROL = 4,
	ACK = 5,
	CONTROL_HARD_RESET_CLIENT_V2 = 7,
	KEY_ID = 7, /* the lower three bits */
};

struct early {
	uint32_t id;
	bool used;
	struct bytes data; /* owned */
};

struct openvpn_half {
	struct buf stream; /* TCP: what is not a whole packet yet */
	bool lost;
	uint32_t next;	   /* number of the next control packet */
	uint32_t acked;	   /* highest number that the other side has */
	uint32_t far;	   /* highest number that was dropped */
	uint64_t offset;   /* bytes of TLS fed */
	struct early early[LIMIT_OPENVPN_WINDOW];
};

struct openvpn_session {
	struct tls_session *tls;
	struct openvpn_half half[2];
	bool stream;
	size_t auth;	 /* bytes of HMAC and replay protection */
	bool auth_known;
	uint32_t dropped; /* packets, not counted yet */
};

/* HMAC lengths of tls-auth (none, SHA-1, SHA-256, SHA-512), each but none with
 * a packet number and a time. */
static const size_t auth_sizes[] = { 0, 20 + 8, 32 + 8, 64 + 8 };

/* TCP: may the beginning of a hard reset be the beginning of this one? */
static enum recognise recognise_part(struct bytes head)
{
	struct reader r = rd_window(head);
	size_t len = rd_u16(&r);
	uint8_t first = rd_u8(&r);

	if (head.len < 2)
		return head.len && head.p[0] ? RECOGNISE_NO : RECOGNISE_MORE;
	if (rd_ok(&r) && first != CONTROL_HARD_RESET_CLIENT_V2 << 3)
		return RECOGNISE_NO;
	for (size_t i = 0; i < sizeof auth_sizes / sizeof *auth_sizes; i++)
		if (len == 1 + 8 + auth_sizes[i] + 1 + 4 &&
		    head.len < 2 + len)
			return RECOGNISE_MORE;
	return RECOGNISE_NO;
}

enum recognise openvpn_recognise(struct bytes head, bool stream)
{
	struct reader r = rd_window(head);
	size_t len = stream ? rd_u16(&r) : head.len;
	struct reader packet = rd_sub(&r, len);
	uint8_t opcode = rd_u8(&packet) >> 3;
	struct bytes rest;

	(void)rd_u64(&packet);
	rest = rd_rest(&packet);
	if (stream && head.len < 2 + len)
		return recognise_part(head);
	if (!rd_ok(&packet) || opcode != CONTROL_HARD_RESET_CLIENT_V2)
		return RECOGNISE_NO;
	for (size_t i = 0; i < sizeof auth_sizes / sizeof *auth_sizes; i++) {
		struct reader tail = rd_whole(bytes_tail(rest, auth_sizes[i]));

		/* no acknowledgement, packet number 0, nothing behind */
		if (rest.len == auth_sizes[i] + 5 && rd_u8(&tail) == 0 &&
		    rd_u32(&tail) == 0 && rd_end(&tail))
			return RECOGNISE_YES;
	}
	return RECOGNISE_NO;
}

struct openvpn_session *openvpn_session_new(struct stamp time, bool stream)
{
	struct openvpn_session *s = calloc(1, sizeof *s);
	struct prelude p = { .dialect = "openvpn" };

	if (!s)
		return NULL;
	s->tls = tls_session_new(time);
	if (!s->tls) {
		free(s);
		return NULL;
	}
	tls_session_prelude(s->tls, &p);
	s->stream = stream;
	for (int d = 0; d < 2; d++) {
		buf_init(&s->half[d].stream, LIMIT_OPENVPN_STREAM);
		s->half[d].next = 1; /* number 0 is the hard reset */
	}
	return s;
}

void openvpn_session_free(struct openvpn_session *s)
{
	if (!s)
		return;
	for (int d = 0; d < 2; d++) {
		buf_fini(&s->half[d].stream);
		for (int i = 0; i < LIMIT_OPENVPN_WINDOW; i++)
			free((void *)(uintptr_t)s->half[d].early[i].data.p);
	}
	tls_session_free(s->tls);
	free(s);
}

static void feed_tls(struct openvpn_session *s, uint8_t dir, struct bytes data,
		     struct stamp time)
{
	struct openvpn_half *h = &s->half[dir];
	struct chunk c = { .dir = dir,
			   .offset = h->offset,
			   .data = data,
			   .time = time };

	h->next++;
	h->offset += data.len;
	if (data.len)
		tls_session_feed(s->tls, &c);
}

/* False: it is dropped. */
static bool keep_early(struct openvpn_half *h, uint32_t id, struct bytes data)
{
	struct early *slot = &h->early[id % LIMIT_OPENVPN_WINDOW];
	uint8_t *copy;

	if (id - h->next >= LIMIT_OPENVPN_WINDOW)
		return false;
	if (slot->used)
		return true; /* again: within the window no other has it */
	if (data.len > LIMIT_OPENVPN_PACKET)
		return false;
	copy = malloc(data.len + 1);
	if (!copy)
		return false;
	if (data.len)
		memcpy(copy, data.p, data.len);
	*slot = (struct early){ .id = id,
				.used = true,
				.data = bytes_of(copy, data.len) };
	return true;
}

static void drop(struct openvpn_session *s, uint8_t dir, uint32_t id)
{
	struct openvpn_half *h = &s->half[dir];

	s->dropped++;
	if (id > h->far)
		h->far = id;
}

static void flush_early(struct openvpn_session *s, uint8_t dir,
			struct stamp time)
{
	struct openvpn_half *h = &s->half[dir];
	struct early *slot = &h->early[h->next % LIMIT_OPENVPN_WINDOW];

	while (slot->used && slot->id == h->next) {
		struct early e = *slot;

		*slot = (struct early){ .used = false };
		feed_tls(s, dir, e.data, time);
		free((void *)(uintptr_t)e.data.p);
		slot = &h->early[h->next % LIMIT_OPENVPN_WINDOW];
	}
}

/* Of a control packet behind its authentication. */
struct body {
	uint32_t acked; /* the highest number that it acknowledges */
	uint32_t id;
	struct bytes payload;
};

static uint32_t read_acks(struct reader *r)
{
	uint8_t num = rd_u8(r);
	uint32_t most = 0;

	if (num > 8)
		rd_reject(r);
	for (uint8_t i = 0; i < num && rd_ok(r); i++) {
		uint32_t id = rd_u32(r);

		if (id > most)
			most = id;
	}
	if (num)
		(void)rd_u64(r); /* the other side's session id */
	return most;
}

static bool read_body(struct bytes b, struct body *out)
{
	struct reader r = rd_whole(b);
	struct body body = { .acked = read_acks(&r) };

	body.id = rd_u32(&r);
	body.payload = rd_rest(&r);
	if (!rd_ok(&r) || body.id >= 1u << 24)
		return false;
	*out = body;
	return true;
}

/* The other side has that packet of this half, whether it was seen or not. */
static void note_acked(struct openvpn_half *h, uint32_t id)
{
	if (id > h->acked && id < h->next + LIMIT_OPENVPN_WINDOW)
		h->acked = id;
}

/* How long the authentication is shows in the first packet with TLS in it. */
static bool find_auth(struct openvpn_session *s, struct bytes b)
{
	for (size_t i = 0; i < sizeof auth_sizes / sizeof *auth_sizes; i++) {
		struct body body;

		if (!read_body(bytes_tail(b, auth_sizes[i]), &body) ||
		    body.payload.len < 5 ||
		    body.payload.p[0] != TLS_HANDSHAKE ||
		    body.payload.p[1] != 3 || body.id > LIMIT_OPENVPN_WINDOW)
			continue;
		s->auth = auth_sizes[i];
		s->auth_known = true;
		return true;
	}
	return false;
}

static void packet(struct openvpn_session *s, uint8_t dir, struct bytes b,
		   struct stamp time)
{
	struct openvpn_half *h = &s->half[dir];
	struct reader r = rd_whole(b);
	uint8_t head = rd_u8(&r);
	struct bytes rest;
	struct body body;

	(void)rd_u64(&r); /* session id */
	rest = rd_rest(&r);
	if (!rd_ok(&r) || head & KEY_ID)
		return; /* another key's negotiation */
	if (head >> 3 == ACK && s->auth_known) {
		r = rd_whole(bytes_tail(rest, s->auth));
		note_acked(&s->half[!dir], read_acks(&r));
		return;
	}
	if (head >> 3 != CONTROL)
		return; /* resets, data */
	if (!s->auth_known && !find_auth(s, rest))
		return;
	if (!read_body(bytes_tail(rest, s->auth), &body))
		return;
	note_acked(&s->half[!dir], body.acked);
	if (body.id == h->next)
		feed_tls(s, dir, body.payload, time);
	else if (body.id > h->next && !keep_early(h, body.id, body.payload))
		drop(s, dir, body.id);
	flush_early(s, dir, time);
}

static void feed_stream(struct openvpn_session *s, const struct chunk *c)
{
	struct openvpn_half *h = &s->half[c->dir];
	struct reader r;
	size_t used = 0;

	if (!c->gap && !h->lost && c->data.len)
		buf_add(&h->stream, c->data.p, c->data.len);
	s->dropped += h->stream.failed;
	h->lost |= c->gap || h->stream.failed;
	if (h->lost) { /* lengths cannot be found again */
		buf_fini(&h->stream);
		tls_session_lost(s->tls, c->dir);
		return;
	}
	r = rd_window(buf_bytes(&h->stream));
	for (;;) {
		struct bytes b = rd_bytes(&r, rd_u16(&r));

		if (!rd_ok(&r))
			break;
		packet(s, c->dir, b, c->time);
		used += 2 + b.len;
	}
	if (used)
		buf_shift(&h->stream, used);
}

void openvpn_session_feed(struct openvpn_session *s, const struct chunk *c)
{
	if (s->stream)
		feed_stream(s, c);
	else if (!c->cut)
		packet(s, c->dir, c->data, c->time);
}

/* Control packets are sent until they are acknowledged: what others came
 * behind of, or was acknowledged, and was not seen, the capture lost. */
static void mark_lost(struct openvpn_session *s)
{
	for (uint8_t d = 0; d < 2; d++) {
		const struct openvpn_half *h = &s->half[d];
		bool lost = h->acked >= h->next || h->far >= h->next;

		for (int i = 0; i < LIMIT_OPENVPN_WINDOW; i++)
			lost |= h->early[i].used;
		if (lost)
			tls_session_lost(s->tls, d);
	}
}

void openvpn_session_close(struct openvpn_session *s, enum protocol_close how,
			   uint8_t dir, struct stamp time)
{
	mark_lost(s);
	tls_session_close(s->tls, how, dir, time);
}

void openvpn_session_tick(struct openvpn_session *s, struct stamp now)
{
	if (tls_session_due(s->tls, now))
		mark_lost(s);
	tls_session_tick(s->tls, now);
}

struct tls_handshake *openvpn_session_next(struct openvpn_session *s)
{
	return tls_session_next(s->tls);
}

uint32_t openvpn_session_dropped(struct openvpn_session *s)
{
	uint32_t n = s->dropped;

	s->dropped = 0;
	return n;
}

size_t openvpn_session_memory(const struct openvpn_session *s)
{
	size_t n = sizeof *s + tls_session_memory(s->tls);

	for (int d = 0; d < 2; d++) {
		n += s->half[d].stream.size;
		for (int i = 0; i < LIMIT_OPENVPN_WINDOW; i++)
			n += s->half[d].early[i].data.len;
	}
	return n;
}

bool openvpn_session_done(const struct openvpn_session *s)
{
	return tls_session_done(s->tls);
}
