/* test_stamp.c: times against the C library's calendar, at the edges, and as
 * text. */
#include "base/stamp.h"
#include "test_run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The C library as the other opinion: every 37th day of 8000 years. */
START_TEST(calendar)
{
	char mine[STAMP_TEXT], theirs[80];

	for (int64_t sec = -62167219200; sec < 190000000000;
	     sec += 37 * 86400 + 12345) {
		time_t t = (time_t)sec;
		struct tm tm;

		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		snprintf(theirs, sizeof theirs,
			 "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
		stamp_format_short(sec, mine);
		ck_assert_str_eq(mine, theirs);
		ck_assert_int_eq(stamp_days(tm.tm_year + 1900,
					    (unsigned)tm.tm_mon + 1,
					    (unsigned)tm.tm_mday) *
						 86400 +
					 tm.tm_hour * 3600 + tm.tm_min * 60 +
					 tm.tm_sec,
				 sec);
	}
}
END_TEST

START_TEST(precision)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1000000, "1970-01-01T00:00:00.001Z" },
		{ 1000, "1970-01-01T00:00:00.000001Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ -500000000, "1969-12-31T23:59:59.500Z" },
		{ 1795426646412345678, "2026-11-23T09:37:26.412345678Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ -9200000000000000001, "1678-06-18T12:26:39.999999999Z" },
	};
	char out[STAMP_TEXT];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		stamp_format((struct stamp){ rows[i].ns }, out);
		ck_assert_str_eq(out, rows[i].text);
	}
}
END_TEST

START_TEST(seconds)
{
	char out[STAMP_TEXT];

	ck_assert_int_eq(stamp_to_sec((struct stamp){ -1 }), -1);
	ck_assert_int_eq(stamp_to_sec((struct stamp){ 999999999 }), 0);
	ck_assert_int_eq(stamp_to_sec((struct stamp){ -1000000000 }), -1);
	ck_assert_int_eq(stamp_to_sec(stamp_sec(-7)), -7);
	/* what certificates may say, and more than that */
	stamp_format_sec(253402300799, out);
	ck_assert_str_eq(out, "9999-12-31T23:59:59.000Z");
	stamp_format_sec(INT64_MAX, out);
	ck_assert_str_eq(out, "9999-12-31T23:59:59.000Z");
	stamp_format_sec(-62167219200, out);
	ck_assert_str_eq(out, "0000-01-01T00:00:00.000Z");
	stamp_format_sec(INT64_MIN, out);
	ck_assert_str_eq(out, "0000-01-01T00:00:00.000Z");
	ck_assert(stamp_before((struct stamp){ -1 }, (struct stamp){ 0 }));
	ck_assert(!stamp_before((struct stamp){ 0 }, (struct stamp){ 0 }));
}
END_TEST

START_TEST(parse)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "@0", 0 },
		{ "@-5", -5000000000 },
		{ "1970-01-02", 86400000000000 },
		{ "2026-11-23T09:37:26Z", 1795426646000000000 },
		{ "2026-11-23T09:37:26", 1795426646000000000 },
		{ "2026-11-23T09:37:26.5Z", 1795426646500000000 },
		{ "2026-11-23T09:37:26.412345678Z", 1795426646412345678 },
		{ "2026-11-23T09:37:26.4123456789Z", 1795426646412345678 },
	};
	struct stamp t;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(stamp_parse(rows[i].text, &t), "%s",
			      rows[i].text);
		ck_assert_int_eq(t.ns, rows[i].ns);
	}
}
END_TEST

START_TEST(no_time)
{
	static const char *const bad[] = {
		"",	       "now",		      "@",
		"@12x",	       "@99999999999999",     "2026-13-01",
		"2026-00-01",  "2026-01-32",	      "2026-1",
		"2026-02-29",  "2026-02-31",	      "2024-02-30",
		"2100-02-29",  "2026-04-31",	      "2026-11-31",
		"2026-01-01T", "2026-01-01T25:00:00", "2026-01-01T10:60:00",
		"9999-01-01",  "2026-01-01T10:00:00+01:00", "2026-01-01 Z x",
	};
	struct stamp t = { 77 };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!stamp_parse(bad[i], &t), "%s", bad[i]);
	ck_assert_int_eq(t.ns, 77);
}
END_TEST

/* What is written can be read again. */
START_TEST(there_and_back)
{
	char text[STAMP_TEXT];
	struct stamp t;

	for (int64_t ns = -8000000000000000000; ns < 8000000000000000000;
	     ns += 12345678901234567) {
		stamp_format((struct stamp){ ns }, text);
		ck_assert_msg(stamp_parse(text, &t), "%s", text);
		ck_assert_int_eq(t.ns, ns);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, calendar);
	tcase_add_test(t, precision);
	tcase_add_test(t, seconds);
	tcase_add_test(t, parse);
	tcase_add_test(t, no_time);
	tcase_add_test(t, there_and_back);
}

TEST_MAIN("stamp", cases)
