/* test_catchall.c: leaves that answer to whatever is asked for. */
#include "know/catchall.h"

#include "base/limits.h"
#include "test_run.h"

#include <stdio.h>

static struct catchall *c;

static void setup(void)
{
	c = catchall_new();
	ck_assert_ptr_nonnull(c);
}

static void teardown(void)
{
	catchall_free(c);
}

static bool see(uint8_t leaf, unsigned n, int64_t sec)
{
	uint8_t sha256[32] = { leaf };
	char name[32];

	snprintf(name, sizeof name, "host-%u.example.com", n);
	return catchall_see(c, sha256, bytes_str(name), stamp_sec(sec));
}

START_TEST(counts)
{
	for (unsigned i = 0; i < LIMIT_CATCHALL_NAMES; i++)
		ck_assert(!see(1, i, 10));
	ck_assert(see(1, 100, 11));
	ck_assert(see(1, 101, 11));
	/* the first ones stay what they were */
	ck_assert(!see(1, 0, 12));
	/* another leaf is another */
	ck_assert(!see(2, 100, 12));
	ck_assert_uint_eq(catchall_evicted(c), 0);
}
END_TEST

START_TEST(folds)
{
	uint8_t sha256[32] = { 0 };

	for (unsigned i = 0; i < 3 * LIMIT_CATCHALL_NAMES; i++)
		ck_assert(!catchall_see(c, sha256,
					bytes_str(i % 2 ? "API.Example.com"
							: "api.example.com"),
					stamp_sec(i)));
}
END_TEST

/* Names that come one by one over days are names of their own. */
START_TEST(slowly)
{
	int64_t wait = LIMIT_CATCHALL_WAIT / NSEC_PER_SEC;

	for (unsigned i = 0; i < 3 * LIMIT_CATCHALL_NAMES; i++)
		ck_assert(!see(1, i, (int64_t)i * (wait + 1)));
}
END_TEST

START_TEST(bounded)
{
	uint8_t sha256[32] = { 0 };

	for (unsigned i = 0; i < LIMIT_KNOW_CATCHALL + 7; i++) {
		sha256[0] = (uint8_t)i;
		sha256[1] = (uint8_t)(i >> 8);
		ck_assert(!catchall_see(c, sha256, bytes_str("a.example"),
					stamp_sec(1)));
	}
	ck_assert_uint_eq(catchall_evicted(c), 7);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, counts);
	tcase_add_test(t, folds);
	tcase_add_test(t, slowly);
	tcase_add_test(t, bounded);
}

TEST_MAIN("catchall", cases)
