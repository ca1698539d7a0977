/*
 * test_quic_ech.c: Encrypted Client Hello inside QUIC: the inner hello is found
 * and its secrets open the Handshake packets, whenever the keys come.
 */
#include "test_quic_make.h"

#include "test_ech_make.h"
#include "test_run.h"

static struct keyring *ring;
static struct talk t;
static struct quic_keys key;
static const uint8_t secret[32] = { 0x5c };
static struct arena arena;

/* Both hellos; the server's accepts or not. */
static void begin(bool accepts)
{
	uint8_t random[32];

	memset(random, 0xcc, sizeof random);
	arena_init(&arena, 1u << 20);
	ring = keyring_new(16);
	keyring_set_given(ring);
	talk_init(&t, QUIC_V1, ring);
	make_encoded("\4\0\x2b\0\x33", 5, 13);
	seal(&arena, 0, "enc");
	make_server(&server, random);
	if (accepts)
		confirm(false);
	t.hello[0].len = t.hello[1].len = 0;
	make_message(&t.hello[0], TLS_CLIENT_HELLO, &outer[0]);
	make_message(&t.hello[1], TLS_SERVER_HELLO, &server);
	ck_assert(quic_keys_derive(quic_version_find(QUIC_V1), HKDF_SHA256,
				   AEAD_AES_128_GCM, bytes_of(secret, 32),
				   &key));
}

static void give(uint8_t random, enum keyring_label label, struct bytes b)
{
	uint8_t all[32];

	memset(all, random, sizeof all);
	ck_assert(keyring_add(ring, all, label, b));
}

static void give_ech(void)
{
	give(0xbb, KEYRING_ECH_SECRET, bytes_of(shared, 32));
	give(0xbb, KEYRING_ECH_CONFIG, bytes_of(config, sizeof config));
}

/* The server's Certificate in a Handshake packet. */
static void certificate(void)
{
	struct make body = { .len = 0 }, message = { .len = 0 };
	struct make_packet p = talk_packet(&t, TLS_SERVER);
	size_t list;

	make_num(&body, 0, 1);
	list = make_open(&body, 3);
	make_num(&body, 60, 3);
	make_fill(&body, 0x30, 60);
	make_num(&body, 0, 2);
	make_close(&body, list, 3);
	make_message(&message, TLS_CERTIFICATE, &body);
	make_crypto(&t.payload, 0, bytes(&message));
	p.type = QUIC_HANDSHAKE;
	p.number = 0;
	t.datagram.len = 0;
	make_quic(&t.datagram, &p, &key, bytes(&t.payload));
	t.payload.len = 0;
	talk_feed(&t, TLS_SERVER, bytes(&t.datagram), false);
}

/* 0: keys first, 1: late, in two steps; 2: rejected, 3: only those of ECH */
START_TEST(opened)
{
	struct tls_handshake *hs;
	bool late = _i == 1;

	begin(_i != 2);
	if (!late)
		give_ech();
	if (_i == 0 || _i == 2)
		give(_i == 2 ? 0xbb : 0xaa, KEYRING_SERVER_HANDSHAKE,
		     bytes_of(secret, 32));
	talk_greet(&t, TLS_CLIENT);
	talk_greet(&t, TLS_SERVER);
	certificate();
	if (late) {
		give(0xaa, KEYRING_SERVER_HANDSHAKE, bytes_of(secret, 32));
		quic_session_tick(t.s, t.now);
		give_ech();
		quic_session_tick(t.s, t.now);
	}
	hs = talk_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert_int_eq(hs->ech,
			 _i == 2 ? TLS_ECH_REJECTED : TLS_ECH_ACCEPTED);
	ck_assert(bytes_is(tls_hello(hs)->sni,
			   _i == 2 ? "p.public" : "in.inner"));
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, _i != 3);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
	talk_fini(&t);
	keyring_free(ring);
	arena_fini(&arena);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_loop_test(c, opened, 0, 4);
}

TEST_MAIN("quic_ech", cases)
