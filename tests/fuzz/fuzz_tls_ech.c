/*
 * fuzz_tls_ech.c: the hello inside an Encrypted Client Hello.
 *
 * The input is two bytes of length, so many bytes of what was sealed, and an
 * outer hello. Demands: failure leaves the output untouched, the hello that is
 * made is no longer than its parts, begins as they say, and can be read.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "demand.h"
#include "tls/ech.h"
#include "tls/message.h"

/* A block of exactly its size. */
static struct bytes copy(struct bytes b, uint8_t **block)
{
	*block = malloc(b.len ? b.len : 1);
	demand(*block != NULL);
	if (b.len)
		memcpy(*block, b.p, b.len);
	return bytes_of(*block, b.len);
}

static void run(struct tls_handshake *hs, struct bytes encoded,
		struct bytes hello)
{
	struct tls_ech_outer o = { .payload_at = 77 };
	struct tls_client_hello c;
	struct bytes inner = { .len = 77 };

	if (!tls_ech_outer(hello, &o)) {
		demand(o.payload_at == 77);
		return;
	}
	demand(o.payload.len && o.payload_at + o.payload.len <= hello.len &&
	       o.payload.p == hello.p + o.payload_at);
	if (!tls_ech_inner(encoded, &o, &hs->arena, &inner)) {
		demand(inner.len == 77 && !inner.p);
		return;
	}
	demand(inner.len <= encoded.len + hello.len);
	demand(!memcmp(inner.p, encoded.p, 34));
	tls_read_inner_hello(hs, inner, &c);
	demand(bytes_eq(c.session_id, o.session_id));
	demand(!memcmp(c.random, &encoded.p[2], 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	struct reader part = rd_vec16(&r);
	uint8_t *block[2];
	struct bytes encoded = copy(rd_left(&part), &block[0]);
	struct bytes hello = copy(rd_left(&r), &block[1]);
	struct tls_handshake *hs =
		tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));

	demand(hs != NULL);
	run(hs, encoded, hello);
	tls_handshake_free(hs);
	free(block[0]);
	free(block[1]);
	return 0;
}
