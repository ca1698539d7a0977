/*
 * test_dtls_order.c: any order of a flight's datagrams and any fragmentation
 * give the same facts; what is lost costs no more than itself; limits hold.
 */
#include "test_dtls_make.h"
#include "test_run.h"

static struct bodies *b;
static struct gram *g;
static struct gram extra;
static struct feeder f;
static char expected[MAKE_FACTS];

static void facts_of(struct feeder *of, char out[static MAKE_FACTS])
{
	struct tls_handshake *hs = feeder_one(of);

	make_facts(hs, out);
	tls_handshake_free(hs);
}

static void setup(void)
{
	b = bodies_new();
	g = calloc(GRAMS, sizeof *g);
	ck_assert_ptr_nonnull(g);
	grams_full(g, b);
	feeder_init(&f);
	for (int i = 0; i < GRAMS; i++)
		feed(&f, &g[i]);
	facts_of(&f, expected);
	feeder_init(&f);
}

static void teardown(void)
{
	feeder_fini(&f);
	free(b);
	free(g);
}

static void check_same(const char *what, unsigned n)
{
	char got[MAKE_FACTS];

	facts_of(&f, got);
	ck_assert_msg(!strcmp(got, expected), "%s %u:\n%s\nnot\n%s", what, n,
		      got, expected);
}

/* Puts num numbers from first on into the n-th of their orders. */
static void permute(unsigned n, int first, int num, int *out)
{
	for (int i = 0; i < num; i++)
		out[i] = first + i;
	for (int i = num; i > 1; i--) {
		int k = (int)(n % (unsigned)i), t = out[i - 1];

		n /= (unsigned)i;
		out[i - 1] = out[k];
		out[k] = t;
	}
}

START_TEST(server_flight)
{
	int order[5];

	for (unsigned n = 0; n < 120; n++) {
		feeder_init(&f);
		permute(n, 3, 5, order);
		for (int i = 0; i < 3; i++)
			feed(&f, &g[i]);
		for (int i = 0; i < 5; i++)
			feed(&f, &g[order[i]]);
		for (int i = 8; i < GRAMS; i++)
			feed(&f, &g[i]);
		check_same("order", n);
	}
}
END_TEST

START_TEST(client_flight)
{
	int order[4];

	for (unsigned n = 0; n < 24; n++) {
		feeder_init(&f);
		permute(n, 8, 4, order);
		for (int i = 0; i < 8; i++)
			feed(&f, &g[i]);
		for (int i = 0; i < 4; i++)
			feed(&f, &g[order[i]]);
		feed(&f, &g[12]);
		check_same("order", n);
	}
}
END_TEST

/* The two directions by two interfaces: one is read behind the other. */
START_TEST(directions)
{
	for (int dir = 0; dir < 2; dir++) {
		feeder_init(&f);
		for (int pass = 0; pass < 2; pass++)
			for (int i = 0; i < GRAMS; i++)
				if (g[i].dir == (pass ? !dir : dir))
					feed(&f, &g[i]);
		check_same("direction first", (unsigned)dir);
	}
}
END_TEST

struct piece {
	uint8_t type;
	uint16_t seq;
	struct bytes body;
	size_t from, n;
};

#define MAX_PIECES 4096

/* A message in pieces of at most max bytes, some of them overlapping. */
static unsigned cut_up(struct piece *out, uint8_t type, uint16_t seq,
		       struct bytes body, uint32_t *random, size_t max)
{
	unsigned num = 0;
	size_t at = 0;

	do {
		size_t n = 1 + make_random(random) % max;
		size_t back = make_random(random) % 3 ? 0 : n / 2;

		if (back > at)
			back = at;
		if (n > body.len - at)
			n = body.len - at;
		out[num++] = (struct piece){ type, seq, body, at - back,
					     n + back };
		at += n;
		ck_assert_uint_lt(num, MAX_PIECES);
	} while (at < body.len);
	return num;
}

/* Feeds pieces in any order, several to a datagram, some of them twice. */
static void feed_pieces(struct piece *p, unsigned num, uint8_t dir,
			uint32_t *random)
{
	for (unsigned i = num; i > 1; i--) {
		unsigned k = make_random(random) % i;
		struct piece t = p[i - 1];

		p[i - 1] = p[k];
		p[k] = t;
	}
	gram_begin(&extra, dir);
	for (unsigned i = 0; i < num; i++) {
		unsigned again = make_random(random) % 5 ? 1 : 2;

		while (again--)
			gram_fragment(&extra, p[i].type, p[i].seq, p[i].body,
				      p[i].from, p[i].n);
		if (make_random(random) % 3 && extra.m.len < 20000 &&
		    i + 1 < num)
			continue;
		feed(&f, &extra);
		gram_begin(&extra, dir);
	}
}

static void fragments(uint32_t seed, size_t max)
{
	struct piece *p = calloc(MAX_PIECES, sizeof *p);
	uint32_t random = seed;
	unsigned n;

	ck_assert_ptr_nonnull(p);
	feeder_init(&f);
	n = cut_up(p, 1, 0, body_of(&b->client), &random, max);
	feed_pieces(p, n, CLIENT, &random);
	feed(&f, &g[1]);
	n = cut_up(p, 1, 1, body_of(&b->client2), &random, max);
	feed_pieces(p, n, CLIENT, &random);
	n = cut_up(p, 2, 1, body_of(&b->server), &random, max);
	n += cut_up(p + n, 11, 2, body_of(&b->chain), &random, max);
	n += cut_up(p + n, 12, 3, body_of(&b->key), &random, max);
	n += cut_up(p + n, 13, 4, body_of(&b->request), &random, max);
	n += cut_up(p + n, 14, 5, NOTHING, &random, max);
	feed_pieces(p, n, SERVER, &random);
	n = cut_up(p, 11, 2, body_of(&b->client_chain), &random, max);
	n += cut_up(p + n, 16, 3, body_of(&b->request), &random, max);
	n += cut_up(p + n, 15, 4, body_of(&b->key), &random, max);
	feed_pieces(p, n, CLIENT, &random);
	feed(&f, &g[11]);
	feed(&f, &g[12]);
	check_same("seed", seed);
	free(p);
}

START_TEST(fragmented)
{
	for (uint32_t seed = 1; seed <= 300; seed++)
		fragments(seed, 1 + seed * 5 % 900);
	for (uint32_t seed = 1; seed <= 10; seed++)
		fragments(seed, 1);
}
END_TEST

/* Without the first datagrams: the chain and its time are still told. */
START_TEST(midstream)
{
	struct tls_handshake *hs;
	struct tls_reaction r;
	struct stamp completed;

	for (int first = 3; first <= 4; first++) {
		feeder_init(&f);
		/* now the server is who opened the flow, as far as we know */
		for (int i = first; i < GRAMS; i++) {
			if (i == 4)
				completed = f.time;
			g[i].dir ^= 1;
			feed(&f, &g[i]);
			g[i].dir ^= 1;
		}
		hs = feeder_one(&f);
		tls_handshake_reaction(hs, &r);
		ck_assert_uint_eq(hs->client_dir, 1);
		ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_WHOLE);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
		ck_assert_int_eq(hs->chain[TLS_SERVER].time.ns, completed.ns);
		ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
		ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
		ck_assert(hs->side[TLS_CLIENT].midstream);
		ck_assert(hs->side[TLS_SERVER].midstream == (first == 4));
		tls_handshake_free(hs);
	}
	/* a lone Certificate: whose it is, is not said */
	feeder_init(&f);
	gram_begin(&extra, 0);
	gram_message(&extra, 11, 2, body_of(&b->chain));
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	tls_handshake_free(hs);
}
END_TEST

/* Every single lost datagram: what is still told is what the full one tells. */
START_TEST(one_lost)
{
	for (int lost = 0; lost < GRAMS; lost++) {
		struct tls_handshake *hs;
		struct tls_sight sight;
		struct tls_reaction r;

		feeder_init(&f);
		for (int i = 0; i < GRAMS; i++)
			if (i != lost)
				feed(&f, &g[i]);
		gram_data(&extra, CLIENT);
		feed(&f, &extra);
		gram_data(&extra, SERVER);
		feed(&f, &extra);
		hs = feeder_one(&f);
		tls_handshake_sight(hs, &sight);
		tls_handshake_reaction(hs, &r);
		ck_assert_msg(r.verdict == TLS_ACCEPTED ||
				      r.verdict == TLS_UNKNOWN,
			      "lost %d: %d", lost, r.verdict);
		if (lost == 4) {
			ck_assert_int_eq(sight.hidden, TLS_HIDDEN_GAP);
			ck_assert(hs->side[TLS_SERVER].gap);
			ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
		} else {
			ck_assert_int_eq(sight.visibility, TLS_CLEARTEXT);
			ck_assert_uint_eq(hs->chain[1].num_certs, 2);
		}
		ck_assert(bytes_is(hs->client.sni, "device.example.com"));
		ck_assert(hs->server.seen == (lost != 3));
		tls_handshake_free(hs);
	}
}
END_TEST

/* The capture kept so many bytes of the Certificate's datagram. */
START_TEST(snap_length)
{
	for (size_t n = 0; n < g[4].m.len; n += 1 + n / 100) {
		struct tls_handshake *hs;

		feeder_init(&f);
		for (int i = 0; i < 8; i++)
			feed_bytes(&f, g[i].dir,
				   bytes_of(g[i].m.p, i == 4 ? n : g[i].m.len),
				   i == 4);
		hs = feeder_one(&f);
		/* 13 + 12 + 3 + 3 bytes of heads, then the leaf of 700 */
		ck_assert_uint_eq(hs->chain[1].num_certs, n >= 31 + 700);
		if (n >= 31 + 700)
			ck_assert_int_eq(hs->chain[1].state,
					 TLS_CHAIN_PARTIAL);
		if (n > 13)
			ck_assert(hs->side[TLS_SERVER].truncated);
		ck_assert_uint_eq(hs->num_anomalies, 0);
		tls_handshake_free(hs);
	}
	feeder_init(&f);
	feed_bytes(&f, 0, bytes_of(g[0].m.p, g[0].m.len - 1), true);
	struct tls_handshake *hs = feeder_one(&f);

	ck_assert(hs->client.cut);
	ck_assert_uint_eq(hs->client.random[31], 0xaa);
	tls_handshake_free(hs);
}
END_TEST

/* An unfinished ClientHello gives way to the one of a client that restarted. */
START_TEST(unfinished_gives_way)
{
	struct make_hello h = { .version = DTLS_1_2, .dtls = true,
				.random = 0x55, .sni = "second.example" };
	struct tls_handshake *hs;
	struct make m;

	gram_begin(&extra, 0);
	gram_fragment(&extra, 1, 0, body_of(&b->client), 0, 50);
	feed(&f, &extra);
	make_client_hello(&m, &h);
	gram_begin(&extra, 0);
	gram_fragment(&extra, 1, 0, body_of(&m), 0, 40);
	gram_fragment(&extra, 1, 0, body_of(&m), 40, m.len - 40);
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert(bytes_is(hs->client.sni, "second.example"));
	ck_assert_uint_eq(hs->client.count, 1);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(conflicts)
{
	struct tls_handshake *hs;

	for (int i = 0; i < 4; i++)
		feed(&f, &g[i]);
	gram_begin(&extra, SERVER);
	gram_fragment(&extra, 11, 2, body_of(&b->chain), 0, 600);
	feed(&f, &extra);
	b->chain.p[100] ^= 0xff;
	gram_begin(&extra, SERVER);
	gram_fragment(&extra, 11, 2, body_of(&b->chain), 50, 100);
	b->chain.p[100] ^= 0xff;
	gram_fragment(&extra, 11, 2, body_of(&b->chain), 600,
		      b->chain.len - 600);
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->chain[1].num_certs, 2);
	/* what came first stands */
	ck_assert_uint_eq(hs->chain[1].certs[0].p[100 - 6], b->chain.p[100]);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, "fragment_conflict");
	tls_handshake_free(hs);
}
END_TEST

START_TEST(too_many)
{
	static const uint8_t one[2];
	struct tls_handshake *hs;

	feed(&f, &g[0]);
	for (unsigned seq = 1; seq <= LIMIT_DTLS_MESSAGES + 1; seq++) {
		gram_begin(&extra, SERVER);
		gram_fragment(&extra, 11, (uint16_t)seq, bytes_of(one, 2), 0,
			      1);
		feed(&f, &extra);
	}
	gram_begin(&extra, CLIENT);
	gram_fragment(&extra, 11, 1, bytes_of(one, 2), 1, 1);
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, "messages_too_many");
	ck_assert_int_eq(hs->anomalies[0].side, TLS_SERVER);
	ck_assert(hs->side[TLS_SERVER].midstream);
	tls_handshake_free(hs);
}
END_TEST

/* Memory follows the bytes that came, not what their headers promise. */
START_TEST(memory)
{
	static const uint8_t big[1];
	size_t before, used, sent = 0;
	struct tls_handshake *hs;

	feed(&f, &g[0]);
	before = dtls_session_memory(f.s);
	for (unsigned i = 0; i < 12; i++) {
		size_t at;

		gram_begin(&extra, SERVER);
		at = gram_record(&extra, 22, DTLS_1_2, 0);
		make_num(&extra.m, 11, 1);
		make_num(&extra.m, LIMIT_TLS_MESSAGE, 3);
		make_num(&extra.m, 1 + i, 2);
		make_num(&extra.m, LIMIT_TLS_MESSAGE - 1, 3);
		make_num(&extra.m, 1, 3);
		make_bytes(&extra.m, big, 1);
		make_close(&extra.m, at, 2);
		feed(&f, &extra);
		sent += extra.m.len;
	}
	used = dtls_session_memory(f.s) - before;
	ck_assert_uint_lt(used, 100 * sent);
	/* one byte more is too long */
	extra.m.p[14] = 0x10;
	extra.m.p[15] = 0;
	extra.m.p[16] = 1;
	feed(&f, &extra);
	hs = feeder_one(&f);
	ck_assert_str_eq(hs->anomalies[0].code, "message_too_long");
	ck_assert_uint_le(hs->arena.used, LIMIT_TLS_HANDSHAKE);
	tls_handshake_free(hs);
}
END_TEST

/* Any bytes at all: no crash, no overrun (the blocks are of exact size). */
START_TEST(damaged)
{
	uint32_t random = 99;

	for (unsigned n = 0; n < 3000; n++) {
		struct tls_handshake *hs;

		feeder_init(&f);
		for (int i = 0; i < GRAMS; i++) {
			extra = g[i];
			for (unsigned k = make_random(&random) % 4; k; k--)
				extra.m.p[make_random(&random) %
					  extra.m.len] =
					(uint8_t)make_random(&random);
			if (make_random(&random) % 4 == 0)
				extra.m.len =
					make_random(&random) % extra.m.len;
			feed(&f, &extra);
			(void)dtls_recognise(body_of(&extra.m));
		}
		feeder_end(&f);
		while ((hs = dtls_session_next(f.s))) {
			ck_assert(tls_handshake_says(hs));
			tls_handshake_free(hs);
		}
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, server_flight);
	tcase_add_test(t, client_flight);
	tcase_add_test(t, directions);
	tcase_add_test(t, fragmented);
	tcase_add_test(t, midstream);
	tcase_add_test(t, one_lost);
	tcase_add_test(t, snap_length);
	tcase_add_test(t, unfinished_gives_way);
	tcase_add_test(t, conflicts);
	tcase_add_test(t, too_many);
	tcase_add_test(t, memory);
	tcase_add_test(t, damaged);
}

TEST_MAIN("dtls_order", cases)
