/*
 * unseen.h: what is known of certificates that cannot be seen: those that were
 * seen in the clear for the same name (TLS 1.2, keys), and how long the
 * encrypted ones are.
 *
 * A length tells certificates apart only roughly: it is a hint, never a
 * verdict. Bounded by LIMIT_KNOW_UNSEEN, least recently used first, counted;
 * pure.
 */
#ifndef KNOW_UNSEEN_H
#define KNOW_UNSEEN_H

#include "know/observation.h"
#include "tls/flight.h"

struct unseen;

struct unseen_news {
	/* another length than at the last like handshake with this endpoint:
	 * the certificate, or what comes with it, has changed */
	bool changed;
	enum tls_flight_of of;
	uint32_t from, to;
	/* the last certificate seen in the clear for that name and port (for
	 * the endpoint where there is no name), and when; NULL: none */
	struct cert *elsewhere;
	/* it is the one of them that is as long as the encrypted one */
	bool like;
	struct stamp seen;
};

struct unseen *unseen_new(void);
void unseen_free(struct unseen *s);
/* A chain that can be read. */
void unseen_learn(struct unseen *s, const struct observation *o,
		  struct bytes name);
/* One that cannot. likeness: of what the server was offered. elsewhere is the
 * table's: it lives until the next call that learns. */
void unseen_see(struct unseen *s, const struct observation *o,
		struct bytes name, uint64_t likeness, struct unseen_news *out);
/* Before anything is known: so many 1024ths of what it may keep, and bytes of
 * certificates. */
void unseen_share(struct unseen *s, unsigned parts, size_t held);
/* Bytes that it takes now; full: that it may come to take. */
size_t unseen_memory(const struct unseen *s, bool full);
uint64_t unseen_evicted(const struct unseen *s);

#endif
