/*
 * fuzz_keylog.c: a key log in pieces. The first byte is the size of a piece;
 * demands: whole or in pieces, the same is counted, what is kept is bounded,
 * and what is found has a length that a secret can have.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "crypt/keylog.h"
#include "demand.h"

#define SESSIONS 8

static struct keylog_counters run(struct bytes all, size_t piece)
{
	static const uint8_t random[32];
	struct keyring *ring = keyring_new(SESSIONS);
	struct keylog *k = malloc(sizeof *k);
	struct keylog_counters counters;
	struct keyring_counters c;
	struct bytes b;

	demand(ring && k);
	keylog_init(k, ring);
	for (; all.len; all = bytes_tail(all, piece))
		keylog_feed(k, bytes_head(all, piece));
	keylog_end(k);
	counters = k->counters;
	keyring_counters(ring, &c);
	demand(c.sessions <= SESSIONS && c.added == counters.used);
	for (int l = 0; l < KEYRING_LABELS; l++)
		if (keyring_find(ring, random, (enum keyring_label)l, &b))
			demand(b.len && b.len <= KEYRING_CONFIG_MAX);
	keylog_fini(k);
	free(k);
	keyring_free(ring);
	return counters;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	size_t piece = rd_u8(&r) + 1u;
	struct bytes all = rd_rest(&r);
	struct keylog_counters a = run(all, all.len + 1), b = run(all, piece);

	demand(a.lines == b.lines && a.used == b.used &&
	       a.skipped == b.skipped && a.malformed == b.malformed &&
	       a.too_long == b.too_long);
	demand(a.used + a.skipped + a.malformed == a.lines);
	return 0;
}
