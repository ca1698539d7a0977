/*
 * digest.h: message digests, by OpenSSL's EVP.
 *
 * The algorithms are fetched once for the process; safe from any thread. They
 * never fail but for want of memory: then the output is all zero bytes.
 */
#ifndef CRYPT_DIGEST_H
#define CRYPT_DIGEST_H

#include "base/bytes.h"

void digest_md5(struct bytes b, uint8_t out[static 16]);
void digest_sha1(struct bytes b, uint8_t out[static 20]);
void digest_sha256(struct bytes b, uint8_t out[static 32]);
void digest_sha384(struct bytes b, uint8_t out[static 48]);

#endif
