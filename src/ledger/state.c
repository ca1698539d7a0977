/*
 * state.c: what outlives a restart, on its way to the store; see
 * ledger_parts.h. restore.c has the way back.
 */
#include "ledger/state.h"

#include <stdio.h>
#include <stdlib.h>

#define MINUTE (60 * NSEC_PER_SEC)

static struct store_finding row_of(const struct life *life,
				   uint8_t clients[static STATE_CLIENTS])
{
	const struct occurrences *o = &life->seen;
	size_t n = 0;

	for (uint32_t i = 0; i < o->num_clients_kept; i++, n += 17) {
		clients[n] = o->clients[i].family;
		memcpy(clients + n + 1, o->clients[i].b, 16);
	}
	return (struct store_finding){
		.id = life->id,
		.severity = life->severity,
		.told = life->told,
		.resolved = life->resolved,
		.repeats = life->repeats,
		.last_told = life->last_told,
		.first = o->first,
		.last = o->last,
		.count = (int64_t)o->count,
		.num_clients = (int64_t)o->num_clients,
		.num_rejected = (int64_t)o->num_rejected,
		.clients = bytes_of(clients, n),
	};
}

void state_tell(struct ledger *l, struct life *life, const struct log_event *e)
{
	uint8_t clients[STATE_CLIENTS];
	const struct finding *f = e->finding;
	char name[INVENTORY_NAME];
	struct store_finding row;
	struct witness w;
	struct buf b;

	if (!l->state)
		return;
	row = row_of(life, clients);
	witness_of_key(e->judgement, f->check->key, &w);
	buf_init(&b, WITNESS_BYTES);
	witness_write(&w, &b);
	inventory_name(e->judgement->ev.name.reference, name);
	row.code = f->check->code;
	row.action = e->action;
	row.inferred = f->inferred;
	row.because = e->because;
	row.name = name;
	if (w.leaf)
		row.sha256 = bytes_of(w.leaf->sha256, 32);
	row.witness = buf_bytes(&b);
	row.message = f->message;
	row.reason = f->reason;
	row.cause = f->hint.cause;
	row.fix = f->hint.fix;
	row.verify = f->hint.verify;
	row.url = f->hint.url;
	row.pending = true;
	row.evidence = life->evidence;
	store_put_finding(l->state->store, &row);
	l->state->told = l->state->unsettled = true;
	buf_fini(&b);
	witness_fini(&w);
}

void state_change(struct ledger *l, struct life *life)
{
	if (!l->state || life->dirty)
		return;
	life->dirty = true;
	life->state = l->state;
	LIST_INSERT_HEAD(&l->state->changed, life, changed);
}

static void put_life(struct store *s, struct life *life)
{
	uint8_t clients[STATE_CLIENTS];
	struct store_finding row = row_of(life, clients);

	store_put_life(s, &row);
	life->dirty = false;
	LIST_REMOVE(life, changed);
}

void state_forget(struct life *life)
{
	if (life->dirty)
		put_life(life->state->store, life);
}

void state_counted(struct ledger *l, struct bytes key)
{
	if (l->state)
		store_put_counted(l->state->store, key);
}

void state_place(struct ledger *l, struct bytes key, const char *id, bool bad)
{
	if (!l->state)
		return;
	if (bad)
		store_put_place(l->state->store, key, id);
	else
		store_drop_place(l->state->store, key, id);
}

void state_handshake(struct ledger *l, const struct judgement *j)
{
	if (l->state)
		inventory_take(l->state->inventory, j);
}

static bool mark_changed(void *value, void *arg)
{
	struct life *life = value;

	if (life->told)
		state_change(arg, life);
	return true;
}

/* The transaction is lost: what can be told of it goes into the next one. */
static void put_again(struct ledger *l)
{
	struct state *st = l->state;

	if (!st->complained)
		fprintf(stderr, "wirecert: the state cannot be written: %s; "
				"trying again every second\n",
			store_error(st->store));
	st->complained = true;
	lru_each(l->findings, mark_changed, l);
	state_put_all(l);
}

/*
 * Time that is trusted to pass: at most an hour a commit, back as well, so that
 * a clock that was wrong for a moment does not throw away what was kept for
 * months. It begins where the newest of the kept things was seen.
 */
static struct stamp aged_time(struct ledger *l)
{
	const int64_t hour = 60 * MINUTE;
	struct stamp *t = &l->state->aged;
	int64_t step = l->now.ns - t->ns;

	/* kept by a clock that was ahead, or by a replay of later days */
	if (!l->state->purged.ns && step < 0)
		return *t = l->now;
	t->ns += step > hour ? hour : step < -hour ? -hour : step;
	return *t;
}

static void purge(struct ledger *l)
{
	struct state *st = l->state;
	struct stamp now;

	if (!l->now.ns)
		return; /* it is not known yet */
	now = aged_time(l);
	if (st->purged.ns && now.ns - st->purged.ns < MINUTE &&
	    stamp_before(st->purged, now))
		return;
	st->purged = now;
	store_purge(st->store,
		    (struct stamp){ now.ns - st->retention * NSEC_PER_SEC });
}

static void run_commit(void *what)
{
	struct state *st = what;

	st->result = store_commit(st->store);
}

void state_begin(struct ledger *l, const struct io_threads *threads)
{
	struct state *st = l->state;

	io_job_init(&st->job, threads, run_commit, st);
	if (threads)
		store_beside(st->store, l->state_parts);
}

static void finish(struct ledger *l)
{
	struct state *st = l->state;

	if (st->done == st->started)
		return;
	st->done = st->started;
	st->hangs_told = false;
	store_count(st->store, &st->counted);
	if (st->result != STORE_OK)
		put_again(l);
	else
		st->complained = false;
}

/* What was put becomes a transaction of its own. */
static void commit(struct ledger *l)
{
	struct state *st = l->state;

	st->started++;
	if (!store_gather(st->store))
		st->result = STORE_OK;
	else if (!io_job_do(&st->job))
		return;
	finish(l);
}

static bool is_busy(struct ledger *l)
{
	if (!io_job_done(&l->state->job))
		return true;
	finish(l);
	return false;
}

static void put_all(struct ledger *l)
{
	struct state *st = l->state;
	struct life *life;

	inventory_write(st->inventory);
	while ((life = LIST_FIRST(&st->changed)))
		put_life(st->store, life);
	purge(l);
	st->told = false;
}

void state_commit(struct ledger *l)
{
	if (!l->state || is_busy(l))
		return;
	put_all(l);
	commit(l);
}

uint64_t state_next_commit(const struct ledger *l)
{
	return l->state ? l->state->started + 1 : 0;
}

bool state_is_kept(struct ledger *l, uint64_t number)
{
	struct state *st = l->state;

	if (!st)
		return true;
	if (!is_busy(l) && st->done < number)
		state_commit(l);
	/* lines do not wait for what may never come back */
	return st->done >= number || io_job_hangs(&st->job);
}

bool state_has_told(const struct ledger *l)
{
	return l->state && l->state->told;
}

bool state_news(struct ledger *l, char *text, size_t size)
{
	struct state *st = l->state;

	if (!st || st->hangs_told || !io_job_hangs(&st->job))
		return false;
	st->hangs_told = true;
	snprintf(text, size, "the state directory does not answer; who is "
			     "killed now tells some findings once more");
	return true;
}

void state_settle(struct ledger *l)
{
	struct state *st = l->state;

	if (!st || !st->unsettled || is_busy(l))
		return;
	store_settle(st->store);
	st->unsettled = false;
	commit(l);
	/* else it is known when it is done: put_again() */
	if (!st->job.busy)
		st->unsettled = st->result != STORE_OK;
}

size_t state_memory(const struct ledger *l)
{
	if (!l->state)
		return 0;
	return inventory_memory(l->state->inventory) +
	       store_memory(l->state->store);
}

void state_status(const struct ledger *l, struct status *s)
{
	const struct store_counters *c;

	if (!l->state)
		return;
	c = &l->state->counted;
	status_count(s, "state", "commits", c->commits);
	status_count(s, "state", "failed_commits", c->failed);
	status_count(s, "state", "set_aside", c->aside);
	status_count(s, "state", "expired", c->expired);
	status_count(s, "state", "crowded_out", c->crowded_out);
	status_count(s, "state", "restored_findings", l->state->restored);
}

static void run_close(void *what)
{
	struct state *st = what;

	(void)store_commit(st->store);
	store_close(st->store);
}

void state_free(struct ledger *l)
{
	struct state *st = l->state;

	if (!st)
		return;
	if (io_job_end(&st->job)) {
		inventory_free(st->inventory); /* it puts what it has */
		(void)store_gather(st->store);
		st->job.run = run_close;
		(void)io_job_do(&st->job);
	}
	/* the program ends without what hangs, which is what it works on */
	if (!io_job_end(&st->job))
		return;
	free(st);
}
