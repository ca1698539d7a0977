/*
 * test_waiting.c: what waits for a sink: whole events in their order, and
 * beyond the bound the oldest of the least important go first, counted.
 */
#include "ledger/waiting.h"
#include "test_run.h"

#include <stdio.h>

static struct waiting w;

static void setup(void)
{
	waiting_init(&w, 4000);
}

static void teardown(void)
{
	waiting_fini(&w);
}

/* A line of 100 bytes: "H0001......" */
static void add(enum dataset dataset, unsigned n)
{
	size_t begun = w.bytes.len;

	buf_printf(&w.bytes, "%c%04u%94s\n", "HCFS"[dataset], n, "");
	waiting_add(&w, begun, dataset, true);
}

static void check_first(char kind, unsigned n)
{
	char text[8];

	snprintf(text, sizeof text, "%c%04u", kind, n);
	ck_assert(bytes_eq(bytes_head(waiting_first(&w), 5),
			   bytes_str(text)));
	ck_assert_uint_eq(waiting_first(&w).len, 100);
}

START_TEST(order)
{
	for (unsigned i = 0; i < 30; i++)
		add(DATASET_HANDSHAKE, i);
	check_first('H', 0);
	waiting_sent(&w, 50); /* half of a line */
	ck_assert_uint_eq(waiting_num(&w), 30);
	ck_assert_uint_eq(waiting_all(&w).len, 2950);
	waiting_sent(&w, 2850);
	check_first('H', 29);
	ck_assert_uint_eq(waiting_all(&w).len, 100);
	waiting_sent(&w, 100);
	ck_assert_uint_eq(waiting_num(&w), 0);
	ck_assert_uint_eq(waiting_all(&w).len, 0);
	ck_assert_uint_eq(waiting_first(&w).len, 0);
	add(DATASET_STATUS, 7);
	check_first('S', 7);
	ck_assert_uint_eq(w.taken, 31);
}
END_TEST

/* 20 of each; a bound of 40: findings stay, handshakes go, the oldest first. */
START_TEST(least_important)
{
	for (unsigned i = 0; i < 20; i++)
		for (int d = 0; d < DATASET_NUM; d++)
			add((enum dataset)d, i);
	ck_assert_uint_eq(w.dropped[DATASET_FINDING], 0);
	ck_assert_uint_gt(w.dropped[DATASET_HANDSHAKE], 15);
	ck_assert_uint_gt(w.dropped[DATASET_STATUS], 10);
	ck_assert_uint_le(waiting_all(&w).len, 4000);
	ck_assert_uint_eq(waiting_num(&w) + waiting_dropped(&w), 80);
	for (unsigned i = 0, f = 0; waiting_num(&w); i++) {
		if (waiting_first(&w).p[0] == 'F')
			check_first('F', f++);
		waiting_sent(&w, 100);
		ck_assert(i < 80);
		ck_assert(waiting_num(&w) || f == 20);
	}
}
END_TEST

/* Nothing but findings: then the oldest of them. */
START_TEST(oldest)
{
	for (unsigned i = 0; i < 200; i++)
		add(DATASET_FINDING, i);
	ck_assert_uint_eq(w.dropped[DATASET_FINDING] + waiting_num(&w), 200);
	check_first('F', (unsigned)w.dropped[DATASET_FINDING]);
	/* what comes later and weighs less does not push them out */
	while (waiting_all(&w).len < 4000)
		add(DATASET_FINDING, 200);
	w.dropped[DATASET_FINDING] = 0;
	add(DATASET_HANDSHAKE, 0);
	ck_assert_uint_eq(w.dropped[DATASET_HANDSHAKE], 1);
}
END_TEST

/* What is partly written is not dropped: its reader has the begin of it. */
START_TEST(half)
{
	add(DATASET_HANDSHAKE, 9999);
	waiting_sent(&w, 10);
	for (unsigned i = 0; i < 100; i++)
		add(DATASET_HANDSHAKE, i);
	ck_assert_uint_eq(waiting_first(&w).len, 90);
	waiting_sent(&w, 90);
	ck_assert_uint_eq(waiting_first(&w).len, 100);
	ck_assert_uint_gt(w.dropped[DATASET_HANDSHAKE], 60);
}
END_TEST

START_TEST(front)
{
	add(DATASET_HANDSHAKE, 1);
	add(DATASET_FINDING, 2);
	waiting_sent(&w, 100);
	add(DATASET_STATUS, 3);
	waiting_to_front(&w);
	check_first('S', 3);
	waiting_sent(&w, 100);
	check_first('F', 2);
	waiting_sent(&w, 1);
	add(DATASET_STATUS, 4);
	waiting_to_front(&w); /* not before a line that was begun */
	ck_assert_uint_eq(waiting_first(&w).len, 99);
}
END_TEST

START_TEST(rendering_failed)
{
	size_t begun = w.bytes.len;

	buf_add_str(&w.bytes, "part");
	w.bytes.failed = true;
	waiting_add(&w, begun, DATASET_FINDING, false);
	ck_assert(!w.bytes.failed);
	ck_assert_uint_eq(w.dropped[DATASET_FINDING], 1);
	waiting_add(&w, w.bytes.len, DATASET_FINDING, true); /* no line */
	ck_assert_uint_eq(waiting_num(&w), 0);
	ck_assert_uint_eq(w.taken, 1);
	add(DATASET_FINDING, 1);
	add(DATASET_FINDING, 2);
	waiting_sent(&w, 30);
	waiting_drop_first(&w);
	check_first('F', 2);
	ck_assert_uint_eq(w.dropped[DATASET_FINDING], 2);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, order);
	tcase_add_test(t, least_important);
	tcase_add_test(t, oldest);
	tcase_add_test(t, half);
	tcase_add_test(t, front);
	tcase_add_test(t, rendering_failed);
}

TEST_MAIN("waiting", cases)
