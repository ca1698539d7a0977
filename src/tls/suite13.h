/*
 * suite13.h: which hash and which AEAD a cipher suite of TLS 1.3 means, for
 * those that can be opened; the same over TCP and QUIC.
 */
#ifndef TLS_SUITE13_H
#define TLS_SUITE13_H

#include "crypt/aead.h"
#include "crypt/hkdf.h"

struct tls_suite13 {
	uint16_t suite;
	enum hkdf_hash hash;
	enum aead aead;
};

/* NULL: not one that can be opened. */
const struct tls_suite13 *tls_suite13_find(uint16_t suite);

#endif
