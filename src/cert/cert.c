/*
 * cert.c: cert_read() and the life of a cert. OpenSSL takes the certificate
 * apart (what it refuses, clients refuse too); the X509 is gone afterwards, the
 * facts stay. See cert.h.
 */
#include "cert/cert.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "cert/der.h"
#include "cert/parts.h"

/*
 * Facts are smaller than their DER, but each has its struct and alignment: the
 * worst are names of one byte (4 bytes of DER, 48 of ours) up to
 * LIMIT_CERT_NAMES, and names of 11 bytes with 3 pointers.
 */
#define ARENA_CAP(der_len) ((256u << 10) + 16 * (der_len))

struct bytes cert_keep(struct arena *a, const struct cert *c, struct bytes b)
{
	const uint8_t *at = b.len ? memmem(c->der.p, c->der.len, b.p, b.len)
				  : NULL;

	return at ? bytes_of(at, b.len) : arena_copy(a, b);
}

static bool cert_hashes(struct cert *c)
{
	return EVP_Digest(c->der.p, c->der.len, c->sha256, NULL, EVP_sha256(),
			  NULL) == 1 &&
	       EVP_Digest(c->der.p, c->der.len, c->sha1, NULL, EVP_sha1(),
			  NULL) == 1;
}

static bool cert_time(const ASN1_TIME *t, int64_t *out)
{
	return der_time(cert_asn1_bytes(t),
			ASN1_STRING_type(t) == V_ASN1_UTCTIME, out);
}

/* RFC 5280 4.1.2.5. Without dates nothing can be judged: that is an error. */
static bool cert_validity(const X509 *x, struct cert *c)
{
	const ASN1_TIME *end = X509_get0_notAfter(x);
	int64_t from, until;

	if (!cert_time(X509_get0_notBefore(x), &from) ||
	    !cert_time(end, &until)) {
		c->error = "unreadable validity";
		c->error_at = der_validity_at(c->der);
		return false;
	}
	c->not_before = from;
	c->not_after = until;
	c->no_expiry = bytes_is(cert_asn1_bytes(end), "99991231235959Z");
	return true;
}

/* RFC 5280 4.1.2.2; zero and negative ones are seen in the wild. */
static bool cert_serial(struct arena *a, const X509 *x, struct cert *c)
{
	static const char hex[] = "0123456789ABCDEF";
	const ASN1_INTEGER *n = X509_get0_serialNumber(x);
	struct reader r = rd_whole(cert_asn1_bytes(n));
	size_t len = rd_left(&r).len;
	char *s = arena_alloc(a, 2 * len + 4);

	if (!s)
		return false;
	c->serial = s;
	if (ASN1_STRING_type(n) == V_ASN1_NEG_INTEGER)
		*s++ = '-';
	if (len == 0) {
		*s++ = '0';
		*s++ = '0';
	}
	while (rd_more(&r)) {
		uint8_t b = rd_u8(&r);

		*s++ = hex[b >> 4];
		*s++ = hex[b & 15];
	}
	*s = '\0';
	return true;
}

static bool cert_facts(struct arena *a, X509 *x, struct cert *c)
{
	long version = X509_get_version(x);

	c->version = version >= 0 && version <= 2 ? (int)version + 1 : 0;
	c->self_issued = X509_NAME_cmp(X509_get_subject_name(x),
				       X509_get_issuer_name(x)) == 0;
	return cert_serial(a, x, c) &&
	       cert_name_read(a, c, X509_get_subject_name(x), &c->subject) &&
	       cert_name_read(a, c, X509_get_issuer_name(x), &c->issuer) &&
	       cert_key_read(a, x, c) && cert_signature_read(a, x, c) &&
	       cert_extensions_read(a, x, c) && cert_flaw_read(a, x, c);
}

/*
 * d2i_X509() looks through all decoders of all providers to make a key of the
 * public key, which costs 20 times what the rest does. In a library context
 * that has no algorithms it leaves the key as it is, whatever it is: what is
 * accepted as a certificate is the same.
 */
static CRYPTO_ONCE bare_once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *bare; /* NULL if there was no memory: the slow way */

static void bare_make(void)
{
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();

	if (ctx && OSSL_PROVIDER_load(ctx, "null"))
		bare = ctx;
	else
		OSSL_LIB_CTX_free(ctx);
}

OSSL_LIB_CTX *cert_bare_context(void)
{
	return CRYPTO_THREAD_run_once(&bare_once, bare_make) ? bare : NULL;
}

/* The certificate, and how many bytes it took. */
static X509 *x509_of(struct bytes der, OSSL_LIB_CTX *ctx, size_t *spent)
{
	X509 *x = ctx ? X509_new_ex(ctx, NULL) : NULL;
	const unsigned char *p = der.p;

	if (!d2i_X509(&x, &p, (long)der.len)) {
		X509_free(x);
		return NULL;
	}
	*spent = (size_t)(p - der.p);
	return x;
}

static bool cert_parse(struct arena *a, struct cert *c)
{
	bool good = true;
	size_t spent;
	X509 *x = NULL;

	if (cert_bare_context())
		x = x509_of(c->der, bare, &spent);
	if (!x || !cert_key_is_plain(x)) {
		X509_free(x);
		x = x509_of(c->der, NULL, &spent);
	}
	if (!x) {
		c->error = der_fault(c->der, &c->error_at);
		return true;
	}
	if (spent < c->der.len) {
		c->error = "trailing data";
		c->error_at = (uint32_t)spent;
	} else if (cert_validity(x, c)) {
		good = cert_facts(a, x, c);
	}
	X509_free(x);
	return good;
}

struct cert *cert_read(struct bytes der)
{
	struct cert_body *b;
	struct cert *c;
	bool good;

	if (der.len > INT32_MAX)
		return NULL; /* no message of TLS is that long */
	b = calloc(1, sizeof *b + der.len);
	if (!b)
		return NULL;
	c = &b->cert;
	c->refs = 1;
	if (der.len)
		memcpy(b->der, der.p, der.len);
	c->der = bytes_of(b->der, der.len);
	arena_init(&b->arena, ARENA_CAP(der.len));
	/* a sensor must not leave OpenSSL's complaints for others to find */
	ERR_set_mark();
	good = cert_hashes(c) && cert_parse(&b->arena, c);
	ERR_pop_to_mark();
	c->memory = sizeof *b + der.len + b->arena.used;
	if (good)
		return c;
	cert_unref(c);
	return NULL;
}

struct cert *cert_ref(struct cert *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

bool cert_may_issue(const struct cert *c, const struct cert *of)
{
	if (c->error || !c->subject.der.len ||
	    !bytes_eq(c->subject.der, of->issuer.der))
		return false;
	return !of->authority_key_id.len || !c->subject_key_id.len ||
	       bytes_eq(of->authority_key_id, c->subject_key_id);
}

void cert_unref(struct cert *c)
{
	struct cert_body *b = (struct cert_body *)c;

	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	arena_fini(&b->arena);
	free(b);
}
