/*
 * hash.h: keyed hashing for tables that strangers fill.
 *
 * SipHash-1-3 with a 128-bit key. A table that only orders output must not use
 * it with a random key: replay has to be reproducible.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"

struct hash_key {
	uint64_t k0, k1;
};

/* A random key from the system; false if it gave none. */
bool hash_key_random(struct hash_key *out);
uint64_t hash_bytes(const struct hash_key *key, struct bytes b);
/* 128 bits, for what two keys must never share. */
void hash_bytes2(const struct hash_key *key, struct bytes b, uint64_t out[2]);
/* The same over two or three words: no memory is touched. */
uint64_t hash_u64(const struct hash_key *key, uint64_t a, uint64_t b);

#endif
