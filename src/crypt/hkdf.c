/* hkdf.c: see hkdf.h. HMAC by EVP_MAC: EVP_KDF fetches its digest each time. */
#include "crypt/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <threads.h>

#define NUM_HASHES 3

struct contexts {
	EVP_MAC_CTX *mac[NUM_HASHES];
};

static EVP_MAC *hmac;
static once_flag once = ONCE_FLAG_INIT;
static tss_t key_of_thread;

static void free_contexts(void *p)
{
	struct contexts *c = p;

	for (int i = 0; i < NUM_HASHES; i++)
		EVP_MAC_CTX_free(c->mac[i]);
	free(c);
}

static void fetch(void)
{
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	(void)tss_create(&key_of_thread, free_contexts);
}

static EVP_MAC_CTX *make_context(enum hkdf_hash hash)
{
	static char names[NUM_HASHES][8] = { "SHA256", "SHA384", "SHA512" };
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
						 names[hash], 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

	if (ctx && !EVP_MAC_CTX_set_params(ctx, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static EVP_MAC_CTX *context(enum hkdf_hash hash)
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
	if (!c->mac[hash] && hmac)
		c->mac[hash] = make_context(hash);
	return c->mac[hash];
}

size_t hkdf_len(enum hkdf_hash hash)
{
	static const uint8_t len[NUM_HASHES] = { 32, 48, 64 };

	return len[hash];
}

bool hkdf_extract(enum hkdf_hash hash, struct bytes salt, struct bytes ikm,
		  uint8_t out[static HKDF_LEN_MAX])
{
	/* RFC 5869 2.2: no salt is as many zeros as the hash is long */
	static const uint8_t zeros[HKDF_LEN_MAX];
	EVP_MAC_CTX *ctx = context(hash);
	size_t n;

	if (!salt.len)
		salt = bytes_of(zeros, hkdf_len(hash));
	if (ctx && EVP_MAC_init(ctx, salt.p, salt.len, NULL) &&
	    EVP_MAC_update(ctx, ikm.p, ikm.len) &&
	    EVP_MAC_final(ctx, out, &n, HKDF_LEN_MAX))
		return true;
	OPENSSL_cleanse(out, HKDF_LEN_MAX);
	return false;
}

/* key: empty where the one that the context has is to be used again. */
static bool expand(EVP_MAC_CTX *ctx, struct bytes key, struct bytes info,
		   uint8_t *out, size_t len)
{
	uint8_t block[HKDF_LEN_MAX];
	size_t done = 0, n = 0;
	bool sound = true;

	/* RFC 5869 2.3: T(i) = HMAC(PRK, T(i-1) | info | i) */
	for (uint8_t i = 1; sound && done < len; i++) {
		sound = EVP_MAC_init(ctx, key.p, key.len, NULL) &&
			EVP_MAC_update(ctx, block, n) &&
			EVP_MAC_update(ctx, info.p, info.len) &&
			EVP_MAC_update(ctx, &i, 1) &&
			EVP_MAC_final(ctx, block, &n, sizeof block);
		key = bytes_of(NULL, 0);
		if (sound) {
			size_t part = len - done < n ? len - done : n;

			memcpy(&out[done], block, part);
			done += part;
		}
	}
	OPENSSL_cleanse(block, sizeof block);
	return sound;
}

bool hkdf_expand(enum hkdf_hash hash, struct bytes prk, struct bytes info,
		 uint8_t *out, size_t len)
{
	EVP_MAC_CTX *ctx = context(hash);

	if (ctx && prk.len && len <= 255 * hkdf_len(hash) &&
	    expand(ctx, prk, info, out, len))
		return true;
	OPENSSL_cleanse(out, len);
	return false;
}

/* RFC 8446 7.1: HkdfLabel; false where a length does not fit. */
static bool label_info(const char *label, struct bytes context_bytes,
		       size_t len, uint8_t info[static HKDF_INFO_MAX],
		       struct bytes *out)
{
	static const char prefix[] = "tls13 ";
	size_t label_len = strlen(label), n = 0;
	size_t full = sizeof prefix - 1 + label_len;

	if (full > 255 || context_bytes.len > 240 || len > UINT16_MAX)
		return false;
	info[n++] = (uint8_t)(len >> 8);
	info[n++] = (uint8_t)len;
	info[n++] = (uint8_t)full;
	memcpy(&info[n], prefix, sizeof prefix - 1);
	n += sizeof prefix - 1;
	memcpy(&info[n], label, label_len);
	n += label_len;
	info[n++] = (uint8_t)context_bytes.len;
	if (context_bytes.len)
		memcpy(&info[n], context_bytes.p, context_bytes.len);
	*out = bytes_of(info, n + context_bytes.len);
	return true;
}

bool hkdf_expand_label(enum hkdf_hash hash, struct bytes secret,
		       const char *label, struct bytes context_bytes,
		       uint8_t *out, size_t len)
{
	uint8_t room[HKDF_INFO_MAX];
	struct bytes info;

	if (label_info(label, context_bytes, len, room, &info))
		return hkdf_expand(hash, secret, info, out, len);
	OPENSSL_cleanse(out, len);
	return false;
}

bool hkdf_expand_labels(enum hkdf_hash hash, struct bytes secret,
			const struct hkdf_wanted *want, size_t num)
{
	EVP_MAC_CTX *ctx = context(hash);
	bool sound = ctx && secret.len;

	for (size_t i = 0; sound && i < num; i++) {
		const struct hkdf_wanted *w = &want[i];
		uint8_t room[HKDF_INFO_MAX];
		struct bytes info;

		sound = w->len <= 255 * hkdf_len(hash) &&
			label_info(w->label, bytes_of(NULL, 0), w->len, room,
				   &info) &&
			expand(ctx, i ? bytes_of(NULL, 0) : secret, info,
			       w->out, w->len);
	}
	for (size_t i = 0; !sound && i < num; i++)
		OPENSSL_cleanse(want[i].out, want[i].len);
	return sound;
}
