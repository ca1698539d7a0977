/*
 * test_table.c: the flow table against a plain list of what is in it; who goes
 * when it is full, and when it is idle.
 */
#include "base/limits.h"
#include "flow/table.h"
#include "test_run.h"

#include <stdlib.h>
#include <string.h>

static struct flow_key key(uint32_t n)
{
	struct flow_key k = { .protocol = 6, .family = 4 };

	memcpy(k.addr[0] + 12, &n, 4);
	k.port[0] = 443;
	k.port[1] = (uint16_t)(n * 31);
	return k;
}

struct touched {
	struct flow *f;
	bool fresh;
	void *evicted;
	int64_t idle;
};

static struct touched touch(struct flow_table *t, struct flow_key k,
			    int64_t sec)
{
	struct touched out;

	out.f = flow_touch(t, &k, flow_hash(t, &k), stamp_sec(sec), &out.fresh,
			   &out.evicted, &out.idle);
	return out;
}

static struct endpoint endpoint(uint8_t last, uint16_t port)
{
	struct endpoint e = { .port = port };

	e.addr.family = 4;
	e.addr.b[15] = last;
	return e;
}

/* Both directions are one flow; anything else makes another. */
START_TEST(keys)
{
	struct endpoint a = endpoint(1, 443), b = endpoint(2, 50000);
	struct endpoint c = endpoint(1, 444);
	struct flow_table *t = flow_table_new(1000);
	bool swapped, back;
	struct flow_key k = flow_key_of(&a, &b, 6, 0, &swapped);
	struct flow_key same = flow_key_of(&b, &a, 6, 0, &back);
	struct flow_key others[] = {
		flow_key_of(&a, &b, 17, 0, &back),
		flow_key_of(&a, &b, 6, 7, &back),
		flow_key_of(&c, &b, 6, 0, &back),
	};
	struct touched first;

	(void)flow_key_of(&b, &a, 6, 0, &back);
	ck_assert(swapped != back);
	first = touch(t, k, 1);
	ck_assert(first.fresh && first.f);
	ck_assert_ptr_eq(touch(t, same, 2).f, first.f);
	for (int i = 0; i < 3; i++)
		ck_assert(touch(t, others[i], 2).fresh);
	ck_assert_uint_eq(flow_count(t), 4);
	/* an endpoint that talks to itself, by its ports */
	k = flow_key_of(&a, &c, 6, 0, &swapped);
	same = flow_key_of(&c, &a, 6, 0, &back);
	ck_assert(swapped != back && !memcmp(&k, &same, sizeof k));
	flow_table_free(t);
}
END_TEST

#define MANY 60000u

/* Entries stay where they are, however the table grows and shrinks. */
START_TEST(grows)
{
	struct flow_table *t = flow_table_new(1u << 20);
	struct flow **at = calloc(MANY, sizeof *at);
	uint32_t left = 0;

	ck_assert(t && at);
	for (uint32_t i = 0; i < MANY; i++) {
		struct touched n = touch(t, key(i), i % 2 ? 1000 : 1);

		ck_assert(n.fresh && n.f && !n.evicted);
		at[i] = n.f;
		n.f->state = i % 3 ? FLOW_DONE : FLOW_OPEN;
		n.f->owner = i % 3 ? NULL : at;
	}
	ck_assert_uint_eq(flow_count(t), MANY);
	/* half of them are idle; open ones are their owner's business */
	flow_expire(t, stamp_sec(1 + LIMIT_FLOW_IDLE / NSEC_PER_SEC), MANY);
	for (uint32_t i = 0; i < MANY; i++)
		left += i % 2 || !(i % 3);
	ck_assert_uint_eq(flow_count(t), left);
	ck_assert_uint_eq(flow_counters(t)->expired, MANY - left);
	for (uint32_t i = 0; i < MANY; i++) {
		bool gone = i % 2 == 0 && i % 3;
		struct touched n = touch(t, key(i), 1000);

		ck_assert(n.fresh == gone);
		ck_assert(gone || n.f == at[i]);
		ck_assert(!gone || (n.f->state == FLOW_FRESH && !n.f->owner));
	}
	ck_assert_uint_eq(flow_count(t), MANY);
	flow_table_free(t);
	free(at);
}
END_TEST

/* Nobody goes a moment too early, and a touch begins the time anew. */
START_TEST(idle)
{
	const int64_t wait = LIMIT_FLOW_IDLE / NSEC_PER_SEC;
	struct flow_table *t = flow_table_new(100);
	struct touched n;

	(void)touch(t, key(1), 1000);
	flow_expire(t, stamp_sec(1000 + wait - 1), 100);
	ck_assert_uint_eq(flow_count(t), 1);
	n = touch(t, key(1), 1000 + wait - 1);
	ck_assert(!n.fresh);
	ck_assert_int_eq(n.idle, (wait - 1) * NSEC_PER_SEC);
	flow_expire(t, stamp_sec(1000 + wait), 100);
	ck_assert_uint_eq(flow_count(t), 1);
	n = touch(t, key(1), 900); /* time that goes back sets nothing back */
	ck_assert_int_lt(n.idle, 0);
	flow_expire(t, stamp_sec(900 + wait), 100);
	ck_assert_uint_eq(flow_count(t), 1);
	flow_expire(t, stamp_sec(1000 + 2 * wait - 1), 100);
	ck_assert_uint_eq(flow_count(t), 0);
	flow_table_free(t);
}
END_TEST

/* Full: what is finished goes before what is not, whatever its age. */
START_TEST(finished_first)
{
	struct flow_table *t = flow_table_new(200);
	int owner;

	for (uint32_t i = 0; i < 200; i++) {
		struct flow *f = touch(t, key(i), i == 120 ? 5000 : i + 1).f;

		ck_assert_ptr_nonnull(f);
		f->state = i == 120 ? FLOW_DONE : FLOW_OPEN;
		f->owner = i == 120 ? NULL : &owner;
	}
	ck_assert(touch(t, key(1000), 6000).fresh);
	ck_assert_uint_eq(flow_counters(t)->evicted, 1);
	ck_assert_uint_eq(flow_counters(t)->evicted_open, 0);
	ck_assert_uint_eq(flow_count(t), 200);
	for (uint32_t i = 0; i < 200; i++)
		if (i != 120)
			ck_assert(!touch(t, key(i), 6000).fresh);
	flow_table_free(t);
}
END_TEST

/* ... else the one that was silent longest, and its owner is told. */
START_TEST(oldest_open)
{
	struct flow_table *t = flow_table_new(200);
	int owner[200];
	struct touched n;

	for (uint32_t i = 0; i < 200; i++) {
		struct flow *f = touch(t, key(i), 1000 + (i * 37) % 200).f;

		f->state = FLOW_OPEN;
		f->owner = &owner[i];
	}
	for (uint32_t k = 0; k < 50; k++) {
		uint32_t oldest = 0;

		while (oldest * 37 % 200 != k)
			oldest++;
		n = touch(t, key(1000 + k), 5000 + k);
		ck_assert(n.fresh);
		ck_assert_ptr_eq(n.evicted, &owner[oldest]);
		ck_assert_ptr_null(n.f->owner);
	}
	ck_assert_uint_eq(flow_counters(t)->evicted_open, 50);
	ck_assert_uint_eq(flow_count(t), 200);
	ck_assert_uint_eq(flow_counters(t)->refused, 0);
	flow_table_free(t);
}
END_TEST

/* A flood costs what max flows cost, and no more. */
START_TEST(bounded)
{
	struct flow_table *t = flow_table_new(5000);
	size_t most;

	for (uint32_t i = 0; i < 5000; i++)
		ck_assert_ptr_nonnull(touch(t, key(i), 1).f);
	most = flow_memory(t);
	for (uint32_t i = 5000; i < 300000; i++)
		ck_assert_ptr_nonnull(touch(t, key(i), 1 + i / 1000).f);
	ck_assert_uint_eq(flow_memory(t), most);
	ck_assert_uint_eq(flow_count(t), 5000);
	ck_assert_uint_eq(flow_counters(t)->opened, 300000);
	ck_assert_uint_eq(flow_counters(t)->evicted, 295000);
	flow_table_free(t);
}
END_TEST

/* Any mix of coming, going and being thrown out, against a list of times. */
START_TEST(mixed)
{
	enum { KEYS = 3000, MAX = 1000 };
	const int64_t wait = LIMIT_FLOW_IDLE / NSEC_PER_SEC;
	struct flow_table *t = flow_table_new(MAX);
	int64_t *seen = calloc(KEYS, sizeof *seen);
	uint32_t random = 3;

	ck_assert_ptr_nonnull(seen);
	for (int64_t now = 1; now < 60000; now++) {
		uint32_t n;
		struct touched f;

		random = random * 1664525 + 1013904223;
		n = (random >> 8) % KEYS;
		f = touch(t, key(n), now);
		ck_assert_ptr_nonnull(f.f);
		if (!f.fresh)
			ck_assert_int_eq(f.idle,
					 (now - seen[n]) * NSEC_PER_SEC);
		else if (seen[n] && now - seen[n] < wait)
			ck_assert_uint_gt(flow_counters(t)->evicted, 0);
		seen[n] = now;
		ck_assert_uint_le(flow_count(t), MAX);
		if (random >> 28 == 0)
			flow_expire(t, stamp_sec(now), 64);
	}
	ck_assert_uint_gt(flow_counters(t)->expired, 0);
	flow_table_free(t);
	free(seen);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, keys);
	tcase_add_test(t, grows);
	tcase_add_test(t, idle);
	tcase_add_test(t, finished_first);
	tcase_add_test(t, oldest_open);
	tcase_add_test(t, bounded);
	tcase_add_test(t, mixed);
}

TEST_MAIN("table", cases)
