/*
 * fingerprint.h: JA3 and JA4 of a ClientHello.
 *
 * JA3 (Salesforce, BSD-3): MD5 of five fields. JA4 (FoxIO, BSD-3; the client
 * fingerprint only). GREASE (RFC 8701) is left out. Pure; empty text for a
 * hello that is not whole.
 */
#ifndef TLS_FINGERPRINT_H
#define TLS_FINGERPRINT_H

#include "tls/handshake.h"

struct tls_fingerprint {
	char ja3[33];
	char ja4[40];
};

void tls_fingerprint(const struct tls_handshake *hs,
		     struct tls_fingerprint *out);

#endif
