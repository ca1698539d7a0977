/*
 * life.h: the life of one finding, as rules on packet time (CONTRACT.md,
 * "Identity and life of a finding"). Pure: nothing is told or kept elsewhere.
 */
#ifndef LEDGER_LIFE_H
#define LEDGER_LIFE_H

#include "event/event.h"

#include <sys/queue.h>

struct life_rules {
	int64_t repeat_first, repeat_then; /* nanoseconds: an hour, a day */
	int64_t resolve_after;		   /* not seen for so long */
};

/* Judgements that are held for findings that are open. */
struct kept {
	uint32_t num;
	size_t bytes, max;
};

/* How many different clients, beyond those that are kept: each sets one bit,
 * and the more are set, the more a new one stands for (linear counting). */
struct client_sketch {
	uint64_t bits[LIMIT_LEDGER_CLIENT_BITS / 64];
	uint32_t num_set;
	uint64_t parts; /* 256ths of a client */
};

struct life {
	char id[33];
	struct occurrences seen;
	struct client_sketch beyond;
	enum severity severity;	 /* told last */
	bool told, resolved;
	uint32_t repeats;	 /* told since it opened */
	struct stamp last_told;
	uint32_t bad_places;	 /* places that still show it */
	struct judgement *last;	 /* counted; NULL when it had to be let go */
	size_t finding;		 /* its index there */
	struct kept *kept;	 /* the ledger's count of those ... */
	size_t last_bytes;	 /* ... and what this one adds */
	char evidence[EXHIBIT_NAME]; /* the last file; empty: none */
	enum action pending; /* told before a restart, maybe not written ... */
	const char *because; /* ... that it was resolved */
	bool dirty;	     /* changed since it was last stored */
	struct state *state; /* where it is to be stored */
	LIST_ENTRY(life) changed;
};
LIST_HEAD(life_list, life);

void life_rules_init(struct life_rules *r);
/* Counts one more handshake with the finding. */
void life_count(struct life *l, const struct log_event *e);
/* The severity that it has now: a second client makes an inferred rejection
 * certain enough. */
enum severity life_severity(const struct life *l, const struct finding *f);
/* What is to be told of it now; ACTION_NONE: nothing, it is only counted. */
enum action life_next(const struct life *l, enum severity now_severity,
		      struct stamp now, const struct life_rules *r);
/* Notes that it was told. */
void life_told(struct life *l, enum action action, enum severity severity,
	       struct stamp now);
bool life_is_over(const struct life *l, struct stamp now,
		  const struct life_rules *r);

#endif
