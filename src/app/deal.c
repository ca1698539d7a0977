/* deal.c: see deal.h. */
#include "app/deal.h"

#include "app/deal_batch.h"
#include "app/deal_item.h"
#include "app/heap.h"
#include "base/hash.h"
#include "base/mem.h"
#include "flow/table.h"

#include <pthread.h>
#include <stdlib.h>

#define NUM_BATCHES 8  /* epochs on their way, and the one being filled */
#define NUM_LENT    12 /* more than the epochs on their way will use */
#define AHEAD	    2  /* epochs that a thread's own lane may be ahead */

struct lane {
	struct worker *worker;
	struct observation_home home; /* of what it observed */
	struct mem_cache *memory;
	struct batch *batch[NUM_BATCHES]; /* of epoch e: e % NUM_BATCHES */
	bool busy;			  /* a thread runs its next batch */
	uint64_t done;			  /* epochs */
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
	bool merging;		  /* a thread does */
	struct mem_cache *memory; /* of who merges */
	uint64_t until;	  /* merged epochs that the reader waits for; 0: none */
	unsigned resting; /* helpers */
	bool closed;
};

static void batch_collect(struct lane *l, struct batch *b)
{
	struct observation *o;

	while ((o = worker_next(l->worker)))
		if (!batch_keep(b, o))
			l->dropped_memory++;
}

static void run_batch(struct lane *l, struct batch *b)
{
	struct mem_cache *before = mem_cache_use(l->memory);

	observation_home_clear(&l->home);
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
	(void)mem_cache_use(before);
}

static void merge(struct deal *d)
{
	struct mem_cache *before = mem_cache_use(d->memory);
	struct batch *b[64];
	struct observation *o;

	for (unsigned i = 0; i < d->num; i++)
		b[i] = d->lanes[i].batch[d->merged % NUM_BATCHES];
	while ((o = batch_next(b, d->num)))
		d->take(d->arg, o);
	for (unsigned i = 0; i < d->num; i++)
		batch_clear(b[i]);
	(void)mem_cache_use(before);
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
 * output must not keep it from reading longer than it has to. Under the lock.
 */
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
	worker_home(l->worker, &l->home);
	l->memory = mem_cache_new();
	for (int i = 0; i < NUM_BATCHES; i++) {
		l->batch[i] = batch_new();
		if (!l->batch[i])
			return false;
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
	d->memory = mem_cache_new();
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
	observation_home_clear(&l->home);
	mem_cache_free(l->memory);
	for (int i = 0; i < NUM_BATCHES; i++)
		batch_free(l->batch[i]);
}

void deal_stop(struct deal *d)
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
	d->num_helpers = 0;
}

void deal_free(struct deal *d)
{
	if (!d)
		return;
	deal_stop(d);
	for (unsigned i = 0; i < d->num; i++)
		lane_free(&d->lanes[i]);
	for (int i = 0; i < NUM_LENT; i++)
		free(d->lent[i].p);
	mem_cache_free(d->memory);
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
