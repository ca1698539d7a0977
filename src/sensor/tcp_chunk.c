/*
 * tcp_chunk.c: what a looked-at connection carries, in order: "is this TLS?",
 * and feeding the TLS session.
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
static bool begin_tls(struct worker *w, struct conn *c)
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
		if (!c->tls && !begin_tls(w, c))
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

bool tcp_chunk(struct worker *w, struct conn *c, const struct chunk *chunk)
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

/* What is still looked through: one side alone may tell, now that it ends. */
static void probe_end(struct worker *w, struct conn *c)
{
	if (!c->probe || c->session || probe_last(c->probe) != PROBE_TLS ||
	    (!c->tls && !begin_tls(w, c)))
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

void tcp_chunk_end(struct worker *w, struct conn *c)
{
	probe_end(w, c);
	tell_foreign(c);
}
