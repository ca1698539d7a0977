/*
 * test_tls_hello.c: the readers of handshake messages: what they tell of good
 * ones, and the ladder: every prefix of a good one, in a heap block of exactly
 * its size, is cut as a window and wrong as a whole.
 */
#include "test_tls_make.h"
#include "tls/message.h"
#include "test_run.h"

static struct tls_handshake *hs;
static struct make m;

static void setup(void)
{
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	ck_assert_ptr_nonnull(hs);
}

static void teardown(void)
{
	tls_handshake_free(hs);
}

enum kind {
	CLIENT_HELLO,
	CLIENT_HELLO_DTLS,
	SERVER_HELLO,
	CERTIFICATE,
	CERTIFICATE_13,
	STATUS,
	TICKET,
	NUM_KINDS
};

static void read_as(enum kind kind, const struct tls_body *body)
{
	hs->carrier = kind == CLIENT_HELLO_DTLS ? TLS_OVER_DTLS : TLS_OVER_TCP;
	if (kind <= CLIENT_HELLO_DTLS)
		tls_read_client_hello(hs, body);
	else if (kind == SERVER_HELLO)
		(void)tls_read_server_hello(hs, body);
	else if (kind <= CERTIFICATE_13)
		tls_read_certificate(hs, TLS_SERVER, kind == CERTIFICATE_13,
				     body);
	else if (kind == STATUS)
		tls_read_certificate_status(hs, body);
	else
		tls_read_new_session_ticket(hs, body);
}

static void make_13(void)
{
	size_t list;

	m.len = 0;
	make_num(&m, 0, 1);
	list = make_open(&m, 3);
	for (int i = 0; i < 2; i++) {
		make_num(&m, 50, 3);
		make_fill(&m, 0x30, 50);
		make_num(&m, 0, 2);
	}
	make_close(&m, list, 3);
}

static void make_kind(enum kind kind)
{
	struct make_hello h = { .version = TLS_1_2, .random = 0x42,
				.sni = "a.example", .supported = TLS_1_3,
				.session_id = 32, .pad = 7 };

	h.dtls = kind == CLIENT_HELLO_DTLS;
	h.cookie = 9;
	if (kind <= CLIENT_HELLO_DTLS) {
		make_client_hello(&m, &h);
	} else if (kind == SERVER_HELLO) {
		h.sni = NULL;
		make_server_hello(&m, &h);
	} else if (kind == CERTIFICATE) {
		make_certificate(&m, 2, 50);
	} else if (kind == CERTIFICATE_13) {
		make_13();
	} else if (kind == STATUS) {
		m.len = 0;
		make_num(&m, 1, 1);
		make_num(&m, 5, 3);
		make_fill(&m, 0x30, 5);
	} else {
		m.len = 0;
		make_num(&m, 300, 4);
		make_num(&m, 9, 2);
		make_fill(&m, 0x77, 9);
	}
}

static void ladder_step(enum kind kind, size_t n, bool cut)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct tls_body body = { .b = bytes_of(copy, n), .cut = cut };
	struct tls_chain *chain;
	bool whole = n == m.len;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, m.p, n);
	teardown();
	setup();
	read_as(kind, &body);
	if (kind <= CERTIFICATE_13 && !whole && !cut)
		/* an end before the extensions is allowed (RFC 5246) */
		ck_assert_msg(hs->num_anomalies == 1 ||
				      (kind <= SERVER_HELLO &&
				       !hs->client.num_ext &&
				       !hs->server.num_ext),
			      "kind %d at %zu", kind, n);
	if (whole || cut)
		ck_assert_msg(!hs->num_anomalies, "kind %d at %zu: %s", kind,
			      n, hs->anomalies[0].code);
	chain = &hs->chain[TLS_SERVER];
	for (size_t i = 0; i < chain->num_certs; i++)
		ck_assert_uint_eq(chain->certs[i].len, 50);
	if (kind >= CERTIFICATE && kind <= CERTIFICATE_13 && whole && !cut)
		ck_assert(chain->state == TLS_CHAIN_WHOLE &&
			  chain->num_certs == 2);
	if (kind == STATUS)
		ck_assert_uint_eq(hs->staple.len, whole ? 5 : 0);
	if (kind == TICKET)
		ck_assert_uint_eq(hs->new_ticket.len, whole ? 9 : 0);
	free(copy);
}

START_TEST(ladder)
{
	make_kind((enum kind)_i);
	for (size_t n = 0; n <= m.len; n++) {
		ladder_step((enum kind)_i, n, false);
		if (_i <= CERTIFICATE_13)
			ladder_step((enum kind)_i, n, true);
	}
}
END_TEST

static struct tls_body body_now(void)
{
	return (struct tls_body){ .b = bytes_of(m.p, m.len), .offset = 100 };
}

START_TEST(client_hello)
{
	struct tls_body body;

	make_kind(_i ? CLIENT_HELLO_DTLS : CLIENT_HELLO);
	body = body_now();
	read_as(_i ? CLIENT_HELLO_DTLS : CLIENT_HELLO, &body);
	ck_assert_uint_eq(hs->client.count, 1);
	ck_assert_uint_eq(hs->client.legacy_version, TLS_1_2);
	ck_assert_uint_eq(hs->client.session_id.len, 32);
	ck_assert_uint_eq(hs->client.suites.len, 4);
	ck_assert_uint_eq(hs->client.num_ext, 3);
	ck_assert_uint_eq(hs->client.ext[0], 0);
	ck_assert_uint_eq(hs->client.ext[2], 21);
	ck_assert(bytes_is(hs->client.sni, "a.example"));
	ck_assert_uint_eq(hs->client.versions.len, 2);
	read_as(_i ? CLIENT_HELLO_DTLS : CLIENT_HELLO, &body);
	ck_assert_uint_eq(hs->client.count, 2);
	/* a byte too many */
	make_num(&m, 0, 1);
	body = body_now();
	read_as(_i ? CLIENT_HELLO_DTLS : CLIENT_HELLO, &body);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, "hello_trailing_bytes");
	ck_assert(bytes_is(hs->client.sni, "a.example"));
}
END_TEST

START_TEST(server_hello)
{
	struct make_hello h = { .version = TLS_1_2, .retry = true,
				.supported = TLS_1_3, .suite = 0x1301 };
	struct tls_body body;

	make_server_hello(&m, &h);
	body = body_now();
	ck_assert(tls_read_server_hello(hs, &body));
	ck_assert(hs->server.retry && !hs->server.seen);
	h.retry = false;
	h.random = 5;
	make_server_hello(&m, &h);
	body = body_now();
	ck_assert(tls_read_server_hello(hs, &body));
	ck_assert(hs->server.retry && hs->server.seen);
	ck_assert_uint_eq(hs->server.version, TLS_1_3);
	ck_assert_uint_eq(hs->server.legacy_version, TLS_1_2);
	ck_assert_uint_eq(hs->server.suite, 0x1301);
	/* drafts up to 21: no session id, no compression */
	m.len = 0;
	make_num(&m, 0x7f12, 2);
	make_fill(&m, 7, 32);
	make_num(&m, 0x1302, 2);
	make_num(&m, 0, 2);
	body = body_now();
	ck_assert(tls_read_server_hello(hs, &body));
	ck_assert_uint_eq(hs->server.suite, 0x1302);
	ck_assert(tls_version_is_13(hs->server.version));
	/* none at all */
	m.len = 20;
	body = body_now();
	ck_assert(!tls_read_server_hello(hs, &body));
	ck_assert_uint_eq(hs->server.suite, 0x1302);
}
END_TEST

static enum tls_chain_state chain_of(bool cut)
{
	struct tls_body body = body_now();

	teardown();
	setup();
	body.cut = cut;
	read_as(CERTIFICATE, &body);
	return hs->chain[TLS_SERVER].state;
}

START_TEST(certificates)
{
	make_certificate(&m, 0, 0);
	ck_assert_int_eq(chain_of(false), TLS_CHAIN_EMPTY);
	make_certificate(&m, 3, 40);
	m.len -= 10;
	ck_assert_int_eq(chain_of(true), TLS_CHAIN_PARTIAL);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_int_eq(chain_of(false), TLS_CHAIN_BAD);
	m.len = 20;
	ck_assert_int_eq(chain_of(true), TLS_CHAIN_NONE);
	make_certificate(&m, LIMIT_TLS_CHAIN + 1, 5);
	chain_of(false);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, LIMIT_TLS_CHAIN);
	ck_assert_str_eq(hs->anomalies[0].code, "chain_too_long");
	make_certificate(&m, 2, 0);
	chain_of(false);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
	ck_assert_str_eq(hs->anomalies[0].code, "certificate_empty");
	/* RFC 7250: what is in it is no certificate */
	make_certificate(&m, 1, 50);
	teardown();
	setup();
	hs->server.cert_type = 2;
	struct tls_body body = body_now();

	read_as(CERTIFICATE, &body);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_NOT_X509);
	/* RFC 7924: the client has it already, a hash stands in its place */
	teardown();
	setup();
	make_fill(&m, 0x5c, 32);
	hs->server.cached_info = true;
	body = body_now();
	read_as(CERTIFICATE, &body);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_NOT_X509);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
	ck_assert_uint_eq(hs->num_anomalies, 0);
}
END_TEST

static void member(unsigned len, const char *response)
{
	size_t all, ext;

	make_num(&m, len, 3);
	make_fill(&m, 0x30, len);
	all = make_open(&m, 2);
	if (response) {
		ext = make_ext(&m, 5);
		make_num(&m, 1, 1);
		make_num(&m, strlen(response), 3);
		make_bytes(&m, response, strlen(response));
		make_close(&m, ext, 2);
	}
	make_close(&m, all, 2);
}

/* RFC 8446 4.4.2.1: each member may have one; only the leaf's is told.
 * 0: the leaf has one, 1: it has none, 2: nor is it anything */
START_TEST(staples)
{
	struct tls_body body;
	size_t list;

	m.len = 0;
	make_num(&m, 0, 1);
	list = make_open(&m, 3);
	member(_i == 2 ? 0 : 50, _i == 0 ? "leaf" : NULL);
	member(40, "another");
	member(30, "a third");
	make_close(&m, list, 3);
	body = body_now();
	read_as(CERTIFICATE_13, &body);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, _i == 2 ? 2 : 3);
	ck_assert(bytes_is(hs->staple, _i == 0 ? "leaf" : ""));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, ladder, 0, NUM_KINDS);
	tcase_add_loop_test(t, client_hello, 0, 2);
	tcase_add_test(t, server_hello);
	tcase_add_test(t, certificates);
	tcase_add_loop_test(t, staples, 0, 3);
}

TEST_MAIN("tls_hello", cases)
