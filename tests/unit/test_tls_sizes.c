/*
 * test_tls_sizes.c: messages as large as they may be, over as many records and
 * segments as they may come in.
 */
#include "test_tls_stream.h"
#include "test_run.h"

static struct tcp t;

static void setup(void)
{
	tcp_init(&t);
}

static void teardown(void)
{
	tcp_fini(&t);
}

/* One handshake message in records of size bytes, each fed at once. */
static void feed_message(uint8_t dir, uint8_t type, struct bytes body,
			 size_t size)
{
	uint8_t *all = malloc(body.len + 4), *record = malloc(size + 5);
	struct bytes left = bytes_of(all, body.len + 4);

	ck_assert(all && record);
	all[0] = type;
	for (int i = 1; i < 4; i++)
		all[i] = (uint8_t)(body.len >> 8 * (3 - i));
	memcpy(all + 4, body.p, body.len);
	for (; left.len; left = bytes_tail(left, size)) {
		struct bytes part = bytes_head(left, size);

		record[0] = 22;
		record[1] = record[2] = 3;
		record[3] = (uint8_t)(part.len >> 8);
		record[4] = (uint8_t)part.len;
		memcpy(record + 5, part.p, part.len);
		tcp_bytes(&t, dir, bytes_of(record, part.len + 5));
	}
	free(all);
	free(record);
}

/* A ClientHello of more than 64 KiB: its extensions fill their field, its
 * suites add to it. */
START_TEST(hello)
{
	struct make *body = calloc(1, sizeof *body);
	struct part *p = calloc(1, sizeof *p);
	size_t at, ext, n;
	struct tls_handshake *hs;

	ck_assert(body && p);
	make_num(body, TLS_1_2, 2);
	make_fill(body, 0x77, 32);
	make_num(body, 0, 1);
	at = make_open(body, 2);
	for (n = 0; n < 1000; n++)
		make_num(body, 0xc02f, 2);
	make_close(body, at, 2);
	make_num(body, 0x0100, 2);
	at = make_open(body, 2);
	ext = make_ext(body, 21);
	make_fill(body, 0, 65535 - 4 - 4 - 5 - 11);
	make_close(body, ext, 2);
	ext = make_ext(body, 0);
	n = make_open(body, 2);
	make_num(body, 0, 1);
	make_num(body, 11, 2);
	make_bytes(body, "example.com", 11);
	make_close(body, n, 2);
	make_close(body, ext, 2);
	make_close(body, at, 2);
	ck_assert_uint_gt(body->len, 65536);
	p->dir = CLIENT;
	part_message(p, 1, of(body));
	for (n = 1; n < 70000; n = n * 5 + 1) {
		tcp_init(&t);
		tcp_part(&t, p, n);
		hs = tcp_one(&t);
		ck_assert(!hs->client.cut && hs->client.count == 1);
		ck_assert(bytes_is(hs->client.sni, "example.com"));
		ck_assert_uint_eq(hs->client.suites.len, 2000);
		ck_assert_uint_eq(hs->num_anomalies, 0);
		tls_handshake_free(hs);
	}
	free(body);
	free(p);
}
END_TEST

/* A chain of num members that fills a message of exactly len bytes. */
static uint8_t *chain_of(size_t len, size_t num)
{
	uint8_t *p = malloc(len), *w = p;
	size_t left = len - 3;

	ck_assert_ptr_nonnull(p);
	for (int i = 0; i < 3; i++)
		*w++ = (uint8_t)(left >> 8 * (2 - i));
	while (num--) {
		size_t der = num ? len / 64 : left - 3;

		for (int i = 0; i < 3; i++)
			*w++ = (uint8_t)(der >> 8 * (2 - i));
		memset(w, (int)(0x30 + num), der);
		w += der;
		left -= der + 3;
	}
	return p;
}

START_TEST(certificate)
{
	static const size_t sizes[] = { 16384, 4000, 1000 };
	uint8_t *body = chain_of(LIMIT_TLS_MESSAGE, 40);

	for (int i = 0; i < 3; i++) {
		struct tls_handshake *hs;

		tcp_init(&t);
		feed_message(SERVER, 11, bytes_of(body, LIMIT_TLS_MESSAGE),
			     sizes[i]);
		hs = tcp_one(&t);
		hs->client_dir = CLIENT;
		ck_assert_uint_eq(hs->chain[0].num_certs +
					  hs->chain[1].num_certs, 40);
		ck_assert_uint_eq(hs->num_anomalies, 0);
		ck_assert_uint_le(hs->arena.used, LIMIT_TLS_HANDSHAKE);
		tls_handshake_free(hs);
	}
	free(body);
}
END_TEST

/* One byte more: what is beyond is not kept, which is told; what there is room
 * for is read, and what follows. */
START_TEST(too_long)
{
	uint8_t *body = chain_of(LIMIT_TLS_MESSAGE + 1, 40);
	struct make_hello h = { .version = TLS_1_2, .random = 0xbb };
	struct make *m = calloc(1, sizeof *m);
	struct tls_handshake *hs;

	ck_assert_ptr_nonnull(m);
	make_server_hello(m, &h);
	feed_message(SERVER, 2, of(m), 16384);
	feed_message(SERVER, 11, bytes_of(body, LIMIT_TLS_MESSAGE + 1), 16384);
	feed_message(SERVER, 14, bytes_of(body, 0), 16384);
	hs = tcp_one(&t);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_PARTIAL);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 39);
	for (size_t i = 0; i < hs->num_anomalies; i++)
		ck_assert_str_eq(hs->anomalies[i].code, "message_too_long");
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert(hs->side[TLS_SERVER].hello_done);
	tls_handshake_free(hs);
	free(body);
	free(m);
}
END_TEST

/* The leaf is whole, the tail of its chain never comes. */
START_TEST(tail_lost)
{
	static const uint8_t head[] = { 22, 3, 3, 0x40, 0, 11, 0, 0xea, 0x60 };
	uint8_t *body = chain_of(60000, 3);
	struct make_hello h = { .version = TLS_1_2, .random = 0xbb };
	struct make *m = calloc(1, sizeof *m);
	struct tls_handshake *hs;

	ck_assert_ptr_nonnull(m);
	make_server_hello(m, &h);
	feed_message(SERVER, 2, of(m), 16384);
	/* its first record, but for what is lost behind two members */
	tcp_bytes(&t, SERVER, bytes_of(head, sizeof head));
	tcp_bytes(&t, SERVER, bytes_of(body, 5000));
	tcp_gap(&t, SERVER, 16384 - 4 - 5000);
	hs = tcp_one(&t);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_PARTIAL);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].len, 60000 / 64);
	tls_handshake_free(hs);
	free(body);
	free(m);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, hello);
	tcase_add_test(c, certificate);
	tcase_add_test(c, too_long);
	tcase_add_test(c, tail_lost);
}

TEST_MAIN("tls_sizes", cases)
