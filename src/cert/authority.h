/*
 * authority.h: what is worth remembering of authorities between two chains:
 * their parsed certificates, and which of them signed which. Private to cert/.
 *
 * Part of a trust store and behind a lock, so that the store may be shared by
 * threads. Bounded: the least recently used go first. What it says depends on
 * bytes of certificates alone, never on time, purpose or what is trusted.
 */
#ifndef CERT_AUTHORITY_H
#define CERT_AUTHORITY_H

#include <openssl/x509.h>

#include "cert/cert.h"

struct authorities;

struct authorities *authorities_new(void);
void authorities_free(struct authorities *a);
/* x is of the trust store, and stays there. */
void authorities_add(struct authorities *a, X509 *x);
/* The certificate, to be given back with X509_free(); NULL: not readable. */
X509 *authority_parse(struct authorities *a, const struct cert *c);
/* Has the issuer's signature on an authority's certificate been verified? */
bool authority_is_signed(struct authorities *a, const X509 *x,
			 const X509 *issuer);
void authority_add_signed(struct authorities *a, const X509 *x,
			  const X509 *issuer);

#endif
