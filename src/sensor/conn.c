/* conn.c: opening and closing what is kept of a flow that is looked at. */
#include "sensor/worker.h"

#include <stdlib.h>

void conn_prefetch(const struct conn *c)
{
	const char *p = (const char *)c;

	for (size_t i = 0; i < CONN_BYTES; i += 64)
		__builtin_prefetch(p + i);
}

void conn_prefetch_session(const struct conn *c)
{
	if (c->tls)
		tls_session_prefetch(c->tls);
}

static void list_add(struct worker *w, struct conn *c)
{
	c->newer = NULL;
	c->older = w->newest;
	*(c->older ? &c->older->newer : &w->oldest) = c;
	w->newest = c;
	c->newer_unknown = NULL;
	c->older_unknown = w->newest_unknown;
	*(c->older_unknown ? &c->older_unknown->newer_unknown
			   : &w->oldest_unknown) = c;
	w->newest_unknown = c;
}

void conn_known(struct worker *w, struct conn *c)
{
	if (c->known)
		return;
	c->known = true;
	*(c->older_unknown ? &c->older_unknown->newer_unknown
			   : &w->oldest_unknown) = c->newer_unknown;
	*(c->newer_unknown ? &c->newer_unknown->older_unknown
			   : &w->newest_unknown) = c->older_unknown;
}

static void list_remove(struct worker *w, struct conn *c)
{
	conn_known(w, c);
	*(c->older ? &c->older->newer : &w->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &w->newest) = c->older;
}

/* Under pressure the oldest that is not known to be TLS goes, then the oldest
 * unfinished handshake. */
static void make_room(struct worker *w)
{
	struct conn *c = w->oldest_unknown ? w->oldest_unknown : w->oldest;

	if (!c)
		return;
	w->counters.conns_evicted++;
	conn_close(w, c, CLOSE_PRESSURE);
}

void conn_shed(struct worker *w)
{
	while (w->session_memory > w->pools.sessions && w->oldest) {
		struct conn *c = w->oldest_unknown;

		/* one that holds little beside the others makes no room */
		if (!c || 2 * c->memory * w->num_conns < w->session_memory)
			c = w->oldest;
		w->counters.conns_evicted++;
		conn_close(w, c, CLOSE_PRESSURE);
	}
}

/* Zeroed, with its streams if it is TCP's. */
static struct conn *conn_take(struct worker *w, bool tcp)
{
	size_t size = tcp ? CONN_BYTES : sizeof(struct conn);
	struct conn *c;

	if (w->num_conns >= w->pools.open_flows)
		make_room(w);
	c = w->free_conns[tcp];
	if (c)
		w->free_conns[tcp] = c->newer;
	else
		c = malloc(size);
	if (!c)
		return NULL;
	memset(c, 0, size);
	c->stream = tcp ? (struct stream *)(c + 1) : NULL;
	w->num_tcp += tcp;
	w->num_conns++;
	return c;
}

struct conn *conn_open(struct worker *w, struct flow *f,
		       const struct packet *p, uint8_t dir)
{
	struct conn *c = conn_take(w, p->protocol == PACKET_TCP);

	if (!c) {
		w->counters.conns_refused++;
		return NULL;
	}
	c->flow = f;
	c->end[dir] = p->src;
	c->end[!dir] = p->dst;
	c->first_frame = w->frame;
	c->begin = c->last = p->time;
	c->interface = p->interface;
	c->transport = p->protocol;
	c->input = p->input;
	if (p->num_tunnels) {
		c->tunnels = malloc(p->num_tunnels * sizeof *c->tunnels);
		if (c->tunnels) {
			c->num_tunnels = p->num_tunnels;
			memcpy(c->tunnels, p->tunnels,
			       p->num_tunnels * sizeof *c->tunnels);
		}
	}
	f->owner = c;
	f->state = FLOW_OPEN;
	list_add(w, c);
	w->counters.conns++;
	return c;
}

struct packets *conn_packets(struct worker *w, const struct conn *c)
{
	return w->keep ? keep_copy(w->keep, &c->kept) : NULL;
}

static void collect_tls(struct worker *w, struct conn *c)
{
	struct tls_handshake *hs;

	while (c->tls && (hs = tls_session_next(c->tls)))
		observe_handshake(w, c, hs);
}

static void collect_session(struct worker *w, struct conn *c)
{
	static const struct observation_room no_room;
	struct note n;

	while (c->session && c->protocol->next(c->session, &n)) {
		struct observation *o;

		if (n.kind == NOTE_HANDSHAKE) {
			observe_handshake(w, c, n.fact);
			continue;
		}
		o = observation_new(OBSERVATION_DNS, &no_room);
		if (!o) {
			w->counters.dropped_memory++;
			c->protocol->drop(&n);
			continue;
		}
		o->dns = n.fact;
		observe_place(w, c, o);
		o->time = c->last;
		observe_put(w, o);
	}
}

static void conn_release(struct worker *w, struct conn *c)
{
	list_remove(w, c);
	for (int d = 0; c->stream && d < 2; d++)
		stream_fini(&c->stream[d], &w->pool);
	if (c->probe)
		reached_probe(&w->counters.reached, c->probe);
	probe_free(c->probe);
	tls_session_free(c->tls);
	free(c->frames);
	if (c->session) {
		reached_drops(&w->counters.reached, c->protocol, c->session);
		c->protocol->free(c->session);
	}
	free(c->tunnels);
	w->session_memory -= c->memory;
	if (c->flow) {
		c->flow->owner = NULL;
		c->flow->state = c->protocol && c->protocol->brief
					 ? FLOW_FRESH
					 : FLOW_DONE;
	}
	c->newer = w->free_conns[c->stream != NULL];
	w->free_conns[c->stream != NULL] = c;
	w->num_tcp -= c->stream != NULL;
	w->num_conns--;
}

void conn_measure(struct worker *w, struct conn *c)
{
	size_t now = 0;

	if (c->tls)
		now += tls_session_memory(c->tls);
	if (c->probe)
		now += probe_memory(c->probe);
	if (c->frames)
		now += 2 * sizeof *c->frames;
	if (c->session && c->protocol->memory)
		now += c->protocol->memory(c->session);
	if (c->session)
		reached_drops(&w->counters.reached, c->protocol, c->session);
	w->session_memory += now - c->memory;
	c->memory = now;
}

bool conn_collect(struct worker *w, struct conn *c)
{
	collect_tls(w, c);
	collect_session(w, c);
	if ((c->tls && tls_session_done(c->tls)) ||
	    (c->session && c->protocol->done(c->session))) {
		conn_release(w, c);
		return true;
	}
	conn_measure(w, c);
	return false;
}

void conn_close(struct worker *w, struct conn *c, enum protocol_close how)
{
	if (c->flow && c->flow->protocol == PACKET_TCP &&
	    how != CLOSE_PRESSURE)
		tcp_flush(w, c);
	if (c->tls)
		tls_session_close(c->tls, how, 0, w->now);
	if (c->session)
		c->protocol->close(c->session, how, 0, w->now);
	collect_tls(w, c);
	collect_session(w, c);
	conn_release(w, c);
}
