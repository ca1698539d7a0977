/*
 * test_verified.c: chains and staples are verified once, and again when it
 * could come out otherwise: another day, a member expired, an intermediate
 * seen.
 */
#include "know/verified.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "know/intermediates.h"
#include "test_staple_make.h"
#include "test_room.h"
#include "test_run.h"

#define CA { "basicConstraints", "critical,CA:TRUE" }

static EVP_PKEY *key;
static X509 *root_x, *inter_x, *cross_x, *leaf_x, *second_x;
static struct cert *root, *inter, *cross, *leaf, *second;
static struct chain_store *store;
static struct verified *verified;

static void load_store(void)
{
	char path[] = "/tmp/test-verified-XXXXXX", err[256];
	const char *paths[] = { path };
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	PEM_write_X509(f, root_x);
	fclose(f);
	store = chain_store_load(paths, 1, err, sizeof err);
	unlink(path);
	ck_assert_msg(store != NULL, "%s", err);
}

static void setup(void)
{
	/* OCSP responses are signed at the clock's time: all but one live on */
	int64_t end = MAKE_NOW + 40000LL * MAKE_DAY;
	struct make m = { .cn = "Root", .ext = { CA }, .until = end };

	m.key = key = make_key(); /* one key for all: names tell them apart */
	root_x = make_x509(&m);
	m.cn = "Inter";
	m.issuer = root_x;
	m.issuer_key = key;
	m.until = MAKE_NOW + MAKE_DAY / 2;
	inter_x = make_x509(&m);
	m.until = end;
	cross_x = make_x509(&m);
	m.ext[0][0] = NULL;
	m.issuer = inter_x;
	m.cn = "leaf";
	leaf_x = make_x509(&m);
	m.cn = "second";
	second_x = make_x509(&m);
	root = make_read(root_x);
	inter = make_read(inter_x);
	cross = make_read(cross_x);
	leaf = make_read(leaf_x);
	second = make_read(second_x);
	load_store();
	verified = verified_new();
}

static void teardown(void)
{
	X509 *x[] = { root_x, inter_x, cross_x, leaf_x, second_x };
	struct cert *c[] = { root, inter, cross, leaf, second };

	verified_free(verified);
	chain_store_free(store);
	for (size_t i = 0; i < 5; i++) {
		X509_free(x[i]);
		ck_assert_uint_eq(c[i]->refs, 1); /* none was kept or lost */
		cert_unref(c[i]);
	}
	EVP_PKEY_free(key);
}

static struct observation *observe(struct cert *a, struct cert *b,
				   struct cert *c)
{
	struct observation *o = room_observation();
	struct cert *all[] = { a, b, c };
	size_t n = 0;

	o->hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(MAKE_NOW));
	o->hs->chain[TLS_SERVER].state = TLS_CHAIN_WHOLE;
	for (; n < 3 && all[n]; n++) {
		o->chain[TLS_SERVER][n] = cert_ref(all[n]);
	}
	o->num_chain[TLS_SERVER] = o->num_chain_sent[TLS_SERVER] = n;
	return o;
}

static uint64_t num_chains(void)
{
	struct verified_counters c;

	verified_count(verified, &c);
	return c.chains;
}

static struct chain_result judge(struct observation *o, int64_t at)
{
	struct chain_result r = { .state = 99 };

	verified_chain(verified, store, o, at, &r);
	return r;
}

START_TEST(once_a_day)
{
	struct observation *o = observe(leaf, cross, NULL);
	int64_t day = MAKE_NOW / 86400 * 86400;

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(judge(o, day + i).state, CHAIN_TRUSTED);
	ck_assert_uint_eq(num_chains(), 1);
	ck_assert_int_eq(judge(o, day + 86399).state, CHAIN_TRUSTED);
	ck_assert_uint_eq(num_chains(), 1);
	ck_assert_int_eq(judge(o, day + 86400).state, CHAIN_TRUSTED);
	ck_assert_uint_eq(num_chains(), 2);
	observation_unref(o);
}
END_TEST

/* inter ends in the middle of a day: no stale word from the morning. */
START_TEST(member_expires)
{
	struct observation *o = observe(leaf, inter, NULL);
	int64_t end = MAKE_NOW + MAKE_DAY / 2;

	ck_assert_int_eq(end / 86400, (end + 1) / 86400);
	/* OpenSSL holds the last second itself for expired */
	ck_assert_int_eq(judge(o, end - 1).state, CHAIN_TRUSTED);
	ck_assert_int_eq(judge(o, end + 1).state, CHAIN_EXPIRED);
	ck_assert_int_eq(judge(o, end - 1).state, CHAIN_TRUSTED);
	observation_unref(o);
}
END_TEST

START_TEST(completed_later)
{
	struct observation *alone = observe(leaf, NULL, NULL);
	struct observation *full = observe(second, cross, NULL);
	struct chain_result r = judge(alone, MAKE_NOW);

	ck_assert_int_eq(r.state, CHAIN_UNTRUSTED);
	ck_assert_str_eq(r.top_issuer, "CN=Inter");
	ck_assert_ptr_eq(r.top_issuer, leaf->issuer.text);
	r = judge(alone, MAKE_NOW); /* remembered, and still borrowed */
	ck_assert_uint_eq(num_chains(), 1);
	ck_assert_ptr_eq(r.top_issuer, leaf->issuer.text);
	ck_assert_int_eq(judge(full, MAKE_NOW).state, CHAIN_TRUSTED);
	r = judge(alone, MAKE_NOW);
	ck_assert_int_eq(r.state, CHAIN_INCOMPLETE);
	ck_assert_uint_eq(num_chains(), 3);
	ck_assert_int_eq(judge(alone, MAKE_NOW).state, CHAIN_INCOMPLETE);
	ck_assert_uint_eq(num_chains(), 3);
	observation_unref(alone);
	observation_unref(full);
}
END_TEST

/* What does not lead to the store teaches nothing. */
START_TEST(untrusted_is_not_learned)
{
	struct make m = { .cn = "Inter", .key = key, .ext = { CA },
			  .issuer = leaf_x, .issuer_key = key };
	struct cert *odd = make_cert(&m);
	struct observation *bad = observe(second, odd, NULL);
	struct observation *alone = observe(leaf, NULL, NULL);

	ck_assert_int_ne(judge(bad, MAKE_NOW).state, CHAIN_TRUSTED);
	ck_assert_int_eq(judge(alone, MAKE_NOW).state, CHAIN_UNTRUSTED);
	observation_unref(bad);
	observation_unref(alone);
	ck_assert_uint_eq(odd->refs, 1);
	cert_unref(odd);
}
END_TEST

START_TEST(not_judged)
{
	struct observation *o = observe(leaf, NULL, NULL);
	struct chain_result r;

	o->hs->chain[TLS_SERVER].state = TLS_CHAIN_PARTIAL; /* tail lost */
	ck_assert_int_eq(judge(o, MAKE_NOW).state, CHAIN_UNJUDGED);
	o->hs->chain[TLS_SERVER].state = TLS_CHAIN_WHOLE;
	o->num_chain_sent[TLS_SERVER] = 40; /* more than are kept */
	ck_assert_int_eq(judge(o, MAKE_NOW).state, CHAIN_UNJUDGED);
	verified_chain(verified, NULL, o, MAKE_NOW, &r);
	ck_assert_int_eq(r.state, CHAIN_UNJUDGED);
	observation_unref(o);
	o = observe(leaf, cross, NULL);
	o->num_chain_sent[TLS_SERVER] = 40;
	ck_assert_int_eq(judge(o, MAKE_NOW).state, CHAIN_TRUSTED);
	observation_unref(o);
}
END_TEST

START_TEST(staples)
{
	struct make_staple m = {
		.of = leaf_x, .issuer = inter_x, .signer = inter_x,
		.signer_key = key, .status = V_OCSP_CERTSTATUS_GOOD,
		.reason = -1, .next = MAKE_NOW + MAKE_DAY,
	};
	struct bytes der = make_staple(&m);
	struct observation *o = observe(leaf, NULL, NULL);
	struct observation *full = observe(second, cross, NULL);
	struct verified_counters c;
	struct staple s;

	verified_staple(verified, o, &s);
	ck_assert_int_eq(s.state, STAPLE_NONE);
	o->hs->staple = der;
	for (int i = 0; i < 10; i++)
		verified_staple(verified, o, &s);
	ck_assert_int_eq(s.state, STAPLE_UNVERIFIED);
	verified_count(verified, &c);
	ck_assert_uint_eq(c.staples, 1);
	ck_assert_uint_eq(c.remembered, 9);
	ck_assert_int_eq(judge(full, MAKE_NOW).state, CHAIN_TRUSTED);
	verified_staple(verified, o, &s); /* its issuer was seen */
	ck_assert_int_eq(s.state, STAPLE_VERIFIED);
	verified_count(verified, &c);
	ck_assert_uint_eq(c.staples, 2);
	observation_unref(o);
	observation_unref(full);
	OPENSSL_free((void *)(uintptr_t)der.p);
}
END_TEST

/* More cross-certificates of one name than are kept: the oldest goes, counted;
 * the search never gives more than asked for, nor what was sent. */
START_TEST(intermediates)
{
	struct intermediates *im = intermediates_new();
	struct cert *many[6], *chain[2] = { leaf, NULL }, *out[8];
	struct make m = { .cn = "Inter", .key = key, .ext = { CA },
			  .issuer = root_x, .issuer_key = key };

	for (int i = 0; i < 6; i++) {
		many[i] = make_cert(&m);
		chain[1] = many[i];
		intermediates_add(im, chain, 2);
		intermediates_add(im, chain, 2); /* known */
	}
	ck_assert_uint_eq(intermediates_evicted(im), 2);
	ck_assert_uint_eq(intermediates_find(im, &leaf, 1, out, 8), 4);
	ck_assert_uint_eq(intermediates_find(im, &leaf, 1, out, 3), 3);
	ck_assert_uint_eq(intermediates_find(im, chain, 2, out, 8), 3);
	ck_assert_uint_eq(intermediates_find(im, &root, 1, out, 8), 0);
	chain[1] = root; /* a root is no intermediate */
	intermediates_add(im, chain, 2);
	chain[1] = second; /* nor is what is no CA's */
	intermediates_add(im, chain, 2);
	ck_assert_uint_eq(root->refs, 1);
	ck_assert_uint_eq(second->refs, 1);
	intermediates_free(im);
	for (int i = 0; i < 6; i++) {
		ck_assert_uint_eq(many[i]->refs, 1);
		cert_unref(many[i]);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, once_a_day);
	tcase_add_test(t, member_expires);
	tcase_add_test(t, completed_later);
	tcase_add_test(t, untrusted_is_not_learned);
	tcase_add_test(t, not_judged);
	tcase_add_test(t, staples);
	tcase_add_test(t, intermediates);
}

TEST_MAIN("verified", cases)
