/* test_mem.c: what is given back comes again, zeroed where that was asked for,
 * to whoever runs with that cache, and never more of it than the limit. */
#include "base/limits.h"
#include "base/mem.h"
#include "test_run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As many bytes as are kept, and one block more. */
#define SIZE  1000u
#define STEPS 1024u
#define MANY  (LIMIT_MEM_CACHE / STEPS + 1)

static struct mem_cache *cache;

static void begin(void)
{
	cache = mem_cache_new();
	(void)mem_cache_use(cache);
}

static void end(void)
{
	(void)mem_cache_use(NULL);
	mem_cache_free(cache);
}

START_TEST(comes_again)
{
	void *p, *q;

	if (!cache) /* a sanitizer looks at each block */
		return;
	p = mem_take(SIZE);
	mem_give(p, SIZE);
	q = mem_take(SIZE / 2); /* of another size */
	ck_assert_ptr_ne(p, q);
	mem_give(q, SIZE / 2);
	q = mem_take(STEPS); /* of the same, as it is rounded */
	ck_assert_ptr_eq(p, q);
	mem_give(q, STEPS);
}
END_TEST

START_TEST(zeroed)
{
	for (int i = 0; i < 2; i++) {
		uint8_t *p = mem_zeroed(SIZE);

		for (size_t n = 0; n < SIZE; n++)
			ck_assert_uint_eq(p[n], 0);
		memset(p, 0xff, SIZE);
		mem_give(p, SIZE);
	}
}
END_TEST

START_TEST(bounded)
{
	static void *p[MANY];
	unsigned again = 0;
	void *other;

	if (!cache)
		return;
	for (size_t i = 0; i < MANY; i++)
		p[i] = mem_take(SIZE);
	for (size_t i = 0; i < MANY; i++)
		mem_give(p[i], SIZE);
	/* the last one went to the heap; the others come back, the last first
	 */
	for (size_t i = 0; i + 1 < MANY; i++)
		again += mem_take(SIZE) == p[MANY - 2 - i];
	ck_assert_uint_eq(again, MANY - 1);
	/* full of one size: none is kept of another, and none of it goes */
	for (size_t i = 0; i + 1 < MANY; i++)
		mem_give(p[i], SIZE);
	other = mem_take(4 * SIZE);
	mem_give(other, 4 * SIZE);
	for (size_t i = 0; i + 1 < MANY; i++)
		ck_assert_ptr_eq(mem_take(SIZE), p[MANY - 2 - i]);
	for (size_t i = 0; i + 1 < MANY; i++)
		mem_give(p[i], SIZE);
}
END_TEST

/* None in use, sizes of no class, nothing: the heap's. */
START_TEST(without)
{
	static const size_t sizes[] = { 0, 1, 16384, 16385, 1u << 20 };
	struct mem_cache *before = mem_cache_use(NULL);

	ck_assert_ptr_eq(before, cache);
	for (size_t i = 0; i < 5; i++) {
		uint8_t *p = mem_take(sizes[i]);

		ck_assert_ptr_nonnull(p);
		memset(p, 1, sizes[i]);
		/* made without a cache, kept in one, and the other way round */
		(void)mem_cache_use(cache);
		mem_give(p, sizes[i]);
		p = mem_take(sizes[i]);
		(void)mem_cache_use(NULL);
		mem_give(p, sizes[i]);
	}
	mem_give(NULL, SIZE);
	(void)mem_cache_use(cache);
	mem_give(NULL, SIZE);
	mem_cache_free(NULL);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, comes_again);
	tcase_add_test(t, zeroed);
	tcase_add_test(t, bounded);
	tcase_add_test(t, without);
}

TEST_MAIN("mem", cases)
