/*
 * internal.h: the state of a QUIC session, shared by the files of src/quic.
 *
 * An attempt is a connection as the client's first connection id names it: a
 * Retry, or Version Negotiation, makes a second one of the same handshake.
 */
#ifndef QUIC_INTERNAL_H
#define QUIC_INTERNAL_H

#include "quic/frame.h"
#include "quic/gquic.h"
#include "quic/keys.h"
#include "quic/session.h"
#include "quic/stream.h"
#include "tls/facts.h"
#include "tls/ready.h"

enum quic_level {
	QUIC_LEVEL_INITIAL,
	QUIC_LEVEL_HANDSHAKE,
	QUIC_LEVEL_NUM
};

/* Initial keys of one connection id under one version. */
struct quic_slot {
	const struct quic_version *version;
	uint32_t number;
	uint32_t attempt; /* 0: nothing was opened with it yet */
	uint8_t cid[QUIC_CID_MAX], cid_len;
	struct quic_keys keys[2];   /* by enum tls_side */
	struct quic_space space[2]; /* of packet numbers */
};

/* Handshake packets and their keys; made where keys were given. */
struct quic_sealed {
	struct quic_stream stream[2]; /* CRYPTO, by enum tls_side */
	struct buf waiting; /* packets without keys */
	struct stamp wait_end;
	bool given_up;
	bool asked;	     /* for the keys, of the hellos as they are, ... */
	uint64_t generation; /* ... when the keyring was at this */
	/* by enum tls_side: */
	bool have[2];	/* keys */
	bool opened[2]; /* a packet */
	struct quic_keys keys[2];
	struct quic_space space[2];
};

struct quic_session {
	struct tls_handshake *hs; /* at hand; NULL when over */
	struct tls_ready ready;
	uint32_t index;	   /* of handshakes */
	const struct keyring *keys;
	struct quic_slot *slots[LIMIT_QUIC_KEYS]; /* some, then NULL */
	uint32_t attempt; /* 0: no packet was opened yet */
	bool roles_known;
	uint8_t client_dir;
	bool restart;	   /* a Retry or Version Negotiation came */
	bool fresh;	   /* no hello was read of this attempt */
	unsigned failed, opened;
	struct quic_stream stream[2]; /* of Initial packets, by enum tls_side */
	const struct quic_version *version; /* of the last opened packet */
	uint32_t number;
	struct quic_sealed *sealed; /* NULL: nothing to open */
	bool handshake_seen[2];	/* Handshake packets, by enum tls_side */
	unsigned turns; /* of 1-RTT packets: client, server, client ...*/
	unsigned num_short;
	uint8_t gquic_cid[QUIC_CID_MAX], gquic_cid_len;
	struct stamp over_at;	/* 0: not set */
	struct stamp linger;	/* end of it, once hs is NULL */
	bool done;
};

static inline enum tls_side quic_side(const struct quic_session *s, uint8_t dir)
{
	return dir == s->hs->client_dir ? TLS_CLIENT : TLS_SERVER;
}

/* NULL: of that level no packet was opened. */
static inline struct quic_stream *quic_stream_of(struct quic_session *s,
						 enum tls_side side,
						 enum quic_level level)
{
	if (level == QUIC_LEVEL_INITIAL)
		return &s->stream[side];
	return s->sealed ? &s->sealed->stream[side] : NULL;
}

/* session.c: another handshake begins; the one at hand is put. */
bool session_again(struct quic_session *s, struct stamp time);
/* A CONNECTION_CLOSE that could be read. */
void session_closed(struct quic_session *s, enum tls_side side,
		    const struct quic_frame *f, struct stamp time);
/* A hello of Google's: nothing more is told of that connection. */
void session_chlo(struct quic_session *s, const struct gquic_hello *g,
		  struct stamp time);

/* initial.c: an Initial packet in a datagram. */
void initial_packet(struct quic_session *s, const struct chunk *c,
		    const struct quic_packet *p);

/* sealed.c: a Handshake packet; opens it, keeps it or lets it go. */
void sealed_packet(struct quic_session *s, enum tls_side side,
		   const struct quic_packet *p, struct stamp time);
/* Do packets wait for keys? */
bool sealed_waits(const struct quic_session *s);
/* Asks for the keys of what waits, where there may be new ones. */
void sealed_ask(struct quic_session *s);
void sealed_tick(struct quic_session *s, struct stamp now);
/* A hello came: its keys may be known now. */
void sealed_ask_again(struct quic_session *s);
/* Wipes the keys; what comes is another handshake's. */
void sealed_fini(struct quic_session *s);
size_t sealed_memory(const struct quic_session *s);

/* message.c: the frames of an opened packet. */
void message_frames(struct quic_session *s, enum tls_side side,
		    enum quic_level level, struct bytes payload,
		    struct stamp time);
/* Messages whose end will not come are read as far as they go. */
void message_cut(struct quic_session *s, struct stamp time);

#endif
