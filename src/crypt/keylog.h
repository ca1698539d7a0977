/*
 * keylog.h: the lines of a key log (RFC 9850 2), in pieces of any size.
 *
 * Only labels that open a handshake reach the keyring; all others, traffic
 * secrets and CLIENT_RANDOM among them, are passed over. A line that cannot be
 * read is counted and costs only itself; one without its end waits for it.
 * Comments, empty lines, CR, LF or both at the end and either case of digits
 * are fine.
 */
#ifndef CRYPT_KEYLOG_H
#define CRYPT_KEYLOG_H

#include "base/limits.h"
#include "crypt/keyring.h"

struct keylog_counters {
	uint64_t lines, used, skipped, malformed, too_long;
};

struct keylog {
	struct keyring *ring;
	bool overlong; /* the line at hand is, and is passed over */
	size_t len;
	uint8_t line[LIMIT_KEYLOG_LINE];
	struct keylog_counters counters;
};

void keylog_init(struct keylog *k, struct keyring *ring);
/* Wipes what is left of a line. */
void keylog_fini(struct keylog *k);
void keylog_feed(struct keylog *k, struct bytes b);
/* Forgets a line that is not whole. */
void keylog_drop(struct keylog *k);
/* Nothing more will come: a last line without its end counts. */
void keylog_end(struct keylog *k);

#endif
