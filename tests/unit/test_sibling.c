/*
 * test_sibling.c: a chain whose sibling was judged gets what OpenSSL would say
 * of it: every leaf below is judged by a store that knows a sibling and by one
 * that knows nothing, with the same result.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cert/chain.h"
#include "cert/plain.h"
#include "cert/store.h"
#include "test_cert_make.h"
#include "test_run.h"

#define YEAR (365 * MAKE_DAY)
#define CA   { "basicConstraints", "critical,CA:TRUE" }

struct scene {
	EVP_PKEY *root_key, *inter_key, *leaf_key;
	X509 *root_x, *inter_x, *other_x;
	struct cert *root, *inter;
};

static struct scene s;
static bool rsa; /* the intermediate's key */

static EVP_PKEY *issuer_key(void)
{
	return rsa ? EVP_RSA_gen(2048) : make_key();
}

static void setup(void)
{
	struct make r = { .cn = "Root", .from = MAKE_NOW - YEAR,
			  .until = MAKE_NOW + YEAR, .ext = { CA } };
	struct make i = { .cn = "Inter", .from = r.from,
			  .until = MAKE_NOW + 100 * MAKE_DAY,
			  .ext = { CA, { "subjectKeyIdentifier", "hash" } } };

	r.key = s.root_key = make_key();
	s.root_x = make_x509(&r);
	i.key = s.inter_key = issuer_key();
	i.issuer = s.root_x;
	i.issuer_key = s.root_key;
	s.inter_x = make_x509(&i);
	s.leaf_key = make_key();
	r.cn = "Other root";
	r.key = s.leaf_key;
	s.other_x = make_x509(&r);
	s.root = make_read(s.root_x);
	s.inter = make_read(s.inter_x);
}

static void setup_ec(void)
{
	rsa = false;
	setup();
}

static void setup_rsa(void)
{
	rsa = true;
	setup();
}

static void teardown(void)
{
	cert_unref(s.root);
	cert_unref(s.inter);
	X509_free(s.root_x);
	X509_free(s.inter_x);
	X509_free(s.other_x);
	EVP_PKEY_free(s.root_key);
	EVP_PKEY_free(s.inter_key);
	EVP_PKEY_free(s.leaf_key);
}

static struct chain_store *store_of(X509 *x)
{
	char path[] = "/tmp/test-sibling-XXXXXX", err[256];
	const char *paths[] = { path };
	int fd = mkstemp(path);
	struct chain_store *store;
	FILE *f;

	ck_assert_int_ge(fd, 0);
	f = fdopen(fd, "w");
	ck_assert_ptr_nonnull(f);
	PEM_write_X509(f, x);
	fclose(f);
	store = chain_store_load(paths, 1, err, sizeof err);
	ck_assert_msg(store != NULL, "%s", err);
	unlink(path);
	return store;
}

static struct make leaf_make(void)
{
	return (struct make){ .cn = "leaf", .key = s.leaf_key,
			      .issuer = s.inter_x,
			      .issuer_key = s.inter_key };
}

static struct cert *good_leaf(void)
{
	struct make m = leaf_make();

	m.ext[0][0] = "subjectAltName";
	m.ext[0][1] = "DNS:a.example";
	m.ext[1][0] = "authorityKeyIdentifier";
	m.ext[1][1] = "keyid";
	return make_cert(&m);
}

static bool is_known(struct chain_store *store, struct cert *const *certs,
		     size_t num, int64_t at)
{
	struct sibling_chain c = { certs, num, 0, at, true };
	struct chain_result r;

	return sibling_find(store->siblings, &c, &r);
}

/* The same with and without a sibling before it; was that one of use? */
static bool ck_same(X509 *anchor, struct cert *leaf, struct cert *above,
		    int64_t at)
{
	struct chain_store *warm = store_of(anchor), *cold = store_of(anchor);
	struct cert *first = good_leaf();
	struct cert *before[] = { first, above }, *certs[] = { leaf, above };
	struct chain_result a, b;
	bool known;

	chain_judge(warm, before, 2, NULL, 0, MAKE_NOW, true, &a);
	known = is_known(warm, certs, 2, at);
	chain_judge(warm, certs, 2, NULL, 0, at, true, &a);
	chain_judge(cold, certs, 2, NULL, 0, at, true, &b);
	ck_assert_int_eq(a.state, b.state);
	ck_assert_int_eq(a.error, b.error);
	ck_assert_int_eq(a.depth, b.depth);
	ck_assert_ptr_eq(a.detail, b.detail);
	ck_assert_ptr_eq(a.top_issuer, b.top_issuer);
	ck_assert_int_eq(a.store_younger, b.store_younger);
	ck_assert_int_eq(a.until, b.until);
	ck_assert_int_eq(a.until_last, b.until_last);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	cert_unref(first);
	chain_store_free(warm);
	chain_store_free(cold);
	return known;
}

static const struct row {
	const char *ext[3][2];
	bool known;
} rows[] = {
	{ { { NULL, NULL } }, true },
	{ { { "subjectAltName", "DNS:b.example,IP:10.0.0.1,URI:spiffe://x" } },
	  true },
	{ { { "subjectAltName", "dirName:dn" } }, false },
	{ { { "subjectAltName", "otherName:1.2.3.4;UTF8:x" } }, false },
	{ { { "keyUsage", "critical,digitalSignature" },
	    { "extendedKeyUsage", "serverAuth,1.2.3.4" },
	    { "authorityKeyIdentifier", "keyid" } }, true },
	{ { { "extendedKeyUsage", "critical,clientAuth" } }, true },
	{ { { "authorityKeyIdentifier", "keyid,issuer:always" } }, false },
	{ { { "authorityKeyIdentifier", "DER:30048002abcd" } }, false },
	{ { { "basicConstraints", "CA:FALSE" } }, true },
	{ { { "basicConstraints", "critical,CA:TRUE" } }, false },
	{ { { "basicConstraints", "DER:3003020101" } }, false },
	{ { { "keyUsage", "DER:03020700" } }, false }, /* no usage at all */
	{ { { "keyUsage", "DER:0403020700" } }, false },
	{ { { "extendedKeyUsage", "DER:300306012b02" } }, false },
	{ { { "extendedKeyUsage", "DER:3003060180" } }, false },
	{ { { "subjectKeyIdentifier", "hash" },
	    { "crlDistributionPoints", "URI:http://x.example/a.crl" },
	    { "certificatePolicies", "2.23.140.1.2.1" } }, true },
	{ { { "crlDistributionPoints", "DER:3000" },
	    { "authorityInfoAccess", "OCSP;URI:http://x.example/" },
	    { "tlsfeature", "status_request" } }, true },
	{ { { "crlDistributionPoints", "DER:300430020500" } }, false },
	{ { { "1.2.3.4", "critical,DER:0500" } }, false },
	{ { { "1.2.3.4", "DER:0500" } }, false },
	{ { { "subjectKeyIdentifier", "critical,DER:0401aa" } }, false },
	{ { { "nameConstraints", "permitted;DNS:example" } }, false },
	{ { { "nsCertType", "server" } }, false },
	{ { { "subjectAltName", "DNS:b.example" },
	    { "subjectAltName", "DNS:c.example" } }, false },
	{ { { "subjectAltName", "DER:0500" } }, false },
};

/* Each kind of leaf, below an authority of the store and of none. */
START_TEST(forms)
{
	const struct row *row = &rows[_i];
	struct make m = leaf_make();
	struct cert *c;

	if (row->ext[0][1] && !strcmp(row->ext[0][1], "dirName:dn"))
		m.ext[0][1] = "DER:300fa40d300b3109300706035504030c00";
	for (size_t i = 0; i < 3; i++) {
		m.ext[i][0] = row->ext[i][0];
		if (!m.ext[i][1])
			m.ext[i][1] = row->ext[i][1];
	}
	c = make_cert(&m);
	ck_assert_ptr_null(c->error);
	ck_assert_int_eq(ck_same(s.root_x, c, s.inter, MAKE_NOW), row->known);
	ck_assert_int_eq(ck_same(s.other_x, c, s.inter, MAKE_NOW), row->known);
	cert_unref(c);
}
END_TEST

/* Who did not sign it is not its issuer, whatever the name says. */
START_TEST(forged)
{
	struct make m = leaf_make();
	EVP_PKEY *key = issuer_key();
	struct cert *c;

	m.issuer_key = key;
	c = make_cert(&m);
	ck_assert(!ck_same(s.root_x, c, s.inter, MAKE_NOW));
	/* without a path nobody looks at signatures */
	ck_assert(ck_same(s.other_x, c, s.inter, MAKE_NOW));
	cert_unref(c);
	EVP_PKEY_free(key);
}
END_TEST

/* A signature that was changed, bit by bit at its end, and cut. */
START_TEST(damaged)
{
	struct cert *c = good_leaf(), *bad;
	uint8_t der[4096];

	ck_assert_uint_le(c->der.len, sizeof der);
	for (int bit = 0; bit < 8; bit++) {
		memcpy(der, c->der.p, c->der.len);
		der[c->der.len - 1] ^= (uint8_t)(1u << bit);
		bad = cert_read(bytes_of(der, c->der.len));
		ck_assert(!ck_same(s.root_x, bad, s.inter, MAKE_NOW));
		cert_unref(bad);
	}
	cert_unref(c);
}
END_TEST

START_TEST(other_names)
{
	struct make m = leaf_make();
	X509 *x = X509_dup(s.inter_x);
	struct cert *c;

	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "O",
				   V_ASN1_UTF8STRING,
				   (const unsigned char *)"x", -1, -1, 0);
	m.issuer = x;
	c = make_cert(&m);
	ck_assert(!ck_same(s.root_x, c, s.inter, MAKE_NOW));
	cert_unref(c);
	X509_free(x);
}
END_TEST

/* Times at which the members above are valid, and others. */
START_TEST(times)
{
	static const struct {
		int64_t at;
		bool known;
	} at[] = {
		{ MAKE_NOW, true },
		{ MAKE_NOW - YEAR, true },
		{ MAKE_NOW - YEAR - 1, false },
		{ MAKE_NOW + 100 * MAKE_DAY, true }, /* the leaf is past */
		{ MAKE_NOW + 100 * MAKE_DAY + 1, false },
		{ MAKE_NOW + 2 * YEAR, false },
	};
	struct cert *c = good_leaf();

	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		ck_assert_msg(ck_same(s.root_x, c, s.inter, at[i].at) ==
			      at[i].known, "row %zu", i);
	cert_unref(c);
}
END_TEST

/* An authority that confines what is below it has to see each leaf. */
START_TEST(confined)
{
	struct make i = { .cn = "Inter", .key = s.inter_key,
			  .issuer = s.root_x, .issuer_key = s.root_key,
			  .ext = { CA, { "nameConstraints",
					 "permitted;DNS:a.example" } } };
	struct make m = leaf_make();
	struct cert *above = make_cert(&i), *c;

	m.ext[0][0] = "subjectAltName";
	m.ext[0][1] = "DNS:b.example";
	c = make_cert(&m);
	ck_assert(!ck_same(s.root_x, c, above, MAKE_NOW));
	cert_unref(c);
	cert_unref(above);
}
END_TEST

/* Candidates beside the chain may complete it: OpenSSL has to try. */
START_TEST(pool)
{
	struct chain_store *store = store_of(s.other_x);
	struct cert *a = good_leaf(), *b = good_leaf();
	struct cert *certs[] = { a, s.inter }, *more[] = { b, s.inter };
	struct sibling_chain c = { more, 2, 1, MAKE_NOW, true };
	struct chain_result r;

	chain_judge(store, certs, 2, NULL, 0, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	ck_assert(is_known(store, more, 2, MAKE_NOW));
	ck_assert(!sibling_find(store->siblings, &c, &r));
	/* and what a server is allowed says nothing of clients */
	c.num_pool = 0;
	c.server = false;
	ck_assert(!sibling_find(store->siblings, &c, &r));
	cert_unref(a);
	cert_unref(b);
	chain_store_free(store);
}
END_TEST

/* Every prefix of a plain certificate is refused, without a look beyond. */
START_TEST(ladder)
{
	struct cert *c = good_leaf();
	struct plain p;

	ck_assert(plain_read(c->der, &p));
	ck_assert(p.algorithm == (rsa ? 0u : 3u));
	for (size_t n = 0; n < c->der.len; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, c->der.p, n);
		ck_assert(!plain_read(bytes_of(copy, n), &p));
		free(copy);
	}
	cert_unref(c);
}
END_TEST

static struct cert *inter_until(int64_t until)
{
	struct make i = { .cn = "Inter", .key = s.inter_key,
			  .issuer = s.root_x, .issuer_key = s.root_key,
			  .from = MAKE_NOW - YEAR, .until = until,
			  .ext = { CA } };

	return make_cert(&i);
}

static struct cert *leaf_until(int64_t until)
{
	struct make m = leaf_make();

	m.until = until;
	return make_cert(&m);
}

static struct chain_result judge_at(struct chain_store *store, struct cert *a,
				    struct cert *b, struct cert *c, int64_t at)
{
	struct cert *certs[] = { a, b, c };
	struct chain_result r;

	chain_judge(store, certs, c ? 3 : 2, NULL, 0, at, true, &r);
	return r;
}

/* When a chain that is trusted is none any more, though its leaf lasts. */
START_TEST(ends_first)
{
	int64_t soon = MAKE_NOW + 5 * MAKE_DAY, later = soon + MAKE_DAY;
	struct cert *brief = inter_until(soon), *longer = inter_until(later);
	struct cert *leaf = leaf_until(0), *first = leaf_until(soon - 1);
	struct chain_store *store = store_of(s.root_x);
	struct chain_result r = judge_at(store, leaf, s.inter, NULL, MAKE_NOW);

	ck_assert(!r.until_last && r.until == MAKE_NOW + 100 * MAKE_DAY);
	for (int again = 0; again < 2; again++) { /* remembered or not */
		/* a leaf that ends first asks nobody; its sibling has to */
		r = judge_at(store, first, brief, NULL, MAKE_NOW);
		ck_assert(!r.until_last && r.until == soon);
		r = judge_at(store, leaf, brief, NULL, MAKE_NOW);
		ck_assert(r.until_last && r.until == soon);
		ck_assert_int_eq(r.state, CHAIN_TRUSTED);
		/* the one beside it lasts longer, the best one longest */
		r = judge_at(store, leaf, brief, longer, MAKE_NOW);
		ck_assert(r.until_last && r.until == later);
		r = judge_at(store, leaf, brief, s.inter, MAKE_NOW);
		ck_assert(!r.until_last && r.until > leaf->not_after);
	}
	/* and the verifier agrees, an instant before and behind */
	r = judge_at(store, leaf, brief, longer, later);
	ck_assert_int_eq(r.state, CHAIN_TRUSTED);
	r = judge_at(store, leaf, brief, longer, later + 1);
	ck_assert(r.state == CHAIN_EXPIRED && !r.until && !r.until_last);
	chain_store_free(store);
	cert_unref(brief);
	cert_unref(longer);
	cert_unref(leaf);
	cert_unref(first);
}
END_TEST

/* Which of those sent a client has to follow. */
START_TEST(on_path)
{
	struct cert *old = inter_until(MAKE_NOW - MAKE_DAY);
	struct cert *leaf = leaf_until(0), *root = make_read(s.root_x);
	struct chain_store *store = store_of(s.root_x);
	const struct {
		struct cert *b, *c;
		uint64_t on_path;
	} paths[] = {
		{ s.inter, NULL, 2 }, { root, s.inter, 4 },
		{ s.inter, root, 2 }, { old, NULL, 2 },
		{ old, s.inter, 4 },  { s.inter, old, 2 },
		{ root, NULL, 0 },
	};

	for (size_t i = 0; i < 2 * (size_t)NUM(paths); i++) { /* then remembered */
		const struct chain_result r =
			judge_at(store, leaf, paths[i / 2].b, paths[i / 2].c,
				 MAKE_NOW);

		ck_assert_uint_eq(r.on_path, paths[i / 2].on_path);
	}
	chain_store_free(store);
	cert_unref(old);
	cert_unref(leaf);
	cert_unref(root);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, forms, 0, NUM(rows));
	tcase_add_test(t, forged);
	tcase_add_test(t, damaged);
	tcase_add_test(t, other_names);
	tcase_add_test(t, times);
	tcase_add_test(t, confined);
	tcase_add_test(t, pool);
	tcase_add_test(t, ladder);
	tcase_add_test(t, ends_first);
	tcase_add_test(t, on_path);
}

static void with_ecdsa(TCase *t)
{
	tcase_add_checked_fixture(t, setup_ec, teardown);
	cases(t);
}

static void with_rsa(TCase *t)
{
	tcase_add_checked_fixture(t, setup_rsa, teardown);
	cases(t);
}

int main(void)
{
	Suite *suite = suite_create("sibling");

	test_add(suite, "ecdsa", with_ecdsa);
	test_add(suite, "rsa", with_rsa);
	return test_run(suite);
}
