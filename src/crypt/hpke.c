/* hpke.c: see hpke.h. */
#include "crypt/hpke.h"

#include <openssl/crypto.h>

#define SUITE_ID 10

/* RFC 9180 7.2 */
static const struct {
	uint16_t id;
	enum hkdf_hash hash;
} kdfs[] = {
	{ 1, HKDF_SHA256 },
	{ 2, HKDF_SHA384 },
	{ 3, HKDF_SHA512 },
};

/* RFC 9180 7.3 */
static const struct {
	uint16_t id;
	enum aead aead;
} aeads[] = {
	{ 1, AEAD_AES_128_GCM },
	{ 2, AEAD_AES_256_GCM },
	{ 3, AEAD_CHACHA20_POLY1305 },
};

/* What labels its inputs: "HPKE-v1", suite id, label, and the input. */
struct labeled {
	uint8_t p[2 + 7 + SUITE_ID + 16 + HPKE_INFO_MAX];
	size_t len;
};

static void add(struct labeled *l, const void *p, size_t n)
{
	if (n)
		memcpy(&l->p[l->len], p, n);
	l->len += n;
}

static void add_u16(struct labeled *l, unsigned v)
{
	l->p[l->len++] = (uint8_t)(v >> 8);
	l->p[l->len++] = (uint8_t)v;
}

static void add_label(struct labeled *l, const struct hpke_suite *s,
		      const char *label)
{
	add(l, "HPKE-v1", 7);
	add(l, "HPKE", 4);
	add_u16(l, s->kem);
	add_u16(l, s->kdf);
	add_u16(l, s->aead);
	add(l, label, strlen(label));
}

/* RFC 9180 4 */
static bool extract(const struct hpke_suite *s, enum hkdf_hash hash,
		    struct bytes salt, const char *label, struct bytes ikm,
		    uint8_t out[static HKDF_LEN_MAX])
{
	struct labeled l = { .len = 0 };

	add_label(&l, s, label);
	add(&l, ikm.p, ikm.len);
	return hkdf_extract(hash, salt, bytes_of(l.p, l.len), out);
}

static bool expand(const struct hpke_suite *s, enum hkdf_hash hash,
		   struct bytes prk, const char *label, struct bytes info,
		   uint8_t *out, size_t len)
{
	struct labeled l = { .len = 0 };

	add_u16(&l, (unsigned)len);
	add_label(&l, s, label);
	add(&l, info.p, info.len);
	return hkdf_expand(hash, prk, bytes_of(l.p, l.len), out, len);
}

/* RFC 9180 5.1, KeySchedule() of mode_base: no psk, no psk_id. */
static bool schedule(const struct hpke_suite *s, enum hkdf_hash hash,
		     struct bytes shared, struct bytes info, struct hpke *h)
{
	uint8_t context[1 + 2 * HKDF_LEN_MAX] = { 0 }, id[HKDF_LEN_MAX],
		hashed[HKDF_LEN_MAX], secret[HKDF_LEN_MAX];
	size_t n = hkdf_len(hash);
	struct bytes none = bytes_of(NULL, 0), all;
	bool sound;

	if (!extract(s, hash, none, "psk_id_hash", none, id) ||
	    !extract(s, hash, none, "info_hash", info, hashed))
		return false;
	memcpy(&context[1], id, n);
	memcpy(&context[1 + n], hashed, n);
	all = bytes_of(context, 1 + 2 * n);
	sound = extract(s, hash, shared, "secret", none, secret) &&
		expand(s, hash, bytes_of(secret, n), "key", all, h->key,
		       aead_key_len(h->aead)) &&
		expand(s, hash, bytes_of(secret, n), "base_nonce", all,
		       h->nonce, sizeof h->nonce);
	OPENSSL_cleanse(secret, sizeof secret);
	return sound;
}

bool hpke_setup(const struct hpke_suite *suite, struct bytes shared_secret,
		struct bytes info, struct hpke *out)
{
	size_t kdf = 0, aead = 0;
	struct hpke h = { .key = { 0 } };
	bool sound;

	while (kdf < sizeof kdfs / sizeof *kdfs && kdfs[kdf].id != suite->kdf)
		kdf++;
	while (aead < sizeof aeads / sizeof *aeads &&
	       aeads[aead].id != suite->aead)
		aead++;
	if (kdf == sizeof kdfs / sizeof *kdfs ||
	    aead == sizeof aeads / sizeof *aeads || info.len > HPKE_INFO_MAX)
		return false;
	h.aead = aeads[aead].aead;
	sound = schedule(suite, kdfs[kdf].hash, shared_secret, info, &h);
	if (sound)
		*out = h;
	hpke_wipe(&h);
	return sound;
}

bool hpke_open(const struct hpke *h, uint64_t seq, struct bytes aad,
	       struct bytes sealed, uint8_t *out, size_t *len)
{
	uint8_t nonce[AEAD_NONCE];

	/* RFC 9180 5.2 */
	memcpy(nonce, h->nonce, sizeof nonce);
	for (unsigned i = 0; i < 8; i++)
		nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(seq >> (8 * i));
	if (!aead_open(h->aead, h->key, nonce, aad, sealed, out))
		return false;
	*len = sealed.len - HPKE_TAG;
	return true;
}

void hpke_wipe(struct hpke *h)
{
	OPENSSL_cleanse(h, sizeof *h);
}
