/*
 * test_decode_fragment.c: datagrams put together from fragments, in every
 * order, overlapping, too many, too old, and inside tunnels.
 */
#include "decode/decode.h"

#include <stdlib.h>

#include "base/linktype.h"
#include "test_run.h"

#define MOST 4096

static struct decoder *decoder;
static struct stamp now;

static void setup(void)
{
	decoder = decode_new(NULL);
	now = stamp_sec(1000000);
	ck_assert_ptr_nonnull(decoder);
}

static void teardown(void)
{
	decode_free(decoder);
}

/* A UDP datagram of 8 + n bytes: byte i of the payload is i mod 251. */
static size_t datagram(uint8_t out[static MOST], size_t n)
{
	const uint8_t h[8] = { 0x12, 0x34, 0x01, 0xbb,
			       (uint8_t)((n + 8) >> 8), (uint8_t)(n + 8) };

	memcpy(out, h, 8);
	for (size_t i = 0; i < n; i++)
		out[8 + i] = (uint8_t)(i % 251);
	return n + 8;
}

static void check_datagram(const struct packet *p, size_t n)
{
	ck_assert_int_eq(p->protocol, PACKET_UDP);
	ck_assert_uint_eq(p->src.port, 0x1234);
	ck_assert_uint_eq(p->payload_len, n);
	ck_assert_uint_eq(p->payload.len, n);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(p->payload.p[i], i % 251);
}

static size_t v4(uint8_t *out, uint16_t id, size_t offset, bool more,
		 const uint8_t *data, size_t len, uint8_t protocol)
{
	const uint8_t h[20] = { 0x45,
				0,
				(uint8_t)((len + 20) >> 8),
				(uint8_t)(len + 20),
				(uint8_t)(id >> 8),
				(uint8_t)id,
				(uint8_t)((offset / 8) >> 8 |
					  (more ? 0x20 : 0)),
				(uint8_t)(offset / 8),
				64,
				protocol,
				0,
				0,
				10,
				0,
				0,
				1,
				10,
				0,
				0,
				2 };

	memcpy(out, h, 20);
	memcpy(out + 20, data, len);
	return len + 20;
}

static size_t v6(uint8_t *out, uint32_t id, size_t offset, bool more,
		 const uint8_t *data, size_t len)
{
	uint8_t h[48] = { 0x60, 0, 0, 0, (uint8_t)((len + 8) >> 8),
			  (uint8_t)(len + 8), 44, 64, 0x20, 1 };

	h[23] = 1;
	h[24] = 0x20;
	h[25] = 1;
	h[39] = 2;
	h[40] = 17;
	h[42] = (uint8_t)(offset >> 8);
	h[43] = (uint8_t)(offset | more);
	h[44] = (uint8_t)(id >> 24);
	h[45] = (uint8_t)(id >> 16);
	h[46] = (uint8_t)(id >> 8);
	h[47] = (uint8_t)id;
	memcpy(out, h, 48);
	memcpy(out + 48, data, len);
	return len + 48;
}

static enum decode_reason take(const uint8_t *b, size_t n, struct packet *p)
{
	struct frame f = { .data = bytes_of(b, n),
			   .len = (uint32_t)n,
			   .linktype = LINKTYPE_RAW,
			   .time = now };

	return decode_frame(decoder, &f, p);
}

static enum decode_reason take_v4(uint16_t id, size_t offset, bool more,
				  const uint8_t *data, size_t len,
				  struct packet *p)
{
	uint8_t b[MOST + 20];

	return take(b, v4(b, id, offset, more, data, len, 17), p);
}

static const struct decode_counters *counters(void)
{
	return decode_counters(decoder);
}

/* All 120 orders of five fragments, IPv4 and IPv6. */
START_TEST(any_order)
{
	uint8_t d[MOST], b[MOST + 48];
	size_t total = datagram(d, 30), n;
	struct packet p;
	enum decode_reason reason;

	for (unsigned perm = 0; perm < 120; perm++) {
		unsigned order[5] = { 0, 1, 2, 3, 4 }, code = perm;

		for (unsigned i = 0; i < 5; i++) {
			unsigned j = i + code % (5 - i), t = order[i];

			code /= 5 - i;
			order[i] = order[j];
			order[j] = t;
		}
		for (unsigned i = 0; i < 5; i++) {
			size_t at = order[i] * 8, len = at + 8 < total ? 8
								: total - at;

			n = _i == 4 ? v4(b, (uint16_t)perm, at, at + 8 < total,
					 d + at, len, 17)
				    : v6(b, perm, at, at + 8 < total, d + at,
					 len);
			reason = take(b, n, &p);
			ck_assert_int_eq(reason, i < 4 ? DECODE_FRAGMENT
						       : DECODE_OK);
		}
		check_datagram(&p, 30);
		ck_assert_uint_eq(p.ip.len, total + (_i == 4 ? 20 : 40));
		ck_assert_uint_eq(p.ip.p[0] >> 4, (unsigned)_i);
	}
	ck_assert_uint_eq(counters()->reassembled, 120);
	ck_assert_uint_eq(counters()->fragment_overlaps, 0);
}
END_TEST

/* Every pair of overlapping runs: the copy that came first stays. */
START_TEST(first_wins)
{
	uint8_t d[MOST], evil[MOST];
	size_t total = datagram(d, 56);
	struct packet p;

	memset(evil, 0xee, sizeof evil);
	for (size_t from = 0; from < 56; from += 8) {
		for (size_t to = from + 8; to <= 56; to += 8) {
			uint16_t id = (uint16_t)(from << 8 | to);

			take_v4(id, from, true, d + from, to - from, &p);
			/* around it, others' bytes where ours are */
			memcpy(evil, d, total);
			memset(evil + from, 0xee, to - from);
			ck_assert_int_eq(take_v4(id, 0, true, evil, 56, &p),
					 DECODE_FRAGMENT);
			ck_assert_int_eq(take_v4(id, 56, false, d + 56,
						 total - 56, &p),
					 DECODE_OK);
			check_datagram(&p, 56);
		}
	}
	/* all but the one that repeats the whole run */
	ck_assert_uint_eq(counters()->fragment_overlaps, 27);
}
END_TEST

START_TEST(a_repeat_is_no_overlap)
{
	uint8_t d[MOST];
	size_t total = datagram(d, 100);
	struct packet p;

	take_v4(1, 0, true, d, 64, &p);
	ck_assert_int_eq(take_v4(1, 0, true, d, 64, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(1, 64, false, d + 64, total - 64, &p),
			 DECODE_OK);
	check_datagram(&p, 100);
	ck_assert_uint_eq(counters()->fragment_overlaps, 0);
}
END_TEST

START_TEST(kept_apart)
{
	uint8_t d[MOST], b[MOST];
	size_t total = datagram(d, 100), n;
	struct packet p;

	take_v4(1, 0, true, d, 64, &p);
	ck_assert_int_eq(take_v4(2, 64, false, d + 64, total - 64, &p),
			 DECODE_FRAGMENT);
	n = v4(b, 1, 64, false, d + 64, total - 64, 6);
	ck_assert_int_eq(take(b, n, &p), DECODE_FRAGMENT);
	n = v4(b, 1, 64, false, d + 64, total - 64, 17);
	b[19] = 77; /* another destination */
	ck_assert_int_eq(take(b, n, &p), DECODE_FRAGMENT);
	b[19] = 2;
	ck_assert_int_eq(take(b, n, &p), DECODE_OK);
	check_datagram(&p, 100);
}
END_TEST

START_TEST(contradictions)
{
	uint8_t d[MOST];
	struct packet p;

	datagram(d, 1000);
	ck_assert_int_eq(take_v4(1, 0, true, d, 63, &p), DECODE_FRAGMENT_LOST);
	ck_assert_int_eq(take_v4(1, 8, true, d, 0, &p), DECODE_FRAGMENT_LOST);
	ck_assert_int_eq(take_v4(2, 65528, false, d, 64, &p),
			 DECODE_FRAGMENT_LOST);
	/* beyond the end that was told */
	ck_assert_int_eq(take_v4(3, 64, false, d, 10, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(3, 72, true, d, 64, &p), DECODE_FRAGMENT_LOST);
	/* an end before what is there */
	ck_assert_int_eq(take_v4(4, 64, true, d, 64, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(4, 8, false, d, 8, &p), DECODE_FRAGMENT_LOST);
	ck_assert_uint_eq(counters()->reason[DECODE_FRAGMENT_LOST], 5);
}
END_TEST

START_TEST(bounded_in_pieces)
{
	uint8_t d[MOST];
	struct packet p;

	datagram(d, 3000);
	for (size_t i = 0; i < LIMIT_FRAG_PIECES; i++)
		ck_assert_int_eq(take_v4(1, i * 16, true, d + i * 16, 8, &p),
				 DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(1, LIMIT_FRAG_PIECES * 16, true, d, 8, &p),
			 DECODE_FRAGMENT_LOST);
	ck_assert_uint_eq(counters()->fragments_refused, 1);
}
END_TEST

START_TEST(bounded_in_time)
{
	uint8_t d[MOST];
	size_t total = datagram(d, 100);
	struct packet p;

	take_v4(1, 0, true, d, 64, &p);
	now.ns += LIMIT_FRAG_AGE + 1;
	ck_assert_int_eq(take_v4(1, 64, false, d + 64, total - 64, &p),
			 DECODE_FRAGMENT);
	ck_assert_uint_eq(counters()->fragments_expired, 1);
	/* and the first again: the late end is still there */
	ck_assert_int_eq(take_v4(1, 0, true, d, 64, &p), DECODE_OK);
	check_datagram(&p, 100);
}
END_TEST

/* A flood costs the oldest; what is new goes on being put together. */
START_TEST(bounded_in_number_and_bytes)
{
	uint8_t d[MOST];
	size_t total = datagram(d, 2000);
	struct packet p;

	for (unsigned i = 0; i < 60000; i++)
		ck_assert_int_eq(take_v4((uint16_t)i, 8, true, d + 8, 1024 + 8,
					 &p),
				 DECODE_FRAGMENT);
	ck_assert_uint_eq(counters()->fragments_evicted,
			  60000 - LIMIT_FRAG_DATAGRAMS);
	ck_assert_int_eq(take_v4(60001, 0, true, d, 1024, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(60001, 1024, false, d + 1024, total - 1024,
				 &p),
			 DECODE_OK);
	check_datagram(&p, 2000);
	/* large ones: bytes run out before datagrams do */
	for (unsigned i = 0; i < 1000; i++)
		for (size_t j = 0; j < 16; j++)
			ck_assert_int_eq(take_v4((uint16_t)i, 8 + j * 4000,
						 true, d, 4000, &p),
					 DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(60001, 0, true, d, 1024, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(60001, 1024, false, d + 1024, total - 1024,
				 &p),
			 DECODE_OK);
	check_datagram(&p, 2000);
}
END_TEST

/* A first fragment that ends inside the UDP header. */
START_TEST(tiny_first)
{
	uint8_t d[MOST], b[MOST];
	size_t total = datagram(d, 100), n;
	struct packet p;

	/* 8 bytes: all of UDP's header, but not of TCP's */
	n = v4(b, 9, 0, true, d, 8, 6);
	ck_assert_int_eq(take(b, n, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(1, 0, true, d, 8, &p), DECODE_FRAGMENT);
	ck_assert_int_eq(take_v4(1, 8, false, d + 8, total - 8, &p), DECODE_OK);
	check_datagram(&p, 100);
}
END_TEST

/* A tunnel in fragments, and a fragmented datagram in it: 3 times 2. */
START_TEST(within_tunnels)
{
	uint8_t d[MOST], in[MOST], out[MOST], gre[MOST] = { 0, 0, 8, 0 };
	size_t total = datagram(d, 100), n, m;
	enum decode_reason reason = DECODE_FRAGMENT;
	struct packet p;

	for (size_t i = 0; i < 3; i++) {
		size_t at = i * 40, len = i < 2 ? 40 : total - 80;

		n = v4(in, 5, at, i < 2, d + at, len, 17);
		memcpy(gre + 4, in, n);
		n += 4;
		m = v4(out, (uint16_t)i, 24, false, gre + 24, n - 24, 47);
		ck_assert_int_eq(take(out, m, &p), DECODE_FRAGMENT);
		m = v4(out, (uint16_t)i, 0, true, gre, 24, 47);
		reason = take(out, m, &p);
		ck_assert_int_eq(reason, i < 2 ? DECODE_FRAGMENT : DECODE_OK);
	}
	check_datagram(&p, 100);
	ck_assert_uint_eq(p.num_tunnels, 1);
	ck_assert_uint_eq(counters()->reassembled, 4);
}
END_TEST

/* A UDP datagram in two fragments of CAPWAP, as two access points behind one
 * address send it: with the same fragment id, from other ports. */
START_TEST(of_capwap)
{
	static const uint8_t ether[14] = { [12] = 8 };
	uint8_t d[MOST], in[MOST], out[MOST];
	uint8_t head[2][16] = {
		{ 0x9c, 0x41, 5247 >> 8, 5247 & 0xff, [8] = 0, 0x10, 0x02,
		  0x80, 0, 7, 0, 0 },
		{ 0x9c, 0x41, 5247 >> 8, 5247 & 0xff, [8] = 0, 0x10, 0x02,
		  0xc0, 0, 7, 0, 64 },
	};
	size_t total = datagram(d, 200), n;
	struct packet p;

	memcpy(in, ether, sizeof ether);
	n = sizeof ether + v4(in + sizeof ether, 0, 0, false, d, total, 17);
	for (unsigned i = 0; i < 4; i++) {
		uint8_t *h = head[i / 2];
		size_t len = i / 2 ? n - 64 : 64;
		uint8_t udp[MOST];

		h[1] = (uint8_t)(i % 2);
		h[4] = (uint8_t)((len + 16) >> 8);
		h[5] = (uint8_t)(len + 16);
		memcpy(udp, h, 16);
		memcpy(udp + 16, in + (i / 2 ? 64 : 0), len);
		ck_assert_int_eq(take(out, v4(out, 0, 0, false, udp, len + 16,
					      17), &p),
				 i < 2 ? DECODE_FRAGMENT : DECODE_OK);
	}
	check_datagram(&p, 200);
	ck_assert_uint_eq(p.num_tunnels, 1);
	ck_assert_uint_eq(p.tunnels[0].type, TUNNEL_CAPWAP);
	ck_assert_uint_eq(counters()->reassembled, 2);
}
END_TEST

/* Cut first fragments are used as far as they go. */
START_TEST(cut_fragment)
{
	uint8_t d[MOST], b[MOST];
	size_t n;
	struct frame f;
	struct packet p;

	datagram(d, 1000);
	n = v4(b, 1, 0, true, d, 512, 17);
	f = (struct frame){ .data = bytes_of(b, 60),
			    .len = (uint32_t)n,
			    .linktype = LINKTYPE_RAW };
	ck_assert_int_eq(decode_frame(decoder, &f, &p), DECODE_OK);
	ck_assert(p.cut);
	ck_assert_uint_eq(p.payload.len, 32);
	n = v4(b, 1, 512, true, d + 512, 256, 17);
	f.data = bytes_of(b, 60);
	f.len = (uint32_t)n;
	ck_assert_int_eq(decode_frame(decoder, &f, &p), DECODE_CUT);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, any_order, 4, 5);
	tcase_add_loop_test(t, any_order, 6, 7);
	tcase_add_test(t, first_wins);
	tcase_add_test(t, a_repeat_is_no_overlap);
	tcase_add_test(t, kept_apart);
	tcase_add_test(t, contradictions);
	tcase_add_test(t, bounded_in_pieces);
	tcase_add_test(t, bounded_in_time);
	tcase_add_test(t, bounded_in_number_and_bytes);
	tcase_add_test(t, tiny_first);
	tcase_add_test(t, within_tunnels);
	tcase_add_test(t, of_capwap);
	tcase_add_test(t, cut_fragment);
}

TEST_MAIN("fragment", cases)
