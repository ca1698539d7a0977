/* worker.c: frames -> flows -> conns; see sensor.h and worker.h. */
#include "sensor/worker.h"

#include <stdlib.h>

/* So many connections end in one step of worker_end(). */
#define END_STEP 64

struct worker *worker_new(const struct sensor_config *c)
{
	struct worker *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->config = c;
	w->pools = c->pools;
	if (!w->pools.flows)
		sensor_pools_init(&w->pools);
	if (c->max_flows)
		w->pools.flows = c->max_flows;
	stream_pool_init(&w->pool, w->pools.streams);
	w->flows = flow_table_new(w->pools.flows);
	w->certs = cert_cache_new();
	if (w->certs)
		cert_cache_limit(w->certs, w->pools.certificates);
	w->keys = c->keys ? tls_keys_new(c->keys) : NULL;
	w->keep = c->keep_packets ? keep_new(LIMIT_EXHIBIT_RING) : NULL;
	if (!w->flows || !w->certs || (c->keys && !w->keys) ||
	    (c->keep_packets && !w->keep)) {
		worker_free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w)
{
	struct observation *o;
	struct conn *c, *next;

	if (!w)
		return;
	while (w->oldest)
		conn_close(w, w->oldest, CLOSE_END);
	while ((o = worker_next(w)))
		observation_unref(o);
	for (int i = 0; i < 2; i++)
		for (c = w->free_conns[i]; c; c = next) {
			next = c->newer;
			free(c);
		}
	free(w->ready);
	if (w->certs)
		cert_cache_free(w->certs);
	flow_table_free(w->flows);
	decode_free(w->decoder);
	stream_pool_fini(&w->pool);
	tls_keys_free(w->keys);
	keep_free(w->keep);
	free(w);
}

void worker_home(struct worker *w, struct observation_home *home)
{
	w->home = home;
}

/*
 * Which endpoint of the key began the connection: who sends the SYN; without
 * one, the higher port is a client's.
 */
static void find_initiator(struct flow *f, const struct packet *p,
			   uint8_t src)
{
	bool src_began = p->src.port >= p->dst.port;

	if (p->protocol == PACKET_TCP && p->tcp_flags & TCP_SYN)
		src_began = !(p->tcp_flags & TCP_ACK);
	f->initiator = (src_began ? src : !src) != 0;
}

/* Expired, though the clock hand has not come by yet: when it does must not
 * make a difference. */
static bool is_stale(const struct flow *f, int64_t idle)
{
	return f->state != FLOW_OPEN && idle >= LIMIT_FLOW_IDLE;
}

static void take(struct worker *w, const struct queued *q)
{
	const struct packet *p = &q->packet;
	bool fresh;
	struct flow *f;
	void *evicted;
	int64_t idle;

	w->now = q->stream_time;
	w->frame = 2 * q->number + 1; /* behind the tick before it */
	f = flow_touch(w->flows, &q->key, q->hash, q->stream_time, &fresh,
		       &evicted, &idle);
	if (evicted) {
		struct conn *c = evicted;

		c->flow = NULL;
		conn_close(w, c, CLOSE_PRESSURE);
	}
	if (!f)
		return;
	if (fresh || is_stale(f, idle)) {
		f->state = FLOW_FRESH;
		f->has_syn = false;
		f->syn_seq = 0;
		find_initiator(f, p, q->swapped);
	}
	if (p->protocol == PACKET_TCP) {
		w->counters.tcp++;
		tcp_packet(w, f, p, q->swapped != f->initiator);
	} else {
		w->counters.udp++;
		udp_packet(w, f, p, q->swapped != f->initiator);
	}
	conn_shed(w);
}

struct packet *worker_room(struct worker *w)
{
	return &w->queue[w->num_queued].packet;
}

void worker_queue(struct worker *w, uint64_t number, struct stamp stream_time)
{
	struct queued *q = &w->queue[w->num_queued++];
	const struct packet *p = &q->packet;

	q->number = number;
	q->stream_time = stream_time;
	q->key = flow_key_of(&p->src, &p->dst, p->protocol, p->tunnel_key,
			     &q->swapped);
	q->hash = flow_hash(w->flows, &q->key);
	flow_prefetch(w->flows, q->hash);
	if (w->num_queued == WORKER_AHEAD)
		worker_run(w);
}

/* Its first lines: another core wrote them, where packets are dealt out. */
static void payload_prefetch(const struct packet *p)
{
	for (size_t i = 0; i < 256 && i < p->payload.len; i += 64)
		__builtin_prefetch(p->payload.p + i);
}

void worker_run(struct worker *w)
{
	const struct flow *ahead[WORKER_AHEAD];
	unsigned num = w->num_queued;

	for (unsigned i = 0; i < num; i++)
		ahead[i] = flow_prefetch_entry(w->flows, w->queue[i].hash);
	for (unsigned i = 0; i < num; i++)
		if (ahead[i] && ahead[i]->state == FLOW_OPEN) {
			payload_prefetch(&w->queue[i].packet);
			conn_prefetch(ahead[i]->owner);
		} else {
			ahead[i] = NULL;
		}
	for (unsigned i = 0; i < num; i++)
		if (ahead[i])
			conn_prefetch_session(ahead[i]->owner);
	for (unsigned i = 0; i < num; i++)
		take(w, &w->queue[i]);
	w->num_queued = 0;
}

void worker_frame(struct worker *w, const struct frame *f, uint64_t number,
		  struct stamp stream_time)
{
	if (!w->decoder)
		w->decoder = decode_new(&w->config->decode);
	if (!w->decoder) {
		w->counters.dropped_memory++;
		return;
	}
	if (decode_frame(w->decoder, f, worker_room(w)) != DECODE_OK)
		return;
	do {
		worker_queue(w, number, stream_time);
		/* fragments that the decoder puts together stand no longer */
		worker_run(w);
	} while (decode_next(w->decoder, worker_room(w)));
}

static void tick_conn(struct worker *w, struct conn *c)
{
	if (c->flow && c->flow->protocol == PACKET_TCP && !tcp_tick(w, c))
		return;
	if (c->session && c->protocol->tick)
		c->protocol->tick(c->session, w->now);
	if (conn_collect(w, c))
		return;
	if (w->now.ns - c->last.ns > LIMIT_FLOW_IDLE)
		conn_close(w, c, CLOSE_END);
}

/* In the order of opening: so are the observations. */
static void tick_all(struct worker *w)
{
	struct conn *c, *next;

	for (c = w->oldest; c; c = next) {
		next = c->newer;
		tick_conn(w, c);
	}
}

void worker_tick(struct worker *w, struct stamp now, uint64_t number)
{
	worker_run(w);
	w->now = now;
	w->frame = 2 * number;
	tick_all(w);
	flow_expire(w->flows, now, 8192);
}

bool worker_end(struct worker *w, struct stamp now, uint64_t number)
{
	worker_run(w);
	w->now = now;
	w->frame = 2 * number;
	for (int i = 0; i < END_STEP && w->oldest; i++)
		conn_close(w, w->oldest, CLOSE_END);
	return w->oldest;
}

struct observation *worker_next(struct worker *w)
{
	struct observation *o;

	if (!w->ready_num)
		return NULL;
	o = w->ready[w->ready_first];
	w->ready_first = (w->ready_first + 1) % w->ready_size;
	w->ready_num--;
	return o;
}

void decoder_status(const struct decoder *decoder, struct status *s)
{
	const struct decode_counters *d = decode_counters(decoder);

	for (int i = 1; i < DECODE_NUM_REASONS; i++)
		status_count(s, "not_decoded", decode_reasons[i],
			     d->reason[i]);
	for (int i = 0; i < TUNNEL_NUM; i++)
		if (d->tunnel[i])
			status_count(s, "tunnels", tunnel_names[i],
				     d->tunnel[i]);
	status_count(s, "decoded", "cut", d->cut);
	status_count(s, "decoded", "cut_at", d->cut_len);
	status_count(s, "fragments", "received", d->fragments);
	status_count(s, "fragments", "reassembled", d->reassembled);
	status_count(s, "fragments", "expired", d->fragments_expired);
	status_count(s, "fragments", "evicted", d->fragments_evicted);
	status_count(s, "fragments", "refused", d->fragments_refused);
	status_count(s, "fragments", "overlaps", d->fragment_overlaps);
}

static void keys_status(const struct tls_keys *keys, struct status *s)
{
	const struct tls_keys_counters *c = tls_keys_counters(keys);

	status_count(s, "keys", "opened", c->opened);
	status_count(s, "keys", "failed", c->failed);
	status_count(s, "keys", "no_secret", c->no_secret);
	status_count(s, "keys", "flight_too_long", c->too_long);
	status_count(s, "keys", "dropped", c->memory);
	status_count(s, "memory", "sealed", c->held);
}

static void keep_status(const struct keep *keep, struct status *s)
{
	const struct keep_counters *c = keep_counters(keep);

	status_count(s, "evidence", "packets_kept", c->packets);
	status_count(s, "evidence", "cut", c->cut);
	status_count(s, "evidence", "overwritten", c->overwritten);
}

void worker_status(const struct worker *w, struct status *s)
{
	const struct flow_counters *f = flow_counters(w->flows);
	const struct cert_cache_counters *k = cert_cache_counters(w->certs);
	const struct worker_counters *c = &w->counters;

	if (w->decoder)
		decoder_status(w->decoder, s);
	status_count(s, "decoded", "tcp", c->tcp);
	status_count(s, "decoded", "udp", c->udp);
	status_count(s, "flows", "current", flow_count(w->flows));
	status_count(s, "flows", "opened", f->opened);
	status_count(s, "flows", "expired", f->expired);
	status_count(s, "flows", "evicted", f->evicted);
	status_count(s, "flows", "evicted_open", f->evicted_open);
	status_count(s, "flows", "refused", f->refused);
	status_count(s, "connections", "current", w->num_conns);
	status_count(s, "connections", "opened", c->conns);
	status_count(s, "connections", "not_tls", c->not_tls);
	status_count(s, "connections", "truncated", c->truncated);
	status_count(s, "connections", "evicted", c->conns_evicted);
	status_count(s, "connections", "refused", c->conns_refused);
	status_count(s, "reassembly", "gaps", c->gaps);
	status_count(s, "reassembly", "gap_bytes", c->gap_bytes);
	status_count(s, "reassembly", "conflicts", c->conflicts);
	status_count(s, "reassembly", "outside_window", c->outside);
	status_count(s, "reassembly", "dropped_bytes", w->pool.refused);
	reached_status(&c->reached, s);
	status_count(s, "memory", "flows", flow_memory(w->flows));
	status_count(s, "memory", "reassembly", w->pool.bytes);
	status_count(s, "memory", "handshakes", w->session_memory);
	status_count(s, "memory", "connections",
		     w->num_conns * sizeof(struct conn) +
			     w->num_tcp * 2 * sizeof(struct stream));
	status_count(s, "memory", "certificates", cert_cache_memory(w->certs));
	status_count(s, "memory", "dropped", c->dropped_memory);
	if (w->keys && tls_keys_given(w->keys))
		keys_status(w->keys, s);
	if (w->keep)
		keep_status(w->keep, s);
	status_count(s, "certificates", "cache_hits", k->hits);
	status_count(s, "certificates", "parsed", k->misses);
	status_count(s, "certificates", "cache_evicted", k->evicted);
	status_count(s, "certificates", "unparsable", k->unparsable);
}
