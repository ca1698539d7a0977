/*
 * test_reader.c: the cursor's two promises: it never leaves its bytes, and
 * failure is sticky and gives zero. Every prefix of every message stands in a
 * heap block of exactly its size, for the sanitizers to see.
 */
#include "base/reader.h"
#include "test_run.h"

#include <stdlib.h>

/* One message with everything in it; false where it is not whole. */
static bool message(struct reader *r, uint64_t out[static 16])
{
	struct reader a, c, d;
	struct bytes b;

	out[0] = rd_u8(r);
	out[1] = rd_u16(r);
	out[2] = rd_u24(r);
	out[3] = rd_u32(r);
	out[4] = rd_u64(r);
	out[5] = rd_le16(r);
	out[6] = rd_le32(r);
	out[7] = rd_varint(r);
	out[8] = rd_varint(r);
	out[9] = rd_peek8(r);
	rd_skip(r, 2);
	b = rd_bytes(r, 3);
	out[10] = b.len;
	a = rd_vec8(r);
	out[11] = rd_u16(&a);
	rd_close(r, &a);
	c = rd_vec16(r);
	out[12] = rd_u8(&c);
	d = rd_vec24(&c);
	out[13] = rd_u8(&d);
	rd_close(&c, &d);
	rd_close(r, &c);
	out[14] = rd_rest(r).len;
	return rd_end(r);
}

static const uint8_t whole[] = {
	1,    2,   3,	 4, 5, 6, 7, 8,	  9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 37, 0x7b, 0xbd, 'p', 's', 'a', 'b',
	'c',  2,   0xab, 0xcd, 0, 5, 9, 0, 0, 1, 7, 'r', 'e',
};

START_TEST(every_kind)
{
	struct reader r = rd_whole(bytes_of(whole, sizeof whole));
	uint64_t v[16];

	ck_assert(message(&r, v));
	ck_assert_uint_eq(v[0], 1);
	ck_assert_uint_eq(v[1], 0x0203);
	ck_assert_uint_eq(v[2], 0x040506);
	ck_assert_uint_eq(v[3], 0x0708090a);
	ck_assert_uint_eq(v[4], 0x0b0c0d0e0f101112);
	ck_assert_uint_eq(v[5], 0x1234);
	ck_assert_uint_eq(v[6], 0x12345678);
	ck_assert_uint_eq(v[7], 37);
	ck_assert_uint_eq(v[8], 15293); /* RFC 9000 A.1 */
	ck_assert_uint_eq(v[9], 'p');
	ck_assert_uint_eq(v[10], 3);
	ck_assert_uint_eq(v[11], 0xabcd);
	ck_assert_uint_eq(v[12], 9);
	ck_assert_uint_eq(v[13], 7);
	ck_assert_uint_eq(v[14], 2);
	ck_assert_uint_eq(rd_offset(&r), sizeof whole);
}
END_TEST

/* All but the last two bytes are demanded by the message. */
START_TEST(ladder)
{
	for (size_t n = 0; n < sizeof whole - 2; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		struct reader r;
		uint64_t v[16];

		memcpy(exact, whole, n);
		r = rd_window(bytes_of(exact, n));
		ck_assert(!message(&r, v));
		ck_assert_int_eq(r.state, RD_SHORT);
		r = rd_whole(bytes_of(exact, n));
		ck_assert(!message(&r, v));
		ck_assert_int_eq(r.state, RD_BAD);
		ck_assert_uint_eq(rd_u8(&r), 0);
		ck_assert_uint_eq(rd_u64(&r), 0);
		ck_assert_ptr_null(rd_bytes(&r, 0).p);
		ck_assert_uint_eq(rd_left(&r).len, 0);
		ck_assert(!rd_more(&r));
		free(exact);
	}
}
END_TEST

START_TEST(left_over_bytes_are_bad)
{
	struct reader r = rd_whole(bytes_of("\2ab", 3)), c = rd_vec8(&r);

	ck_assert_uint_eq(rd_u8(&c), 'a');
	ck_assert(!rd_close(&r, &c));
	ck_assert_int_eq(r.state, RD_BAD);
	r = rd_whole(bytes_of("ab", 2));
	rd_skip(&r, 1);
	ck_assert(!rd_end(&r));
	ck_assert_int_eq(r.state, RD_BAD);
}
END_TEST

/* Not closed, a child that fails costs only itself. */
START_TEST(an_unclosed_child_is_isolated)
{
	struct reader r = rd_whole(bytes_of("\1ab", 3)), c = rd_vec8(&r);

	ck_assert_uint_eq(rd_u32(&c), 0);
	ck_assert_int_eq(c.state, RD_BAD);
	ck_assert(rd_ok(&r));
	ck_assert_uint_eq(rd_u8(&r), 'b');
	ck_assert(rd_end(&r));
}
END_TEST

/* A window's last list is read as far as it goes; a whole message's is not. */
START_TEST(cut_lists)
{
	struct reader r = rd_window(bytes_of("\5ab", 3)), c = rd_vec8(&r);

	ck_assert_int_eq(r.state, RD_SHORT);
	ck_assert_uint_eq(rd_u8(&c), 'a');
	ck_assert_uint_eq(rd_u8(&c), 'b');
	ck_assert_uint_eq(rd_u8(&c), 0);
	ck_assert_int_eq(c.state, RD_SHORT);
	r = rd_whole(bytes_of("\5ab", 3));
	c = rd_vec8(&r);
	ck_assert_int_eq(r.state, RD_BAD);
	ck_assert_int_eq(c.state, RD_BAD);
	ck_assert(!rd_more(&c));
}
END_TEST

/* A child that is complete lies if it overruns, even in a window. */
START_TEST(whole_children_of_windows)
{
	struct reader r = rd_window(bytes_of("\2ab\3", 4)), c = rd_vec8(&r);

	rd_skip(&c, 3);
	ck_assert_int_eq(c.state, RD_BAD);
	ck_assert(!rd_close(&r, &c));
	ck_assert_int_eq(r.state, RD_BAD);
}
END_TEST

START_TEST(rejected)
{
	struct reader r = rd_window(bytes_of("abc", 3));

	ck_assert(rd_more(&r));
	rd_reject(&r);
	ck_assert_int_eq(r.state, RD_BAD);
	ck_assert(!rd_more(&r));
	ck_assert_uint_eq(rd_u8(&r), 0);
}
END_TEST

START_TEST(varints)
{
	/* RFC 9000 A.1 */
	static const struct {
		const char *b;
		size_t len;
		uint64_t v;
	} rows[] = {
		{ "\xc2\x19\x7c\x5e\xff\x14\xe8\x8c", 8, 151288809941952652 },
		{ "\x9d\x7f\x3e\x7d", 4, 494878333 },
		{ "\x7b\xbd", 2, 15293 },
		{ "\x25", 1, 37 },
		{ "\x40\x25", 2, 37 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct reader r = rd_whole(bytes_of(rows[i].b, rows[i].len));

		ck_assert_uint_eq(rd_varint(&r), rows[i].v);
		ck_assert(rd_end(&r));
	}
}
END_TEST

START_TEST(nothing_at_all)
{
	struct reader r = rd_whole(bytes_of(NULL, 0));

	ck_assert(!rd_more(&r));
	ck_assert_uint_eq(rd_bytes(&r, 0).len, 0);
	ck_assert(rd_end(&r));
	ck_assert_uint_eq(rd_offset(&r), 0);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, every_kind);
	tcase_add_test(t, ladder);
	tcase_add_test(t, left_over_bytes_are_bad);
	tcase_add_test(t, an_unclosed_child_is_isolated);
	tcase_add_test(t, cut_lists);
	tcase_add_test(t, whole_children_of_windows);
	tcase_add_test(t, rejected);
	tcase_add_test(t, varints);
	tcase_add_test(t, nothing_at_all);
}

TEST_MAIN("reader", cases)
