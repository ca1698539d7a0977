/*
 * test_probe.c: the engine of src/probe, TLS without words before it, TLS
 * inside of what nobody knows, gaps, and quick rejection.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "probe/hello.h"
#include "test_probe_talk.h"
#include "test_run.h"

#define CERTIFICATE                                                            \
	"\x16\x03\x03\x01\x10\x0b\x00\x01\x0c\x00\x01\x09\x00\x01\x06"         \
	"\x30\x82\x01\x02"
#define CERTIFICATE_BAD                                                        \
	"\x16\x03\x03\x01\x10\x0b\x00\x01\x0c\x00\x01\x09\x00\x01\x06"         \
	"\x30\x82\x01\x03"
#define EMPTY "\x16\x03\x01\x00\x00"
#define SSLV2                                                                  \
	"\x80\x2b\x01\x03\x01\x00\x12\x00\x00\x00\x10"                         \
	"\x00\x00\x39\x00\x00\x38\x00\x00\x35\x01\x00\x80\x00\x00\x2f\x00"     \
	"\x00\x04"                                                             \
	"0123456789abcdef"

static enum probe_step is_hello(const char *s, size_t len)
{
	return probe_is_hello(bytes_of(s, len));
}
#define HELLO(s) is_hello(s, sizeof(s) - 1)

/* Every prefix of what is a hello waits, then all say yes. */
static void check_ladder(const char *s, size_t len, size_t enough)
{
	for (size_t n = 0; n <= len; n++) {
		char *copy = malloc(n + 1);

		memcpy(copy, s, n);
		ck_assert_int_eq(is_hello(copy, n),
				 n < enough ? STEP_MORE : STEP_TLS);
		free(copy);
	}
}

START_TEST(test_hello)
{
	check_ladder(HELLO_CLIENT_BYTES, sizeof HELLO_CLIENT_BYTES - 1, 11);
	check_ladder(HELLO_SERVER_BYTES, sizeof HELLO_SERVER_BYTES - 1, 11);
	check_ladder(SSLV2, sizeof SSLV2 - 1, 11);
	/* over empty records and records of one byte */
	check_ladder("\x16\x03\x01\x00\x00\x16\x03\x01\x00\x01\x01"
		     "\x16\x03\x01\x00\x03\x00\x00\x2d\x16\x03\x01\x00\x00"
		     "\x16\x03\x01\x00\x01\x03\x16\x03\x01\x00\x01\x03",
		     36, 36);
	/* a draft and a private version in ServerHellos only */
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x31\x02\0\0\x2d\x7f\x12"),
			 STEP_TLS);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x31\x02\0\0\x2d\xfb\x1a"),
			 STEP_TLS);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x31\x01\0\0\x2d\x7f\x12"),
			 STEP_NOT_ME);
}
END_TEST

START_TEST(test_hello_not)
{
	ck_assert_int_eq(HELLO("\x17"), STEP_NOT_ME); /* not a handshake */
	ck_assert_int_eq(HELLO("\x16\x02"), STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x05"), STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x48\x01"), STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x48\x00\x0b"), STEP_NOT_ME);
	/* 37 bytes; above the limit; SSL 2 and 3.5 inside */
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x29\x01\0\0\x25"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x40\x00\x01\x10\x00\x01"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x31\x01\0\0\x2d\x02\x00"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x16\x03\x01\x00\x31\x01\0\0\x2d\x03\x05"),
			 STEP_NOT_ME);
	/* SSLv2: length, type, version, suites, session id, challenge */
	ck_assert_int_eq(HELLO("\x80\x2c\x01\3\1\0\x12\0\0\0\x10"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x2b\x02"), STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x2b\x01\3\4"), STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x2a\x01\3\1\0\x11\0\0\0\x10"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x29\x01\3\1\0\x10\0\0\0\x10"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x33\x01\3\1\0\x12\0\x08\0\x10"),
			 STEP_NOT_ME);
	ck_assert_int_eq(HELLO("\x80\x2a\x01\3\1\0\x12\0\0\0\x0f"),
			 STEP_NOT_ME);
}
END_TEST

static enum probe_step is_answer(const char *s, size_t len)
{
	return probe_is_answer(bytes_of(s, len));
}
#define ANSWER(s) is_answer(s, sizeof(s) - 1)

START_TEST(test_answer)
{
	ck_assert_int_eq(ANSWER(HELLO_SERVER_BYTES), STEP_TLS);
	ck_assert_int_eq(ANSWER("\x15\x03\x03\x00\x02\x02\x28"), STEP_TLS);
	ck_assert_int_eq(ANSWER("\x15\x03\x03\x00\x02\x01\x70"), STEP_TLS);
	ck_assert_int_eq(ANSWER("\x15\x03\x03\x00\x02\x01"), STEP_MORE);
	ck_assert_int_eq(ANSWER("\x15\x03\x03\x00\x02\x03\x28"), STEP_NOT_ME);
	ck_assert_int_eq(ANSWER("\x15\x03\x03\x00\x03"), STEP_NOT_ME);
	ck_assert_int_eq(ANSWER("HTTP"), STEP_NOT_ME);
}
END_TEST

static long find(const char *s, size_t len)
{
	struct hello_scan scan = { .from = 0 };
	enum hello_kind kind;
	size_t at = 4711;

	if (hello_find(bytes_of(s, len), ~0u, &scan, &at, &kind))
		return (long)at;
	ck_assert_uint_eq(at, 4711); /* written on success only */
	return -1;
}
#define FIND(s) find(s, sizeof(s) - 1)

START_TEST(test_find)
{
	ck_assert_int_eq(FIND(HELLO_CLIENT_BYTES), 0);
	ck_assert_int_eq(FIND("\x16\x03\x03\x16" HELLO_SERVER_BYTES), 4);
	ck_assert_int_eq(FIND("\x17\x03\x03\x00\x02xy" CERTIFICATE), 7);
	ck_assert_int_eq(FIND(CERTIFICATE_BAD), -1);
	ck_assert_int_eq(FIND(CERTIFICATE_BAD CERTIFICATE), 19);
	/* a list that is not the whole message */
	ck_assert_int_eq(FIND("\x16\x03\x03\x01\x11\x0b\x00\x01\x0d"
			      "\x00\x01\x09\x00\x01\x06\x30\x82\x01\x02"),
			 -1);
	/* a hello whose inside contradicts its length, or is cut */
	ck_assert_int_eq(FIND("\x16\x03\x01\x00\x31\x01\0\0\x2d\x03\x03"
			      "0123456789abcdef0123456789abcdef"
			      "\x21\x00\x04\xc0\x2f\x00\x35\x01\x00\x00\x00"),
			 -1);
	ck_assert_int_eq(FIND("\x16\x03\x01\x00\x31\x01\0\0\x2d\x03\x03"), -1);
	/* behind records with nothing in them, the first one of which is cut */
	ck_assert_int_eq(FIND("\x16\x03" EMPTY EMPTY EMPTY CERTIFICATE), 17);
	ck_assert_int_eq(FIND(EMPTY EMPTY CERTIFICATE_BAD EMPTY), -1);
	ck_assert_int_eq(FIND(EMPTY EMPTY "\x17" HELLO_CLIENT_BYTES), 11);
}
END_TEST

/* Of a run of empty records any number; wherever it is cut. */
START_TEST(test_find_run)
{
	enum { RUN = 5 * 2 * LIMIT_PROBE_RECORDS };
	static char run[RUN + sizeof CERTIFICATE];
	struct hello_scan scan = { .from = 0 };
	enum hello_kind kind;
	size_t at = 4711;

	for (size_t i = 0; i < RUN; i++)
		run[i] = EMPTY[i % 5];
	memcpy(run + RUN, CERTIFICATE, sizeof CERTIFICATE);
	for (size_t n = 0; n < sizeof run - 1; n++)
		ck_assert(
			!hello_find(bytes_of(run, n), ~0u, &scan, &at, &kind));
	ck_assert(hello_find(bytes_of(run, sizeof run - 1), ~0u, &scan, &at,
			     &kind));
	ck_assert_uint_eq(at, RUN);
	ck_assert_int_eq(kind, HELLO_CERTIFICATE);
}
END_TEST

START_TEST(test_direct)
{
	struct told t = EXPECT(NULL, HELLOS);

	ck_assert(!t.swapped && !t.opportunistic);
	t = EXPECT(NULL, C(SSLV2), S(HELLO_SERVER_BYTES));
	ck_assert(!t.swapped);
	EXPECT(NULL, C(HELLO_CLIENT_BYTES), S("\x15\x03\x01\x00\x02\x02\x28"));
	/* either side alone; a server that answers in its own protocol */
	EXPECT(NULL, C(HELLO_CLIENT_BYTES));
	EXPECT(NULL, S(HELLO_SERVER_BYTES));
	EXPECT(NULL, C(HELLO_CLIENT_BYTES), S("HTTP/1.1 400 Bad\r\n\r\n"));
	/* the TLS client was called (active FTP) */
	t = EXPECT(NULL, S(HELLO_CLIENT_BYTES), C(HELLO_SERVER_BYTES));
	ck_assert(t.swapped);
	/* the hello before it is not there: it is a server's all the same */
	t = EXPECT(NULL, S(CERTIFICATE));
	ck_assert(!t.swapped);
	t = EXPECT(NULL, C(CERTIFICATE));
	ck_assert(t.swapped);
	REFUSE(S(CERTIFICATE_BAD));
}
END_TEST

START_TEST(test_embedded)
{
	EXPECT(NULL, C("\x01\x02hello"), S("\x03\x04\x05"), HELLOS);
	EXPECT(NULL, C("LETS TLS\n"), S("YES\n"), C(HELLO_CLIENT_BYTES),
	       S("\x15\x03\x01\x00\x02\x02\x28"));
	/* a captured handshake on its way in one direction is no handshake */
	REFUSE(C("\x01\x02get"), S("\xd4\xc3\xb2\xa1"), S(HELLO_CLIENT_BYTES),
	       S("packet"), S(HELLO_SERVER_BYTES));
	REFUSE(C("GET /x.pcap HTTP/1.1\r\n\r\n"), S("HTTP/1.1 200 OK\r\n\r\n"),
	       S(HELLO_CLIENT_BYTES));
	REFUSE(C("\x01\x02put"), C(HELLO_CLIENT_BYTES), S("\x00\x01"),
	       C(HELLO_SERVER_BYTES));
}
END_TEST

START_TEST(test_quick_no)
{
	ck_assert_int_eq(REFUSE(S("SSH-2.0-OpenSSH_9.2\r\n")), PROBE_NO);
	ck_assert_int_eq(REFUSE(C("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
			 PROBE_NO);
	ck_assert_int_eq(REFUSE(C("POST /a HTTP/1.1\r\nHost: x\r\n\r\n")),
			 PROBE_NO);
	ck_assert_int_eq(REFUSE(C("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")),
			 PROBE_NO);
}
END_TEST

static enum probe_result feed(struct probe *p, uint8_t dir, uint64_t offset,
			      const void *data, size_t len)
{
	struct chunk c = { .dir = dir, .offset = offset };

	c.data = bytes_of(data, len);
	return probe_feed(p, &c);
}
#define FEED(p, dir, offset, s) feed(p, dir, offset, s, sizeof(s) - 1)

static enum probe_result lose(struct probe *p, uint8_t dir, uint64_t offset,
			      uint64_t len)
{
	struct chunk c = { .dir = dir, .offset = offset, .gap = len };

	return probe_feed(p, &c);
}

START_TEST(test_limits)
{
	static const uint8_t noise[LIMIT_PROBE_BYTES] = { 0xff };
	struct probe *p = probe_new();

	/* nobody knows it: HOLD bytes; nothing is held beyond that */
	ck_assert_int_eq(feed(p, 0, 0, noise, LIMIT_PROBE_HOLD - 1),
			 PROBE_MORE);
	ck_assert_int_eq(feed(p, 0, LIMIT_PROBE_HOLD - 1, noise, 1), PROBE_NO);
	ck_assert_int_eq(feed(p, 0, LIMIT_PROBE_HOLD, noise, sizeof noise),
			 PROBE_NO);
	ck_assert_uint_lt(probe_memory(p), 4 * LIMIT_PROBE_HOLD);
	probe_free(p);
	/* a dialect heard its client: BYTES */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 0, 0, "EHLO x\r\n"), PROBE_MORE);
	for (size_t at = 8; at < LIMIT_PROBE_BYTES; at += 8)
		ck_assert_int_eq(FEED(p, 0, at, "NOOP x\r\n"),
				 at + 8 < LIMIT_PROBE_BYTES ? PROBE_MORE
							    : PROBE_NO);
	probe_free(p);
	/* the second side is not waited for without end */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 0, 0, HELLO_CLIENT_BYTES), PROBE_TLS);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(
			feed(p, 1, i * sizeof noise, noise, sizeof noise),
			PROBE_TLS);
	ck_assert_uint_eq(probe_start(p, 1), PROBE_NOWHERE);
	ck_assert_uint_lt(probe_memory(p), 4 * LIMIT_PROBE_BYTES);
	probe_free(p);
	probe_free(NULL);
}
END_TEST

/* An SMTP client says its words, pad more of them, byte by byte. */
static size_t one_by_one(struct probe *p, size_t pad)
{
	static const char server[] = "220 x\r\n250-x\r\n250 STARTTLS\r\n"
				     "220 go\r\n";
	static const char end[] = "\r\nSTARTTLS\r\n" HELLO_CLIENT_BYTES;
	char said[3500];
	size_t at_end = 3000 + pad, start, len;

	FEED(p, 1, 0, server);
	memset(said, 'x', sizeof said);
	memcpy(said, "EHLO ", 5);
	start = at_end + 12;
	len = at_end + sizeof end - 1;
	memcpy(said + at_end, end, sizeof end - 1);
	for (size_t at = 0; at < len; at++)
		(void)feed(p, 0, at, (const uint8_t *)said + at, 1);
	return start;
}

/* Tiny pieces are not looked at one by one for ever, and nothing is lost. */
START_TEST(test_tiny)
{
	unsigned waited = 0;

	for (size_t pad = 0; pad < 128; pad++) {
		struct probe *p = probe_new();
		size_t start = one_by_one(p, pad);

		waited += probe_start(p, 0) == PROBE_NOWHERE;
		ck_assert_int_eq(probe_last(p), PROBE_TLS);
		ck_assert_uint_eq(probe_start(p, 0), start);
		ck_assert_str_eq(probe_prelude(p)->dialect, "smtp");
		probe_free(p);
	}
	ck_assert_uint_gt(waited, 0);
	ck_assert_uint_lt(waited, 128);
}
END_TEST

static void check_side(const struct probe *p, uint8_t dir, uint64_t start,
		       uint64_t offset, const char *held, size_t len)
{
	uint64_t at = 4711;
	struct bytes b;

	ck_assert_uint_eq(probe_start(p, dir), start);
	b = probe_held(p, dir, &at);
	ck_assert_uint_eq(at, offset);
	ck_assert(bytes_eq(b, bytes_of(held, len)));
}

START_TEST(test_gap)
{
	struct probe *p = probe_new();

	/* before the other side began: what is lost lies behind the start */
	ck_assert_int_eq(lose(p, 1, 0, 100), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 100, "abc"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 0, HELLO_CLIENT_BYTES), PROBE_TLS);
	check_side(p, 1, 0, 100, "abc", 3);
	probe_free(p);
	/* after it */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 0, 0, HELLO_CLIENT_BYTES), PROBE_TLS);
	ck_assert_int_eq(lose(p, 1, 0, 100), PROBE_TLS);
	check_side(p, 1, 0, 100, "", 0);
	probe_free(p);
	/* within the words before: the client's side tells enough */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 1, 0, "220 x\r\n250-y"), PROBE_MORE);
	ck_assert_int_eq(lose(p, 1, 12, 30), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 0, "EHLO x\r\nSTARTTLS\r\n"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 18, HELLO_CLIENT_BYTES), PROBE_TLS);
	check_side(p, 1, 12, 42, "", 0);
	ck_assert_str_eq(probe_prelude(p)->dialect, "smtp");
	probe_free(p);
	/* of two gaps the later counts */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 1, 0, "220 x\r\n"), PROBE_MORE);
	ck_assert_int_eq(lose(p, 1, 7, 10), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 17, "abc"), PROBE_MORE);
	ck_assert_int_eq(lose(p, 1, 20, 10), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 30, "def"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 0, HELLO_CLIENT_BYTES), PROBE_TLS);
	check_side(p, 1, 7, 30, "def", 3);
	probe_free(p);
	/* at the beginning of one side, which alone was captured */
	p = probe_new();
	ck_assert_int_eq(lose(p, 1, 0, 10), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 10, "xy"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 12, CERTIFICATE), PROBE_TLS);
	check_side(p, 1, 12, 12, CERTIFICATE, sizeof CERTIFICATE - 1);
	probe_free(p);
}
END_TEST

START_TEST(test_midstream)
{
	struct probe *p = probe_new();

	probe_midstream(p, 0);
	probe_midstream(p, 1);
	ck_assert_int_eq(FEED(p, 1, 0, "tail of a record"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 16, CERTIFICATE), PROBE_TLS);
	check_side(p, 1, 16, 16, CERTIFICATE, sizeof CERTIFICATE - 1);
	ck_assert_uint_eq(probe_start(p, 0), PROBE_NOWHERE);
	/* the other side: any record */
	ck_assert_int_eq(FEED(p, 0, 0, "\x16\x03\x03\x00\x42\x10"), PROBE_TLS);
	check_side(p, 0, 0, 0, "\x16\x03\x03\x00\x42\x10", 6);
	ck_assert(!probe_prelude(p)->swapped);
	probe_free(p);
	/* with a SYN the same bytes are no reason */
	p = probe_new();
	ck_assert_int_eq(FEED(p, 1, 0, "tail of a record"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 16, CERTIFICATE), PROBE_MORE);
	probe_free(p);
}
END_TEST

/* Met in the middle, with records of application data: nothing to wait for. */
START_TEST(test_sealed)
{
	struct probe *p = probe_new();
	const char sealed[] = "\x17\x03\x03\x00\x03xyz";

	probe_midstream(p, 0);
	probe_midstream(p, 1);
	for (uint64_t i = 0; i + 1 < LIMIT_PROBE_SEALED; i++)
		ck_assert_int_eq(FEED(p, 1, 8 * i, sealed), PROBE_MORE);
	/* the other direction has only begun */
	ck_assert_int_eq(FEED(p, 0, 0, "\x17\x03\x03"), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 1, 8 * (LIMIT_PROBE_SEALED - 1), sealed),
			 PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 3, "\x00\x01z"), PROBE_MORE);
	for (uint64_t i = 0; i + 2 < LIMIT_PROBE_SEALED; i++)
		ck_assert_int_eq(FEED(p, 0, 6 + 8 * i, sealed), PROBE_MORE);
	ck_assert_int_eq(FEED(p, 0, 6 + 8 * (LIMIT_PROBE_SEALED - 2), sealed),
			 PROBE_NO);
	ck_assert_uint_eq(probe_limits(p), 1u << PROBE_LIMIT_SEALED);
	probe_free(p);
	/* a SYN was there: whatever it is, TLS has not begun before it */
	p = probe_new();
	for (uint64_t i = 0; i <= LIMIT_PROBE_SEALED; i++)
		ck_assert_int_eq(FEED(p, 1, 8 * i, sealed), PROBE_MORE);
	probe_free(p);
}
END_TEST

/* A row that never ends its name, or names twice, would be told wrongly. */
START_TEST(test_rows)
{
	ck_assert_uint_gt(probe_num_dialects, 0);
	for (size_t i = 0; i < probe_num_dialects; i++) {
		ck_assert_ptr_nonnull(probe_dialects[i]->step);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(probe_dialects[i]->name,
					 probe_dialects[j]->name);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, test_hello);
	tcase_add_test(t, test_hello_not);
	tcase_add_test(t, test_answer);
	tcase_add_test(t, test_find);
	tcase_add_test(t, test_find_run);
	tcase_add_test(t, test_direct);
	tcase_add_test(t, test_embedded);
	tcase_add_test(t, test_quick_no);
	tcase_add_test(t, test_limits);
	tcase_add_test(t, test_tiny);
	tcase_add_test(t, test_gap);
	tcase_add_test(t, test_midstream);
	tcase_add_test(t, test_sealed);
	tcase_add_test(t, test_rows);
}

TEST_MAIN("probe", cases)
