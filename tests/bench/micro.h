/*
 * micro.h: one operation at a time, over working sets of several sizes.
 *
 * micro_base.c, micro_flow.c, micro_cert.c and micro_event.c have the rows,
 * micro.c times them. Which item of a set is next is random, so that a set
 * larger than a cache shows; what the choice costs is the row "(choice)".
 */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <stddef.h>
#include <stdint.h>

struct micro {
	const char *name;
	size_t sizes[5]; /* of the working set, 0 ends */
	void *(*setup)(size_t size);
	/* So many operations. The sum depends on all of them, so that the
	 * compiler leaves none out. */
	uint64_t (*run)(void *state, uint64_t ops);
	void (*teardown)(void *state);
};

extern const struct micro micro_base[], micro_flow[], micro_cert[],
	micro_event[];

/* The next item of so many, 64 random bits cheaply. */
static inline size_t micro_pick(uint64_t *seed, size_t size)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((*seed >> 32) * size >> 32);
}

/* calloc() that ends the program. */
void *micro_alloc(size_t num, size_t size);

#endif
