/* sibling.c: see sibling.h. */
#include "cert/sibling.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "base/lru.h"
#include "cert/der.h"
#include "cert/parts.h"
#include "cert/plain.h"

#define NOT_SENT (-1)

struct sibling {
	EVP_PKEY_CTX *verify; /* the issuer's key, for this algorithm */
	int64_t from, until;  /* all members above are valid */
	struct chain_result result; /* top_issuer is in top instead */
	int top;
};

struct siblings {
	CRYPTO_RWLOCK *lock;
	struct lru *known;
	EVP_MD *md[8]; /* by plain_algorithms */
};

static void drop(void *value)
{
	struct sibling *s = value;

	EVP_PKEY_CTX_free(s->verify);
}

struct siblings *siblings_new(void)
{
	struct siblings *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->lock = CRYPTO_THREAD_lock_new();
	s->known = lru_new(LIMIT_CHAIN_SIBLINGS, sizeof(struct sibling), drop);
	for (size_t i = 0; i < num_plain_algorithms; i++)
		s->md[i] = EVP_MD_fetch(NULL, plain_algorithms[i].hash, NULL);
	if (s->lock && s->known)
		return s;
	siblings_free(s);
	return NULL;
}

void siblings_free(struct siblings *s)
{
	if (!s)
		return;
	if (s->known)
		lru_free(s->known);
	for (size_t i = 0; i < sizeof s->md / sizeof *s->md; i++)
		EVP_MD_free(s->md[i]);
	CRYPTO_THREAD_lock_free(s->lock);
	free(s);
}

struct key {
	uint8_t b[2 + LIMIT_CHAIN_ABOVE * 32];
	size_t len;
};

/* What is above, which algorithm, and what for. */
static struct key key_of(const struct sibling_chain *c, size_t algorithm)
{
	struct key k = { .len = 2 };

	k.b[0] = (uint8_t)algorithm;
	k.b[1] = c->server;
	for (size_t i = 1; i < c->num; i++) {
		memcpy(k.b + k.len, c->certs[i]->sha256, 32);
		k.len += 32;
	}
	return k;
}

/* May this leaf be anybody's sibling? */
static bool is_plain(const struct sibling_chain *c, struct plain *out)
{
	const struct cert *leaf = c->certs[0], *issuer;

	if (c->num < 2 || c->num > 1 + LIMIT_CHAIN_ABOVE || leaf->error ||
	    leaf->self_issued || leaf->is_ca)
		return false;
	issuer = c->certs[1];
	return cert_may_issue(issuer, leaf) && plain_read(leaf->der, out);
}

static bool time_of(const ASN1_TIME *t, int64_t *out)
{
	return t && der_time(cert_asn1_bytes(t),
			     ASN1_STRING_type(t) == V_ASN1_UTCTIME, out);
}

void sibling_above(const STACK_OF(X509) *built, struct sibling_above *out)
{
	int64_t from, until;

	*out = (struct sibling_above){ .from = INT64_MIN, .until = INT64_MAX };
	for (int i = 1; i < sk_X509_num(built); i++) {
		const X509 *x = sk_X509_value(built, i);

		/* one that confines what may be below looks at each leaf */
		if (X509_get_ext_by_NID(x, NID_name_constraints, -1) >= 0 ||
		    !time_of(X509_get0_notBefore(x), &from) ||
		    !time_of(X509_get0_notAfter(x), &until))
			return;
		if (from > out->from)
			out->from = from;
		if (until < out->until)
			out->until = until;
	}
	if (sk_X509_num(built) > 1)
		out->issuer = sk_X509_value(built, 1);
}

int64_t sibling_until(const STACK_OF(X509) *built)
{
	int64_t first = INT64_MAX, until;

	for (int i = 1; i < sk_X509_num(built); i++) {
		if (!time_of(X509_get0_notAfter(sk_X509_value(built, i)),
			     &until))
			return INT64_MAX;
		if (until < first)
			first = until;
	}
	return first;
}

static EVP_PKEY_CTX *verifier(X509 *issuer, size_t algorithm, const EVP_MD *md)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool rsa = plain_algorithms[algorithm].rsa;
	EVP_PKEY_CTX *ctx;

	if (!key || !md || !EVP_PKEY_is_a(key, rsa ? "RSA" : "EC"))
		return NULL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (ctx && EVP_PKEY_verify_init(ctx) > 0 &&
	    (!rsa ||
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0) &&
	    EVP_PKEY_CTX_set_signature_md(ctx, md) > 0)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/*
 * A trusted leaf's siblings are trusted. One that no authority of the store is
 * above: OpenSSL found no path, and looked at no signature.
 */
static bool is_of_all(const struct sibling_chain *c,
		      const struct chain_result *r)
{
	if (r->state == CHAIN_TRUSTED)
		return true;
	return r->state == CHAIN_UNTRUSTED && r->depth > 0 && !c->num_pool &&
	       (r->error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
		r->error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		r->error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
}

void sibling_learn(struct siblings *s, const struct sibling_chain *c,
		   const struct sibling_above *above, X509 *issuer,
		   const struct chain_result *result)
{
	struct sibling fresh_one = {
		.from = above->from,
		.until = above->until,
		.result = *result,
		.top = NOT_SENT,
	};
	struct plain plain;
	struct sibling *at;
	struct key key;
	bool fresh;

	if (above->issuer != issuer || !is_of_all(c, result) ||
	    !is_plain(c, &plain))
		return;
	for (size_t i = 0; i < c->num; i++)
		if (result->top_issuer &&
		    result->top_issuer == c->certs[i]->issuer.text)
			fresh_one.top = (int)i;
	/* it would outlive its certificate; and the leaf's own differs */
	if (result->top_issuer && fresh_one.top <= 0)
		return;
	fresh_one.result.top_issuer = NULL;
	fresh_one.verify = verifier(issuer, plain.algorithm,
				    s->md[plain.algorithm]);
	if (!fresh_one.verify)
		return;
	key = key_of(c, plain.algorithm);
	if (!CRYPTO_THREAD_write_lock(s->lock)) {
		drop(&fresh_one);
		return;
	}
	at = lru_put(s->known, bytes_of(key.b, key.len), &fresh);
	if (at) {
		drop(at);
		*at = fresh_one;
	} else {
		drop(&fresh_one);
	}
	CRYPTO_THREAD_unlock(s->lock);
}

static bool is_signed(const struct siblings *s, const struct sibling *known,
		      const struct plain *p)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	return EVP_Digest(p->tbs.p, p->tbs.len, digest, &len,
			  s->md[p->algorithm], NULL) == 1 &&
	       EVP_PKEY_verify(known->verify, p->signature.p,
			       p->signature.len, digest, len) == 1;
}

static bool judge(const struct siblings *s, const struct sibling *known,
		  const struct sibling_chain *c, const struct plain *plain,
		  struct chain_result *out)
{
	if (c->at < known->from || c->at > known->until)
		return false;
	if (known->result.state == CHAIN_UNTRUSTED) {
		if (c->num_pool)
			return false;
	} else if (!is_signed(s, known, plain) ||
		   /* whether another path lasts longer was not asked yet */
		   (!known->result.until_last &&
		    known->result.until < c->certs[0]->not_after)) {
		return false;
	}
	*out = known->result;
	out->until_last &= out->until < c->certs[0]->not_after;
	if (known->top != NOT_SENT)
		out->top_issuer = c->certs[known->top]->issuer.text;
	return true;
}

bool sibling_find(struct siblings *s, const struct sibling_chain *c,
		  struct chain_result *out)
{
	const struct sibling *known;
	struct plain plain;
	struct key key;
	bool found;

	if (!is_plain(c, &plain))
		return false;
	key = key_of(c, plain.algorithm);
	if (!CRYPTO_THREAD_write_lock(s->lock))
		return false;
	ERR_set_mark(); /* a signature that fails leaves complaints */
	known = lru_get(s->known, bytes_of(key.b, key.len));
	found = known && judge(s, known, c, &plain, out);
	ERR_pop_to_mark();
	CRYPTO_THREAD_unlock(s->lock);
	return found;
}
