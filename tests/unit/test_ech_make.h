/*
 * test_ech_make.h: makes hellos with Encrypted Client Hello, sealed by the
 * client and confirmed by the server (RFC 9849 6.1, 7.2).
 */
#ifndef TEST_ECH_MAKE_H
#define TEST_ECH_MAKE_H

#include <openssl/evp.h>

#include "base/reader.h"
#include "crypt/digest.h"
#include "crypt/hpke.h"
#include "crypt/keyring.h"
#include "test_tls_make.h"
#include "tls/ech.h"

#define ID 0x21

static struct make encoded, outer[2], inner[2], server, retry;
static const uint8_t shared[32] = { 5, 5, 5 };
static const uint8_t config[] = {
	0xfe, 0x0d, 0, 23, ID, 0, 0x20, 0, 2, 1, 2, 0, 4, 0, 1, 0, 1, 0,
	6, 'p', '.', 't', 'e', 's', 't', 0, 0,
};

static inline void put_ext(struct make *m, unsigned type, const char *data,
			   size_t n)
{
	size_t at = make_ext(m, (uint16_t)type);

	make_bytes(m, data, n);
	make_close(m, at, 2);
}

#define EXT(m, type, text) put_ext(m, type, text, sizeof text - 1)
#define SHARE "\0\5\0\x1d\0\1\x09"
#define SNI(name) "\0\x0b\0\0\x08" name

static inline void begin_hello(struct make *m, uint8_t random, const char *id)
{
	m->len = 0;
	make_num(m, 0x0303, 2);
	make_fill(m, random, 32);
	make_num(m, strlen(id), 1);
	make_bytes(m, id, strlen(id));
	make_bytes(m, "\0\2\x13\1\1", 6); /* suites, no compression */
}

/* What of the outer hello's extensions the inner one takes. */
static inline void make_encoded(const char *types, size_t num, unsigned padding)
{
	size_t all;

	begin_hello(&encoded, 0xaa, "");
	all = make_open(&encoded, 2);
	EXT(&encoded, 0, SNI("in.inner"));
	if (num)
		put_ext(&encoded, 0xfd00, types, num);
	EXT(&encoded, 0xfe0d, "\1");
	make_close(&encoded, all, 2);
	make_fill(&encoded, 0, padding);
}

static inline struct bytes bytes(const struct make *m)
{
	return bytes_of(m->p, m->len);
}

/* sealed: of that length, filled in later. */
static inline void make_outer(struct make *m, const char *enc, size_t sealed)
{
	size_t all, ext;

	begin_hello(m, 0xbb, "session");
	all = make_open(m, 2);
	EXT(m, 0, SNI("p.public"));
	EXT(m, 10, "\0\2\0\x1d");
	EXT(m, 43, "\2\3\4");
	ext = make_ext(m, 0xfe0d);
	make_bytes(m, "\0\0\1\0\1", 5);
	make_num(m, ID, 1);
	make_num(m, strlen(enc), 2);
	make_bytes(m, enc, strlen(enc));
	make_num(m, sealed, 2);
	make_fill(m, 0, sealed);
	make_close(m, ext, 2);
	EXT(m, 51, SHARE);
	make_close(m, all, 2);
}

/* Seals the encoded hello into outer[i], as a client does. */
static inline void seal(struct arena *a, int i, const char *enc)
{
	uint8_t info[8 + sizeof config] = "tls ech", nonce[12], tag[16];
	const struct hpke_suite suite = { 0x20, 1, 1 };
	struct tls_ech_outer o;
	struct hpke h;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;
	struct bytes made;

	make_outer(&outer[i], enc, encoded.len + sizeof tag);
	ck_assert(tls_ech_outer(bytes(&outer[i]), &o));
	ck_assert(tls_ech_inner(bytes(&encoded), &o, a, &made));
	inner[i].len = 0;
	make_bytes(&inner[i], made.p, made.len);
	memcpy(&info[8], config, sizeof config);
	ck_assert(hpke_setup(&suite, bytes_of(shared, 32),
			     bytes_of(info, sizeof info), &h));
	memcpy(nonce, h.nonce, sizeof nonce);
	nonce[11] ^= (uint8_t)i;
	ck_assert(EVP_EncryptInit_ex2(c, EVP_aes_128_gcm(), h.key, nonce,
				      NULL) &&
		  EVP_EncryptUpdate(c, NULL, &n, outer[i].p,
				    (int)outer[i].len) &&
		  EVP_EncryptUpdate(c, &outer[i].p[o.payload_at], &n,
				    encoded.p, (int)encoded.len) &&
		  EVP_EncryptFinal_ex(c, tag, &n) &&
		  EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag));
	memcpy(&outer[i].p[o.payload_at + encoded.len], tag, sizeof tag);
	EVP_CIPHER_CTX_free(c);
}

static inline void make_server(struct make *m, const uint8_t *random)
{
	m->len = 0;
	make_num(m, 0x0303, 2);
	make_bytes(m, random, 32);
	make_bytes(m, "\0\x13\1\0\0\6\0\x2b\0\2\3\4", 13 - 1);
}

static inline void put_message(struct make *m, uint8_t type,
			       struct bytes b)
{
	make_num(m, type, 1);
	make_num(m, b.len, 3);
	make_bytes(m, b.p, b.len);
}

/* RFC 9849 7.2, from the messages as they were made. */
static inline void confirm(bool again)
{
	static struct make t;
	uint8_t hash[32], prk[HKDF_LEN_MAX], zeros[32] = { 0 };

	t.len = 0;
	memset(&server.p[2 + 24], 0, 8);
	put_message(&t, 1, bytes(&inner[0]));
	if (again) {
		digest_sha256(bytes(&t), hash);
		t.len = 0;
		put_message(&t, 254, bytes_of(hash, 32));
		put_message(&t, 2, bytes(&retry));
		put_message(&t, 1, bytes(&inner[1]));
	}
	put_message(&t, 2, bytes(&server));
	digest_sha256(bytes(&t), hash);
	ck_assert(hkdf_extract(HKDF_SHA256, bytes_of(zeros, 32),
			       bytes_of(&inner[0].p[2], 32), prk));
	ck_assert(hkdf_expand_label(HKDF_SHA256, bytes_of(prk, 32),
				    "ech accept confirmation",
				    bytes_of(hash, 32), &server.p[2 + 24], 8));
}

#endif
