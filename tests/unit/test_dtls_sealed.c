/*
 * test_dtls_sealed.c: what sealed records show: connection ids (RFC 9146), and
 * DTLS 1.3 with its unified header (RFC 9147 4), ids in it, ACKs.
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
	feeder_init(&f);
}

static void teardown(void)
{
	feeder_fini(&f);
	free(b);
	free(g);
}

/* A record with the id of n bytes that its receiver asked for. */
static void cid_record(uint8_t dir, unsigned id, unsigned n)
{
	size_t at;

	gram_begin(&extra, dir);
	for (int twice = 0; twice < 2; twice++) {
		make_num(&extra.m, 25, 1);
		make_num(&extra.m, DTLS_1_2, 2);
		make_num(&extra.m, 1, 2);
		make_num(&extra.m, 0, 6);
		make_fill(&extra.m, 0xcd, id);
		at = make_open(&extra.m, 2);
		make_fill(&extra.m, 0x99, n);
		make_close(&extra.m, at, 2);
	}
	feed(&f, &extra);
}

static void cid_hellos(void)
{
	struct make_hello h = { .version = DTLS_1_2, .dtls = true,
				.random = 1, .cid = 1 + 4 };

	make_client_hello(&b->client, &h);
	h.cookie = 20;
	make_client_hello(&b->client2, &h);
	h.cid = 1 + 6;
	make_server_hello(&b->server, &h);
	grams_full(g, b);
	for (int i = 0; i < 11; i++)
		feed(&f, &g[i]);
	gram_begin(&g[11], CLIENT);
	gram_ccs(&g[11]);
	feed(&f, &g[11]);
	gram_begin(&g[12], SERVER);
	gram_ccs(&g[12]);
	feed(&f, &g[12]);
}

START_TEST(connection_ids)
{
	struct tls_handshake *hs;
	struct tls_reaction r;

	/* the client's records carry the server's id, and the other way */
	cid_hellos();
	cid_record(CLIENT, 6, 49);
	cid_record(SERVER, 4, 49);
	ck_assert_ptr_null(dtls_session_next(f.s));
	cid_record(CLIENT, 6, 120);
	cid_record(SERVER, 4, 300);
	hs = feeder_one(&f);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_ACCEPTED);
	ck_assert(hs->side[0].finished && hs->side[1].finished);
	ck_assert_uint_eq(hs->side[TLS_CLIENT].sealed[0], 120);
	ck_assert_uint_eq(hs->side[TLS_SERVER].sealed[0], 300);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
	/* copies of the Finished, and alerts, are no data */
	feeder_init(&f);
	cid_hellos();
	for (int i = 0; i < 3; i++) {
		cid_record(CLIENT, 6, i < 2 ? 49 : 27);
		cid_record(SERVER, 4, i < 2 ? 49 : 27);
	}
	hs = feeder_one(&f);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
	tls_handshake_free(hs);
	/* where the hellos are not known, neither is the length */
	feeder_init(&f);
	grams_full(g, b);
	feed(&f, &g[4]);
	cid_record(SERVER, 4, 300);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_uint_eq(hs->side[TLS_SERVER].num_sealed, 0);
	ck_assert(hs->side[TLS_SERVER].finished);
	tls_handshake_free(hs);
}
END_TEST

static void hellos_13(unsigned cid)
{
	struct make_hello h = { .version = DTLS_1_2, .dtls = true,
				.random = 1, .supported = DTLS_1_3,
				.sni = "thirteen.example",
				.cid = cid ? 1 + (int)cid : 0 };

	make_client_hello(&b->client, &h);
	h.suite = 0x1301;
	h.sni = NULL;
	h.random = 2;
	make_server_hello(&b->server, &h);
	h.retry = true;
	make_server_hello(&b->request, &h);
	gram_begin(&g[0], CLIENT);
	gram_message(&g[0], 1, 0, body_of(&b->client));
	feed(&f, &g[0]);
	gram_begin(&g[1], SERVER);
	gram_message(&g[1], 2, 0, body_of(&b->request));
	feed(&f, &g[1]);
	gram_begin(&g[2], CLIENT);
	gram_message(&g[2], 1, 1, body_of(&b->client));
	feed(&f, &g[2]);
	gram_begin(&g[3], SERVER);
	gram_message(&g[3], 2, 1, body_of(&b->server));
	feed(&f, &g[3]);
}

/* 001CSLEE; the last one of a datagram needs no length. */
static void unified(uint8_t dir, unsigned epoch, unsigned cid, unsigned n,
		    bool length, bool begin)
{
	if (begin)
		gram_begin(&extra, dir);
	make_num(&extra.m,
		 0x20 | (cid ? 0x10u : 0) | 0x08u | (length ? 4u : 0) | epoch,
		 1);
	make_fill(&extra.m, 0xcd, cid);
	make_num(&extra.m, 0x1234, 2);
	if (length)
		make_num(&extra.m, n, 2);
	make_fill(&extra.m, 0x77, n);
}

static void flights_13(unsigned cid)
{
	hellos_13(cid);
	unified(SERVER, 2, cid, 120, true, true);
	unified(SERVER, 2, cid, 900, false, false);
	feed(&f, &extra);
	unified(CLIENT, 2, cid, 61, false, true);
	feed(&f, &extra);
	unified(SERVER, 3, cid, 35, false, true); /* an ACK */
	feed(&f, &extra);
}

START_TEST(dtls_13)
{
	for (unsigned cid = 0; cid < 9; cid += 4) {
		struct tls_handshake *hs;
		struct tls_sight sight;
		struct tls_reaction r;

		feeder_init(&f);
		flights_13(cid);
		unified(CLIENT, 3, cid, 90, false, true);
		feed(&f, &extra);
		unified(SERVER, 3, cid, 35, true, true);
		unified(SERVER, 3, cid, 19, true, false);
		feed(&f, &extra);
		ck_assert_ptr_null(dtls_session_next(f.s));
		unified(SERVER, 3, cid, 90, false, true);
		feed(&f, &extra);
		hs = dtls_session_next(f.s);
		ck_assert_ptr_nonnull(hs);
		tls_handshake_sight(hs, &sight);
		tls_handshake_reaction(hs, &r);
		ck_assert_uint_eq(hs->server.version, DTLS_1_3);
		ck_assert(hs->server.retry);
		ck_assert_uint_eq(hs->client.count, 2);
		ck_assert(bytes_is(hs->client.sni, "thirteen.example"));
		ck_assert_int_eq(sight.visibility, TLS_HIDDEN);
		ck_assert_int_eq(sight.hidden, TLS_HIDDEN_TLS13);
		ck_assert(sight.established);
		ck_assert_int_eq(r.verdict, TLS_ACCEPTED);
		ck_assert_uint_eq(hs->side[TLS_SERVER].num_sealed, 6);
		ck_assert_uint_eq(hs->side[TLS_SERVER].sealed[0], 120);
		ck_assert_uint_eq(hs->side[TLS_SERVER].sealed[1], 900);
		ck_assert(!hs->side[TLS_CLIENT].finished);
		tls_handshake_free(hs);
	}
}
END_TEST

/* FACTS.md 6.6: an ACK looks like an alert. Nothing is inferred from one. */
START_TEST(acks)
{
	static const unsigned sizes[] = { 19, 35, 51 };

	for (size_t i = 0; i < 3; i++) {
		struct tls_handshake *hs;
		struct tls_reaction r;

		feeder_init(&f);
		hellos_13(0);
		unified(SERVER, 2, 0, 900, false, true);
		feed(&f, &extra);
		for (int k = 0; k < 3; k++) {
			unified(CLIENT, 2 + (k > 1), 0, sizes[i], false, true);
			feed(&f, &extra);
			unified(SERVER, 3, 0, sizes[i], false, true);
			feed(&f, &extra);
		}
		hs = feeder_one(&f);
		tls_handshake_reaction(hs, &r);
		ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
		tls_handshake_free(hs);
	}
}
END_TEST

/* Bytes that look like a unified header mean nothing below DTLS 1.3. */
START_TEST(unified_below_13)
{
	struct tls_handshake *hs;

	grams_full(g, b);
	for (int i = 0; i < 4; i++)
		feed(&f, &g[i]);
	unified(SERVER, 3, 0, 90, false, true);
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->side[TLS_SERVER].num_sealed, 0);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(begins)
{
	struct bytes random;

	grams_full(g, b);
	ck_assert(dtls_begins(body_of(&g[0].m), &random));
	ck_assert_uint_eq(random.len, 32);
	ck_assert_uint_eq(random.p[31], 0xaa);
	for (int i = 3; i < GRAMS; i++)
		ck_assert(!dtls_begins(body_of(&g[i].m), &random));
	for (size_t n = 0; n < g[0].m.len; n++) {
		uint8_t *copy = malloc(n + !n);

		memcpy(copy, g[0].m.p, n);
		ck_assert(dtls_begins(bytes_of(copy, n), &random) ==
			  (n >= 13 + 12 + 34));
		free(copy);
	}
}
END_TEST

/* RFC 5764: the media is no DTLS. Both close when they hang up. */
START_TEST(media)
{
	for (uint8_t first = 0; first < 2; first++) {
		struct tls_handshake *hs;
		struct tls_reaction r;

		grams_full(g, b);
		feeder_init(&f);
		for (int i = 0; i < GRAMS; i++)
			feed(&f, &g[i]);
		for (int i = 0; i < 2; i++) {
			gram_begin(&extra, i ? !first : first);
			gram_sealed(&extra, 21, 26);
			feed(&f, &extra);
		}
		hs = feeder_one(&f);
		tls_handshake_reaction(hs, &r);
		ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
		tls_handshake_free(hs);
	}
}
END_TEST

/* More sealed records than are of use: it is not waited for any longer. */
START_TEST(enough)
{
	grams_full(g, b);
	for (int i = 0; i < GRAMS; i++)
		feed(&f, &g[i]);
	for (int i = 0; i < 4 * LIMIT_TLS_SEALED; i++) {
		ck_assert_ptr_null(dtls_session_next(f.s));
		gram_data(&extra, CLIENT);
		feed(&f, &extra);
	}
	tls_handshake_free(feeder_one(&f));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, connection_ids);
	tcase_add_test(t, dtls_13);
	tcase_add_test(t, acks);
	tcase_add_test(t, unified_below_13);
	tcase_add_test(t, begins);
	tcase_add_test(t, media);
	tcase_add_test(t, enough);
}

TEST_MAIN("dtls_sealed", cases)
