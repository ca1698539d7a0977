/* test_fleet.c: which certificates of a name belong together. */
#include "know/fleet.h"
#include "test_run.h"

#include <check.h>

#define HOUR 3600
#define DAY  86400

static struct fleet *f;
static struct fleet_news news;

static void setup(void)
{
	f = fleet_new();
	ck_assert_ptr_nonnull(f);
}

static void teardown(void)
{
	fleet_free(f);
}

static void see(uint8_t leaf, int64_t not_before, bool trusted, int64_t at)
{
	struct cert c = { .sha256 = { leaf }, .not_before = not_before };

	fleet_see(f, bytes_str("api.example.com"), 443, &c, trusted,
		  stamp_sec(at), &news);
}

START_TEST(renewed)
{
	see(1, 100, true, DAY);
	see(2, 200, true, DAY + HOUR / 2);
	ck_assert(!news.changed && !news.older); /* too early to tell */
	see(2, 200, true, DAY + HOUR);
	ck_assert(news.changed);
	ck_assert_uint_eq(news.other[0], 1);
	see(2, 200, true, DAY + 2 * HOUR);
	ck_assert(!news.changed); /* told once */
}
END_TEST

START_TEST(forgotten)
{
	see(1, 100, true, DAY);
	see(2, 200, true, DAY + HOUR);
	see(1, 100, true, 3 * DAY);
	ck_assert(news.older && !news.changed);
	ck_assert_uint_eq(news.other[0], 2);
	ck_assert_int_eq(stamp_to_sec(news.newer_since), DAY + HOUR);
}
END_TEST

/* Whoever comes first: none of the two is older. */
START_TEST(same_moment)
{
	see(1, 100, true, DAY);
	see(2, 100, true, DAY + HOUR);
	ck_assert(!news.older && !news.changed);
	see(1, 100, true, 9 * DAY);
	ck_assert(!news.older && !news.changed);
	see(2, 100, true, 9 * DAY);
	ck_assert(!news.older && !news.changed);
}
END_TEST

/* An inspecting proxy's, made a moment ago, and the server's own behind it. */
START_TEST(standing)
{
	see(1, 100, true, DAY);
	see(2, 200, false, DAY);
	see(1, 100, true, 9 * DAY);
	ck_assert(!news.older);
	see(2, 200, false, 9 * DAY);
	ck_assert(!news.changed);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, renewed);
	tcase_add_test(t, forgotten);
	tcase_add_test(t, same_moment);
	tcase_add_test(t, standing);
}

TEST_MAIN("fleet", cases)
