/*
 * hpke.h: opening what HPKE sealed (RFC 9180), base mode, by a shared secret
 * that was given: which is all that a key log has, and all that is needed.
 *
 * The KEM's own work, from keys to the shared secret, is done by then; so any
 * KEM will do, its number only enters the key schedule. Safe from any thread.
 */
#ifndef CRYPT_HPKE_H
#define CRYPT_HPKE_H

#include "crypt/aead.h"
#include "crypt/hkdf.h"

/* Bytes of info that are taken: a label and a whole ECHConfig. */
#define HPKE_INFO_MAX 2304

struct hpke_suite {
	uint16_t kem, kdf, aead; /* RFC 9180 7 */
};

struct hpke {
	enum aead aead;
	uint8_t key[AEAD_KEY_MAX], nonce[AEAD_NONCE];
};

/* False for an algorithm that is not known, or without memory. */
bool hpke_setup(const struct hpke_suite *suite, struct bytes shared_secret,
		struct bytes info, struct hpke *out);
/*
 * Opens message number seq, from 0. out: room for sealed.len - HPKE_TAG bytes,
 * apart from sealed; *len is their number.
 */
#define HPKE_TAG 16
bool hpke_open(const struct hpke *h, uint64_t seq, struct bytes aad,
	       struct bytes sealed, uint8_t *out, size_t *len);
void hpke_wipe(struct hpke *h);

#endif
