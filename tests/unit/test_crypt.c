/*
 * test_crypt.c: HKDF, AEADs and header protection against published vectors:
 * RFC 5869, 8448, 8439, 9001, NIST SP 800-38C, McGrew and Viega's GCM.
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#include "crypt/aead.h"
#include "crypt/hkdf.h"
#include "crypt/hp.h"
#include "test_hex.h"
#include "test_run.h"

static void same(const uint8_t *got, const char *want)
{
	struct octets w = hex(want);

	ck_assert_mem_eq(got, w.p, w.len);
}

START_TEST(hkdf_rfc5869)
{
	struct octets ikm = hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	struct octets salt = hex("000102030405060708090a0b0c");
	struct octets info = hex("f0f1f2f3f4f5f6f7f8f9");
	uint8_t prk[HKDF_LEN_MAX], okm[42];

	/* A.1 */
	ck_assert(hkdf_extract(HKDF_SHA256, view(&salt), view(&ikm), prk));
	same(prk, "077709362c2e32df0ddc3f0dc47bba63"
		  "90b6c73bb50f9c3122ec844ad7c2b3e5");
	ck_assert(hkdf_expand(HKDF_SHA256, bytes_of(prk, 32), view(&info), okm,
			      sizeof okm));
	same(okm, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56"
		  "ecc4c5bf34007208d5b887185865");
	/* A.3: neither salt nor info */
	ck_assert(hkdf_extract(HKDF_SHA256, bytes_of(NULL, 0), view(&ikm),
			       prk));
	same(prk, "19ef24a32c717b167f33a91d6f648bdf"
		  "96596776afdb6377ac434c1c293ccb04");
	ck_assert(hkdf_expand(HKDF_SHA256, bytes_of(prk, 32),
			      bytes_of(NULL, 0), okm, sizeof okm));
	same(okm, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f"
		  "3c738d2d9d201395faa4b61a96c8");
}
END_TEST

START_TEST(hkdf_labels)
{
	/* RFC 8448 3: the server's handshake traffic secret and its key */
	struct octets secret = hex("b67b7d690cc16c4e75e54213cb2d37b4"
				   "e9c912bcded9105d42befd59d391ad38");
	struct bytes none = bytes_of(NULL, 0);
	uint8_t out[48], longer[256 * 32];

	ck_assert(hkdf_expand_label(HKDF_SHA256, view(&secret), "key", none,
				    out, 16));
	same(out, "3fce516009c21727d0f2e4e86ee403bc");
	ck_assert(hkdf_expand_label(HKDF_SHA256, view(&secret), "iv", none,
				    out, 12));
	same(out, "5d313eb2671276ee13000b30");
	/* RFC 5869 2.3: at most 255 blocks; a failure leaves zeros */
	memset(longer, 1, sizeof longer);
	ck_assert(!hkdf_expand(HKDF_SHA256, view(&secret), none, longer,
			       sizeof longer));
	for (size_t i = 0; i < sizeof longer; i++)
		ck_assert_uint_eq(longer[i], 0);
	ck_assert(!hkdf_expand_label(HKDF_SHA256, view(&secret), "key",
				     bytes_of(longer, 241), out, 16));
	ck_assert(hkdf_expand(HKDF_SHA256, view(&secret), none, longer,
			      255 * 32));
}
END_TEST

/* SHA-384 against OpenSSL's own HKDF. */
START_TEST(hkdf_sha384)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	uint8_t ikm[48], prk[HKDF_LEN_MAX], want[100], got[100];
	size_t n = sizeof want;

	for (size_t i = 0; i < sizeof ikm; i++)
		ikm[i] = (uint8_t)(i * 5);
	ck_assert(EVP_PKEY_derive_init(c) > 0);
	ck_assert(EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha384()) > 0);
	ck_assert(EVP_PKEY_CTX_set1_hkdf_salt(c, (const uint8_t *)"salt", 4));
	ck_assert(EVP_PKEY_CTX_set1_hkdf_key(c, ikm, sizeof ikm));
	ck_assert(EVP_PKEY_CTX_add1_hkdf_info(c, (const uint8_t *)"info", 4));
	ck_assert(EVP_PKEY_derive(c, want, &n) > 0);
	EVP_PKEY_CTX_free(c);
	ck_assert_uint_eq(hkdf_len(HKDF_SHA384), 48);
	ck_assert(hkdf_extract(HKDF_SHA384, bytes_str("salt"),
			       bytes_of(ikm, sizeof ikm), prk));
	ck_assert(hkdf_expand(HKDF_SHA384, bytes_of(prk, 48),
			      bytes_str("info"), got, sizeof got));
	ck_assert_mem_eq(got, want, sizeof want);
}
END_TEST

static const struct {
	enum aead aead;
	const char *key, *nonce, *aad, *plain, *sealed;
} rows[] = {
	/* McGrew and Viega, test cases 4 and 16 */
	{ AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	  "5bc94fbc3221a5db94fae95ae7121a47" },
	{ AEAD_AES_256_GCM,
	  "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	  "cafebabefacedbaddecaf888",
	  "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	  "76fc6ece0f4e1768cddf8853bb2d551b" },
	/* NIST SP 800-38C, example 3 */
	{ AEAD_AES_128_CCM_8, "404142434445464748494a4b4c4d4e4f",
	  "101112131415161718191a1b",
	  "000102030405060708090a0b0c0d0e0f10111213",
	  "202122232425262728292a2b2c2d2e2f3031323334353637",
	  "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951" },
	/* RFC 9001 A.5 */
	{ AEAD_CHACHA20_POLY1305,
	  "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8",
	  "e0459b3474bdd0e46d417eb0", "4200bff4", "01",
	  "655e5cd55c41f69080575d7999c25a5bfb" },
	/* RFC 8439 2.8.2, the first 114 bytes */
	{ AEAD_CHACHA20_POLY1305,
	  "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	  "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	  "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
	  "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
	  "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
	  "637265656e20776f756c642062652069742e",
	  "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
	  "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
	  "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
	  "3ff4def08e4b7a9de576d26586cec64b6116"
	  "1ae10b594f09e26a7e902ecbd0600691" },
};

static bool open_row(int i, const struct octets *sealed, uint8_t *out)
{
	struct octets key = hex(rows[i].key), nonce = hex(rows[i].nonce);
	struct octets aad = hex(rows[i].aad);

	ck_assert_uint_eq(key.len, aead_key_len(rows[i].aead));
	return aead_open(rows[i].aead, key.p, nonce.p, view(&aad),
			 view(sealed), out);
}

START_TEST(aead_vectors)
{
	struct octets sealed = hex(rows[_i].sealed);
	struct octets plain = hex(rows[_i].plain);
	uint8_t out[256];

	ck_assert_uint_eq(sealed.len,
			  plain.len + aead_tag_len(rows[_i].aead));
	ck_assert(open_row(_i, &sealed, out));
	ck_assert_mem_eq(out, plain.p, plain.len);
	/* every byte counts, and nothing shows where one is wrong */
	for (size_t k = 0; k < sealed.len; k++) {
		struct octets bad = sealed;

		bad.p[k] ^= 0x10;
		memset(out, 0xee, sizeof out);
		ck_assert(!open_row(_i, &bad, out));
		for (size_t n = 0; n < plain.len; n++)
			ck_assert_uint_eq(out[n], 0);
	}
	for (size_t n = 0; n < sealed.len; n++) {
		struct octets cut = sealed;

		cut.len = n;
		ck_assert(!open_row(_i, &cut, out));
	}
	ck_assert(open_row(_i, &sealed, out));
	ck_assert(ERR_peek_error() == 0);
}
END_TEST

/* CCM with a tag of 16 bytes against what OpenSSL seals. */
START_TEST(aead_ccm)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t key[16] = { 7 }, nonce[12] = { 9 }, plain[100], out[100];
	uint8_t sealed[116];
	int n;

	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)(i * 3);
	ck_assert(EVP_EncryptInit_ex2(c, EVP_aes_128_ccm(), NULL, NULL, NULL));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, NULL));
	ck_assert(EVP_EncryptInit_ex2(c, NULL, key, nonce, NULL));
	ck_assert(EVP_EncryptUpdate(c, NULL, &n, NULL, 100));
	ck_assert(EVP_EncryptUpdate(c, NULL, &n, (const uint8_t *)"aad", 3));
	ck_assert(EVP_EncryptUpdate(c, sealed, &n, plain, 100));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16,
				      sealed + 100));
	EVP_CIPHER_CTX_free(c);
	ck_assert(aead_open(AEAD_AES_128_CCM, key, nonce, bytes_str("aad"),
			    bytes_of(sealed, 116), out));
	ck_assert_mem_eq(out, plain, 100);
	sealed[115] ^= 1;
	ck_assert(!aead_open(AEAD_AES_128_CCM, key, nonce, bytes_str("aad"),
			     bytes_of(sealed, 116), out));
}
END_TEST

START_TEST(header_protection)
{
	/* RFC 9001 A.2 and A.5; FIPS 197 C.3 for AES-256 */
	struct octets k1 = hex("9f50449e04a0e810283a1e9933adedd2");
	struct octets s1 = hex("d1b1c98dd7689fb8ec11d242b123dc9b");
	struct octets k2 = hex("25a282b9e82f06f21f488917a4fc8f1b"
			       "73573685608597d0efcb076b0ab7a7a4");
	struct octets s2 = hex("5e5cd55c41f69080575d7999c25a5bfb");
	struct octets k3 = hex("000102030405060708090a0b0c0d0e0f"
			       "101112131415161718191a1b1c1d1e1f");
	struct octets s3 = hex("00112233445566778899aabbccddeeff");
	uint8_t mask[HP_MASK];

	for (int i = 0; i < 3; i++) { /* contexts are used again */
		ck_assert(hp_mask(AEAD_AES_128_GCM, k1.p, s1.p, mask));
		same(mask, "437b9aec36");
		ck_assert(hp_mask(AEAD_AES_128_CCM, k1.p, s1.p, mask));
		same(mask, "437b9aec36");
		ck_assert(hp_mask(AEAD_CHACHA20_POLY1305, k2.p, s2.p, mask));
		same(mask, "aefefe7d03");
		ck_assert(hp_mask(AEAD_AES_256_GCM, k3.p, s3.p, mask));
		same(mask, "8ea2b7ca51");
	}
}
END_TEST

static int worker(void *arg)
{
	int *wrong = arg;
	uint8_t out[256];

	for (int i = 0; i < 2000; i++) {
		int row = i % (int)(sizeof rows / sizeof *rows);
		struct octets sealed = hex(rows[row].sealed);

		*wrong += !open_row(row, &sealed, out);
	}
	return 0;
}

START_TEST(threads_at_once)
{
	int wrong[4] = { 0 };
	thrd_t t[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(thrd_create(&t[i], worker, &wrong[i]),
				 thrd_success);
	for (int i = 0; i < 4; i++) {
		thrd_join(t[i], NULL);
		ck_assert_int_eq(wrong[i], 0);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, hkdf_rfc5869);
	tcase_add_test(t, hkdf_labels);
	tcase_add_test(t, hkdf_sha384);
	tcase_add_loop_test(t, aead_vectors, 0, NUM(rows));
	tcase_add_test(t, aead_ccm);
	tcase_add_test(t, header_protection);
	tcase_add_test(t, threads_at_once);
}

TEST_MAIN("crypt", cases)
