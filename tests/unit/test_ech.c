/*
 * test_ech.c: Encrypted Client Hello: the inner hello out of its encoding, and
 * what became of an offer. Messages are sealed and confirmed here; that both
 * are right is shown by captures of NSS (pcaps/ech-*).
 */
#include "test_ech_make.h"
#include "tls/facts.h"
#include "test_run.h"

static struct tls_handshake *hs;
static struct keyring *ring;

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
	seal(&hs->arena, 0, "enc");
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
	seal(&hs->arena, 0, "enc");
	make_encoded("\4\0\x2b\0\x33", 5, 3);
	seal(&hs->arena, 1, "");
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
	seal(&hs->arena, 0, "enc");
	make_server(&server, random);
	client_says(0);
	server_says(&server, true);
	give_ech();
	tls_ech_try(hs, ring);
	ck_assert_int_eq(hs->ech, TLS_ECH_OFFERED);
	ck_assert(bytes_is(tls_hello(hs)->sni, "p.public"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, inner_built);
	tcase_add_loop_test(t, inner_wrong, 0, NUM(wrong_types));
	tcase_add_test(t, inner_forms);
	tcase_add_test(t, ladder);
	tcase_add_test(t, accepted);
	tcase_add_test(t, rejected);
	tcase_add_test(t, secret_wrong);
	tcase_add_test(t, config_wrong);
	tcase_add_loop_test(t, retried, 0, 3);
	tcase_add_test(t, unproven);
}

TEST_MAIN("ech", cases)
