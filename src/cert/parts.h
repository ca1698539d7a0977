/*
 * parts.h: the parts that cert_read() is made of. Private to cert/.
 *
 * Each fills its own facts of c and takes memory from a; false means that there
 * was none left. What is malformed inside an extension costs that fact only.
 */
#ifndef CERT_PARTS_H
#define CERT_PARTS_H

#include <openssl/x509.h>

#include "base/arena.h"
#include "cert/cert.h"

/* What cert_unref() frees; a struct cert is always the head of one. */
struct cert_body {
	struct cert cert;
	struct arena arena;
	uint8_t der[];
};

/* A library context in which certificates are read without their keys, and
 * twenty times as fast; NULL without memory. */
OSSL_LIB_CTX *cert_bare_context(void);
/* A name of c as text and by attribute (RFC 4514, RFC 5280 4.1.2.4). */
bool cert_name_read(struct arena *a, const struct cert *c,
		    const X509_NAME *x, struct cert_name *out);
/*
 * Are public key and signature of the usual kinds, so that their facts can be
 * read without the algorithms? Otherwise x has to be one that has them.
 */
bool cert_key_is_plain(const X509 *x);
/* Public key and signature algorithm. */
bool cert_key_read(struct arena *a, X509 *x, struct cert *c);
bool cert_signature_read(struct arena *a, const X509 *x, struct cert *c);
/* All extensions (RFC 5280 4.2), the SAN among them. */
bool cert_extensions_read(struct arena *a, const X509 *x, struct cert *c);
/* What is wrong with the extensions: c->flaw; c->wide. */
bool cert_flaw_read(struct arena *a, const X509 *x, struct cert *c);
/* GeneralNames (RFC 5280 4.2.1.6) in DER; the values are views into der. */
bool cert_san_read(struct arena *a, struct bytes der, struct cert *c);
/* The same bytes where they stand in c's own DER, else a copy. */
struct bytes cert_keep(struct arena *a, const struct cert *c, struct bytes b);
/* An OID as dotted text in the arena; NULL without memory. */
char *cert_oid_text(struct arena *a, const ASN1_OBJECT *oid);

static inline struct bytes cert_asn1_bytes(const ASN1_STRING *s)
{
	int len = s ? ASN1_STRING_length(s) : 0;

	if (len <= 0)
		return bytes_of(NULL, 0);
	return bytes_of(ASN1_STRING_get0_data(s), (size_t)len);
}

#endif
