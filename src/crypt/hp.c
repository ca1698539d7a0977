/* hp.c: see hp.h. */
#include "crypt/hp.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <threads.h>

enum mask_kind {
	MASK_AES_128,
	MASK_AES_256,
	MASK_CHACHA20,
	MASK_NUM
};

static const char *const names[MASK_NUM] = {
	[MASK_AES_128] = "AES-128-ECB",
	[MASK_AES_256] = "AES-256-ECB",
	[MASK_CHACHA20] = "ChaCha20",
};

struct contexts {
	EVP_CIPHER_CTX *ctx[MASK_NUM];
};

static EVP_CIPHER *ciphers[MASK_NUM];
static once_flag once = ONCE_FLAG_INIT;
static tss_t key_of_thread;

static void free_contexts(void *p)
{
	struct contexts *c = p;

	for (int i = 0; i < MASK_NUM; i++)
		EVP_CIPHER_CTX_free(c->ctx[i]);
	free(c);
}

static void fetch(void)
{
	for (int i = 0; i < MASK_NUM; i++)
		ciphers[i] = EVP_CIPHER_fetch(NULL, names[i], NULL);
	(void)tss_create(&key_of_thread, free_contexts);
}

static EVP_CIPHER_CTX *make_context(enum mask_kind kind)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_EncryptInit_ex2(ctx, ciphers[kind], NULL, NULL, NULL))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static EVP_CIPHER_CTX *context(enum mask_kind kind)
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
	if (!c->ctx[kind] && ciphers[kind])
		c->ctx[kind] = make_context(kind);
	return c->ctx[kind];
}

static enum mask_kind kind_of(enum aead aead)
{
	switch (aead) {
	case AEAD_AES_256_GCM:
		return MASK_AES_256;
	case AEAD_CHACHA20_POLY1305:
		return MASK_CHACHA20;
	default:
		return MASK_AES_128;
	}
}

bool hp_mask(enum aead aead, const uint8_t *key,
	     const uint8_t sample[static HP_SAMPLE],
	     uint8_t mask[static HP_MASK])
{
	static const uint8_t zeros[AEAD_KEY_MAX];
	enum mask_kind kind = kind_of(aead);
	EVP_CIPHER_CTX *ctx = context(kind);
	uint8_t block[32];
	bool sound;
	int n;

	memset(mask, 0, HP_MASK);
	if (!ctx)
		return false;
	/* RFC 9001 5.4.3: AES of the sample; 5.4.4: the sample is counter and
	 * nonce, in the order OpenSSL's ChaCha20 takes them, over zeros */
	if (kind == MASK_CHACHA20)
		sound = EVP_EncryptInit_ex2(ctx, NULL, key, sample, NULL) &&
			EVP_EncryptUpdate(ctx, block, &n, zeros, HP_MASK);
	else
		sound = EVP_EncryptInit_ex2(ctx, NULL, key, NULL, NULL) &&
			EVP_EncryptUpdate(ctx, block, &n, sample, HP_SAMPLE);
	if (sound)
		memcpy(mask, block, HP_MASK);
	(void)EVP_EncryptInit_ex2(ctx, NULL, zeros,
				  kind == MASK_CHACHA20 ? zeros : NULL, NULL);
	return sound;
}
