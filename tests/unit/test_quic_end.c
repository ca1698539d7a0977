/*
 * test_quic_end.c: how a connection ends: accepted, silent, followed by
 * another; and what is cut, forged, greedy, or no QUIC at all.
 */
#include "base/limits.h"
#include "test_quic_make.h"
#include "test_run.h"

static struct talk t;

static void fini(struct tls_handshake *hs)
{
	tls_handshake_free(hs);
	talk_fini(&t);
}

/* behind it: 'H' a 1-RTT packet whose fixed bit is off, 'X' what is none */
static void send_handshake(enum tls_side side, char behind)
{
	struct quic_keys k = { .aead = AEAD_AES_128_GCM, .key = { 3 } };
	struct make_packet p = talk_packet(&t, side);
	uint8_t some[60] = { 0 };
	struct make m = { .len = 0 };

	p.type = QUIC_HANDSHAKE;
	make_quic(&m, &p, &k, bytes_of(some, 60));
	if (behind == 'H') { /* RFC 9287 3: the fixed bit is off */
		make_num(&m, 0x1a, 1);
		make_bytes(&m, p.dcid.p, p.dcid.len);
	}
	if (behind == 'H' || behind == 'X')
		make_fill(&m, 0x5a, 60);
	talk_feed(&t, side, bytes_of(m.p, m.len), false);
}

static void send_short(enum tls_side side)
{
	struct make m = { .len = 0 };

	make_short(&m, bytes_of(side ? t.client : t.server, 8), 40);
	talk_feed(&t, side, bytes_of(m.p, m.len), false);
}

/*
 * c, s: 1-RTT packets; C, S: Handshake packets; H: a client's, in one datagram
 * with a 1-RTT packet; X: with padding that looks like one (RFC 9000 12.2).
 */
START_TEST(reactions)
{
	static const struct {
		const char *said;
		bool accepted;
	} rows[] = {
		{ "SCcscs", true },    { "SSCCsccsssccss", true },
		{ "SCcsc", false },    { "SCscsc", false },
		{ "SCssss", false },   { "SCcccc", false },
		{ "cscscscs", false }, { "Scscscs", false },
		{ "Ccscscs", false },  { "SsssCcscs", true },
		{ "SC", false },	{ "SHscs", true },
		{ "SXscs", false },	{ "SHsc", false },
	};
	struct tls_handshake *hs;
	struct tls_reaction r;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	for (const char *p = rows[_i].said; *p; p++) {
		enum tls_side side = strchr("sS", *p) ? TLS_SERVER : TLS_CLIENT;

		if (strchr("CSHX", *p))
			send_handshake(side, *p);
		else
			send_short(side);
	}
	hs = talk_only(&t);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, rows[_i].accepted ? TLS_ACCEPTED
						      : TLS_UNKNOWN);
	fini(hs);
}
END_TEST

START_TEST(never_known)
{
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	send_handshake(TLS_SERVER, 0);
	send_handshake(TLS_CLIENT, 0);
	for (int i = 0; i < LIMIT_QUIC_SHORT; i++) {
		ck_assert_ptr_null(quic_session_next(t.s));
		send_short(TLS_SERVER); /* the other direction is not seen */
	}
	hs = quic_session_next(t.s);
	talk_check(hs, "quic.example.org");
	ck_assert(!hs->quic_both_ways);
	tls_handshake_free(hs);
	talk_none(&t);
}
END_TEST

START_TEST(silence)
{
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	t.now.ns += LIMIT_HANDSHAKE_IDLE - NSEC_PER_SEC;
	quic_session_tick(t.s, t.now);
	ck_assert_ptr_null(quic_session_next(t.s));
	t.now.ns += 2 * NSEC_PER_SEC;
	quic_session_tick(t.s, t.now);
	hs = quic_session_next(t.s);
	talk_check(hs, "quic.example.org");
	/* late copies are no new handshake, another connection is */
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	ck_assert_ptr_null(quic_session_next(t.s));
	tls_handshake_free(hs);
	memset(t.dcid, 0xab, 8);
	talk_keys(&t);
	talk_greet(&t, TLS_CLIENT);
	hs = talk_end(&t);
	talk_check(hs, "quic.example.org");
	ck_assert_uint_eq(hs->index, 1);
	fini(hs);
}
END_TEST

START_TEST(same_ports_again)
{
	struct make_hello c = { .version = 0x0303, .random = 0x99,
				.sni = "other.example.org",
				.supported = 0x0304 };
	struct tls_handshake *hs;
	struct make body;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	if (_i)
		talk_greet(&t, TLS_SERVER);
	memset(t.dcid, 0xab, 8);
	talk_keys(&t);
	make_client_hello(&body, &c);
	t.hello[0].len = 0;
	make_message(&t.hello[0], TLS_CLIENT_HELLO, &body);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	hs = quic_session_next(t.s);
	talk_check(hs, "quic.example.org");
	ck_assert_int_eq(hs->server.seen, _i);
	tls_handshake_free(hs);
	hs = talk_end(&t);
	talk_check(hs, "other.example.org");
	ck_assert(hs->server.seen);
	ck_assert_uint_eq(hs->index, 1);
	fini(hs);
}
END_TEST

/* One wrong bit, or a byte less, and nothing is told. */
START_TEST(authentic_only)
{
	static struct make good;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	good = t.datagram;
	fini(talk_only(&t));
	for (size_t i = 0; i < good.len; i++) {
		talk_init(&t, QUIC_V1, NULL);
		talk_feed(&t, TLS_CLIENT, bytes_of(good.p, i), i & 1);
		talk_none(&t);
		if (i >= 15 && i < 23)
			continue; /* the client's own id is no part of keys */
		talk_init(&t, QUIC_V1, NULL);
		t.datagram = good;
		t.datagram.p[i] ^= 0x20;
		talk_feed(&t, TLS_CLIENT,
			  bytes_of(t.datagram.p, t.datagram.len), false);
		talk_none(&t);
	}
}
END_TEST

START_TEST(hopeless)
{
	talk_init(&t, QUIC_V1, NULL);
	for (int i = 0; i < LIMIT_QUIC_FAILED; i++) {
		ck_assert(!quic_session_done(t.s));
		t.keys[0].key[0] = (uint8_t)i;
		make_fill(&t.payload, 0, 1100);
		talk_initial(&t, TLS_CLIENT);
	}
	ck_assert(quic_session_done(t.s));
	talk_keys(&t);
	talk_greet(&t, TLS_CLIENT);
	talk_none(&t);
}
END_TEST

/* What is lost of a hello: with the name it is told, else it is not. */
START_TEST(cut_hello)
{
	static const size_t parts[] = { 40, 60, 90, 130, 200 };
	struct bytes hello;
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	talk_long_hello(&t, 300);
	hello = talk_hello(&t, TLS_CLIENT);
	make_crypto(&t.payload, 0, bytes_head(hello, parts[_i]));
	make_crypto(&t.payload, 250, bytes_tail(hello, 250));
	talk_initial(&t, TLS_CLIENT);
	if (parts[_i] < 90) {
		talk_none(&t);
		return;
	}
	hs = talk_only(&t);
	ck_assert(hs->client.cut);
	fini(hs);
}
END_TEST

/* The capture cut the client's Initial; its id still opens the server's. */
START_TEST(cut_client)
{
	struct make_packet p;
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	make_crypto(&t.payload, 0, talk_hello(&t, TLS_CLIENT));
	make_fill(&t.payload, 0, 900);
	p = talk_packet(&t, TLS_CLIENT);
	make_quic(&t.datagram, &p, &t.keys[0],
		  bytes_of(t.payload.p, t.payload.len));
	t.payload.len = 0;
	ck_assert_int_eq(quic_recognise(bytes_of(t.datagram.p, 100)),
			 RECOGNISE_YES);
	talk_feed(&t, TLS_CLIENT, bytes_of(t.datagram.p, 100), true);
	talk_greet(&t, TLS_SERVER);
	hs = talk_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->server.seen && !hs->client.count);
	ck_assert(hs->side[TLS_CLIENT].truncated);
	ck_assert_uint_eq(hs->client_dir, 0);
	fini(hs);
}
END_TEST

static bool has_anomaly(const struct tls_handshake *hs, const char *code)
{
	for (size_t i = 0; i < hs->num_anomalies; i++)
		if (!strcmp(hs->anomalies[i].code, code))
			return true;
	return false;
}

START_TEST(odd_streams)
{
	struct bytes hello;
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	hello = talk_hello(&t, TLS_CLIENT);
	/* far beyond the limit, and copies that differ: the first counts */
	make_crypto(&t.payload, 1ull << 40, bytes_str("far"));
	make_crypto(&t.payload, 50, bytes_tail(hello, 50));
	talk_initial(&t, TLS_CLIENT);
	make_crypto(&t.payload, 55, bytes_str("!"));
	make_crypto(&t.payload, 0, bytes_head(hello, 52));
	talk_initial(&t, TLS_CLIENT);
	/* an unknown frame ends what can be read of its packet */
	make_varint(&t.payload, 0x1234);
	talk_initial(&t, TLS_CLIENT);
	hs = talk_only(&t);
	ck_assert(has_anomaly(hs, "crypto_limit"));
	ck_assert(has_anomaly(hs, "crypto_conflict"));
	ck_assert(has_anomaly(hs, "quic_frame_malformed"));
	ck_assert_uint_eq(hs->num_anomalies, 3);
	fini(hs);
}
END_TEST

/* A sender that leaves holes, or fills all there is: memory stays bounded. */
START_TEST(greedy)
{
	static uint8_t junk[1200];

	talk_init(&t, QUIC_V1, NULL);
	for (unsigned i = 0; i < 800; i++) {
		if (_i)
			make_crypto(&t.payload, 8 + 1200 * i,
				    bytes_of(junk, sizeof junk));
		else
			for (unsigned k = 0; k < 100; k++)
				make_crypto(&t.payload,
					    2 * (100 * i + k) + 2,
					    bytes_of(junk, 1));
		talk_initial(&t, TLS_CLIENT);
		ck_assert_uint_lt(quic_session_memory(t.s),
				  3 * LIMIT_QUIC_CRYPTO);
	}
	talk_none(&t);
}
END_TEST

START_TEST(recognised)
{
	struct make m;
	struct bytes dcid;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	m = t.datagram;
	ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)), RECOGNISE_YES);
	ck_assert(quic_begins(bytes_of(m.p, m.len), &dcid));
	ck_assert(bytes_eq(dcid, bytes_of(t.dcid, 8)));
	fini(talk_only(&t));
	for (uint32_t v = 2; v < 100; v++) { /* versions nobody knows */
		m.p[4] = (uint8_t)v;
		ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)),
				 RECOGNISE_NO);
	}
	m.p[4] = 2;
	make_fill(&m, 0, 1200); /* but may be negotiated away */
	ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)),
			 RECOGNISE_MORE);
	m.p[0] = 0x43; /* 1-RTT: anything */
	ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)), RECOGNISE_NO);
	ck_assert_int_eq(quic_recognise(bytes_of(NULL, 0)), RECOGNISE_NO);
	ck_assert(!quic_begins(bytes_of(m.p, m.len), &dcid));
}
END_TEST

/* Google's: Q046 in the clear; the second message tells nothing new. */
START_TEST(google)
{
	struct tls_handshake *hs;
	struct make m = { .len = 0 };

	talk_init(&t, QUIC_V1, NULL);
	make_bytes(&m, "\xc3Q046\x50" "abcdefgh", 14);
	make_fill(&m, 0, 4 + 12);
	make_bytes(&m, "\xa0\x01\x04\x00" "CHLO\x01\0\0\0SNI\0\x06\0\0\0"
		       "a.test", 26);
	make_fill(&m, 0, 900);
	ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)), RECOGNISE_YES);
	talk_feed(&t, TLS_CLIENT, bytes_of(m.p, m.len), false);
	talk_feed(&t, TLS_CLIENT, bytes_of(m.p, m.len), false);
	hs = talk_end(&t);
	talk_check(hs, "a.test");
	ck_assert_uint_eq(hs->quic_version, 0x51303436);
	ck_assert_ptr_null(quic_session_next(t.s));
	fini(hs);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_loop_test(c, reactions, 0, 14);
	tcase_add_test(c, never_known);
	tcase_add_test(c, silence);
	tcase_add_loop_test(c, same_ports_again, 0, 2);
	tcase_add_test(c, authentic_only);
	tcase_add_test(c, hopeless);
	tcase_add_loop_test(c, cut_hello, 0, 5);
	tcase_add_test(c, cut_client);
	tcase_add_test(c, odd_streams);
	tcase_add_loop_test(c, greedy, 0, 2);
	tcase_add_test(c, recognised);
	tcase_add_test(c, google);
}

TEST_MAIN("quic_end", cases)
