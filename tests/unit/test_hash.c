/*
 * test_hash.c: SipHash-1-3 against another implementation: CPython 3.11's
 * hash() of bytes(range(n)) with PYTHONHASHSEED=0, which means a key of zeros.
 */
#include "base/hash.h"
#include "test_run.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

START_TEST(vectors)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{ 1, 0x68a914128e01e473 },  { 7, 0x2f098ab0c751325a },
		{ 8, 0xead411e67ebe2eea },  { 9, 0x75927f9d95124362 },
		{ 15, 0xf30eb725bb91c9ea }, { 16, 0x8972188433a5c5b7 },
		{ 63, 0x385d3e39e5f37359 },
	};
	static const struct hash_key zero;
	uint8_t b[63];

	for (uint8_t i = 0; i < 63; i++)
		b[i] = i;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_uint_eq(hash_bytes(&zero, bytes_of(b, rows[i].len)),
				  rows[i].hash);
}
END_TEST

/* The long form against OpenSSL's, with 1 and 3 rounds. */
START_TEST(long_form)
{
	const struct hash_key k = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	unsigned c = 1, d = 3;
	size_t size = 16, len;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &c),
		OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &d),
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};
	uint64_t ours[2], theirs[2];
	uint8_t b[70];

	for (uint8_t i = 0; i < sizeof b; i++)
		b[i] = (uint8_t)(3 * i);
	for (size_t n = 0; n <= sizeof b; n++) {
		ck_assert(EVP_MAC_init(ctx, (const uint8_t *)&k, 16, params));
		ck_assert(EVP_MAC_update(ctx, b, n));
		ck_assert(EVP_MAC_final(ctx, (uint8_t *)theirs, &len, 16));
		hash_bytes2(&k, bytes_of(b, n), ours);
		ck_assert_mem_eq(ours, theirs, 16);
	}
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}
END_TEST

START_TEST(words_as_bytes)
{
	const struct hash_key k = { 17, 42 };
	uint64_t w[2] = { 0x0123456789abcdef, 7 };

	ck_assert_uint_eq(hash_u64(&k, w[0], w[1]),
			  hash_bytes(&k, bytes_of(w, sizeof w)));
}
END_TEST

/* Exact blocks: the sanitizers see a byte too far. */
START_TEST(every_length)
{
	const struct hash_key k = { 1, 2 };
	uint64_t last = 0;

	for (size_t n = 0; n < 40; n++) {
		uint8_t *exact = calloc(1, n ? n : 1);
		uint64_t h = hash_bytes(&k, bytes_of(exact, n));

		ck_assert_uint_ne(h, last); /* zeros more are another text */
		last = h;
		free(exact);
	}
	ck_assert_uint_eq(hash_bytes(&k, bytes_of(NULL, 0)),
			  hash_bytes(&k, bytes_of("", 0)));
}
END_TEST

START_TEST(keys_differ)
{
	struct hash_key a, b;

	ck_assert(hash_key_random(&a));
	ck_assert(hash_key_random(&b));
	ck_assert(a.k0 != b.k0 || a.k1 != b.k1);
	ck_assert_uint_ne(hash_u64(&a, 1, 2), hash_u64(&b, 1, 2));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, vectors);
	tcase_add_test(t, long_form);
	tcase_add_test(t, words_as_bytes);
	tcase_add_test(t, every_length);
	tcase_add_test(t, keys_differ);
}

TEST_MAIN("hash", cases)
