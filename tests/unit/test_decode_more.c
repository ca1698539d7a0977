/*
 * test_decode_more.c: what is not a row of test_decode.c: cut and padded
 * packets, offloaded lengths, what is no tunnel, depth, keys, A-MSDUs, filters.
 */
#include "decode/decode.h"

#include <stdlib.h>

#include "base/linktype.h"
#include "test_decode_wrap.h"
#include "test_run.h"

static struct decoder *decoder;

static void setup(void)
{
	decoder = decode_new(NULL);
	ck_assert_ptr_nonnull(decoder);
}

static void teardown(void)
{
	decode_free(decoder);
}

/* Decodes the first n bytes of what the wire had len of. */
static enum decode_reason take_some(const struct wrapped *w, size_t n,
				    size_t len, struct packet *p)
{
	struct frame f = { .data = bytes_of(w->b, n),
			   .len = (uint32_t)len,
			   .linktype = LINKTYPE_ETHERNET };

	return decode_frame(decoder, &f, p);
}

static enum decode_reason take(const char *recipe, struct packet *p)
{
	static struct wrapped w;

	wrap(recipe, &w);
	return take_some(&w, w.len, w.len, p);
}

START_TEST(cut_by_the_snap_length)
{
	struct wrapped w;
	struct packet p;

	wrap("E:0800 T4", &w);
	ck_assert_int_eq(take_some(&w, w.len - 8, w.len, &p), DECODE_OK);
	ck_assert(p.cut);
	ck_assert_uint_eq(p.payload.len, strlen(WRAP_PAYLOAD) - 8);
	ck_assert_uint_eq(p.payload_len, strlen(WRAP_PAYLOAD));
	/* a mirror cut it, and the capture does not know */
	ck_assert_int_eq(take_some(&w, w.len - 8, w.len - 8, &p), DECODE_OK);
	ck_assert(p.cut);
	ck_assert_uint_eq(p.payload_len, strlen(WRAP_PAYLOAD));
	ck_assert_uint_eq(decode_counters(decoder)->cut, 2);
}
END_TEST

START_TEST(lengths_left_to_the_card)
{
	struct wrapped w;
	struct packet p;

	wrap("E:0800 T4", &w);
	w.b[16] = w.b[17] = 0; /* IPv4 total length */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_OK);
	ck_assert(bytes_is(p.payload, WRAP_PAYLOAD));
	ck_assert_int_eq(take_some(&w, w.len - 3, w.len, &p), DECODE_OK);
	ck_assert(p.cut);
	ck_assert_uint_eq(p.payload_len, strlen(WRAP_PAYLOAD));
	wrap("E:86dd U6", &w);
	w.b[18] = w.b[19] = 0; /* IPv6 payload length */
	w.b[58] = w.b[59] = 0; /* UDP length */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_OK);
	ck_assert(bytes_is(p.payload, WRAP_PAYLOAD));
	ck_assert_int_eq(p.protocol, PACKET_UDP);
}
END_TEST

START_TEST(lengths_that_lie)
{
	struct wrapped w;
	struct packet p;

	wrap("E:0800 T4", &w);
	w.b[17] = 30; /* total length within the TCP header */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_MALFORMED);
	wrap("E:0800 T4", &w);
	w.b[14] = 0x44; /* header length 16 */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_MALFORMED);
	wrap("E:0800 T4", &w);
	w.b[46] = 0x40; /* TCP header length 16 */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_MALFORMED);
	wrap("E:0800 U4", &w);
	w.b[39] = 7; /* UDP length */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_MALFORMED);
	wrap("E:0800 U4", &w);
	w.b[38] = 0xff; /* UDP longer than IP: what IP says */
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_OK);
	ck_assert(!p.cut);
	ck_assert_uint_eq(p.payload_len, strlen(WRAP_PAYLOAD));
}
END_TEST

/* RFC 5415 4.2: DTLS of either channel of CAPWAP, its header taken off. */
START_TEST(dtls_of_capwap)
{
	static const struct {
		const char *recipe;
		size_t left;
	} rows[] = {
		{ "E:0800 V4:17 U:5246 X:01000000 X:16feff0000", 5 },
		{ "E:0800 V4:17 U:5247 X:01000000 X:17fefd0001", 5 },
		/* not so: all of it */
		{ "E:0800 V4:17 U:5246 X:01000000 X:1603010000", 9 },
		{ "E:0800 V4:17 U:5247 X:01000001 X:16feff0000", 9 },
		{ "E:0800 V4:17 U:5246 X:0010020000000000", 8 },
	};
	struct packet p;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ck_assert_msg(take(rows[i].recipe, &p) == DECODE_OK, "%s",
			      rows[i].recipe);
		ck_assert_int_eq(p.protocol, PACKET_UDP);
		ck_assert_uint_eq(p.src.port, 50000);
		ck_assert_uint_eq(p.num_tunnels, 0);
		ck_assert_uint_eq(p.payload.len, rows[i].left);
		ck_assert_uint_eq(p.payload_len, rows[i].left);
	}
}
END_TEST

/* On a tunnel's port, and something else: plain UDP to that port. */
START_TEST(no_tunnel_after_all)
{
	static const char *const plain[] = {
		"E:0800 V4:17 U:4789 X:474554202f20485454502f312e310d0a",
		"E:0800 V4:17 U:4789 X:0800000000002a00 E:0800 X:12345678",
		"E:0800 V4:17 U:6081 X:1603010200010001fc0303",
		"E:0800 V4:17 U:6081 X:0000123400002a00",
		"E:0800 V4:17 U:2152 X:32010004000000000001000",
		"E:0800 V4:17 U:2152 X:30ff0010000000010102030405",
		"E:0800 V4:17 U:3544 X:1234",
		"E:0800 V4:17 U:1701 X:c80200140000000000000000",
		"E:0800 V4:17 U:5247 X:1603010200",
		"E:0800 V4:17 U:37008 X:0200000100",
		"E:0800 V4:17 U:4790 X:0cffff0100002a00",
		"E:0800 V4:17 U:4754 X:16feff00000000000000",
		"E:0800 V4:17 U:4754 X:000108004500",
		"E:0800 V4:17 U:4341 X:16feff000000000000",
		"E:0800 V4:17 U:5072 X:4452112912345678",
		"E:0800 V4:17 U:6080 X:00060000 X:45000014",
		"E:0800 V4:17 U:6080 X:c0040000 X:45000014",
	};
	struct packet p;

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		ck_assert_msg(take(plain[i], &p) == DECODE_OK, "%s", plain[i]);
		ck_assert_int_eq(p.protocol, PACKET_UDP);
		ck_assert_uint_eq(p.src.port, 50000);
		ck_assert_uint_eq(p.src.addr.b[0], 172);
		ck_assert_uint_eq(p.num_tunnels, 0);
		ck_assert_uint_eq(p.payload.len, p.payload_len);
	}
}
END_TEST

START_TEST(told_by_reason)
{
	static const struct {
		const char *recipe;
		enum decode_reason reason;
	} rows[] = {
		{ "E:0806 X:0001080006040001", DECODE_NOT_IP },
		{ "E:88cc X:0207", DECODE_NOT_IP },
		{ "E:8863 X:110900000000", DECODE_NOT_IP },
		{ "L X:424203 X:0000", DECODE_NOT_IP },
		{ "E:0800 V4:1 X:0301", DECODE_NOT_TCP_UDP },
		/* an ICMP error that quotes a packet is none */
		{ "E:0800 V4:1 X:0301000000000000 T4", DECODE_NOT_TCP_UDP },
		{ "E:0800 V4:0 T4", DECODE_NOT_TCP_UDP },
		{ "E:86dd V6:59", DECODE_NOT_TCP_UDP },
		{ "E:0800 V4:50 X:0000000100000001", DECODE_ENCRYPTED },
		{ "E:88e5 X:2c00000000010000000000000000", DECODE_ENCRYPTED },
		{ "E:0800 V4:17 U:4789 X:0800000000002a00 E:0806 X:0001",
		  DECODE_NOT_IP },
		{ "E:0800 X:ff", DECODE_MALFORMED },
		/* 802.11 in CAPWAP: "more fragments" */
		{ "E:0800 V4:17 U:5247 X:0010030000000000 X:0805000000000000"
		  " X:00000000000000000000000000000000",
		  DECODE_FRAGMENT_LINK },
	};
	struct packet p;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_msg(take(rows[i].recipe, &p) == rows[i].reason,
			      "%s", rows[i].recipe);
	ck_assert_uint_eq(
		decode_counters(decoder)->reason[DECODE_NOT_TCP_UDP], 4);
	ck_assert_uint_eq(decode_counters(decoder)->frames,
			  sizeof rows / sizeof *rows);
	ck_assert_uint_eq(decode_counters(decoder)->packets, 0);
	for (int i = 0; i < DECODE_NUM_REASONS; i++)
		ck_assert_ptr_nonnull(decode_reasons[i]);
}
END_TEST

START_TEST(nested_without_end)
{
	static struct wrapped w;
	struct packet p;
	uint8_t *at;

	ck_assert_int_eq(take("E:0800 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 "
			      "T4",
			      &p),
			 DECODE_OK);
	ck_assert_uint_eq(p.num_tunnels, LIMIT_TUNNEL_DEPTH);
	ck_assert_int_eq(take("E:0800 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 V4:4 "
			      "V4:4 T4",
			      &p),
			 DECODE_DEPTH);
	/* headers that are no tunnels: 1000 empty hop-by-hop options */
	wrap("E:86dd V6:0 T6", &w);
	memmove(w.b + 54 + 8000, w.b + 54, 100);
	at = w.b + 54;
	for (int i = 0; i < 1000; i++, at += 8)
		memcpy(at, "\0\0\1\4\0\0\0\0", 8);
	w.len = sizeof w.b;
	w.b[18] = 0x1f;
	w.b[19] = 0x90;
	ck_assert_int_eq(take_some(&w, w.len, w.len, &p), DECODE_DEPTH);
}
END_TEST

static uint64_t key_of(const char *recipe)
{
	struct packet p;

	ck_assert_msg(take(recipe, &p) == DECODE_OK, "%s", recipe);
	return p.tunnel_key;
}

START_TEST(tunnels_in_the_key)
{
	const char *a = "E:0800 V4:17 U:4789 X:0800000000002a00 E:0800 T4";
	const char *b = "E:0800 V4:17 U:4789 X:0800000000002b00 E:0800 T4";
	struct decode_config c = { .vlan_in_key = true };

	ck_assert_uint_eq(key_of("E:0800 T4"), 0);
	ck_assert_uint_ne(key_of(a), 0);
	ck_assert_uint_ne(key_of(a), key_of(b));
	ck_assert_uint_eq(key_of(a), key_of(a));
	/* ids that the receiver chooses differ by direction */
	ck_assert_uint_eq(key_of("E:0800 V4:17 U:2152 G:1 T4"),
			  key_of("E:0800 V4:17 U:2152 G:2 T4"));
	ck_assert_uint_eq(key_of("E:8847 X:00064140 T4"), 0);
	ck_assert_uint_eq(key_of("E:8100 X:00640800 T4"), 0);
	decode_free(decoder);
	decoder = decode_new(&c);
	ck_assert_uint_ne(key_of("E:8100 X:00640800 T4"), 0);
	ck_assert_uint_ne(key_of("E:8100 X:00640800 T4"),
			  key_of("E:8100 X:00650800 T4"));
}
END_TEST

START_TEST(gateway_load_balancer)
{
	const char *recipe = "E:0800 V4:17 U:6081 X:0800080000000000 "
			     "X:0108010200112233445566aa "
			     "X:01080202aabbccddeeff0011 X:0108030112345678 T4";
	struct packet p;

	ck_assert_int_eq(take(recipe, &p), DECODE_OK);
	ck_assert_uint_eq(p.num_tunnels, 1);
	ck_assert_uint_eq(p.tunnels[0].gwlb_endpoint, 0x00112233445566aa);
	ck_assert_uint_eq(p.tunnels[0].gwlb_attachment, 0xaabbccddeeff0011);
	ck_assert_uint_eq(p.tunnels[0].gwlb_cookie, 0x12345678);
	ck_assert_uint_ne(p.tunnel_key,
			  key_of("E:0800 V4:17 U:6081 X:0000080000000000 T4"));
}
END_TEST

START_TEST(tag_that_the_kernel_took_off)
{
	struct wrapped w;
	struct packet p;
	struct frame f;

	wrap("E:0800 T4", &w);
	f = (struct frame){ .data = bytes_of(w.b, w.len),
			    .len = (uint32_t)w.len,
			    .linktype = LINKTYPE_ETHERNET,
			    .vlan = 0x6064,
			    .has_vlan = true };
	ck_assert_int_eq(decode_frame(decoder, &f, &p), DECODE_OK);
	ck_assert_uint_eq(p.num_tunnels, 1);
	ck_assert_uint_eq(p.tunnels[0].id, 0x64);
}
END_TEST

/* One 802.11 A-MSDU: TCP, ARP, UDP. */
START_TEST(several_packets_in_a_frame)
{
	struct wrapped w, t, u;
	struct packet p;
	struct frame f;
	uint8_t sub[14] = { 0 };
	size_t at;

	wrap("X:88010000020000000001020000000002020000000003 X:10008000", &w);
	wrap("X:aaaa030000000800 T4", &t);
	wrap("X:aaaa030000000800 U4", &u);
	at = w.len;
	sub[13] = (uint8_t)t.len;
	memcpy(w.b + at, sub, 14);
	memcpy(w.b + at + 14, t.b, t.len);
	at += 14 + (t.len + 14 + 3) / 4 * 4 - 14;
	sub[13] = 10;
	memcpy(w.b + at, sub, 14);
	memcpy(w.b + at + 14, "\xaa\xaa\x03\0\0\0\x08\x06\0\1", 10);
	at += 24;
	sub[13] = (uint8_t)u.len;
	memcpy(w.b + at, sub, 14);
	memcpy(w.b + at + 14, u.b, u.len);
	w.len = at + 14 + u.len;
	f = (struct frame){ .data = bytes_of(w.b, w.len),
			    .len = (uint32_t)w.len,
			    .linktype = LINKTYPE_IEEE802_11 };
	ck_assert_int_eq(decode_frame(decoder, &f, &p), DECODE_OK);
	ck_assert_int_eq(p.protocol, PACKET_TCP);
	ck_assert(bytes_is(p.payload, WRAP_PAYLOAD));
	ck_assert(decode_next(decoder, &p));
	ck_assert_int_eq(p.protocol, PACKET_UDP);
	ck_assert(bytes_is(p.payload, WRAP_PAYLOAD));
	ck_assert(!decode_next(decoder, &p));
	ck_assert_uint_eq(decode_counters(decoder)->packets, 2);
	ck_assert_uint_eq(decode_counters(decoder)->frames, 1);
	ck_assert_uint_eq(decode_counters(decoder)->reason[DECODE_NOT_IP], 1);
}
END_TEST

struct filtered {
	size_t len;
	bool answer;
};

static bool filter(void *arg, struct bytes ip, uint32_t ip_len)
{
	struct filtered *seen = arg;

	ck_assert_uint_eq(ip.p[0] >> 4, 4);
	ck_assert_uint_eq(ip.p[12], 10); /* the innermost */
	ck_assert_uint_ge(ip_len, ip.len);
	seen->len = ip_len;
	return seen->answer;
}

START_TEST(inner_filter)
{
	struct filtered seen = { 0, true };
	struct decode_config c = { .inner_filter = filter,
				   .inner_filter_arg = &seen };
	const char *recipe = "E:0800 V4:17 U:4789 X:0800000000002a00 E:0800 T4";
	struct packet p;

	decode_free(decoder);
	decoder = decode_new(&c);
	ck_assert_int_eq(take(recipe, &p), DECODE_OK);
	ck_assert_uint_eq(seen.len, 40 + strlen(WRAP_PAYLOAD));
	seen.answer = false;
	ck_assert_int_eq(take(recipe, &p), DECODE_FILTERED);
	ck_assert_uint_eq(decode_counters(decoder)->reason[DECODE_FILTERED], 1);
	ck_assert_uint_eq(decode_counters(decoder)->tunnel[TUNNEL_VXLAN], 1);
}
END_TEST

START_TEST(no_such_link_type)
{
	struct frame f = { .data = bytes_of("abcdef", 6),
			   .len = 6,
			   .linktype = 147 };
	struct packet p;

	ck_assert_int_eq(decode_frame(decoder, &f, &p), DECODE_LINKTYPE);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, cut_by_the_snap_length);
	tcase_add_test(t, lengths_left_to_the_card);
	tcase_add_test(t, lengths_that_lie);
	tcase_add_test(t, no_tunnel_after_all);
	tcase_add_test(t, dtls_of_capwap);
	tcase_add_test(t, told_by_reason);
	tcase_add_test(t, nested_without_end);
	tcase_add_test(t, tunnels_in_the_key);
	tcase_add_test(t, gateway_load_balancer);
	tcase_add_test(t, tag_that_the_kernel_took_off);
	tcase_add_test(t, several_packets_in_a_frame);
	tcase_add_test(t, inner_filter);
	tcase_add_test(t, no_such_link_type);
}

TEST_MAIN("decode", cases)
