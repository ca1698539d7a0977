/*
 * test_websocket.c: TLS in the frames of a WebSocket, and in the packets of
 * Microsoft SQL Server: the rows that know it, and what is taken out of the
 * frames, with holes too.
 */
#include <stdlib.h>

#include "probe/ws.h"
#include "test_probe_talk.h"
#include "test_run.h"

#define ASK                                                                    \
	"GET /tunnel HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"           \
	"Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define YES                                                                    \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"          \
	"Upgrade: websocket\r\n\r\n"
/* a frame each; the key of zeros leaves the bytes as they are */
#define CLIENT_FRAME "\x82\xb6\x00\x00\x00\x00" HELLO_CLIENT_BYTES
#define SERVER_FRAME "\x82\x2f" HELLO_SERVER_BYTES

START_TEST(test_row)
{
	struct told t;

	t = EXPECT("websocket", C(ASK), S(YES), C(CLIENT_FRAME),
		   S(SERVER_FRAME));
	ck_assert(!t.swapped && !t.opportunistic);
	EXPECT("websocket", C(ASK), C(CLIENT_FRAME));
	EXPECT("websocket", S(YES), S(SERVER_FRAME));
	EXPECT("websocket", C(ASK), S(YES), C(CLIENT_FRAME),
	       S("\x82\x07\x15\x03\x03\x00\x02\x02\x28"));
	/* a ping and words before it, the hello over two frames */
	EXPECT("websocket", C(ASK), S(YES), S("\x82\x00\x89\x02hi\x81\x02hi"),
	       C("\x82\x80\x00\x00\x00\x00\x8a\x82\x00\x00\x00\x00hi"
		 "\x02\x82\x00\x00\x00\x00\x16\x03\x80\xb4\x00\x00\x00\x00"
		 "\x01\x00\x31\x01\x00\x00\x2d\x03\x03"
		 "0123456789abcdef0123456789abcdef"
		 "\x00\x00\x04\xc0\x2f\x00\x35\x01\x00\x00\x00"),
	       S(SERVER_FRAME));
	/* behind a proxy's words */
	t = talk_tell(
		talk_of(PARTS(C("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"), C(ASK),
			      S(YES), C(CLIENT_FRAME), S(SERVER_FRAME))));
	ck_assert_int_eq(t.result, PROBE_TLS);
	ck_assert_str_eq(t.dialect, "websocket");
	ck_assert(t.has_proxy);
	ck_assert_uint_eq(t.start[0], 34 + sizeof ASK - 1);
	ck_assert_uint_eq(t.start[1], sizeof YES - 1);
}
END_TEST

START_TEST(test_row_not)
{
	ck_assert_int_eq(REFUSE(C(ASK), S("HTTP/1.1 403 no\r\n\r\n")),
			 PROBE_NO);
	/* other contents: a chat, SSH, compressed messages */
	REFUSE(C(ASK), S(YES), C("\x81\x82\x00\x00\x00\x00hi"),
	       S("\x81\x02hi"));
	ck_assert_int_eq(REFUSE(C(ASK), S(YES), S("\x82\x04SSH-")), PROBE_NO);
	ck_assert_int_eq(
		REFUSE(C(ASK), S(YES),
		       C("\xc2\xb6\x00\x00\x00\x00" HELLO_CLIENT_BYTES)),
		PROBE_NO);
	/* TLS in text is none */
	REFUSE(C(ASK), S(YES),
	       C("\x81\xb6\x00\x00\x00\x00" HELLO_CLIENT_BYTES));
}
END_TEST

/* MS-TDS 4.1: type, status, length, SPID, id, window; the version option */
#define TDS(type, len) type "\x01\x00" len "\x00\x00\x01\x00"
#define PRELOGIN                                                               \
	"\x00\x00\x06\x00\x06\xff\x10\x00\x0f\xa0\x00\x00"
#define TDS_ASK	  TDS("\x12", "\x14") PRELOGIN
#define TDS_YES	  TDS("\x04", "\x14") PRELOGIN
#define TDS_HELLO TDS("\x12", "\x3e") HELLO_CLIENT_BYTES
#define TDS_REPLY TDS("\x12", "\x37") HELLO_SERVER_BYTES

START_TEST(test_tds)
{
	struct told t;

	t = EXPECT("tds", C(TDS_ASK), S(TDS_YES), C(TDS_HELLO), S(TDS_REPLY));
	ck_assert(t.opportunistic && !t.swapped);
	ck_assert_uint_eq(t.start[0], 20);
	ck_assert_uint_eq(t.start[1], 20);
	EXPECT("tds", C(TDS_ASK), C(TDS_HELLO));
	EXPECT("tds", S(TDS_YES), S(TDS_REPLY));
	EXPECT("tds", C(TDS_ASK), S(TDS_YES), C(TDS_HELLO),
	       S(TDS("\x12", "\x0f") "\x15\x03\x03\x00\x02\x02\x28"));
	/* the hello in two packets */
	EXPECT("tds", C(TDS_ASK), S(TDS_YES),
	       C(TDS("\x12", "\x0b") "\x16\x03\x01" TDS(
		       "\x12", "\x3b") "\x00\x31\x01\x00\x00\x2d\x03\x03"
				       "0123456789abcdef0123456789abcdef"
				       "\x00\x00\x04\xc0\x2f\x00\x35"
				       "\x01\x00\x00\x00"),
	       S(TDS_REPLY));
	/* no encryption: a login follows */
	REFUSE(C(TDS_ASK), S(TDS_YES),
	       C(TDS("\x10", "\x0c") "\x04\x00\x00\x00"));
	REFUSE(C(TDS_ASK), S(TDS_YES),
	       C(TDS("\x12", "\x0c") "\x17\x03\x03\x00"));
}
END_TEST

#define TOLD_MAX 300000

static uint8_t told[TOLD_MAX];
static size_t told_len; /* gaps are zeros in it */
static uint64_t gaps, num_gaps;

static void say(struct ws *w, uint64_t at, struct bytes data, uint64_t gap)
{
	uint8_t *copy = malloc(data.len + 1);
	struct chunk in = { .dir = 1, .offset = at, .gap = gap }, out;

	if (data.len)
		memcpy(copy, data.p, data.len);
	in.data = bytes_of(copy, data.len);
	while (ws_next(w, &in, &out)) {
		ck_assert_uint_eq(out.offset, told_len);
		ck_assert_uint_eq(out.dir, 1);
		ck_assert(!out.gap || !out.data.len);
		ck_assert_uint_le(told_len + out.data.len + out.gap, TOLD_MAX);
		if (out.data.len)
			memcpy(told + told_len, out.data.p, out.data.len);
		else
			memset(told + told_len, 0, (size_t)out.gap);
		told_len += out.data.len + (size_t)out.gap;
		gaps += out.gap;
		num_gaps += out.gap > 0;
	}
	free(copy);
}

static uint8_t want(size_t i)
{
	return (uint8_t)(i * 7 + i / 251 + 1);
}

/* Messages of these lengths, masked or not, with a ping after each frame. */
static struct buf frames_of(const size_t *len, size_t num, bool masked)
{
	struct buf b;
	size_t at = 0;

	buf_init(&b, TOLD_MAX * 2);
	for (size_t i = 0; i < num; i++) {
		size_t n = len[i];
		uint8_t mask = masked ? 0x80 : 0, head[10] = { 0 };
		const uint8_t key[4] = { (uint8_t)i, 0x5a, 0xff, 0x31 };
		size_t code = n < 126 ? n : n < 65536 ? 126 : 127;
		size_t more = n < 126 ? 0 : n < 65536 ? 2 : 8;

		/* two frames of one message, then a message of one */
		head[0] = i % 3 == 0 ? 0x02 : i % 3 == 1 ? 0x80 : 0x82;
		head[1] = (uint8_t)code | mask;
		for (size_t k = 0; k < more; k++)
			head[2 + k] =
				(uint8_t)((uint64_t)n >> 8 * (more - 1 - k));
		buf_add(&b, head, 2 + more);
		if (masked)
			buf_add(&b, key, 4);
		for (size_t k = 0; k < n; k++, at++)
			buf_add_char(&b, (char)(want(at) ^
						(masked ? key[k & 3] : 0)));
		buf_add(&b, "\x89\x03xyz", 5);
	}
	ck_assert(!b.failed);
	return b;
}

static const size_t lengths[] = { 0,	 1,	125,   126, 127, 300,
				  65535, 65536, 70000, 5,   6,	 7 };
#define NUM_LENGTHS (sizeof lengths / sizeof *lengths)

static void begin(struct ws *w)
{
	ws_init(w, FRAMES_WEBSOCKET, 1000);
	told_len = 0;
	gaps = num_gaps = 0;
}

START_TEST(test_payload)
{
	static const size_t pieces[] = { 1, 3, 1000, 4096, SIZE_MAX };
	struct ws *w = malloc(sizeof *w);

	for (size_t i = 0; i < 10; i++) {
		struct buf b = frames_of(lengths, NUM_LENGTHS, i & 1);
		size_t all = 0;

		begin(w);
		for (size_t at = 0; at < b.len;) {
			struct bytes part = bytes_head(
				bytes_tail(buf_bytes(&b), at), pieces[i / 2]);

			say(w, 1000 + at, part, 0);
			at += part.len;
		}
		for (size_t k = 0; k < NUM_LENGTHS; k++)
			all += lengths[k];
		ck_assert_uint_eq(told_len, all);
		for (size_t k = 0; k < all; k++)
			ck_assert_uint_eq(told[k], want(k));
		ck_assert(!w->lost && !num_gaps);
		buf_fini(&b);
	}
	free(w);
}
END_TEST

/*
 * Every byte lost by itself: inside of a payload it costs itself; in a header,
 * all that follows. What is told is right in either case.
 */
START_TEST(test_holes)
{
	static const size_t some[] = { 3, 200, 9 };
	struct ws *w = malloc(sizeof *w);

	for (int i = 0; i < 2; i++) {
		struct buf b = frames_of(some, 3, i);
		unsigned lost = 0;

		/* as a gap, and as a chunk that is not there */
		for (size_t hole = 0; hole < 2 * b.len; hole++) {
			size_t at = hole / 2;

			begin(w);
			say(w, 1000, bytes_head(buf_bytes(&b), at), 0);
			if (hole & 1)
				say(w, 1000 + at, bytes_of(NULL, 0), 1);
			say(w, 1001 + at, bytes_tail(buf_bytes(&b), at + 1), 0);
			lost += w->lost;
			/* of a ping nothing is missed, at the end neither */
			ck_assert_uint_le(num_gaps, 1);
			ck_assert(!w->lost || num_gaps == 1);
			ck_assert(w->lost || told_len == 212);
			for (size_t k = 0; k < told_len - gaps; k++)
				ck_assert(told[k] == want(k) || !told[k]);
		}
		/* heads of 2, 4, 2 and of three pings, keys; twice each */
		ck_assert_uint_eq(lost, 2 * (8 + 3 * 2 + (i ? 12 : 0)));
		buf_fini(&b);
	}
	free(w);
}
END_TEST

/* What is no frame: nothing more is told, but that something is lost. */
START_TEST(test_wrong)
{
	static const char *const heads[] = {
		"\xc2\x01x",	     /* RFC 7692 */
		"\x83\x01x",	     /* reserved */
		"\x8b\x01x",	     /* likewise */
		"\x09\x01x",	     /* a ping in pieces */
		"\x88\x7e\x01\x01x", /* a close that long */
	};
	struct ws *w = malloc(sizeof *w);

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		begin(w);
		say(w, 1000,
		    bytes_of("\x82\x01"
			     "a",
			     3),
		    0);
		say(w, 1003, bytes_str(heads[i]), 0);
		say(w, 1003 + strlen(heads[i]),
		    bytes_of("\x82\x01"
			     "b",
			     3),
		    0);
		ck_assert(w->lost);
		ck_assert_uint_eq(num_gaps, 1);
		ck_assert_uint_eq(told_len, 2);
		ck_assert_uint_eq(told[0], 'a');
	}
	free(w);
}
END_TEST

/* Records in packets, then such without, whatever the pieces; or the rest is
 * not encrypted: nothing more is told, and nothing is missing. */
START_TEST(test_tds_payload)
{
	static const char in[] = "\x12\x00\x00\x0b\x00\x00\x01\x00\x01\x02\x08"
				 "\x12\x01\x00\x08\x00\x00\x01\x00"
				 "\x12\x01\x00\x0a\x00\x00\x01\x00\x0f\x16"
				 "\x17\x03\x03\x12\x04";
	static const uint8_t out[] = { 1, 2, 8, 15, 22, 0x17, 3, 3, 0x12, 4 };
	struct bytes all = bytes_of(in, sizeof in - 1);
	struct ws *w = malloc(sizeof *w);

	for (size_t piece = 1; piece <= all.len; piece++) {
		begin(w);
		ws_init(w, FRAMES_TDS, 1000);
		for (size_t at = 0; at < all.len; at += piece)
			say(w, 1000 + at,
			    bytes_head(bytes_tail(all, at), piece), 0);
		ck_assert_uint_eq(told_len, sizeof out);
		ck_assert(!memcmp(told, out, sizeof out));
		ck_assert(!w->lost);
	}
	begin(w);
	ws_init(w, FRAMES_TDS, 1000);
	say(w, 1000, bytes_head(all, 11), 0);
	say(w, 1011, bytes_of("\x04\x01\x00\x09\x00\x00\x01\x00\xfd", 9), 0);
	ck_assert_uint_eq(told_len, 3);
	ck_assert_uint_eq(num_gaps, 0);
	free(w);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, test_tds);
	tcase_add_test(t, test_tds_payload);
	tcase_add_test(t, test_row);
	tcase_add_test(t, test_row_not);
	tcase_add_test(t, test_payload);
	tcase_add_test(t, test_holes);
	tcase_add_test(t, test_wrong);
}

TEST_MAIN("websocket", cases)
