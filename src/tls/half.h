/*
 * half.h: one direction of TLS over TCP: records, and the handshake messages
 * inside them, byte by byte (RFC 8446 5.1: any message may be spread over any
 * records; RFC 5246 6.2.1). Internal to src/tls.
 */
#ifndef TLS_HALF_H
#define TLS_HALF_H

#include "base/buf.h"
#include "flow/chunk.h"
#include "tls/message.h"

struct tls_session;

enum tls_half_state {
	HALF_HEADER,  /* gathering a record's header */
	HALF_BODY,    /* inside a record */
	HALF_SKIP_V2, /* inside an SSLv2 record */
	HALF_LOST,    /* looking for a record boundary behind a gap */
	HALF_DEAD,    /* not TLS any more */
};

/* A handshake message being put together. */
struct tls_assembly {
	uint8_t head[4], head_len;
	bool holed;	 /* bytes of it are lost; told already as cut */
	bool skip;	 /* too long, or of no interest: only counted */
	uint32_t len, got;
	uint8_t *p;	 /* in the handshake's arena */
	size_t size;
	uint64_t offset; /* of the body in the stream */
};

struct tls_half {
	enum tls_half_state state;
	uint8_t dir;
	bool any;	/* a byte was fed */
	bool gapped;	/* bytes of it are lost */
	bool sealed;	/* TLS <= 1.2: after ChangeCipherSpec */
	bool doubtful;	/* the record at hand may be a sealed one */
	uint8_t header[5], header_len;
	uint8_t type;
	uint16_t len, left; /* of the record at hand */
	uint8_t alert[2], alert_len;
	uint64_t offset;    /* stream offset of the next byte */
	uint64_t body_at;   /* that of the last record's first byte */
	struct tls_assembly msg;
	struct buf scan;    /* while HALF_LOST */
	uint64_t scan_offset;
	size_t scan_at, scan_need; /* where it stands, and waits for */
};

void half_init(struct tls_half *h, uint8_t dir);
void half_fini(struct tls_half *h);
void half_feed(struct tls_half *h, struct tls_session *s,
	       const struct chunk *c);
/* Nothing more will come: what is half there is told as cut. */
void half_end(struct tls_half *h, struct tls_session *s, struct stamp time);

/* assembly.c: plain handshake bytes of a record, or a hole in them. */
void assembly_feed(struct tls_half *h, struct tls_session *s, struct bytes b,
		   struct stamp time);
void assembly_gap(struct tls_half *h, struct tls_session *s, uint64_t n,
		  struct stamp time);
/* Tells an unfinished message as cut, and forgets it. */
void assembly_cut(struct tls_half *h, struct tls_session *s,
		  struct stamp time);

/* The message at hand moves to another handshake's arena. */
void assembly_move(struct tls_half *h, struct arena *to);

/* session.c: what the halves tell. */
struct tls_handshake *session_handshake(struct tls_session *s);
enum tls_side session_side(const struct tls_session *s,
			   const struct tls_half *h);
/* A whole message (or cut one) of this half. */
void session_message(struct tls_session *s, struct tls_half *h, uint8_t type,
		     const struct tls_body *body);
void session_v2_hello(struct tls_session *s, struct tls_half *h,
		      const struct tls_body *body);
void session_alert(struct tls_session *s, struct tls_half *h, uint8_t level,
		   uint8_t code, struct stamp time);
void session_ccs(struct tls_session *s, struct tls_half *h);
/* A record of application data: its header (in the half), its body in pieces,
 * a hole in or before it; session_sealed() is its end. */
void session_sealed_begin(struct tls_session *s, const struct tls_half *h);
void session_sealed_bytes(struct tls_session *s, const struct tls_half *h,
			  struct bytes b);
void session_sealed_gap(struct tls_session *s, const struct tls_half *h);
/* A record that cannot be read: application data, or after CCS. */
void session_sealed(struct tls_session *s, struct tls_half *h, uint8_t type,
		    uint16_t len, struct stamp time);
/* True when handshake records stay readable after CCS (TLS 1.3); *sure is
 * false while the version is not known. */
bool session_is_13(const struct tls_session *s, bool *sure);

#endif
