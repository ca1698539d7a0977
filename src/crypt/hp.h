/*
 * hp.h: header protection masks of QUIC (RFC 9001 5.4).
 *
 * Algorithms are fetched once, contexts are one a thread and algorithm and hold
 * no key after the call. Safe from any thread.
 */
#ifndef CRYPT_HP_H
#define CRYPT_HP_H

#include "crypt/aead.h"

#define HP_SAMPLE 16
#define HP_MASK	  5

/* key: aead_key_len() bytes. False, and a mask of zeros, without memory. */
bool hp_mask(enum aead aead, const uint8_t *key,
	     const uint8_t sample[static HP_SAMPLE],
	     uint8_t mask[static HP_MASK]);

#endif
