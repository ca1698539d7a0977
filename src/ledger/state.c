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
static void put_again(struct ledger *l, enum store_result r)
{
	struct state *st = l->state;

	if (!st->complained)
		fprintf(stderr, "wirecert: the state cannot be written: %s; "
				"trying again every second\n",
			store_error(st->store));
	st->complained = true;
	lru_each(l->findings, mark_changed, l);
	if (r == STORE_ANEW)
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

static void commit(struct ledger *l)
{
	struct state *st = l->state;
	enum store_result r;
	struct life *life;

	inventory_write(st->inventory);
	while ((life = LIST_FIRST(&st->changed)))
		put_life(st->store, life);
	purge(l);
	r = store_commit(st->store);
	st->told = false;
	if (r != STORE_OK)
		put_again(l, r);
	else
		st->complained = false;
}

void state_commit(struct ledger *l)
{
	if (l->state)
		commit(l);
}

void state_commit_told(struct ledger *l)
{
	if (l->state && l->state->told)
		commit(l);
}

void state_settle(struct ledger *l)
{
	struct state *st = l->state;

	if (!st || !st->unsettled)
		return;
	store_settle(st->store);
	st->unsettled = store_commit(st->store) != STORE_OK;
}

size_t state_memory(const struct ledger *l)
{
	return l->state ? inventory_memory(l->state->inventory) : 0;
}

void state_status(const struct ledger *l, struct status *s)
{
	struct store_counters c;

	if (!l->state)
		return;
	store_count(l->state->store, &c);
	status_count(s, "state", "commits", c.commits);
	status_count(s, "state", "failed_commits", c.failed);
	status_count(s, "state", "set_aside", c.aside);
	status_count(s, "state", "expired", c.expired);
	status_count(s, "state", "crowded_out", c.crowded_out);
	status_count(s, "state", "restored_findings", l->state->restored);
}

void state_free(struct ledger *l)
{
	struct state *st = l->state;

	if (!st)
		return;
	inventory_free(st->inventory);
	(void)store_commit(st->store);
	store_close(st->store);
	free(st);
}
