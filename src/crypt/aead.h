/*
 * aead.h: opening what an AEAD sealed (RFC 5116), for TLS 1.3 and QUIC.
 *
 * Algorithms are fetched once, contexts are one a thread and algorithm and hold
 * no secret key after the call. Nothing is written to the output unless the tag is
 * right. Safe from any thread.
 */
#ifndef CRYPT_AEAD_H
#define CRYPT_AEAD_H

#include "base/bytes.h"

enum aead {
	AEAD_AES_128_GCM,
	AEAD_AES_256_GCM,
	AEAD_AES_128_CCM,
	AEAD_AES_128_CCM_8,
	AEAD_CHACHA20_POLY1305,
	AEAD_NUM
};

#define AEAD_KEY_MAX 32
#define AEAD_NONCE   12

size_t aead_key_len(enum aead aead);
size_t aead_tag_len(enum aead aead);
/*
 * key: aead_key_len() bytes. sealed: ciphertext and tag, longer than the tag.
 * out: room for sealed.len - aead_tag_len() bytes, apart from sealed; zeroed
 * where the tag is wrong.
 */
bool aead_open(enum aead aead, const uint8_t *key,
	       const uint8_t nonce[static AEAD_NONCE], struct bytes aad,
	       struct bytes sealed, uint8_t *out);
/* The same with a key that is no secret, as those of QUIC's Initial packets
 * (RFC 9001 5): to wipe it would be a third of the cost. */
bool aead_open_public(enum aead aead, const uint8_t *key,
		      const uint8_t nonce[static AEAD_NONCE],
		      struct bytes aad, struct bytes sealed, uint8_t *out);

#endif
