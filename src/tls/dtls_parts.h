/*
 * dtls_parts.h: the records of a datagram, and handshake messages out of their
 * fragments. Internal to src/tls.
 */
#ifndef TLS_DTLS_PARTS_H
#define TLS_DTLS_PARTS_H

#include "base/reader.h"
#include "tls/dtls.h"
#include "tls/message.h"
#include "tls/ready.h"

enum {
	DTLS_CID = 25, /* tls12_cid, RFC 9146 */
	DTLS_ACK = 26, /* RFC 9147 7 */
};

struct dtls_record {
	uint8_t type;
	bool unified;	   /* header of DTLS 1.3 (RFC 9147 4); no type told */
	uint16_t version;
	uint16_t epoch;	   /* unified: its low two bits */
	uint16_t len;	   /* as sent */
	struct bytes body; /* as captured */
};

/* The receiver's connection id; its length is told nowhere but in its hello. */
struct dtls_cid {
	bool known;
	uint8_t len;
};

/* The next record; false where none begins here. A body that the datagram does
 * not hold (whole readers only) is none. */
bool dtls_record_read(struct reader *r, struct dtls_cid cid,
		      struct dtls_record *out);

/* RFC 6347 4.2.2 */
struct dtls_fragment {
	uint8_t type;
	uint32_t len; /* of the message */
	uint16_t seq;
	uint32_t from, n; /* as sent */
	struct bytes b;	  /* as captured */
};

bool dtls_fragment_read(struct reader *r, struct dtls_fragment *out);
/* The hello's random, where this fragment of a hello holds it. */
bool dtls_fragment_random(const struct dtls_fragment *f, struct bytes *out);

struct dtls_pages;

/* A handshake message being put together, in the handshake's arena. */
struct dtls_message {
	bool used, whole, conflict;
	uint8_t type;
	uint16_t seq;
	uint32_t len, got;
	struct dtls_pages **table;
	struct bytes body; /* when whole; empty where nobody reads it */
	uint64_t offset;   /* of the first fragment that came */
	struct stamp time; /* of the last one that told something */
};

/* The messages of one side that wait: for fragments, or for earlier ones. */
struct dtls_flight {
	struct dtls_message *slot[LIMIT_DTLS_MESSAGES];
};

void dtls_flight_reset(struct dtls_flight *fl);
/* The message of that number; NULL: none. */
struct dtls_message *dtls_flight_find(const struct dtls_flight *fl,
				      uint32_t seq);
/* The waiting one with the lowest number from seq on; NULL: none. */
struct dtls_message *dtls_flight_first(const struct dtls_flight *fl,
				       uint32_t seq);
bool dtls_flight_empty(const struct dtls_flight *fl);

enum dtls_add {
	DTLS_ADD_OK,
	DTLS_ADD_TOO_MANY, /* LIMIT_DTLS_MESSAGES */
	DTLS_ADD_MEMORY,
	DTLS_ADD_CONFLICT, /* contradicts what came before; that one stands */
};

/*
 * Adds a fragment of a message that was not told yet; out is its message on
 * DTLS_ADD_OK and DTLS_ADD_CONFLICT.
 */
enum dtls_add dtls_flight_add(struct dtls_flight *fl, struct arena *a,
			      const struct dtls_fragment *f, uint64_t offset,
			      struct stamp time, struct dtls_message **out);
/* An unfinished hello whose random is known, and another. */
bool dtls_message_is_other(const struct dtls_message *m, struct bytes random);
/* What is known of an unfinished message from its beginning on. */
struct bytes dtls_message_head(const struct dtls_message *m, struct arena *a);

/* As long as this, an alert's handshake waits for datagrams that captures
 * reorder; likewise a ClientHello that comes behind the server's flight. */
#define DTLS_LINGER NSEC_PER_SEC

struct dtls_half {
	uint8_t dir;
	bool begun;	   /* a hello told where its messages begin */
	uint32_t next;	   /* message_seq to be told next */
	uint16_t finished; /* length of the first tls12_cid record */
	struct dtls_flight flight;
};

struct dtls_session {
	struct tls_handshake *hs; /* at hand; NULL when over */
	/* the other side's, while nobody has answered either hello; NULL: none */
	struct tls_handshake *crossed;
	uint32_t crossed_next; /* of its client */
	struct tls_ready ready;
	struct dtls_half half[2];
	uint32_t order; /* of records, over both directions */
	uint32_t index; /* of handshakes */
	bool roles_known;
	bool verify;	/* a HelloVerifyRequest was seen */
	/* randoms of the handshake before */
	bool has_old_client, has_old_server;
	uint8_t client_dir;
	uint8_t old_client[32], old_server[32];
	struct stamp over_at;	  /* 0: not set */
	struct stamp quiet_until; /* while hs is NULL */
};

/* Where the bytes at hand came from. */
struct dtls_at {
	struct dtls_half *half;
	uint64_t offset;
	struct stamp time;
};

/* dtls.c: another handshake begins on the same flow. */
bool dtls_again(struct dtls_session *s, struct stamp time);
/* ... beside the one at hand, with the hello of the other side, dir. */
bool dtls_cross(struct dtls_session *s, uint8_t dir, struct stamp time);
/* The first word of a server: of two hellos the other side's was answered. */
bool dtls_answered(struct dtls_session *s, uint8_t dir, struct stamp time);

/* dtls_message.c */
enum tls_side dtls_side(const struct dtls_session *s,
			const struct dtls_half *h);
void dtls_fragment(struct dtls_session *s, const struct dtls_at *at,
		   const struct dtls_fragment *f);
/* Sets what the message numbers say of losses. */
void dtls_mark_losses(struct dtls_session *s);
/* Tells what waits, the whole messages before the cut ones. */
void dtls_flush(struct dtls_session *s);

#endif
