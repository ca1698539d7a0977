/*
 * test_ech.c: Encrypted Client Hello: the inner hello out of its encoding, and
 * what became of an offer. Messages are sealed and confirmed here; that both
 * are right is shown by captures of NSS (pcaps/ech-*).
 */
#include "test_tls_make.h"

#include <openssl/evp.h>

#include "base/reader.h"
#include "crypt/digest.h"
#include "crypt/hpke.h"
#include "crypt/keyring.h"
#include "tls/ech.h"
#include "tls/facts.h"

#define ID 0x21

static struct tls_handshake *hs;
static struct keyring *ring;
static struct make encoded, outer[2], inner[2], server, retry;
static const uint8_t shared[32] = { 5, 5, 5 };
static const uint8_t config[] = {
	0xfe, 0x0d, 0, 23, ID, 0, 0x20, 0, 2, 1, 2, 0, 4, 0, 1, 0, 1, 0,
	6, 'p', '.', 't', 'e', 's', 't', 0, 0,
};

static void setup(void)
{
	hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	ring = keyring_new(16);
	ck_assert(hs && ring);
}

static void teardown(void)
{
	tls_handshake_free(hs);
	keyring_free(ring);
}

static void put_ext(struct make *m, unsigned type, const char *data, size_t n)
{
	size_t at = make_ext(m, (uint16_t)type);

	make_bytes(m, data, n);
	make_close(m, at, 2);
}

#define EXT(m, type, text) put_ext(m, type, text, sizeof text - 1)
#define SHARE "\0\5\0\x1d\0\1\x09"
#define SNI(name) "\0\x0b\0\0\x08" name

static void begin_hello(struct make *m, uint8_t random, const char *id)
{
	m->len = 0;
	make_num(m, 0x0303, 2);
	make_fill(m, random, 32);
	make_num(m, strlen(id), 1);
	make_bytes(m, id, strlen(id));
	make_bytes(m, "\0\2\x13\1\1", 6); /* suites, no compression */
}

/* What of the outer hello's extensions the inner one takes. */
static void make_encoded(const char *types, size_t num, unsigned padding)
{
	size_t all;

	begin_hello(&encoded, 0xaa, "");
	all = make_open(&encoded, 2);
	EXT(&encoded, 0, SNI("in.inner"));
	if (num)
		put_ext(&encoded, 0xfd00, types, num);
	EXT(&encoded, 0xfe0d, "\1");
	make_close(&encoded, all, 2);
	make_fill(&encoded, 0, padding);
}

static struct bytes bytes(const struct make *m)
{
	return bytes_of(m->p, m->len);
}

/* sealed: of that length, filled in later. */
static void make_outer(struct make *m, const char *enc, size_t sealed)
{
	size_t all, ext;

	begin_hello(m, 0xbb, "session");
	all = make_open(m, 2);
	EXT(m, 0, SNI("p.public"));
	EXT(m, 10, "\0\2\0\x1d");
	EXT(m, 43, "\2\3\4");
	ext = make_ext(m, 0xfe0d);
	make_bytes(m, "\0\0\1\0\1", 5);
	make_num(m, ID, 1);
	make_num(m, strlen(enc), 2);
	make_bytes(m, enc, strlen(enc));
	make_num(m, sealed, 2);
	make_fill(m, 0, sealed);
	make_close(m, ext, 2);
	EXT(m, 51, SHARE);
	make_close(m, all, 2);
}

static bool decode(struct bytes *out)
{
	struct tls_ech_outer o;

	make_outer(&outer[0], "enc", 40);
	ck_assert(tls_ech_outer(bytes(&outer[0]), &o));
	return tls_ech_inner(bytes(&encoded), &o, &hs->arena, out);
}

START_TEST(inner_built)
{
	struct bytes got;
	struct make want;
	size_t all;

	make_encoded("\4\0\x2b\0\x33", 5, 9);
	ck_assert(decode(&got));
	begin_hello(&want, 0xaa, "session");
	all = make_open(&want, 2);
	EXT(&want, 0, SNI("in.inner"));
	EXT(&want, 43, "\2\3\4");
	EXT(&want, 51, SHARE);
	EXT(&want, 0xfe0d, "\1");
	make_close(&want, all, 2);
	ck_assert(bytes_eq(got, bytes(&want)));
}
END_TEST

static const struct {
	const char *types;
	size_t num;
} wrong_types[] = {
	{ "\4\0\x33\0\x2b", 5 },	/* not in the outer one's order */
	{ "\4\0\x2b\0\x2b", 5 },	/* one twice */
	{ "\2\0\x77", 3 },		/* not there */
	{ "\2\xfe\x0d", 3 },		/* itself */
	{ "\3\0\x2b\0", 4 },		/* half of one */
	{ "\2\0\x2b\0", 4 },		/* a byte too many */
	{ "\7\0\x2b", 3 },		/* longer than it is */
};

START_TEST(inner_wrong)
{
	struct bytes got = { .len = 77 };

	make_encoded(wrong_types[_i].types, wrong_types[_i].num, 0);
	ck_assert(!decode(&got));
	ck_assert_uint_eq(got.len, 77);
}
END_TEST

START_TEST(inner_forms)
{
	struct bytes got;
	size_t all;

	make_encoded("", 0, 1);
	ck_assert(decode(&got));
	encoded.p[encoded.len - 1] = 1; /* padding is zeros */
	ck_assert(!decode(&got));
	/* a session id of its own */
	begin_hello(&encoded, 0xaa, "x");
	make_num(&encoded, 0, 2);
	ck_assert(!decode(&got));
	/* two lists of outer extensions */
	begin_hello(&encoded, 0xaa, "");
	all = make_open(&encoded, 2);
	EXT(&encoded, 0xfd00, "\2\0\x0a");
	EXT(&encoded, 0xfd00, "\2\0\x2b");
	make_close(&encoded, all, 2);
	ck_assert(!decode(&got));
}
END_TEST

/* The ladder: every shorter one, in a block of its size, is none. */
START_TEST(ladder)
{
	struct tls_ech_outer o, untouched;
	struct bytes got = { .len = 77 };
	struct bytes whole;

	make_outer(&outer[0], "enc", 40);
	whole = bytes(&outer[0]);
	make_encoded("\4\0\x2b\0\x33", 5, 0);
	memset(&untouched, 0x11, sizeof untouched);
	ck_assert(tls_ech_outer(whole, &o));
	for (size_t n = 0; n < encoded.len; n++) {
		uint8_t *p = malloc(n ? n : 1);

		memcpy(p, encoded.p, n);
		ck_assert(!tls_ech_inner(bytes_of(p, n), &o, &hs->arena, &got));
		ck_assert_uint_eq(got.len, 77);
		free(p);
	}
	for (size_t n = 0; n < whole.len; n++) {
		uint8_t *p = malloc(n ? n : 1);

		memcpy(p, whole.p, n);
		o = untouched;
		ck_assert(!tls_ech_outer(bytes_of(p, n), &o));
		ck_assert_mem_eq(&o, &untouched, sizeof o);
		free(p);
	}
}
END_TEST

/* Seals the encoded hello into outer[i], as a client does. */
static void seal(int i, const char *enc)
{
	uint8_t info[8 + sizeof config] = "tls ech", nonce[12], tag[16];
	const struct hpke_suite suite = { 0x20, 1, 1 };
	struct tls_ech_outer o;
	struct hpke h;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	struct bytes made;

	make_outer(&outer[i], enc, encoded.len + sizeof tag);
	ck_assert(tls_ech_outer(bytes(&outer[i]), &o));
	ck_assert(tls_ech_inner(bytes(&encoded), &o, &hs->arena, &made));
	inner[i].len = 0;
	make_bytes(&inner[i], made.p, made.len);
	memcpy(&info[8], config, sizeof config);
	ck_assert(hpke_setup(&suite, bytes_of(shared, 32),
			     bytes_of(info, sizeof info), &h));
	memcpy(nonce, h.nonce, sizeof nonce);
	nonce[11] ^= (uint8_t)i;
	ck_assert(EVP_EncryptInit_ex2(c, EVP_aes_128_gcm(), h.key, nonce,
				      NULL) &&
		  EVP_EncryptUpdate(c, NULL, &n, outer[i].p,
				    (int)outer[i].len) &&
		  EVP_EncryptUpdate(c, &outer[i].p[o.payload_at], &n,
				    encoded.p, (int)encoded.len) &&
		  EVP_EncryptFinal_ex(c, tag, &n) &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag));
	memcpy(&outer[i].p[o.payload_at + encoded.len], tag, sizeof tag);
	EVP_CIPHER_CTX_free(c);
}

static void make_server(struct make *m, const uint8_t *random)
{
	m->len = 0;
	make_num(m, 0x0303, 2);
	make_bytes(m, random, 32);
	make_bytes(m, "\0\x13\1\0\0\6\0\x2b\0\2\3\4", 13 - 1);
}

static void put_message(struct make *m, uint8_t type, struct bytes b)
{
	make_num(m, type, 1);
	make_num(m, b.len, 3);
	make_bytes(m, b.p, b.len);
}

/* RFC 9849 7.2, from the messages as they were made. */
static void confirm(bool again)
{
	static struct make t;
	uint8_t hash[32], prk[HKDF_LEN_MAX], zeros[32] = { 0 };

	t.len = 0;
	memset(&server.p[2 + 24], 0, 8);
	put_message(&t, 1, bytes(&inner[0]));
	if (again) {
		digest_sha256(bytes(&t), hash);
		t.len = 0;
		put_message(&t, 254, bytes_of(hash, 32));
		put_message(&t, 2, bytes(&retry));
		put_message(&t, 1, bytes(&inner[1]));
	}
	put_message(&t, 2, bytes(&server));
	digest_sha256(bytes(&t), hash);
	ck_assert(hkdf_extract(HKDF_SHA256, bytes_of(zeros, 32),
			       bytes_of(&inner[0].p[2], 32), prk));
	ck_assert(hkdf_expand_label(HKDF_SHA256, bytes_of(prk, 32),
				    "ech accept confirmation",
				    bytes_of(hash, 32), &server.p[2 + 24], 8));
}

static void client_says(int i)
{
	struct tls_body b = { .b = bytes(&outer[i]) };

	facts_client_hello(hs, &b);
}

static void server_says(const struct make *m, bool cut)
{
	struct tls_body b = { .b = bytes(m), .cut = cut };

	facts_server_hello(hs, &b);
}

static void give(uint8_t random, enum keyring_label label, struct bytes secret)
{
	uint8_t all[32];

	memset(all, random, sizeof all);
	ck_assert(keyring_add(ring, all, label, secret));
}

static void give_ech(void)
{
	give(0xbb, KEYRING_ECH_SECRET, bytes_of(shared, 32));
	give(0xbb, KEYRING_ECH_CONFIG, bytes_of(config, sizeof config));
}

/* One hello each. */
static void talk(bool confirmed)
{
	uint8_t random[32];

	memset(random, 0xcc, sizeof random);
	make_encoded("\4\0\x2b\0\x33", 5, 13);
	seal(0, "enc");
	make_server(&server, random);
	if (confirmed)
		confirm(false);
	client_says(0);
	server_says(&server, false);
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
}

START_TEST(accepted)
{
	talk(true);
	tls_ech_try(hs, ring); /* no secret yet */
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	ck_assert_int_eq(tls_ech_random(hs)[0], 0xbb);
	give_ech();
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_ACCEPTED);
	ck_assert(bytes_is(tls_hello(hs)->sni, "in.inner"));
	ck_assert(bytes_is(hs->client.sni, "p.public"));
	ck_assert_int_eq(tls_ech_random(hs)[0], 0xaa);
	ck_assert_uint_eq(hs->num_anomalies, 0);
}
END_TEST

START_TEST(rejected)
{
	talk(false);
	give_ech();
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_REJECTED);
	ck_assert(bytes_is(tls_hello(hs)->sni, "p.public"));
	ck_assert_int_eq(tls_ech_random(hs)[0], 0xbb);
}
END_TEST

START_TEST(secret_wrong)
{
	uint8_t other[32] = { 6 };

	talk(true);
	give_ech();
	give(0xbb, KEYRING_ECH_SECRET, bytes_of(other, 32));
	for (int i = 0; i < 3; i++)
		tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, "ech_secret_wrong");
	ck_assert_ptr_null(hs->inner);
}
END_TEST

START_TEST(config_wrong)
{
	uint8_t other[sizeof config];

	memcpy(other, config, sizeof other);
	other[4] ^= 1; /* of another id: not of this hello */
	talk(true);
	give_ech();
	give(0xbb, KEYRING_ECH_CONFIG, bytes_of(other, sizeof other));
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	for (size_t n = 1; n < sizeof config; n++) {
		give(0xbb, KEYRING_ECH_CONFIG, bytes_of(config, n));
		tls_ech_try(hs, ring);
		ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	}
	give(0xbb, KEYRING_ECH_CONFIG, bytes_of(config, sizeof config));
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_ACCEPTED);
}
END_TEST

/* 0: confirmed; 1: not; 2: its first hello is lost, a secret proves it */
START_TEST(retried)
{
	uint8_t random[32];
	static const uint8_t secret[32] = { 9 };

	memset(random, 0xcc, sizeof random);
	make_encoded("\4\0\x2b\0\x33", 5, 13);
	seal(0, "enc");
	make_encoded("\4\0\x2b\0\x33", 5, 3);
	seal(1, "");
	digest_sha256(bytes_str("HelloRetryRequest"), random);
	make_server(&retry, random);
	memset(random, 0xcc, sizeof random);
	make_server(&server, random);
	if (_i != 1)
		confirm(true);
	if (_i != 2)
		client_says(0);
	server_says(&retry, false);
	client_says(1);
	server_says(&server, false);
	give_ech();
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, _i == 0   ? TLS_ECH_ACCEPTED
				  : _i == 1 ? TLS_ECH_REJECTED
					    : TLS_ECH_OFFERED);
	if (_i != 2)
		return;
	give(0xaa, KEYRING_SERVER_HANDSHAKE, bytes_of(secret, 32));
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_ACCEPTED);
	ck_assert(bytes_is(tls_hello(hs)->sni, "in.inner"));
}
END_TEST

/* The end of the server's hello is lost: nothing proves anything. */
START_TEST(unproven)
{
	uint8_t random[32] = { 1 };

	make_encoded("\4\0\x2b\0\x33", 5, 13);
	seal(0, "enc");
	make_server(&server, random);
	client_says(0);
	server_says(&server, true);
	give_ech();
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	ck_assert(bytes_is(tls_hello(hs)->sni, "p.public"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ech");
	TCase *t = tcase_create("ech");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, inner_built);
	tcase_add_loop_test(t, inner_wrong, 0,
			    sizeof wrong_types / sizeof *wrong_types);
	tcase_add_test(t, inner_forms);
	tcase_add_test(t, ladder);
	tcase_add_test(t, accepted);
	tcase_add_test(t, rejected);
	tcase_add_test(t, secret_wrong);
	tcase_add_test(t, config_wrong);
	tcase_add_loop_test(t, retried, 0, 3);
	tcase_add_test(t, unproven);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
