/* aead.c: see aead.h. */
#include "crypt/aead.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <threads.h>

static const struct {
	const char *name;
	uint8_t key, tag;
	bool ccm;
} kinds[AEAD_NUM] = {
	[AEAD_AES_128_GCM] = { "AES-128-GCM", 16, 16, false },
	[AEAD_AES_256_GCM] = { "AES-256-GCM", 32, 16, false },
	[AEAD_AES_128_CCM] = { "AES-128-CCM", 16, 16, true },
	[AEAD_AES_128_CCM_8] = { "AES-128-CCM", 16, 8, true },
	[AEAD_CHACHA20_POLY1305] = { "ChaCha20-Poly1305", 32, 16, false },
};

struct contexts {
	EVP_CIPHER_CTX *ctx[AEAD_NUM];
};

static EVP_CIPHER *ciphers[AEAD_NUM];
static once_flag once = ONCE_FLAG_INIT;
static tss_t key_of_thread;

static void free_contexts(void *p)
{
	struct contexts *c = p;

	for (int i = 0; i < AEAD_NUM; i++)
		EVP_CIPHER_CTX_free(c->ctx[i]);
	free(c);
}

static void fetch(void)
{
	for (int i = 0; i < AEAD_NUM; i++)
		ciphers[i] = EVP_CIPHER_fetch(NULL, kinds[i].name, NULL);
	(void)tss_create(&key_of_thread, free_contexts);
}

static EVP_CIPHER_CTX *make_context(enum aead aead)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_DecryptInit_ex2(ctx, ciphers[aead], NULL, NULL, NULL) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, AEAD_NONCE, NULL))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static EVP_CIPHER_CTX *context(enum aead aead)
{
	struct contexts *c;

	call_once(&once, fetch);
	c = tss_get(key_of_thread);
	if (!c) {
		c = calloc(1, sizeof *c);
		if (!c || tss_set(key_of_thread, c) != thrd_success) {
			free(c);
			return NULL;
		}
	}
	if (!c->ctx[aead] && ciphers[aead])
		c->ctx[aead] = make_context(aead);
	return c->ctx[aead];
}

size_t aead_key_len(enum aead aead)
{
	return kinds[aead].key;
}

size_t aead_tag_len(enum aead aead)
{
	return kinds[aead].tag;
}

static bool set_tag(EVP_CIPHER_CTX *ctx, enum aead aead, struct bytes tag)
{
	uint8_t copy[16]; /* the call wants it writable */

	memcpy(copy, tag.p, tag.len);
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
				   kinds[aead].tag, copy) == 1;
}

/* CCM (RFC 3610) needs the tag and the length before it begins. */
static bool open_with(EVP_CIPHER_CTX *ctx, enum aead aead, const uint8_t *key,
		      const uint8_t *nonce, struct bytes aad,
		      struct bytes text, struct bytes tag, uint8_t *out)
{
	uint8_t none[16];
	int n = 0;

	if (kinds[aead].ccm) {
		return set_tag(ctx, aead, tag) &&
		       EVP_DecryptInit_ex2(ctx, NULL, key, nonce, NULL) &&
		       EVP_DecryptUpdate(ctx, NULL, &n, NULL, (int)text.len) &&
		       EVP_DecryptUpdate(ctx, NULL, &n, aad.p, (int)aad.len) &&
		       EVP_DecryptUpdate(ctx, out, &n, text.p, (int)text.len);
	}
	return EVP_DecryptInit_ex2(ctx, NULL, key, nonce, NULL) &&
	       EVP_DecryptUpdate(ctx, NULL, &n, aad.p, (int)aad.len) &&
	       EVP_DecryptUpdate(ctx, out, &n, text.p, (int)text.len) &&
	       set_tag(ctx, aead, tag) && EVP_DecryptFinal_ex(ctx, none, &n);
}

bool aead_open_public(enum aead aead, const uint8_t *key,
		      const uint8_t nonce[static AEAD_NONCE],
		      struct bytes aad, struct bytes sealed, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = context(aead);
	size_t tag_len = kinds[aead].tag, len;
	bool sound;

	if (!ctx || sealed.len <= tag_len || sealed.len > INT_MAX ||
	    aad.len > INT_MAX)
		return false;
	len = sealed.len - tag_len;
	(void)ERR_set_mark(); /* a wrong tag is no error of ours */
	sound = open_with(ctx, aead, key, nonce, aad, bytes_head(sealed, len),
			  bytes_tail(sealed, len), out);
	if (!sound)
		OPENSSL_cleanse(out, len);
	(void)ERR_pop_to_mark();
	return sound;
}

bool aead_open(enum aead aead, const uint8_t *key,
	       const uint8_t nonce[static AEAD_NONCE], struct bytes aad,
	       struct bytes sealed, uint8_t *out)
{
	static const uint8_t zeros[AEAD_KEY_MAX];
	bool sound = aead_open_public(aead, key, nonce, aad, sealed, out);
	EVP_CIPHER_CTX *ctx = context(aead);

	/* the key schedule does not outlive the call */
	if (ctx)
		(void)EVP_DecryptInit_ex2(ctx, NULL, zeros, zeros, NULL);
	return sound;
}
