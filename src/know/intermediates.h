/*
 * intermediates.h: issuers seen in chains that lead to the trust store, by
 * subject: what browsers fetch or remember where a server leaves them out.
 *
 * Only certificates of trusted chains get in, so that strangers cannot fill it.
 * Bounded by LIMIT_KNOW_INTERMEDIATES subjects with a few
 * certificates each (cross-certificates); what goes is counted. Holds
 * references.
 */
#ifndef KNOW_INTERMEDIATES_H
#define KNOW_INTERMEDIATES_H

#include "cert/cert.h"

struct intermediates;

struct intermediates *intermediates_new(void);
void intermediates_free(struct intermediates *im);
/* certs[0] is the leaf: the CA certificates behind it are kept. */
void intermediates_add(struct intermediates *im, struct cert *const *certs,
		       size_t num);
/*
 * Those that may stand between these certificates and a root, upwards from
 * their issuers; at most max. Borrowed until the next intermediates_add().
 */
size_t intermediates_find(struct intermediates *im, struct cert *const *certs,
			  size_t num, struct cert **out, size_t max);
/* Before anything is known: so many 1024ths of what it may keep, and bytes of
 * certificates. */
void intermediates_share(struct intermediates *im, unsigned parts, size_t held);
/* Bytes that it takes now; full: that it may come to take. */
size_t intermediates_memory(const struct intermediates *im, bool full);
uint64_t intermediates_evicted(const struct intermediates *im);

#endif
