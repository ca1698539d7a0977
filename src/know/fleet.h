/*
 * fleet.h: the certificates that one name is served with, over all its
 * endpoints: did a newer one come, and is an older one still about?
 *
 * Within one name, port and key algorithm (servers may hold an RSA and an
 * ECDSA certificate at once), and apart for those that the trust store knows:
 * behind an inspecting proxy a name has another certificate, which says nothing
 * of the server's. Bounded by LIMIT_KNOW_NAMES, counted; pure.
 */
#ifndef KNOW_FLEET_H
#define KNOW_FLEET_H

#include "cert/cert.h"

struct fleet;

struct fleet_news {
	bool changed; /* this newer one is here, the old one unseen for 1 h */
	bool older;   /* a newer one appeared at newer_since */
	uint8_t other[32]; /* SHA-256 of the older (changed) or newer one */
	struct stamp newer_since;
};

struct fleet *fleet_new(void);
void fleet_free(struct fleet *f);
/* A certificate that has the name was shown for it at this port. */
void fleet_see(struct fleet *f, struct bytes name, uint16_t port,
	       const struct cert *c, bool trusted, struct stamp now,
	       struct fleet_news *out);
/* Before anything is known: so many 1024ths of what it may keep. */
void fleet_share(struct fleet *f, unsigned parts);
/* Bytes that it takes now; full: that it may come to take. */
size_t fleet_memory(const struct fleet *f, bool full);
uint64_t fleet_evicted(const struct fleet *f);

#endif
