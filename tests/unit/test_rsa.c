/*
 * test_rsa.c: the modulus of a certificate's key, and ROCA's fingerprint of it:
 * powers of 65537 modulo the small primes, and what differs in one of them;
 * flaws of extensions, and wildcards over public suffixes.
 */
#include "cert/rsa.h"
#include "cert/suffix.h"

#include <openssl/bn.h>
#include <openssl/rsa.h>

#include "test_cert_make.h"
#include "test_run.h"

static const unsigned primes[] = {
	2,   3,	  5,   7,   11,	 13,  17,  19,	23,  29,  31,  37,  41,
	43,  47,  53,  59,  61,	 67,  71,  73,	79,  83,  89,  97,  101,
	103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
};

/* k * M + (65537^a mod M), as the library makes its primes. */
static struct bytes number_of(uint64_t k, unsigned a, unsigned more)
{
	static uint8_t out[256];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = BN_new(), *n = BN_new(), *e = BN_new(), *g = BN_new();
	int len;

	BN_one(m);
	for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
		BN_mul_word(m, primes[i]);
	BN_set_word(g, 65537);
	BN_set_word(e, a);
	BN_mod_exp(n, g, e, m, ctx);
	/* large enough to count */
	BN_lshift(e, m, 600);
	BN_div(e, NULL, e, m, ctx);
	BN_add_word(e, k);
	BN_mul(e, e, m, ctx);
	BN_add(n, n, e);
	BN_add_word(n, more);
	len = BN_bn2bin(n, out);
	BN_free(m);
	BN_free(n);
	BN_free(e);
	BN_free(g);
	BN_CTX_free(ctx);
	return bytes_of(out, (size_t)len);
}

START_TEST(fingerprint)
{
	for (unsigned a = 0; a < 40; a++) {
		ck_assert(rsa_is_roca(number_of(a * 7919u, a * 104729u, 0)));
		/* a neighbour is no power of 65537 modulo all of them */
		ck_assert(!rsa_is_roca(number_of(a, a * 104729u, 2)));
	}
	/* short ones are not judged */
	ck_assert(!rsa_is_roca(bytes_of("\x01", 1)));
	ck_assert(!rsa_is_roca(bytes_of(NULL, 0)));
}
END_TEST

START_TEST(usual_keys)
{
	for (int i = 0; i < 4; i++) {
		struct make m = { .cn = "a", .key = EVP_RSA_gen(1024) };
		struct cert *c = make_cert(&m);
		BIGNUM *n = NULL;
		struct bytes found;
		uint8_t want[128];

		ck_assert(!c->key_roca);
		ck_assert(rsa_modulus(c->der, &found));
		ck_assert(EVP_PKEY_get_bn_param(m.key, "n", &n));
		ck_assert_int_eq(BN_bn2binpad(n, want, sizeof want), 128);
		ck_assert(bytes_eq(found, bytes_of(want, sizeof want)));
		BN_free(n);
		cert_unref(c);
		EVP_PKEY_free(m.key);
	}
}
END_TEST

START_TEST(other_keys)
{
	struct make m = { .cn = "a", .key = make_key() };
	struct cert *c = make_cert(&m);
	struct bytes found;

	ck_assert(!rsa_modulus(c->der, &found));
	ck_assert(!c->key_roca);
	ck_assert(!rsa_modulus(bytes_of("\x30\x00", 2), &found));
	ck_assert(!rsa_modulus(bytes_of(NULL, 0), &found));
	cert_unref(c);
	EVP_PKEY_free(m.key);
}
END_TEST

/* Every prefix is no certificate, and none is read beyond its end. */
START_TEST(ladder)
{
	struct make m = { .cn = "a", .key = EVP_RSA_gen(1024) };
	struct cert *c = make_cert(&m);
	struct bytes found;

	for (size_t n = 0; n < c->der.len; n++) {
		uint8_t *cut = malloc(n ? n : 1);

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, c->der.p, n);
		ck_assert(!rsa_modulus(bytes_of(cut, n), &found));
		free(cut);
	}
	cert_unref(c);
	EVP_PKEY_free(m.key);
}
END_TEST

/* What is wrong with extensions, and what only looks so. */
static const struct {
	const char *name, *value, *more[2], *flaw;
} rows[] = {
	{ "subjectAltName", "DNS:a.example,IP:192.0.2.1", { NULL }, NULL },
	{ "basicConstraints", "CA:TRUE,pathlen:0", { NULL }, NULL },
	{ "keyUsage", "digitalSignature", { NULL }, NULL },
	{ "2.999.7", "DER:05", { NULL }, NULL }, /* nobody reads it */
	{ "subjectAltName", "DNS:a.example",
	  { "subjectAltName", "DNS:b.example" },
	  "the extension subjectAltName is there twice" },
	{ "2.999.7", "DER:0500", { "2.999.7", "DER:0500" },
	  "the extension 2.999.7 is there twice" },
	{ "2.5.29.17", "DER:3000", { NULL },
	  "the extension subjectAltName is not as RFC 5280 has it" },
	{ "2.5.29.17", "DER:3007870501020304ff", { NULL },
	  "the extension subjectAltName is not as RFC 5280 has it" },
	{ "2.5.29.17", "DER:30038201e9", { NULL },
	  "the extension subjectAltName is not as RFC 5280 has it" },
	{ "2.5.29.17", "DER:300382016100", { NULL },
	  "the extension subjectAltName is not as RFC 5280 has it" },
	{ "2.5.29.19", "DER:3001", { NULL },
	  "the extension basicConstraints is not as RFC 5280 has it" },
	{ "2.5.29.19", "DER:300401010100", { NULL },
	  "the extension basicConstraints is not as RFC 5280 has it" },
	{ "2.5.29.15", "DER:030100", { NULL },
	  "the extension keyUsage is not as RFC 5280 has it" },
	{ "2.5.29.15", "DER:03020880", { NULL },
	  "the extension keyUsage is not as RFC 5280 has it" },
	{ "2.5.29.37", "DER:3000", { NULL },
	  "the extension extendedKeyUsage is not as RFC 5280 has it" },
	{ "2.5.29.37", "DER:30020600", { NULL },
	  "the extension extendedKeyUsage is not as RFC 5280 has it" },
	{ "2.5.29.14", "DER:3000", { NULL },
	  "the extension subjectKeyIdentifier is not as RFC 5280 has it" },
	{ "2.5.29.35", "DER:0400", { NULL },
	  "the extension authorityKeyIdentifier is not as RFC 5280 has it" },
};

START_TEST(flaws)
{
	struct make m = { .cn = "a", .key = make_key() };
	struct cert *c;

	m.ext[0][0] = rows[_i].name;
	m.ext[0][1] = rows[_i].value;
	m.ext[1][0] = rows[_i].more[0];
	m.ext[1][1] = rows[_i].more[1];
	c = make_cert(&m);
	ck_assert_ptr_null(c->error);
	if (rows[_i].flaw) {
		ck_assert_ptr_nonnull(c->flaw);
		ck_assert_str_eq(c->flaw, rows[_i].flaw);
	} else {
		ck_assert_ptr_null(c->flaw);
	}
	cert_unref(c);
	EVP_PKEY_free(m.key);
}
END_TEST

static const struct {
	const char *suffix;
	bool is_public;
} suffixes[] = {
	{ "com", true },	  { "co.uk", true },
	{ "CO.UK", true },	  { "example.com", false },
	{ "github.io", false },	  /* a private part of the list */
	{ "corp", false },	  /* not on the list */
	{ "", false },		  { "s3.amazonaws.com", false },
};

/* Without libpsl nothing is known, and nothing is found. */
START_TEST(wide)
{
	bool known = suffix_is_public(bytes_str("com"));
	struct make m = { .cn = "a",
			  .key = make_key(),
			  .ext = {
				  { "subjectAltName",
				    "DNS:co.uk,DNS:*.a.co.uk,DNS:*.co.uk" } } };
	struct cert *c = make_cert(&m);

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		ck_assert_int_eq(
			suffix_is_public(bytes_str(suffixes[i].suffix)),
			known && suffixes[i].is_public);
	ck_assert_int_eq(c->wide != NULL, known);
	ck_assert(!known || c->wide == &c->san[2]);
	cert_unref(c);
	m.ext[0][1] = "DNS:*.example.co.uk,DNS:co.uk";
	c = make_cert(&m);
	ck_assert_ptr_null(c->wide);
	cert_unref(c);
	EVP_PKEY_free(m.key);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, fingerprint);
	tcase_add_test(t, usual_keys);
	tcase_add_test(t, other_keys);
	tcase_add_test(t, ladder);
	tcase_add_loop_test(t, flaws, 0, NUM(rows));
	tcase_add_test(t, wide);
}

TEST_MAIN("rsa", cases)
