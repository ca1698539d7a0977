/*
 * trace_quic.c: a client's and a server's Initial packet, sealed as RFC 9001
 * section 5 says, each with a connection id of its own.
 */
#include "trace.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define DATAGRAM 1200u
#define ID_LEN	 8u

struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* RFC 8446 section 7.1, HKDF-Expand-Label with an empty context */
static void expand(const uint8_t secret[32], const char *label, size_t n,
		   uint8_t *out)
{
	uint8_t info[64], block[32];
	size_t len = strlen(label);

	info[0] = 0;
	info[1] = (uint8_t)n;
	info[2] = (uint8_t)(6 + len);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, len);
	info[9 + len] = 0;
	info[10 + len] = 1;
	HMAC(EVP_sha256(), secret, 32, info, 11 + len, block, NULL);
	memcpy(out, block, n);
}

static void derive(const uint8_t dcid[ID_LEN], int dir, struct quic_keys *k)
{
	static const uint8_t salt[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5,
					0x59, 0x34, 0xb3, 0x4d, 0x17,
					0x9a, 0xe6, 0xa4, 0xc8, 0x0c,
					0xad, 0xcc, 0xbb, 0x7f, 0x0a };
	uint8_t initial[32], secret[32];

	HMAC(EVP_sha256(), salt, sizeof salt, dcid, ID_LEN, initial, NULL);
	expand(initial, dir ? "server in" : "client in", 32, secret);
	expand(secret, "quic key", 16, k->key);
	expand(secret, "quic iv", 12, k->iv);
	expand(secret, "quic hp", 16, k->hp);
}

/* head_len bytes of header, the last 4 the packet number (0); in place. */
static void protect(const struct quic_keys *k, uint8_t *p, size_t head_len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	size_t n = DATAGRAM - head_len - 16;
	uint8_t mask[16];
	int len;

	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, k->key, k->iv);
	EVP_EncryptUpdate(c, NULL, &len, p, (int)head_len);
	EVP_EncryptUpdate(c, p + head_len, &len, p + head_len, (int)n);
	EVP_EncryptFinal_ex(c, NULL, &len);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, p + DATAGRAM - 16);
	EVP_CIPHER_CTX_reset(c);
	EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, k->hp, NULL);
	EVP_EncryptUpdate(c, mask, &len, p + head_len, 16);
	EVP_CIPHER_CTX_free(c);
	p[0] ^= mask[0] & 0x0f;
	for (size_t i = 0; i < 4; i++)
		p[head_len - 4 + i] ^= mask[1 + i];
}

static size_t put(uint8_t *p, const void *from, size_t n)
{
	memcpy(p, from, n);
	return n;
}
#define PUT(p, text) put(p, text, sizeof(text) - 1)

static size_t key_share(uint8_t *p, bool list)
{
	size_t n = list ? PUT(p, "\0\x33\0\x26\0\x24\0\x1d\0\x20")
			: PUT(p, "\0\x33\0\x24\0\x1d\0\x20");

	rnd_fill(p + n, 32);
	return n + 32;
}

static size_t client_hello(uint8_t *p, uint32_t index, const uint8_t id[ID_LEN])
{
	static const char name[] = "host-%06u.example.net";
	char host[sizeof name + 8];
	size_t n = 4, ext;

	(void)snprintf(host, sizeof host, name, (unsigned)index % 1000000u);
	n += PUT(p + n, "\3\3");
	rnd_fill(p + n, 32);
	n += 32;
	n += PUT(p + n, "\0\0\6\x13\1\x13\2\x13\3\1\0\0\0");
	ext = n;
	n += PUT(p + n, "\0\0\0\x1c\0\x1a\0\0\x17");
	n += put(p + n, host, 23);
	n += PUT(p + n, "\0\x2b\0\3\2\3\4");
	n += PUT(p + n, "\0\x0a\0\4\0\2\0\x1d");
	n += PUT(p + n, "\0\x0d\0\x08\0\6\4\3\x08\4\4\1");
	n += PUT(p + n, "\0\x10\0\5\0\3\2h3");
	n += key_share(p + n, true);
	/* RFC 9000 18.2: a few numbers and the first id */
	n += PUT(p + n, "\0\x39\0\x14\1\4\x80\0\x75\x30\4\2\x40\x64\x0f\x08");
	n += put(p + n, id, ID_LEN);
	p[ext - 2] = (uint8_t)((n - ext) >> 8);
	p[ext - 1] = (uint8_t)(n - ext);
	memcpy(p, "\1\0", 2);
	p[2] = (uint8_t)((n - 4) >> 8);
	p[3] = (uint8_t)(n - 4);
	return n;
}

static size_t server_hello(uint8_t *p)
{
	size_t n = PUT(p, "\2\0\0\x56\3\3");

	rnd_fill(p + n, 32);
	n += 32;
	n += PUT(p + n, "\0\x13\1\0\0\x2e\0\x2b\0\2\3\4");
	return n + key_share(p + n, false);
}

/* RFC 9000 17.2.2; version 1, no token, a packet number of four bytes */
static size_t header(uint8_t *p, const uint8_t *to, const uint8_t *from)
{
	size_t n = PUT(p, "\xc3\0\0\0\1\x08"), rest;

	n += put(p + n, to, ID_LEN);
	p[n++] = ID_LEN;
	n += put(p + n, from, ID_LEN);
	p[n++] = 0;
	rest = DATAGRAM - n - 2;
	p[n++] = (uint8_t)(0x40 | rest >> 8);
	p[n++] = (uint8_t)rest;
	return n + put(p + n, "\0\0\0", 4);
}

static size_t crypto(uint8_t *p, size_t hello_len)
{
	p[0] = 6;
	p[1] = 0;
	p[2] = (uint8_t)(0x40 | hello_len >> 8);
	p[3] = (uint8_t)hello_len;
	return 4 + hello_len;
}

void quic_pair(uint32_t index)
{
	struct tuple t = { .port = { (uint16_t)(1024 + rnd_below(60000)),
				     443 } };
	uint8_t ids[3][ID_LEN], p[DATAGRAM], hello[512];
	struct quic_keys k;
	size_t head, n;

	rnd_fill(ids[0], sizeof ids);
	rnd_fill(t.ip[0], 4);
	t.ip[0][0] = 10;
	memcpy(t.ip[1], "\xc6\x12\1\1", 4);
	for (int dir = 0; dir < 2; dir++) {
		memset(p, 0, sizeof p); /* PADDING frames */
		head = dir ? header(p, ids[1], ids[2])
			   : header(p, ids[0], ids[1]);
		n = dir ? server_hello(hello)
			: client_hello(hello, index, ids[1]);
		if (dir) /* ACK of packet 0 */
			memcpy(p + head, "\2\0\0\0\0", 5);
		memcpy(p + head + 5 * dir + 4, hello, n);
		(void)crypto(p + head + 5 * dir, n);
		derive(ids[0], dir, &k);
		protect(&k, p, head);
		out_udp(&t, dir, p, DATAGRAM);
	}
}
