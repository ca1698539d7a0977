/*
 * keys.h: the keys of one direction, and opening packets (RFC 9001 5).
 */
#ifndef QUIC_KEYS_H
#define QUIC_KEYS_H

#include "crypt/aead.h"
#include "crypt/hkdf.h"
#include "quic/packet.h"

struct quic_keys {
	enum aead aead;
	bool known_to_all; /* made of a connection id only */
	uint8_t key[AEAD_KEY_MAX], hp[AEAD_KEY_MAX], iv[AEAD_NONCE];
};

/* Where a packet number stands (RFC 9000 A.3): the next one expected. */
struct quic_space {
	uint64_t expected;
};

/* From a secret (RFC 9001 5.1); false without memory. */
bool quic_keys_derive(const struct quic_version *v, enum hkdf_hash hash,
		      enum aead aead, struct bytes secret,
		      struct quic_keys *out);
/* Of Initial packets (RFC 9001 5.2): out[0] the client's, [1] the server's. */
bool quic_keys_initial(const struct quic_version *v, struct bytes dcid,
		       struct quic_keys out[static 2]);
/*
 * Opens a packet with a head and a body: false where its tag is wrong. scratch
 * has room for the packet; *payload is a view into it.
 */
bool quic_keys_open(const struct quic_keys *k, const struct quic_packet *p,
		    struct quic_space *space, uint8_t *scratch,
		    struct bytes *payload);

#endif
