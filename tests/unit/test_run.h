/*
 * test_run.h: what every Check program here does besides its cases: a suite of
 * them, run with TAP on standard output, and the exit status.
 *
 * A test file ends in a function that adds its fixture and its cases, and in
 * TEST_MAIN; where the same cases run under several fixtures, a main of its
 * own calls test_add() for each and then test_run(). How long a case may take
 * says meson.build (CK_DEFAULT_TIMEOUT).
 */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include <check.h>

/* How many rows an array has, as the loop tests want it. */
#define NUM(array) ((int)(sizeof(array) / sizeof *(array)))

static inline void test_add(Suite *suite, const char *name,
			    void (*fill)(TCase *))
{
	TCase *tcase = tcase_create(name);

	fill(tcase);
	suite_add_tcase(suite, tcase);
}

/* Returns the program's exit status; the suite goes with the runner. */
static inline int test_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#define TEST_MAIN(name, fill)                                                  \
	int main(void)                                                         \
	{                                                                      \
		Suite *suite = suite_create(name);                             \
                                                                               \
		test_add(suite, name, fill);                                   \
		return test_run(suite);                                        \
	}

#endif
