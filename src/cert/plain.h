/*
 * plain.h: a leaf in the form that everybody writes, taken apart without
 * OpenSSL. Private to cert/.
 *
 * Plain are: version 3, a signature of the Web PKI's kinds that is named twice
 * in the same way, and extensions that come once, are well known, well formed
 * (RFC 5280 4.2), and of which OpenSSL's path building takes no more notice
 * than of their form. Of all others OpenSSL has to say what they mean.
 */
#ifndef CERT_PLAIN_H
#define CERT_PLAIN_H

#include "base/bytes.h"

struct plain_algorithm {
	const char *hash; /* OpenSSL's name */
	bool rsa;	  /* RSASSA-PKCS1-v1_5, else ECDSA */
};

struct plain {
	struct bytes tbs;	/* what is signed, with its header */
	struct bytes signature; /* without the octet of unused bits */
	size_t algorithm;	/* a row of plain_algorithms */
};

extern const struct plain_algorithm plain_algorithms[];
extern const size_t num_plain_algorithms;

/* der: a certificate that OpenSSL has read; views into it. False: not plain. */
bool plain_read(struct bytes der, struct plain *out);

#endif
