/* deal.c: see deal.h. */
#include "app/deal.h"

#include "app/deal_item.h"
#include "app/heap.h"
#include "base/hash.h"
#include "flow/table.h"

#include <pthread.h>
#include <stdlib.h>

/* Small enough that what the reader wrote is still in a near cache when the
 * worker comes to it: 512 KiB took half as long again (tests/bench). */
#define BATCH_BYTES (64u << 10)
/* ... but one packet that has to be copied is always taken: what a frame can
 * carry, and its tunnels. What is never used costs addresses, not memory. */
#define BATCH_MOST  (LIMIT_FRAME + 4096)
#define NUM_BATCHES 8 /* epochs on their way, and the one being filled */
#define NUM_LENT    12 /* more than the epochs on their way will use */

_Static_assert(sizeof(struct item) +
		       LIMIT_TUNNEL_DEPTH * sizeof(struct tunnel) <= 4096,
	       "BATCH_MOST has room for a packet's item");

struct batch {
	size_t used;
	struct observation **obs;
	size_t num_obs, size_obs, at;
	_Alignas(16) uint8_t data[BATCH_MOST];
};

struct lane {
	struct deal *deal;
	struct worker *worker;
	pthread_t thread;
	bool running;
	struct batch *batch[NUM_BATCHES]; /* of epoch e: e % NUM_BATCHES */
	pthread_cond_t dealt;
	uint64_t done; /* epochs */
	uint64_t dropped_memory;
};

/* What the source reads to: packets are handed out where they stand. */
struct lent {
	uint8_t *p;
	size_t size;
	uint64_t until; /* free once so many epochs were merged */
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
	struct lent lent[NUM_LENT];
	unsigned lent_now;
	/* The lock guards the epochs: dealt >= each lane's done >= merged, and
	 * dealt - merged < NUM_BATCHES, so that one batch is the reader's. */
	pthread_mutex_t lock;
	pthread_cond_t done, merged_all;
	uint64_t dealt, merged;
	uint64_t wanted; /* merged epochs that the reader waits for */
	bool closed;
};

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

static void batch_collect(struct lane *l, struct batch *b)
{
	struct observation *o;

	while ((o = worker_next(l->worker)))
		batch_keep(l, b, o);
}

static void run_batch(struct lane *l, struct batch *b)
{
	for (size_t at = 0; at < b->used;) {
		const struct item *it = (const void *)(b->data + at);

		if (it->kind == ITEM_PACKET) {
			item_open(it, worker_room(l->worker));
			worker_queue(l->worker, it->number, it->stream_time);
		}
		if (it->kind == ITEM_TICK)
			worker_tick(l->worker, it->stream_time, it->number);
		while (it->kind == ITEM_END &&
		       worker_end(l->worker, it->stream_time, it->number))
			batch_collect(l, b);
		at += it->size;
	}
	worker_run(l->worker);
	batch_collect(l, b);
}

/* Has every lane an epoch that is not merged? Under the lock. */
static bool is_mergeable(const struct deal *d)
{
	for (unsigned i = 0; i < d->num; i++)
		if (d->lanes[i].done == d->merged)
			return false;
	return true;
}

static void *run_worker(void *arg)
{
	struct lane *l = arg;
	struct deal *d = l->deal;

	heap_prepare_thread();
	(void)pthread_mutex_lock(&d->lock);
	for (;;) {
		struct batch *b = l->batch[l->done % NUM_BATCHES];

		while (l->done == d->dealt && !d->closed)
			(void)pthread_cond_wait(&l->dealt, &d->lock);
		if (l->done == d->dealt)
			break;
		(void)pthread_mutex_unlock(&d->lock);
		run_batch(l, b);
		(void)pthread_mutex_lock(&d->lock);
		l->done++;
		if (is_mergeable(d))
			(void)pthread_cond_signal(&d->done);
	}
	(void)pthread_mutex_unlock(&d->lock);
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

static void merge(struct deal *d)
{
	struct batch *b[64], *next;

	for (unsigned i = 0; i < d->num; i++)
		b[i] = d->lanes[i].batch[d->merged % NUM_BATCHES];
	while ((next = first_of(b, d->num))) {
		struct observation *o = next->obs[next->at++];

		if (next->at < next->num_obs)
			observation_prefetch(next->obs[next->at]);
		d->take(d->arg, o);
	}
	for (unsigned i = 0; i < d->num; i++)
		b[i]->num_obs = b[i]->at = b[i]->used = 0;
}

static void *run_joint(void *arg)
{
	struct deal *d = arg;

	heap_prepare_thread();
	(void)pthread_mutex_lock(&d->lock);
	for (;;) {
		while (!is_mergeable(d) && !(d->closed && d->merged == d->dealt))
			(void)pthread_cond_wait(&d->done, &d->lock);
		if (!is_mergeable(d))
			break;
		(void)pthread_mutex_unlock(&d->lock);
		merge(d);
		(void)pthread_mutex_lock(&d->lock);
		if (++d->merged == d->wanted)
			(void)pthread_cond_signal(&d->merged_all);
	}
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* The reader waits until so many epochs were merged. Under the lock. */
static void await(struct deal *d, uint64_t epochs)
{
	d->wanted = epochs;
	while (d->merged < epochs)
		(void)pthread_cond_wait(&d->merged_all, &d->lock);
}

static bool lane_start(struct lane *l, struct deal *d,
		       const struct sensor_config *c)
{
	l->deal = d;
	l->worker = worker_new(c);
	if (!l->worker)
		return false;
	for (int i = 0; i < NUM_BATCHES; i++) {
		struct batch *b = malloc(sizeof *b);

		if (!b)
			return false;
		b->used = b->num_obs = b->size_obs = b->at = 0;
		b->obs = NULL;
		l->batch[i] = b;
	}
	l->running = !pthread_create(&l->thread, NULL, run_worker, l);
	if (l->running) /* for top -H and perf; no more than a name */
		(void)pthread_setname_np(l->thread, "worker");
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
	(void)pthread_cond_init(&d->done, NULL);
	(void)pthread_cond_init(&d->merged_all, NULL);
	d->lanes = calloc(workers, sizeof *d->lanes);
	if (!d->lanes || !hash_key_random(&d->key)) {
		d->num = 0;
		deal_free(d);
		return NULL;
	}
	for (unsigned i = 0; i < workers; i++)
		(void)pthread_cond_init(&d->lanes[i].dealt, NULL);
	for (unsigned i = 0; ok && i < workers; i++)
		ok = lane_start(&d->lanes[i], d, c);
	d->joint_running =
		ok && !pthread_create(&d->joint, NULL, run_joint, d);
	if (!d->joint_running) {
		deal_free(d);
		return NULL;
	}
	(void)pthread_setname_np(d->joint, "joint");
	return d;
}

static void lane_free(struct lane *l)
{
	worker_free(l->worker);
	for (int i = 0; i < NUM_BATCHES && l->batch[i]; i++) {
		free(l->batch[i]->obs);
		free(l->batch[i]);
	}
	(void)pthread_cond_destroy(&l->dealt);
}

void deal_free(struct deal *d)
{
	if (!d)
		return;
	if (d->joint_running)
		deal_sync(d);
	(void)pthread_mutex_lock(&d->lock);
	d->closed = true;
	for (unsigned i = 0; i < d->num; i++)
		(void)pthread_cond_signal(&d->lanes[i].dealt);
	(void)pthread_cond_signal(&d->done);
	(void)pthread_mutex_unlock(&d->lock);
	for (unsigned i = 0; i < d->num; i++)
		if (d->lanes[i].running)
			(void)pthread_join(d->lanes[i].thread, NULL);
	if (d->joint_running)
		(void)pthread_join(d->joint, NULL);
	for (unsigned i = 0; i < d->num; i++)
		lane_free(&d->lanes[i]);
	for (int i = 0; i < NUM_LENT; i++)
		free(d->lent[i].p);
	free(d->lanes);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_cond_destroy(&d->done);
	(void)pthread_cond_destroy(&d->merged_all);
	free(d);
}

/* The batch that the reader fills. Only the reader writes dealt. */
static struct batch *filling(const struct deal *d, unsigned lane)
{
	return d->lanes[lane].batch[d->dealt % NUM_BATCHES];
}

/* Ends the epoch: every worker gets its batch. Where all are on their way, the
 * reader rests until half of them are back, not to wake for every one. */
static void flush(struct deal *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->dealt++;
	for (unsigned i = 0; i < d->num; i++)
		if (d->lanes[i].done + 1 == d->dealt)
			(void)pthread_cond_signal(&d->lanes[i].dealt);
	if (d->dealt - d->merged == NUM_BATCHES)
		await(d, d->dealt - NUM_BATCHES / 2);
	(void)pthread_mutex_unlock(&d->lock);
}

/* Room for size bytes in a lane's batch; may end the epoch. */
static struct item *room(struct deal *d, unsigned lane, size_t size)
{
	struct batch *b = filling(d, lane);

	if (b->used && b->used + size > BATCH_BYTES) {
		flush(d);
		b = filling(d, lane);
	}
	b->used += size;
	return (void *)(b->data + b->used - size);
}

uint8_t *deal_lend(void *arg, size_t least, size_t *size)
{
	struct deal *d = arg;
	struct lent *l = &d->lent[d->lent_now];

	l->until = d->dealt + 1; /* the epoch that is being filled */
	d->lent_now = (d->lent_now + 1) % NUM_LENT;
	l = &d->lent[d->lent_now];
	if (l->until > d->dealt)
		flush(d);
	(void)pthread_mutex_lock(&d->lock);
	await(d, l->until);
	(void)pthread_mutex_unlock(&d->lock);
	if (least < LENT_BYTES)
		least = LENT_BYTES;
	if (l->size < least) {
		free(l->p);
		l->size = 0;
		l->p = malloc(least);
		if (!l->p)
			return NULL;
		l->size = least;
	}
	*size = l->size;
	return l->p;
}

/* Will these bytes stay until the epoch is merged? */
static bool is_lent(const struct deal *d, struct bytes b)
{
	const struct lent *l = &d->lent[d->lent_now];

	return bytes_inside(bytes_of(l->p, l->size), b);
}

/* The same for both directions: sums do not know who sent. Flows of one sum
 * share a worker, not more. */
static unsigned lane_of(const struct deal *d, const struct packet *p)
{
	uint64_t a[2], b[2], h;
	uint32_t ports = (uint32_t)p->src.port + p->dst.port;

	memcpy(a, p->src.addr.b, sizeof a);
	memcpy(b, p->dst.addr.b, sizeof b);
	h = hash_u64(&d->key, (a[0] + b[0]) ^ p->tunnel_key,
		     a[1] + b[1] + ((uint64_t)ports << 8 | p->protocol));
	return (unsigned)((h & UINT32_MAX) * d->num >> 32);
}

void deal_packet(struct deal *d, const struct packet *p, uint64_t number,
		 struct stamp stream_time)
{
	struct bytes what = d->whole ? p->ip : p->payload;
	bool lent = is_lent(d, what);
	size_t size = item_size(p, lent ? 0 : what.len);

	item_packet(room(d, lane_of(d, p), size), p, what, lent, number,
		    stream_time);
}

static void deal_all(struct deal *d, enum item_kind kind, struct stamp now,
		     uint64_t number)
{
	for (unsigned i = 0; i < d->num; i++) {
		struct item *it = room(d, i, sizeof *it);

		*it = (struct item){
			.kind = kind,
			.size = sizeof *it,
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
		empty &= filling(d, i)->used == 0;
	if (empty)
		return;
	(void)pthread_mutex_lock(&d->lock);
	busy = d->merged < d->dealt;
	(void)pthread_mutex_unlock(&d->lock);
	if (!busy)
		flush(d);
}

void deal_sync(struct deal *d)
{
	flush(d);
	(void)pthread_mutex_lock(&d->lock);
	await(d, d->dealt);
	(void)pthread_mutex_unlock(&d->lock);
}

void deal_status(const struct deal *d, struct status *s)
{
	for (unsigned i = 0; i < d->num; i++)
		worker_status(d->lanes[i].worker, s);
}
