/*
 * ech.h: Encrypted Client Hello (RFC 9849), opened with what a key log says of
 * it: ECH_SECRET, the KEM's shared secret, and ECH_CONFIG (RFC 9850 2.3), both
 * under the random of the hello that can be seen.
 *
 * A client logs them whenever it offered ECH, so an inner hello that opens says
 * nothing about the server. That it accepted is proven by its ServerHello,
 * whose random confirms the inner hello (RFC 9849 7.2), or by a secret of the
 * handshake under the inner random (RFC 9850 2.1); that it rejected by a
 * ServerHello that does not confirm. Without a proof it stays offered.
 */
#ifndef TLS_ECH_H
#define TLS_ECH_H

#include "tls/handshake.h"

struct keyring;

/* Settles what became of an offer, as far as hellos and secrets show by now. */
void tls_ech_try(struct tls_handshake *hs, const struct keyring *ring);
/* The random under which the secrets of the handshake are to be found. */
const uint8_t *tls_ech_random(const struct tls_handshake *hs);

/* What an encrypted_client_hello extension of a hello says (RFC 9849 5). */
struct tls_ech_outer {
	struct bytes session_id, extensions; /* of the hello */
	uint16_t kdf, aead;
	uint8_t config_id;
	struct bytes enc, payload;
	size_t payload_at; /* in the hello */
};

/* hello: the body of a ClientHello. False: it has no such extension. */
bool tls_ech_outer(struct bytes hello, struct tls_ech_outer *out);
/*
 * EncodedClientHelloInner -> ClientHelloInner (RFC 9849 5.1), a body of its
 * own in the arena. False for what is none.
 */
bool tls_ech_inner(struct bytes encoded, const struct tls_ech_outer *outer,
		   struct arena *a, struct bytes *inner);

#endif
