/* ledger_parts.h: inside of the ledger; see ledger.h. */
#ifndef LEDGER_LEDGER_PARTS_H
#define LEDGER_LEDGER_PARTS_H

#include "base/lru.h"
#include "ledger/exhibit.h"
#include "ledger/ledger.h"
#include "ledger/life.h"
#include "ledger/report.h"
#include "ledger/sink.h"

#define MAX_SINKS 16

/* Findings open at one place: an endpoint and the name it was asked for. */
#define PLACE_FINDINGS 8
#define PLACE_KEY      300

struct place {
	char ids[PLACE_FINDINGS][33];
	uint32_t num;
};

struct ledger {
	const struct observer *observer;
	struct sink sinks[MAX_SINKS];
	size_t num_sinks;
	struct lru *findings;
	struct lru *handshakes; /* finding and handshake: counted once */
	struct lru *places;
	struct exhibits *exhibits; /* NULL: no evidence is wanted */
	struct report *report;	   /* NULL: none is wanted */
	struct life_rules rules;
	const struct policy *policy;
	struct stamp now; /* packet time */
	uint32_t num_kept; /* judgements held for findings that are open */
	uint64_t told[ACTION_ENDED + 1], copies, forgotten;
	bool any;
	enum severity worst;
	const char *error;
};

/* ledger.c: to every sink that wants it; settled for the first. */
void ledger_tell(struct ledger *l, struct log_event *e);

/* lives.c: the life of findings, as life.h's rules have it. */
void lives_drop(void *life); /* an lru's */
/* A finding of a handshake. */
void lives_take(struct ledger *l, struct log_event *e);
/* A handshake: does its place show something better now? */
void lives_check_place(struct ledger *l, const struct judgement *j);
/* Ends what was not seen for long. */
void lives_end_old(struct ledger *l);
/* An endpoint and the name that it was asked for. */
struct bytes lives_place_key(const struct judgement *j,
			     uint8_t key[static PLACE_KEY]);

#endif
