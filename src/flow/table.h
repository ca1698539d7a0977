/*
 * table.h: the flows of a worker.
 *
 * A flow is an entry of fixed size with a key, a time stamp and a pointer to
 * whatever its owner keeps while it is looked at. Lookup is one keyed hash, one
 * probe of a compact index and one entry. Bounded by max; when full, the flow
 * that a clock hand finds idle goes, unopened and finished ones first, and the
 * owner is asked to take its state back. Entries do not move.
 */
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/stamp.h"

struct flow_key {
	uint8_t addr[2][16]; /* the smaller endpoint first */
	uint16_t port[2];
	uint8_t protocol, family;
	uint64_t tunnel;
};

enum flow_state {
	FLOW_FRESH,	/* nothing known yet */
	FLOW_OPEN,	/* being looked at: owner is set */
	FLOW_DONE,	/* over, or of no interest; only its key matters */
};

struct flow {
	uint8_t addr[2][16];
	uint64_t tunnel;
	struct stamp seen;
	void *owner;	   /* while FLOW_OPEN */
	uint16_t port[2];
	uint8_t protocol, family;
	uint8_t state;	   /* enum flow_state */
	/* index of the endpoint that began, once known */
	bool initiator : 1;
	bool has_syn : 1;
	uint32_t tag;
	uint32_t syn_seq; /* of the initiator's SYN, with has_syn */
};

_Static_assert(sizeof(struct flow) <= 72, "a million of them are kept");

struct flow_table;

struct flow_counters {
	uint64_t opened, expired, evicted, evicted_open, refused;
};

struct flow_table *flow_table_new(uint32_t max);
void flow_table_free(struct flow_table *t);

/* The key of a packet's flow; *swapped says that src is endpoint 1. */
struct flow_key flow_key_of(const struct endpoint *src,
			    const struct endpoint *dst, uint8_t protocol,
			    uint64_t tunnel, bool *swapped);
uint64_t flow_hash(const struct flow_table *t, const struct flow_key *k);
/*
 * What flow_touch() will need, asked of the memory ahead of it: first the place
 * in the index, then the entry, which is returned (NULL: none yet). It may be
 * another's or gone by then: nothing but a hint.
 */
void flow_prefetch(const struct flow_table *t, uint64_t hash);
const struct flow *flow_prefetch_entry(const struct flow_table *t,
				       uint64_t hash);

/*
 * The flow of this key, made when it is new (*fresh). NULL when the table is
 * full of open flows: counted as refused. An entry that had to go for it while
 * open is first handed out through *evicted (its owner's state must be taken
 * back at once); else *evicted is NULL. *idle: nanoseconds since the flow was
 * touched before.
 */
struct flow *flow_touch(struct flow_table *t, const struct flow_key *k,
			uint64_t hash, struct stamp now, bool *fresh,
			void **evicted, int64_t *idle);
/* Moves the clock hand over n entries; drops those that are idle and not
 * open. Open ones are their owner's business. */
void flow_expire(struct flow_table *t, struct stamp now, uint32_t n);
uint32_t flow_count(const struct flow_table *t);
size_t flow_memory(const struct flow_table *t);
const struct flow_counters *flow_counters(const struct flow_table *t);

#endif
