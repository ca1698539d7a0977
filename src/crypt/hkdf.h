/*
 * hkdf.h: HKDF (RFC 5869) and HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1).
 *
 * By OpenSSL's EVP_MAC; fetched once, one context a thread and hash. Safe from
 * any thread. On failure (no memory) the output is zeroed and false is given.
 */
#ifndef CRYPT_HKDF_H
#define CRYPT_HKDF_H

#include "base/bytes.h"

enum hkdf_hash {
	HKDF_SHA256,
	HKDF_SHA384,
	HKDF_SHA512, /* of HPKE only */
};

#define HKDF_LEN_MAX 64
/* Bytes of info that hkdf_expand() takes. */
#define HKDF_INFO_MAX 512

/* Length of the hash, and so of a pseudorandom key. */
size_t hkdf_len(enum hkdf_hash hash);
/* Writes hkdf_len() bytes. */
bool hkdf_extract(enum hkdf_hash hash, struct bytes salt, struct bytes ikm,
		  uint8_t out[static HKDF_LEN_MAX]);
bool hkdf_expand(enum hkdf_hash hash, struct bytes prk, struct bytes info,
		 uint8_t *out, size_t len);
/* label without its prefix "tls13 " */
bool hkdf_expand_label(enum hkdf_hash hash, struct bytes secret,
		       const char *label, struct bytes context, uint8_t *out,
		       size_t len);

/* What is wanted of a secret: label without its prefix, no context. */
struct hkdf_wanted {
	const char *label;
	uint8_t *out;
	size_t len;
};

/* All of them, or none (every output is zeroed): the secret is set up once,
 * which is nearly half of what each costs. */
bool hkdf_expand_labels(enum hkdf_hash hash, struct bytes secret,
			const struct hkdf_wanted *want, size_t num);

#endif
