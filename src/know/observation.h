/*
 * observation.h: the only thing that crosses from the workers to the joint
 * thread.
 *
 * Owned, self-contained, without views into packets; immutable once handed
 * over, then shared by counting (only the joint side counts, so the count is
 * plain). Observations are merged by their order, which is the same for any
 * number of workers.
 */
#ifndef KNOW_OBSERVATION_H
#define KNOW_OBSERVATION_H

#include "base/addr.h"
#include "base/limits.h"
#include "cert/cert.h"
#include "decode/packet.h"
#include "tls/handshake.h"

struct dns_message;
struct packets;

enum observation_kind {
	OBSERVATION_HANDSHAKE,
	OBSERVATION_DNS,
	OBSERVATION_WATERMARK, /* nothing older will come from this worker */
};

/* Compared in this order of members. */
struct observation_order {
	struct stamp time; /* when it was known: packet or tick */
	uint64_t frame;	   /* number of that frame over all workers */
	uint64_t sub;	   /* number of the connection's first frame */
	uint32_t part;	   /* several of one connection at once */
};

/* Where observations are freed: by the worker that made them, whoever gave the
 * last reference back. A heap that is locked by one thread's malloc() is waited
 * for by another's free(), and the kernel's wake-up costs more than either. */
struct observation_home {
	struct observation *spent; /* touched by observation.c alone */
};

struct observation {
	enum observation_kind kind;
	unsigned refs;
	struct observation_home *home; /* NULL: freed at once */
	struct observation *next_spent;
	size_t size; /* with all its room */
	struct observation_order order;
	struct stamp time;		     /* of its first packet */
	struct endpoint source, destination; /* initiator and target */
	uint8_t transport;		     /* PACKET_TCP or PACKET_UDP */
	uint32_t interface, input;
	uint8_t num_tunnels;
	struct tunnel *tunnels; /* as many as there is room for */

	/* OBSERVATION_HANDSHAKE */
	struct tls_handshake *hs;
	struct tls_sight sight;
	struct tls_reaction reaction;
	struct cert **chain[2];	  /* by enum tls_side; as many as ... */
	size_t num_chain[2];	  /* given here */
	size_t num_chain_sent[2]; /* members the message had */

	/* OBSERVATION_DNS */
	struct dns_message *dns;

	struct packets *packets; /* evidence; owned, NULL: not kept */
};

/* What an observation has room for: at most LIMIT_EVENT_CHAIN certificates a
 * side, LIMIT_TUNNEL_DEPTH tunnels. */
struct observation_room {
	size_t certs[2]; /* by enum tls_side */
	uint8_t tunnels;
};

/* One block of memory with all its room; NULL without memory. */
struct observation *observation_new(enum observation_kind kind,
				    const struct observation_room *room);
/* Another thread made it: asks the memory for what will be looked at. */
void observation_prefetch(const struct observation *o);
/* References are one thread's at a time: the worker's until it hands the
 * observation over, the joint half's from then on. The home must outlive it. */
struct observation *observation_ref(struct observation *o);
void observation_unref(struct observation *o);
/* Frees what came home, by a thread at a time. */
void observation_home_clear(struct observation_home *home);
/* Its packets will not be asked for (again). */
void observation_drop_packets(struct observation *o);
/* <0, 0, >0 */
int observation_compare(const struct observation_order *a,
			const struct observation_order *b);
/* The TLS client's and server's endpoints, by who said hello. */
const struct endpoint *observation_client(const struct observation *o);
const struct endpoint *observation_server(const struct observation *o);
struct cert *observation_leaf(const struct observation *o, enum tls_side side);
/* Hash of the hashes of the server's chain as it was sent, leaf first. */
void observation_chain_sha256(const struct observation *o,
			      uint8_t out[static 32]);

#endif
