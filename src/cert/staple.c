/*
 * staple.c: reading and verifying a stapled OCSP response; see staple.h.
 *
 * OpenSSL takes it apart and verifies it. The issuer is the only anchor: who it
 * is itself trusted by is the chain's matter. The responder's certificate has
 * to be valid when it signed, not now: replays are judged years later.
 */
#include "cert/staple.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "cert/der.h"
#include "cert/parts.h"

const char *staple_reason(int reason)
{
	static const char *const words[] = {
		"unspecified",	      "key compromise",
		"CA compromise",      "affiliation changed",
		"superseded",	      "cessation of operation",
		"certificate hold",   NULL,
		"remove from CRL",    "privilege withdrawn",
		"AA compromise",
	};

	if (reason < 0 || (size_t)reason >= sizeof words / sizeof *words)
		return NULL;
	return words[reason];
}

static X509 *parse(const struct cert *c)
{
	const unsigned char *p = c->der.p;

	return c->error ? NULL : d2i_X509(NULL, &p, (long)c->der.len);
}

/* Is it the leaf's issuer by name and by signature? */
static X509 *issuer_of(X509 *leaf, const struct cert *of, const struct cert *c)
{
	X509 *x;

	if (c->error || !bytes_eq(c->subject.der, of->issuer.der))
		return NULL;
	x = parse(c);
	if (x && X509_verify(leaf, X509_get0_pubkey(x)) == 1)
		return x;
	X509_free(x);
	return NULL;
}

static X509 *find_issuer(X509 *leaf, struct cert *const *certs, size_t num,
			 struct cert *const *pool, size_t num_pool)
{
	X509 *x = NULL;

	for (size_t i = 0; i < num && !x; i++)
		x = issuer_of(leaf, certs[0], certs[i]);
	for (size_t i = 0; i < num_pool && !x; i++)
		x = issuer_of(leaf, certs[0], pool[i]);
	return x;
}

static bool same_hash(const EVP_MD *md, struct bytes of,
		      const ASN1_OCTET_STRING *hash)
{
	uint8_t out[EVP_MAX_MD_SIZE];
	unsigned len;

	return EVP_Digest(of.p, of.len, out, &len, md, NULL) == 1 &&
	       bytes_eq(bytes_of(out, len), cert_asn1_bytes(hash));
}

/* RFC 6960 4.1.1: serial number, hash of the issuer's name and of its key; the
 * key only where the issuer is known. */
static bool is_about(const OCSP_CERTID *id, X509 *leaf, const struct cert *of,
		     const X509 *issuer)
{
	ASN1_OCTET_STRING *name, *key;
	ASN1_INTEGER *serial;
	ASN1_OBJECT *alg;
	const EVP_MD *md;

	OCSP_id_get0_info(&name, &alg, &key, &serial, (OCSP_CERTID *)id);
	md = EVP_get_digestbyobj(alg);
	return md && ASN1_INTEGER_cmp(serial,
				      X509_get0_serialNumber(leaf)) == 0 &&
	       same_hash(md, of->issuer.der, name) &&
	       (!issuer ||
		same_hash(md, cert_asn1_bytes(X509_get0_pubkey_bitstr(issuer)),
			  key));
}

static bool read_time(const ASN1_GENERALIZEDTIME *t, int64_t *out)
{
	return t && der_time(cert_asn1_bytes(t), false, out);
}

static bool read_single(OCSP_SINGLERESP *s, struct staple *out)
{
	ASN1_GENERALIZEDTIME *revoked, *from, *until;
	struct staple r = { .state = STAPLE_UNVERIFIED };

	switch (OCSP_single_get0_status(s, &r.reason, &revoked, &from,
					&until)) {
	case V_OCSP_CERTSTATUS_GOOD:
		r.status = STAPLE_GOOD;
		break;
	case V_OCSP_CERTSTATUS_REVOKED:
		r.status = STAPLE_REVOKED;
		if (!read_time(revoked, &r.revoked_at))
			return false;
		break;
	default:
		r.status = STAPLE_UNKNOWN;
	}
	if (r.status != STAPLE_REVOKED)
		r.reason = -1;
	if (!read_time(from, &r.this_update))
		return false;
	if (until && !read_time(until, &r.next_update))
		return false;
	r.has_next_update = until;
	*out = r;
	return true;
}

/* The issuer is the anchor; time: when the response was made. */
static X509_STORE *anchor_of(X509 *issuer, int64_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *p;

	if (!store || X509_STORE_add_cert(store, issuer) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	p = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(p, (time_t)at);
	X509_VERIFY_PARAM_set_auth_level(p, 0); /* SHA-1 is no forgery yet */
	X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
	return store;
}

/*
 * RFC 6960 4.2.2.2: signed by the issuer, or by whom the issuer gave a
 * certificate with id-kp-OCSPSigning; OpenSSL checks which.
 */
static bool verify(OCSP_BASICRESP *basic, X509 *issuer)
{
	STACK_OF(X509) *with = sk_X509_new_null();
	X509_STORE *store = NULL;
	bool good = false;
	int64_t made;

	if (read_time(OCSP_resp_get0_produced_at(basic), &made))
		store = anchor_of(issuer, made);
	if (with && store && sk_X509_push(with, issuer) > 0)
		good = OCSP_basic_verify(basic, with, store, 0) == 1;
	X509_STORE_free(store);
	sk_X509_free(with);
	return good;
}

static void read_basic(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer,
		       const struct cert *of, struct staple *out)
{
	int num = OCSP_resp_count(basic);

	out->state = STAPLE_OTHER;
	for (int i = 0; i < num; i++) {
		OCSP_SINGLERESP *s = OCSP_resp_get0(basic, i);

		if (!is_about(OCSP_SINGLERESP_get0_id(s), leaf, of, issuer))
			continue;
		if (!read_single(s, out))
			out->state = STAPLE_BAD;
		else if (issuer)
			out->state = verify(basic, issuer) ? STAPLE_VERIFIED
							   : STAPLE_FORGED;
		return;
	}
}

static OCSP_BASICRESP *read_response(struct bytes der)
{
	const unsigned char *p = der.p;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
	OCSP_BASICRESP *basic = NULL;

	if (r && OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(r);
	OCSP_RESPONSE_free(r);
	return basic;
}

void staple_read(struct bytes der, struct cert *const *certs, size_t num_certs,
		 struct cert *const *pool, size_t num_pool, struct staple *out)
{
	struct staple r = { .state = STAPLE_NONE, .reason = -1 };
	OCSP_BASICRESP *basic = NULL;
	X509 *leaf = NULL, *issuer = NULL;

	ERR_set_mark();
	if (der.len && num_certs)
		leaf = parse(certs[0]);
	if (leaf) {
		r.state = STAPLE_BAD;
		if (der.len <= LIMIT_CERT_STAPLE)
			basic = read_response(der);
	}
	if (basic) {
		issuer = find_issuer(leaf, certs, num_certs, pool, num_pool);
		read_basic(basic, leaf, issuer, certs[0], &r);
	}
	OCSP_BASICRESP_free(basic);
	X509_free(issuer);
	X509_free(leaf);
	ERR_pop_to_mark();
	*out = r;
}
