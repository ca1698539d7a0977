/*
 * test_stream.c: a TCP direction put in order: any order, copies, wraps; holes,
 * contradictions, ends and bounds.
 */
#include "base/limits.h"
#include "flow/stream.h"
#include "test_run.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 20000u

static uint8_t sent[SIZE], got[SIZE];
static struct stream s;
static struct stream_pool pool;
static size_t num_got, num_gaps;
static uint64_t gap_at, gap_len;

static void begin(uint32_t first_seq)
{
	stream_fini(&s, &pool);
	stream_init(&s);
	stream_start(&s, first_seq);
	num_got = num_gaps = 0;
}

static void setup(void)
{
	for (size_t i = 0; i < SIZE; i++)
		sent[i] = (uint8_t)(i * 7 + i / 251);
	stream_pool_init(&pool, LIMIT_STREAM_TOTAL);
	stream_init(&s);
	begin(1000);
}

static void teardown(void)
{
	stream_fini(&s, &pool);
	stream_pool_fini(&pool);
}

/* Everything that is in order by now. */
static void take(void)
{
	struct chunk c;

	while (stream_next(&s, &pool, &c)) {
		if (c.gap) {
			num_gaps++;
			gap_at = c.offset;
			gap_len = c.gap;
			continue;
		}
		ck_assert_uint_le(c.offset + c.data.len, SIZE);
		memcpy(got + c.offset, c.data.p, c.data.len);
		num_got += c.data.len;
	}
}

static struct stamp at_ms(int64_t ms)
{
	return (struct stamp){ .ns = ms * NSEC_PER_MSEC };
}

/* Bytes from to end of what was sent, in a block of their own size. */
static enum stream_insert put_at(size_t from, size_t end, int64_t ms)
{
	uint8_t *copy = malloc(end - from + !(end - from));
	enum stream_insert told;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, sent + from, end - from);
	told = stream_insert(&s, &pool, s.base_seq + (uint32_t)from,
			     bytes_of(copy, end - from),
			     (uint32_t)(end - from), at_ms(ms));
	take();
	free(copy);
	return told;
}

static enum stream_insert put(size_t from, size_t end)
{
	return put_at(from, end, 0);
}

static void check_all(size_t len)
{
	ck_assert_uint_eq(num_got, len);
	ck_assert_uint_eq(s.next, len);
	ck_assert_mem_eq(got, sent, len);
	ck_assert_uint_eq(num_gaps, 0);
	ck_assert(!s.conflict);
	ck_assert_uint_eq(s.held, 0);
}

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Segments of any size in any order, some twice, some overlapping; numbers
 * that wrap in the middle. */
START_TEST(any_order)
{
	uint32_t random = 11;

	for (unsigned n = 0; n < 300; n++) {
		size_t cut[64], num = 2 + random_next(&random) % 60;
		uint32_t first = n % 3 ? random_next(&random)
				       : 0u - random_next(&random) % SIZE;

		begin(first);
		memset(got, 0, SIZE);
		for (size_t i = 0; i < num; i++)
			cut[i] = random_next(&random) % SIZE;
		/* each place is covered by the walk at the end */
		for (size_t i = 0; i + 1 < num; i++) {
			size_t a = cut[i], b = cut[i + 1];

			put(a < b ? a : b, a < b ? b : a);
		}
		for (size_t a = SIZE; a > 0; a -= a < 500 ? a : 500)
			put(a < 500 ? 0 : a - 500, a);
		check_all(SIZE);
	}
}
END_TEST

START_TEST(backwards_by_bytes)
{
	for (size_t i = SIZE; i-- > 0;)
		ck_assert_int_eq(put(i, i + 1), i ? STREAM_EARLY : STREAM_NEW);
	check_all(SIZE);
	/* blocks went back: what is kept is kept for all streams */
	ck_assert_uint_le(pool.bytes, 2 * SIZE + 8192);
}
END_TEST

/* More than 2^32 bytes: offsets go on where numbers begin again. */
START_TEST(long_stream)
{
	const size_t size = 1u << 20;
	uint8_t *data = calloc(1, size);
	struct chunk c;

	ck_assert_ptr_nonnull(data);
	for (uint64_t k = 0; k < 4200; k++) {
		uint32_t seq = 1000u + (uint32_t)(k * size);

		ck_assert_int_eq(stream_insert(&s, &pool, seq,
					       bytes_of(data, size),
					       (uint32_t)size, at_ms(0)),
				 STREAM_NEW);
		ck_assert(stream_next(&s, &pool, &c));
		ck_assert_uint_eq(c.offset, k * size);
		ck_assert(!stream_next(&s, &pool, &c));
	}
	ck_assert_uint_gt(s.next, 1ull << 32);
	/* an old copy is old on the other side of the wrap, too */
	ck_assert_int_eq(stream_insert(&s, &pool,
				       1000u + (uint32_t)(s.next - 500),
				       bytes_of(data, 500), 500, at_ms(0)),
			 STREAM_OLD);
	free(data);
}
END_TEST

START_TEST(old_and_outside)
{
	put(0, 1000);
	ck_assert_int_eq(put(0, 1000), STREAM_OLD);
	ck_assert_int_eq(put(100, 1000), STREAM_OLD);
	ck_assert_int_eq(put(999, 1000), STREAM_OLD);
	ck_assert_int_eq(put(1000, 1000), STREAM_OLD);
	ck_assert_int_eq(put(900, 1100), STREAM_NEW);
	check_all(1100);
	ck_assert_int_eq(stream_insert(&s, &pool,
				       1000 + 1100 + 2 * LIMIT_STREAM_BYTES + 1,
				       bytes_of(sent, 10), 10, at_ms(0)),
			 STREAM_OUTSIDE);
	ck_assert_int_eq(stream_insert(&s, &pool, 1000u - (1u << 30),
				       bytes_of(sent, 10), 10, at_ms(0)),
			 STREAM_OUTSIDE);
	check_all(1100);
}
END_TEST

/* The first copy of a byte wins; one that differs is told. */
START_TEST(conflict)
{
	uint8_t other[300];

	memset(other, 0xee, sizeof other);
	put(500, 800);
	ck_assert(!s.conflict);
	put(400, 700); /* the same bytes again */
	ck_assert(!s.conflict);
	(void)stream_insert(&s, &pool, 1000 + 600, bytes_of(other, 300), 300,
			    at_ms(0));
	ck_assert(s.conflict);
	put(0, 400);
	ck_assert_uint_eq(num_got, 900);
	ck_assert_mem_eq(got, sent, 800);
	ck_assert_mem_eq(got + 800, other, 100);
}
END_TEST

/* ... also by what fills the hole in front of it. */
START_TEST(conflict_in_order)
{
	uint8_t other[600];

	memcpy(other, sent, 600);
	other[550] ^= 1;
	put(500, 800);
	(void)stream_insert(&s, &pool, 1000, bytes_of(other, 600), 600,
			    at_ms(0));
	take();
	ck_assert(s.conflict);
	ck_assert_uint_eq(num_got, 800);
	ck_assert_mem_eq(got, sent, 800);
}
END_TEST

START_TEST(holes)
{
	put(0, 100);
	ck_assert(!stream_give_up(&s)); /* none */
	put(5000, 5100);
	put(300, 400);
	ck_assert_uint_eq(num_gaps, 0); /* never by itself */
	ck_assert(stream_give_up(&s));
	take();
	ck_assert_uint_eq(num_gaps, 1);
	ck_assert_uint_eq(gap_at, 100);
	ck_assert_uint_eq(gap_len, 200);
	ck_assert_uint_eq(s.next, 400);
	ck_assert_int_eq(put(100, 300), STREAM_OLD); /* too late */
	ck_assert(stream_give_up(&s));
	take();
	ck_assert_uint_eq(gap_at, 400);
	ck_assert_uint_eq(gap_len, 4600);
	ck_assert_uint_eq(s.next, 5100);
	ck_assert(!stream_give_up(&s));
	ck_assert_uint_eq(num_got, 300);
	ck_assert_uint_eq(s.held, 0);
}
END_TEST

/* A capture cut the packet: what it lost is a gap at once, of that size. */
START_TEST(cut)
{
	(void)stream_insert(&s, &pool, 1000, bytes_of(sent, 60), 200,
			    at_ms(0));
	take();
	ck_assert_uint_eq(num_gaps, 1);
	ck_assert_uint_eq(gap_at, 60);
	ck_assert_uint_eq(gap_len, 140);
	put(200, 300);
	ck_assert_uint_eq(s.next, 300);
	ck_assert_uint_eq(num_got, 160);
	/* early ones leave a hole, which a later copy may fill */
	(void)stream_insert(&s, &pool, 1000 + 400, bytes_of(sent + 400, 60),
			    200, at_ms(0));
	put(300, 400);
	ck_assert_uint_eq(s.next, 460);
	put(460, 600);
	ck_assert_uint_eq(s.next, 600);
	ck_assert_uint_eq(num_gaps, 1);
}
END_TEST

/* How long the hole in front has been waited for. */
START_TEST(timers)
{
	put_at(3000, 3100, 500);
	ck_assert_int_eq(s.held_since.ns, at_ms(500).ns);
	put_at(9000, 9100, 700);
	put_at(3100, 3200, 800);
	ck_assert_int_eq(s.held_since.ns, at_ms(500).ns);
	put_at(0, 3000, 900);
	ck_assert_uint_eq(s.next, 3200);
	put_at(3200, 8000, 950); /* the block in front is another one now */
	ck_assert_uint_eq(s.next, 8000);
	ck_assert_int_eq(s.held_since.ns, at_ms(700).ns);
	put_at(8000, 9000, 1000);
	ck_assert_uint_eq(s.next, 9100);
	ck_assert_uint_eq(s.held, 0);
}
END_TEST

START_TEST(bounds)
{
	const uint32_t far = 2 * LIMIT_STREAM_BYTES;
	uint8_t byte = 1;

	/* one byte in each block, from far behind: no more than its share */
	for (uint32_t i = far - 4096; i > 4096; i -= 512)
		(void)stream_insert(&s, &pool, 1000 + i, bytes_of(&byte, 1), 1,
				    at_ms(0));
	ck_assert(s.overflow);
	ck_assert_uint_gt(pool.refused, 0);
	ck_assert_uint_le(s.held * STREAM_BLOCK, LIMIT_STREAM_BYTES);
	/* and all of them no more than the pool's */
	stream_fini(&s, &pool);
	stream_pool_fini(&pool);
	stream_pool_init(&pool, 10000);
	begin(1000);
	for (size_t i = 19000; i >= 2000; i -= 1000)
		put(i, i + 100);
	ck_assert(s.overflow);
	ck_assert_uint_le(pool.bytes, 10000);
	ck_assert_uint_gt(pool.refused, 0);
	/* what is in order is never refused */
	put(0, 2000);
	ck_assert_uint_ge(s.next, 2000);
	ck_assert_mem_eq(got, sent, 2000);
}
END_TEST

static bool end(uint32_t at, bool rst)
{
	return stream_end(&s, 1000 + at, rst);
}

START_TEST(ends)
{
	put(0, 100);
	end(200, false);
	ck_assert(!stream_done(&s));
	ck_assert(stream_lost(&s)); /* 100 bytes were sent and not seen */
	put(100, 200);
	ck_assert(stream_done(&s) && !stream_lost(&s));
	end(201, true); /* a RST behind the FIN */
	ck_assert(stream_done(&s) && s.has_rst && s.has_fin);
	/* a RST from where the receiver may stand ends it here */
	begin(1000);
	put(0, 100);
	stream_ack(&s, 1040);
	ck_assert(end(50, true));
	ck_assert(stream_done(&s) && !stream_lost(&s));
	/* one with a number ahead proves no loss */
	begin(1000);
	put(0, 100);
	ck_assert(end(150, true));
	ck_assert(!stream_done(&s) && !stream_lost(&s));
	/* nor does it end anything when bytes come behind it */
	put(100, 200);
	ck_assert(!stream_done(&s));
	ck_assert(end(200, false));
	ck_assert(stream_done(&s) && s.has_fin && !s.has_rst);
}
END_TEST

/* Numbers that end nothing. */
START_TEST(old_ends)
{
	put(0, 100);
	stream_ack(&s, 1040);
	ck_assert(!end(39, true) && !end(99, false) && !end(0, false));
	ck_assert(!end(100 + 3 * LIMIT_STREAM_BYTES, false));
	ck_assert(!end(100 + 0x80000000u, true) && !end(UINT32_MAX, true));
	ck_assert(!s.has_end && !stream_done(&s) && !stream_lost(&s));
	ck_assert(end(150, true) && end(120, false)); /* the first of them */
	put(100, 120);
	ck_assert(stream_done(&s) && s.has_fin && !s.has_rst);
	/* with bytes lost that the receiver has acknowledged */
	begin(1000);
	put(0, 100);
	stream_ack(&s, 1200);
	ck_assert(!end(100, false) && !end(100, true) && !end(199, true));
	ck_assert(end(199, false) && stream_lost(&s));
	put(100, 199);
	ck_assert(stream_done(&s) && !stream_lost(&s));
	/* that its end was none is told by the other side alone */
	stream_ack(&s, 1201);
	ck_assert(stream_lost(&s));
}
END_TEST

START_TEST(acknowledged)
{
	put(0, 100);
	stream_ack(&s, 1100);
	ck_assert(!stream_lost(&s));
	stream_ack(&s, 1300);
	ck_assert(stream_lost(&s));
	put(100, 300);
	ck_assert(!stream_lost(&s));
	stream_ack(&s, 1200); /* an old one */
	stream_ack(&s, 1000u - 77u);
	stream_ack(&s, 1300 + 3 * LIMIT_STREAM_BYTES); /* another's */
	ck_assert(!stream_lost(&s));
	/* nothing moves: a mirror may show an ACK before its data */
	ck_assert_uint_eq(num_gaps, 0);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, any_order);
	tcase_add_test(t, backwards_by_bytes);
	tcase_add_test(t, long_stream);
	tcase_add_test(t, old_and_outside);
	tcase_add_test(t, conflict);
	tcase_add_test(t, conflict_in_order);
	tcase_add_test(t, holes);
	tcase_add_test(t, cut);
	tcase_add_test(t, timers);
	tcase_add_test(t, bounds);
	tcase_add_test(t, ends);
	tcase_add_test(t, old_ends);
	tcase_add_test(t, acknowledged);
}

TEST_MAIN("stream", cases)
