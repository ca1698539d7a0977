/*
 * fuzz_quic_crypto.c: what is inside of authentic packets: frames, CRYPTO
 * streams, hellos and the messages of the server's flight.
 *
 * The input is sealed with the right keys, so that it gets past the tag. Input:
 * pieces, each a byte (1: from the server, 2: a Handshake packet, 4: version 2,
 * 8: another connection id), a length of two bytes, and a payload. A second
 * reading of the CRYPTO streams, byte by byte, must agree with quic_stream.
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/limits.h"
#include "base/reader.h"
#include "crypt/hp.h"
#include "crypt/keyring.h"
#include "demand.h"
#include "quic/frame.h"
#include "quic/keys.h"
#include "quic/session.h"
#include "quic/stream.h"

#define PAYLOAD_MAX 1400
#define PIECES_MAX  48

static struct quic_keys initial[2][2][2]; /* id, version, side */
static struct quic_keys sealed[2][2];	  /* version, side */
static struct keyring *ring;
static const uint32_t numbers[2] = { 1, 0x6b3343cf };

static void prepare(void)
{
	static const uint8_t secret[2][32] = { { 1 }, { 2 } };
	uint8_t random[32];

	ring = keyring_new(0);
	demand(ring != NULL);
	keyring_set_given(ring);
	memset(random, 0x11, 32);
	for (int i = 0; i < 2; i++)
		demand(keyring_add(ring, random,
				   i ? KEYRING_SERVER_HANDSHAKE
				     : KEYRING_CLIENT_HANDSHAKE,
				   bytes_of(secret[i], 32)));
	for (int v = 0; v < 2; v++) {
		const struct quic_version *row = quic_version_find(numbers[v]);

		for (int id = 0; id < 2; id++)
			demand(quic_keys_initial(
				row, bytes_str(id ? "anotherid" : "dcid0000"),
				initial[id][v]));
		for (int i = 0; i < 2; i++)
			demand(quic_keys_derive(
				row, HKDF_SHA256, AEAD_AES_128_GCM,
				bytes_of(secret[i], 32), &sealed[v][i]));
	}
}

/* A packet with a number of four bytes; its length. */
static size_t seal(const struct quic_keys *k, uint8_t flags, uint32_t number,
		   struct bytes payload, uint8_t *out)
{
	static EVP_CIPHER_CTX *ctx;
	const char *id = flags & 8 ? "anotherid" : "dcid0000";
	uint32_t version = numbers[flags >> 2 & 1];
	unsigned type = flags & 2 ? 2 : 0;
	uint8_t nonce[12], mask[HP_MASK];
	size_t n = 0, len = 4 + payload.len + 16, at;
	int got;

	if (!ctx)
		ctx = EVP_CIPHER_CTX_new();
	if (flags & 4)
		type = (type + 1) & 3;
	out[n++] = (uint8_t)(0xc3 | type << 4);
	for (int i = 24; i >= 0; i -= 8)
		out[n++] = (uint8_t)(version >> i);
	out[n++] = (uint8_t)strlen(id);
	memcpy(out + n, id, strlen(id));
	n += strlen(id);
	out[n++] = 0;
	if (!(flags & 2))
		out[n++] = 0;
	out[n++] = (uint8_t)(0x40 | len >> 8);
	out[n++] = (uint8_t)len;
	at = n;
	memcpy(nonce, k->iv, 12);
	for (int i = 24; i >= 0; i -= 8)
		out[n++] = (uint8_t)(number >> i);
	for (int i = 0; i < 4; i++)
		nonce[8 + i] ^= out[at + (size_t)i];
	demand(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, k->key,
				  nonce) &&
	       EVP_EncryptUpdate(ctx, NULL, &got, out, (int)n) &&
	       EVP_EncryptUpdate(ctx, out + n, &got, payload.p,
				 (int)payload.len) &&
	       EVP_EncryptFinal_ex(ctx, out + n, &got) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
				   out + n + payload.len));
	demand(hp_mask(k->aead, k->hp, out + at + 4, mask));
	out[0] ^= mask[0] & 0x0f;
	for (size_t i = 0; i < 4; i++)
		out[at + i] ^= mask[i + 1];
	return n + payload.len + 16;
}

/* The stream byte by byte, and as quic_stream has it. */
struct twin {
	struct quic_stream s;
	uint8_t byte[4096];
	bool has[4096];
};

static void twin_add(struct twin *t, const struct quic_frame *f)
{
	static uint8_t out[4096];
	size_t ready = 0;

	/* beyond what is compared, or where it may give up */
	if (f->offset + f->data.len > sizeof t->byte ||
	    t->s.num_ranges > LIMIT_QUIC_RANGES / 2)
		return;
	quic_stream_add(&t->s, f->offset, f->data);
	for (size_t i = 0; i < f->data.len; i++) {
		size_t at = (size_t)f->offset + i;

		if (!t->has[at])
			t->byte[at] = f->data.p[i];
		t->has[at] = true;
	}
	while (t->s.next + ready < sizeof t->byte && t->has[t->s.next + ready])
		ready++;
	demand(quic_stream_ready(&t->s) == ready);
	quic_stream_copy(&t->s, out, ready);
	demand(!memcmp(out, &t->byte[t->s.next], ready));
	if (f->offset % 3 == 0)
		quic_stream_spend(&t->s, ready / 2);
}

static void twin_frames(struct twin *t, struct bytes payload)
{
	struct reader r = rd_whole(payload);
	struct quic_frame f;

	while (quic_frame_read(&r, 6, &f))
		if (f.kind == QUIC_FRAME_CRYPTO)
			twin_add(t, &f);
}

static void drain(struct quic_session *s)
{
	struct tls_handshake *hs;

	while ((hs = quic_session_next(s))) {
		demand(tls_handshake_says(hs));
		demand(hs->client.count <= 2);
		demand(hs->chain[TLS_SERVER].state == TLS_CHAIN_NONE ||
		       hs->chain[TLS_SERVER].decrypted);
		demand(hs->num_anomalies <= LIMIT_TLS_ANOMALIES);
		tls_handshake_free(hs);
	}
}

static void piece(struct quic_session *s, uint8_t flags, uint32_t number,
		  struct bytes payload, struct stamp time)
{
	uint8_t packet[PAYLOAD_MAX + 100], *exact;
	struct chunk c = { .dir = flags & 1, .time = time };
	const struct quic_keys *k =
		flags & 2 ? &sealed[flags >> 2 & 1][flags & 1]
			  : &initial[flags >> 3 & 1][flags >> 2 & 1][flags & 1];
	size_t n = seal(k, flags, number, payload, packet);

	exact = malloc(n);
	demand(exact != NULL);
	memcpy(exact, packet, n);
	c.data = bytes_of(exact, n);
	quic_session_feed(s, &c);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	struct stamp time = stamp_sec(1700000000);
	static struct twin twin;
	struct quic_session *s;
	uint32_t number = 0;

	if (!ring)
		prepare();
	s = quic_session_new(time, ring);
	demand(s != NULL);
	memset(&twin, 0, sizeof twin);
	quic_stream_init(&twin.s);
	while (rd_more(&r) && number < PIECES_MAX) {
		uint8_t flags = rd_u8(&r), padded[PAYLOAD_MAX] = { 0 };
		struct reader b = rd_vec16(&r);
		struct bytes payload = bytes_head(rd_left(&b), PAYLOAD_MAX);

		if (payload.len)
			memcpy(padded, payload.p, payload.len);
		payload = bytes_of(padded, payload.len < 20 ? 20 : payload.len);
		twin_frames(&twin, payload);
		piece(s, flags, number++, payload, time);
		time.ns += flags & 16 ? 2 * NSEC_PER_SEC : NSEC_PER_MSEC;
		quic_session_tick(s, time);
		demand(quic_session_memory(s) <
		       5 * LIMIT_TLS_HANDSHAKE + 8 * LIMIT_QUIC_CRYPTO);
		drain(s);
	}
	quic_stream_fini(&twin.s);
	quic_session_close(s, CLOSE_END, 0, time);
	drain(s);
	demand(quic_session_done(s));
	quic_session_free(s);
	return 0;
}
