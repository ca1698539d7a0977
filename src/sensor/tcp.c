/*
 * tcp.c: segments of a looked-at connection: reassembly, "is this TLS?", and
 * feeding the TLS session.
 */
#include <stdlib.h>

#include "probe/dialect.h"
#include "sensor/worker.h"

static void feed_tls(struct conn *c, const struct chunk *chunk)
{
	struct chunk in = *chunk, out;

	if (!c->frames) {
		tls_session_feed(c->tls, chunk);
		return;
	}
	while (ws_next(&c->frames[chunk->dir], &in, &out))
		tls_session_feed(c->tls, &out);
}

static void feed_held(struct conn *c, uint8_t dir, struct stamp time)
{
	struct chunk part = { .dir = dir, .time = time };

	if (c->tls_started[dir] || probe_start(c->probe, dir) == PROBE_NOWHERE)
		return;
	c->tls_started[dir] = true;
	if (c->midstream[dir])
		tls_session_midstream(c->tls, dir);
	/* what is behind a hole was held back: its order is not the wire's */
	if (c->gapped[dir])
		tls_session_lost(c->tls, dir);
	if (c->truncated[dir])
		tls_session_truncated(c->tls, dir);
	part.data = probe_held(c->probe, dir, &part.offset);
	if (c->frames)
		ws_init(&c->frames[dir], probe_prelude(c->probe)->in_frames,
			probe_start(c->probe, dir));
	if (part.offset > probe_start(c->probe, dir)) {
		struct chunk lost = { .dir = dir, .time = time };

		lost.offset = probe_start(c->probe, dir);
		lost.gap = part.offset - lost.offset;
		feed_tls(c, &lost);
	}
	if (part.data.len)
		feed_tls(c, &part);
}

/* With a whole hello it is worth more than half ones, which floods are made
 * of. */
static void promote(struct worker *w, struct conn *c)
{
	if (!c->known && tls_session_has_hello(c->tls))
		conn_known(w, c);
}

/* False: not TLS, or no memory; the connection is closed. */
static bool begin_tls(struct worker *w, struct conn *c, struct stamp time)
{
	const struct prelude *p = probe_prelude(c->probe);

	c->tls = tls_session_new(c->begin);
	if (c->tls && p->in_frames)
		c->frames = calloc(2, sizeof *c->frames);
	if (!c->tls || (p->in_frames && !c->frames)) {
		tls_session_free(c->tls);
		c->tls = NULL;
		w->counters.dropped_memory++;
		return false;
	}
	tls_session_prelude(c->tls, p);
	if (w->keys)
		tls_session_keys(c->tls, w->keys);
	(void)time;
	return true;
}

/* False: the connection is of no interest (any more). */
static bool probe_chunk(struct worker *w, struct conn *c,
			const struct chunk *chunk)
{
	if (!c->probe) {
		c->probe = probe_new();
		if (!c->probe) {
			w->counters.dropped_memory++;
			return false;
		}
		for (uint8_t d = 0; d < 2; d++)
			if (c->midstream[d])
				probe_midstream(c->probe, d);
	}
	switch (probe_feed(c->probe, chunk)) {
	case PROBE_NO:
		/* one direction may be TLS all the same; or both, met late */
		if (!c->tls &&
		    !(probe_limits(c->probe) & 1u << PROBE_LIMIT_SEALED))
			w->counters.not_tls++;
		return c->tls != NULL;
	case PROBE_MORE:
		if (!c->tls)
			return true;
		break;
	case PROBE_TLS:
		if (!c->tls && !begin_tls(w, c, chunk->time))
			return false;
		break;
	}
	/* the client's hello before the server's, whichever was complete */
	feed_held(c, 0, chunk->time);
	feed_held(c, 1, chunk->time);
	promote(w, c);
	if (c->tls_started[0] && c->tls_started[1]) {
		probe_free(c->probe);
		c->probe = NULL;
	}
	return true;
}

/*
 * Is it one of the rows' protocols, by its first bytes? Else it is looked
 * through for TLS. False: no memory.
 */
static bool begin_protocol(struct worker *w, struct conn *c,
			   const struct chunk *chunk)
{
	const struct endpoint *from = &c->end[chunk->dir];
	const struct endpoint *to = &c->end[!chunk->dir];

	c->maybe = false;
	for (size_t i = 0; i < num_protocols; i++) {
		const struct protocol *row = protocols[i];
		enum recognise is;

		if (row->transport != PACKET_TCP)
			continue;
		is = row->recognise(chunk->data, chunk->dir, from->port,
				    to->port);
		c->maybe |= is == RECOGNISE_MORE;
		if (is != RECOGNISE_YES)
			continue;
		c->protocol = row;
		c->session = row->open(NULL, chunk->time);
		if (!c->session)
			w->counters.dropped_memory++;
		return c->session;
	}
	return true;
}

/* The same with all that the probe holds by now, in pieces as it came. */
static bool begin_later(struct worker *w, struct conn *c,
			const struct chunk *chunk)
{
	struct chunk first = { .dir = chunk->dir, .time = chunk->time };

	first.data = probe_prefix(c->probe, first.dir);
	if (!begin_protocol(w, c, &first))
		return false;
	for (uint8_t d = 0; d < 2 && c->session; d++) {
		first.dir = d;
		first.data = probe_prefix(c->probe, d);
		if (first.data.len)
			c->protocol->feed(c->session, &first);
	}
	if (c->session) {
		probe_free(c->probe);
		c->probe = NULL;
	}
	return true;
}

static bool tcp_chunk(struct worker *w, struct conn *c,
		      const struct chunk *chunk)
{
	bool alive;

	if (chunk->gap) {
		w->counters.gaps++;
		w->counters.gap_bytes += chunk->gap;
		c->gapped[chunk->dir] = true;
	}
	if (c->tls_started[chunk->dir]) {
		feed_tls(c, chunk);
		promote(w, c);
		return true;
	}
	if (!c->probe && !c->tls && !c->session && chunk->data.len &&
	    !begin_protocol(w, c, chunk))
		return false;
	if (c->session) {
		c->protocol->feed(c->session, chunk);
		return true;
	}
	alive = probe_chunk(w, c, chunk);
	if (c->maybe && c->probe && !c->tls && !begin_later(w, c, chunk))
		return false;
	return alive || c->session;
}

static void tell_conflict(struct worker *w, struct conn *c, uint8_t dir)
{
	if (!c->stream[dir].conflict || c->conflict_told[dir] || !c->tls)
		return;
	c->conflict_told[dir] = true;
	w->counters.conflicts++;
	tls_session_conflict(c->tls, dir, c->stream[dir].next);
}

static void tell_end(struct worker *w, struct conn *c, uint8_t dir,
		     struct stamp time)
{
	enum protocol_close how = c->stream[dir].has_rst ? CLOSE_RST
							 : CLOSE_FIN;

	if (c->closed[dir] || !stream_done(&c->stream[dir]))
		return;
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

static void begin_stream(struct worker *w, struct conn *c,
			 const struct packet *p, uint8_t dir)
{
	struct stream *s = &c->stream[dir];
	const struct flow *f = c->flow;

	if (p->tcp_flags & TCP_SYN) {
		stream_start(s, p->seq + 1);
		/* a SYN-ACK tells where the other side begins, too */
		if (p->tcp_flags & TCP_ACK && !c->stream[!dir].started)
			stream_start(&c->stream[!dir], p->ack);
		return;
	}
	if (dir == 0 && f->has_syn) {
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

static void segment(struct worker *w, struct conn *c, const struct packet *p,
		    uint8_t dir)
{
	struct stream *s = &c->stream[dir];
	uint32_t seq = p->seq + !!(p->tcp_flags & TCP_SYN);

	c->last = p->time;
	if (w->keep)
		keep_packet(w->keep, &c->kept, p);
	if (!s->started && (p->payload_len || p->tcp_flags & TCP_SYN))
		begin_stream(w, c, p, dir);
	else if (p->tcp_flags & TCP_SYN && !c->midstream[dir])
		c->other_syn[dir] = s->base_seq != seq;
	if (p->cut && p->payload_len) {
		c->truncated[dir] = true;
		if (c->tls && c->tls_started[dir])
			tls_session_truncated(c->tls, dir);
	}
	if (p->tcp_flags & TCP_ACK)
		acknowledge(c, p, dir);
	if (p->payload_len &&
	    stream_insert(s, &w->pool, seq, p->payload, p->payload_len,
			  p->time) == STREAM_OUTSIDE)
		w->counters.outside++;
	if (p->tcp_flags & (TCP_FIN | TCP_RST) && s->started)
		stream_end(s, seq + p->payload_len, p->tcp_flags & TCP_RST);
	if (!drain(w, c, dir, p->time) || !give_up_holes(w, c, dir))
		return;
	/* an end without any data of its direction */
	if (p->tcp_flags & (TCP_FIN | TCP_RST) && !s->started &&
	    !c->closed[dir]) {
		c->closed[dir] = true;
		if (c->tls)
			tls_session_close(c->tls,
					  p->tcp_flags & TCP_RST ? CLOSE_RST
								 : CLOSE_FIN,
					  dir, p->time);
	}
	(void)conn_collect(w, c);
}

/* A SYN of a new connection on the same ports. */
static bool is_new_connection(const struct flow *f, const struct packet *p,
			      uint8_t dir)
{
	const struct conn *c = f->owner;

	if (!(p->tcp_flags & TCP_SYN) || p->tcp_flags & TCP_ACK)
		return false;
	if (f->has_syn)
		return dir != 0 || p->seq != f->syn_seq;
	if (!c)
		return true;
	return c->stream[dir].started &&
	       c->stream[dir].base_seq != p->seq + 1;
}

static void note_syn(struct flow *f, const struct packet *p, uint8_t dir)
{
	f->initiator = f->initiator != dir;
	f->has_syn = true;
	f->syn_seq = p->seq;
}

void tcp_packet(struct worker *w, struct flow *f, const struct packet *p,
		uint8_t dir)
{
	bool syn = p->tcp_flags & TCP_SYN;
	bool plain_syn = syn && !(p->tcp_flags & TCP_ACK);

	if (is_new_connection(f, p, dir)) {
		if (f->state == FLOW_OPEN)
			conn_close(w, f->owner, CLOSE_END);
		f->state = FLOW_FRESH;
		f->has_syn = false;
	}
	if (f->state == FLOW_DONE)
		return;
	if (plain_syn && !f->has_syn && f->state == FLOW_FRESH) {
		note_syn(f, p, dir);
		dir = 0;
	}
	if (f->state == FLOW_FRESH) {
		/* a SYN alone opens nothing: floods are made of them */
		if (!p->payload_len && !(syn && !plain_syn))
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

/* What is still looked through: one side alone may tell, now that it ends. */
static void probe_end(struct worker *w, struct conn *c)
{
	if (!c->probe || c->session || probe_last(c->probe) != PROBE_TLS ||
	    (!c->tls && !begin_tls(w, c, c->last)))
		return;
	feed_held(c, 0, c->last);
	feed_held(c, 1, c->last);
	for (uint8_t dir = 0; dir < 2; dir++)
		if (c->gapped[dir] && !c->tls_started[dir])
			tls_session_lost(c->tls, dir);
}

/* Behind a hello on one side, the first bytes of the other are no record: its
 * length is a lie, or it does not speak TLS. Words before TLS are no lie. */
static void tell_foreign(struct conn *c)
{
	for (uint8_t dir = 0; dir < 2; dir++)
		if (c->tls && c->probe && !c->tls_started[dir] &&
		    !c->midstream[dir] && !probe_prelude(c->probe)->dialect &&
		    probe_prefix(c->probe, dir).len)
			tls_session_foreign(c->tls, dir, 0);
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
	probe_end(w, c);
	tell_foreign(c);
	for (uint8_t dir = 0; dir < 2; dir++)
		tell_end(w, c, dir, c->last);
	mark_lost(c);
}
