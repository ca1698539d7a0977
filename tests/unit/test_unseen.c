/*
 * test_unseen.c: the length of an encrypted certificate out of the records of
 * a flight, and what is known of it from certificates seen in the clear.
 */
#include "know/unseen.h"

#include <stdio.h>
#include <stdlib.h>

#include "test_cert_make.h"
#include "test_room.h"
#include "test_run.h"

#define TAG 16u
#define FIN (4 + 32 + 1 + TAG)

static struct unseen *unseen;
static struct cert *leaf[5];
static EVP_PKEY *key;

static void setup(void)
{
	struct make m = { .cn = "a" };

	unseen = unseen_new();
	m.key = key = make_key();
	for (int i = 0; i < 5; i++)
		leaf[i] = make_cert(&m);
}

/* None was kept or lost. */
static void teardown(void)
{
	unseen_free(unseen);
	EVP_PKEY_free(key);
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(leaf[i]->refs, 1);
		cert_unref(leaf[i]);
	}
}

static struct observation *talk(uint16_t version, uint16_t port)
{
	struct observation *o = room_observation();

	ck_assert_ptr_nonnull(o);
	o->hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(MAKE_NOW));
	o->hs->server.seen = true;
	o->hs->server.version = version;
	o->hs->server.suite = 0x1301;
	o->destination.port = port;
	return o;
}

static void records(struct observation *o, unsigned num, const uint16_t *len)
{
	struct tls_side_facts *s = &o->hs->side[TLS_SERVER];

	s->num_sealed = num;
	for (unsigned i = 0; i < num; i++)
		s->sealed[i] = len[i];
}

/* A certificate in the clear that is der_len long, and another of 100. */
static void show(struct cert *c, unsigned der_len, unsigned staple,
		 const char *name, uint16_t port)
{
	static const uint8_t zeros[2000];
	struct observation *o = talk(TLS_1_2, port);
	struct tls_chain *chain = &o->hs->chain[TLS_SERVER];
	struct bytes certs[2] = { bytes_of(zeros, der_len),
				  bytes_of(zeros, 100) };

	chain->state = TLS_CHAIN_WHOLE;
	chain->certs = certs;
	chain->num_certs = 2;
	o->hs->staple = bytes_of(zeros, staple);
	o->chain[TLS_SERVER][0] = cert_ref(c);
	o->num_chain[TLS_SERVER] = 1;
	unseen_learn(unseen, o, bytes_str(name));
	observation_unref(o);
}

/* The record of such a message. */
static uint16_t sealed_len(unsigned der_len, unsigned staple)
{
	return (uint16_t)(4 + 1 + 3 + 3 + der_len + 2 + 3 + 100 + 2 +
			  (staple ? 8 + staple : 0) + 1 + TAG);
}

static struct unseen_news hide(unsigned record, const char *name,
			       uint16_t port, uint64_t likeness)
{
	const uint16_t len[] = { 40, (uint16_t)record, 95, FIN, 400 };
	struct observation *o = talk(TLS_1_3, port);
	struct unseen_news news;

	records(o, 5, len);
	unseen_see(unseen, o, bytes_str(name), likeness, &news);
	observation_unref(o);
	return news;
}

static const struct {
	enum tls_flight_of of;
	uint32_t len;
	unsigned num;
	uint16_t record[7];
} flights[] = {
	{ TLS_FLIGHT_CERTIFICATE, 900, 4, { 40, 917, 95, FIN } },
	{ TLS_FLIGHT_CERTIFICATE, 900, 5, { 40, 917, 95, FIN, FIN } },
	/* CertificateRequest */
	{ TLS_FLIGHT_CERTIFICATE, 900, 5, { 40, 80, 917, 95, FIN } },
	/* JSSE pads */
	{ TLS_FLIGHT_CERTIFICATE, 900, 4, { 56, 933, 111, FIN + 16 } },
	/* all in one, and data behind it */
	{ TLS_FLIGHT_WHOLE, 1100, 2, { 1117, 300 } },
	/* fragments */
	{ TLS_FLIGHT_UNKNOWN, 0, 7, { 40, 300, 300, 300, 200, 95, FIN } },
	/* it is cut short */
	{ TLS_FLIGHT_UNKNOWN, 0, 3, { 40, 917, 95 } },
	{ TLS_FLIGHT_UNKNOWN, 0, 0, { 0 } },
	/* too short for a certificate at all */
	{ TLS_FLIGHT_UNKNOWN, 0, 4, { 40, 17, 95, FIN } },
};

START_TEST(flight)
{
	struct observation *o = talk(TLS_1_3, 443);
	struct tls_flight f;

	records(o, flights[_i].num, flights[_i].record);
	tls_flight(o->hs, &f);
	ck_assert_int_eq(f.of, flights[_i].of);
	ck_assert_uint_eq(f.len, flights[_i].len);
	/* of these nothing is told */
	for (int why = 0; why < 5; why++) {
		struct tls_side_facts *s = &o->hs->side[TLS_SERVER];

		s->gap = why == 0;
		s->truncated = why == 1;
		s->midstream = why == 2;
		o->hs->server.psk = why == 3;
		o->hs->carrier = why == 4 ? TLS_OVER_QUIC : TLS_OVER_TCP;
		tls_flight(o->hs, &f);
		ck_assert_int_eq(f.of, TLS_FLIGHT_UNKNOWN);
	}
	observation_unref(o);
}
END_TEST

START_TEST(like)
{
	struct unseen_news n = hide(sealed_len(700, 0), "a.test", 443, 1);

	ck_assert(!n.like && !n.elsewhere);
	show(leaf[0], 700, 0, "A.test", 443);
	show(leaf[1], 800, 500, "a.test", 443);
	n = hide(sealed_len(700, 0), "a.test", 443, 1);
	ck_assert(n.like && n.elsewhere == leaf[0]);
	n = hide(sealed_len(800, 0), "a.test", 443, 1);
	ck_assert(n.like && n.elsewhere == leaf[1]);
	n = hide(sealed_len(800, 500), "a.test", 443, 1);
	ck_assert(n.like && n.elsewhere == leaf[1]);
	/* neither: the newest is what is known */
	n = hide(sealed_len(800, 0) + 1, "a.test", 443, 1);
	ck_assert(!n.like && n.elsewhere == leaf[1]);
	ck_assert_int_eq(n.seen.ns, 0);
	/* another name, another port */
	ck_assert_ptr_null(
		hide(sealed_len(700, 0), "b.test", 443, 1).elsewhere);
	ck_assert_ptr_null(
		hide(sealed_len(700, 0), "a.test", 444, 1).elsewhere);
	ck_assert_ptr_null(hide(sealed_len(700, 0), "", 443, 1).elsewhere);
	/* without a name, the endpoint */
	show(leaf[2], 700, 0, "", 443);
	ck_assert_ptr_eq(hide(sealed_len(700, 0), "", 443, 1).elsewhere,
			 leaf[2]);
}
END_TEST

/* Two of one length: it may be either. */
START_TEST(alike)
{
	struct unseen_news n;

	show(leaf[0], 700, 0, "a.test", 443);
	show(leaf[1], 700, 0, "a.test", 443);
	n = hide(sealed_len(700, 0), "a.test", 443, 1);
	ck_assert(!n.like && n.elsewhere == leaf[1]);
	/* the same one again is no second */
	show(leaf[2], 700, 0, "b.test", 443);
	show(leaf[2], 700, 0, "b.test", 443);
	ck_assert(hide(sealed_len(700, 0), "b.test", 443, 1).like);
}
END_TEST

/* Four are kept, those seen last. */
START_TEST(oldest_go)
{
	for (unsigned i = 0; i < 4; i++)
		show(leaf[i], 700 + i, 0, "a.test", 443);
	show(leaf[0], 700, 0, "a.test", 443);
	show(leaf[4], 704, 0, "a.test", 443);
	for (unsigned i = 0; i < 5; i++)
		ck_assert(hide(sealed_len(700 + i, 0), "a.test", 443, 1).like ==
			  (i != 1));
}
END_TEST

START_TEST(changed)
{
	struct unseen_news n = hide(900, "a.test", 443, 1);

	ck_assert(!n.changed);
	ck_assert(!hide(900, "a.test", 443, 1).changed);
	ck_assert(!hide(950, "a.test", 443, 2).changed); /* unlike offer */
	ck_assert(!hide(950, "a.test", 444, 1).changed);
	ck_assert(!hide(950, "b.test", 443, 1).changed);
	n = hide(901, "a.test", 443, 1);
	ck_assert(n.changed && n.of == TLS_FLIGHT_CERTIFICATE);
	ck_assert_uint_eq(n.from, 900 - 17);
	ck_assert_uint_eq(n.to, 901 - 17);
	ck_assert(!hide(901, "a.test", 443, 1).changed);
}
END_TEST

/* A signature varies by some bytes; many small steps are one in the end. */
START_TEST(jitter)
{
	struct unseen_news n;

	for (uint16_t i = 0; i <= 8; i++) {
		struct observation *o = talk(TLS_1_3, 443);
		const uint16_t len[] = { (uint16_t)(1000 + i), 300 };

		records(o, 2, len);
		unseen_see(unseen, o, bytes_str("a.test"), 1, &n);
		ck_assert(!n.changed);
		records(o, 1, (const uint16_t[]){ 1009 });
		if (i == 8) {
			unseen_see(unseen, o, bytes_str("a.test"), 1, &n);
			ck_assert(n.changed && n.of == TLS_FLIGHT_WHOLE);
		}
		observation_unref(o);
	}
}
END_TEST

/* Bounded: what was not used for longest goes, and is counted. */
START_TEST(bounded)
{
	char name[32];

	for (unsigned i = 0; i < LIMIT_KNOW_UNSEEN + 10; i++) {
		snprintf(name, sizeof name, "n%u.test", i);
		show(leaf[0], 700, 0, name, 443);
	}
	ck_assert_uint_eq(unseen_evicted(unseen), 10);
	ck_assert_ptr_null(hide(900, "n0.test", 443, 1).elsewhere);
	ck_assert_ptr_eq(hide(900, "n10.test", 443, 1).elsewhere, leaf[0]);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, flight, 0, NUM(flights));
	tcase_add_test(t, like);
	tcase_add_test(t, alike);
	tcase_add_test(t, oldest_go);
	tcase_add_test(t, changed);
	tcase_add_test(t, jitter);
	tcase_add_test(t, bounded);
}

TEST_MAIN("unseen", cases)
