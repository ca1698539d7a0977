/* pools.c: see pools.h. */
#include "sensor/pools.h"

#include "base/limits.h"
#include "flow/table.h"
#include "sensor/worker.h"

/* The index of an entry beside it: at most four slots of 8 bytes. */
#define FLOW_BYTES (sizeof(struct flow) + 32)

/* Parts of a hundred of what is shared out ... */
enum {
	PART_KNOW = 25,
	PART_LEDGER = 20,
	PART_OUTPUTS = 10,
	PART_WORKERS = 45,
};

/* ... and of a worker's share. */
enum {
	PART_FLOWS = 35,
	PART_OPEN_FLOWS = 10,
	PART_STREAMS = 20,
	PART_SESSIONS = 25,
	PART_CERTIFICATES = 10,
};

void sensor_pools_init(struct sensor_pools *out)
{
	*out = (struct sensor_pools){
		.flows = LIMIT_FLOWS,
		.open_flows = LIMIT_OPEN_FLOWS,
		.streams = LIMIT_STREAM_TOTAL,
		.sessions = LIMIT_TLS_TOTAL,
		.certificates = LIMIT_CERT_CACHE_BYTES,
	};
}

static size_t part(uint64_t share, unsigned of_hundred, size_t each,
		   size_t most)
{
	uint64_t n = share / 100 * of_hundred / each;

	return n < most ? (size_t)n : most;
}

bool sensor_pools_share(uint64_t limit, unsigned workers, bool keys,
			bool evidence, struct sensor_pools *out,
			uint64_t *least)
{
	uint64_t worker = LIMIT_MEMORY_WORKER + (keys ? LIMIT_TLS_TOTAL : 0) +
			  (evidence ? LIMIT_EXHIBIT_RING : 0);
	uint64_t fixed = LIMIT_MEMORY_FIXED + workers * worker;
	uint64_t share;

	if (evidence)
		fixed += (uint64_t)LIMIT_EXHIBIT_ANSWERS *
			 LIMIT_EXHIBIT_ANSWER_BYTES;
	*least = fixed + workers * (uint64_t)LIMIT_MEMORY_LEAST;
	if (limit < *least)
		return false;
	limit -= fixed;
	out->workers = workers;
	out->know = part(limit, PART_KNOW, 1, SIZE_MAX);
	out->ledger = part(limit, PART_LEDGER, 1, SIZE_MAX);
	out->outputs = part(limit, PART_OUTPUTS, 1, SIZE_MAX);
	share = limit / 100 * PART_WORKERS / workers;
	out->flows = (uint32_t)part(share, PART_FLOWS, FLOW_BYTES,
				    LIMIT_FLOWS);
	out->open_flows = (uint32_t)part(share, PART_OPEN_FLOWS,
					 CONN_BYTES,
					 LIMIT_OPEN_FLOWS);
	out->streams = part(share, PART_STREAMS, 1, LIMIT_STREAM_TOTAL);
	out->sessions = part(share, PART_SESSIONS, 1, LIMIT_TLS_TOTAL);
	out->certificates = part(share, PART_CERTIFICATES, 1,
				 LIMIT_CERT_CACHE_BYTES);
	return true;
}

void sensor_pools_status(const struct sensor_pools *p, struct status *s)
{
	uint64_t workers = p->workers;

	if (!p->know)
		return;
	status_count(s, "memory_limit", "flows",
		     p->flows * FLOW_BYTES * workers);
	status_count(s, "memory_limit", "connections",
		     p->open_flows * CONN_BYTES * workers);
	status_count(s, "memory_limit", "reassembly",
		     p->streams * workers);
	status_count(s, "memory_limit", "handshakes",
		     p->sessions * workers);
	status_count(s, "memory_limit", "certificates",
		     p->certificates * workers);
	status_count(s, "memory_limit", "known", p->know);
	status_count(s, "memory_limit", "ledger", p->ledger);
	status_count(s, "memory_limit", "outputs", p->outputs);
}
