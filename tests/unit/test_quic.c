/*
 * test_quic.c: packets, keys and frames of QUIC against the samples of RFC 9000
 * A, 9001 A and 9369 A.
 */
#include "quic/frame.h"
#include "quic/gquic.h"
#include "quic/packet.h"
#include "test_quic_make.h"
#include "test_run.h"

static void hex(struct make *m, const char *text)
{
	unsigned v;

	for (m->len = 0; *text; text += 2) {
		ck_assert_int_eq(sscanf(text, "%2x", &v), 1);
		make_num(m, v, 1);
	}
}

static void same(const uint8_t *got, const char *want)
{
	struct make m;

	hex(&m, want);
	ck_assert_mem_eq(got, m.p, m.len);
}

#define CLIENT_FRAME \
	"060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868" \
	"04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578" \
	"616d706c652e636f6dff01000100000a00080006001d00170018001000070005" \
	"04616c706e000500050100000000003300260024001d00209370b2c9caa47fba" \
	"baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400" \
	"0d0010000e0403050306030203080408050806002d00020101001c0002400100" \
	"3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000" \
	"75300901100f088394c8f03e51570806048000ffff"
#define SERVER_PAYLOAD \
	"02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739" \
	"88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94" \
	"0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00" \
	"020304"

/* RFC 9001 A.1 to A.3, RFC 9369 A.1 to A.3 */
static const struct {
	uint32_t version;
	const char *key[2], *iv[2], *hp[2];
	const char *client_begin, *client_end, *server;
} samples[] = {
	{ QUIC_V1,
	  { "1f369613dd76d5467730efcbe3b1a22d",
	    "cf3a5331653c364c88f0f379b6067e37" },
	  { "fa044b2f42a3fd3b46fb255c", "0ac1493ca1905853b0bba03e" },
	  { "9f50449e04a0e810283a1e9933adedd2",
	    "c206b8d9b9f0f37644430b490eeaa314" },
	  "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
	  "e221af44860018ab0856972e194cd934",
	  "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
	  "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
	  "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
	  "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
	  "2158407dd074ee" },
	{ QUIC_V2,
	  { "8b1a0bc121284290a29e0971b5cd045d",
	    "82db637861d55e1d011f19ea71d5d2a7" },
	  { "91f73e2351d8fa91660e909f", "dd13c276499c0249d3310652" },
	  { "45b95e15235d6f45a6b19cbcb0294ba9",
	    "edf6d05c83121201b436e16877593c3a" },
	  "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
	  "a18b2faa745b6fe189cf772a9f84cbfc",
	  "dc6b3343cf0008f067a5502a4262b5004075d92faaf16f05d8a4398c47089698"
	  "baeea26b91eb761d9b89237bbf87263017915358230035f7fd3945d88965cf17"
	  "f9af6e16886c61bfc703106fbaf3cb4cfa52382dd16a393e42757507698075b2"
	  "c984c707f0a0812d8cd5a6881eaf21ceda98f4bd23f6fe1a3e2c43edd9ce7ca8"
	  "4bed8521e2e140" },
};

static void sample_keys(int i, struct quic_keys k[static 2])
{
	struct make dcid;

	hex(&dcid, "8394c8f03e515708");
	ck_assert(quic_keys_initial(quic_version_find(samples[i].version),
				    bytes_of(dcid.p, 8), k));
}

START_TEST(initial_keys)
{
	struct quic_keys k[2];

	sample_keys(_i, k);
	for (int side = 0; side < 2; side++) {
		ck_assert_int_eq(k[side].aead, AEAD_AES_128_GCM);
		same(k[side].key, samples[_i].key[side]);
		same(k[side].iv, samples[_i].iv[side]);
		same(k[side].hp, samples[_i].hp[side]);
	}
}
END_TEST

static void open_sample(int i, enum tls_side side, struct bytes datagram,
			const struct make *want)
{
	uint8_t scratch[1500];
	struct quic_keys k[2];
	struct quic_space space = { 0 };
	struct quic_packet p;
	struct reader r = rd_whole(datagram);
	struct bytes payload;

	sample_keys(i, k);
	ck_assert(quic_packet_read(&r, false, &p));
	ck_assert_int_eq(p.type, QUIC_INITIAL);
	ck_assert(!rd_more(&r));
	ck_assert(quic_keys_open(&k[side], &p, &space, scratch, &payload));
	ck_assert_uint_ge(payload.len, want->len);
	ck_assert_mem_eq(payload.p, want->p, want->len);
	for (size_t n = want->len; n < payload.len; n++)
		ck_assert_uint_eq(payload.p[n], 0);
	ck_assert_uint_eq(space.expected, side == TLS_CLIENT ? 3 : 2);
	ck_assert(!quic_keys_open(&k[!side], &p, &space, scratch, &payload));
}

START_TEST(server_sample)
{
	struct make packet, want;

	hex(&packet, samples[_i].server);
	hex(&want, SERVER_PAYLOAD);
	open_sample(_i, TLS_SERVER, bytes_of(packet.p, packet.len), &want);
}
END_TEST

/* The client's packet is 1200 bytes: made from its plain text, and compared
 * with the sample where it begins and ends. The tag covers the rest. */
START_TEST(client_sample)
{
	struct make packet = { .len = 0 }, frame, dcid;
	struct make_packet p = { .version = samples[_i].version,
				 .type = QUIC_INITIAL, .number = 2 };
	struct quic_keys k[2];

	hex(&dcid, "8394c8f03e515708");
	p.dcid = bytes_of(dcid.p, 8);
	hex(&frame, CLIENT_FRAME);
	make_fill(&frame, 0, 1162 - frame.len);
	sample_keys(_i, k);
	make_quic(&packet, &p, &k[0], bytes_of(frame.p, frame.len));
	ck_assert_uint_eq(packet.len, 1200);
	same(packet.p, samples[_i].client_begin);
	same(packet.p + 1184, samples[_i].client_end);
	hex(&frame, CLIENT_FRAME);
	open_sample(_i, TLS_CLIENT, bytes_of(packet.p, packet.len), &frame);
}
END_TEST

START_TEST(chacha_sample) /* RFC 9001 A.5 */
{
	uint8_t scratch[100];
	struct make secret, packet;
	struct quic_keys k;
	struct quic_space space = { .expected = 654360564 };
	struct quic_packet p;
	struct bytes payload;
	struct reader r;

	hex(&secret, "9ac312a7f877468ebe69422748ad00a1"
		     "5443f18203a07d6060f688f30f21632b");
	ck_assert(quic_keys_derive(quic_version_find(1), HKDF_SHA256,
				   AEAD_CHACHA20_POLY1305,
				   bytes_of(secret.p, 32), &k));
	same(k.key, "c6d98ff3441c3fe1b2182094f69caa2e"
		    "d4b716b65488960a7a984979fb23e1c8");
	same(k.iv, "e0459b3474bdd0e44a41c144");
	same(k.hp, "25a282b9e82f06f21f488917a4fc8f1b"
		   "73573685608597d0efcb076b0ab7a7a4");
	hex(&packet, "4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
	r = rd_whole(bytes_of(packet.p, packet.len));
	ck_assert(quic_packet_read(&r, false, &p));
	ck_assert_int_eq(p.type, QUIC_SHORT);
	ck_assert(quic_keys_open(&k, &p, &space, scratch, &payload));
	ck_assert_uint_eq(payload.len, 1);
	ck_assert_uint_eq(payload.p[0], 1);
}
END_TEST

/* RFC 9000 A.3: numbers are told by their low bytes. */
START_TEST(packet_numbers)
{
	static const struct {
		uint64_t expected, number;
		unsigned len;
	} rows[] = {
		{ 0xa82f30eb, 0xa82f9b32, 2 },
		{ 0, 0, 1 },
		{ 0, 127, 1 },
		{ 255, 256, 1 },
		{ 256, 255, 1 },
		{ 300, 180, 1 },
		{ 65535, 65536, 2 },
		{ 1, 0, 4 },
		{ 0x1fffffff0, 0x200000005, 4 },
	};
	uint8_t scratch[200], plain[40] = { 0 };
	struct quic_keys k[2];
	struct quic_packet p;
	struct bytes payload;

	sample_keys(0, k);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct make_packet q = { .version = 1, .type = QUIC_INITIAL,
					 .number = rows[i].number,
					 .number_len = rows[i].len };
		struct make m = { .len = 0 };
		struct quic_space space = { rows[i].expected };
		struct reader r;

		make_quic(&m, &q, &k[0], bytes_of(plain, sizeof plain));
		r = rd_whole(bytes_of(m.p, m.len));
		ck_assert(quic_packet_read(&r, false, &p));
		ck_assert_msg(quic_keys_open(&k[0], &p, &space, scratch,
					     &payload), "row %zu", i);
		ck_assert_uint_ge(space.expected, rows[i].number + 1);
	}
}
END_TEST

static const char *const versions[] = { "00000001", "6b3343cf", "709a50c4" };

START_TEST(packet_types)
{
	/* RFC 9000 table 5, RFC 9369 3.2 */
	static const enum quic_type v1[] = { QUIC_INITIAL, QUIC_ZERO_RTT,
					     QUIC_HANDSHAKE, QUIC_RETRY };
	static const enum quic_type v2[] = { QUIC_RETRY, QUIC_INITIAL,
					     QUIC_ZERO_RTT, QUIC_HANDSHAKE };
	struct quic_packet p;

	for (unsigned bits = 0; bits < 4; bits++) {
		struct make m, v;
		struct reader r;
		enum quic_type want = _i ? v2[bits] : v1[bits];

		m.len = 0;
		hex(&v, versions[_i]);
		make_num(&m, 0xc0 | bits << 4, 1);
		make_bytes(&m, v.p, 4);
		make_num(&m, 0, 2);
		if (want == QUIC_INITIAL)
			make_num(&m, 0, 1);
		make_varint(&m, 20);
		make_fill(&m, 9, 20);
		r = rd_whole(bytes_of(m.p, m.len));
		ck_assert(quic_packet_read(&r, false, &p));
		ck_assert_int_eq(p.type, want);
		/* every prefix is none, or all that is left of a Retry */
		for (size_t n = 0; n < m.len && want != QUIC_RETRY; n++) {
			r = rd_whole(bytes_of(m.p, n));
			ck_assert(!quic_packet_read(&r, false, &p));
		}
	}
}
END_TEST

START_TEST(known_versions)
{
	static const uint32_t yes[] = {
		1, 0x6b3343cf, 0xff000017, 0xff00001c, 0xff00001d, 0xff000022,
		0xfaceb001, 0xfaceb002, 0xfaceb00e, 0x51303530, 0x54303531
	};
	static const uint32_t no[] = { 0, 2, 0xff000014, 0xff000023,
				       0xfaceb010, 0x51303436, 0x1a2a3a4a };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		ck_assert(quic_version_find(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		ck_assert(!quic_version_find(no[i]));
}
END_TEST

/* All frames of RFC 9000 19 in one payload: CRYPTO and close are found. */
START_TEST(frames)
{
	struct make m;
	struct quic_frame f;
	struct reader r;
	unsigned crypto = 0, closed = 0, all = 0;
	struct bytes payload;

	hex(&m, "0001020a0b01000102"	     /* PADDING PING ACK, a gap */
		"030a0b0000010203"	     /* ACK with ECN */
		"06400a03616263"	     /* CRYPTO */
		"040102030501020703aabbcc"   /* RESET STOP NEW_TOKEN */
		"0b0002ffff0f000102ffff"     /* STREAM */
		"1005110102120513051405"     /* MAX_... */
		"150102160517051801000412345678" /* ..., NEW_CONNECTION_ID */
		"000102030405060708090a0b0c0d0e0f"
		"19011a01020304050607081b01020304050607081e3102aabb");
	make_quic_close(&m, false, 0x12a);
	make_quic_close(&m, true, 7);
	payload = bytes_of(m.p, m.len);
	r = rd_whole(payload);
	while (quic_frame_read(&r, 6, &f)) {
		all++;
		if (f.kind == QUIC_FRAME_CRYPTO) {
			crypto++;
			ck_assert_uint_eq(f.offset, 10);
			ck_assert(bytes_is(f.data, "abc"));
		} else if (f.kind == QUIC_FRAME_CLOSE) {
			closed++;
			ck_assert_uint_eq(f.error, f.application ? 7 : 0x12a);
		}
	}
	ck_assert(rd_ok(&r) && !rd_more(&r));
	ck_assert_uint_eq(crypto, 1);
	ck_assert_uint_eq(closed, 2);
	ck_assert_uint_eq(all, 26);
	/* unknown types have no length */
	for (unsigned type = 0x20; type < 0x30; type++) {
		m.p[0] = (uint8_t)type;
		r = rd_whole(bytes_of(m.p, m.len));
		ck_assert(!quic_frame_read(&r, 6, &f));
		ck_assert(!rd_ok(&r));
	}
}
END_TEST

START_TEST(chlo)
{
	struct make m;
	struct gquic_hello g = { 0 };
	struct bytes sni = bytes_str("untouched");
	size_t begin;

	/* Q043: flags, id, version, number, hash, STREAM */
	hex(&m, "0d1122334455667788513034330100000000000000000000000080"
		"01");
	begin = m.len;
	make_bytes(&m, "CHLO", 4);
	make_num(&m, 0x0300, 2);
	make_num(&m, 0, 2);
	make_bytes(&m, "PAD\0\x02\0\0\0SNI\0\x0f\0\0\0VER\0\x13\0\0\0", 24);
	make_bytes(&m, "--google.exampleQ043", 19);
	ck_assert(gquic_read(bytes_of(m.p, m.len), &g));
	ck_assert_uint_eq(g.version, 0x51303433);
	ck_assert_uint_eq(g.cid.len, 8);
	ck_assert(bytes_is(g.sni, "google.exampl"));
	for (size_t n = begin; n < m.len; n++)
		ck_assert(!gquic_read_chlo(bytes_of(m.p + begin, n - begin),
					   &sni));
	/* ends of values go up */
	m.p[begin + 8 + 4] = 0x10;
	ck_assert(!gquic_read_chlo(bytes_of(m.p + begin, m.len - begin), &sni));
	ck_assert(bytes_is(sni, "untouched"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, initial_keys, 0, 2);
	tcase_add_loop_test(t, server_sample, 0, 2);
	tcase_add_loop_test(t, client_sample, 0, 2);
	tcase_add_test(t, chacha_sample);
	tcase_add_test(t, packet_numbers);
	tcase_add_loop_test(t, packet_types, 0, 3);
	tcase_add_test(t, known_versions);
	tcase_add_test(t, frames);
	tcase_add_test(t, chlo);
}

TEST_MAIN("quic", cases)
