/*
 * deal_batch.h: what a worker gets of an epoch, and what it found in it; the
 * merge of such. See deal.h; used by one thread at a time.
 */
#ifndef APP_DEAL_BATCH_H
#define APP_DEAL_BATCH_H

#include "app/deal_item.h"
#include "know/observation.h"

/* Small enough that what the reader wrote is still in a near cache when the
 * worker comes to it: 512 KiB took half as long again (tests/bench). */
#define BATCH_BYTES (64u << 10)
/* ... but one packet that has to be copied is always taken: what a frame can
 * carry, and its tunnels. What is never used costs addresses, not memory. */
#define BATCH_MOST (LIMIT_FRAME + 4096)

struct batch {
	size_t used; /* bytes of data */
	struct observation **obs;
	size_t num_obs, size_obs, at;
	_Alignas(16) uint8_t data[BATCH_MOST]; /* items */
};

/* NULL without memory. */
struct batch *batch_new(void);
/* What is left in it must have been taken; b may be NULL. */
void batch_free(struct batch *b);
/* Owns the observation; false: there is no memory, and it is gone. */
bool batch_keep(struct batch *b, struct observation *o);
/* Of several: the observation that comes first, owned by the caller; NULL:
 * there is none left. */
struct observation *batch_next(struct batch *const *b, unsigned num);
void batch_clear(struct batch *b);

#endif
