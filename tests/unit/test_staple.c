/*
 * test_staple.c: OCSP responses made here: about the leaf or another, signed by
 * the issuer, its responder or a stranger; cut and damaged.
 */
#include "cert/staple.h"

#include <openssl/err.h>

#include "base/limits.h"
#include "test_staple_make.h"
#include "test_run.h"

#define CA { "basicConstraints", "critical,CA:TRUE" }

/* an authority, a leaf of it, responders with and without its blessing */
static EVP_PKEY *ca_key, *key;
static X509 *ca_x, *leaf_x, *other_x, *responder_x, *bystander_x, *evil_x;
static struct cert *ca, *leaf, *other;

/* OpenSSL signs responses at the clock's time, so all live long. */
#define LONG (MAKE_NOW + 40000LL * MAKE_DAY)

static X509 *issue(const char *cn, X509 *issuer, EVP_PKEY *issuer_key,
		   EVP_PKEY *own, const char *usage)
{
	struct make m = { .cn = cn, .issuer = issuer,
			  .issuer_key = issuer_key, .key = own,
			  .until = LONG };

	if (usage) {
		m.ext[0][0] = "extendedKeyUsage";
		m.ext[0][1] = usage;
	}
	return make_x509(&m);
}

static void setup(void)
{
	struct make m = { .cn = "CA", .ext = { CA }, .until = LONG };

	m.key = ca_key = make_key();
	ca_x = make_x509(&m);
	key = make_key();
	m.key = key;
	evil_x = make_x509(&m); /* the same name, another key */
	leaf_x = issue("leaf", ca_x, ca_key, key, NULL);
	other_x = issue("other", ca_x, ca_key, key, NULL);
	responder_x = issue("ocsp", ca_x, ca_key, key, "OCSPSigning");
	bystander_x = issue("web", ca_x, ca_key, key, "serverAuth");
	ca = make_read(ca_x);
	leaf = make_read(leaf_x);
	other = make_read(other_x);
}

static void teardown(void)
{
	X509 *all[] = { ca_x, leaf_x, other_x, responder_x, bystander_x,
			evil_x };

	for (size_t i = 0; i < 6; i++)
		X509_free(all[i]);
	cert_unref(ca);
	cert_unref(leaf);
	cert_unref(other);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

static struct make_staple good(void)
{
	return (struct make_staple){
		.of = leaf_x, .issuer = ca_x,
		.signer = ca_x, .signer_key = ca_key,
		.status = V_OCSP_CERTSTATUS_GOOD, .reason = -1,
		.next = MAKE_NOW + MAKE_DAY,
	};
}

static struct staple read_with(struct bytes der, bool with_ca, bool pool)
{
	struct cert *certs[] = { leaf, ca };
	struct staple s = { .state = 99 };

	staple_read(der, certs, with_ca ? 2 : 1, &ca, pool ? 1 : 0, &s);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return s;
}

static struct staple read_made(const struct make_staple *m)
{
	struct bytes der = make_staple(m);
	struct staple s = read_with(der, true, false);

	OPENSSL_free((void *)(uintptr_t)der.p);
	return s;
}

START_TEST(by_the_issuer)
{
	struct make_staple m = good();
	struct staple s = read_made(&m);

	ck_assert_int_eq(s.state, STAPLE_VERIFIED);
	ck_assert_int_eq(s.status, STAPLE_GOOD);
	ck_assert(s.has_next_update);
	ck_assert_int_eq(s.next_update, MAKE_NOW + MAKE_DAY);
	ck_assert_int_eq(s.this_update, MAKE_NOW - MAKE_DAY);
	m.next = 0;
	m.id_hash = EVP_sha256(); /* RFC 6960 4.1.1: any hash */
	s = read_made(&m);
	ck_assert_int_eq(s.state, STAPLE_VERIFIED);
	ck_assert(!s.has_next_update);
	m.status = V_OCSP_CERTSTATUS_UNKNOWN;
	ck_assert_int_eq(read_made(&m).status, STAPLE_UNKNOWN);
}
END_TEST

START_TEST(revoked)
{
	struct make_staple m = good();
	struct staple s;

	m.status = V_OCSP_CERTSTATUS_REVOKED;
	m.reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE;
	s = read_made(&m);
	ck_assert_int_eq(s.state, STAPLE_VERIFIED);
	ck_assert_int_eq(s.status, STAPLE_REVOKED);
	ck_assert_int_eq(s.revoked_at, MAKE_NOW - 9 * MAKE_DAY);
	ck_assert_str_eq(staple_reason(s.reason), "key compromise");
	m.reason = OCSP_REVOKED_STATUS_NOSTATUS;
	s = read_made(&m);
	ck_assert_int_eq(s.status, STAPLE_REVOKED);
	ck_assert_ptr_null(staple_reason(s.reason));
}
END_TEST

START_TEST(reasons)
{
	ck_assert_ptr_null(staple_reason(-1));
	ck_assert_ptr_null(staple_reason(7)); /* unused (RFC 5280 5.3.1) */
	ck_assert_ptr_null(staple_reason(11));
	ck_assert_str_eq(staple_reason(STAPLE_ON_HOLD), "certificate hold");
	ck_assert_str_eq(staple_reason(10), "AA compromise");
}
END_TEST

/* Who may speak for the issuer: RFC 6960 4.2.2.2. */
START_TEST(by_others)
{
	struct {
		X509 *signer;
		enum staple_state state;
	} rows[] = {
		{ responder_x, STAPLE_VERIFIED },
		{ bystander_x, STAPLE_FORGED },
		{ leaf_x, STAPLE_FORGED },
		{ evil_x, STAPLE_FORGED },
	};
	struct make_staple m = good();

	m.status = V_OCSP_CERTSTATUS_REVOKED;
	m.signer_key = key;
	m.with_signer = true;
	for (size_t i = 0; i < 4; i++) {
		m.signer = rows[i].signer;
		ck_assert_msg(read_made(&m).state == rows[i].state, "row %zu",
			      i);
	}
}
END_TEST

START_TEST(about_another)
{
	struct make_staple m = good();

	m.of = other_x;
	ck_assert_int_eq(read_made(&m).state, STAPLE_OTHER);
	m = good();
	m.issuer = evil_x; /* name and serial fit, the key does not */
	ck_assert_int_eq(read_made(&m).state, STAPLE_OTHER);
}
END_TEST

START_TEST(without_the_issuer)
{
	struct make_staple m = good();
	struct bytes der = make_staple(&m);

	ck_assert_int_eq(read_with(der, false, false).state,
			 STAPLE_UNVERIFIED);
	ck_assert_int_eq(read_with(der, false, true).state, STAPLE_VERIFIED);
	OPENSSL_free((void *)(uintptr_t)der.p);
}
END_TEST

/* The ladder: every prefix is bad; every flipped byte never verifies as
 * something else than it said. */
START_TEST(damaged)
{
	struct make_staple m = good();
	struct bytes der = make_staple(&m);
	uint8_t *copy = malloc(der.len);

	for (size_t n = 0; n < der.len; n++) {
		struct staple s = read_with(bytes_head(der, n), true, false);

		ck_assert_int_eq(s.state, n ? STAPLE_BAD : STAPLE_NONE);
	}
	for (size_t n = 0; n < der.len; n++) {
		struct staple s;

		memcpy(copy, der.p, der.len);
		copy[n] ^= 1;
		s = read_with(bytes_of(copy, der.len), true, false);
		ck_assert(s.state != STAPLE_VERIFIED ||
			  s.status == STAPLE_GOOD);
	}
	free(copy);
	OPENSSL_free((void *)(uintptr_t)der.p);
}
END_TEST

START_TEST(not_successful)
{
	OCSP_RESPONSE *r = OCSP_response_create(
		OCSP_RESPONSE_STATUS_TRYLATER, NULL);
	uint8_t *der = NULL;
	int len = i2d_OCSP_RESPONSE(r, &der);

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(read_with(bytes_of(der, (size_t)len), true, false)
				 .state,
			 STAPLE_BAD);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(r);
}
END_TEST

START_TEST(too_long)
{
	struct make_staple m = good();
	struct bytes der = make_staple(&m);
	size_t len = LIMIT_CERT_STAPLE + 1;
	uint8_t *b = calloc(1, len);

	memcpy(b, der.p, der.len);
	ck_assert_int_eq(read_with(bytes_of(b, len - 1), true, false).state,
			 STAPLE_VERIFIED); /* what trails is not looked at */
	ck_assert_int_eq(read_with(bytes_of(b, len), true, false).state,
			 STAPLE_BAD);
	free(b);
	OPENSSL_free((void *)(uintptr_t)der.p);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, by_the_issuer);
	tcase_add_test(t, revoked);
	tcase_add_test(t, reasons);
	tcase_add_test(t, by_others);
	tcase_add_test(t, about_another);
	tcase_add_test(t, without_the_issuer);
	tcase_add_test(t, damaged);
	tcase_add_test(t, not_successful);
	tcase_add_test(t, too_long);
}

TEST_MAIN("staple", cases)
