/*
 * test_dtls.c: what DTLS handshakes tell: whole ones, cookies, resumption,
 * alerts, connection ids, DTLS 1.3, and what is left where datagrams are lost.
 */
#include "test_dtls_make.h"
#include "test_run.h"

static struct bodies *b;
static struct gram *g;
static struct gram extra;
static struct feeder f;

static void setup(void)
{
	b = bodies_new();
	g = calloc(GRAMS, sizeof *g);
	ck_assert_ptr_nonnull(g);
	grams_full(g, b);
	feeder_init(&f);
}

static void teardown(void)
{
	feeder_fini(&f);
	free(b);
	free(g);
}

static void feed_some(int from, int to)
{
	for (int i = from; i <= to; i++)
		feed(&f, &g[i]);
}

static void feed_data(uint8_t dir)
{
	gram_data(&extra, dir);
	feed(&f, &extra);
}

static enum recognise recognise(const struct make *m, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);
	enum recognise r;

	memcpy(copy, m->p, n);
	r = dtls_recognise(bytes_of(copy, n));
	free(copy);
	return r;
}

START_TEST(recognised)
{
	static const int first[] = { 0, 1, 3, 4, 5, 8 };

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		ck_assert_int_eq(recognise(&g[first[i]].m, g[first[i]].m.len),
				 RECOGNISE_YES);
	/* Finished behind CCS: DTLS, but it says nothing */
	ck_assert_int_eq(recognise(&g[11].m, g[11].m.len), RECOGNISE_MORE);
	gram_begin(&extra, 0);
	gram_alert(&extra, 2, 40);
	ck_assert_int_eq(recognise(&extra.m, extra.m.len), RECOGNISE_MORE);
	/* the last flight of a client in one datagram */
	gram_begin(&extra, 0);
	gram_message(&extra, 16, 2, body_of(&b->request));
	gram_ccs(&extra);
	gram_sealed(&extra, 22, 48);
	ck_assert_int_eq(recognise(&extra.m, extra.m.len), RECOGNISE_YES);
	/* a snap length: the record's header, the fragment's, three bytes */
	for (size_t n = 0; n < g[0].m.len; n++)
		ck_assert_int_eq(recognise(&g[0].m, n),
				 n < 13 + 12 + 3 ? RECOGNISE_NO
						 : RECOGNISE_YES);
}
END_TEST

/* Each of these bytes is checked: another value is not DTLS, or not a start. */
START_TEST(recognise_strict)
{
	static const size_t at[] = { 0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16,
				     19, 20, 21, 22, 23, 24, 25, 26 };
	struct make m = g[0].m;
	unsigned yes = 0;

	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = m.p[at[i]];

			m.p[at[i]] = (uint8_t)v;
			yes += v != was &&
			       recognise(&m, m.len) == RECOGNISE_YES;
			m.p[at[i]] = was;
		}
	}
	/* version ff/fd at two places; record lengths beyond the end look like
	 * a snap length; other message types; fragments of longer messages */
	ck_assert_uint_lt(yes, 800);
	make_num(&m, 0, 1); /* a byte behind the record */
	ck_assert_int_ne(recognise(&m, m.len), RECOGNISE_YES);
}
END_TEST

START_TEST(not_dtls)
{
	static const uint8_t stun[] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42,
					1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3 };
	static const uint8_t rtp[] = { 0x80, 0x60, 0, 1, 0, 0, 0, 1, 2, 3, 4 };
	static const uint8_t tls[] = { 22, 3, 1, 0, 4, 1, 0, 0, 0 };
	static const uint8_t zero[64];

	ck_assert_int_eq(dtls_recognise(bytes_of(stun, sizeof stun)), 0);
	ck_assert_int_eq(dtls_recognise(bytes_of(rtp, sizeof rtp)), 0);
	ck_assert_int_eq(dtls_recognise(bytes_of(tls, sizeof tls)), 0);
	ck_assert_int_eq(dtls_recognise(bytes_of(zero, sizeof zero)), 0);
	ck_assert_int_eq(dtls_recognise(NOTHING), 0);
	/* between datagrams of DTLS they change nothing */
	for (int i = 0; i < GRAMS; i++) {
		feed(&f, &g[i]);
		feed_bytes(&f, 0, bytes_of(stun, sizeof stun), false);
		feed_bytes(&f, 1, bytes_of(rtp, sizeof rtp), false);
		feed_bytes(&f, 1, NOTHING, false);
	}
	struct tls_handshake *hs = feeder_one(&f);

	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(full)
{
	struct tls_handshake *hs;
	struct tls_sight sight;
	struct tls_reaction r;
	struct stamp completed;

	feed_some(0, 3);
	completed = f.time;
	feed_some(4, 12);
	ck_assert_ptr_null(dtls_session_next(f.s));
	feed_data(CLIENT);
	feed_data(SERVER);
	/* accepted is for good: no waiting */
	hs = dtls_session_next(f.s);
	ck_assert_ptr_nonnull(hs);
	tls_handshake_sight(hs, &sight);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(hs->carrier, TLS_OVER_DTLS);
	ck_assert_int_eq(sight.visibility, TLS_CLEARTEXT);
	ck_assert(sight.established);
	ck_assert_int_eq(r.verdict, TLS_ACCEPTED);
	ck_assert_int_eq(r.evidence, TLS_APPLICATION_DATA_SEEN);
	ck_assert_uint_eq(hs->client.count, 2);
	ck_assert_uint_eq(hs->client.record_version, DTLS_1_2);
	ck_assert(bytes_is(hs->client.sni, "device.example.com"));
	ck_assert_uint_eq(hs->server.version, DTLS_1_2);
	ck_assert_uint_eq(hs->server.suite, 0xc02f);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].len, 700);
	ck_assert_int_eq(hs->chain[TLS_SERVER].time.ns, completed.ns);
	ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
	ck_assert(hs->side[TLS_SERVER].hello_done &&
		  hs->side[TLS_SERVER].key_exchange &&
		  hs->side[TLS_SERVER].certificate_request &&
		  hs->side[TLS_CLIENT].certificate_verify);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
	/* late copies are no new handshake */
	feed_some(0, 12);
	ck_assert(!dtls_session_done(f.s));
	f.time.ns += LIMIT_FLOW_LINGER;
	dtls_session_tick(f.s, f.time);
	ck_assert(dtls_session_done(f.s));
}
END_TEST

START_TEST(data_one_way)
{
	struct tls_reaction r;
	struct tls_handshake *hs;

	feed_some(0, 12);
	feed_data(CLIENT);
	feed_data(CLIENT);
	gram_begin(&extra, SERVER);
	gram_sealed(&extra, 21, 26);
	feed(&f, &extra);
	hs = feeder_one(&f);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(idle)
{
	feed_some(0, 12);
	f.time.ns += LIMIT_HANDSHAKE_IDLE - NSEC_PER_SEC;
	dtls_session_tick(f.s, f.time);
	ck_assert_ptr_null(dtls_session_next(f.s));
	f.time.ns += 2 * NSEC_PER_SEC;
	dtls_session_tick(f.s, f.time);
	tls_handshake_free(feeder_one(&f));
}
END_TEST

/* Several retransmissions of everything: counted once. */
START_TEST(retransmitted)
{
	char once[MAKE_FACTS], often[MAKE_FACTS];
	struct tls_handshake *hs;

	feed_some(0, 12);
	hs = feeder_one(&f);
	make_facts(hs, once);
	tls_handshake_free(hs);
	feeder_init(&f);
	for (int i = 0; i < GRAMS; i++) {
		feed_some(i, i);
		feed_some(i, i);
		feed_some(0, i);
	}
	hs = feeder_one(&f);
	make_facts(hs, often);
	ck_assert_str_eq(once, often);
	tls_handshake_free(hs);
}
END_TEST

/* Seen in the wild: the answer to a cookie has a random of its own. */
START_TEST(cookie_new_random)
{
	struct make_hello h = { .version = DTLS_1_2, .dtls = true,
				.random = 0x77, .cookie = 4, .sni = "x.org" };
	struct tls_handshake *hs;

	make_client_hello(&b->client2, &h);
	gram_begin(&g[2], CLIENT);
	gram_message(&g[2], 1, 1, body_of(&b->client2));
	feed_some(0, 12);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->client.count, 2);
	ck_assert_uint_eq(hs->client.random[0], 0x77);
	ck_assert_uint_eq(hs->index, 0);
	tls_handshake_free(hs);
}
END_TEST

static void feed_hello(uint8_t random, uint16_t seq)
{
	struct make_hello h = { .version = DTLS_1_2, .dtls = true,
				.random = random };
	struct make m;

	make_client_hello(&m, &h);
	gram_begin(&extra, CLIENT);
	gram_message(&extra, 1, seq, body_of(&m));
	feed(&f, &extra);
}

/* RFC 6347 4.2.8: a client that lost its state begins anew. */
START_TEST(begins_anew)
{
	struct tls_handshake *hs;

	feed_some(0, 12);
	feed_hello(0x31, 0);
	hs = dtls_session_next(f.s);
	ck_assert_ptr_nonnull(hs);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	tls_handshake_free(hs);
	feed_some(0, 0); /* a late copy of the first one */
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->index, 1);
	ck_assert_uint_eq(hs->client.random[0], 0x31);
	ck_assert_uint_eq(hs->client.count, 1);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
	tls_handshake_free(hs);
	/* and after the first one was over for good */
	feeder_init(&f);
	feed_some(0, 12);
	feed_data(CLIENT);
	feed_data(SERVER);
	tls_handshake_free(dtls_session_next(f.s));
	feed_hello(0xaa, 0);
	feed_hello(0x32, 0);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->index, 1);
	ck_assert_uint_eq(hs->client.random[0], 0x32);
	tls_handshake_free(hs);
}
END_TEST

/* No end to beginnings: the rest is left. */
START_TEST(begins_often)
{
	struct tls_handshake *hs;
	unsigned num = 0;

	for (unsigned i = 1; i < 100; i++) {
		feed_hello((uint8_t)i, 0);
		while ((hs = dtls_session_next(f.s))) {
			num++;
			tls_handshake_free(hs);
		}
	}
	tls_handshake_free(feeder_one(&f));
	ck_assert_uint_eq(num + 1, LIMIT_TLS_RENEGOTIATIONS);
}
END_TEST

START_TEST(alerts)
{
	struct tls_handshake *hs;
	struct tls_reaction r;

	feed_some(0, 7);
	gram_begin(&extra, CLIENT);
	gram_alert(&extra, 1, 90);
	gram_alert(&extra, 2, 45);
	feed(&f, &extra);
	dtls_session_tick(f.s, f.time);
	ck_assert_ptr_null(dtls_session_next(f.s)); /* it lingers */
	f.time.ns += 2 * NSEC_PER_SEC;
	dtls_session_tick(f.s, f.time);
	hs = feeder_one(&f);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_REJECTED);
	ck_assert_int_eq(r.evidence, TLS_PLAINTEXT_ALERT);
	ck_assert_uint_eq(hs->alert.code, 45);
	ck_assert_uint_eq(hs->warning[TLS_CLIENT], 91);
	tls_handshake_free(hs);
	/* the server, behind the client's last flight */
	feeder_init(&f);
	feed_some(0, 11);
	gram_begin(&extra, SERVER);
	gram_alert(&extra, 2, 40);
	feed(&f, &extra);
	hs = feeder_one(&f);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_SERVER_REFUSED);
	tls_handshake_free(hs);
	/* a refusal before any certificate; and an alert of three bytes */
	feeder_init(&f);
	feed_some(0, 0);
	gram_begin(&extra, SERVER);
	make_close(&extra.m, gram_record(&extra, 21, DTLS_1_0, 0), 2);
	gram_alert(&extra, 2, 70);
	feed(&f, &extra);
	hs = feeder_one(&f);
	struct tls_sight sight;

	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.absent, TLS_ABSENT_REFUSED);
	ck_assert_str_eq(hs->anomalies[0].code, "alert_malformed");
	ck_assert_int_eq(hs->anomalies[0].side, TLS_SERVER);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(resumed)
{
	struct tls_handshake *hs;
	struct tls_sight sight;

	feed_some(0, 3);
	feed_some(12, 12);
	feed_some(11, 11);
	hs = feeder_one(&f);
	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.absent, TLS_ABSENT_RESUMED);
	ck_assert(sight.resumed && sight.established);
	tls_handshake_free(hs);
	/* the same server side, the client sent a key: its flight is lost */
	feeder_init(&f);
	feed_some(0, 3);
	feed_some(8, 12);
	hs = feeder_one(&f);
	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.visibility, TLS_HIDDEN);
	ck_assert_int_eq(sight.hidden, TLS_HIDDEN_GAP);
	tls_handshake_free(hs);
}
END_TEST

/* The beginning of a long hello, again and again: as cheap as once. */
START_TEST(unfinished_again)
{
	enum { LEN = 100000, STEP = 1000 };
	struct make *m = calloc(1, sizeof *m);
	struct tls_handshake *hs;
	size_t before;

	ck_assert_ptr_nonnull(m);
	make_client_hello(m, &(struct make_hello){ .version = DTLS_1_2,
						   .dtls = true,
						   .random = 0x55 });
	make_fill(m, 0, LEN - m->len);
	for (size_t at = 0; at < LEN - STEP; at += STEP) {
		gram_begin(&extra, CLIENT);
		gram_fragment(&extra, 1, 0, body_of(m), at, STEP);
		feed(&f, &extra);
	}
	before = dtls_session_memory(f.s);
	gram_begin(&extra, CLIENT);
	gram_fragment(&extra, 1, 0, body_of(m), 0, 34);
	for (int i = 0; i < 1000; i++)
		feed(&f, &extra);
	ck_assert_uint_eq(dtls_session_memory(f.s), before);
	gram_begin(&extra, CLIENT);
	gram_fragment(&extra, 1, 0, body_of(m), LEN - STEP, STEP);
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert(hs->client.count == 1 && !hs->client.cut);
	tls_handshake_free(hs);
	free(m);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, recognised);
	tcase_add_test(t, recognise_strict);
	tcase_add_test(t, not_dtls);
	tcase_add_test(t, full);
	tcase_add_test(t, data_one_way);
	tcase_add_test(t, idle);
	tcase_add_test(t, retransmitted);
	tcase_add_test(t, cookie_new_random);
	tcase_add_test(t, begins_anew);
	tcase_add_test(t, begins_often);
	tcase_add_test(t, alerts);
	tcase_add_test(t, resumed);
	tcase_add_test(t, unfinished_again);
}

TEST_MAIN("dtls", cases)
