/*
 * test_dtls_cross.c: both sides say hello as clients, and one of them answers:
 * it is the server, and nothing of the hello that it gave up is mixed in.
 */
#include "test_dtls_make.h"
#include "test_run.h"

static struct bodies *b;
static struct gram *gram;
static struct make *hello;
static struct feeder f;

static void setup(void)
{
	b = bodies_new();
	gram = calloc(1, sizeof *gram);
	hello = calloc(1, sizeof *hello);
	ck_assert(gram && hello);
	feeder_init(&f);
}

static void teardown(void)
{
	feeder_fini(&f);
	free(b);
	free(gram);
	free(hello);
}

/* The random of a side's hello is its number plus 1. */
static void feed_hello(uint8_t dir, uint16_t seq, size_t from, size_t n)
{
	struct make_hello h = { .version = DTLS_1_2,
				.dtls = true,
				.random = dir + 1u,
				.cookie = seq ? 20 : 0,
				.sni = "device.example.com" };

	make_client_hello(hello, &h);
	gram_begin(gram, dir);
	if (n > hello->len - from)
		n = hello->len - from;
	gram_fragment(gram, 1, seq, body_of(hello), from, n);
	feed(&f, gram);
}

static void feed_message(uint8_t dir, uint8_t type, uint16_t seq,
			 struct bytes body)
{
	gram_begin(gram, dir);
	gram_message(gram, type, seq, body);
	feed(&f, gram);
}

static void feed_end(uint8_t dir)
{
	gram_begin(gram, dir);
	gram_ccs(gram);
	gram_sealed(gram, 22, 48);
	feed(&f, gram);
}

/* The rest of a handshake, whose server's first message has that number. */
static void feed_rest(uint8_t server, uint16_t seq)
{
	feed_message(server, 2, seq, body_of(&b->server));
	feed_message(server, 11, seq + 1, body_of(&b->chain));
	feed_message(server, 12, seq + 2, body_of(&b->key));
	feed_message(server, 13, seq + 3, body_of(&b->request));
	feed_message(server, 14, seq + 4, NOTHING);
	feed_message(!server, 11, seq + 1, body_of(&b->client_chain));
	feed_message(!server, 16, seq + 2, body_of(&b->request));
	feed_message(!server, 15, seq + 3, body_of(&b->key));
	feed_end(!server);
	feed_end(server);
}

/* One handshake, with that server, and so many hellos that none answered. */
static void expect(uint8_t server, bool with_hello, unsigned unanswered)
{
	struct tls_handshake *hs;
	unsigned full = 0, none = 0;

	feeder_end(&f);
	while ((hs = dtls_session_next(f.s))) {
		ck_assert_uint_eq(hs->num_anomalies, 0);
		if (hs->server.seen) {
			full++;
			ck_assert_uint_eq(hs->client_dir, !server);
			ck_assert_uint_eq(hs->client.count > 0, with_hello);
			if (with_hello)
				ck_assert_uint_eq(hs->client.random[0],
						  2u - server);
			ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
			ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
			ck_assert(hs->side[TLS_CLIENT].finished);
			ck_assert(hs->side[TLS_SERVER].finished);
			ck_assert(!hs->side[TLS_CLIENT].gap);
			ck_assert(!hs->side[TLS_SERVER].gap);
		} else {
			none++;
			ck_assert_uint_eq(hs->client_dir, server);
			ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
			ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 0);
			ck_assert(!hs->alert.seen);
		}
		tls_handshake_free(hs);
	}
	ck_assert(dtls_session_done(f.s));
	ck_assert_uint_eq(full, 1);
	ck_assert_uint_eq(none, unanswered);
}

/* Whoever was first, and whoever gives up, in copies, too. */
START_TEST(answered)
{
	uint8_t first = _i & 1, server = _i >> 1 & 1;
	int copies = _i >> 2;

	feed_hello(first, 0, 0, SIZE_MAX);
	for (int i = 0; i <= copies; i++) {
		feed_hello(!first, 0, 0, SIZE_MAX);
		if (copies)
			feed_hello(first, 0, 0, SIZE_MAX);
	}
	feed_rest(server, 0);
	expect(server, true, 1);
}
END_TEST

/* RFC 6347 4.2.1: the first word of a server, too. */
START_TEST(asked)
{
	static const uint8_t verify[] = { 0xfe, 0xff, 2, 9, 9 };
	uint8_t first = _i & 1, server = _i > 1;

	feed_hello(first, 0, 0, SIZE_MAX);
	feed_hello(!first, 0, 0, SIZE_MAX);
	feed_message(server, 3, 0, bytes_of(verify, sizeof verify));
	feed_hello(server, 0, 0, SIZE_MAX); /* a late copy */
	feed_hello(!server, 1, 0, SIZE_MAX);
	feed_rest(server, 1);
	expect(server, true, 1);
}
END_TEST

/* The answered hello was lost: nothing of the other one's. */
START_TEST(lost)
{
	uint8_t server = _i & 1;

	feed_hello(server, 0, 0, SIZE_MAX);
	feed_rest(server, 0);
	expect(server, false, 1);
}
END_TEST

/* It comes behind the answer: it was on its way. */
START_TEST(late)
{
	uint8_t server = _i & 1;

	feed_hello(!server, 0, 0, SIZE_MAX);
	feed_message(server, 2, 0, body_of(&b->server));
	feed_hello(server, 0, 0, SIZE_MAX);
	feed_rest(server, 0);
	expect(server, true, 0);
}
END_TEST

/* In pieces, one between those of the other: that one is at most lost. */
START_TEST(in_pieces)
{
	uint8_t first = _i & 1, server = _i > 1;

	feed_hello(first, 0, 0, 40);
	feed_hello(!first, 0, 0, SIZE_MAX);
	feed_hello(first, 0, 40, SIZE_MAX);
	feed_rest(server, 0);
	expect(server, server == first, server == first ? 0 : 1);
}
END_TEST

/* An alert before the answer is of either hello. */
START_TEST(alert)
{
	uint8_t first = _i & 1, server = _i > 1;

	feed_hello(first, 0, 0, SIZE_MAX);
	feed_hello(!first, 0, 0, SIZE_MAX);
	gram_begin(gram, server);
	gram_alert(gram, 2, 40);
	feed(&f, gram);
	feed_rest(server, 0);
	expect(server, true, 1);
}
END_TEST

/* What nobody answers is told, both of them, and counted as memory. */
START_TEST(unanswered)
{
	struct tls_handshake *hs;
	size_t one;
	unsigned dirs = 0;

	feed_hello(0, 0, 0, SIZE_MAX);
	one = dtls_session_memory(f.s);
	feed_hello(1, 0, 0, SIZE_MAX);
	ck_assert_uint_gt(dtls_session_memory(f.s), one + 100);
	feeder_end(&f);
	while ((hs = dtls_session_next(f.s))) {
		ck_assert_uint_eq(hs->client.random[0], hs->client_dir + 1u);
		dirs |= 1u << hs->client_dir;
		tls_handshake_free(hs);
	}
	ck_assert_uint_eq(dirs, 3);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, answered, 0, 12);
	tcase_add_loop_test(t, asked, 0, 4);
	tcase_add_loop_test(t, lost, 0, 2);
	tcase_add_loop_test(t, late, 0, 2);
	tcase_add_loop_test(t, in_pieces, 0, 4);
	tcase_add_loop_test(t, alert, 0, 4);
	tcase_add_test(t, unanswered);
}

TEST_MAIN("dtls_cross", cases)
