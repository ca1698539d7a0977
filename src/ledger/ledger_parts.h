/* ledger_parts.h: inside of the ledger; see ledger.h. */
#ifndef LEDGER_LEDGER_PARTS_H
#define LEDGER_LEDGER_PARTS_H

#include "base/lru.h"
#include "ledger/aging.h"
#include "ledger/exhibit.h"
#include "ledger/ledger.h"
#include "ledger/life.h"
#include "ledger/sinks.h"
#include "ledger/report.h"

/* Findings open at one place: an endpoint and the name it was asked for. */
#define PLACE_FINDINGS 8
#define PLACE_KEY      300

struct place {
	char ids[PLACE_FINDINGS][33];
	uint32_t num;
	uint32_t before; /* of them, what earlier handshakes left here */
};

struct ledger {
	struct sinks sinks;
	struct lru *findings;
	struct lru *handshakes; /* finding and handshake: counted once */
	struct lru *places;
	struct exhibits *exhibits; /* NULL: no evidence is wanted */
	struct report *report;	   /* NULL: none is wanted */
	struct life_rules rules;
	const struct policy *policy;
	struct aging *aging;
	uint64_t sealed_for; /* the commit that the sinks wait for */
	struct state *state; /* NULL: nothing outlives a restart */
	struct stamp now; /* packet time */
	struct stamp clock; /* 0: nobody is told */
	uint64_t aged;	  /* judged again as time passed */
	struct kept kept;
	unsigned state_parts; /* 1024ths of LIMIT_STATE_CACHE */
	uint64_t told[ACTION_ENDED + 1], copies, forgotten;
	bool any;
	enum severity worst;
};

/* ledger.c: to every sink that wants it; settled for the first. */
void ledger_tell(struct ledger *l, struct log_event *e);

/* lives.c: the life of findings, as life.h's rules have it. */
void lives_drop(void *life); /* an lru's */
/* A finding of a handshake. */
void lives_take(struct ledger *l, struct log_event *e);
/* A handshake: does its place show something better now? */
void lives_check_place(struct ledger *l, const struct judgement *j);
/* Time has come to one of these: what was known is judged again. */
void lives_age(struct ledger *l, struct stamp now);
/* Ends what was not seen for long. */
void lives_end_old(struct ledger *l);
/* An endpoint and the name that it was asked for. */
struct bytes lives_key(const struct endpoint *e, struct bytes name,
		       uint8_t key[static PLACE_KEY]);
struct bytes lives_place_key(const struct judgement *j,
			     uint8_t key[static PLACE_KEY]);
/* It holds a judgement now, life->last. */
void lives_count_kept(struct ledger *l, struct life *life);
/* A client's certificate; no key of a place is as long. */
struct bytes lives_client_key(const struct witness *w,
			      uint8_t key[static PLACE_KEY]);
/* Nothing more will be told of it. */
void lives_let_go(struct life *life);

/* state.c: what outlives a restart; each does nothing without a state. */
/* Before an event of a finding is told: its row, with all it is told by. */
void state_tell(struct ledger *l, struct life *life, const struct log_event *e);
/* The finding's numbers changed. */
void state_change(struct ledger *l, struct life *life);
/* It is forgotten here; its row stays. */
void state_forget(struct life *life);
void state_counted(struct ledger *l, struct bytes key);
void state_place(struct ledger *l, struct bytes key, const char *id, bool bad);
void state_handshake(struct ledger *l, const struct judgement *j);
/* Tells again what was told before a restart, but maybe not written. */
void state_retell(struct ledger *l);
/* Begins to, unless the last commit is still being made. */
void state_commit(struct ledger *l);
/* The number of the next commit: with it, all that was told until now is kept.
 * Is it, or is there nothing to wait for? Begins what is needed. */
uint64_t state_next_commit(const struct ledger *l);
bool state_is_kept(struct ledger *l, uint64_t number);
/* A finding, since the last commit. */
bool state_has_told(const struct ledger *l);
/* As ledger_news(). */
bool state_news(struct ledger *l, char *text, size_t size);
/* All that was told is written. */
void state_settle(struct ledger *l);
size_t state_memory(const struct ledger *l);
void state_status(const struct ledger *l, struct status *s);
void state_free(struct ledger *l);

#endif
