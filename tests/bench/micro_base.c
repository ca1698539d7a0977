/* micro_base.c: the cursor, the keyed hash, the map of src/base; decoding. */
#include "micro.h"

#include "base/hash.h"
#include "base/linktype.h"
#include "base/lru.h"
#include "base/reader.h"
#include "decode/decode.h"

#include <stdlib.h>

#define KEY_LEN 32u

static void *setup_none(size_t size)
{
	size_t *state = micro_alloc(1, sizeof *state);

	*state = size;
	return state;
}

static uint64_t run_choice(void *state, uint64_t ops)
{
	uint64_t seed = 1, sum = 0;

	while (ops--)
		sum += micro_pick(&seed, *(size_t *)state);
	return sum;
}

struct sip_bench {
	struct hash_key key;
	uint8_t data[1024];
	size_t len;
};

static void *setup_sip(size_t size)
{
	struct sip_bench *s = micro_alloc(1, sizeof *s);

	s->key = (struct hash_key){ 1, 2 };
	s->len = size;
	return s;
}

static uint64_t run_sip(void *state, uint64_t ops)
{
	struct sip_bench *s = state;
	uint64_t sum = 0;

	while (ops--) {
		memcpy(s->data, &sum, sizeof sum);
		sum = hash_bytes(&s->key, bytes_of(s->data, s->len));
	}
	return sum;
}

/* Extensions as in a hello: a list of a 16-bit type and a body of 16 bytes
 * behind its length. */
#define EXTENSIONS 16u
#define BODY	   16u

static void *setup_list(size_t size)
{
	uint8_t *p = micro_alloc(1, 2 + EXTENSIONS * (4 + BODY));

	(void)size;
	p[0] = (EXTENSIONS * (4 + BODY)) >> 8;
	p[1] = (EXTENSIONS * (4 + BODY)) & 255;
	for (size_t i = 0; i < EXTENSIONS; i++) {
		p[2 + i * (4 + BODY) + 1] = (uint8_t)i;
		p[2 + i * (4 + BODY) + 3] = BODY;
	}
	return p;
}

static uint64_t run_list(void *state, uint64_t ops)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < ops; i += EXTENSIONS) {
		struct reader r =
			rd_whole(bytes_of(state, 2 + EXTENSIONS * (4 + BODY)));
		struct reader list = rd_vec16(&r);

		while (rd_more(&list)) {
			sum += rd_u16(&list);
			struct reader body = rd_vec16(&list);

			sum += rd_rest(&body).len;
			if (!rd_close(&list, &body))
				abort();
		}
		if (!rd_close(&r, &list) || !rd_end(&r))
			abort();
	}
	return sum;
}

static uint64_t run_number(void *state, uint64_t ops)
{
	uint64_t sum = 0;

	while (ops) {
		struct reader r =
			rd_whole(bytes_of(state, 2 + EXTENSIONS * (4 + BODY)));

		for (; ops && rd_more(&r); ops--)
			sum += rd_u16(&r);
	}
	return sum;
}

struct map_bench {
	struct lru *map;
	size_t size;
	uint64_t seed, fresh;
};

static struct bytes map_key(uint8_t room[KEY_LEN], uint64_t n)
{
	memset(room, 0, KEY_LEN);
	memcpy(room, &n, sizeof n);
	return bytes_of(room, KEY_LEN);
}

static void *setup_map(size_t size)
{
	struct map_bench *b = micro_alloc(1, sizeof *b);
	uint8_t room[KEY_LEN];
	bool fresh;

	b->size = b->fresh = size;
	b->map = lru_new((uint32_t)size, 64, NULL);
	for (size_t i = 0; b->map && i < size; i++)
		if (!lru_put(b->map, map_key(room, i), &fresh))
			abort();
	return b;
}

static uint64_t run_map_hit(void *state, uint64_t ops)
{
	struct map_bench *b = state;
	uint8_t room[KEY_LEN];
	uint64_t sum = 0;

	while (ops--) {
		size_t i = micro_pick(&b->seed, b->size);
		const uint8_t *v = lru_get(b->map, map_key(room, i));

		sum += *v;
	}
	return sum;
}

/* The map is full: another one goes for each. */
static uint64_t run_map_new(void *state, uint64_t ops)
{
	struct map_bench *b = state;
	uint8_t room[KEY_LEN];
	uint64_t sum = 0;
	bool fresh;

	while (ops--) {
		(void)lru_put(b->map, map_key(room, b->fresh++), &fresh);
		sum += fresh;
	}
	return sum;
}

static void teardown_map(void *state)
{
	struct map_bench *b = state;

	lru_free(b->map);
	free(b);
}

struct decode_bench {
	struct decoder *decoder;
	struct frame frame;
};

static void *setup_decode(size_t size)
{
	static const uint8_t frame[1514] = {
		[12] = 8,    [14] = 0x45, [16] = 5,	  [17] = 0xdc,
		[22] = 64,   [23] = 6,	  [26] = 10,	  [29] = 1,
		[30] = 198,  [31] = 18,	  [34] = 0x80,	  [36] = 1,
		[37] = 0xbb, [46] = 0x80, [47] = TCP_ACK,
	};
	struct decode_config config = { .vlan_in_key = false };
	struct decode_bench *b = micro_alloc(1, sizeof *b);

	(void)size;
	b->decoder = decode_new(&config);
	b->frame = (struct frame){ .data = bytes_of(frame, sizeof frame),
				   .len = sizeof frame,
				   .linktype = LINKTYPE_ETHERNET };
	return b;
}

static uint64_t run_decode(void *state, uint64_t ops)
{
	struct decode_bench *b = state;
	struct packet p;
	uint64_t sum = 0;

	while (ops--) {
		if (decode_frame(b->decoder, &b->frame, &p) != DECODE_OK)
			abort();
		sum += p.payload.len;
	}
	return sum;
}

static void teardown_decode(void *state)
{
	struct decode_bench *b = state;

	decode_free(b->decoder);
	free(b);
}

const struct micro micro_base[] = {
	{ "(choice)", { 1000 }, setup_none, run_choice, free },
	{ "hash: SipHash-1-3, bytes",
	  { 16, 48, 256 },
	  setup_sip,
	  run_sip,
	  free },
	{ "reader: number", { 1 }, setup_list, run_number, free },
	{ "reader: list, child and close", { 1 }, setup_list, run_list, free },
	{ "map: there",
	  { 1000, 10000, 100000, 1000000 },
	  setup_map,
	  run_map_hit,
	  teardown_map },
	{ "map: new, the oldest goes",
	  { 1000, 10000, 100000, 1000000 },
	  setup_map,
	  run_map_new,
	  teardown_map },
	{ "decode: Ethernet, IPv4, TCP",
	  { 1 },
	  setup_decode,
	  run_decode,
	  teardown_decode },
	{ .name = NULL },
};
