/*
 * test_quic_make.h: makes QUIC datagrams for tests: frames, packets sealed with
 * any keys, and a session that is fed with them.
 */
#ifndef TEST_QUIC_MAKE_H
#define TEST_QUIC_MAKE_H

#include <openssl/evp.h>

#include "crypt/hp.h"
#include "quic/keys.h"
#include "quic/session.h"
#include "test_tls_make.h"
#include "tls/message.h"

#define QUIC_V1 1u
#define QUIC_V2 0x6b3343cfu

static inline void make_varint(struct make *m, uint64_t v)
{
	if (v < 64)
		make_num(m, v, 1);
	else if (v < 16384)
		make_num(m, v | 0x4000, 2);
	else if (v < 1u << 30)
		make_num(m, v | 0x80000000u, 4);
	else
		make_num(m, v | 0xc000000000000000u, 8);
}

static inline void make_crypto(struct make *m, uint64_t offset, struct bytes b)
{
	make_varint(m, 6);
	make_varint(m, offset);
	make_varint(m, b.len);
	make_bytes(m, b.p, b.len);
}

static inline void make_quic_close(struct make *m, bool application,
				   uint64_t error)
{
	make_varint(m, application ? 0x1d : 0x1c);
	make_varint(m, error);
	if (!application)
		make_varint(m, 6);
	make_varint(m, 3);
	make_bytes(m, "why", 3);
}

/* A packet to be sealed. */
struct make_packet {
	uint32_t version;
	enum quic_type type;
	struct bytes dcid, scid, token;
	uint64_t number;
	unsigned number_len; /* 0: 4 */
};

static inline void make_seal(const struct quic_keys *k, uint64_t number,
			     struct bytes aad, struct bytes plain,
			     uint8_t *out)
{
	static const char *const names[AEAD_NUM] = {
		"AES-128-GCM", "AES-256-GCM", "AES-128-CCM", "AES-128-CCM",
		"ChaCha20-Poly1305"
	};
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, names[k->aead], NULL);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int tag = (int)aead_tag_len(k->aead), n, len = (int)plain.len;
	bool ccm = k->aead == AEAD_AES_128_CCM ||
		   k->aead == AEAD_AES_128_CCM_8;
	uint8_t nonce[12];

	memcpy(nonce, k->iv, 12);
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(number >> (8 * i));
	ck_assert(EVP_EncryptInit_ex2(c, cipher, NULL, NULL, NULL));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
	if (ccm)
		ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag,
					      NULL));
	ck_assert(EVP_EncryptInit_ex2(c, NULL, k->key, nonce, NULL));
	if (ccm)
		ck_assert(EVP_EncryptUpdate(c, NULL, &n, NULL, len));
	ck_assert(EVP_EncryptUpdate(c, NULL, &n, aad.p, (int)aad.len));
	ck_assert(EVP_EncryptUpdate(c, out, &n, plain.p, len));
	if (!ccm)
		ck_assert(EVP_EncryptFinal_ex(c, out + len, &n));
	ck_assert(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, tag,
				      out + len));
	EVP_CIPHER_CTX_free(c);
	EVP_CIPHER_free(cipher);
}

static inline uint8_t make_first(const struct make_packet *p, unsigned len)
{
	unsigned type = p->type == QUIC_INITIAL	   ? 0
			: p->type == QUIC_ZERO_RTT ? 1
						   : 2;

	if (p->version == QUIC_V2)
		type = (type + 1) & 3;
	return (uint8_t)(0xc0 | type << 4 | (len - 1));
}

/* Appends the packet, sealed and protected, to a datagram. */
static inline void make_quic(struct make *m, const struct make_packet *p,
			     const struct quic_keys *k, struct bytes payload)
{
	unsigned len = p->number_len ? p->number_len : 4;
	size_t begin = m->len, tag = aead_tag_len(k->aead), at;
	uint8_t mask[HP_MASK];

	make_num(m, make_first(p, len), 1);
	make_num(m, p->version, 4);
	make_num(m, p->dcid.len, 1);
	make_bytes(m, p->dcid.p, p->dcid.len);
	make_num(m, p->scid.len, 1);
	make_bytes(m, p->scid.p, p->scid.len);
	if (p->type == QUIC_INITIAL) {
		make_varint(m, p->token.len);
		make_bytes(m, p->token.p, p->token.len);
	}
	make_num(m, (len + payload.len + tag) | 0x4000, 2);
	at = m->len;
	for (unsigned i = len; i--;)
		make_num(m, p->number >> (8 * i) & 0xff, 1);
	ck_assert_uint_le(m->len + payload.len + tag, MAKE_MAX);
	make_seal(k, p->number, bytes_of(m->p + begin, m->len - begin),
		  payload, m->p + m->len);
	m->len += payload.len + tag;
	ck_assert(hp_mask(k->aead, k->hp, m->p + at + 4, mask));
	m->p[begin] ^= mask[0] & 0x0f;
	for (unsigned i = 0; i < len; i++)
		m->p[at + i] ^= mask[i + 1];
}

static inline void make_short(struct make *m, struct bytes dcid, size_t n)
{
	make_num(m, 0x43, 1);
	make_bytes(m, dcid.p, dcid.len);
	make_fill(m, 0x5a, n);
}

/* A handshake message around a body. */
static inline void make_message(struct make *m, uint8_t type,
				const struct make *body)
{
	make_num(m, type, 1);
	make_num(m, body->len, 3);
	make_bytes(m, body->p, body->len);
}

/* A connection, and what is said on it. */
struct talk {
	struct quic_session *s;
	uint32_t version;
	struct quic_keys keys[2];
	uint8_t dcid[8], client[8], server[8]; /* ids */
	uint64_t number[2];
	uint8_t client_dir;
	struct stamp now;
	struct make hello[2]; /* whole messages */
	struct make datagram, payload;
};

static inline void talk_keys(struct talk *t)
{
	ck_assert(quic_keys_initial(quic_version_find(t->version),
				    bytes_of(t->dcid, 8), t->keys));
}

static inline void talk_init(struct talk *t, uint32_t version,
			     const struct keyring *keys)
{
	struct make_hello c = { .version = 0x0303, .random = 0x11,
				.sni = "quic.example.org",
				.supported = 0x0304, .suite = 0x1301 };
	struct make_hello h = { .version = 0x0303, .random = 0x22,
				.supported = 0x0304, .suite = 0x1301 };
	struct make body;

	memset(t, 0, sizeof *t);
	t->version = version;
	t->now.ns = 1700000000 * NSEC_PER_SEC;
	t->s = quic_session_new(t->now, keys);
	memset(t->dcid, 0xd0, 8);
	memset(t->client, 0xc1, 8);
	memset(t->server, 0x5e, 8);
	talk_keys(t);
	make_client_hello(&body, &c);
	make_message(&t->hello[0], TLS_CLIENT_HELLO, &body);
	make_server_hello(&body, &h);
	make_message(&t->hello[1], TLS_SERVER_HELLO, &body);
}

static inline void talk_feed(struct talk *t, enum tls_side side,
			     struct bytes data, bool cut)
{
	struct chunk c = { .dir = side == TLS_CLIENT ? t->client_dir
						     : !t->client_dir,
			   .data = data,
			   .cut = cut,
			   .time = t->now };
	uint8_t *exact = malloc(data.len + 1); /* overruns show */

	if (data.len)
		memcpy(exact, data.p, data.len);
	c.data.p = exact;
	t->now.ns += 10 * NSEC_PER_MSEC;
	quic_session_feed(t->s, &c);
	free(exact);
}

static inline struct make_packet talk_packet(struct talk *t,
					     enum tls_side side)
{
	return (struct make_packet){
		.version = t->version,
		.type = QUIC_INITIAL,
		.dcid = bytes_of(side == TLS_CLIENT ? t->dcid : t->client, 8),
		.scid = bytes_of(side == TLS_CLIENT ? t->client : t->server,
				 8),
		.number = t->number[side]++,
	};
}

/* An Initial of t->payload alone, padded; then the payload is empty. */
static inline void talk_initial(struct talk *t, enum tls_side side)
{
	struct make_packet p = talk_packet(t, side);

	if (t->payload.len < 20)
		make_fill(&t->payload, 0, 20 - t->payload.len);
	t->datagram.len = 0;
	make_quic(&t->datagram, &p, &t->keys[side],
		  bytes_of(t->payload.p, t->payload.len));
	t->payload.len = 0;
	talk_feed(t, side, bytes_of(t->datagram.p, t->datagram.len), false);
}

static inline struct bytes talk_hello(const struct talk *t, enum tls_side side)
{
	return bytes_of(t->hello[side].p, t->hello[side].len);
}

/* The whole hello of a side in one Initial. */
static inline void talk_greet(struct talk *t, enum tls_side side)
{
	make_crypto(&t->payload, 0, talk_hello(t, side));
	talk_initial(t, side);
}

static inline struct tls_handshake *talk_end(struct talk *t)
{
	quic_session_close(t->s, CLOSE_END, 0, t->now);
	return quic_session_next(t->s);
}

static inline void talk_fini(struct talk *t)
{
	quic_session_free(t->s);
}

static inline void talk_check(const struct tls_handshake *hs, const char *name)
{
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->client.has_sni);
	ck_assert(bytes_is(hs->client.sni, name));
}

/* The only event, of a client that greeted. */
static inline struct tls_handshake *talk_only(struct talk *t)
{
	struct tls_handshake *hs = talk_end(t);

	talk_check(hs, "quic.example.org");
	ck_assert_uint_eq(hs->client.count, 1);
	ck_assert_ptr_null(quic_session_next(t->s));
	ck_assert(quic_session_done(t->s));
	return hs;
}

static inline void talk_none(struct talk *t)
{
	ck_assert_ptr_null(talk_end(t));
	ck_assert(quic_session_done(t->s));
	talk_fini(t);
}

/* A first hello of n bytes, padded. */
static inline void talk_long_hello(struct talk *t, size_t n)
{
	struct make_hello c = { .version = 0x0303, .random = 0x11,
				.sni = "quic.example.org",
				.supported = 0x0304, .pad = 1 };
	static struct make body;

	make_client_hello(&body, &c);
	c.pad += (unsigned)(n - 4 - body.len);
	make_client_hello(&body, &c);
	t->hello[0].len = 0;
	make_message(&t->hello[0], TLS_CLIENT_HELLO, &body);
	ck_assert_uint_eq(t->hello[0].len, n);
}

#endif
