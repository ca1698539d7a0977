/*
 * test_open_talk.h: a TLS 1.3 conversation whose secrets are known, fed to a
 * session, and what must be read of it.
 */
#ifndef TEST_OPEN_TALK_H
#define TEST_OPEN_TALK_H

#include "test_open_make.h"

enum { HELLO, SERVER_HELLO_, FLIGHT, FINISHED, REQUEST, ANSWER, NUM };

struct talk {
	const struct suite *suite;
	struct sealer client, server;
	unsigned certs;
	size_t cert;
	bool request;	   /* CertificateRequest and the client's answer */
	bool early_data, psk;
	unsigned pad;	   /* of the ClientHello */
	uint8_t alert;	   /* of the client, instead of its Finished */
	struct make *body; /* the server's certificate message, or NULL */
	uint8_t body_type;
};

static struct keyring *ring;
static struct tls_keys *keys;
static struct part *part;
static struct tcp t;
static struct make *m, *all;

static inline void setup(void)
{
	ring = keyring_new(16);
	keys = tls_keys_new(ring);
	part = calloc(NUM, sizeof *part);
	m = calloc(1, sizeof *m);
	all = calloc(1, sizeof *all);
	ck_assert(ring && keys && part && m && all);
	keyring_set_given(ring);
	tcp_init(&t);
	tls_session_keys(t.s, keys);
}

static inline void teardown(void)
{
	tcp_fini(&t);
	ck_assert_uint_eq(tls_keys_counters(keys)->held, 0);
	tls_keys_free(keys);
	keyring_free(ring);
	free(part);
	free(m);
	free(all);
}

static inline void again(void)
{
	teardown();
	setup();
}

static inline struct talk talk_of(int suite)
{
	struct talk k = { .suite = &suites[suite], .certs = 2, .cert = 900 };

	k.client = sealer_of(k.suite, 0xc1);
	k.server = sealer_of(k.suite, 0x5e);
	return k;
}

static inline void give(const struct talk *k, bool client, bool server)
{
	uint8_t random[32];

	memset(random, 0xaa, sizeof random);
	if (client)
		ck_assert(keyring_add(ring, random, KEYRING_CLIENT_HANDSHAKE,
				      sealer_secret(&k->client)));
	if (server)
		ck_assert(keyring_add(ring, random, KEYRING_SERVER_HANDSHAKE,
				      sealer_secret(&k->server)));
}

static inline void make_flight(struct talk *k)
{
	static const uint8_t request[] = { 0, 0, 0 };

	all->len = 0;
	message_encrypted_extensions(all);
	if (k->request)
		message_add(all, 13, bytes_of(request, sizeof request));
	if (!k->psk) {
		make_certificate_13(m, k->certs, k->cert, "staple");
		message_add(all, k->body ? k->body_type : 11,
			    of(k->body ? k->body : m));
		make_certificate_13(m, 1, 200, NULL);
		message_add(all, 15, of(m));
	}
	message_finished(all, &k->server);
	seal(&k->server, &part[FLIGHT], 22, of(all));
}

static inline void make_answer(struct talk *k)
{
	uint8_t alert[] = { 2, k->alert };

	all->len = 0;
	if (k->alert) {
		seal(&k->client, &part[FINISHED], 21, bytes_of(alert, 2));
		return;
	}
	if (k->request) {
		make_certificate_13(m, 1, 300, NULL);
		message_add(all, 11, of(m));
		message_add(all, 15, bytes_head(of(m), 80));
	}
	message_finished(all, &k->client);
	seal(&k->client, &part[FINISHED], 22, of(all));
	part_fill(&part[REQUEST], 23, 120);
	part_fill(&part[ANSWER], 23, 900);
}

static inline void make_talk(struct talk *k)
{
	static const uint8_t dirs[NUM] = { 0, 1, 1, 0, 0, 1 };
	struct make_hello h = { .version = TLS_1_2,
				.random = 0xaa,
				.session_id = 32,
				.sni = "api.example.com",
				.supported = TLS_1_3,
				.early_data = k->early_data,
				.pad = k->pad,
				.suite = k->suite->code };

	for (int i = 0; i < NUM; i++) {
		part[i].dir = dirs[i];
		part[i].m.len = 0;
	}
	make_client_hello(m, &h);
	part_message(&part[HELLO], 1, of(m));
	if (k->early_data)
		for (int i = 0; i < 3; i++)
			part_fill(&part[HELLO], 23, 100);
	h.random = 0xbb;
	h.sni = NULL;
	h.early_data = false;
	h.pad = 0;
	h.psk = k->psk;
	make_server_hello(m, &h);
	part_message(&part[SERVER_HELLO_], 2, of(m));
	part_ccs(&part[SERVER_HELLO_]);
	make_flight(k);
	make_answer(k);
}

static inline void feed(int from, int to, size_t chunk)
{
	for (int i = from; i <= to; i++)
		if (part[i].m.len)
			tcp_part(&t, &part[i], chunk);
}

static inline void tick(int64_t ns)
{
	t.time.ns += ns;
	tls_session_tick(t.s, t.time);
}

static inline struct tls_sight sight_of(const struct tls_handshake *hs)
{
	struct tls_sight s;

	tls_handshake_sight(hs, &s);
	return s;
}

static inline struct tls_reaction reaction_of(const struct tls_handshake *hs)
{
	struct tls_reaction r;

	tls_handshake_reaction(hs, &r);
	return r;
}

static inline void check_opened(const struct tls_handshake *hs,
				const struct talk *k)
{
	const struct tls_chain *c = &hs->chain[TLS_SERVER];

	ck_assert_int_eq(sight_of(hs).visibility, TLS_DECRYPTED);
	ck_assert_int_eq(c->state, TLS_CHAIN_WHOLE);
	ck_assert(c->decrypted);
	ck_assert_uint_eq(c->num_certs, k->certs);
	for (unsigned i = 0; i < k->certs; i++) {
		ck_assert_uint_eq(c->certs[i].len, k->cert);
		ck_assert_uint_eq(c->certs[i].p[1], 5 + i + 1);
	}
	ck_assert(bytes_is(hs->staple, "staple"));
	ck_assert(bytes_is(hs->server.alpn, "h2"));
	ck_assert(hs->keys_known && hs->keys_given && !hs->keys_failed);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	ck_assert_int_eq(hs->side[TLS_SERVER].certificate_request, k->request);
}

#endif
