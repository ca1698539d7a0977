/* test_sslv2.c: a ClientHello in SSLv2 format (RFC 5246 E.2). */
#include "test_tls_stream.h"
#include "test_run.h"

static struct part *p;
static struct part *one;
static struct tcp t;

static void setup(void)
{
	p = calloc(PARTS, sizeof *p);
	one = calloc(1, sizeof *one);
	ck_assert(p && one);
	parts_full(p, NULL);
}

static void teardown(void)
{
	tcp_fini(&t);
	free(p);
	free(one);
}

/* RFC 5246 E.2 */
START_TEST(sslv2)
{
	static const uint8_t hello[] = {
		0x80, 0x2f, 1, 3, 1, 0, 6, 0, 0, 0, 32, 0, 0, 0x2f, 7, 0, 0xc0
	};
	struct tls_handshake *hs;

	for (size_t n = 1; n < 50; n++) {
		tcp_init(&t);
		one->dir = CLIENT;
		one->m.len = 0;
		make_bytes(&one->m, hello, sizeof hello);
		make_fill(&one->m, 0x3c, 49 - sizeof hello);
		tcp_part(&t, one, n);
		for (int i = 1; i < PARTS; i++)
			tcp_part(&t, &p[i], n * 10);
		hs = tcp_one(&t);
		ck_assert(hs->client.sslv2);
		ck_assert_uint_eq(hs->client.suites.len, 2);
		ck_assert_uint_eq(hs->client.suites.p[1], 0x2f);
		ck_assert_uint_eq(hs->client.random[31], 0x3c);
		ck_assert_uint_eq(hs->chain[1].num_certs, 2);
		tls_handshake_free(hs);
	}
}
END_TEST

/* One that has no bytes at all, and one that answers a hello. */
START_TEST(sslv2_from_server)
{
	static const uint8_t hello[] = {
		0x80, 0x2f, 1, 3, 1, 0, 6, 0, 0, 0, 32, 0, 0, 0x2f, 7, 0, 0xc0
	};
	static const uint8_t none[] = { 0x80, 0, 1, 3, 1, 0, 6 };
	struct tls_handshake *hs;

	for (int i = 0; i < 2; i++) {
		tcp_init(&t);
		tcp_part(&t, &p[0], MAKE_MAX);
		one->m.len = 0;
		make_bytes(&one->m, i ? hello : none,
			   i ? sizeof hello : sizeof none);
		make_fill(&one->m, 0x3c, 32);
		tcp_bytes(&t, SERVER, of(&one->m));
		hs = tcp_one(&t);
		ck_assert(!hs->client.sslv2 && hs->client.count == 1);
		ck_assert(bytes_is(hs->client.sni, "api.example.com"));
		ck_assert_uint_eq(hs->num_anomalies, 1);
		ck_assert_str_eq(hs->anomalies[0].code,
				 i ? "message_unexpected" : "record_malformed");
		ck_assert_int_eq(hs->anomalies[0].side, TLS_SERVER);
		tls_handshake_free(hs);
	}
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, sslv2);
	tcase_add_test(c, sslv2_from_server);
}

TEST_MAIN("sslv2", cases)
