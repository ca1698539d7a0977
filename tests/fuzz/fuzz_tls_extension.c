/*
 * fuzz_tls_extension.c: the parser of each extension's row over any data.
 *
 * The first byte picks the row, the second where it stands (a bit of enum
 * tls_extension_in). The row gets a reader over exactly the data; the loop in
 * extension.c gets the same as a list of one. Demands: no overrun, a row that
 * is not allowed there is not called, and what is stored lies in the data.
 */
#include <stdlib.h>

#include "demand.h"
#include "tls/extension.h"

static void within(struct bytes whole, struct bytes part)
{
	demand(!part.len || (part.p >= whole.p && part.len <= whole.len &&
			     part.p + part.len <= whole.p + whole.len));
}

static void check(struct bytes b, const struct tls_client_hello *c,
		  const struct tls_server_hello *s,
		  const struct tls_handshake *hs)
{
	within(b, c->sni);
	within(b, c->alpn);
	within(b, c->groups);
	within(b, c->signature_algorithms);
	within(b, c->versions);
	within(b, c->point_formats);
	within(b, c->cert_compression);
	within(b, c->ticket);
	within(b, c->psk_identity);
	within(b, c->ech_outer);
	within(b, s->alpn);
	within(b, hs->staple);
}

static void run(const struct tls_extension *row, enum tls_extension_in in,
		struct bytes b, bool list)
{
	struct tls_handshake *hs =
		tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	struct tls_client_hello c = { .count = 1 };
	struct tls_server_hello s = { .seen = true };
	bool client = in == TLS_EXT_CLIENT_HELLO;
	struct tls_extension_ctx ctx = { .hs = hs,
					 .client = client ? &c : NULL,
					 .server = client ? NULL : &s,
					 .in = in };
	struct reader r = rd_whole(b);

	demand(hs != NULL);
	if (list) {
		uint16_t *ids = NULL;
		size_t num = 0;

		tls_extensions_read(&r, &ctx, TLS_CLIENT, 0, &ids, &num);
		demand(num <= LIMIT_TLS_EXTENSIONS && (ids || !num));
	} else if (row->allowed & in) {
		row->parse(&r, &ctx);
	}
	check(b, &c, &s, hs);
	tls_handshake_free(hs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	uint8_t pick = rd_u8(&r), in = rd_u8(&r);
	struct bytes left = rd_rest(&r);
	uint8_t *copy = malloc(left.len ? left.len : 1);
	static const enum tls_extension_in places[] = {
		TLS_EXT_CLIENT_HELLO,
		TLS_EXT_SERVER_HELLO,
		TLS_EXT_CERTIFICATE,
		TLS_EXT_ENCRYPTED,
	};

	demand(copy != NULL);
	if (left.len)
		memcpy(copy, left.p, left.len);
	run(tls_extensions[pick % tls_num_extensions], places[in & 3],
	    bytes_of(copy, left.len), in & 4);
	free(copy);
	return 0;
}
