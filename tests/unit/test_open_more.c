/*
 * test_open_more.c: TLS 1.3 with keys: wrong ones, lost and damaged bytes,
 * limits; what the client says under its key; ECH.
 */
#include "test_open_talk.h"
#include "test_run.h"

START_TEST(wrong_secret)
{
	struct talk k = talk_of(0), other = talk_of(0);
	struct tls_handshake *hs;

	k.server.record = 300;
	make_talk(&k);
	other.server = sealer_of(other.suite, 0x99);
	give(&other, false, true);
	feed(0, ANSWER, 1000);
	hs = tcp_one(&t);
	ck_assert_int_eq(sight_of(hs).visibility, TLS_HIDDEN);
	ck_assert_int_eq(sight_of(hs).hidden, TLS_HIDDEN_UNSUPPORTED);
	ck_assert_uint_eq(hs->num_anomalies, 1);
	ck_assert_str_eq(hs->anomalies[0].code, "secret_wrong");
	ck_assert_uint_eq(tls_keys_counters(keys)->failed, 1);
	tls_handshake_free(hs);
}
END_TEST

/* A suite that is not RFC 8446's, and a secret of a wrong length. */
START_TEST(unsupported)
{
	static const struct suite sm4 = { 0x00c6, HKDF_SHA256,
					  AEAD_AES_128_GCM, "AES-128-GCM" };
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	if (_i) {
		k.suite = &sm4;
		make_talk(&k);
		give(&k, true, true);
	} else {
		make_talk(&k);
		k.server.suite = &suites[1]; /* 48 bytes for a hash of 32 */
		give(&k, false, true);
	}
	feed(0, ANSWER, 1000);
	hs = tcp_one(&t);
	ck_assert_int_eq(sight_of(hs).hidden, TLS_HIDDEN_UNSUPPORTED);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(client_alert)
{
	struct talk k = talk_of(_i);
	struct tls_handshake *hs;

	k.alert = 45;
	make_talk(&k);
	give(&k, true, true);
	feed(0, FINISHED, 1000);
	tick(2 * NSEC_PER_SEC);
	hs = tls_session_next(t.s);
	ck_assert_ptr_nonnull(hs);
	check_opened(hs, &k);
	ck_assert(hs->alert.seen && hs->alert.encrypted);
	ck_assert_uint_eq(hs->alert.code, 45);
	ck_assert_int_eq(reaction_of(hs).verdict, TLS_REJECTED);
	ck_assert_int_eq(reaction_of(hs).evidence, TLS_ENCRYPTED_ALERT);
	ck_assert(!reaction_of(hs).inferred);
	tls_handshake_free(hs);
}
END_TEST

/* What has an alert's size is none about the certificate: keys tell. */
START_TEST(other_alert)
{
	static const uint8_t codes[] = { 80, 90 };
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	k.alert = codes[_i];
	make_talk(&k);
	give(&k, true, true);
	feed(0, FINISHED, 1000);
	hs = tcp_one(&t);
	check_opened(hs, &k);
	ck_assert_int_ne(reaction_of(hs).verdict, TLS_REJECTED);
	tls_handshake_free(hs);
}
END_TEST

/* A log with the server's secrets alone opens the certificate. */
START_TEST(server_only)
{
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	k.alert = 42;
	make_talk(&k);
	give(&k, false, true);
	feed(0, FINISHED, 1000);
	tick(2 * NSEC_PER_SEC);
	hs = tcp_one(&t);
	check_opened(hs, &k);
	ck_assert_int_eq(reaction_of(hs).verdict, TLS_REJECTED);
	ck_assert(reaction_of(hs).inferred);
	tls_handshake_free(hs);
}
END_TEST

/* Early data has another key: passed over until the handshake's fits. */
START_TEST(early_data)
{
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	k.early_data = k.psk = true;
	make_talk(&k);
	if (!_i)
		give(&k, true, true);
	feed(0, ANSWER, 1000);
	if (_i)
		give(&k, true, true);
	hs = tcp_one(&t);
	ck_assert_int_eq(sight_of(hs).absent, TLS_ABSENT_RESUMED);
	ck_assert(bytes_is(hs->server.alpn, "h2"));
	ck_assert_uint_eq(hs->side[TLS_CLIENT].opened, 1);
	ck_assert_uint_eq(hs->side[TLS_CLIENT].finished_at, 4);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
}
END_TEST

/* What is kept for late keys ends at its limit: the leaf is there. */
START_TEST(too_long)
{
	struct talk k = talk_of(0);
	struct tls_handshake *hs;
	bool late = _i;

	k.certs = 12;
	k.cert = 3000;
	k.server.record = 4000;
	make_talk(&k);
	if (!late)
		give(&k, true, true);
	feed(0, ANSWER, 1448);
	ck_assert_uint_le(tls_keys_counters(keys)->held,
			  LIMIT_TLS_SEALED_BYTES);
	if (late)
		give(&k, true, true);
	hs = tcp_one(&t);
	ck_assert_uint_eq(tls_keys_counters(keys)->too_long, late);
	if (late) {
		ck_assert_int_eq(hs->chain[TLS_SERVER].state,
				 TLS_CHAIN_PARTIAL);
		ck_assert_uint_ge(hs->chain[TLS_SERVER].num_certs, 1);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].len, 3000);
		ck_assert_int_eq(sight_of(hs).visibility, TLS_DECRYPTED);
	} else {
		check_opened(hs, &k);
	}
	tls_handshake_free(hs);
}
END_TEST

/* Lost bytes end what can be opened: never a fault, never a wrong name. */
START_TEST(gaps)
{
	for (size_t at = 0; at < 2000; at += 37) {
		struct talk k = talk_of(0);
		struct tls_handshake *hs;
		struct bytes b;

		again();
		k.server.record = 250;
		make_talk(&k);
		give(&k, true, true);
		feed(0, SERVER_HELLO_, 1000);
		b = of(&part[FLIGHT].m);
		tcp_bytes(&t, SERVER, bytes_head(b, at));
		tcp_gap(&t, SERVER, 20);
		tcp_bytes(&t, SERVER, bytes_tail(b, at + 20));
		feed(FINISHED, ANSWER, 1000);
		hs = tcp_end(&t);
		ck_assert_ptr_nonnull(hs);
		ck_assert_uint_lt(hs->chain[TLS_SERVER].num_certs, 3);
		ck_assert(!hs->keys_failed);
		if (hs->chain[TLS_SERVER].num_certs)
			ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].len,
					  k.cert);
		else
			ck_assert_int_eq(sight_of(hs).hidden, TLS_HIDDEN_GAP);
		tls_handshake_free(hs);
	}
}
END_TEST

/* Every byte that is changed is told, once, and opens nothing behind it. */
START_TEST(damaged)
{
	for (size_t at = 5; at < 2000; at += 101) {
		struct talk k = talk_of(4);
		struct tls_handshake *hs;

		again();
		make_talk(&k);
		give(&k, true, true);
		part[FLIGHT].m.p[at] ^= 0x20;
		feed(0, ANSWER, 1448);
		hs = tcp_one(&t);
		ck_assert_int_eq(sight_of(hs).visibility, TLS_HIDDEN);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 0);
		ck_assert_uint_eq(hs->num_anomalies, 1);
		tls_handshake_free(hs);
	}
}
END_TEST

/* RFC 9850 2: a secret under the visible random says that ECH was rejected. */
START_TEST(ech)
{
	static const uint8_t outer[] = { 0xfe, 0x0d };
	struct talk k = talk_of(0);
	struct tls_handshake *hs;
	struct make *hello = &part[HELLO].m;

	k.pad = 40; /* becomes an outer encrypted_client_hello */
	make_talk(&k);
	memcpy(hello->p + hello->len - 44, outer, 2);
	if (_i)
		give(&k, true, true);
	feed(0, ANSWER, 1000);
	hs = tcp_end(&t);
	ck_assert_ptr_nonnull(hs);
	ck_assert_int_eq(hs->ech, _i ? TLS_ECH_REJECTED : TLS_ECH_OFFERED);
	tls_handshake_free(hs);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, wrong_secret);
	tcase_add_loop_test(c, unsupported, 0, 2);
	tcase_add_loop_test(c, client_alert, 0, NUM_SUITES);
	tcase_add_loop_test(c, other_alert, 0, 2);
	tcase_add_test(c, server_only);
	tcase_add_loop_test(c, early_data, 0, 2);
	tcase_add_loop_test(c, too_long, 0, 2);
	tcase_add_test(c, gaps);
	tcase_add_test(c, damaged);
	tcase_add_loop_test(c, ech, 0, 2);
}

TEST_MAIN("open_more", cases)
