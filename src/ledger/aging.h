/*
 * aging.h: what is known is judged again as time passes (CONTRACT.md, "Identity
 * and life of a finding"): certificates whose next threshold is near, by when
 * it comes, and chains, of which every path ends before the leaf does. Not
 * staples: a server fetches a new one every few days by itself, so that one which
 * has run out since it was shown says nothing of what is stapled now; a resumed
 * session shows none, and only a new handshake tells.
 *
 * Only what was shown lately: a certificate that nobody showed for as long as a
 * finding lives is not known to be there. Bounded (LIMIT_LEDGER_AGING), least
 * recently shown first; never searched but at its top. Pure: time is an argument.
 */
#ifndef LEDGER_AGING_H
#define LEDGER_AGING_H

#include "judge/witness.h"

struct aging;

struct aging *aging_new(uint32_t max);
void aging_free(struct aging *a);
/* The place (any key) shows this certificate now; it is forgotten when it was
 * not shown for so many nanoseconds. */
void aging_see(struct aging *a, struct bytes place, const struct judgement *j,
	       int64_t keep);
/* The same from what was kept; the leaf is counted once more. */
void aging_know(struct aging *a, struct bytes place, const struct witness *w,
		const struct policy *policy, int64_t keep);
/*
 * The next one whose threshold came at *due, now or before; the caller gives the
 * witness back. False: none. Each threshold comes once.
 */
bool aging_next(struct aging *a, struct stamp now, const struct policy *policy,
		int64_t keep, struct stamp *due, struct witness *out);
/* Fewer bytes of certificates than LIMIT_KNOW_HELD. */
void aging_share(struct aging *a, size_t held);
size_t aging_memory(const struct aging *a);
uint32_t aging_size(const struct aging *a);
uint64_t aging_evicted(const struct aging *a);

#endif
