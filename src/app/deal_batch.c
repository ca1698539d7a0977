/* deal_batch.c: see deal_batch.h. */
#include "app/deal_batch.h"

#include <stdlib.h>

_Static_assert(sizeof(struct item) +
			       LIMIT_TUNNEL_DEPTH * sizeof(struct tunnel) <=
		       4096,
	       "BATCH_MOST has room for a packet's item");

struct batch *batch_new(void)
{
	struct batch *b = malloc(sizeof *b);

	if (!b)
		return NULL;
	b->used = b->num_obs = b->size_obs = b->at = 0;
	b->obs = NULL;
	return b;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	free(b->obs);
	free(b);
}

bool batch_keep(struct batch *b, struct observation *o)
{
	if (b->num_obs == b->size_obs) {
		size_t size = b->size_obs ? 2 * b->size_obs : 64;
		struct observation **obs =
			realloc(b->obs, size * sizeof *b->obs);

		if (!obs) {
			observation_unref(o);
			return false;
		}
		b->obs = obs;
		b->size_obs = size;
	}
	b->obs[b->num_obs++] = o;
	return true;
}

/* The batch whose next observation comes first; NULL: none has one. */
static struct batch *first_of(struct batch *const *b, unsigned num)
{
	struct batch *best = NULL;

	for (unsigned i = 0; i < num; i++) {
		if (b[i]->at == b[i]->num_obs)
			continue;
		if (!best ||
		    observation_compare(&b[i]->obs[b[i]->at]->order,
					&best->obs[best->at]->order) < 0)
			best = b[i];
	}
	return best;
}

struct observation *batch_next(struct batch *const *b, unsigned num)
{
	struct batch *next = first_of(b, num);

	if (!next)
		return NULL;
	next->at++;
	if (next->at < next->num_obs)
		observation_prefetch(next->obs[next->at]);
	return next->obs[next->at - 1];
}

void batch_clear(struct batch *b)
{
	b->num_obs = b->at = b->used = 0;
}
