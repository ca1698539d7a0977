/*
 * test_keylog.c: key log lines in pieces of any size, what is passed over and
 * counted, and the keyring: replaced, evicted, wiped, from several threads.
 */
#include "crypt/keylog.h"
#include "test_run.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct keyring *ring;
static struct keylog *lines;

static void setup(void)
{
	ring = keyring_new(64);
	lines = malloc(sizeof *lines);
	ck_assert_ptr_nonnull(ring);
	ck_assert_ptr_nonnull(lines);
	keylog_init(lines, ring);
}

static void teardown(void)
{
	keylog_fini(lines);
	free(lines);
	keyring_free(ring);
}

static void feed(const char *text)
{
	keylog_feed(lines, bytes_str(text));
}

/* The secret's length; each of its bytes must be value. */
static size_t held(uint8_t random, enum keyring_label label, uint8_t value)
{
	uint8_t client_random[32];
	struct bytes b;

	memset(client_random, random, sizeof client_random);
	if (!keyring_find(ring, client_random, label, &b))
		return 0;
	for (size_t i = 0; i < b.len; i++)
		ck_assert_uint_eq(b.p[i], value);
	return b.len;
}

#define R_AA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define R_BB "BBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbbBBbb"
#define S_11 "1111111111111111111111111111111111111111111111111111111111111111"
#define S_22 "2222222222222222222222222222222222222222222222222222222222222222"
#define S_CC S_CCC "cCCcCccccCCcCccccCCcCccccCCcCccc"
#define S_CCC "cCCcCccccCCcCccccCCcCccccCCcCccccCCcCccccCCcCccccCCcCccccCCcCccc"

static const char sample[] =
	"# a comment\n"
	"\n"
	"CLIENT_RANDOM " R_AA " " S_11 S_CCC "\n"
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " " S_11 "\r\n"
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET\t" R_AA "  " S_22 " \n"
	"SERVER_TRAFFIC_SECRET_0 " R_AA " " S_22 "\n"
	"CLIENT_TRAFFIC_SECRET_0 " R_AA " " S_22 "\n"
	"EXPORTER_SECRET " R_AA " " S_22 "\n"
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_BB " " S_CC "\n"
	"ECH_SECRET " R_BB " " S_22 "\n"
	"ECH_CONFIG " R_BB " 7777777777\n";

static void check_sample(void)
{
	ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11), 32);
	ck_assert_uint_eq(held(0xaa, KEYRING_CLIENT_HANDSHAKE, 0x22), 32);
	ck_assert_uint_eq(held(0xbb, KEYRING_SERVER_HANDSHAKE, 0xcc), 48);
	ck_assert_uint_eq(held(0xbb, KEYRING_CLIENT_HANDSHAKE, 0), 0);
	ck_assert_uint_eq(held(0xaa, KEYRING_ECH_SECRET, 0), 0);
	ck_assert_uint_eq(held(0xbb, KEYRING_ECH_SECRET, 0x22), 32);
	ck_assert_uint_eq(held(0xbb, KEYRING_ECH_CONFIG, 0x77), 5);
	ck_assert_uint_eq(held(0xcc, KEYRING_SERVER_HANDSHAKE, 0), 0);
	ck_assert_uint_eq(lines->counters.used, 5);
	ck_assert_uint_eq(lines->counters.skipped, 4);
	ck_assert_uint_eq(lines->counters.malformed, 0);
}

START_TEST(labels)
{
	ck_assert(!keyring_is_given(ring));
	feed(sample);
	check_sample();
	ck_assert(keyring_is_given(ring));
}
END_TEST

/* In pieces of any size the same is found. */
START_TEST(pieces)
{
	for (size_t n = 1; n < 200; n++) {
		struct bytes all = bytes_str(sample);

		teardown();
		setup();
		for (; all.len; all = bytes_tail(all, n))
			keylog_feed(lines, bytes_head(all, n));
		check_sample();
	}
}
END_TEST

START_TEST(half_line)
{
	feed("SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " ");
	feed(S_11);
	ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11), 0);
	feed("\n");
	ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11), 32);
	/* the last line of a file may lack its end */
	feed("SERVER_HANDSHAKE_TRAFFIC_SECRET " R_BB " " S_22);
	keylog_end(lines);
	ck_assert_uint_eq(held(0xbb, KEYRING_SERVER_HANDSHAKE, 0x22), 32);
	keylog_end(lines);
	ck_assert_uint_eq(lines->counters.lines, 2);
}
END_TEST

/* RFC 9850 2: any of the three ends of a line, split anywhere. */
START_TEST(line_ends)
{
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	char text[512];
	int n = snprintf(text, sizeof text,
			 "# comment%sSERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA
			 " " S_11 "%sCLIENT_HANDSHAKE_TRAFFIC_SECRET " R_AA
			 " " S_22 "%s", ends[_i], ends[_i], ends[_i]);

	for (int cut = 0; cut <= n; cut++) {
		teardown();
		setup();
		keylog_feed(lines, bytes_of(text, (size_t)cut));
		feed(text + cut);
		ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11),
				  32);
		ck_assert_uint_eq(held(0xaa, KEYRING_CLIENT_HANDSHAKE, 0x22),
				  32);
		ck_assert_uint_eq(lines->counters.lines, 2);
		ck_assert_uint_eq(lines->counters.malformed, 0);
	}
}
END_TEST

static const char *const bad[] = {
	"SERVER_HANDSHAKE_TRAFFIC_SECRET\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA "\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA "00 " S_11 "\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " " S_11 "1\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " " S_11 "11\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " 1111\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " " S_11 " " S_11 "\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " 0x" S_11 "\n",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET " R_AA " " S_11 S_11 S_11 "\n",
	"server_handshake_traffic_secret " R_AA " " S_11 "\n",
	"RSA Session-ID:" R_AA " Master-Key:" S_11 "\n",
	"\x80\xff\x01 " R_AA " " S_11 "\n",
};

START_TEST(malformed)
{
	feed(bad[_i]);
	ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11), 0);
	ck_assert_uint_eq(lines->counters.used, 0);
	/* and costs only itself */
	feed(sample);
	ck_assert_uint_eq(held(0xaa, KEYRING_SERVER_HANDSHAKE, 0x11), 32);
	ck_assert_uint_eq(lines->counters.used, 5);
}
END_TEST

START_TEST(overlong)
{
	for (unsigned i = 0; i < 3 * LIMIT_KEYLOG_LINE; i++)
		feed("A");
	feed("\n");
	ck_assert_uint_eq(lines->counters.too_long, 1);
	/* in one piece, too */
	char *line = malloc(LIMIT_KEYLOG_LINE + 3);
	memset(line, 'A', LIMIT_KEYLOG_LINE + 1);
	memcpy(line + LIMIT_KEYLOG_LINE + 1, "\n", 2);
	feed(line);
	free(line);
	ck_assert_uint_eq(lines->counters.too_long, 2);
	feed(sample);
	ck_assert_uint_eq(lines->counters.used, 5);
}
END_TEST

static void add(uint32_t n, uint8_t value)
{
	uint8_t random[32] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			       (uint8_t)n }, secret[32];

	memset(secret, value, sizeof secret);
	ck_assert(keyring_add(ring, random, KEYRING_SERVER_HANDSHAKE,
			      bytes_of(secret, sizeof secret)));
}

static bool has(uint32_t n, uint8_t value)
{
	uint8_t random[32] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8),
			       (uint8_t)n };
	struct bytes b;

	if (!keyring_find(ring, random, KEYRING_SERVER_HANDSHAKE, &b))
		return false;
	ck_assert_uint_eq(b.len, 32);
	ck_assert_uint_eq(b.p[31], value);
	return true;
}

/* The oldest make room, one for one. */
START_TEST(evicted)
{
	struct keyring_counters c;

	for (uint32_t n = 0; n < 1000; n++) {
		add(n, (uint8_t)n);
		ck_assert(has(n, (uint8_t)n));
		if (n >= 64)
			ck_assert(!has(n - 64, 0));
		if (n >= 63)
			ck_assert(has(n - 63, (uint8_t)(n - 63)));
	}
	keyring_counters(ring, &c);
	ck_assert_uint_eq(c.sessions, 64);
	ck_assert_uint_eq(c.evicted, 1000 - 64);
}
END_TEST

START_TEST(replaced)
{
	uint64_t before = keyring_generation(ring);
	struct keyring_counters c;

	add(1, 1);
	add(1, 2);
	ck_assert(has(1, 2));
	ck_assert_uint_eq(keyring_generation(ring), before + 2);
	keyring_counters(ring, &c);
	ck_assert_uint_eq(c.sessions, 1);
}
END_TEST

START_TEST(forgotten)
{
	uint8_t random[32] = { 0, 0, 7 };
	struct bytes b;

	add(7, 7);
	ck_assert(keyring_find(ring, random, KEYRING_SERVER_HANDSHAKE, &b));
	ck_assert_uint_eq(b.p[0], 7);
	keyring_forget();
	for (size_t i = 0; i < b.len; i++)
		ck_assert_uint_eq(b.p[i], 0);
}
END_TEST

static void *reader(void *arg)
{
	uint64_t *found = arg;

	for (uint32_t round = 0; round < 200; round++)
		for (uint32_t n = 0; n < 200; n++) {
			uint8_t random[32] = { 0, (uint8_t)(n >> 8),
					       (uint8_t)n };
			struct bytes b;

			if (!keyring_find(ring, random,
					  KEYRING_SERVER_HANDSHAKE, &b))
				continue;
			/* never a mixture of two secrets */
			for (size_t i = 0; i < b.len; i++)
				if (b.p[i] != (uint8_t)n)
					abort();
			++*found;
		}
	return NULL;
}

START_TEST(threads)
{
	pthread_t t[3];
	uint64_t found[3] = { 0 };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, reader,
						&found[i]), 0);
	for (uint32_t round = 0; round < 300; round++)
		for (uint32_t n = 0; n < 200; n++)
			add(n, (uint8_t)n);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	ck_assert(has(199, 199));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, labels);
	tcase_add_test(t, pieces);
	tcase_add_test(t, half_line);
	tcase_add_loop_test(t, line_ends, 0, 3);
	tcase_add_loop_test(t, malformed, 0, NUM(bad));
	tcase_add_test(t, overlong);
	tcase_add_test(t, evicted);
	tcase_add_test(t, replaced);
	tcase_add_test(t, forgotten);
	tcase_add_test(t, threads);
}

TEST_MAIN("keylog", cases)
