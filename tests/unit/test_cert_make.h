/* test_cert_make.h: certificates made to order, for the tests of cert/. */
#ifndef TEST_CERT_MAKE_H
#define TEST_CERT_MAKE_H

#include <check.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "cert/cert.h"

#define MAKE_NOW 1700000000 /* 2023-11-14 */
#define MAKE_DAY 86400

struct make {
	const char *cn;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: signs itself */
	EVP_PKEY *issuer_key;
	int64_t from, until; /* 0: a month around MAKE_NOW */
	const char *ext[6][2]; /* openssl.cnf's words, "DER:..." too */
	X509_NAME *subject; /* instead of cn */
	const ASN1_TIME *not_after; /* instead of until */
};

static inline EVP_PKEY *make_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ck_assert_ptr_nonnull(key);
	return key;
}

static inline void make_extensions(X509 *x, const struct make *m)
{
	CONF *conf = NCONF_new(NULL); /* policies ask for one, if empty */
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, m->issuer ? m->issuer : x, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	for (size_t i = 0; i < 6 && m->ext[i][0]; i++) {
		X509_EXTENSION *e = X509V3_EXT_nconf(NULL, &ctx, m->ext[i][0],
						     m->ext[i][1]);

		ck_assert_msg(e != NULL, "%s = %s", m->ext[i][0],
			      m->ext[i][1]);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
	}
	NCONF_free(conf);
}

static inline X509 *make_x509(const struct make *m)
{
	static long serial = 0x1234;
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	ASN1_TIME_set(X509_getm_notBefore(x),
		      m->from ? m->from : MAKE_NOW - 15 * MAKE_DAY);
	ASN1_TIME_set(X509_getm_notAfter(x),
		      m->until ? m->until : MAKE_NOW + 15 * MAKE_DAY);
	if (m->not_after)
		X509_set1_notAfter(x, m->not_after);
	if (m->subject)
		X509_set_subject_name(x, m->subject);
	else if (m->cn)
		X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING,
					   (const unsigned char *)m->cn, -1,
					   -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(m->issuer ? m->issuer :
								  x));
	X509_set_pubkey(x, m->key);
	make_extensions(x, m);
	ck_assert_int_gt(X509_sign(x, m->issuer_key ? m->issuer_key : m->key,
				   EVP_sha256()), 0);
	return x;
}

static inline struct cert *make_read(X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	struct cert *c;

	ck_assert_int_gt(len, 0);
	c = cert_read(bytes_of(der, (size_t)len));
	OPENSSL_free(der);
	ck_assert_ptr_nonnull(c);
	return c;
}

static inline struct cert *make_cert(const struct make *m)
{
	X509 *x = make_x509(m);
	struct cert *c = make_read(x);

	X509_free(x);
	return c;
}

#endif
