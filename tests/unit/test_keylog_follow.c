/*
 * test_keylog_follow.c: key log files that grow, are cut, cut and grown again,
 * replaced, taken away, come late; FIFOs; several at once.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/keylog.h"
#include "test_run.h"

static char folder[64], one[80], two[80];
static struct keyring *ring;
static struct keylogs *logs;

static void setup(void)
{
	static const char *paths[] = { one, two };

	snprintf(folder, sizeof folder, "/tmp/wirecert-keylog-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(one, sizeof one, "%s/one", folder);
	snprintf(two, sizeof two, "%s/two", folder);
	ring = keyring_new(64);
	logs = keylogs_new(paths, 2, ring);
	ck_assert(ring && logs);
	ck_assert(keyring_is_given(ring));
}

static void teardown(void)
{
	keylogs_free(logs);
	keyring_free(ring);
	(void)unlink(one);
	(void)unlink(two);
	(void)rmdir(folder);
}

static int put_hex(char *out, const uint8_t *p, size_t n)
{
	bytes_hex(out, p, n);
	return (int)(2 * n);
}

/* The line of a session: its random is n in every byte. */
static const char *line(unsigned n)
{
	static char text[256];
	uint8_t random[32], secret[32];
	int at = snprintf(text, sizeof text,
			  "SERVER_HANDSHAKE_TRAFFIC_SECRET ");

	memset(random, (int)n, sizeof random);
	for (unsigned i = 0; i < sizeof secret; i++)
		secret[i] = (uint8_t)(i * 37 + n);
	at += put_hex(&text[at], random, sizeof random);
	text[at++] = ' ';
	at += put_hex(&text[at], secret, sizeof secret);
	text[at++] = '\n';
	text[at] = '\0';
	return text;
}

static void put(const char *path, int flags, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(close(fd), 0);
}

static void add(const char *path, unsigned n)
{
	put(path, O_APPEND, line(n), strlen(line(n)));
}

#define HALF 100

static void add_half(const char *path, unsigned n, bool first)
{
	if (first)
		put(path, O_APPEND, line(n), HALF);
	else
		put(path, O_APPEND, line(n) + HALF, strlen(line(n)) - HALF);
}

static bool has(unsigned n)
{
	uint8_t random[32];
	struct bytes secret;

	memset(random, (int)n, sizeof random);
	return keyring_find(ring, random, KEYRING_SERVER_HANDSHAKE, &secret);
}

static uint64_t malformed(void)
{
	struct log_event *e = log_event_new(DATASET_STATUS, ACTION_ENDED);
	uint64_t sum = 0;

	keylogs_status(logs, e->status);
	for (size_t i = 0; i < e->status->num_counters; i++)
		if (!strcmp(e->status->counters[i].name, "malformed"))
			sum += e->status->counters[i].value;
	log_event_unref(e);
	return sum;
}

START_TEST(grows)
{
	ck_assert(!keylogs_poll(logs)); /* neither is there yet */
	add(one, 1);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(1));
	ck_assert(!keylogs_poll(logs));
	add(two, 2);
	add(one, 3);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(2) && has(3));
	add_half(one, 4, true);
	ck_assert(!keylogs_poll(logs));
	add_half(one, 4, false);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(4));
	ck_assert_uint_eq(malformed(), 0);
}
END_TEST

/* Cut, with half a line read of it, and now shorter than it was or longer: all
 * between two looks. */
START_TEST(cut)
{
	add(one, 1);
	add_half(one, 2, true);
	ck_assert(keylogs_poll(logs));
	put(one, O_TRUNC, "", 0);
	for (int n = 0; n < _i; n++)
		add(one, 10 + (unsigned)n);
	ck_assert(keylogs_poll(logs) == (_i > 0));
	for (int n = 0; n < _i; n++)
		ck_assert(has(10 + (unsigned)n));
	add(one, 30);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(30) && !has(2));
	ck_assert_uint_eq(malformed(), 0);
}
END_TEST

/* To the byte as long as before. */
START_TEST(same_length)
{
	add(one, 1);
	ck_assert(keylogs_poll(logs));
	(void)usleep(20000); /* a file's time is no finer than some ms */
	put(one, O_TRUNC, line(2), strlen(line(2)));
	ck_assert(keylogs_poll(logs));
	ck_assert(has(2));
}
END_TEST

START_TEST(replaced)
{
	char other[96];

	snprintf(other, sizeof other, "%s.new", one);
	add(one, 1);
	ck_assert(keylogs_poll(logs));
	add(one, 2); /* comes with the rest of the old one */
	add(other, 3);
	ck_assert_int_eq(rename(other, one), 0);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(2) && has(3));
	/* taken away, and there again */
	ck_assert_int_eq(unlink(one), 0);
	ck_assert(!keylogs_poll(logs));
	add(one, 4);
	ck_assert(keylogs_poll(logs));
	ck_assert(has(4));
	ck_assert_uint_eq(malformed(), 0);
}
END_TEST

START_TEST(fifo)
{
	ck_assert_int_eq(mkfifo(one, 0600), 0);
	ck_assert(!keylogs_poll(logs)); /* and does not wait for a writer */
	for (unsigned n = 1; n < 4; n++) {
		int fd = open(one, O_WRONLY | O_NONBLOCK);

		ck_assert_int_ge(fd, 0);
		add_half(one, n, true);
		ck_assert(!keylogs_poll(logs));
		add_half(one, n, false);
		ck_assert(keylogs_poll(logs));
		ck_assert(has(n));
		ck_assert_int_eq(close(fd), 0); /* the last writer goes */
		ck_assert(!keylogs_poll(logs));
	}
	ck_assert_uint_eq(malformed(), 0);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, grows);
	tcase_add_loop_test(t, cut, 0, 5);
	tcase_add_test(t, same_length);
	tcase_add_test(t, replaced);
	tcase_add_test(t, fifo);
}

TEST_MAIN("keylog_follow", cases)
