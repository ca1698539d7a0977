/*
 * test_open.c: TLS 1.3 over TCP with keys: RFC 8448's trace; every suite, in
 * records and chunks of any size; keys before, between and after the packets.
 */
#include "test_open_talk.h"
#include "test_run.h"

/* ---- RFC 8448 3, its octets as they stand there ---- */

static const char hello_8448[] =
	"16030100c4010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912"
	"ec18a2ef6283024dece7000006130113031302010000910000000b000900000673"
	"6572766572ff01000100000a00140012001d001700180019010001010102010301"
	"0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c0"
	"6e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e040305030603"
	"020308040805080604010501060102010402050206020202002d00020101001c00"
	"024001";
static const char server_hello_8448[] =
	"160303005a020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb14"
	"34dac155772ed3e2692800130100002e00330024001d0020c9828876112095fe66"
	"762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";
static const char flight_8448[] =
	"17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35e"
	"df7869fcf40aa40aa2b8ea73f848a7ca07612ef9f945cb960b4068905123ea78"
	"b111b429ba9191cd05d2a389280f526134aadc7fc78c4b729df828b5ecf7b13b"
	"d9aefb0e57f271585b8ea9bb355c7c79020716cfb9b1183ef3ab20e37d57a6b9"
	"d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2e"
	"d65b0e3cdd0cbae8bf2d0b227812cbb360987255cc744110c453baa4fcd61092"
	"8d809810e4b7ed1a8fd991f06aa6248204797e36a6a73b70a2559c09ead68694"
	"5ba246ab66e5edd8044b4c6de3fcf2a89441ac66272fd8fb330ef8190579b368"
	"4596c960bd596eea520a56a8d650f563aad27409960dca63d3e688611ea5e22f"
	"4415cf9538d51a200c27034272968a264ed6540c84838d89f72c24461aad6d26"
	"f59ecaba9acbbb317b66d902f4f292a36ac1b639c637ce343117b65962224531"
	"7b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31c7a84dc3bd7e"
	"1b7a6c7178af36879018e3f252107f243d243dc7339d5684c8b0378bf30244da"
	"8c87c843f5e56eb4c5e8280a2b48052cf93b16499a66db7cca71e4599426f7d4"
	"61e66f99882bd89fc50800becca62d6c74116dbd2972fda1fa80f85df881edbe"
	"5a37668936b335583b599186dc5c6918a396fa48a181d6b6fa4f9d62d513afbb"
	"992f2b992f67f8afe67f76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c859"
	"77b7c7a6999bbf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b66763038"
	"ebba42f3b38edc0399f3a9f23faa63978c317fc9fa66a73f60f0504de93b5b84"
	"5e275592c12335ee340bbc4fddd502784016e4b3be7ef04dda49f4b440a30cb5"
	"d2af939828fd4ae3794e44f94df5a631ede42c1719bfdabf0253fe5175be898e"
	"750edc53370d2b";
static const char finished_8448[] =
	"170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc"
	"44d87f38f80338ac98fc46deb384bd1caeacab6867d726c40546";
static const char client_8448[] =
	"b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21";
static const char server_8448[] =
	"b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";

static struct bytes unhex(const char *text)
{
	static uint8_t out[1024];
	size_t n = strlen(text) / 2;

	ck_assert_uint_le(n, sizeof out);
	for (size_t i = 0; i < n; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return bytes_of(out, n);
}

START_TEST(rfc8448)
{
	uint8_t random[32];
	struct tls_handshake *hs;

	memcpy(random, unhex(hello_8448).p + 11, 32);
	ck_assert(keyring_add(ring, random, KEYRING_SERVER_HANDSHAKE,
			      unhex(server_8448)));
	ck_assert(keyring_add(ring, random, KEYRING_CLIENT_HANDSHAKE,
			      unhex(client_8448)));
	tcp_bytes(&t, CLIENT, unhex(hello_8448));
	tcp_bytes(&t, SERVER, unhex(server_hello_8448));
	tcp_bytes(&t, SERVER, unhex(flight_8448));
	tcp_bytes(&t, CLIENT, unhex(finished_8448));
	hs = tcp_one(&t);
	ck_assert_int_eq(sight_of(hs).visibility, TLS_DECRYPTED);
	ck_assert(sight_of(hs).established);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 1);
	/* 30 82 01 ac: the certificate of the RFC */
	ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].len, 432);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[0].p[3], 0xac);
	ck_assert(hs->side[TLS_SERVER].certificate_verify);
	ck_assert_uint_eq(hs->side[TLS_SERVER].finished_at, 1);
	ck_assert_uint_eq(hs->side[TLS_CLIENT].finished_at, 1);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
}
END_TEST

/* ---- every suite, records and chunks of any size ---- */

START_TEST(every_suite)
{
	static const size_t records[] = { 0, 1, 3, 4, 5, 700, 1500 };
	static const size_t chunks[] = { 1, 7, 1448, 100000 };

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		for (size_t c = 0; c < 4; c++) {
			struct talk k = talk_of(_i);
			struct tls_handshake *hs;

			again();
			k.server.record = k.client.record = records[i];
			k.server.pad = k.client.pad = (unsigned)(c * 11);
			if (records[i] && records[i] < 10)
				k.cert = 40;
			make_talk(&k);
			give(&k, true, true);
			feed(0, ANSWER, chunks[c]);
			hs = tcp_one(&t);
			check_opened(hs, &k);
			ck_assert(sight_of(hs).established);
			if (!records[i] || records[i] >= 700)
				ck_assert_int_eq(reaction_of(hs).verdict,
						 TLS_ACCEPTED);
			tls_handshake_free(hs);
		}
}
END_TEST

/* Keys that come between any two parts give the same, down to its time. */
START_TEST(keys_late)
{
	struct talk k = talk_of(_i);
	struct stamp time = { 0 };

	k.request = true;
	for (int when = 0; when <= NUM; when++) {
		struct tls_handshake *hs;

		again();
		k.client.seq = k.server.seq = 0;
		make_talk(&k);
		for (int i = 0; i < NUM; i++) {
			if (i == when)
				give(&k, true, true);
			feed(i, i, 1000);
		}
		ck_assert_ptr_eq(when == NUM ? tls_session_next(t.s) : NULL,
				 NULL);
		if (when == NUM) {
			tick(NSEC_PER_SEC);
			ck_assert_ptr_null(tls_session_next(t.s));
			give(&k, true, true);
			tick(NSEC_PER_MSEC);
			hs = tls_session_next(t.s);
			ck_assert_ptr_nonnull(hs);
		} else {
			hs = tcp_one(&t);
		}
		check_opened(hs, &k);
		ck_assert_int_eq(hs->chain[TLS_CLIENT].state, TLS_CHAIN_WHOLE);
		ck_assert_uint_eq(hs->chain[TLS_CLIENT].certs[0].len, 300);
		ck_assert_int_eq(reaction_of(hs).verdict, TLS_ACCEPTED);
		if (when)
			ck_assert_int_eq(hs->chain[TLS_SERVER].time.ns,
					 time.ns);
		time = hs->chain[TLS_SERVER].time;
		tls_handshake_free(hs);
	}
}
END_TEST

/* Without its secret a handshake is held back, but not for ever. */
START_TEST(no_secret)
{
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	make_talk(&k);
	feed(0, ANSWER, 1000);
	ck_assert_uint_gt(tls_keys_counters(keys)->held, 0);
	tick(4 * NSEC_PER_SEC);
	ck_assert_ptr_null(tls_session_next(t.s));
	tick(NSEC_PER_SEC);
	hs = tls_session_next(t.s);
	ck_assert_ptr_nonnull(hs);
	ck_assert_int_eq(sight_of(hs).hidden, TLS_HIDDEN_NO_SECRET);
	ck_assert_int_eq(reaction_of(hs).verdict, TLS_ACCEPTED);
	ck_assert_uint_eq(tls_keys_counters(keys)->no_secret, 1);
	ck_assert_uint_eq(tls_keys_counters(keys)->held, 0);
	tls_handshake_free(hs);
}
END_TEST

/* A connection that stays open gives its memory back, too. */
START_TEST(no_secret_open)
{
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	make_talk(&k);
	feed(0, FLIGHT, 1000);
	tick(LIMIT_TLS_SEALED_WAIT + NSEC_PER_SEC);
	ck_assert_uint_eq(tls_keys_counters(keys)->held, 0);
	/* too late */
	give(&k, true, true);
	tick(NSEC_PER_SEC);
	hs = tcp_one(&t);
	ck_assert_int_eq(sight_of(hs).visibility, TLS_HIDDEN);
	tls_handshake_free(hs);
}
END_TEST

/* Nothing is held where no keys were given at all. */
START_TEST(none_given)
{
	struct keyring *none = keyring_new(1);
	struct tls_keys *nothing = tls_keys_new(none);
	struct talk k = talk_of(0);
	struct tls_handshake *hs;

	tls_session_keys(t.s, nothing);
	make_talk(&k);
	feed(0, ANSWER, 1000);
	hs = tls_session_next(t.s);
	ck_assert_ptr_nonnull(hs);
	ck_assert_int_eq(sight_of(hs).hidden, TLS_HIDDEN_TLS13);
	tls_handshake_free(hs);
	tcp_fini(&t);
	tls_keys_free(nothing);
	keyring_free(none);
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, rfc8448);
	tcase_add_loop_test(c, every_suite, 0, NUM_SUITES);
	tcase_add_loop_test(c, keys_late, 0, NUM_SUITES);
	tcase_add_test(c, no_secret);
	tcase_add_test(c, no_secret_open);
	tcase_add_test(c, none_given);
}

TEST_MAIN("open", cases)
