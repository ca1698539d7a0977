/* test_lru.c: what stays in the map, what goes, and in which order. */
#include "base/lru.h"
#include "test_run.h"

#include <stdlib.h>

#define MAX 1000

static int dropped[2 * MAX], num_dropped;

static void drop(void *value)
{
	dropped[num_dropped++] = *(int *)value;
}

static struct bytes key_of(const int *i)
{
	return bytes_of(i, sizeof *i);
}

static void put(struct lru *l, int i)
{
	bool fresh;
	int *v = lru_put(l, key_of(&i), &fresh);

	ck_assert_ptr_nonnull(v);
	ck_assert(fresh ? *v == 0 : *v == i);
	*v = i;
}

static struct lru *filled(uint32_t max)
{
	struct lru *l = lru_new(max, sizeof(int), drop);

	ck_assert_ptr_nonnull(l);
	num_dropped = 0;
	for (int i = 1; i <= (int)max; i++)
		put(l, i);
	ck_assert_int_eq(num_dropped, 0);
	return l;
}

START_TEST(unused_goes)
{
	struct lru *l = filled(4);
	int one = 1, two = 2;

	ck_assert_ptr_nonnull(lru_get(l, key_of(&one)));
	put(l, 5);
	ck_assert_int_eq(num_dropped, 1);
	ck_assert_int_eq(dropped[0], 2);
	ck_assert_ptr_null(lru_get(l, key_of(&two)));
	ck_assert_ptr_nonnull(lru_get(l, key_of(&one)));
	ck_assert_uint_eq(lru_evicted(l), 1);
	ck_assert_uint_eq(lru_count(l), 4);
	lru_free(l);
	ck_assert_int_eq(num_dropped, 5);
}
END_TEST

/* What is used all the time outlives any flood. */
START_TEST(flood)
{
	struct lru *l = filled(MAX);
	int one = 1;

	for (int i = MAX + 1; i < 2 * MAX; i++) {
		ck_assert_ptr_nonnull(lru_get(l, key_of(&one)));
		put(l, i);
	}
	ck_assert_uint_eq(lru_count(l), MAX);
	for (int i = 0; i < num_dropped; i++)
		ck_assert_int_ne(dropped[i], 1);
	lru_free(l);
}
END_TEST

/* All used: one has to go all the same, and it costs a bounded search. */
START_TEST(all_used)
{
	struct lru *l = filled(MAX);

	for (int i = 1; i <= MAX; i++)
		ck_assert_ptr_nonnull(lru_get(l, key_of(&i)));
	put(l, MAX + 1);
	ck_assert_int_eq(num_dropped, 1);
	ck_assert_uint_eq(lru_count(l), MAX);
	lru_free(l);
}
END_TEST

static int order[MAX], num_order;

static bool each(void *value, void *arg)
{
	order[num_order++] = *(int *)value;
	return num_order < *(int *)arg;
}

START_TEST(order_by_use)
{
	struct lru *l = lru_new(4, sizeof(int), NULL);
	int most = MAX, two = 2, one = 1;

	lru_keep_order(l);
	for (int i = 1; i <= 4; i++)
		put(l, i);
	ck_assert_ptr_nonnull(lru_get(l, key_of(&two)));
	ck_assert_ptr_nonnull(lru_get(l, key_of(&one)));
	num_order = 0;
	lru_each(l, each, &most);
	ck_assert_int_eq(num_order, 4);
	ck_assert_int_eq(order[0], 3);
	ck_assert_int_eq(order[1], 4);
	ck_assert_int_eq(order[2], 2);
	ck_assert_int_eq(order[3], 1);
	most = 2;
	num_order = 0;
	lru_each(l, each, &most);
	ck_assert_int_eq(num_order, 2);
	lru_remove(l, key_of(&two));
	ck_assert_ptr_null(lru_get(l, key_of(&two)));
	ck_assert_uint_eq(lru_count(l), 3);
	lru_free(l);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, unused_goes);
	tcase_add_test(t, flood);
	tcase_add_test(t, all_used);
	tcase_add_test(t, order_by_use);
}

TEST_MAIN("lru", cases)
