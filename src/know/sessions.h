/*
 * sessions.h: which certificate a TLS session began with, so that a resumed
 * handshake, which carries none (RFC 5246 7.3, RFC 5077), is judged by it.
 *
 * Sessions are found by ticket, or by session id and server address.
 *
 * Not in TLS 1.3. Its tickets are given out under the traffic keys (RFC 8446
 * 4.6.1), which are never taken, so nothing ties a PSK identity to the
 * handshake it came from. That the same client had one full handshake with that
 * server and name before would be a guess: tickets live for days, so the
 * session may be older than what was captured, and servers of one name may hold
 * several certificates. Such a handshake says that it is resumed and carries
 * nothing.
 *
 * Bounded by LIMIT_KNOW_SESSIONS, least recently used first, counted.
 */
#ifndef KNOW_SESSIONS_H
#define KNOW_SESSIONS_H

#include "cert/held.h"
#include "know/observation.h"

struct sessions;

struct session_origin {
	struct cert *leaf; /* counted by the table */
	char handshake_id[33];
	struct cert_held *held; /* the table's */
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions *s);
/* A full handshake with its certificate, or a resumed one whose origin is
 * known: what the server gave out leads to it from now on. */
void sessions_learn(struct sessions *s, const struct observation *o,
		    struct cert *leaf, const char *handshake_id);
/* The session that this handshake resumes; NULL if it is not known. The result
 * lives until the next call that learns. */
const struct session_origin *sessions_find(struct sessions *s,
					   const struct observation *o);
/* Before anything is known: so many 1024ths of what it may keep, and bytes of
 * certificates. */
void sessions_share(struct sessions *s, unsigned parts, size_t held);
/* Bytes that it takes now; full: that it may come to take. */
size_t sessions_memory(const struct sessions *s, bool full);
uint64_t sessions_evicted(const struct sessions *s);

#endif
