/*
 * test_cert_memory.c: what the certificate floor remembers or reads by itself
 * has to be what OpenSSL would have said anew: keys, authorities, the cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/limits.h"
#include "cert/chain.h"
#include "test_cert_make.h"
#include "test_run.h"

#define CA { "basicConstraints", "critical,CA:TRUE" }

static EVP_PKEY *key, *root_key;
static X509 *root_x;
static struct chain_store *store;

static void setup(void)
{
	char path[] = "/tmp/test-memory-XXXXXX", err[256];
	const char *paths[] = { path };
	struct make r = { .cn = "Root", .ext = { CA } };
	FILE *f = fdopen(mkstemp(path), "w");

	ck_assert_ptr_nonnull(f);
	key = make_key();
	r.key = root_key = make_key();
	root_x = make_x509(&r);
	PEM_write_X509(f, root_x);
	fclose(f);
	store = chain_store_load(paths, 1, err, sizeof err);
	unlink(path);
	ck_assert_msg(store != NULL, "%s", err);
}

static void teardown(void)
{
	chain_store_free(store);
	X509_free(root_x);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
}

static void check_key(EVP_PKEY *k, const char *curve)
{
	struct make m = { .cn = "x", .key = k, .issuer = root_x,
			  .issuer_key = root_key };
	struct cert *c = make_cert(&m);
	BIGNUM *e = NULL;

	ck_assert_ptr_null(c->error);
	ck_assert_uint_eq(c->key_bits, (unsigned)EVP_PKEY_get_bits(k));
	if (curve)
		ck_assert_str_eq(c->key_curve, curve);
	else
		ck_assert_ptr_null(c->key_curve);
	if (EVP_PKEY_get_bn_param(k, "e", &e))
		ck_assert_uint_eq(c->key_exponent, BN_get_word(e));
	else
		ck_assert_uint_eq(c->key_exponent, 0);
	BN_free(e);
	cert_unref(c);
}

static void check_rsa(unsigned bits, unsigned long exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *k = NULL;

	BN_set_word(e, exponent);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits);
	EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e);
	ck_assert_int_eq(EVP_PKEY_keygen(ctx, &k), 1);
	check_key(k, NULL);
	EVP_PKEY_free(k);
	EVP_PKEY_CTX_free(ctx);
	BN_free(e);
}

/* Sizes with and without a sign octet; curves and forms not read here. */
START_TEST(keys)
{
	static const struct {
		const char *group, *form, *curve;
	} rows[] = {
		{ "P-256", "uncompressed", "secp256r1" },
		{ "P-384", "uncompressed", "secp384r1" },
		{ "P-521", "uncompressed", "secp521r1" },
		{ "P-256", "compressed", "secp256r1" },
		{ "P-256", "hybrid", "secp256r1" },
		{ "secp256k1", "uncompressed", "secp256k1" },
		{ "brainpoolP256r1", "uncompressed", "brainpoolP256r1" },
	};
	EVP_PKEY *k;

	check_rsa(1024, 65537);
	check_rsa(1023, 3);
	check_rsa(1025, 65537);
	check_rsa(1031, 0x100000001);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		k = EVP_EC_gen(rows[i].group);
		EVP_PKEY_set_utf8_string_param(k, "point-format",
					       rows[i].form);
		check_key(k, rows[i].curve);
		EVP_PKEY_free(k);
	}
	k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	check_key(k, NULL);
	EVP_PKEY_free(k);
}
END_TEST

static struct chain_result judge(struct cert *leaf, struct cert *a,
				 struct cert *b, int64_t at)
{
	struct cert *certs[] = { leaf, a, b };
	struct chain_result r;

	chain_judge(store, certs, b ? 3 : 2, NULL, 0, at, true, &r);
	return r;
}

/* What was found good before makes nothing good that is not. */
START_TEST(authorities)
{
	struct make i = { .cn = "Inter", .key = key, .issuer = root_x,
			  .issuer_key = root_key, .ext = { CA } };
	struct make f = i, n = i, o = i;
	X509 *inter_x = make_x509(&i);
	struct make l = { .cn = "leaf", .key = key, .issuer = inter_x,
			  .issuer_key = key };
	struct make w = l;
	struct cert *inter = make_read(inter_x), *leaf = make_cert(&l);
	struct cert *forged, *no_sign, *wrong, *old;

	f.issuer_key = key; /* not by the root */
	forged = make_cert(&f);
	n.ext[1][0] = "keyUsage";
	n.ext[1][1] = "digitalSignature";
	no_sign = make_cert(&n);
	o.from = MAKE_NOW - 9 * MAKE_DAY;
	o.until = MAKE_NOW - MAKE_DAY;
	old = make_cert(&o);
	w.issuer_key = root_key;
	wrong = make_cert(&w);
	for (int turn = 0; turn < 3; turn++) {
		struct chain_result r = judge(leaf, inter, NULL, MAKE_NOW);

		ck_assert_int_eq(r.state, CHAIN_TRUSTED);
		r = judge(wrong, inter, NULL, MAKE_NOW);
		ck_assert_int_eq(r.error, X509_V_ERR_CERT_SIGNATURE_FAILURE);
		ck_assert_int_eq(r.depth, 0);
		r = judge(leaf, forged, NULL, MAKE_NOW);
		ck_assert_int_eq(r.error, X509_V_ERR_CERT_SIGNATURE_FAILURE);
		ck_assert_int_eq(r.depth, 1);
		r = judge(leaf, no_sign, NULL, MAKE_NOW);
		ck_assert_int_eq(r.state, CHAIN_INVALID);
		r = judge(leaf, inter, NULL, MAKE_NOW + 400 * MAKE_DAY);
		ck_assert_int_eq(r.state, CHAIN_EXPIRED);
		r = judge(leaf, old, NULL, MAKE_NOW);
		ck_assert_int_eq(r.state, CHAIN_EXPIRED);
		/* sent twice: one object now, and both are left out */
		r = judge(leaf, old, old, MAKE_NOW);
		ck_assert_int_eq(r.state, CHAIN_EXPIRED);
		r = judge(leaf, old, inter, MAKE_NOW);
		ck_assert_int_eq(r.state, CHAIN_TRUSTED);
		r = judge(leaf, inter, inter, MAKE_NOW);
		ck_assert_int_eq(r.state, CHAIN_TRUSTED);
	}
	cert_unref(inter);
	cert_unref(leaf);
	cert_unref(forged);
	cert_unref(no_sign);
	cert_unref(wrong);
	cert_unref(old);
	X509_free(inter_x);
}
END_TEST

/* More authorities than are kept, twice round: none is mistaken. */
START_TEST(many_authorities)
{
	enum { NUM = 600 };
	static struct cert *ca[NUM], *leaf[NUM];

	for (int i = 0; i < NUM; i++) {
		struct make m = { .cn = "Inter", .key = key, .issuer = root_x,
				  .issuer_key = i % 7 ? root_key : key,
				  .ext = { CA } };
		X509 *x = make_x509(&m);
		struct make l = { .cn = "leaf", .key = key, .issuer = x,
				  .issuer_key = key };

		ca[i] = make_read(x);
		leaf[i] = make_cert(&l);
		X509_free(x);
	}
	for (int n = 0; n < 2 * NUM; n++) {
		int i = n % NUM;

		ck_assert_int_eq(judge(leaf[i], ca[i], NULL, MAKE_NOW).state,
				 i % 7 ? CHAIN_TRUSTED : CHAIN_INVALID);
	}
	for (int i = 0; i < NUM; i++) {
		cert_unref(ca[i]);
		cert_unref(leaf[i]);
	}
}
END_TEST

/*
 * A flood of certificates that differ only where nothing is hashed: all found
 * by their bytes, and not more than a few kept.
 */
START_TEST(lookalikes)
{
	struct cert_cache *cache = cert_cache_new();
	const struct cert_cache_counters *n = cert_cache_counters(cache);
	uint8_t der[700] = { 0 };
	struct cert *other = cert_cache_get(cache, bytes_str("other")), *c;

	for (uint32_t i = 0; i < 5000; i++) {
		memcpy(der + 300, &i, sizeof i);
		c = cert_cache_get(cache, bytes_of(der, sizeof der));
		ck_assert(bytes_eq(c->der, bytes_of(der, sizeof der)));
		cert_unref(c);
	}
	ck_assert_uint_eq(n->hits, 0);
	ck_assert_uint_eq(n->evicted, 5000 - 16);
	for (uint32_t i = 5000; i-- > 5000 - 17;) { /* 16 are there */
		memcpy(der + 300, &i, sizeof i);
		cert_unref(cert_cache_get(cache, bytes_of(der, sizeof der)));
	}
	ck_assert_uint_eq(n->hits, 16);
	/* the one that was missing took the place of the least used, 4999 */
	memcpy(der + 300, &(uint32_t){ 4998 }, 4);
	cert_unref(cert_cache_get(cache, bytes_of(der, sizeof der)));
	ck_assert_uint_eq(n->hits, 17);
	memcpy(der + 300, &(uint32_t){ 4999 }, 4);
	cert_unref(cert_cache_get(cache, bytes_of(der, sizeof der)));
	ck_assert_uint_eq(n->hits, 17);
	/* head, tail and length are told apart by the hash */
	for (size_t i = 0; i < 64; i++) {
		der[i]++;
		der[sizeof der - 1 - i]++;
		cert_unref(cert_cache_get(cache, bytes_of(der, sizeof der)));
		cert_unref(cert_cache_get(cache,
					  bytes_of(der, sizeof der - i)));
	}
	ck_assert_uint_eq(n->evicted, 5000 - 16 + 2);
	cert_unref(cert_cache_get(cache, bytes_str("other")));
	ck_assert_uint_ge(n->hits, 18);
	cert_unref(other);
	cert_cache_free(cache);
}
END_TEST

/* What stood for serverAuth once, by Microsoft's and by Netscape's name. */
START_TEST(gated)
{
	static const char *const names[] = { "msSGC", "nsSGC" };

	for (size_t i = 0; i < NUM(names); i++) {
		struct make m = { .cn = "a",
				  .key = make_key(),
				  .ext = { { "extendedKeyUsage", names[i] } } };
		struct cert *c = make_cert(&m);

		ck_assert(c->has_eku);
		ck_assert_uint_eq(c->eku, CERT_EKU_SGC);
		cert_unref(c);
		EVP_PKEY_free(m.key);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, gated);
	tcase_add_test(t, keys);
	tcase_add_test(t, authorities);
	tcase_add_test(t, many_authorities);
	tcase_add_test(t, lookalikes);
}

TEST_MAIN("cert_memory", cases)
