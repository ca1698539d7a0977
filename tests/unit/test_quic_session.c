/*
 * test_quic_session.c: connections as they come: whole, in pieces, with Retry
 * and other versions, refused, accepted, cut, doubled, and not QUIC at all.
 */
#include "base/limits.h"
#include "test_quic_make.h"

static struct talk t;

static void check_name(const struct tls_handshake *hs, const char *name)
{
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->client.has_sni);
	ck_assert(bytes_is(hs->client.sni, name));
}

/* The only event, of a client that greeted. */
static struct tls_handshake *only(void)
{
	struct tls_handshake *hs = talk_end(&t);

	check_name(hs, "quic.example.org");
	ck_assert_uint_eq(hs->client.count, 1);
	ck_assert_ptr_null(quic_session_next(t.s));
	ck_assert(quic_session_done(t.s));
	return hs;
}

static void none(void)
{
	ck_assert_ptr_null(talk_end(&t));
	ck_assert(quic_session_done(t.s));
	talk_fini(&t);
}

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
	hs = only();
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

/* A hello of n bytes, padded. */
static void long_hello(size_t n)
{
	struct make_hello c = { .version = 0x0303, .random = 0x11,
				.sni = "quic.example.org",
				.supported = 0x0304, .pad = 1 };
	static struct make body;

	make_client_hello(&body, &c);
	c.pad += (unsigned)(n - 4 - body.len);
	make_client_hello(&body, &c);
	t.hello[0].len = 0;
	make_message(&t.hello[0], TLS_CLIENT_HELLO, &body);
	ck_assert_uint_eq(t.hello[0].len, n);
}

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
		long_hello(rows[_i].len);
		send_pieces(&seed, rows[_i].num, rows[_i].reverse);
		hs = only();
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
	hs = only();
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
	hs = only();
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
	check_name(hs, "second.example.org");
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
	hs = only();
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
	check_name(hs, "quic.example.org");
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
	check_name(hs, "quic.example.org");
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
	none();
}
END_TEST

static void send_handshake(enum tls_side side)
{
	struct quic_keys k = { .aead = AEAD_AES_128_GCM, .key = { 3 } };
	struct make_packet p = talk_packet(&t, side);
	uint8_t some[60] = { 0 };
	struct make m = { .len = 0 };

	p.type = QUIC_HANDSHAKE;
	make_quic(&m, &p, &k, bytes_of(some, 60));
	talk_feed(&t, side, bytes_of(m.p, m.len), false);
}

static void send_short(enum tls_side side)
{
	struct make m = { .len = 0 };

	make_short(&m, bytes_of(side ? t.client : t.server, 8), 40);
	talk_feed(&t, side, bytes_of(m.p, m.len), false);
}

/* c, s: 1-RTT packets; C, S: Handshake packets. */
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
		{ "SC", false },
	};
	struct tls_handshake *hs;
	struct tls_reaction r;

	talk_init(&t, QUIC_V1, NULL);
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	for (const char *p = rows[_i].said; *p; p++) {
		enum tls_side side = *p == 'c' || *p == 'C' ? TLS_CLIENT
							    : TLS_SERVER;
		if (*p == 'C' || *p == 'S')
			send_handshake(side);
		else
			send_short(side);
	}
	hs = only();
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
	send_handshake(TLS_SERVER);
	send_handshake(TLS_CLIENT);
	for (int i = 0; i < LIMIT_QUIC_SHORT; i++) {
		ck_assert_ptr_null(quic_session_next(t.s));
		send_short(TLS_SERVER); /* the other direction is not seen */
	}
	hs = quic_session_next(t.s);
	check_name(hs, "quic.example.org");
	ck_assert(!hs->quic_both_ways);
	tls_handshake_free(hs);
	none();
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
	check_name(hs, "quic.example.org");
	/* late copies are no new handshake, another connection is */
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	ck_assert_ptr_null(quic_session_next(t.s));
	tls_handshake_free(hs);
	memset(t.dcid, 0xab, 8);
	talk_keys(&t);
	talk_greet(&t, TLS_CLIENT);
	hs = talk_end(&t);
	check_name(hs, "quic.example.org");
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
	check_name(hs, "quic.example.org");
	ck_assert_int_eq(hs->server.seen, _i);
	tls_handshake_free(hs);
	hs = talk_end(&t);
	check_name(hs, "other.example.org");
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
	fini(only());
	for (size_t i = 0; i < good.len; i++) {
		talk_init(&t, QUIC_V1, NULL);
		talk_feed(&t, TLS_CLIENT, bytes_of(good.p, i), i & 1);
		none();
		if (i >= 15 && i < 23)
			continue; /* the client's own id is no part of keys */
		talk_init(&t, QUIC_V1, NULL);
		t.datagram = good;
		t.datagram.p[i] ^= 0x20;
		talk_feed(&t, TLS_CLIENT,
			  bytes_of(t.datagram.p, t.datagram.len), false);
		none();
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
	none();
}
END_TEST

/* What is lost of a hello: with the name it is told, else it is not. */
START_TEST(cut_hello)
{
	static const size_t parts[] = { 40, 60, 90, 130, 200 };
	struct bytes hello;
	struct tls_handshake *hs;

	talk_init(&t, QUIC_V1, NULL);
	long_hello(300);
	hello = talk_hello(&t, TLS_CLIENT);
	make_crypto(&t.payload, 0, bytes_head(hello, parts[_i]));
	make_crypto(&t.payload, 250, bytes_tail(hello, 250));
	talk_initial(&t, TLS_CLIENT);
	if (parts[_i] < 90) {
		none();
		return;
	}
	hs = only();
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
	hs = only();
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
	none();
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
	fini(only());
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
	check_name(hs, "a.test");
	ck_assert_uint_eq(hs->quic_version, 0x51303436);
	ck_assert_ptr_null(quic_session_next(t.s));
	fini(hs);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quic_session");
	TCase *c = tcase_create("quic_session");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, both_hellos, 0, 24);
	tcase_add_loop_test(c, pieces, 0, 8);
	tcase_add_test(c, coalesced);
	tcase_add_loop_test(c, retry, 0, 2);
	tcase_add_test(c, negotiation);
	tcase_add_test(c, compatible_version);
	tcase_add_test(c, hello_retry_request);
	tcase_add_loop_test(c, closed, 0, 7);
	tcase_add_loop_test(c, reactions, 0, 11);
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
	suite_add_tcase(s, c);
	return make_run(s);
}
