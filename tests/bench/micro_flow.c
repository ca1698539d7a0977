/* micro_flow.c: the flow table and TCP reassembly of src/flow. */
#include "micro.h"

#include "decode/packet.h"
#include "flow/stream.h"
#include "flow/table.h"

#include <stdlib.h>

#define AHEAD	16u /* as the worker has it */
#define SEGMENT 1448u

struct table_bench {
	struct flow_table *table;
	size_t size;
	uint64_t seed, fresh;
	struct stamp now;
};

static struct flow_key key_of(uint64_t n, bool *swapped)
{
	uint8_t client[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			      (uint8_t)n };
	static const uint8_t server[4] = { 198, 18, 0, 1 };
	struct endpoint src = { addr_v4(client),
				(uint16_t)(1024 + (n >> 24) % 60000) };
	struct endpoint dst = { addr_v4(server), 443 };

	return flow_key_of(&src, &dst, PACKET_TCP, 0, swapped);
}

static struct flow *touch(struct table_bench *b, const struct flow_key *k,
			  uint64_t hash, bool *fresh)
{
	struct flow *f;
	void *evicted;
	int64_t idle;

	b->now.ns += 1000;
	f = flow_touch(b->table, k, hash, b->now, fresh, &evicted, &idle);
	if (!f)
		abort();
	return f;
}

static struct flow *touch_number(struct table_bench *b, uint64_t n, bool *fresh)
{
	bool swapped;
	struct flow_key k = key_of(n, &swapped);

	return touch(b, &k, flow_hash(b->table, &k), fresh);
}

/* Full, and of flows that are over: what a flood meets. */
static void *setup_table(size_t size)
{
	struct table_bench *b = micro_alloc(1, sizeof *b);
	bool fresh;

	b->table = flow_table_new((uint32_t)size);
	b->size = b->fresh = size;
	if (!b->table)
		abort();
	for (size_t i = 0; i < size; i++)
		touch_number(b, i, &fresh)->state = FLOW_DONE;
	return b;
}

static uint64_t run_hash(void *state, uint64_t ops)
{
	struct table_bench *b = state;
	uint64_t sum = 0;
	bool swapped;

	while (ops--) {
		struct flow_key k = key_of(sum & 0xffffff, &swapped);

		sum += flow_hash(b->table, &k);
	}
	return sum;
}

static uint64_t run_found(void *state, uint64_t ops)
{
	struct table_bench *b = state;
	uint64_t sum = 0;
	bool fresh;

	while (ops--)
		sum += touch_number(b, micro_pick(&b->seed, b->size), &fresh)
			       ->state;
	return sum;
}

static uint64_t run_found_ahead(void *state, uint64_t ops)
{
	struct table_bench *b = state;
	struct flow_key k[AHEAD];
	uint64_t hash[AHEAD], sum = 0;
	bool swapped;

	for (uint64_t i = 0; i < ops; i += AHEAD) {
		for (unsigned j = 0; j < AHEAD; j++) {
			k[j] = key_of(micro_pick(&b->seed, b->size), &swapped);
			hash[j] = flow_hash(b->table, &k[j]);
			flow_prefetch(b->table, hash[j]);
		}
		for (unsigned j = 0; j < AHEAD; j++)
			(void)flow_prefetch_entry(b->table, hash[j]);
		for (unsigned j = 0; j < AHEAD; j++)
			sum += touch(b, &k[j], hash[j], &swapped)->state;
	}
	return sum;
}

static uint64_t run_new(void *state, uint64_t ops)
{
	struct table_bench *b = state;
	uint64_t sum = 0;
	bool fresh;

	while (ops--) {
		touch_number(b, b->fresh++, &fresh)->state = FLOW_DONE;
		sum += fresh;
	}
	return sum;
}

static void teardown_table(void *state)
{
	struct table_bench *b = state;

	flow_table_free(b->table);
	free(b);
}

struct stream_bench {
	struct stream_pool pool;
	struct stream *streams;
	uint32_t *seq; /* of the next byte of each */
	size_t size;
	uint64_t seed;
	uint8_t data[SEGMENT];
};

static void *setup_streams(size_t size)
{
	struct stream_bench *b = micro_alloc(1, sizeof *b);

	stream_pool_init(&b->pool, 64u << 20);
	b->streams = micro_alloc(size, sizeof *b->streams);
	b->seq = micro_alloc(size, sizeof *b->seq);
	b->size = size;
	for (size_t i = 0; i < size; i++) {
		stream_init(&b->streams[i]);
		stream_start(&b->streams[i], 0);
	}
	return b;
}

static void insert(struct stream_bench *b, size_t i, uint32_t seq)
{
	static const struct stamp time = { 1 };

	(void)stream_insert(&b->streams[i], &b->pool, seq,
			    bytes_of(b->data, SEGMENT), SEGMENT, time);
}

static uint64_t take(struct stream_bench *b, size_t i)
{
	struct chunk c;
	uint64_t sum = 0;

	while (stream_next(&b->streams[i], &b->pool, &c))
		sum += c.data.len;
	return sum;
}

static uint64_t run_in_order(void *state, uint64_t ops)
{
	struct stream_bench *b = state;
	uint64_t sum = 0;

	while (ops--) {
		size_t i = micro_pick(&b->seed, b->size);

		insert(b, i, b->seq[i]);
		b->seq[i] += SEGMENT;
		sum += take(b, i);
	}
	return sum;
}

/* The second of two comes first: it is copied, then lent to who reads. */
static uint64_t run_swapped(void *state, uint64_t ops)
{
	struct stream_bench *b = state;
	uint64_t sum = 0;

	for (uint64_t n = 0; n < ops; n += 2) {
		size_t i = micro_pick(&b->seed, b->size);

		insert(b, i, b->seq[i] + SEGMENT);
		sum += take(b, i);
		insert(b, i, b->seq[i]);
		sum += take(b, i);
		b->seq[i] += 2 * SEGMENT;
	}
	return sum;
}

static uint64_t run_again(void *state, uint64_t ops)
{
	struct stream_bench *b = state;
	uint64_t sum = 0;

	insert(b, 0, b->seq[0]);
	sum += take(b, 0);
	for (; ops; ops--) {
		insert(b, 0, b->seq[0]);
		sum += take(b, 0);
	}
	b->seq[0] += SEGMENT;
	return sum;
}

static void teardown_streams(void *state)
{
	struct stream_bench *b = state;

	for (size_t i = 0; i < b->size; i++)
		stream_fini(&b->streams[i], &b->pool);
	stream_pool_fini(&b->pool);
	free(b->streams);
	free(b->seq);
	free(b);
}

#define SIZES                                                                  \
	{                                                                      \
		1000, 10000, 100000, 1000000                                   \
	}

const struct micro micro_flow[] = {
	{ "flow: key and hash",
	  { 1000 },
	  setup_table,
	  run_hash,
	  teardown_table },
	{ "flow: found", SIZES, setup_table, run_found, teardown_table },
	{ "flow: found, 16 asked for ahead", SIZES, setup_table,
	  run_found_ahead, teardown_table },
	{ "flow: new, another one goes", SIZES, setup_table, run_new,
	  teardown_table },
	{ "stream: in order",
	  { 1000, 10000, 100000 },
	  setup_streams,
	  run_in_order,
	  teardown_streams },
	{ "stream: in twos, the second first",
	  { 1000, 10000, 100000 },
	  setup_streams,
	  run_swapped,
	  teardown_streams },
	{ "stream: again", { 1 }, setup_streams, run_again, teardown_streams },
	{ .name = NULL },
};
