/*
 * verified.h: chains and staples that were verified already, so that one that
 * is seen a million times costs its signatures once.
 *
 * A chain is remembered for a day (packet time), apart by which members were
 * valid: a member that expires at noon is judged anew at noon. What was not
 * trusted is judged again once an intermediate that may complete it was seen.
 * Bounded (LIMIT_KNOW_CHAINS, LIMIT_KNOW_STAPLES), what goes is counted.
 */
#ifndef KNOW_VERIFIED_H
#define KNOW_VERIFIED_H

#include "cert/chain.h"
#include "cert/staple.h"
#include "know/observation.h"

struct verified;

struct verified_counters {
	uint64_t chains, staples; /* verified, and ... */
	uint64_t remembered;	  /* ... how often that was saved */
	uint64_t evicted, evicted_intermediates;
};

struct verified *verified_new(void);
void verified_free(struct verified *v);
/*
 * The server's chain of a handshake against the store (NULL: none, unjudged)
 * at this time. Unjudged where a part of it was lost, as well.
 */
void verified_chain(struct verified *v, const struct chain_store *store,
		    const struct observation *o, int64_t at,
		    struct chain_result *out);
void verified_staple(struct verified *v, const struct observation *o,
		     struct staple *out);
/* Before anything is known: so many 1024ths of what it may keep, and bytes of
 * certificates. */
void verified_share(struct verified *v, unsigned parts, size_t held);
/* Bytes that it takes now; full: that it may come to take. */
size_t verified_memory(const struct verified *v, bool full);
void verified_count(const struct verified *v, struct verified_counters *out);

#endif
