/*
 * test_probe_work.c: what src/probe reads grows with what has come and no
 * faster, whatever it is, in pieces of any size, with holes or without.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "probe/probe.h"
#include "test_run.h"

/* Of one byte: two searches, for a hello and for any record, may find a hello's
 * first six there, each in a record of its own, and look for the rest of it in
 * so many records that it may be spread over; a third one is for alerts. */
#define SEARCHED_EACH (2 * LIMIT_PROBE_RECORDS / 5 + 8)
/* Of one piece: what waits there for more is read again, and the beginning. */
#define AGAIN_EACH (3 * (5 * LIMIT_PROBE_RECORDS + 74))
/* the last look of all rows may go beyond what is allowed */
#define LOOK_MOST (64 * LIMIT_PROBE_BYTES)

struct flood {
	const char *words; /* said by the other direction before it */
	struct bytes pattern;
	size_t piece, num;
	size_t hole; /* lost between two pieces */
	bool midstream;
};

static void feed(struct probe *p, uint8_t dir, uint64_t offset,
		 struct bytes data)
{
	struct chunk c = { .dir = dir, .offset = offset, .data = data };

	(void)probe_feed(p, &c);
}

/* How much was read. */
static size_t looked_over(const struct flood *f)
{
	struct probe *p = probe_new();
	size_t looked, seen = strlen(f->words), at = 0;
	uint8_t bytes[256];

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_le(f->piece, sizeof bytes);
	for (uint8_t d = 0; d < 2 && f->midstream; d++)
		probe_midstream(p, d);
	feed(p, 0, 0, bytes_str(f->words));
	for (size_t i = 0; i < f->num; i++) {
		for (size_t k = 0; k < f->piece; k++, at++)
			bytes[k] = f->pattern.p[at % f->pattern.len];
		feed(p, 1, at - f->piece + i * f->hole,
		     bytes_of(bytes, f->piece));
		seen += f->piece;
	}
	looked = probe_looked(p);
	ck_assert_uint_le(
		looked,
		LIMIT_PROBE_LOOKED + LOOK_MOST + f->num * AGAIN_EACH +
			seen * (SEARCHED_EACH + LIMIT_PROBE_LOOKED_EACH));
	probe_free(p);
	return looked;
}

static const char *const words[] = {
	"",
	"EHLO x\r\nSTARTTLS\r\n",
	"STARTTLS\r\n",
	"CONNECT x:443 HTTP/1.1\r\n\r\n",
};

#define PATTERN(s)                                                             \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}
#define EMPTY	  "\x16\x03\x01\x00\x00"
#define ONE(byte) "\x16\x03\x01\x00\x01" byte
static const struct bytes patterns[] = {
	PATTERN("x"),
	PATTERN("250-x\r\n"),
	/* records that may be a hello's first ones, one in another */
	PATTERN("\x16\x03\x01\x00\x00"),
	PATTERN("\x16\x03\x01\x00\x01\x01"),
	PATTERN("\x15\x03\x01\x00\x02\x02"),
	PATTERN("\x16"),
	/* each sixth may be a hello's first one; with empty ones between */
	PATTERN(ONE("\0") ONE("\1") ONE("\0") ONE("\3") ONE("\3") ONE("\1")),
	PATTERN(EMPTY ONE("\0") EMPTY ONE("\1") ONE("\0") EMPTY ONE("\3")
			ONE("\3") EMPTY ONE("\2") EMPTY),
};

static const size_t pieces[] = { 1, 2, 5, 100 };

/* Of the lists above, one by one. */
#define NUM_FLOODS (4 * 8 * 4 * 2 * 2)

static struct flood flood_of(size_t i)
{
	return (struct flood){
		.words = words[i % 4],
		.pattern = patterns[i / 4 % 8],
		.piece = pieces[i / 32 % 4],
		.hole = i / 128 % 2,
		.midstream = i / 256 % 2,
	};
}

START_TEST(test_linear)
{
	for (size_t i = 0; i < NUM_FLOODS; i++) {
		struct flood f = flood_of(i);

		for (size_t len = 512; len <= LIMIT_PROBE_BYTES; len *= 2) {
			f.num = len / f.piece;
			(void)looked_over(&f);
		}
	}
}
END_TEST

/* At the limit of bytes it is over. */
START_TEST(test_ends)
{
	for (size_t i = 0; i < NUM_FLOODS; i++) {
		struct flood f = flood_of(i);
		size_t looked;

		f.num = LIMIT_PROBE_BYTES / f.piece + 1;
		looked = looked_over(&f);
		f.num *= 4;
		ck_assert_uint_eq(looked_over(&f), looked);
	}
}
END_TEST

/* The bytes between two gaps are read once. */
START_TEST(test_holes)
{
	struct flood f = {
		.words = "EHLO x\r\n",
		.pattern = PATTERN("abcdefgh"),
		.piece = 1,
		.num = 1000,
		.hole = 1,
	};
	size_t first = looked_over(&f);

	f.num = 3000;
	ck_assert_uint_le(looked_over(&f) - first, 2 * 2000);
}
END_TEST

/* All in one piece: read by each row, and searched through. */
START_TEST(test_bulk)
{
	static uint8_t bytes[LIMIT_PROBE_BYTES - 1];
	struct bytes pattern = patterns[_i / 2];
	struct probe *p = probe_new();

	ck_assert_ptr_nonnull(p);
	if (_i % 2)
		probe_midstream(p, 1);
	for (size_t k = 0; k < sizeof bytes; k++)
		bytes[k] = pattern.p[k % pattern.len];
	feed(p, 1, 0, bytes_of(bytes, sizeof bytes));
	ck_assert_uint_gt(probe_looked(p), sizeof bytes);
	ck_assert_uint_le(probe_looked(p),
			  LOOK_MOST + sizeof bytes * SEARCHED_EACH);
	probe_free(p);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, test_linear);
	tcase_add_test(t, test_ends);
	tcase_add_test(t, test_holes);
	tcase_add_loop_test(t, test_bulk, 0, 2 * 8);
}

TEST_MAIN("probe_work", cases)
