/*
 * places.h: which certificate was seen where, and which names are ours.
 *
 * Bounded (LIMIT_KNOW_PLACES, LIMIT_KNOW_NAMES), least recently used first;
 * what was evicted is counted. Pure: time is an argument, nothing is read or
 * written elsewhere.
 */
#ifndef KNOW_PLACES_H
#define KNOW_PLACES_H

#include "base/addr.h"
#include "base/bytes.h"
#include "base/stamp.h"

struct places;

enum place_news {
	PLACE_KNOWN,	/* this certificate was shown here before */
	PLACE_FIRST,	/* the first certificate seen here */
	PLACE_REPLACED, /* another one was shown here before */
};

struct places *places_new(void);
void places_free(struct places *p);
/*
 * A certificate (its SHA-256) was shown for this server name (empty: none) at
 * this endpoint. *previous: the one before where it was replaced.
 */
enum place_news places_see(struct places *p, struct bytes name,
			   const struct endpoint *where,
			   const uint8_t sha256[static 32],
			   uint8_t previous[static 32]);
/* This name was served there with a matching certificate: it is ours. */
void places_own_name(struct places *p, struct bytes name);
bool places_is_own_name(struct places *p, struct bytes name);
/* An offer of this likeness (suites, versions) completed at the endpoint. */
void places_completed(struct places *p, const struct endpoint *where,
		      uint64_t likeness, struct bytes name);
/* ... for another name than this one? */
bool places_completed_other(struct places *p, const struct endpoint *where,
			    uint64_t likeness, struct bytes name);
/* Before anything is known: so many 1024ths of what it may keep. */
void places_share(struct places *p, unsigned parts);
/* Bytes that it takes now; full: that it may come to take. */
size_t places_memory(const struct places *p, bool full);
uint64_t places_evicted(const struct places *p);

#endif
