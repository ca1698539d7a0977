/*
 * compressed.h: one const row per certificate compression (RFC 8879 7.3).
 *
 * A row's function appends what comes out to a buffer whose cap is the length
 * that the message declares: more than that, an unsound stream or bytes behind
 * its end are false. Nothing is allocated by that length. Internal to src/tls.
 */
#ifndef TLS_COMPRESSED_H
#define TLS_COMPRESSED_H

#include "base/buf.h"

/* Bytes put out in one step. */
#define COMPRESSED_STEP 16384

struct tls_compression {
	uint16_t code;
	const char *name;
	/* NULL: not built in */
	bool (*inflate)(struct bytes in, struct buf *out);
};

extern const struct tls_compression tls_compression_zlib;
extern const struct tls_compression tls_compression_brotli;
extern const struct tls_compression tls_compression_zstd;

#endif
