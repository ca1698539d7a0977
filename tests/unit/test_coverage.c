/* test_coverage.c: how much is seen of each server name. */
#include "know/coverage.h"

#include "base/limits.h"
#include "test_run.h"

#include <stdio.h>

#define MOST 4

static struct coverage *c;
static const struct coverage_name *most[MOST];

static void setup(void)
{
	c = coverage_new();
	ck_assert_ptr_nonnull(c);
}

static void teardown(void)
{
	coverage_free(c);
}

static void see(const char *name, unsigned times, enum tls_hidden hidden)
{
	while (times--)
		coverage_see(c, bytes_str(name), !hidden, hidden);
}

static void check_most(size_t at, const char *name, uint64_t hidden)
{
	ck_assert_mem_eq(most[at]->name, name, strlen(name));
	ck_assert_uint_eq(most[at]->len, strlen(name));
	ck_assert_uint_eq(most[at]->hidden, hidden);
}

START_TEST(counts)
{
	see("api.example.com", 2, TLS_HIDDEN_TLS13);
	see("API.example.COM", 3, TLS_HIDDEN_QUIC);
	see("api.example.com", 4, TLS_HIDDEN_NOT);
	see("", 5, TLS_HIDDEN_TLS13);
	ck_assert_uint_eq(coverage_most(c, most, MOST), 1);
	check_most(0, "api.example.com", 5);
	ck_assert_uint_eq(most[0]->handshakes, 9);
	ck_assert_uint_eq(most[0]->judged, 4);
	ck_assert_int_eq(coverage_why(most[0]), TLS_HIDDEN_QUIC);
}
END_TEST

START_TEST(resumed_is_neither)
{
	coverage_see(c, bytes_str("a"), false, TLS_HIDDEN_NOT);
	ck_assert_uint_eq(coverage_most(c, most, MOST), 0);
	see("a", 1, TLS_HIDDEN_GAP);
	ck_assert_uint_eq(coverage_most(c, most, MOST), 1);
	ck_assert_uint_eq(most[0]->handshakes, 2);
	ck_assert_uint_eq(most[0]->judged, 0);
}
END_TEST

/* Most first, ties by name, whatever came first; the rest is left out. */
START_TEST(ranks)
{
	see("c", 7, TLS_HIDDEN_TLS13);
	see("a.example", 2, TLS_HIDDEN_TLS13);
	see("seen", 9, TLS_HIDDEN_NOT);
	see("e", 1, TLS_HIDDEN_TLS13);
	see("b", 8, TLS_HIDDEN_TLS13);
	see("a", 2, TLS_HIDDEN_TLS13);
	see("d", 1, TLS_HIDDEN_TLS13);
	ck_assert_uint_eq(coverage_most(c, most, 0), 0);
	ck_assert_uint_eq(coverage_most(c, most, MOST), MOST);
	check_most(0, "b", 8);
	check_most(1, "c", 7);
	check_most(2, "a", 2);
	check_most(3, "a.example", 2);
	see("e", 7, TLS_HIDDEN_TLS13);
	ck_assert_uint_eq(coverage_most(c, most, MOST), MOST);
	check_most(1, "e", 8);
	check_most(3, "a", 2);
}
END_TEST

START_TEST(is_bounded)
{
	char name[COVERAGE_NAME + 100];

	for (unsigned i = 0; i < LIMIT_KNOW_COVERAGE + 10; i++) {
		snprintf(name, sizeof name, "host-%u", i);
		see(name, 1, TLS_HIDDEN_TLS13);
	}
	ck_assert_uint_eq(coverage_evicted(c), 10);
	ck_assert_uint_eq(coverage_most(c, most, MOST), MOST);
	/* no name of a certificate is that long */
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	see(name, 5, TLS_HIDDEN_TLS13);
	ck_assert_uint_eq(coverage_most(c, most, 1), 1);
	ck_assert_uint_eq(most[0]->len, COVERAGE_NAME);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, counts);
	tcase_add_test(t, resumed_is_neither);
	tcase_add_test(t, ranks);
	tcase_add_test(t, is_bounded);
}

TEST_MAIN("coverage", cases)
