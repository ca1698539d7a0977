/* keys.c: see keys.h. */
#include "quic/keys.h"

#include "crypt/hp.h"

#include <openssl/crypto.h>

bool quic_keys_derive(const struct quic_version *v, enum hkdf_hash hash,
		      enum aead aead, struct bytes secret,
		      struct quic_keys *out)
{
	struct quic_keys k = { .aead = aead };
	size_t len = aead_key_len(aead);
	const struct hkdf_wanted want[] = {
		{ v->key, k.key, len },
		{ v->iv, k.iv, sizeof k.iv },
		{ v->hp, k.hp, len },
	};
	bool sound = hkdf_expand_labels(hash, secret, want, 3);

	if (sound)
		*out = k;
	OPENSSL_cleanse(&k, sizeof k);
	return sound;
}

bool quic_keys_initial(const struct quic_version *v, struct bytes dcid,
		       struct quic_keys out[static 2])
{
	uint8_t initial[HKDF_LEN_MAX], secret[2][32];
	const struct hkdf_wanted want[] = {
		{ "client in", secret[0], sizeof secret[0] },
		{ "server in", secret[1], sizeof secret[1] },
	};

	if (!v->salt || !hkdf_extract(HKDF_SHA256, bytes_of(v->salt, QUIC_SALT),
				      dcid, initial) ||
	    !hkdf_expand_labels(HKDF_SHA256, bytes_of(initial, 32), want, 2))
		return false;
	/* not secret at all (RFC 9001 5): nothing to wipe here */
	for (int i = 0; i < 2; i++) {
		if (!quic_keys_derive(v, HKDF_SHA256, AEAD_AES_128_GCM,
				      bytes_of(secret[i], sizeof secret[i]),
				      &out[i]))
			return false;
		out[i].known_to_all = true;
	}
	return true;
}

/* RFC 9000 A.3: the number nearest to the one expected. */
static uint64_t number_of(uint64_t expected, uint64_t low, unsigned len)
{
	uint64_t win = 1ull << (8 * len), half = win / 2;
	uint64_t candidate = (expected & ~(win - 1)) | low;

	if (candidate + half <= expected && candidate < (1ull << 62) - win)
		return candidate + win;
	if (candidate > expected + half && candidate >= win)
		return candidate - win;
	return candidate;
}

bool quic_keys_open(const struct quic_keys *k, const struct quic_packet *p,
		    struct quic_space *space, uint8_t *scratch,
		    struct bytes *payload)
{
	uint8_t mask[HP_MASK], nonce[AEAD_NONCE];
	struct bytes sample = bytes_head(bytes_tail(p->body, 4), HP_SAMPLE);
	size_t head = p->head.len;
	struct bytes sealed;
	unsigned len;
	uint64_t number = 0;

	if (p->cut || sample.len < HP_SAMPLE ||
	    !hp_mask(k->aead, k->hp, sample.p, mask))
		return false;
	/* RFC 9001 5.4.1 */
	memcpy(scratch, p->head.p, head);
	scratch[0] ^= mask[0] & (scratch[0] & 0x80 ? 0x0f : 0x1f);
	len = (scratch[0] & 3u) + 1;
	for (unsigned i = 0; i < len; i++) {
		scratch[head + i] = p->body.p[i] ^ mask[i + 1];
		number = number << 8 | scratch[head + i];
	}
	number = number_of(space->expected, number, len);
	/* RFC 9001 5.3 */
	memcpy(nonce, k->iv, sizeof nonce);
	for (unsigned i = 0; i < 8; i++)
		nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(number >> (8 * i));
	sealed = bytes_tail(p->body, len);
	head += len;
	if (!(k->known_to_all ? aead_open_public : aead_open)(
		    k->aead, k->key, nonce, bytes_of(scratch, head), sealed,
		    &scratch[head]))
		return false;
	if (number >= space->expected)
		space->expected = number + 1;
	*payload = bytes_of(&scratch[head],
			    sealed.len - aead_tag_len(k->aead));
	return true;
}
