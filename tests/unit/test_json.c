/*
 * test_json.c: whatever is written is one valid JSON text in valid UTF-8.
 */
#include "base/json.h"
#include "test_run.h"

#include <stdio.h>
#include <stdlib.h>

static struct buf b;
static struct json j;

static void begin(void)
{
	buf_init(&b, 1u << 20);
	jw_init(&j, &b);
}

static void finish(const char *expect)
{
	ck_assert(!b.failed);
	ck_assert_str_eq(b.p ? (char *)b.p : "", expect);
	buf_fini(&b);
}

START_TEST(all_kinds)
{
	begin();
	jw_object(&j, NULL);
	jw_str(&j, "s", "x");
	jw_str_opt(&j, "none", NULL);
	jw_str_opt(&j, "empty", "");
	jw_str_opt(&j, "o", "y");
	jw_int(&j, "i", INT64_MIN);
	jw_uint(&j, "u", UINT64_MAX);
	jw_bool(&j, "t", true);
	jw_bool(&j, "f", false);
	jw_hex(&j, "h", bytes_of("\x00\xaf", 2), false);
	jw_hex(&j, "H", bytes_of("\x00\xaf", 2), true);
	jw_array(&j, "a");
	jw_uint(&j, NULL, 1);
	jw_str(&j, NULL, "two");
	jw_object(&j, NULL);
	jw_end(&j);
	jw_array(&j, NULL);
	jw_end(&j);
	jw_end(&j);
	jw_object(&j, "n");
	jw_uint(&j, "x", 0);
	jw_end(&j);
	jw_end(&j);
	finish("{\"s\":\"x\",\"o\":\"y\",\"i\":-9223372036854775808,"
	       "\"u\":18446744073709551615,\"t\":true,\"f\":false,"
	       "\"h\":\"00af\",\"H\":\"00AF\",\"a\":[1,\"two\",{},[]],"
	       "\"n\":{\"x\":0}}");
}
END_TEST

START_TEST(lazy)
{
	begin();
	jw_object(&j, NULL);
	jw_object_lazy(&j, "never");
	jw_object_lazy(&j, "inner");
	jw_end(&j);
	jw_array_lazy(&j, "list");
	jw_end(&j);
	jw_end(&j);
	jw_object_lazy(&j, "a");
	jw_object_lazy(&j, "b");
	jw_uint(&j, "x", 1);
	jw_end(&j);
	jw_array_lazy(&j, "c");
	jw_uint(&j, NULL, 2);
	jw_end(&j);
	jw_end(&j);
	jw_object_lazy(&j, "again");
	jw_end(&j);
	jw_uint(&j, "z", 3);
	jw_end(&j);
	finish("{\"a\":{\"b\":{\"x\":1},\"c\":[2]},\"z\":3}");
	begin();
	jw_object_lazy(&j, NULL);
	jw_end(&j);
	finish("");
}
END_TEST

START_TEST(hostile_text)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ "plain", 5, "plain" },
		{ "\"\\/", 3, "\\\"\\\\/" },
		{ "a\0b", 3, "a\\u0000b" },
		{ "\n\r\t\x1b\x7f", 5, "\\n\\u000d\\u0009\\u001b\\u007f" },
		{ "\xc2\x85", 2, "\\u0085" }, /* C1 */
		{ "\xc3\xa4", 2, "\xc3\xa4" },
		{ "\xe2\x82\xac", 3, "\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
		{ "\xe2\x80\xae", 3, "\\u202e" }, /* right to left */
		{ "\xff", 1, "\xef\xbf\xbd" },
		{ "\xc3", 1, "\xef\xbf\xbd" },
		{ "\xc0\x80", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", 3, /* half of a surrogate pair */
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80", 4,
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82x", 3, "\xef\xbf\xbd\xef\xbf\xbdx" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		jw_escape(&b, bytes_of(rows[i].in, rows[i].len));
		finish(rows[i].out);
	}
}
END_TEST

START_TEST(cut_text)
{
	begin();
	jw_array(&j, NULL);
	jw_text(&j, NULL, bytes_str("abcdef"), 6);
	jw_text(&j, NULL, bytes_str("abcdef"), 5);
	jw_text(&j, NULL, bytes_str("ab\xe2\x82\xac"), 4);
	jw_text(&j, NULL, bytes_of(NULL, 0), 4);
	jw_end(&j);
	finish("[\"abcdef\",\"abcde...\",\"ab...\",\"\"]");
}
END_TEST

START_TEST(bounds)
{
	buf_init(&b, 20);
	jw_init(&j, &b);
	jw_object(&j, NULL);
	jw_str(&j, "key", "far too long for the buffer");
	jw_end(&j);
	ck_assert(b.failed);
	buf_fini(&b);
	begin();
	for (int i = 0; i < JSON_DEPTH; i++)
		jw_array(&j, NULL);
	ck_assert(!b.failed);
	jw_array(&j, NULL);
	ck_assert(b.failed);
	buf_fini(&b);
	begin();
	jw_end(&j); /* nothing is open */
	ck_assert(b.failed);
	buf_fini(&b);
}
END_TEST

/* Every two bytes: valid UTF-8, no control character, quotes escaped. */
START_TEST(every_pair)
{
	for (unsigned v = 0; v < 65536; v++) {
		uint8_t in[2] = { (uint8_t)(v >> 8), (uint8_t)v };
		bool escaped = false;

		begin();
		jw_escape(&b, bytes_of(in, 2));
		ck_assert(!b.failed);
		for (size_t i = 0; i < b.len; i++) {
			size_t more = b.p[i] < 0x80   ? 0
				      : b.p[i] < 0xe0 ? 1
						      : 2;

			ck_assert(b.p[i] >= 0x20 && b.p[i] != 0x7f);
			ck_assert(b.p[i] != '"' || escaped);
			escaped = b.p[i] == '\\' && !escaped;
			ck_assert(b.p[i] < 0x80 || b.p[i] >= 0xc2);
			for (; more; more--)
				ck_assert_uint_eq(b.p[++i] & 0xc0, 0x80);
		}
		buf_fini(&b);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, all_kinds);
	tcase_add_test(t, lazy);
	tcase_add_test(t, hostile_text);
	tcase_add_test(t, cut_text);
	tcase_add_test(t, bounds);
	tcase_add_test(t, every_pair);
}

TEST_MAIN("json", cases)
