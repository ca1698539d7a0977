/*
 * test_quic_session.c: connections as they come: whole, in pieces, with Retry
 * and other versions, and closed.
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

START_TEST(both_hellos)
{
	static const uint32_t versions[] = { 1, QUIC_V2, 0xff00001d,
					     0xff000017, 0xfaceb002,
					     0xff000022 };
	uint32_t version = versions[_i / 4];
	struct tls_handshake *hs;

	talk_init(&t, version, NULL);
	/* the flow's initiator may be the server, where it was picked up in
	 * the middle; and datagrams overtake each other */
	t.client_dir = _i & 1;
	talk_greet(&t, TLS_CLIENT);
	if (_i & 2) /* a copy */
		talk_feed(&t, TLS_CLIENT,
			  bytes_of(t.datagram.p, t.datagram.len), false);
	talk_greet(&t, TLS_SERVER);
	hs = talk_only(&t);
	ck_assert_int_eq(hs->carrier, TLS_OVER_QUIC);
	ck_assert_uint_eq(hs->quic_version, version);
	ck_assert_uint_eq(hs->client_dir, _i & 1);
	ck_assert(hs->server.seen);
	ck_assert_uint_eq(hs->server.version, TLS_1_3);
	ck_assert_uint_eq(hs->server.suite, 0x1301);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	ck_assert(!hs->client.cut);
	fini(hs);
}
END_TEST

/* Pieces of random size in random order, some twice, some overlapping, with
 * other frames between them, over as many packets as it takes. */
static void send_pieces(uint32_t *seed, size_t num, bool reverse)
{
	struct bytes hello = talk_hello(&t, TLS_CLIENT);
	static size_t at[4096], order[4096];

	ck_assert_uint_lt(num, 4095);
	for (size_t i = 0; i <= num; i++) {
		at[i] = hello.len * i / num;
		order[i] = reverse ? num - 1 - i : i;
	}
	for (size_t i = num - 1; i && !reverse; i--) {
		size_t k = make_random(seed) % (i + 1), x = order[i];

		order[i] = order[k];
		order[k] = x;
	}
	for (size_t i = 0; i < num; i++) {
		size_t k = order[i], from = at[k], to = at[k + 1];

		if (make_random(seed) % 4 == 0 && from > 3)
			from -= 3;
		if (make_random(seed) % 8 == 0 && to + 5 < hello.len)
			to += 5;
		make_crypto(&t.payload, from,
			    bytes_head(bytes_tail(hello, from), to - from));
		if (make_random(seed) % 3 == 0)
			make_num(&t.payload, make_random(seed) & 1, 1);
		if (t.payload.len > 1000 || make_random(seed) % 8 == 0)
			talk_initial(&t, TLS_CLIENT);
	}
	talk_initial(&t, TLS_CLIENT);
}

START_TEST(pieces)
{
	static const struct {
		size_t len, num;
		bool reverse;
	} rows[] = {
		{ 300, 2, false },     { 300, 30, false },
		{ 1800, 16, false },   { 1800, 200, false },
		{ 16384, 40, false },  { 16384, 250, true },
		{ 65000, 120, false }, { 65000, 250, false },
	};
	struct tls_handshake *hs;
	uint32_t seed;

	for (unsigned n = 0; n < 6; n++) {
		seed = 12345 + 77 * (uint32_t)_i + n;
		talk_init(&t, QUIC_V1, NULL);
		talk_long_hello(&t, rows[_i].len);
		send_pieces(&seed, rows[_i].num, rows[_i].reverse);
		hs = talk_only(&t);
		ck_assert(!hs->client.cut);
		ck_assert_uint_eq(hs->client.num_ext, 3);
		ck_assert_uint_eq(hs->num_anomalies, 0);
		fini(hs);
	}
}
END_TEST

START_TEST(coalesced)
{
	struct tls_handshake *hs;
	struct make_packet p;
	struct quic_keys k = { .aead = AEAD_AES_128_GCM, .key = { 3 } };
	uint8_t some[60] = { 0 };

	talk_init(&t, QUIC_V1, NULL);
	/* 0-RTT in front, a Handshake packet and a 1-RTT packet behind */
	p = talk_packet(&t, TLS_CLIENT);
	p.type = QUIC_ZERO_RTT;
	make_quic(&t.datagram, &p, &k, bytes_of(some, 60));
	p = talk_packet(&t, TLS_CLIENT);
	make_crypto(&t.payload, 0, talk_hello(&t, TLS_CLIENT));
	make_quic(&t.datagram, &p, &t.keys[0],
		  bytes_of(t.payload.p, t.payload.len));
	p.type = QUIC_HANDSHAKE;
	make_quic(&t.datagram, &p, &k, bytes_of(some, 60));
	make_short(&t.datagram, p.dcid, 40);
	talk_feed(&t, TLS_CLIENT, bytes_of(t.datagram.p, t.datagram.len),
		  false);
	hs = talk_only(&t);
	fini(hs);
}
END_TEST

START_TEST(retry)
{
	struct tls_handshake *hs;
	struct make m = { .len = 0 };

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	make_num(&m, 0xf0, 1);
	make_num(&m, 1, 4);
	make_num(&m, 8, 1);
	make_bytes(&m, t.client, 8);
	make_num(&m, 8, 1);
	make_fill(&m, 0x77, 8);
	make_fill(&m, 0x99, 40);
	if (_i) /* it need not have been captured */
		talk_feed(&t, TLS_SERVER, bytes_of(m.p, m.len), false);
	memset(t.dcid, 0x77, 8);
	talk_keys(&t);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	hs = talk_only(&t);
	ck_assert(hs->server.seen && !hs->server.retry);
	fini(hs);
}
END_TEST

/* RFC 9000 6: another version, with another hello, is the same handshake. */
START_TEST(negotiation)
{
	struct make_hello c = { .version = 0x0303, .random = 0x77,
				.sni = "second.example.org",
				.supported = 0x0304 };
	struct tls_handshake *hs;
	struct make m = { .len = 0 }, body;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	make_num(&m, 0x80, 1);
	make_num(&m, 0, 4);
	make_num(&m, 8, 1);
	make_bytes(&m, t.client, 8);
	make_num(&m, 8, 1);
	make_bytes(&m, t.dcid, 8);
	make_num(&m, QUIC_V2, 4);
	ck_assert_int_eq(quic_recognise(bytes_of(m.p, m.len)),
			 RECOGNISE_MORE);
	talk_feed(&t, TLS_SERVER, bytes_of(m.p, m.len), false);
	t.version = QUIC_V2;
	memset(t.dcid, 0xee, 8);
	talk_keys(&t);
	make_client_hello(&body, &c);
	t.hello[0].len = 0;
	make_message(&t.hello[0], TLS_CLIENT_HELLO, &body);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	hs = talk_end(&t);
	talk_check(hs, "second.example.org");
	ck_assert_uint_eq(hs->client.count, 1);
	ck_assert_uint_eq(hs->quic_version, QUIC_V2);
	ck_assert(hs->server.seen);
	ck_assert_ptr_null(quic_session_next(t.s));
	fini(hs);
}
END_TEST

/* RFC 9368: the server goes on in version 2, the ids stay. */
START_TEST(compatible_version)
{
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	t.version = QUIC_V2;
	talk_keys(&t);
	talk_greet(&t, TLS_SERVER);
	hs = talk_only(&t);
	ck_assert(hs->server.seen);
	ck_assert_uint_eq(hs->quic_version, QUIC_V2);
	fini(hs);
}
END_TEST

START_TEST(hello_retry_request)
{
	struct make_hello h = { .version = 0x0303, .retry = true,
				.supported = 0x0304, .suite = 0x1301 };
	struct make body, twice = { .len = 0 }, message = { .len = 0 };
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	make_server_hello(&body, &h);
	make_message(&message, TLS_SERVER_HELLO, &body);
	make_crypto(&t.payload, 0, bytes_of(message.p, message.len));
	talk_initial(&t, TLS_SERVER);
	/* the second hello is behind the first, the ids are changed */
	make_bytes(&twice, t.hello[0].p, t.hello[0].len);
	memset(t.dcid, 0x5e, 8);
	make_crypto(&t.payload, twice.len, talk_hello(&t, TLS_CLIENT));
	talk_initial(&t, TLS_CLIENT);
	make_crypto(&t.payload, message.len, talk_hello(&t, TLS_SERVER));
	talk_initial(&t, TLS_SERVER);
	hs = talk_end(&t);
	talk_check(hs, "quic.example.org");
	ck_assert_uint_eq(hs->client.count, 2);
	ck_assert(hs->server.retry && hs->server.seen);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	ck_assert_ptr_null(quic_session_next(t.s));
	fini(hs);
}
END_TEST

START_TEST(closed)
{
	static const struct {
		enum tls_side side;
		bool application;
		uint64_t error;
		int alert;
		enum tls_verdict verdict;
	} rows[] = {
		{ TLS_CLIENT, false, 0x100 + 45, 45, TLS_REJECTED },
		{ TLS_CLIENT, false, 0x100 + 48, 48, TLS_REJECTED },
		{ TLS_CLIENT, false, 0x100 + 80, 80, TLS_UNKNOWN },
		{ TLS_CLIENT, false, 0x0c, -1, TLS_UNKNOWN },
		{ TLS_CLIENT, true, 0x100 + 45, -1, TLS_UNKNOWN },
		{ TLS_CLIENT, false, 0x200, -1, TLS_UNKNOWN },
		{ TLS_SERVER, false, 0x100 + 112, 112, TLS_UNKNOWN },
	};
	struct tls_handshake *hs;
	struct tls_reaction r;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	if (rows[_i].side == TLS_CLIENT)
		talk_greet(&t, TLS_SERVER);
	make_quic_close(&t.payload, rows[_i].application, rows[_i].error);
	talk_initial(&t, rows[_i].side);
	ck_assert_ptr_null(quic_session_next(t.s));
	t.now.ns += 2 * NSEC_PER_SEC;
	quic_session_tick(t.s, t.now);
	hs = quic_session_next(t.s);
	talk_check(hs, "quic.example.org");
	ck_assert(!quic_session_done(t.s));
	ck_assert_int_eq(hs->alert.seen, rows[_i].alert >= 0);
	if (hs->alert.seen) {
		ck_assert_int_eq(hs->alert.from, rows[_i].side);
		ck_assert_int_eq(hs->alert.level, 2);
		ck_assert_int_eq(hs->alert.code, rows[_i].alert);
		ck_assert(!hs->alert.encrypted);
	}
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, rows[_i].verdict);
	if (r.verdict == TLS_REJECTED)
		ck_assert_int_eq(r.evidence, TLS_QUIC_CLOSE);
	tls_handshake_free(hs);
	t.now.ns += LIMIT_FLOW_LINGER;
	quic_session_tick(t.s, t.now);
	talk_none(&t);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_loop_test(c, both_hellos, 0, 24);
	tcase_add_loop_test(c, pieces, 0, 8);
	tcase_add_test(c, coalesced);
	tcase_add_loop_test(c, retry, 0, 2);
	tcase_add_test(c, negotiation);
	tcase_add_test(c, compatible_version);
	tcase_add_test(c, hello_retry_request);
	tcase_add_loop_test(c, closed, 0, 7);
}

TEST_MAIN("quic_session", cases)
