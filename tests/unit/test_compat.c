/*
 * test_compat.c: names, numbers and times in the way of other programs.
 */

#include "event/compat.h"
#include "test_run.h"

static struct buf out;

static void setup(void)
{
	buf_init(&out, 65536);
}

static void teardown(void)
{
	buf_fini(&out);
}

/* As the string of a JSON array. */
static const char *dn(const char *text, const char *sep, bool reverse)
{
	struct cert_name n = { .text = (char *)(uintptr_t)text };
	struct json j;

	buf_reset(&out);
	jw_init(&j, &out);
	jw_array(&j, NULL);
	compat_dn(&j, NULL, &n, sep, reverse);
	jw_end(&j);
	return (const char *)out.p;
}

START_TEST(names)
{
	ck_assert_str_eq(dn("CN=a, O=b, C=c", ",", false),
			 "[\"CN=a,O=b,C=c\"]");
	ck_assert_str_eq(dn("CN=a, O=b, C=c", ", ", true),
			 "[\"C=c, O=b, CN=a\"]");
	ck_assert_str_eq(dn("CN=a\\, b, O=c\\\\, C=d", ", ", true),
			 "[\"C=d, O=c\\\\\\\\, CN=a\\\\, b\"]");
	ck_assert_str_eq(dn("CN=only", ", ", true), "[\"CN=only\"]");
	ck_assert_str_eq(dn("", ", ", true), "[\"\"]");
	ck_assert_str_eq(dn("CN=a\\", ",", true), "[\"CN=a\\\\\"]");
}
END_TEST

START_TEST(colons)
{
	char text[COMPAT_COLONS];
	char digits[200];

	compat_colons_hex("-0C0099", text);
	ck_assert_str_eq(text, "-0C:00:99");
	compat_colons_hex("", text);
	ck_assert_str_eq(text, "");
	memset(digits, 'A', sizeof digits - 1);
	digits[sizeof digits - 1] = '\0';
	compat_colons_hex(digits, text);
	ck_assert_uint_lt(strlen(text), COMPAT_COLONS);
	compat_colons(bytes_of("\x0a\xff", 2), true, text);
	ck_assert_str_eq(text, "0A:FF");
}
END_TEST

/* Two numbers are one: whole seconds and the fraction behind them. */
START_TEST(seconds)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 1500000000LL, "[1.500000]" },
		{ 1000001999LL, "[1.000001]" },
		{ 0, "[0]" },
		{ -1500000000LL, "[-1]" },
	};
	struct json j;

	buf_reset(&out);
	jw_init(&j, &out);
	jw_array(&j, NULL);
	compat_seconds(&j, NULL, (struct stamp){ rows[_i].ns });
	jw_end(&j);
	ck_assert_str_eq((const char *)out.p, rows[_i].text);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, names);
	tcase_add_test(t, colons);
	tcase_add_loop_test(t, seconds, 0, 4);
}

TEST_MAIN("compat", cases)
