/*
 * keylog.h: key log files, followed while they grow, are cut or replaced.
 *
 * A FIFO is read as it comes. A line that is not whole waits for its rest. What
 * passes through here is wiped at once and is in no core dump.
 */
#ifndef APP_KEYLOG_H
#define APP_KEYLOG_H

#include "crypt/keyring.h"
#include "event/event.h"

struct keylogs;

/* paths are borrowed. NULL without memory. */
struct keylogs *keylogs_new(const char *const *paths, size_t num,
			    struct keyring *ring);
void keylogs_free(struct keylogs *k);
/* Reads every file to its end (a FIFO: until its writers are gone); false: one
 * cannot be read, which was told in a line each. */
bool keylogs_read(struct keylogs *k);
/* Reads what is new; true when secrets were added. Files that are not there
 * (yet) are told once. */
bool keylogs_poll(struct keylogs *k);
/* A key log that was found inside a capture (pcapng). */
void keylogs_feed(struct keylogs *k, struct bytes log);
/* The same for all of them in a plain pcapng file; false: it is none, or not
 * all of it could be looked through. */
bool keylogs_scan(struct keylogs *k, const char *path);
void keylogs_status(const struct keylogs *k, struct status *s);

#endif
