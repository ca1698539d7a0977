/* test_buf.c: a buffer grows to its cap, a failure leaves what was there. */
#include "base/buf.h"
#include "test_run.h"


START_TEST(grows)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%d,", i % 10);
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, 20000);
	ck_assert_uint_eq(strlen((char *)b.p), 20000);
	for (size_t i = 0; i < b.len; i += 2)
		ck_assert_int_eq(b.p[i], '0' + (int)(i / 2 % 10));
	buf_fini(&b);
	ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(cap)
{
	struct buf b;

	buf_init(&b, 10);
	buf_add_str(&b, "12345");
	buf_add_str(&b, "67890");
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, 10);
	buf_add_char(&b, 'x');
	ck_assert(b.failed);
	ck_assert_str_eq((char *)b.p, "1234567890");
	buf_shift(&b, 5);
	buf_add_char(&b, 'x'); /* a failure stays */
	ck_assert(b.failed);
	ck_assert_str_eq((char *)b.p, "67890");
	buf_reset(&b);
	ck_assert(!b.failed);
	ck_assert_uint_eq(b.len, 0);
	buf_printf(&b, "%s", "12345678901");
	ck_assert(b.failed);
	ck_assert_ptr_null(buf_room(&b, 1));
	buf_fini(&b);
}
END_TEST

START_TEST(no_overflow)
{
	struct buf b;

	buf_init(&b, SIZE_MAX - 1);
	buf_add_str(&b, "x");
	ck_assert_ptr_null(buf_room(&b, SIZE_MAX));
	ck_assert(b.failed);
	ck_assert_str_eq((char *)b.p, "x");
	buf_fini(&b);
}
END_TEST

START_TEST(room_and_shift)
{
	struct buf b;
	uint8_t *p;

	buf_init(&b, 1000);
	p = buf_room(&b, 4);
	ck_assert_ptr_nonnull(p);
	memcpy(p, "abcd", 4);
	b.len += 3; /* fewer than there was room for */
	buf_add_str(&b, "e");
	ck_assert(bytes_is(buf_bytes(&b), "abce"));
	buf_shift(&b, 1);
	ck_assert_str_eq((char *)b.p, "bce");
	buf_shift(&b, 9);
	ck_assert_str_eq((char *)b.p, "");
	buf_fini(&b);
	buf_init(&b, 10);
	buf_shift(&b, 1); /* nothing was ever there */
	buf_reset(&b);
	buf_add(&b, NULL, 0);
	ck_assert_uint_eq(b.len, 0);
	buf_fini(&b);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, grows);
	tcase_add_test(t, cap);
	tcase_add_test(t, no_overflow);
	tcase_add_test(t, room_and_shift);
}

TEST_MAIN("buf", cases)
