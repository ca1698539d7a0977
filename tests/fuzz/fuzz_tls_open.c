/*
 * fuzz_tls_open.c: records of TLS 1.3 under a known key.
 *
 * The input is steps behind a fixed ClientHello and ServerHello: a byte (1: of
 * the server; 2: its bytes are sealed as one record, else they are raw; 4: a
 * gap first; 8: a second passes; 16: the keys are given now, 32: a FIN, 64: of
 * one byte a chunk), a byte of inner type, two bytes of length, and the bytes.
 * Demands: what is handed out keeps its limits, all of it is readable, nothing
 * is opened without keys, and all memory is given back.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/reader.h"
#include "crypt/hkdf.h"
#include "demand.h"
#include "tls/open.h"
#include "tls/session.h"

#define MAX_RECORD 16384u

static const uint8_t hello[] = {
	22, 3, 1, 0, 52, 1, 0,	  0, 48, 3, 3, 7, 7, 7,	 7, 7, 7, 7, 7, 7,
	7,  7, 7, 7, 7,	 7, 7,	  7, 7,	 7, 7, 7, 7, 7,	 7, 7, 7, 7, 7, 7,
	7,  7, 7, 0, 0,	 2, 0x13, 1, 1,	 0, 0, 7, 0, 43, 0, 3, 2, 3, 4,
};
static const uint8_t server_hello[] = {
	22, 3, 3, 0, 50, 2, 0,	  0, 46, 3, 3, 9, 9,  9, 9, 9, 9, 9, 9,
	9,  9, 9, 9, 9,	 9, 9,	  9, 9,	 9, 9, 9, 9,  9, 9, 9, 9, 9, 9,
	9,  9, 9, 9, 9,	 0, 0x13, 1, 0,	 0, 6, 0, 43, 0, 2, 3, 4,
};

struct run {
	struct keyring *ring;
	struct tls_keys *keys;
	struct tls_session *s;
	struct stamp now;
	uint64_t offset[2], seq[2];
	bool given;
};

static uint8_t key[2][16], iv[2][12], secret[2][32];

static void check(const struct run *r, struct tls_handshake *hs)
{
	struct tls_sight sight;
	struct tls_reaction reaction;

	tls_handshake_sight(hs, &sight);
	tls_handshake_reaction(hs, &reaction);
	demand(hs->arena.used <= LIMIT_TLS_HANDSHAKE);
	demand(hs->num_anomalies <= LIMIT_TLS_ANOMALIES);
	for (int i = 0; i < 2; i++) {
		const struct tls_chain *c = &hs->chain[i];

		demand(r->given || (!hs->side[i].opened && !c->decrypted));
		demand(c->num_certs <= LIMIT_TLS_CHAIN);
		for (size_t k = 0; k < c->num_certs; k++)
			touch(c->certs[k]);
	}
	touch(hs->staple);
	touch(hs->server.alpn);
	touch(hs->client.sni);
	tls_handshake_free(hs);
}

static void pull(const struct run *r)
{
	struct tls_handshake *hs;

	while ((hs = tls_session_next(r->s)))
		check(r, hs);
}

static void feed(struct run *r, uint8_t dir, struct bytes b, size_t chunk)
{
	while (b.len) {
		struct bytes part = bytes_head(b, chunk);
		uint8_t *copy = malloc(part.len);
		struct chunk c = { .dir = dir,
				   .offset = r->offset[dir],
				   .time = r->now };

		demand(copy != NULL);
		memcpy(copy, part.p, part.len);
		c.data = bytes_of(copy, part.len);
		tls_session_feed(r->s, &c);
		free(copy);
		r->offset[dir] += part.len;
		b = bytes_tail(b, chunk);
	}
}

static void gap(struct run *r, uint8_t dir, size_t n)
{
	struct chunk c = { .dir = dir,
			   .offset = r->offset[dir],
			   .gap = n + 1,
			   .time = r->now };

	tls_session_feed(r->s, &c);
	r->offset[dir] += n + 1;
}

/* AES-128-GCM, as the hellos say. */
static void seal(struct run *r, uint8_t dir, uint8_t type, struct bytes b,
		 size_t chunk)
{
	size_t n = b.len + 1;
	uint8_t *out = malloc(5 + n + 16), *plain = malloc(n), nonce[12];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len;

	demand(out && plain && c);
	if (b.len)
		memcpy(plain, b.p, b.len);
	plain[b.len] = type;
	memcpy(nonce, iv[dir], 12);
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(r->seq[dir] >> 8 * i);
	r->seq[dir]++;
	out[0] = 23;
	out[1] = out[2] = 3;
	out[3] = (uint8_t)((n + 16) >> 8);
	out[4] = (uint8_t)(n + 16);
	demand(EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key[dir],
				  nonce) &&
	       EVP_EncryptUpdate(c, NULL, &len, out, 5) &&
	       EVP_EncryptUpdate(c, out + 5, &len, plain, (int)n) &&
	       EVP_EncryptFinal_ex(c, out + 5 + n, &len) &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + 5 + n));
	EVP_CIPHER_CTX_free(c);
	free(plain);
	feed(r, dir, bytes_of(out, 5 + n + 16), chunk);
	free(out);
}

static void give(struct run *r)
{
	uint8_t random[32];

	memset(random, 7, sizeof random);
	r->given = true;
	for (int i = 0; i < 2; i++)
		(void)keyring_add(r->ring, random, (enum keyring_label)i,
				  bytes_of(secret[i], 32));
}

static void step(struct run *r, struct reader *in)
{
	uint8_t how = rd_u8(in), type = rd_u8(in), dir = how & 1;
	uint16_t n = rd_u16(in);
	struct bytes b;
	size_t chunk = how & 64 ? 1 : 1448;

	if (how & 16)
		give(r);
	if (how & 4)
		gap(r, dir, n);
	b = rd_bytes(in, how & 4 ? 0 : n);
	if (how & 2)
		seal(r, dir, type, bytes_head(b, MAX_RECORD), chunk);
	else
		feed(r, dir, b, chunk);
	if (how & 32)
		tls_session_close(r->s, CLOSE_FIN, dir, r->now);
	r->now.ns += how & 8 ? NSEC_PER_SEC : NSEC_PER_MSEC;
	tls_session_tick(r->s, r->now);
	demand(tls_keys_counters(r->keys)->held <=
	       LIMIT_TLS_SEALED_BYTES + 2 * LIMIT_TLS_RECORD);
	pull(r);
}

static void derive(void)
{
	for (int i = 0; i < 2; i++) {
		struct bytes s = bytes_of(secret[i], 32);

		memset(secret[i], 0x11 + i, 32);
		demand(hkdf_expand_label(HKDF_SHA256, s, "key",
					 bytes_of(NULL, 0), key[i], 16) &&
		       hkdf_expand_label(HKDF_SHA256, s, "iv",
					 bytes_of(NULL, 0), iv[i], 12));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = rd_window(bytes_of(data, size));
	struct run r = { .now = stamp_sec(1000000) };

	derive();
	r.ring = keyring_new(4);
	r.keys = tls_keys_new(r.ring);
	r.s = tls_session_new(r.now);
	demand(r.ring && r.keys && r.s);
	tls_session_keys(r.s, r.keys);
	keyring_set_given(r.ring);
	feed(&r, 0, bytes_of(hello, sizeof hello), 1448);
	feed(&r, 1, bytes_of(server_hello, sizeof server_hello), 1448);
	while (rd_more(&in) && !tls_session_done(r.s))
		step(&r, &in);
	tls_session_close(r.s, CLOSE_END, 0, r.now);
	pull(&r);
	demand(tls_session_done(r.s));
	tls_session_free(r.s);
	demand(tls_keys_counters(r.keys)->held == 0);
	tls_keys_free(r.keys);
	keyring_free(r.ring);
	return 0;
}
