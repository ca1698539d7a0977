/*
 * demand.h: what the fuzz targets share: a demand that has to hold, and bytes
 * that have to be there.
 */
#ifndef FUZZ_DEMAND_H
#define FUZZ_DEMAND_H

#include <stdlib.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void demand(bool good)
{
	if (!good)
		abort();
}

/* Reads all of b, so that a sanitizer tells what is not b's. */
static inline void touch(struct bytes b)
{
	static volatile uint8_t sink;
	uint8_t all = 0;

	for (size_t i = 0; i < b.len; i++)
		all ^= b.p[i];
	sink = all;
	(void)sink;
}

#endif
