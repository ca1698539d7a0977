/* tcp.c: segments of a looked-at connection: order, ends, and what is new. */
#include "probe/dialect.h"
#include "sensor/worker.h"

static void tell_conflict(struct worker *w, struct conn *c, uint8_t dir)
{
	if (!c->stream[dir].conflict || c->conflict_told[dir] || !c->tls)
		return;
	c->conflict_told[dir] = true;
	w->counters.conflicts++;
	tls_session_conflict(c->tls, dir, c->stream[dir].next);
}

/* So much later than a RST comes, at most, what was sent before it. */
#define REORDERED NSEC_PER_SEC

/*
 * RFC 5961 3.2: a RST ahead of what the receiver awaits is challenged, not
 * taken. Seen in the wild: made up on the way by who guesses what is sent next
 * (Clayton and others, Ignoring the Great Firewall of China).
 */
static bool is_challenged(const struct conn *c, uint8_t dir, struct stamp time)
{
	return c->stream[dir].has_rst && !c->stream[dir].has_fin &&
	       time.ns - c->rst_at[dir].ns > REORDERED;
}

static void tell_end(struct worker *w, struct conn *c, uint8_t dir,
		     struct stamp time)
{
	enum protocol_close how =
		c->stream[dir].has_rst ? CLOSE_RST : CLOSE_FIN;

	if (c->closed[dir] || !stream_done(&c->stream[dir]))
		return;
	if (is_challenged(c, dir, time)) {
		stream_go_on(&c->stream[dir]);
		return;
	}
	c->closed[dir] = true;
	if (c->tls)
		tls_session_close(c->tls, how, dir, time);
	if (c->session)
		c->protocol->close(c->session, how, dir, time);
	(void)w;
}

/* Hands out what is in order; false: the connection is gone. */
static bool drain(struct worker *w, struct conn *c, uint8_t dir,
		  struct stamp time)
{
	struct stream *s = &c->stream[dir];
	struct chunk chunk;

	while (stream_next(s, &w->pool, &chunk)) {
		chunk.dir = dir;
		if (chunk.gap && c->midstream[dir] &&
		    chunk.offset < LIMIT_MIDSTREAM_ROOM)
			continue; /* the room before the first byte we have */
		if (!tcp_chunk(w, c, &chunk)) {
			conn_close(w, c, CLOSE_PRESSURE);
			return false;
		}
	}
	tell_conflict(w, c, dir);
	tell_end(w, c, dir, time);
	return true;
}

/* Is the hole at the front to be given up? */
static bool is_overdue(const struct worker *w, const struct conn *c,
		       uint8_t dir)
{
	const struct stream *s = &c->stream[dir];
	int64_t age;

	if (!s->blocks)
		return false;
	age = w->now.ns - s->held_since.ns;
	if (c->midstream[dir] && s->next < LIMIT_MIDSTREAM_ROOM)
		return s->held >= LIMIT_MIDSTREAM_BLOCKS ||
		       age > LIMIT_MIDSTREAM_WAIT;
	return s->overflow || age > LIMIT_STREAM_WAIT;
}

/* False: the connection is gone. */
static bool give_up_holes(struct worker *w, struct conn *c, uint8_t dir)
{
	while (is_overdue(w, c, dir)) {
		if (!stream_give_up(&c->stream[dir]))
			break;
		c->stream[dir].overflow = false;
		if (!drain(w, c, dir, w->now))
			return false;
	}
	return true;
}

/* Is it of the connection whose SYN was seen last? It may have been a stray. */
static bool is_behind_syn(const struct flow *f, uint32_t seq)
{
	return f->has_syn && seq - (f->syn_seq + 1) <= 2 * LIMIT_STREAM_BYTES;
}

static void begin_stream(struct worker *w, struct conn *c,
			 const struct packet *p, uint8_t dir)
{
	struct stream *s = &c->stream[dir];
	const struct flow *f = c->flow;

	if (p->tcp_flags & TCP_SYN) {
		stream_start(s, p->seq + 1);
		/* a SYN-ACK tells where the other side begins, too */
		if (p->tcp_flags & TCP_ACK && !c->stream[!dir].started &&
		    (!f->has_syn || is_behind_syn(f, p->ack)))
			stream_start(&c->stream[!dir], p->ack);
		return;
	}
	if (dir == 0 && is_behind_syn(f, p->seq)) {
		stream_start(s, f->syn_seq + 1);
		return;
	}
	if (probe_is_hello(p->payload) == STEP_TLS) {
		stream_start(s, p->seq); /* a hello: nothing was before it */
		return;
	}
	c->midstream[dir] = true;
	stream_start(s, p->seq - LIMIT_MIDSTREAM_ROOM);
	if (c->probe)
		probe_midstream(c->probe, dir);
	(void)w;
}

/*
 * Which of several SYN-ACKs was meant, the other side's acknowledgement tells,
 * while nothing of the stream has come. Seen in the wild: a server that answers
 * each repetition of a SYN with another number.
 */
static void acknowledge(struct conn *c, const struct packet *p, uint8_t dir)
{
	struct stream *s = &c->stream[!dir];

	if (c->other_syn[!dir] && !s->next && !s->blocks && !s->has_end)
		stream_start(s, p->ack);
	c->other_syn[!dir] = false;
	stream_ack(s, p->ack);
}

/* Bytes, and what is said of the other side's; each only near its stream. */
static void body(struct worker *w, struct conn *c, const struct packet *p,
		 uint8_t dir)
{
	struct stream *s = &c->stream[dir];
	uint32_t seq = p->seq + !!(p->tcp_flags & TCP_SYN);

	if (!s->started && (p->payload_len || p->tcp_flags & TCP_SYN))
		begin_stream(w, c, p, dir);
	else if (p->tcp_flags & TCP_SYN && !c->midstream[dir])
		c->other_syn[dir] = s->base_seq != seq;
	if (s->started && !stream_near(s, seq)) {
		w->counters.outside += p->payload_len > 0;
		return;
	}
	if (p->cut && p->payload_len) {
		c->truncated[dir] = true;
		if (c->tls && c->tls_started[dir])
			tls_session_truncated(c->tls, dir);
	}
	if (p->tcp_flags & TCP_ACK)
		acknowledge(c, p, dir);
	if (p->payload_len)
		(void)stream_insert(s, &w->pool, seq, p->payload,
				    p->payload_len, p->time);
}

/*
 * Does the end of a direction of which nothing was seen have a number that the
 * other side awaits? RFC 9293 3.10.7.3: in answer to a SYN it has none, but
 * acknowledges what was sent.
 */
static bool is_unseen_end(const struct conn *c, const struct packet *p,
			  uint8_t dir)
{
	const struct stream *s = &c->stream[dir], *other = &c->stream[!dir];
	uint32_t ahead = p->seq - s->base_seq;

	if (s->awaited)
		return ahead <= 2 * LIMIT_STREAM_BYTES;
	return p->tcp_flags & TCP_ACK &&
	       (!other->started || stream_near(other, p->ack));
}

/* FIN or RST. What a RST carries is a text for people (RFC 9293 3.5.3). */
static void take_end(struct worker *w, struct conn *c, const struct packet *p,
		     uint8_t dir)
{
	bool rst = p->tcp_flags & TCP_RST;
	uint32_t seq = p->seq + (rst ? 0 : p->payload_len);

	if (c->stream[dir].started) {
		if (!stream_end(&c->stream[dir], seq, rst)) {
			w->counters.outside++;
			return;
		}
		if (rst)
			c->rst_at[dir] = p->time;
		if (rst && p->tcp_flags & TCP_ACK)
			acknowledge(c, p, dir);
		return;
	}
	if (c->closed[dir] || !is_unseen_end(c, p, dir))
		return;
	c->closed[dir] = true;
	if (c->tls)
		tls_session_close(c->tls, rst ? CLOSE_RST : CLOSE_FIN, dir,
				  p->time);
}

static void segment(struct worker *w, struct conn *c, const struct packet *p,
		    uint8_t dir)
{
	c->last = p->time;
	if (w->keep)
		keep_packet(w->keep, &c->kept, p);
	if (!(p->tcp_flags & TCP_RST))
		body(w, c, p, dir);
	if (p->tcp_flags & (TCP_FIN | TCP_RST))
		take_end(w, c, p, dir);
	if (!drain(w, c, dir, p->time) || !give_up_holes(w, c, dir))
		return;
	(void)conn_collect(w, c);
}

static bool is_plain_syn(const struct packet *p)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) ==
	       TCP_SYN;
}

/* A SYN of another connection on the same ports. */
static bool is_other_syn(const struct flow *f, const struct packet *p,
			 uint8_t dir)
{
	const struct conn *c = f->owner;

	if (!is_plain_syn(p))
		return false;
	if (f->has_syn)
		return dir != 0 || p->seq != f->syn_seq;
	if (!c)
		return true;
	return c->stream[dir].started && c->stream[dir].base_seq != p->seq + 1;
}

/* All that was seen of it has ended: a side alone, where the other is not. */
static bool is_closed(const struct stream *s, const struct stream *other)
{
	bool unseen = !other->next && !other->blocks;

	return s->has_rst || (s->has_end && (other->has_end || unseen));
}

/* Has it ended, or been silent for so long that its ports may begin anew? */
static bool is_over(const struct worker *w, const struct conn *c)
{
	const struct stream *s = c->stream;

	return is_closed(&s[0], &s[1]) || is_closed(&s[1], &s[0]) ||
	       w->now.ns - c->last.ns > LIMIT_HANDSHAKE_IDLE;
}

/*
 * RFC 5961 4: a SYN on an open connection changes nothing; if its sender has
 * forgotten that connection, a RST ends it. Where both have, the other side
 * answers the SYN; where its answer is not seen, the sender goes on behind it.
 */
static bool is_syn_answered(const struct conn *c, const struct packet *p,
			    uint8_t dir)
{
	const struct stream *s = &c->stream[dir];
	uint32_t seq = c->syn_seq + 1;

	if (!c->syn_waits || p->tcp_flags & TCP_RST)
		return false;
	if (p->tcp_flags & TCP_SYN)
		return dir != c->syn_dir && p->tcp_flags & TCP_ACK &&
		       p->ack == seq;
	/* but what of the old one was seen is no other's */
	return dir == c->syn_dir && p->seq == seq &&
	       s->base_seq + (uint32_t)s->next - seq > s->next;
}

/* A new connection begins with this SYN; false: not yet, if at all. */
static bool take_syn(struct worker *w, struct flow *f, const struct packet *p,
		     uint8_t dir)
{
	struct conn *c = f->owner;

	if (f->state == FLOW_OPEN && !is_over(w, c)) {
		c->syn_waits = true;
		c->syn_dir = dir;
		c->syn_seq = p->seq;
		return false;
	}
	if (f->state == FLOW_OPEN)
		conn_close(w, c, CLOSE_END);
	f->state = FLOW_FRESH;
	f->has_syn = false;
	return true;
}

static void note_syn(struct flow *f, uint32_t seq, uint8_t dir)
{
	f->initiator = f->initiator != dir;
	f->has_syn = true;
	f->syn_seq = seq;
}

/* The one whose SYN waited; the direction is told anew. */
static uint8_t begin_waiting(struct worker *w, struct flow *f, uint8_t dir)
{
	struct conn *c = f->owner;
	uint32_t seq = c->syn_seq;
	uint8_t syn_dir = c->syn_dir;

	conn_close(w, c, CLOSE_END);
	f->state = FLOW_FRESH;
	note_syn(f, seq, syn_dir);
	return dir != syn_dir;
}

/*
 * The answer to a SYN that was not seen, on ports whose connection is over.
 * Data in a SYN is acknowledged with it (RFC 7413).
 */
static bool is_other_answer(const struct worker *w, const struct flow *f,
			    const struct packet *p, uint8_t dir)
{
	if (f->state == FLOW_FRESH)
		return !f->has_syn;
	if (f->state == FLOW_OPEN && !is_over(w, f->owner))
		return false;
	return !f->has_syn || dir == 0 || p->ack - f->syn_seq - 1 > UINT16_MAX;
}

static uint8_t take_answer(struct worker *w, struct flow *f,
			   const struct packet *p, uint8_t dir)
{
	if (!is_other_answer(w, f, p, dir))
		return dir;
	if (f->state == FLOW_OPEN)
		conn_close(w, f->owner, CLOSE_END);
	f->state = FLOW_FRESH;
	note_syn(f, p->ack - 1, !dir);
	return 1;
}

void tcp_packet(struct worker *w, struct flow *f, const struct packet *p,
		uint8_t dir)
{
	bool synack =
		(p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) ==
		(TCP_SYN | TCP_ACK);

	if (is_other_syn(f, p, dir)) {
		if (!take_syn(w, f, p, dir))
			return;
	} else if (f->state == FLOW_OPEN && is_syn_answered(f->owner, p, dir)) {
		dir = begin_waiting(w, f, dir);
	} else if (synack) {
		dir = take_answer(w, f, p, dir);
	}
	if (f->state == FLOW_DONE)
		return;
	if (is_plain_syn(p) && !f->has_syn && f->state == FLOW_FRESH) {
		note_syn(f, p->seq, dir);
		dir = 0;
	}
	if (f->state == FLOW_FRESH) {
		/* a SYN alone opens nothing: floods are made of them */
		if (p->tcp_flags & TCP_RST || (!p->payload_len && !synack))
			return;
		if (!conn_open(w, f, p, dir))
			return;
	}
	segment(w, f->owner, p, dir);
}

/* What nothing came behind of is no gap in order, but it is lost. */
static void mark_lost(struct conn *c)
{
	for (uint8_t dir = 0; dir < 2 && c->tls; dir++)
		if (stream_lost(&c->stream[dir]))
			tls_session_lost(c->tls, dir);
}

bool tcp_tick(struct worker *w, struct conn *c)
{
	for (uint8_t dir = 0; dir < 2; dir++)
		if (!give_up_holes(w, c, dir))
			return false;
	if (c->tls && tls_session_due(c->tls, w->now))
		mark_lost(c);
	if (c->tls)
		tls_session_tick(c->tls, w->now);
	return true;
}

void tcp_flush(struct worker *w, struct conn *c)
{
	for (uint8_t dir = 0; dir < 2; dir++) {
		struct chunk chunk;
		struct stream *s = &c->stream[dir];

		while (stream_give_up(s))
			while (stream_next(s, &w->pool, &chunk)) {
				chunk.dir = dir;
				if (chunk.gap && c->midstream[dir] &&
				    chunk.offset < LIMIT_MIDSTREAM_ROOM)
					continue;
				if (!tcp_chunk(w, c, &chunk))
					return;
			}
	}
	tcp_chunk_end(w, c);
	for (uint8_t dir = 0; dir < 2; dir++)
		tell_end(w, c, dir, c->last);
	mark_lost(c);
}
