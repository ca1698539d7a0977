/*
 * extension.h: one const row per TLS extension, one small file each in ext/.
 *
 * The loop in extension.c does framing, duplicates, isolation and "was all of
 * it eaten?"; a row's parser gets a reader over exactly the extension's data,
 * stores views of it (the message is in the handshake's arena already) and
 * returns. A malformed extension costs only itself and is noted.
 */
#ifndef TLS_EXTENSION_H
#define TLS_EXTENSION_H

#include "base/reader.h"
#include "tls/handshake.h"

enum tls_extension_in {
	TLS_EXT_CLIENT_HELLO = 1,
	TLS_EXT_SERVER_HELLO = 2,
	TLS_EXT_RETRY = 4,
	TLS_EXT_ENCRYPTED = 8,
	TLS_EXT_CERTIFICATE = 16,
	TLS_EXT_CERTIFICATE_REQUEST = 32,
};

/* Where a parser puts what it finds; client is set for a ClientHello only. */
struct tls_extension_ctx {
	struct tls_handshake *hs;
	struct tls_client_hello *client;
	struct tls_server_hello *server;
	enum tls_extension_in in;
	uint64_t at; /* where the one at hand begins, for anomalies */
};

struct tls_extension {
	uint16_t code;
	const char *name;
	uint8_t allowed; /* enum tls_extension_in, or-ed */
	void (*parse)(struct reader *r, struct tls_extension_ctx *ctx);
};

/* All rows, made by meson from the list in src/tls/meson.build. */
extern const struct tls_extension *const tls_extensions[];
extern const size_t tls_num_extensions;

/*
 * Reads a list of extensions (without its length). ids and num may be NULL;
 * else the types in order, in the handshake's arena. base is the stream offset
 * of r's start, for anomalies.
 */
void tls_extensions_read(struct reader *r, struct tls_extension_ctx *ctx,
			 enum tls_side side, uint64_t base, uint16_t **ids,
			 size_t *num);

#endif
