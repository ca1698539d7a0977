/* test_arena.c: zeroed, aligned, apart from each other, and never beyond the
 * cap. */
#include "base/arena.h"
#include "test_run.h"

#include <stdint.h>

static bool all(const uint8_t *p, size_t n, uint8_t value)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != value)
			return false;
	return true;
}

START_TEST(apart)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 4000, 70000 };
	struct arena a;
	uint8_t *p[800];

	arena_init(&a, 64u << 20);
	for (size_t i = 0; i < 800; i++) {
		size_t n = sizes[i % 8];

		p[i] = arena_alloc(&a, n);
		ck_assert_ptr_nonnull(p[i]);
		ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
		ck_assert(all(p[i], n, 0));
		memset(p[i], (int)(i % 251 + 1), n);
	}
	for (size_t i = 0; i < 800; i++)
		ck_assert(all(p[i], sizes[i % 8], (uint8_t)(i % 251 + 1)));
	ck_assert(!a.full);
	arena_fini(&a);
	ck_assert_uint_eq(a.used, 0);
}
END_TEST

START_TEST(cap)
{
	struct arena a;
	size_t sum = 0;

	arena_init(&a, 100000);
	while (arena_alloc(&a, 1000))
		sum += 1000;
	ck_assert(a.full);
	ck_assert_uint_le(a.used, 100000);
	ck_assert_uint_gt(sum, 80000);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 20));
	arena_fini(&a);
	arena_init(&a, 100000);
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 3)); /* it wraps */
	ck_assert(a.full);
	arena_fini(&a);
	arena_init(&a, 10);
	ck_assert_ptr_null(arena_alloc(&a, 100));
	ck_assert(a.full);
	ck_assert_ptr_null(arena_copy(&a, bytes_of("abcdefghijklmnopq", 17)).p);
	ck_assert_ptr_null(arena_str(&a, bytes_str("abcdefghijklmnopq")));
	ck_assert_ptr_null(arena_printf(&a, "%100d", 1));
	arena_fini(&a);
}
END_TEST

START_TEST(copies)
{
	char text[] = "text\0more";
	struct arena a;
	struct bytes b;
	char *s;

	arena_init(&a, 100000);
	b = arena_copy(&a, bytes_of(text, 9));
	s = arena_str(&a, bytes_of(text, 9));
	memset(text, 'x', sizeof text);
	ck_assert_uint_eq(b.len, 9);
	ck_assert(!memcmp(b.p, "text\0more", 9));
	ck_assert(!memcmp(s, "text\0more", 10));
	ck_assert_str_eq(arena_str(&a, bytes_of(NULL, 0)), "");
	ck_assert_str_eq(arena_printf(&a, "%d %s", 42, "things"), "42 things");
	arena_fini(&a);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, apart);
	tcase_add_test(t, cap);
	tcase_add_test(t, copies);
}

TEST_MAIN("arena", cases)
