/*
 * test_hpke.c: HPKE against the vectors of RFC 9180 appendix A, and, for the
 * hash that it has no vectors of, against OpenSSL's own HKDF.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypt/hpke.h"
#include "test_hex.h"
#include "test_run.h"

#define INFO "4f6465206f6e2061204772656369616e2055726e"
#define TEXT "4265617574792069732074727574682c20747275746820626561757479"

static const struct vector {
	struct hpke_suite suite;
	const char *shared, *key, *nonce;
	struct {
		unsigned seq;
		const char *sealed;
	} sent[4];
} vectors[] = {
	{ { 0x20, 1, 1 }, /* A.1.1 */
	  "fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc",
	  "4531685d41d65f03dc48f6b8302c05b0", "56d890e5accaaf011cff4b7d",
	  { { 0, "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a3"
		 "55a96d8770ac83d07bea87e13c512a" },
	    { 1, "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6e"
		 "ab251c03d0c22a56b8ca42c2063b84" } } },
	{ { 0x20, 1, 3 }, /* A.2.1 */
	  "0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7",
	  "ad2744de8e17f4ebba575b3f5f5a8fa1f69c2a07f6e7500bc60ca6e3e3ec1c91",
	  "5c4d98150661b848853b547f",
	  { { 0, "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60"
		 "b4db21993c62ce81883d2dd1b51a28" },
	    { 1, "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb"
		 "119e85285337cc95ba5f59992dc98c" },
	    { 255, "18ab939d63ddec9f6ac2b60d61d36a7375d2070c9b68386111075706"
		   "2c52b8880a5f6b3936da9cd6c23ef2a95c" },
	    { 256, "7a4a13e9ef23978e2c520fd4d2e757514ae160cd0cd05e556ef69237"
		   "0ca53076214c0c40d4c728d6ed9e727a5b" } } },
	{ { 0x12, 3, 2 }, /* A.6.1 */
	  "776ab421302f6eff7d7cb5cb1adaea0cd50872c71c2d63c30c4f1d5e43653336"
	  "fef33b103c67e7a98add2d3b66e2fda95b5b2a667aa9dac7e59cc1d46d30e818",
	  "751e346ce8f0ddb2305c8a2a85c70d5cf559c53093656be636b9406d4d7d1b70",
	  "55ff7a7d739c69f44b25447b",
	  { { 0, "170f8beddfe949b75ef9c387e201baf4132fa7374593dfafa90768788b7b"
		 "2b200aafcc6d80ea4c795a7c5b841a" },
	    { 1, "d9ee248e220ca24ac00bbbe7e221a832e4f7fa64c4fbab3945b6f3af0c5e"
		 "cd5e16815b328be4954a05fd352256" },
	    { 2, "142cf1e02d1f58d9285f2af7dcfa44f7c3f2d15c73d460c48c6e0e506a31"
		 "44bae35284e7e221105b61d24e1c7a" } } },
	{ { 0x10, 3, 1 }, /* A.4.1 */
	  "02f584736390fc93f5b4ad039826a3fa08e9911bd1215a3db8e8791ba533cafd",
	  "090ca96e5f8aa02b69fac360da50ddf9", "9c995e621bf9a20c5ca45546",
	  { { 0, NULL } } },
};

START_TEST(rfc9180)
{
	const struct vector *v = &vectors[_i];
	struct octets shared = hex(v->shared), info = hex(INFO),
		      text = hex(TEXT);
	struct octets key = hex(v->key), nonce = hex(v->nonce);
	struct hpke h;

	ck_assert(hpke_setup(&v->suite, view(&shared), view(&info), &h));
	ck_assert_mem_eq(h.key, key.p, key.len);
	ck_assert_mem_eq(h.nonce, nonce.p, nonce.len);
	for (int i = 0; i < 4 && v->sent[i].sealed; i++) {
		struct octets sealed = hex(v->sent[i].sealed);
		uint8_t out[256];
		char aad[16];
		size_t len = 99;

		snprintf(aad, sizeof aad, "Count-%u", v->sent[i].seq);
		ck_assert(hpke_open(&h, v->sent[i].seq, bytes_str(aad),
				    view(&sealed), out, &len));
		ck_assert(bytes_eq(bytes_of(out, len), view(&text)));
		/* another number, other data, another byte */
		len = 99;
		ck_assert(!hpke_open(&h, v->sent[i].seq + 1, bytes_str(aad),
				     view(&sealed), out, &len));
		ck_assert(!hpke_open(&h, v->sent[i].seq, bytes_str("Count"),
				     view(&sealed), out, &len));
		sealed.p[0] ^= 1;
		ck_assert(!hpke_open(&h, v->sent[i].seq, bytes_str(aad),
				     view(&sealed), out, &len));
		ck_assert_uint_eq(len, 99);
	}
	hpke_wipe(&h);
	ck_assert_mem_ne(h.nonce, nonce.p, nonce.len);
}
END_TEST

/* OpenSSL's HKDF, one half of it. */
static void kdf(char *hash, int mode, struct bytes key, struct bytes salt,
		struct bytes info, uint8_t *out, size_t len)
{
	EVP_KDF *k = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(k);
	OSSL_PARAM p[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash,
						 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key.p, key.len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
						  (void *)(uintptr_t)salt.p,
						  salt.len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
						  (void *)(uintptr_t)info.p,
						  info.len),
		OSSL_PARAM_construct_end(),
	};

	ck_assert_int_eq(EVP_KDF_derive(ctx, out, len, p), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(k);
}

#define EXTRACT EVP_KDF_HKDF_MODE_EXTRACT_ONLY
#define EXPAND	EVP_KDF_HKDF_MODE_EXPAND_ONLY
#define LABEL	"HPKE-v1HPKE\x00\x11\x00\x02\x00\x02"

START_TEST(sha384)
{
	/* P-384 with its own hash, as RFC 9180 5.1 says it word by word */
	const struct hpke_suite suite = { 0x11, 2, 2 };
	char hash[] = "SHA384";
	uint8_t shared[48], context[97] = { 0 }, secret[48], key[32];
	struct bytes zeros = bytes_of(context, 48);
	struct hpke h;
	uint8_t copy[48] = { 0 };

	memset(shared, 0x5a, sizeof shared);
	zeros = bytes_of(copy, 48);
#define WITH(text) bytes_of(LABEL text, sizeof LABEL + sizeof text - 2)
	kdf(hash, EXTRACT, WITH("psk_id_hash"), zeros, bytes_of("", 0),
	    &context[1], 48);
	kdf(hash, EXTRACT, WITH("info_hash" "what"), zeros, bytes_of("", 0),
	    &context[49], 48);
	kdf(hash, EXTRACT, WITH("secret"), bytes_of(shared, 48),
	    bytes_of("", 0), secret, 48);
	{
		uint8_t info[2 + sizeof LABEL - 1 + 3 + 97] = { 0, 32 };

		memcpy(&info[2], LABEL "key", sizeof LABEL + 2);
		memcpy(&info[sizeof info - 97], context, 97);
		kdf(hash, EXPAND, bytes_of(secret, 48), bytes_of("", 0),
		    bytes_of(info, sizeof info), key, 32);
	}
	ck_assert(hpke_setup(&suite, bytes_of(shared, 48), bytes_str("what"),
			     &h));
	ck_assert_mem_eq(h.key, key, 32);
}
END_TEST

START_TEST(refused)
{
	static const struct hpke_suite bad[] = {
		{ 0x20, 0, 1 }, { 0x20, 4, 1 }, { 0x20, 1, 0 },
		{ 0x20, 1, 4 }, { 0x20, 1, 0xffff }, /* only exports */
	};
	static const uint8_t long_info[HPKE_INFO_MAX + 1];
	const struct hpke_suite good = { 0x20, 1, 1 };
	struct bytes shared = bytes_of(long_info, 32);
	struct hpke h;
	uint8_t out[32];
	size_t len = 7;

	memset(&h, 0x77, sizeof h);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert(!hpke_setup(&bad[i], shared, shared, &h));
	ck_assert(!hpke_setup(&good, shared,
			      bytes_of(long_info, sizeof long_info), &h));
	ck_assert_int_eq(h.key[0], 0x77);
	ck_assert(hpke_setup(&good, shared,
			     bytes_of(long_info, HPKE_INFO_MAX), &h));
	/* no room for a tag */
	for (size_t n = 0; n <= HPKE_TAG; n++)
		ck_assert(!hpke_open(&h, 0, shared, bytes_of(long_info, n),
				     out, &len));
	ck_assert_uint_eq(len, 7);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, rfc9180, 0, NUM(vectors));
	tcase_add_test(t, sha384);
	tcase_add_test(t, refused);
}

TEST_MAIN("hpke", cases)
