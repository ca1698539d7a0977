/*
 * test_probe_talk.h: conversations for the tests of src/probe.
 *
 * A talk is what both sides say in the order of causes. talk_expect() demands
 * one result of it however it is cut into segments and interleaved.
 */
#ifndef TEST_PROBE_TALK_H
#define TEST_PROBE_TALK_H

#include "base/buf.h"
#include "probe/probe.h"

struct part {
	uint8_t dir;
	struct bytes data;
};

#define TALK_PARTS 32

struct talk {
	struct part part[TALK_PARTS];
	size_t num;
};

struct told {
	enum probe_result result;
	uint64_t start[2];
	const char *dialect;
	bool opportunistic, swapped, has_proxy;
	char connect[256], authority[256];
	uint16_t port;
	struct endpoint source, destination;
};

/* Of the client (0) and the server (1). */
#define C(s)                                                                   \
	{                                                                      \
		0,                                                             \
		{                                                              \
			(const uint8_t *)(s), sizeof(s) - 1                    \
		}                                                              \
	}
#define S(s)                                                                   \
	{                                                                      \
		1,                                                             \
		{                                                              \
			(const uint8_t *)(s), sizeof(s) - 1                    \
		}                                                              \
	}
/* A ClientHello and a ServerHello record, complete. */
#define HELLO_CLIENT_BYTES                                                     \
	"\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03"                         \
	"0123456789abcdef0123456789abcdef"                                     \
	"\x00\x00\x04\xc0\x2f\x00\x35\x01\x00\x00\x00"
#define HELLO_SERVER_BYTES                                                     \
	"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"                         \
	"fedcba9876543210fedcba9876543210"                                     \
	"\x00\xc0\x2f\x00"
#define HELLOS C(HELLO_CLIENT_BYTES), S(HELLO_SERVER_BYTES)
#define PARTS(...)                                                             \
	(struct part[]){ __VA_ARGS__ },                                        \
		sizeof((struct part[]){ __VA_ARGS__ }) / sizeof(struct part)
#define EXPECT(dialect, ...) talk_expect(talk_of(PARTS(__VA_ARGS__)), dialect)
#define REFUSE(...)	     talk_refuse(talk_of(PARTS(__VA_ARGS__)))

/* Good until the next call. */
const struct talk *talk_of(const struct part *parts, size_t num);
/* As it is: each part one chunk. */
struct told talk_tell(const struct talk *t);
/*
 * TLS starts where the first hello or alert of either side stands (or nowhere),
 * whether the talk comes whole, byte by byte or in random pieces, and with the
 * roles of the directions exchanged. Mixed without regard to causes the starts
 * are the same too; what is told besides may then be less.
 */
struct told talk_expect(const struct talk *t, const char *dialect);
/* Never TLS, in any of these forms; the result of the whole. */
enum probe_result talk_refuse(const struct talk *t);

#endif
