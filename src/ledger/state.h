/* state.h: inside of state.c and restore.c; see ledger_parts.h. */
#ifndef LEDGER_STATE_H
#define LEDGER_STATE_H

#include "ledger/inventory.h"
#include "ledger/io_job.h"
#include "ledger/ledger_parts.h"
#include "ledger/store.h"

#define STATE_CLIENTS (17 * LIMIT_LEDGER_CLIENTS)

struct state {
	struct store *store;
	struct inventory *inventory;
	struct life_list changed;
	int64_t retention; /* seconds */
	struct stamp aged, purged;
	bool told;	/* findings since the last commit ... */
	bool unsettled; /* ... and since all lines were written */
	bool pending;	/* some are to be told again */
	bool complained, hangs_told;
	struct io_job job; /* store_commit(): the store is its own meanwhile */
	enum store_result result;
	struct store_counters counted; /* by the last one that was done */
	uint64_t started, done; /* commits */
	uint64_t restored;
};

/* state.c: how commits are made. */
void state_begin(struct ledger *l, const struct io_threads *threads);
/* restore.c: all that is in memory into a file that is new. */
void state_put_all(struct ledger *l);

#endif
