/*
 * catchall.h: certificates that answer to whatever is asked for: captive
 * portals, proxies, default hosts. A name that is not in such a certificate
 * says nothing of that name any more.
 *
 * Bounded by LIMIT_KNOW_CATCHALL, counted; pure: time is an argument.
 */
#ifndef KNOW_CATCHALL_H
#define KNOW_CATCHALL_H

#include "base/bytes.h"
#include "base/stamp.h"

struct catchall;

struct catchall *catchall_new(void);
void catchall_free(struct catchall *c);
/*
 * A leaf was shown for a name that it does not have. True: for more than
 * LIMIT_CATCHALL_NAMES such names within LIMIT_CATCHALL_WAIT, this one not
 * among the first.
 */
bool catchall_see(struct catchall *c, const uint8_t leaf[static 32],
		  struct bytes name, struct stamp now);
/* Before anything is known: so many 1024ths of what it may keep. */
void catchall_share(struct catchall *c, unsigned parts);
/* Bytes that it takes now; full: that it may come to take. */
size_t catchall_memory(const struct catchall *c, bool full);
uint64_t catchall_evicted(const struct catchall *c);

#endif
