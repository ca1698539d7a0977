/* deal.c: see deal.h. */
#include "app/deal.h"

#include "base/hash.h"
#include "flow/table.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_BYTES  (512u << 10)
#define QUEUE_LENGTH 4 /* epochs on their way to one worker */

enum item_kind {
	ITEM_PACKET,
	ITEM_TICK,
	ITEM_END,
};

/* Stands in the batch's bytes before the packet's tunnels and payload. */
struct item {
	enum item_kind kind;
	uint32_t size; /* with what follows it */
	uint64_t number;
	struct stamp stream_time, time;
	struct endpoint src, dst;
	uint8_t protocol, tcp_flags, num_tunnels;
	bool cut;
	uint32_t seq, ack, payload_len, captured, input, interface;
	uint32_t ip_len, payload_at; /* of an IP packet that is kept whole */
	uint64_t tunnel_key;
};

struct batch {
	struct batch *next;
	size_t used;
	struct observation **obs;
	size_t num_obs, size_obs, at;
	_Alignas(16) uint8_t data[BATCH_BYTES];
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch *first, *last;
	unsigned num;
	bool closed;
};

struct lane {
	struct deal *deal;
	struct worker *worker;
	pthread_t thread;
	bool running;
	struct batch *filling;
	struct queue todo, done, spare;
	uint64_t dropped_memory;
};

struct deal {
	struct lane *lanes;
	unsigned num;
	pthread_t joint;
	bool joint_running;
	struct hash_key key;
	bool whole; /* workers keep the IP packets, too */
	void (*take)(void *arg, struct observation *o);
	void *arg;
	/* epochs handed out and merged */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t epochs, merged;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){ .first = NULL };
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->changed, NULL);
}

static void queue_put(struct queue *q, struct batch *b, unsigned max)
{
	b->next = NULL;
	(void)pthread_mutex_lock(&q->lock);
	while (max && q->num >= max)
		(void)pthread_cond_wait(&q->changed, &q->lock);
	*(q->last ? &q->last->next : &q->first) = b;
	q->last = b;
	q->num++;
	(void)pthread_cond_broadcast(&q->changed);
	(void)pthread_mutex_unlock(&q->lock);
}

/* NULL once it is closed and empty. */
static struct batch *queue_get(struct queue *q)
{
	struct batch *b;

	(void)pthread_mutex_lock(&q->lock);
	while (!q->first && !q->closed)
		(void)pthread_cond_wait(&q->changed, &q->lock);
	b = q->first;
	if (b) {
		q->first = b->next;
		if (!q->first)
			q->last = NULL;
		q->num--;
		(void)pthread_cond_broadcast(&q->changed);
	}
	(void)pthread_mutex_unlock(&q->lock);
	return b;
}

static void queue_close(struct queue *q)
{
	(void)pthread_mutex_lock(&q->lock);
	q->closed = true;
	(void)pthread_cond_broadcast(&q->changed);
	(void)pthread_mutex_unlock(&q->lock);
}

static void queue_fini(struct queue *q)
{
	struct batch *b, *next;

	for (b = q->first; b; b = next) {
		next = b->next;
		free(b->obs);
		free(b);
	}
	(void)pthread_mutex_destroy(&q->lock);
	(void)pthread_cond_destroy(&q->changed);
}

static void batch_keep(struct lane *l, struct batch *b, struct observation *o)
{
	if (b->num_obs == b->size_obs) {
		size_t size = b->size_obs ? 2 * b->size_obs : 64;
		struct observation **obs =
			realloc(b->obs, size * sizeof *b->obs);

		if (!obs) {
			l->dropped_memory++;
			observation_unref(o);
			return;
		}
		b->obs = obs;
		b->size_obs = size;
	}
	b->obs[b->num_obs++] = o;
}

static void run_packet(struct lane *l, const struct item *it)
{
	const uint8_t *rest = (const uint8_t *)(it + 1);
	size_t tunnels = it->num_tunnels * sizeof(struct tunnel);
	struct packet p;

	p.time = it->time;
	p.src = it->src;
	p.dst = it->dst;
	p.protocol = it->protocol;
	p.tcp_flags = it->tcp_flags;
	p.seq = it->seq;
	p.ack = it->ack;
	p.payload_len = it->payload_len;
	p.cut = it->cut;
	p.ip = bytes_of(rest + tunnels, it->ip_len);
	p.input = it->input;
	p.interface = it->interface;
	p.tunnel_key = it->tunnel_key;
	p.num_tunnels = it->num_tunnels;
	memcpy(p.tunnels, rest, tunnels);
	p.payload = bytes_of(rest + tunnels + it->payload_at, it->captured);
	worker_packet(l->worker, &p, it->number, it->stream_time);
}

static void run_batch(struct lane *l, struct batch *b)
{
	struct observation *o;

	for (size_t at = 0; at < b->used;) {
		const struct item *it = (const void *)(b->data + at);

		if (it->kind == ITEM_PACKET)
			run_packet(l, it);
		else if (it->kind == ITEM_TICK)
			worker_tick(l->worker, it->stream_time, it->number);
		else
			worker_end(l->worker, it->stream_time, it->number);
		while ((o = worker_next(l->worker)))
			batch_keep(l, b, o);
		at += it->size;
	}
}

static void *run_worker(void *arg)
{
	struct lane *l = arg;
	struct batch *b;

	while ((b = queue_get(&l->todo))) {
		run_batch(l, b);
		queue_put(&l->done, b, 0);
	}
	queue_close(&l->done);
	return NULL;
}

/* The batch whose next observation comes first; NULL: none has one. */
static struct batch *first_of(struct batch *const *b, unsigned num)
{
	struct batch *best = NULL;

	for (unsigned i = 0; i < num; i++) {
		if (b[i]->at == b[i]->num_obs)
			continue;
		if (!best || observation_compare(
				     &b[i]->obs[b[i]->at]->order,
				     &best->obs[best->at]->order) < 0)
			best = b[i];
	}
	return best;
}

static void merge(struct deal *d, struct batch **b)
{
	struct batch *next;

	while ((next = first_of(b, d->num)))
		d->take(d->arg, next->obs[next->at++]);
	for (unsigned i = 0; i < d->num; i++) {
		b[i]->num_obs = b[i]->at = b[i]->used = 0;
		queue_put(&d->lanes[i].spare, b[i], 0);
	}
	(void)pthread_mutex_lock(&d->lock);
	d->merged++;
	(void)pthread_cond_broadcast(&d->changed);
	(void)pthread_mutex_unlock(&d->lock);
}

static void *run_joint(void *arg)
{
	struct deal *d = arg;
	struct batch *b[64];

	for (;;) {
		for (unsigned i = 0; i < d->num; i++) {
			b[i] = queue_get(&d->lanes[i].done);
			if (!b[i])
				return NULL; /* all lanes end together */
		}
		merge(d, b);
	}
}

static bool lane_start(struct lane *l, struct deal *d,
		       const struct sensor_config *c)
{
	l->deal = d;
	l->worker = worker_new(c);
	if (!l->worker)
		return false;
	for (int i = 0; i < QUEUE_LENGTH + 2; i++) {
		struct batch *b = malloc(sizeof *b);

		if (!b)
			return false;
		b->used = b->num_obs = b->size_obs = b->at = 0;
		b->obs = NULL;
		queue_put(&l->spare, b, 0);
	}
	l->filling = queue_get(&l->spare);
	l->running = !pthread_create(&l->thread, NULL, run_worker, l);
	return l->running;
}

struct deal *deal_new(const struct sensor_config *c, unsigned workers,
		      void (*take)(void *arg, struct observation *o), void *arg)
{
	struct deal *d = calloc(1, sizeof *d);
	bool ok = true;

	if (!d)
		return NULL;
	d->take = take;
	d->arg = arg;
	d->num = workers;
	d->whole = c->keep_packets;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->changed, NULL);
	d->lanes = calloc(workers, sizeof *d->lanes);
	if (!d->lanes || !hash_key_random(&d->key)) {
		d->num = 0;
		deal_free(d);
		return NULL;
	}
	for (unsigned i = 0; i < workers; i++) {
		queue_init(&d->lanes[i].todo);
		queue_init(&d->lanes[i].done);
		queue_init(&d->lanes[i].spare);
	}
	for (unsigned i = 0; ok && i < workers; i++)
		ok = lane_start(&d->lanes[i], d, c);
	d->joint_running =
		ok && !pthread_create(&d->joint, NULL, run_joint, d);
	if (!d->joint_running) {
		deal_free(d);
		return NULL;
	}
	return d;
}

void deal_free(struct deal *d)
{
	if (!d)
		return;
	if (d->joint_running)
		deal_sync(d);
	for (unsigned i = 0; i < d->num; i++)
		queue_close(&d->lanes[i].todo);
	for (unsigned i = 0; i < d->num; i++)
		if (d->lanes[i].running)
			(void)pthread_join(d->lanes[i].thread, NULL);
	if (d->joint_running)
		(void)pthread_join(d->joint, NULL);
	for (unsigned i = 0; i < d->num; i++) {
		struct lane *l = &d->lanes[i];

		worker_free(l->worker);
		if (l->filling)
			free(l->filling->obs);
		free(l->filling);
		queue_fini(&l->todo);
		queue_fini(&l->done);
		queue_fini(&l->spare);
	}
	free(d->lanes);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_cond_destroy(&d->changed);
	free(d);
}

/* Ends the epoch: every worker gets its batch. */
static void flush(struct deal *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->epochs++;
	(void)pthread_mutex_unlock(&d->lock);
	for (unsigned i = 0; i < d->num; i++) {
		struct lane *l = &d->lanes[i];

		queue_put(&l->todo, l->filling, QUEUE_LENGTH);
		l->filling = queue_get(&l->spare);
	}
}

/* Room for size bytes in a lane's batch; may end the epoch. */
static struct item *room(struct deal *d, unsigned lane, size_t size)
{
	struct batch *b = d->lanes[lane].filling;

	size = (size + 15) & ~(size_t)15;
	if (b->used + size > BATCH_BYTES) {
		flush(d);
		b = d->lanes[lane].filling;
	}
	b->used += size;
	return (void *)(b->data + b->used - size);
}

static unsigned lane_of(const struct deal *d, const struct packet *p)
{
	bool swapped;
	struct flow_key k = flow_key_of(&p->src, &p->dst, p->protocol,
					p->tunnel_key, &swapped);
	uint64_t h = hash_bytes(&d->key, bytes_of(k.addr, sizeof k.addr));

	h = hash_u64(&d->key, h ^ k.tunnel,
		     (uint64_t)k.port[0] << 32 | (uint64_t)k.port[1] << 8 |
			     k.protocol);
	return (unsigned)(h % d->num);
}

void deal_packet(struct deal *d, const struct packet *p, uint64_t number,
		 struct stamp stream_time)
{
	size_t tunnels = p->num_tunnels * sizeof(struct tunnel);
	struct bytes what = d->whole ? p->ip : p->payload;
	size_t size = sizeof(struct item) + tunnels + what.len;
	struct item *it = room(d, lane_of(d, p), size);
	uint8_t *rest = (uint8_t *)(it + 1);

	*it = (struct item){
		.kind = ITEM_PACKET,
		.size = (uint32_t)((size + 15) & ~(size_t)15),
		.number = number,
		.stream_time = stream_time,
		.time = p->time,
		.src = p->src,
		.dst = p->dst,
		.protocol = p->protocol,
		.tcp_flags = p->tcp_flags,
		.num_tunnels = p->num_tunnels,
		.cut = p->cut,
		.seq = p->seq,
		.ack = p->ack,
		.payload_len = p->payload_len,
		.captured = (uint32_t)p->payload.len,
		.input = p->input,
		.interface = p->interface,
		.tunnel_key = p->tunnel_key,
	};
	if (d->whole) {
		/* the payload is a part of it */
		it->ip_len = (uint32_t)what.len;
		if (p->payload.len)
			it->payload_at = (uint32_t)(p->payload.p - what.p);
	}
	memcpy(rest, p->tunnels, tunnels);
	if (what.len)
		memcpy(rest + tunnels, what.p, what.len);
}

static void deal_all(struct deal *d, enum item_kind kind, struct stamp now,
		     uint64_t number)
{
	for (unsigned i = 0; i < d->num; i++) {
		struct item *it = room(d, i, sizeof *it);

		*it = (struct item){
			.kind = kind,
			.size = (sizeof *it + 15) & ~15u,
			.number = number,
			.stream_time = now,
		};
	}
}

void deal_tick(struct deal *d, struct stamp now, uint64_t number)
{
	deal_all(d, ITEM_TICK, now, number);
}

void deal_end(struct deal *d, struct stamp now, uint64_t number)
{
	deal_all(d, ITEM_END, now, number);
}

void deal_poke(struct deal *d)
{
	bool empty = true, busy;

	for (unsigned i = 0; i < d->num; i++)
		empty &= d->lanes[i].filling->used == 0;
	if (empty)
		return;
	(void)pthread_mutex_lock(&d->lock);
	busy = d->merged < d->epochs;
	(void)pthread_mutex_unlock(&d->lock);
	if (!busy)
		flush(d);
}

void deal_sync(struct deal *d)
{
	flush(d);
	(void)pthread_mutex_lock(&d->lock);
	while (d->merged < d->epochs)
		(void)pthread_cond_wait(&d->changed, &d->lock);
	(void)pthread_mutex_unlock(&d->lock);
}

void deal_status(const struct deal *d, struct status *s)
{
	for (unsigned i = 0; i < d->num; i++)
		worker_status(d->lanes[i].worker, s);
}
