/*
 * version.h: what differs between the versions of QUIC: salt, labels, numbers
 * of the packet types, and what the CRYPTO stream carries. Const rows.
 */
#ifndef QUIC_VERSION_H
#define QUIC_VERSION_H

#include "base/bytes.h"

enum quic_hello {
	QUIC_HELLO_TLS,	 /* RFC 9001 */
	QUIC_HELLO_CHLO, /* Google QUIC Crypto */
};

struct quic_version {
	uint32_t first, last;	  /* version numbers, both inside */
	const uint8_t *salt;	  /* 20 bytes; NULL: never opened */
	const char *key, *iv, *hp; /* labels */
	uint8_t type_shift; /* RFC 9369 3.2: types are counted one further */
	uint8_t crypto; /* type of CRYPTO frames */
	enum quic_hello hello;
};

#define QUIC_SALT 20

/* NULL for a version whose packets we do not know. */
const struct quic_version *quic_version_find(uint32_t number);

#endif
