/*
 * test_decode_plain.c: what is read in one piece is what the rows read: plain
 * frames, and what becomes of them byte by byte, against the same IP packet
 * behind no link header.
 */
#include <stdlib.h>

#include "base/linktype.h"
#include "decode/decode.h"
#include "decode/plain.h"
#include "test_decode_wrap.h"
#include "test_run.h"

#define ETHERNET_LEN 14

static struct decoder *by_rows, *by_both;
static unsigned num_plain;

static void setup(void)
{
	by_rows = decode_new(NULL);
	by_both = decode_new(NULL);
	num_plain = 0;
	ck_assert(by_rows && by_both);
}

static void teardown(void)
{
	decode_free(by_rows);
	decode_free(by_both);
}

static void ck_bytes(struct bytes a, struct bytes b)
{
	ck_assert_uint_eq(a.len, b.len);
	if (a.len)
		ck_assert_ptr_eq(a.p, b.p);
}

/* data: a frame with IPv4's ethertype; len: what it was on the wire. */
static void ck_same(struct bytes data, uint32_t len)
{
	struct frame whole = { .data = data, .len = len,
			       .linktype = LINKTYPE_ETHERNET };
	struct frame bare = { .data = bytes_tail(data, ETHERNET_LEN),
			      .len = len - ETHERNET_LEN,
			      .linktype = LINKTYPE_RAW };
	struct packet a, b, unused;

	num_plain += plain_decode(data, len, &unused) > 0;
	if (decode_frame(by_both, &whole, &a) != DECODE_OK) {
		ck_assert(!plain_decode(data, len, &unused));
		return;
	}
	ck_assert_int_eq(decode_frame(by_rows, &bare, &b), DECODE_OK);
	ck_assert(endpoint_eq(&a.src, &b.src) && endpoint_eq(&a.dst, &b.dst));
	ck_assert_int_eq(a.protocol, b.protocol);
	ck_assert_int_eq(a.tcp_flags, b.tcp_flags);
	ck_assert_uint_eq(a.seq, b.seq);
	ck_assert_uint_eq(a.ack, b.ack);
	ck_assert_uint_eq(a.payload_len, b.payload_len);
	ck_assert_int_eq(a.cut, b.cut);
	ck_assert_uint_eq(a.num_tunnels, b.num_tunnels);
	ck_assert_uint_eq(a.tunnel_key, b.tunnel_key);
	ck_bytes(a.payload, b.payload);
	ck_bytes(a.ip, b.ip);
}

/* In a heap block of exactly its size. */
static void ck_copy(const struct wrapped *w, size_t n, uint32_t len)
{
	uint8_t *copy = malloc(n);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, w->b, n);
	ck_same(bytes_of(copy, n), len);
	free(copy);
}

static const char *const recipes[] = {
	"E:0800 T4",
	"E:0800 T4 Z:06",
	"E:0800 U4",
	"E:0800 V4:47 X:00000800 T4",
};

START_TEST(prefixes)
{
	struct wrapped w;

	wrap(recipes[_i], &w);
	for (size_t n = ETHERNET_LEN; n <= w.len; n++)
		ck_copy(&w, n, (uint32_t)w.len);
	ck_assert_int_eq(num_plain > 0, _i < 2);
}
END_TEST

/* Every byte behind the ethertype takes every value. */
START_TEST(changes)
{
	struct wrapped w;

	wrap(recipes[_i], &w);
	for (size_t i = ETHERNET_LEN; i < w.len && i < 60; i++) {
		uint8_t was = w.b[i];

		for (int v = 0; v < 256; v++) {
			w.b[i] = (uint8_t)v;
			ck_copy(&w, w.len, (uint32_t)w.len);
		}
		w.b[i] = was;
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, prefixes, 0, 4);
	tcase_add_loop_test(t, changes, 0, 4);
}

TEST_MAIN("decode/plain", cases)
