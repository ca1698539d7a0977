/* ech.c: see ech.h: opening the inner hello, and whether it was accepted. */
#include "tls/ech.h"

#include "base/buf.h"
#include "base/reader.h"
#include "crypt/digest.h"
#include "crypt/hpke.h"
#include "crypt/keyring.h"
#include "tls/message.h"

#include <openssl/crypto.h>

#define ECH_VERSION 0xfe0du
/* Behind the version, 32 bytes of random; its last 8 are the confirmation. */
#define CONFIRM_AT  (2u + 32u - CONFIRM_LEN)
#define CONFIRM_LEN 8u

const uint8_t *tls_ech_random(const struct tls_handshake *hs)
{
	return hs->ech == TLS_ECH_ACCEPTED && hs->inner ? hs->inner->random
							: hs->client.random;
}

/* The KEM that an ECHConfig is for (RFC 9849 4). */
static bool read_config(struct bytes config, uint8_t *id, uint16_t *kem)
{
	struct reader r = rd_whole(config), body;
	uint16_t version = rd_u16(&r);

	body = rd_vec16(&r);
	*id = rd_u8(&body);
	*kem = rd_u16(&body);
	return rd_ok(&body) && rd_end(&r) && version == ECH_VERSION;
}

/* RFC 9849 6.1: info is "tls ech", a zero, and the ECHConfig. */
static bool setup(const struct keyring *ring, const uint8_t random[static 32],
		  const struct tls_ech_outer *outer, struct hpke *out)
{
	uint8_t info[8 + KEYRING_CONFIG_MAX] = "tls ech";
	uint8_t shared[KEYRING_SECRET_MAX], id;
	struct hpke_suite suite = { .kdf = outer->kdf, .aead = outer->aead };
	struct bytes found, secret;
	size_t len;
	bool sound;

	if (!keyring_find(ring, random, KEYRING_ECH_CONFIG, &found))
		return false;
	len = 8 + found.len;
	memcpy(&info[8], found.p, found.len);
	if (!read_config(found, &id, &suite.kem) || id != outer->config_id ||
	    !keyring_find(ring, random, KEYRING_ECH_SECRET, &found))
		return false;
	memcpy(shared, found.p, found.len);
	secret = bytes_of(shared, found.len);
	keyring_forget();
	sound = hpke_setup(&suite, secret, bytes_of(info, len), out);
	OPENSSL_cleanse(shared, sizeof shared);
	return sound;
}

/*
 * One inner hello. RFC 9849 5.2: what is authenticated is the outer hello with
 * zeros for the payload; the second hello is the second message of the same
 * context (6.1.5).
 */
static bool open_hello(struct tls_handshake *hs, const struct hpke *h,
		       struct bytes hello, uint64_t seq, struct bytes *inner)
{
	struct tls_ech_outer outer;
	uint8_t *aad, *plain;
	size_t len;

	if (!tls_ech_outer(hello, &outer) || outer.payload.len <= HPKE_TAG)
		return false;
	aad = arena_alloc(&hs->arena, hello.len);
	plain = arena_alloc(&hs->arena, outer.payload.len);
	if (!aad || !plain)
		return false;
	memcpy(aad, hello.p, hello.len);
	memset(&aad[outer.payload_at], 0, outer.payload.len);
	return hpke_open(h, seq, bytes_of(aad, hello.len), outer.payload, plain,
			 &len) &&
	       tls_ech_inner(bytes_of(plain, len), &outer, &hs->arena, inner);
}

static void add_message(struct buf *b, uint8_t type, struct bytes body)
{
	buf_add_char(b, (char)type);
	buf_add_char(b, (char)(body.len >> 16));
	buf_add_char(b, (char)(body.len >> 8));
	buf_add_char(b, (char)body.len);
	buf_add(b, body.p, body.len);
}

static void hash_of(enum hkdf_hash hash, struct bytes b,
		    uint8_t out[static HKDF_LEN_MAX])
{
	if (hash == HKDF_SHA384)
		digest_sha384(b, out);
	else
		digest_sha256(b, out);
}

/* RFC 9849 7.2: all hellos, the last one with zeros for its confirmation. */
static bool transcript(const struct tls_handshake *hs, enum hkdf_hash hash,
		       const struct bytes inner[static 2], struct bytes server,
		       uint8_t out[static HKDF_LEN_MAX])
{
	static const uint8_t zeros[CONFIRM_LEN];
	struct bytes tail = bytes_tail(server, CONFIRM_AT + CONFIRM_LEN);
	struct buf b;
	bool sound;

	buf_init(&b, 4 * LIMIT_TLS_MESSAGE);
	add_message(&b, TLS_CLIENT_HELLO, inner[0]);
	if (hs->server.retry) { /* RFC 8446 4.4.1 */
		hash_of(hash, buf_bytes(&b), out);
		buf_reset(&b);
		add_message(&b, TLS_MESSAGE_HASH,
			    bytes_of(out, hkdf_len(hash)));
		add_message(&b, TLS_SERVER_HELLO, hs->hello[TLS_HELLO_RETRY]);
		add_message(&b, TLS_CLIENT_HELLO, inner[1]);
	}
	add_message(&b, TLS_SERVER_HELLO, server);
	b.len -= b.failed ? 0 : CONFIRM_LEN + tail.len;
	buf_add(&b, zeros, sizeof zeros);
	buf_add(&b, tail.p, tail.len);
	sound = !b.failed;
	if (sound)
		hash_of(hash, buf_bytes(&b), out);
	buf_fini(&b);
	return sound;
}

/* False: it cannot be told; else *accepted. */
static bool confirm(const struct tls_handshake *hs,
		    const struct bytes inner[static 2], bool *accepted)
{
	struct bytes server = hs->hello[TLS_HELLO_SERVER];
	struct bytes random = bytes_head(bytes_tail(inner[0], 2), 32);
	struct bytes said =
		bytes_head(bytes_tail(server, CONFIRM_AT), CONFIRM_LEN);
	uint8_t hashed[HKDF_LEN_MAX], prk[HKDF_LEN_MAX], want[CONFIRM_LEN];
	enum hkdf_hash hash;
	unsigned len, tag;

	if (!tls_suite_13(hs->server.suite, &len, &tag) || !inner[0].len ||
	    said.len < CONFIRM_LEN || random.len < 32 ||
	    (hs->server.retry &&
	     (!inner[1].len || !hs->hello[TLS_HELLO_RETRY].len)))
		return false;
	hash = len == 48 ? HKDF_SHA384 : HKDF_SHA256;
	if (!transcript(hs, hash, inner, server, hashed) ||
	    !hkdf_extract(hash, bytes_of(NULL, 0), random, prk) ||
	    !hkdf_expand_label(hash, bytes_of(prk, len),
			       "ech accept confirmation", bytes_of(hashed, len),
			       want, sizeof want))
		return false;
	*accepted = bytes_eq(said, bytes_of(want, sizeof want));
	return true;
}

/* Opens both hellos; false: there is no secret, or it opens nothing. */
static bool open_hellos(struct tls_handshake *hs, const struct keyring *ring,
			struct bytes inner[static 2])
{
	static const enum tls_hello_slot slots[2] = { TLS_HELLO_FIRST,
						      TLS_HELLO_SECOND };
	struct tls_ech_outer outer;
	struct hpke h;
	bool any = false, tried = false;

	for (int i = 0; i < 2; i++) {
		struct bytes hello = hs->hello[slots[i]];

		if (!tls_ech_outer(hello, &outer))
			continue;
		if (!tried && !setup(ring, hs->client.random, &outer, &h))
			return false;
		tried = true;
		any |= open_hello(hs, &h, hello, (uint64_t)i, &inner[i]);
	}
	if (!tried)
		return false;
	hpke_wipe(&h);
	hs->ech_failed = !any;
	if (!any)
		tls_anomaly_add(hs, TLS_CLIENT, "ech_secret_wrong", 0);
	return any;
}

static void read_inner(struct tls_handshake *hs, struct bytes body)
{
	struct tls_client_hello *c = arena_alloc(&hs->arena, sizeof *c);

	if (!c)
		return;
	tls_read_inner_hello(hs, body, c);
	hs->inner = c;
}

/* Is a secret of the handshake given under the inner random? One that is the
 * outer's, too, says nothing. */
static bool has_secret(const struct tls_handshake *hs,
		       const struct keyring *ring)
{
	struct bytes secret;
	bool found;

	if (!memcmp(hs->inner->random, hs->client.random, 32))
		return false;
	found = keyring_find(ring, hs->inner->random, KEYRING_SERVER_HANDSHAKE,
			     &secret) ||
		keyring_find(ring, hs->inner->random, KEYRING_CLIENT_HANDSHAKE,
			     &secret);

	keyring_forget();
	return found;
}

void tls_ech_try(struct tls_handshake *hs, const struct keyring *ring)
{
	struct bytes inner[2] = { { .len = 0 }, { .len = 0 } };
	bool accepted;

	if (hs->ech != TLS_ECH_OFFERED || hs->ech_failed || !hs->server.seen)
		return;
	if (!hs->inner) {
		if (!open_hellos(hs, ring, inner))
			return;
		read_inner(hs, inner[inner[0].len ? 0 : 1]);
		if (!hs->inner)
			return;
		if (confirm(hs, inner, &accepted))
			hs->ech =
				accepted ? TLS_ECH_ACCEPTED : TLS_ECH_REJECTED;
	}
	if (has_secret(hs, ring))
		hs->ech = TLS_ECH_ACCEPTED;
}
