/*
 * message.h: DNS messages (RFC 1035), as far as they say which name stands for
 * which: A, AAAA, CNAME, and SVCB/HTTPS (RFC 9460) with target, ech and hints.
 *
 * A pure reader: out of bytes, into a message that owns all it points to.
 * Names are in lower case, without the dot at the end; bytes that are no
 * printable ASCII, and dots inside a label, as \DDD (RFC 1035 5.1).
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/reader.h"
#include "base/stamp.h"

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_AAAA = 28,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
};

enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
};

#define DNS_RCODE_OK 0
#define DNS_NAME_WIRE 255 /* RFC 1035 2.3.4 */
#define DNS_NAME_TEXT (4 * DNS_NAME_WIRE)

struct dns_question {
	const char *name; /* NULL: the message has none */
	uint16_t type;
};

struct dns_record {
	const char *name; /* the owner */
	uint16_t type;	  /* one of enum dns_type */
	uint8_t section;  /* enum dns_section */
	bool hint;	  /* A, AAAA: from a SVCB or HTTPS record */
	bool ech;	  /* SVCB, HTTPS: has an ECHConfigList */
	uint16_t priority;/* SVCB, HTTPS: 0 is an alias (RFC 9460 2.4.2) */
	uint32_t ttl;
	struct addr addr;   /* A, AAAA */
	const char *target; /* CNAME, SVCB, HTTPS; "." became the owner */
};

struct dns_message {
	struct arena arena;
	uint16_t id;
	bool response;
	bool truncated; /* TC: the rest comes over TCP */
	bool cut;	/* the capture cut the datagram */
	bool bad;	/* it cannot be read: nothing but id and response */
	uint8_t opcode, rcode; /* RFC 6895 2.2, 2.3 */
	struct dns_question question; /* the first */
	struct dns_record *records;
	size_t num_records, num_left_out; /* beyond LIMIT_DNS_RECORDS */

	/* told by the session that carried it */
	bool asked; /* an answer whose query (id, ports, question) was seen */
	uint8_t dir;	/* the direction it went: 0 from the flow's initiator */
	struct stamp time;
	struct dns_message *next;
};

#define DNS_HEADER	  12
#define DNS_FLAG_RESPONSE  0x8000u
#define DNS_FLAG_OPCODE	   0x7800u
#define DNS_FLAG_TRUNCATED 0x0200u
#define DNS_FLAG_ZERO	   0x0040u
#define DNS_FLAG_RCODE	   0x000fu

/* What the first 12 bytes and the question say, without memory. */
struct dns_head {
	uint16_t id, flags, type;
	bool response, has_question;
	uint16_t num[4];     /* questions, answers, authorities, additional */
	uint64_t name_hash;  /* of the question's name, case folded */
	size_t spent;	     /* bytes up to the end of the question */
};

/*
 * False and nothing stored where it cannot be the beginning of a message. cut:
 * the capture has only its head.
 */
bool dns_head_read(struct bytes b, bool cut, struct dns_head *out);
/* NULL only without memory; what cannot be read gives a message with bad. */
struct dns_message *dns_message_read(struct bytes b, bool cut);
void dns_message_free(struct dns_message *m);

/*
 * A name of a message, from r on, into text: compression pointers are followed
 * only towards the message's beginning, which bounds them. Returns the length
 * of the text; r fails where it is no name.
 */
size_t dns_name_read(struct reader *r, struct bytes message,
		     char text[static DNS_NAME_TEXT]);

#endif
