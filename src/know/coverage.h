/*
 * coverage.h: how much is seen of each server name: the handshakes, those that
 * were judged by a certificate, those that hid theirs, and mostly why.
 *
 * Names are folded to lower case. Bounded by LIMIT_KNOW_COVERAGE, least
 * recently used first, counted; pure.
 */
#ifndef KNOW_COVERAGE_H
#define KNOW_COVERAGE_H

#include "base/bytes.h"
#include "tls/handshake.h"

/* RFC 1035 2.3.4: a name has at most 253 letters and dots */
#define COVERAGE_NAME 256

struct coverage;

struct coverage_name {
	uint8_t name[COVERAGE_NAME];
	size_t len;
	uint64_t handshakes, judged, hidden;
	uint64_t by[TLS_HIDDEN_NUM]; /* of hidden: the reasons */
};

struct coverage *coverage_new(void);
void coverage_free(struct coverage *c);
/* One handshake of that name; what has none is not counted here. */
void coverage_see(struct coverage *c, struct bytes name, bool judged,
		  enum tls_hidden hidden);
/*
 * The names with most hidden handshakes, at most max, most first and else by
 * name; how many were written. They live until the next coverage_see().
 */
size_t coverage_most(struct coverage *c, const struct coverage_name **out,
		     size_t max);
/* The reason that hid most of them. */
enum tls_hidden coverage_why(const struct coverage_name *n);
/* Before anything is known: so many 1024ths of what it may keep. */
void coverage_share(struct coverage *c, unsigned parts);
/* Bytes that it takes now; full: that it may come to take. */
size_t coverage_memory(const struct coverage *c, bool full);
uint64_t coverage_evicted(const struct coverage *c);

#endif
