/*
 * test_chain.c: chains made here, judged against stores made here: as sent,
 * with one missing, forged, expired, crossed.
 */
#include "cert/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "test_cert_make.h"
#include "test_run.h"

#define CA	{ "basicConstraints", "critical,CA:TRUE" }
#define YEAR	(365 * MAKE_DAY)

static char dir[64];
static EVP_PKEY *root_key, *inter_key, *leaf_key;
static X509 *root_x, *inter_x, *leaf_x;
static struct cert *root, *inter, *leaf;
static struct chain_store *store;

static void write_pem(const char *name, X509 *const *x, size_t num)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("some words before\n", f);
	for (size_t i = 0; i < num; i++)
		PEM_write_X509(f, x[i]);
	fclose(f);
}

static struct chain_store *load(const char *name, char err[static 256])
{
	char path[128];
	const char *paths[] = { path };

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return chain_store_load(paths, 1, err, 256);
}

static struct chain_store *store_of(X509 *x)
{
	struct chain_store *s;
	char err[256];

	write_pem("one.pem", &x, 1);
	s = load("one.pem", err);
	ck_assert_msg(s != NULL, "%s", err);
	return s;
}

static void setup(void)
{
	struct make r = { .cn = "Root", .from = MAKE_NOW - YEAR,
			  .until = MAKE_NOW + YEAR, .ext = { CA } };
	struct make i = { .cn = "Inter", .from = r.from, .until = r.until,
			  .ext = { CA } };
	struct make l = { .cn = "leaf", .ext = { { "subjectAltName",
						   "DNS:a.example" } } };

	strcpy(dir, "/tmp/test-chain-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	r.key = root_key = make_key();
	root_x = make_x509(&r);
	i.key = inter_key = make_key();
	i.issuer = root_x;
	i.issuer_key = root_key;
	inter_x = make_x509(&i);
	l.key = leaf_key = make_key();
	l.issuer = inter_x;
	l.issuer_key = inter_key;
	leaf_x = make_x509(&l);
	root = make_read(root_x);
	inter = make_read(inter_x);
	leaf = make_read(leaf_x);
	store = store_of(root_x);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
	chain_store_free(store);
	cert_unref(root);
	cert_unref(inter);
	cert_unref(leaf);
	X509_free(root_x);
	X509_free(inter_x);
	X509_free(leaf_x);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(inter_key);
	EVP_PKEY_free(leaf_key);
}

static struct chain_result judge_at(struct cert *a, struct cert *b,
				    struct cert *c, int64_t at)
{
	struct cert *certs[] = { a, b, c };
	struct chain_result r;

	chain_judge(store, certs, c ? 3 : b ? 2 : 1, NULL, 0, at, true, &r);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert((r.detail != NULL) == (r.error != 0));
	return r;
}

static struct chain_result judge(struct cert *a, struct cert *b,
				 struct cert *c)
{
	return judge_at(a, b, c, MAKE_NOW);
}

START_TEST(trusted)
{
	ck_assert_int_eq(judge(leaf, inter, NULL).state, CHAIN_TRUSTED);
	/* a root sent along, or in the wrong order, is no matter */
	ck_assert_int_eq(judge(leaf, inter, root).state, CHAIN_TRUSTED);
	ck_assert_int_eq(judge(leaf, root, inter).state, CHAIN_TRUSTED);
	/* nor are the leaf's own dates */
	ck_assert_int_eq(judge_at(leaf, inter, NULL,
				  MAKE_NOW + 60 * MAKE_DAY).state,
			 CHAIN_TRUSTED);
	ck_assert_int_eq(judge_at(leaf, inter, NULL,
				  MAKE_NOW - 60 * MAKE_DAY).state,
			 CHAIN_TRUSTED);
	ck_assert_ptr_null(judge(leaf, inter, NULL).top_issuer);
}
END_TEST

START_TEST(unjudged)
{
	struct cert *bad = cert_read(bytes_str("nonsense"));
	struct chain_result r = { .state = CHAIN_TRUSTED };

	ck_assert_int_eq(judge(bad, inter, NULL).state, CHAIN_UNJUDGED);
	chain_judge(NULL, &leaf, 1, NULL, 0, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_UNJUDGED);
	r.state = CHAIN_TRUSTED;
	chain_judge(store, NULL, 0, NULL, 0, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_UNJUDGED);
	/* an unreadable member costs only itself */
	ck_assert_int_eq(judge(leaf, bad, inter).state, CHAIN_TRUSTED);
	cert_unref(bad);
}
END_TEST

START_TEST(incomplete)
{
	struct cert *pool[] = { root, leaf, inter };
	struct chain_result r;

	r = judge(leaf, NULL, NULL);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	ck_assert_str_eq(r.top_issuer, "CN=Inter");
	chain_judge(store, &leaf, 1, pool, 2, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	chain_judge(store, &leaf, 1, pool, 3, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_INCOMPLETE);
	ck_assert_str_eq(r.top_issuer, "CN=Inter");
	ck_assert_int_ne(r.error, 0);
	/* an expired one in the pool would not have helped anybody */
	chain_judge(store, &leaf, 1, pool, 3, MAKE_NOW + 2 * YEAR, true, &r);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
}
END_TEST

START_TEST(untrusted)
{
	struct make m = { .cn = "Other root", .key = leaf_key,
			  .ext = { CA } };
	X509 *other = make_x509(&m);
	struct chain_result r;

	chain_store_free(store);
	store = store_of(other);
	r = judge(leaf, inter, NULL);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	ck_assert_str_eq(r.top_issuer, "CN=Root");
	r = judge(leaf, inter, root);
	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	ck_assert_int_eq(r.error, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
	X509_free(other);
}
END_TEST

/* What the user trusts need not be a root. */
START_TEST(anchors)
{
	chain_store_free(store);
	store = store_of(inter_x);
	ck_assert_int_eq(judge(leaf, NULL, NULL).state, CHAIN_TRUSTED);
	chain_store_free(store);
	store = store_of(leaf_x);
	ck_assert_int_eq(judge(leaf, NULL, NULL).state, CHAIN_TRUSTED);
}
END_TEST

START_TEST(self_signed)
{
	struct make m = { .cn = "box", .key = leaf_key };
	X509 *x = make_x509(&m);
	struct cert *c = make_read(x);

	ck_assert_int_eq(judge(c, NULL, NULL).state, CHAIN_SELF_SIGNED);
	ck_assert_int_eq(judge(c, inter, NULL).state, CHAIN_SELF_SIGNED);
	chain_store_free(store);
	store = store_of(x);
	ck_assert_int_eq(judge(c, NULL, NULL).state, CHAIN_TRUSTED);
	cert_unref(c);
	X509_free(x);
}
END_TEST

static struct cert *inter_like(const char *name, const char *value,
			       int64_t from, int64_t until)
{
	struct make m = { .cn = "Inter", .key = inter_key, .issuer = root_x,
			  .issuer_key = root_key, .from = from,
			  .until = until, .ext = { { name, value }, CA } };

	if (!strcmp(name, "basicConstraints"))
		m.ext[1][0] = NULL;
	return make_cert(&m);
}

/* Path length, CA flag, name constraints, purpose, a forged signature. */
START_TEST(invalid)
{
	static const struct {
		const char *name, *value;
		enum chain_state state;
	} rows[] = {
		{ "keyUsage", "keyCertSign", CHAIN_TRUSTED },
		{ "keyUsage", "digitalSignature", CHAIN_INVALID },
		{ "basicConstraints", "CA:FALSE", CHAIN_INVALID },
		{ "basicConstraints", "CA:TRUE,pathlen:0", CHAIN_TRUSTED },
		{ "nameConstraints", "permitted;DNS:example", CHAIN_TRUSTED },
		{ "nameConstraints", "permitted;DNS:b.example",
		  CHAIN_INVALID },
		{ "nameConstraints", "excluded;DNS:example", CHAIN_INVALID },
		{ "extendedKeyUsage", "serverAuth", CHAIN_TRUSTED },
		{ "extendedKeyUsage", "emailProtection", CHAIN_INVALID },
		{ "1.2.3.4", "critical,DER:0500", CHAIN_INVALID },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cert *c = inter_like(rows[i].name, rows[i].value, 0, 0);
		struct chain_result r = judge(leaf, c, NULL);

		ck_assert_msg(r.state == rows[i].state, "%s = %s: %d (%s)",
			      rows[i].name, rows[i].value, (int)r.state,
			      r.detail);
		cert_unref(c);
	}
}
END_TEST

START_TEST(forged)
{
	struct make m = { .cn = "leaf", .key = leaf_key, .issuer = inter_x,
			  .issuer_key = root_key };
	struct cert *c = make_cert(&m);
	struct chain_result r = judge(c, inter, NULL);

	ck_assert_int_eq(r.state, CHAIN_INVALID);
	ck_assert_int_eq(r.error, X509_V_ERR_CERT_SIGNATURE_FAILURE);
	ck_assert_int_eq(r.depth, 0);
	/* news that are worse than an expired member */
	r = judge_at(c, inter, NULL, MAKE_NOW + 2 * YEAR);
	ck_assert_int_eq(r.state, CHAIN_INVALID);
	cert_unref(c);
}
END_TEST

START_TEST(expired)
{
	struct cert *old = inter_like("keyUsage", "keyCertSign",
				      MAKE_NOW - YEAR, MAKE_NOW - MAKE_DAY);
	struct chain_result r = judge(leaf, old, NULL);

	ck_assert_int_eq(r.state, CHAIN_EXPIRED);
	ck_assert_int_eq(r.error, X509_V_ERR_CERT_HAS_EXPIRED);
	ck_assert_int_eq(r.depth, 1);
	/* another path is fine, whatever the order */
	ck_assert_int_eq(judge(leaf, old, inter).state, CHAIN_TRUSTED);
	ck_assert_int_eq(judge(leaf, inter, old).state, CHAIN_TRUSTED);
	/* the root itself */
	r = judge_at(leaf, inter, NULL, MAKE_NOW + 2 * YEAR);
	ck_assert_int_eq(r.state, CHAIN_EXPIRED);
	cert_unref(old);
}
END_TEST

/* RFC 5280 4.1.2.5: both ends belong to the validity, of every member. */
START_TEST(ends)
{
	struct cert *old = inter_like("keyUsage", "keyCertSign",
				      MAKE_NOW - YEAR, MAKE_NOW);

	for (int again = 0; again < 2; again++) { /* remembered or not */
		ck_assert_int_eq(judge_at(leaf, old, NULL, MAKE_NOW - 1).state,
				 CHAIN_TRUSTED);
		ck_assert_int_eq(judge_at(leaf, old, NULL, MAKE_NOW).state,
				 CHAIN_TRUSTED);
		ck_assert_int_eq(judge_at(leaf, old, NULL, MAKE_NOW + 1).state,
				 CHAIN_EXPIRED);
	}
	ck_assert_int_eq(judge_at(leaf, inter, NULL, MAKE_NOW - YEAR).state,
			 CHAIN_TRUSTED);
	ck_assert_int_eq(judge_at(leaf, inter, NULL,
				  MAKE_NOW - YEAR - 1).state, CHAIN_EXPIRED);
	/* the root's last second */
	ck_assert_int_eq(judge_at(leaf, inter, NULL, MAKE_NOW + YEAR).state,
			 CHAIN_TRUSTED);
	ck_assert_int_eq(judge_at(leaf, inter, NULL,
				  MAKE_NOW + YEAR + 1).state, CHAIN_EXPIRED);
	cert_unref(old);
}
END_TEST

/*
 * The 2020 AddTrust case: the root was sent cross-signed by an expired one,
 * and is itself in the store.
 */
START_TEST(crossed)
{
	struct make o = { .cn = "Old root", .key = leaf_key,
			  .from = MAKE_NOW - YEAR,
			  .until = MAKE_NOW - MAKE_DAY, .ext = { CA } };
	X509 *old_x = make_x509(&o);
	struct make m = { .cn = "Root", .key = root_key, .issuer = old_x,
			  .issuer_key = leaf_key, .from = o.from,
			  .until = o.until, .ext = { CA } };
	X509 *cross_x = make_x509(&m), *both[] = { root_x, old_x };
	struct cert *cross = make_read(cross_x);
	char err[256];

	ck_assert_int_eq(judge(leaf, inter, cross).state, CHAIN_TRUSTED);
	chain_store_free(store);
	write_pem("both.pem", both, 2);
	store = load("both.pem", err);
	ck_assert_uint_eq(chain_store_size(store), 2);
	ck_assert_int_eq(judge(leaf, inter, cross).state, CHAIN_TRUSTED);
	chain_store_free(store);
	store = store_of(old_x);
	ck_assert_int_eq(judge(leaf, inter, cross).state, CHAIN_EXPIRED);
	cert_unref(cross);
	X509_free(cross_x);
	X509_free(old_x);
}
END_TEST

/*
 * The 2021 DST Root X3 case: the younger root crossed by an older one, which
 * has expired while the cross-certificate has not. With the younger root in the
 * store all is well, with the older one alone nothing is.
 */
START_TEST(crossed_by_expired)
{
	struct make o = { .cn = "DST", .key = leaf_key,
			  .from = MAKE_NOW - YEAR,
			  .until = MAKE_NOW - MAKE_DAY, .ext = { CA } };
	X509 *old_x = make_x509(&o);
	struct make m = { .cn = "Root", .key = root_key, .issuer = old_x,
			  .issuer_key = leaf_key, .from = o.from,
			  .until = MAKE_NOW + YEAR, .ext = { CA } };
	X509 *cross_x = make_x509(&m), *both[] = { old_x, root_x };
	struct cert *cross = make_read(cross_x);
	struct chain_result r;
	char err[256];

	ck_assert_int_eq(judge(leaf, inter, cross).state, CHAIN_TRUSTED);
	chain_store_free(store);
	write_pem("both.pem", both, 2);
	store = load("both.pem", err);
	ck_assert_int_eq(judge(leaf, inter, cross).state, CHAIN_TRUSTED);
	chain_store_free(store);
	store = store_of(old_x);
	r = judge(leaf, inter, cross);
	ck_assert_int_eq(r.state, CHAIN_EXPIRED);
	ck_assert_int_eq(r.error, X509_V_ERR_CERT_HAS_EXPIRED);
	cert_unref(cross);
	X509_free(cross_x);
	X509_free(old_x);
}
END_TEST

/* Client certificates are judged as such. */
START_TEST(clients)
{
	struct cert *c = inter_like("extendedKeyUsage", "clientAuth", 0, 0);
	struct cert *certs[] = { leaf, c };
	struct chain_result r;

	chain_judge(store, certs, 2, NULL, 0, MAKE_NOW, false, &r);
	ck_assert_int_eq(r.state, CHAIN_TRUSTED);
	chain_judge(store, certs, 2, NULL, 0, MAKE_NOW, true, &r);
	ck_assert_int_eq(r.state, CHAIN_INVALID);
	cert_unref(c);
}
END_TEST

START_TEST(stores)
{
	X509 *two[] = { root_x, inter_x, root_x };
	struct chain_store *s;
	char err[256], path[128];
	const char *paths[2] = { "/nonexistent/x.pem", path };
	FILE *f;

	write_pem("two.pem", two, 3);
	s = load("two.pem", err);
	ck_assert_uint_eq(chain_store_size(s), 2); /* copies count once */
	ck_assert_str_eq(err, "");
	chain_store_free(s);

	s = load("none.pem", err);
	ck_assert_ptr_null(s);
	ck_assert_ptr_nonnull(strstr(err, "none.pem"));
	ck_assert_ptr_null(strchr(err, '\n'));
	ck_assert_uint_eq(chain_store_size(NULL), 0);
	chain_store_free(NULL);

	/* a folder; and what is left of a damaged file */
	snprintf(path, sizeof path, "%s/damaged.pem", dir);
	f = fopen(path, "w");
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n"
	      "-----END CERTIFICATE-----\n", f);
	PEM_write_X509(f, leaf_x);
	fclose(f);
	s = load("damaged.pem", err);
	ck_assert_uint_eq(chain_store_size(s), 1);
	chain_store_free(s);
	s = load(".", err);
	ck_assert_uint_eq(chain_store_size(s), 3);
	chain_store_free(s);

	/* one of two is there: the store stands, and the other is told */
	s = chain_store_load(paths, 2, err, sizeof err);
	ck_assert_uint_eq(chain_store_size(s), 1);
	ck_assert_ptr_nonnull(strstr(err, "/nonexistent/x.pem"));
	chain_store_free(s);
	ck_assert_ptr_null(chain_store_load(NULL, 0, err, sizeof err));
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(system_store)
{
	const char *paths[] = { "system" };
	struct chain_store *s;
	char err[256];

	s = chain_store_load(paths, 1, err, sizeof err);
	if (s)
		ck_assert_uint_gt(chain_store_size(s), 10);
	else
		ck_assert_ptr_nonnull(strstr(err, "system"));
	chain_store_free(s);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, trusted);
	tcase_add_test(t, unjudged);
	tcase_add_test(t, incomplete);
	tcase_add_test(t, untrusted);
	tcase_add_test(t, anchors);
	tcase_add_test(t, self_signed);
	tcase_add_test(t, invalid);
	tcase_add_test(t, forged);
	tcase_add_test(t, expired);
	tcase_add_test(t, ends);
	tcase_add_test(t, crossed);
	tcase_add_test(t, crossed_by_expired);
	tcase_add_test(t, clients);
	tcase_add_test(t, stores);
	tcase_add_test(t, system_store);
}

TEST_MAIN("chain", cases)
