/*
 * pools.h: the memory of a sensor, shared out ([sensor] memory_limit).
 *
 * A part is fixed: the program and what it loads. The rest is shared out among
 * what is known across flows, the ledger, what waits for the outputs, and the
 * workers, in equal shares, and of a worker the pools. A limit of limits.h is
 * never exceeded: a memory limit only makes pools smaller.
 */
#ifndef SENSOR_POOLS_H
#define SENSOR_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sensor_pools {
	unsigned workers; /* that share them */
	/* of one worker */
	uint32_t flows, open_flows; /* entries */
	size_t streams, sessions;   /* bytes: reassembly, handshakes */
	size_t certificates;	    /* bytes of DER of those kept parsed */
	/* of all, bytes; 0: as limits.h has them */
	size_t know, ledger, outputs;
};

/* As limits.h has them. */
void sensor_pools_init(struct sensor_pools *out);
/* So many bytes for all; false: *least is what it needs (keys: secrets are
 * given, sealed flights may have to wait; evidence: packets are kept). */
bool sensor_pools_share(uint64_t limit, unsigned workers, bool keys,
			bool evidence, struct sensor_pools *out,
			uint64_t *least);

/* What each pool may take, of all workers; nothing where there is no limit. */
struct status;
void sensor_pools_status(const struct sensor_pools *p, struct status *s);

#endif
