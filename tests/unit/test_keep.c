/* test_keep.c: the ring of packets against a plain memory of all of them. */
#include "sensor/keep.h"
#include "test_run.h"

#include <stdlib.h>

#define RING  4096
#define FLOWS 5

static uint32_t seed = 1;

static uint32_t random_number(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Its number and flow stand in its bytes, and rule its length. */
static struct packet make(uint8_t *bytes, unsigned number, unsigned flow)
{
	struct packet p = { .time = { .ns = number } };
	size_t len = 1 + (number * 7 + flow) % 300;

	memset(bytes, (int)(number + flow), len);
	p.ip = bytes_of(bytes, len);
	p.payload = bytes_of(bytes, len / 2);
	p.payload_len = (uint32_t)len / 2 + number % 3; /* some are cut */
	return p;
}

static void check_flow(struct keep *k, const struct keep_chain *c,
		       unsigned flow, const unsigned *numbers, unsigned num)
{
	struct packets *p = keep_copy(k, c);
	size_t at = 0;
	struct stamp time;
	struct bytes ip;
	uint32_t len;

	if (!p) {
		ck_assert(!num || c->last);
		return;
	}
	ck_assert_uint_le(p->num, num);
	ck_assert_int_eq(p->cut, p->num < num);
	for (unsigned i = num - p->num; i < num; i++) {
		uint8_t bytes[512];
		struct packet want = make(bytes, numbers[i], flow);

		ck_assert(packets_next(p, &at, &time, &ip, &len));
		ck_assert_int_eq(time.ns, numbers[i]);
		ck_assert(bytes_eq(ip, want.ip));
		ck_assert_uint_eq(len, ip.len + numbers[i] % 3);
	}
	ck_assert(!packets_next(p, &at, &time, &ip, &len));
	free(p);
}

START_TEST(random_flows)
{
	struct keep *k = keep_new(RING);

	for (unsigned round = 0; round < 300; round++) {
		struct keep_chain chain[FLOWS] = { { .last = 0 } };
		unsigned numbers[FLOWS][64], num[FLOWS] = { 0 };

		for (unsigned n = 0; n < 40; n++) {
			unsigned flow = random_number(FLOWS);
			uint8_t bytes[512];
			struct packet p = make(bytes, n, flow);

			keep_packet(k, &chain[flow], &p);
			numbers[flow][num[flow]++] = n;
			check_flow(k, &chain[flow], flow, numbers[flow],
				   num[flow]);
		}
		for (unsigned f = 0; f < FLOWS; f++)
			check_flow(k, &chain[f], f, numbers[f], num[f]);
	}
	ck_assert_uint_gt(keep_counters(k)->overwritten, 100);
	keep_free(k);
}
END_TEST

/* The last ones that fit are there, however the ring's end falls. */
START_TEST(ring_is_used)
{
	struct keep *k = keep_new(RING);
	struct keep_chain c = { .last = 0 };
	uint8_t bytes[512];

	for (unsigned n = 0; n < 200; n++) {
		struct packet p = make(bytes, n, 0);
		struct packets *all;

		keep_packet(k, &c, &p);
		all = keep_copy(k, &c);
		ck_assert_ptr_nonnull(all);
		/* less what is lost at the ring's end: one packet's room */
		if (n > 100)
			ck_assert_uint_gt(all->used, RING - 2 * 340);
		free(all);
	}
	keep_free(k);
}
END_TEST

START_TEST(limits)
{
	struct keep *k = keep_new(LIMIT_EXHIBIT_RING);
	struct keep_chain many = { .last = 0 }, large = { .last = 0 };
	static uint8_t bytes[65536];
	struct packet p = { .ip = bytes_of(bytes, 40) };
	struct packets *all;

	for (unsigned n = 0; n < LIMIT_EXHIBIT_PACKETS + 7; n++)
		keep_packet(k, &many, &p);
	all = keep_copy(k, &many);
	ck_assert_uint_eq(all->num, LIMIT_EXHIBIT_PACKETS);
	ck_assert(all->cut);
	free(all);
	p.ip = bytes_of(bytes, sizeof bytes - 1);
	for (unsigned n = 0; n < 9; n++)
		keep_packet(k, &large, &p);
	all = keep_copy(k, &large);
	ck_assert_uint_eq(all->num, 3);
	ck_assert_uint_le(all->used, LIMIT_EXHIBIT_BYTES);
	ck_assert(all->cut);
	free(all);
	ck_assert_uint_eq(keep_counters(k)->cut, 2);
	keep_free(k);
}
END_TEST

START_TEST(joined)
{
	struct packets *a = packets_new(packets_room(5)), *b;
	struct stamp time;
	struct bytes ip;
	uint32_t len;
	size_t at = 0;

	packets_add(a, stamp_sec(1), bytes_str("first"), 9);
	ck_assert(!a->cut);
	packets_add(a, stamp_sec(2), bytes_str("x"), 1);
	ck_assert(a->cut); /* there was no room */
	b = packets_new(packets_room(5) + packets_room(6));
	packets_add_all(b, a);
	packets_add(b, stamp_sec(3), bytes_str("second"), 6);
	ck_assert_uint_eq(b->num, 2);
	ck_assert(b->cut);
	ck_assert(packets_next(b, &at, &time, &ip, &len));
	ck_assert(bytes_is(ip, "first") && len == 9);
	ck_assert(packets_next(b, &at, &time, &ip, &len));
	ck_assert(bytes_is(ip, "second") && time.ns == 3 * NSEC_PER_SEC);
	ck_assert(!packets_next(b, &at, &time, &ip, &len));
	free(a);
	free(b);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, random_flows);
	tcase_add_test(t, ring_is_used);
	tcase_add_test(t, limits);
	tcase_add_test(t, joined);
}

TEST_MAIN("keep", cases)
