/*
 * test_open_make.h: seals records of TLS 1.3 for tests, with every suite, in
 * records of any size, and the messages that are in them.
 */
#ifndef TEST_OPEN_MAKE_H
#define TEST_OPEN_MAKE_H

#include <openssl/evp.h>

#include "crypt/aead.h"
#include "crypt/hkdf.h"
#include "test_tls_stream.h"
#include "tls/open.h"

struct suite {
	uint16_t code;
	enum hkdf_hash hash;
	enum aead aead;
	const char *name;
};

static const struct suite suites[] = {
	{ 0x1301, HKDF_SHA256, AEAD_AES_128_GCM, "AES-128-GCM" },
	{ 0x1302, HKDF_SHA384, AEAD_AES_256_GCM, "AES-256-GCM" },
	{ 0x1303, HKDF_SHA256, AEAD_CHACHA20_POLY1305, "ChaCha20-Poly1305" },
	{ 0x1304, HKDF_SHA256, AEAD_AES_128_CCM, "AES-128-CCM" },
	{ 0x1305, HKDF_SHA256, AEAD_AES_128_CCM_8, "AES-128-CCM" },
};

#define NUM_SUITES ((int)(sizeof suites / sizeof *suites))

/* One direction under one secret. */
struct sealer {
	const struct suite *suite;
	uint8_t secret[48];
	uint64_t seq;
	unsigned pad;  /* zeros behind each */
	size_t record; /* bytes of contents at most, 0: all in one */
};

static inline struct sealer sealer_of(const struct suite *suite, uint8_t byte)
{
	struct sealer s = { .suite = suite };

	memset(s.secret, byte, sizeof s.secret);
	return s;
}

static inline struct bytes sealer_secret(const struct sealer *s)
{
	return bytes_of(s->secret, hkdf_len(s->suite->hash));
}

static inline void seal_encrypt(const struct sealer *s, const uint8_t *head,
				struct bytes plain, uint8_t *out)
{
	uint8_t key[32], nonce[12];
	int n, tag = (int)aead_tag_len(s->suite->aead);
	bool ccm = s->suite->code >= 0x1304;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, s->suite->name, NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	ck_assert(hkdf_expand_label(s->suite->hash, sealer_secret(s), "key",
				    bytes_of(NULL, 0), key,
				    aead_key_len(s->suite->aead)));
	ck_assert(hkdf_expand_label(s->suite->hash, sealer_secret(s), "iv",
				    bytes_of(NULL, 0), nonce, 12));
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(s->seq >> 8 * i);
	ck_assert(EVP_EncryptInit_ex2(c, cipher, NULL, NULL, NULL));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
	if (ccm)
		ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag,
					      NULL));
	ck_assert(EVP_EncryptInit_ex2(c, NULL, key, nonce, NULL));
	if (ccm)
		ck_assert(EVP_EncryptUpdate(c, NULL, &n, NULL,
					    (int)plain.len));
	ck_assert(EVP_EncryptUpdate(c, NULL, &n, head, 5));
	ck_assert(EVP_EncryptUpdate(c, out, &n, plain.p, (int)plain.len));
	ck_assert(EVP_EncryptFinal_ex(c, out + n, &n));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, tag,
				      out + plain.len));
	EVP_CIPHER_CTX_free(c);
	EVP_CIPHER_free(cipher);
}

/* One record: contents, their type, padding. */
static inline void seal_record(struct sealer *s, struct part *p, uint8_t type,
			       struct bytes b)
{
	size_t tag = aead_tag_len(s->suite->aead), n = b.len + 1 + s->pad;
	uint8_t *plain = calloc(1, n), *out = malloc(n + tag);
	uint8_t head[5] = { 23, 3, 3, (uint8_t)((n + tag) >> 8),
			    (uint8_t)(n + tag) };

	ck_assert(plain && out);
	if (b.len)
		memcpy(plain, b.p, b.len);
	plain[b.len] = type;
	seal_encrypt(s, head, bytes_of(plain, n), out);
	s->seq++;
	make_bytes(&p->m, head, 5);
	make_bytes(&p->m, out, n + tag);
	free(plain);
	free(out);
}

static inline void seal(struct sealer *s, struct part *p, uint8_t type,
			struct bytes b)
{
	size_t max = s->record ? s->record : 16384;

	do {
		seal_record(s, p, type, bytes_head(b, max));
		b = bytes_tail(b, max);
	} while (b.len);
}

/* Certificate of TLS 1.3 with a staple at its leaf. */
static inline void make_certificate_13(struct make *m, unsigned num, size_t n,
				       const char *staple)
{
	size_t list, at, ext;

	m->len = 0;
	make_num(m, 0, 1);
	list = make_open(m, 3);
	for (unsigned i = 0; i < num; i++) {
		at = make_open(m, 3);
		for (size_t k = 0; k < n; k++)
			make_num(m, (uint8_t)(k * 5 + i + 1), 1);
		make_close(m, at, 3);
		at = make_open(m, 2);
		if (staple && !i) {
			ext = make_ext(m, 5);
			make_num(m, 1, 1);
			make_num(m, strlen(staple), 3);
			make_bytes(m, staple, strlen(staple));
			make_close(m, ext, 2);
		}
		make_close(m, at, 2);
	}
	make_close(m, list, 3);
}

static inline void message_encrypted_extensions(struct make *m)
{
	static const uint8_t body[] = { 0, 9, 0, 16, 0, 5, 0, 3, 2, 'h', '2' };

	message_add(m, 8, bytes_of(body, sizeof body));
}

static inline void message_finished(struct make *m, const struct sealer *s)
{
	static const uint8_t mac[48] = { 1 };

	message_add(m, 20, bytes_of(mac, hkdf_len(s->suite->hash)));
}

#endif
