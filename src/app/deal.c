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
#define AHEAD	    2 /* epochs that a thread's own lane may be ahead */

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
	struct worker *worker;
	struct batch *batch[NUM_BATCHES]; /* of epoch e: e % NUM_BATCHES */
	bool busy;     /* a thread runs its next batch */
	uint64_t done; /* epochs */
	uint64_t dropped_memory;
};

/* What the source reads to: packets are handed out where they stand. */
struct lent {
	uint8_t *p;
	size_t size;
	uint64_t until; /* free once so many epochs were merged */
};

struct helper {
	struct deal *deal;
	unsigned lane; /* which it likes best */
	pthread_t thread;
};

struct deal {
	struct lane *lanes;
	struct helper *helpers;
	unsigned num, num_helpers;
	struct hash_key key;
	bool whole; /* workers keep the IP packets, too */
	void (*take)(void *arg, struct observation *o);
	void *arg;
	struct lent lent[NUM_LENT];
	unsigned lent_now;
	/* The lock guards the epochs: dealt >= each lane's done >= merged, and
	 * dealt - merged < NUM_BATCHES, so that one batch is the reader's. */
	pthread_mutex_t lock;
	pthread_cond_t work, merged_some;
	uint64_t dealt, merged;
	bool merging;	/* a thread does */
	uint64_t until; /* merged epochs that the reader waits for; 0: none */
	unsigned resting; /* helpers */
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

/* Is there an epoch that every lane has done, and nobody merges? */
static bool is_mergeable(const struct deal *d)
{
	for (unsigned i = 0; i < d->num; i++)
		if (d->lanes[i].done == d->merged)
			return false;
	return !d->merging;
}

/* A lane with a batch that nobody runs: that of the thread, unless another is
 * further behind and keeps an epoch from being merged. */
static struct lane *next_lane(const struct deal *d, unsigned own)
{
	struct lane *best = NULL;

	for (unsigned i = 0; i < d->num; i++) {
		struct lane *l = &d->lanes[(own + i) % d->num];

		if (l->busy || l->done == d->dealt)
			continue;
		if (!best || l->done + AHEAD < best->done)
			best = l;
	}
	return best;
}

/* Under the lock, after each change: whoever rests and has something to do. */
static void nudge(struct deal *d)
{
	bool lane = next_lane(d, 0);

	if (d->until && (lane || d->merged >= d->until))
		(void)pthread_cond_signal(&d->merged_some);
	if (d->resting && (lane || is_mergeable(d)))
		(void)pthread_cond_signal(&d->work);
}

/* Under the lock, which it leaves for the work. False: there is none. */
static bool run_lane(struct deal *d, unsigned own)
{
	struct lane *l = next_lane(d, own);

	if (!l)
		return false;
	l->busy = true;
	nudge(d);
	(void)pthread_mutex_unlock(&d->lock);
	run_batch(l, l->batch[l->done % NUM_BATCHES]);
	(void)pthread_mutex_lock(&d->lock);
	l->busy = false;
	l->done++;
	return true;
}

/* The same. */
static bool run_merge(struct deal *d)
{
	if (!is_mergeable(d))
		return false;
	d->merging = true;
	(void)pthread_mutex_unlock(&d->lock);
	merge(d);
	(void)pthread_mutex_lock(&d->lock);
	d->merging = false;
	d->merged++;
	return true;
}

static void *run_helper(void *arg)
{
	struct helper *h = arg;
	struct deal *d = h->deal;

	heap_prepare_thread();
	(void)pthread_mutex_lock(&d->lock);
	for (;;) {
		if (run_merge(d) || run_lane(d, h->lane)) {
			nudge(d);
			continue;
		}
		if (d->closed)
			break;
		d->resting++;
		(void)pthread_cond_wait(&d->work, &d->lock);
		d->resting--;
	}
	(void)pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* The reader helps until so many epochs were merged, but does not merge: a slow
 * output must not keep it from reading longer than it has to. Under the lock. */
static void await(struct deal *d, uint64_t epochs)
{
	while (d->merged < epochs) {
		if (run_lane(d, 0)) {
			nudge(d);
			continue;
		}
		d->until = epochs;
		(void)pthread_cond_wait(&d->merged_some, &d->lock);
		d->until = 0;
	}
}

static bool lane_start(struct lane *l, const struct sensor_config *c)
{
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
	return true;
}

static bool helper_start(struct deal *d)
{
	struct helper *h = &d->helpers[d->num_helpers];

	h->deal = d;
	h->lane = d->num_helpers + 1;
	if (pthread_create(&h->thread, NULL, run_helper, h) != 0)
		return false;
	/* for top -H and perf; no more than a name */
	(void)pthread_setname_np(h->thread, "worker");
	d->num_helpers++;
	return true;
}

struct deal *deal_new(const struct sensor_config *c, unsigned workers,
		      void (*take)(void *arg, struct observation *o), void *arg)
{
	struct deal *d = calloc(1, sizeof *d);
	bool ok;

	if (!d)
		return NULL;
	d->take = take;
	d->arg = arg;
	d->whole = c->keep_packets;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->work, NULL);
	(void)pthread_cond_init(&d->merged_some, NULL);
	d->lanes = calloc(workers, sizeof *d->lanes);
	d->helpers = calloc(workers, sizeof *d->helpers);
	ok = d->lanes && d->helpers && hash_key_random(&d->key);
	if (ok)
		d->num = workers;
	for (unsigned i = 0; ok && i < workers; i++)
		ok = lane_start(&d->lanes[i], c);
	for (unsigned i = 1; ok && i < workers; i++)
		ok = helper_start(d);
	if (ok)
		return d;
	deal_free(d);
	return NULL;
}

static void lane_free(struct lane *l)
{
	worker_free(l->worker);
	for (int i = 0; i < NUM_BATCHES && l->batch[i]; i++) {
		free(l->batch[i]->obs);
		free(l->batch[i]);
	}
}

void deal_free(struct deal *d)
{
	if (!d)
		return;
	if (d->num_helpers)
		deal_sync(d);
	(void)pthread_mutex_lock(&d->lock);
	d->closed = true;
	(void)pthread_cond_broadcast(&d->work);
	(void)pthread_mutex_unlock(&d->lock);
	for (unsigned i = 0; i < d->num_helpers; i++)
		(void)pthread_join(d->helpers[i].thread, NULL);
	for (unsigned i = 0; i < d->num; i++)
		lane_free(&d->lanes[i]);
	for (int i = 0; i < NUM_LENT; i++)
		free(d->lent[i].p);
	free(d->lanes);
	free(d->helpers);
	(void)pthread_mutex_destroy(&d->lock);
	(void)pthread_cond_destroy(&d->work);
	(void)pthread_cond_destroy(&d->merged_some);
	free(d);
}

/* The batch that the reader fills. Only the reader writes dealt. */
static struct batch *filling(const struct deal *d, unsigned lane)
{
	return d->lanes[lane].batch[d->dealt % NUM_BATCHES];
}

/* Ends the epoch: every lane gets its batch. Where all are on their way, the
 * reader helps until one is back. */
static void flush(struct deal *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->dealt++;
	nudge(d);
	if (d->dealt - d->merged == NUM_BATCHES)
		await(d, d->merged + 1);
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
