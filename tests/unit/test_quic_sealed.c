/*
 * test_quic_sealed.c: Handshake packets with keys that are there, come late,
 * are wrong or never come.
 */
#include "base/limits.h"
#include "crypt/keyring.h"
#include "test_quic_make.h"
#include "test_run.h"

static struct keyring *ring;
static uint8_t secrets[2][48];
static size_t secret_len;
static struct talk t;
static struct quic_keys keys[2];
static uint64_t number[2];

static const struct {
	uint16_t suite;
	enum hkdf_hash hash;
	enum aead aead;
} suites[] = {
	{ 0x1301, HKDF_SHA256, AEAD_AES_128_GCM },
	{ 0x1302, HKDF_SHA384, AEAD_AES_256_GCM },
	{ 0x1303, HKDF_SHA256, AEAD_CHACHA20_POLY1305 },
	{ 0x1304, HKDF_SHA256, AEAD_AES_128_CCM },
	{ 0x1305, HKDF_SHA256, AEAD_AES_128_CCM_8 },
};

static void fini(void)
{
	talk_fini(&t);
	keyring_free(ring);
}

/* Both hellos, of that suite; the secrets are made, not yet told. */
static void begin(int suite, uint32_t version)
{
	struct make_hello h = { .version = 0x0303, .random = 0x22,
				.supported = 0x0304,
				.suite = suites[suite].suite };
	struct make body;

	ring = keyring_new(0);
	keyring_set_given(ring);
	memset(secrets[0], 0xc5, 48);
	memset(secrets[1], 0x5c, 48);
	secret_len = hkdf_len(suites[suite].hash);
	memset(number, 0, sizeof number);
	talk_init(&t, version, ring);
	make_server_hello(&body, &h);
	t.hello[1].len = 0;
	make_message(&t.hello[1], TLS_SERVER_HELLO, &body);
	for (int i = 0; i < 2; i++)
		ck_assert(quic_keys_derive(
			quic_version_find(version), suites[suite].hash,
			suites[suite].aead,
			bytes_of(secrets[i], secret_len), &keys[i]));
}

static void greet(void)
{
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
}

static void tell(void)
{
	uint8_t random[32];

	memset(random, 0x11, 32);
	for (int i = 0; i < 2; i++)
		ck_assert(keyring_add(ring, random,
				      i ? KEYRING_SERVER_HANDSHAKE
					: KEYRING_CLIENT_HANDSHAKE,
				      bytes_of(secrets[i], secret_len)));
}

/* A Handshake packet of t.payload. */
static void send(enum tls_side side)
{
	struct make_packet p = talk_packet(&t, side);

	p.type = QUIC_HANDSHAKE;
	p.number = number[side]++;
	if (t.payload.len < 20)
		make_fill(&t.payload, 0, 20 - t.payload.len);
	t.datagram.len = 0;
	make_quic(&t.datagram, &p, &keys[side],
		  bytes_of(t.payload.p, t.payload.len));
	t.payload.len = 0;
	talk_feed(&t, side, bytes_of(t.datagram.p, t.datagram.len), false);
}

static void certificate_13(struct make *m, unsigned num, size_t n)
{
	size_t list, der;

	m->len = 0;
	make_num(m, 0, 1); /* context */
	list = make_open(m, 3);
	for (unsigned i = 0; i < num; i++) {
		der = make_open(m, 3);
		make_fill(m, (uint8_t)(0x30 + i), n);
		make_close(m, der, 3);
		make_num(m, 0, 2); /* extensions */
	}
	make_close(m, list, 3);
}

/* EncryptedExtensions with ALPN, CertificateRequest, Certificate, Verify. */
static void flight(struct make *out, size_t cert)
{
	struct make body = { .len = 0 };
	size_t all, ext, list;

	out->len = 0;
	all = make_open(&body, 2);
	ext = make_ext(&body, 16);
	list = make_open(&body, 2);
	make_num(&body, 2, 1);
	make_bytes(&body, "h3", 2);
	make_close(&body, list, 2);
	make_close(&body, ext, 2);
	make_close(&body, all, 2);
	make_message(out, TLS_ENCRYPTED_EXTENSIONS, &body);
	body.len = 0;
	make_fill(&body, 0, 3);
	make_message(out, TLS_CERTIFICATE_REQUEST, &body);
	certificate_13(&body, 2, cert);
	make_message(out, TLS_CERTIFICATE, &body);
	body.len = 0;
	make_fill(&body, 4, 70);
	make_message(out, TLS_CERTIFICATE_VERIFY, &body);
}

/* The server's flight in packets of 1000 bytes, the last one first. */
static void send_flight(size_t cert)
{
	static struct make m;
	size_t n;

	flight(&m, cert);
	for (n = m.len / 1000 + 1; n--;) {
		make_crypto(&t.payload, 1000 * n,
			    bytes_head(bytes_tail(bytes_of(m.p, m.len),
						  1000 * n), 1000));
		send(TLS_SERVER);
	}
}

static void check_opened(const struct tls_handshake *hs, size_t cert)
{
	const struct tls_chain *chain;
	struct tls_sight sight;

	ck_assert_ptr_nonnull(hs);
	chain = &hs->chain[TLS_SERVER];
	ck_assert_int_eq(chain->state, TLS_CHAIN_WHOLE);
	ck_assert(chain->decrypted);
	ck_assert_uint_eq(chain->num_certs, 2);
	ck_assert_uint_eq(chain->certs[1].len, cert);
	ck_assert_uint_eq(chain->certs[1].p[0], 0x31);
	ck_assert(bytes_is(hs->server.alpn, "h3"));
	ck_assert(hs->side[TLS_SERVER].certificate_request);
	ck_assert(hs->side[TLS_SERVER].certificate_verify);
	ck_assert(hs->keys_given && hs->keys_known && !hs->keys_failed);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.visibility, TLS_DECRYPTED);
}

START_TEST(opened)
{
	struct tls_handshake *hs;

	begin(_i % 5, _i < 5 ? QUIC_V1 : QUIC_V2);
	tell();
	greet();
	send_flight(1500);
	hs = talk_end(&t);
	check_opened(hs, 1500);
	tls_handshake_free(hs);
	fini();
}
END_TEST

/* Keys that come a second after the packets; meanwhile data flows. */
START_TEST(late_keys)
{
	struct tls_handshake *hs = NULL;
	struct make m = { .len = 0 };

	begin(0, QUIC_V1);
	if (_i)
		talk_greet(&t, TLS_CLIENT);
	else
		greet();
	send_flight(1500);
	if (_i) /* the ServerHello came behind its flight, too */
		talk_greet(&t, TLS_SERVER);
	make_crypto(&t.payload, 4096, bytes_str("x"));
	send(TLS_CLIENT);
	make_short(&m, bytes_of(NULL, 0), 60);
	for (int i = 0; i < 4; i++)
		talk_feed(&t, i & 1, bytes_of(m.p, m.len), false);
	ck_assert_ptr_null(quic_session_next(t.s)); /* it waits */
	t.now.ns += NSEC_PER_SEC;
	tell();
	quic_session_tick(t.s, t.now);
	hs = quic_session_next(t.s);
	check_opened(hs, 1500);
	ck_assert(hs->quic_both_ways);
	/* the time of the certificate is that of its packet */
	ck_assert_int_lt(hs->chain[TLS_SERVER].time.ns,
			 t.now.ns - NSEC_PER_SEC + 1);
	tls_handshake_free(hs);
	fini();
}
END_TEST

START_TEST(no_keys)
{
	struct tls_handshake *hs;
	struct tls_sight sight;

	begin(0, QUIC_V1);
	greet();
	send_flight(40000); /* more than is kept */
	ck_assert_uint_lt(quic_session_memory(t.s), 200000);
	t.now.ns += LIMIT_TLS_SEALED_WAIT;
	quic_session_tick(t.s, t.now);
	tell(); /* too late */
	send_flight(10);
	quic_session_tick(t.s, t.now);
	hs = talk_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->keys_given && !hs->keys_known);
	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.visibility, TLS_HIDDEN);
	ck_assert_int_eq(sight.hidden, TLS_HIDDEN_NO_SECRET);
	tls_handshake_free(hs);
	fini();
}
END_TEST

/* A wrong secret: of the right length, or not; one anomaly, no flood. */
START_TEST(wrong_keys)
{
	struct tls_handshake *hs;
	struct tls_sight sight;

	begin(0, QUIC_V1);
	if (_i)
		secret_len = 48;
	else
		secrets[1][7] ^= 1;
	tell();
	greet();
	send_flight(5000);
	hs = talk_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->keys_known && hs->keys_failed);
	ck_assert_uint_eq(hs->num_anomalies, _i ? 0 : 1);
	tls_handshake_sight(hs, &sight);
	ck_assert_int_eq(sight.visibility, TLS_HIDDEN);
	tls_handshake_free(hs);
	fini();
}
END_TEST

START_TEST(client_side)
{
	struct make body, m = { .len = 0 };
	struct tls_handshake *hs;
	struct tls_reaction r;

	begin(1, QUIC_V1);
	tell();
	greet();
	send_flight(100);
	certificate_13(&body, 1, 77);
	make_message(&m, TLS_CERTIFICATE, &body);
	make_crypto(&t.payload, 0, bytes_of(m.p, m.len));
	if (_i)
		make_quic_close(&t.payload, false, 0x100 + 42);
	send(TLS_CLIENT);
	hs = talk_end(&t);
	check_opened(hs, 100);
	ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
	ck_assert_uint_eq(hs->chain[TLS_CLIENT].certs[0].len, 77);
	ck_assert(hs->chain[TLS_CLIENT].decrypted);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, _i ? TLS_REJECTED : TLS_UNKNOWN);
	tls_handshake_free(hs);
	fini();
}
END_TEST

/* The end of the flight is lost: the leaf is there. */
START_TEST(cut_flight)
{
	static struct make m;
	struct tls_handshake *hs;

	begin(0, QUIC_V1);
	tell();
	greet();
	flight(&m, 600);
	make_crypto(&t.payload, 0, bytes_of(m.p, 1000));
	send(TLS_SERVER);
	hs = talk_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert_int_eq(hs->chain[TLS_SERVER].state, TLS_CHAIN_PARTIAL);
	ck_assert(hs->chain[TLS_SERVER].decrypted);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 1);
	tls_handshake_free(hs);
	fini();
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_loop_test(c, opened, 0, 10);
	tcase_add_loop_test(c, late_keys, 0, 2);
	tcase_add_test(c, no_keys);
	tcase_add_loop_test(c, wrong_keys, 0, 2);
	tcase_add_loop_test(c, client_side, 0, 2);
	tcase_add_test(c, cut_flight);
}

TEST_MAIN("quic_sealed", cases)
