/* observe.c: a finished handshake with its certificates -> observation. */
#include "sensor/worker.h"

#include "base/buf.h"

#include <stdlib.h>

void observe_put(struct worker *w, struct observation *o)
{
	o->home = w->home;
	if (w->ready_num == w->ready_size) {
		size_t size = w->ready_size ? 2 * w->ready_size : 64;
		struct observation **ring = malloc(size * sizeof *ring);

		if (!ring) {
			w->counters.dropped_memory++;
			observation_unref(o);
			return;
		}
		for (size_t i = 0; i < w->ready_num; i++)
			ring[i] = w->ready[(w->ready_first + i) %
					   w->ready_size];
		free(w->ready);
		w->ready = ring;
		w->ready_first = 0;
		w->ready_size = size;
	}
	w->ready[(w->ready_first + w->ready_num++) % w->ready_size] = o;
}

static size_t num_kept(const struct tls_chain *chain)
{
	return chain->num_certs < LIMIT_EVENT_CHAIN ? chain->num_certs
						    : LIMIT_EVENT_CHAIN;
}

static void read_chain(struct worker *w, struct observation *o,
		       enum tls_side side)
{
	const struct tls_chain *chain = &o->hs->chain[side];

	if (chain->state != TLS_CHAIN_WHOLE &&
	    chain->state != TLS_CHAIN_PARTIAL)
		return;
	o->num_chain_sent[side] = chain->num_certs;
	for (size_t i = 0; i < num_kept(chain); i++) {
		struct cert *c = cert_cache_get(w->certs, chain->certs[i]);

		if (!c) {
			w->counters.dropped_memory++;
			return;
		}
		if (c->error)
			tls_anomaly_add(o->hs, side, "certificate_malformed",
					chain->at[i] + c->error_at);
		o->chain[side][o->num_chain[side]++] = c;
	}
}

void observe_place(struct worker *w, struct conn *c, struct observation *o)
{
	o->packets = conn_packets(w, c);
	o->order = (struct observation_order){
		.time = w->now,
		.frame = w->frame,
		.sub = c->first_frame,
		.part = c->part++,
	};
	o->source = c->end[0];
	o->destination = c->end[1];
}

void observe_handshake(struct worker *w, struct conn *c,
		       struct tls_handshake *hs)
{
	struct observation_room room = {
		.certs = { num_kept(&hs->chain[0]), num_kept(&hs->chain[1]) },
		.tunnels = c->num_tunnels,
	};
	struct observation *o = observation_new(OBSERVATION_HANDSHAKE, &room);

	if (!o) {
		w->counters.dropped_memory++;
		tls_handshake_free(hs);
		return;
	}
	w->counters.handshakes++;
	reached_note(&w->counters.reached, hs);
	w->counters.truncated += hs->side[0].truncated ||
				 hs->side[1].truncated;
	o->hs = hs;
	observe_place(w, c, o);
	o->time = hs->begin;
	o->interface = c->interface;
	o->transport = c->transport;
	o->input = c->input;
	o->num_tunnels = c->num_tunnels;
	if (c->num_tunnels)
		memcpy(o->tunnels, c->tunnels,
		       c->num_tunnels * sizeof *o->tunnels);
	tls_handshake_sight(hs, &o->sight);
	tls_handshake_reaction(hs, &o->reaction);
	read_chain(w, o, TLS_SERVER);
	read_chain(w, o, TLS_CLIENT);
	observe_put(w, o);
}
