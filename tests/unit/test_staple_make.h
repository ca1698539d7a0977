/* test_staple_make.h: OCSP responses made to order. */
#ifndef TEST_STAPLE_MAKE_H
#define TEST_STAPLE_MAKE_H

#include <openssl/ocsp.h>

#include "test_cert_make.h"

struct make_staple {
	X509 *of, *issuer;     /* whom it is about */
	X509 *signer;
	EVP_PKEY *signer_key;
	bool with_signer;      /* its certificate goes along */
	int status, reason;    /* V_OCSP_CERTSTATUS_* */
	int64_t next;	       /* nextUpdate, 0: none */
	const EVP_MD *id_hash; /* NULL: SHA-1 */
};

/* DER, to be freed with OPENSSL_free(). */
static inline struct bytes make_staple(const struct make_staple *m)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, MAKE_NOW - MAKE_DAY);
	ASN1_TIME *next = m->next ? ASN1_TIME_set(NULL, m->next) : NULL;
	ASN1_TIME *revoked = ASN1_TIME_set(NULL, MAKE_NOW - 9 * MAKE_DAY);
	OCSP_CERTID *id = OCSP_cert_to_id(m->id_hash ? m->id_hash : EVP_sha1(),
					  m->of, m->issuer);
	OCSP_RESPONSE *r;
	uint8_t *der = NULL;
	int len;

	ck_assert_ptr_nonnull(OCSP_basic_add1_status(
		basic, id, m->status, m->reason, revoked, from, next));
	ck_assert_int_eq(OCSP_basic_sign(basic, m->signer, m->signer_key,
					 EVP_sha256(), NULL,
					 m->with_signer ? 0 : OCSP_NOCERTS),
			 1);
	r = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(r, &der);
	ck_assert_int_gt(len, 0);
	OCSP_RESPONSE_free(r);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(next);
	ASN1_TIME_free(revoked);
	return bytes_of(der, (size_t)len);
}

#endif
