/* digest.c: see digest.h. */
#include "crypt/digest.h"

#include <openssl/evp.h>
#include <threads.h>

static EVP_MD *md5, *sha1, *sha256, *sha384;
static once_flag once = ONCE_FLAG_INIT;
static tss_t ctx_key;

static void free_ctx(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void fetch(void)
{
	md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
	(void)tss_create(&ctx_key, free_ctx);
}

/* One context a thread, freed with the thread. */
static EVP_MD_CTX *context(void)
{
	EVP_MD_CTX *ctx = tss_get(ctx_key);

	if (!ctx) {
		ctx = EVP_MD_CTX_new();
		if (ctx && tss_set(ctx_key, ctx) != thrd_success) {
			EVP_MD_CTX_free(ctx);
			ctx = NULL;
		}
	}
	return ctx;
}

static void digest(EVP_MD *const *md, struct bytes b, uint8_t *out,
		   size_t size)
{
	EVP_MD_CTX *ctx;

	call_once(&once, fetch);
	memset(out, 0, size);
	ctx = context();
	if (!ctx || !*md || !EVP_DigestInit_ex2(ctx, *md, NULL) ||
	    !EVP_DigestUpdate(ctx, b.p, b.len))
		return;
	(void)EVP_DigestFinal_ex(ctx, out, NULL);
}

void digest_md5(struct bytes b, uint8_t out[static 16])
{
	digest(&md5, b, out, 16);
}

void digest_sha1(struct bytes b, uint8_t out[static 20])
{
	digest(&sha1, b, out, 20);
}

void digest_sha256(struct bytes b, uint8_t out[static 32])
{
	digest(&sha256, b, out, 32);
}

void digest_sha384(struct bytes b, uint8_t out[static 48])
{
	digest(&sha384, b, out, 48);
}
