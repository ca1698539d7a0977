/*
 * pools.h: the memory of a sensor, shared out ([sensor] memory_limit).
 *
 * A part is fixed: the program, what is known across flows, the ledger; the
 * rest is the workers', in equal shares, and of a worker the pools'. A limit of
 * limits.h is never exceeded: a memory limit only makes pools smaller.
 */
#ifndef SENSOR_POOLS_H
#define SENSOR_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of one worker. */
struct sensor_pools {
	uint32_t flows, open_flows; /* entries */
	size_t streams, sessions;   /* bytes: reassembly, handshakes */
	size_t certificates;	    /* bytes of DER of those kept parsed */
};

/* As limits.h has them. */
void sensor_pools_init(struct sensor_pools *out);
/* So many bytes for all; false: *least is what it needs (keys: secrets are
 * given, sealed flights may have to wait). */
bool sensor_pools_share(uint64_t limit, unsigned workers, bool keys,
			struct sensor_pools *out, uint64_t *least);

#endif
