/*
 * fuzz_tls_compressed.c: a CompressedCertificate's body (RFC 8879 4).
 *
 * Demands: what is handed out keeps its limits and is readable; a message that
 * declares too much is bad and gives no certificate, and no more certificates
 * come out than it declares bytes.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "demand.h"
#include "tls/message.h"

/* The length that the message declares; 0 where it does not come so far. */
static uint32_t declared(struct bytes b)
{
	struct reader r = rd_window(b);

	(void)rd_u16(&r);
	return rd_u24(&r);
}

static void check(const struct tls_handshake *hs, uint32_t len)
{
	const struct tls_chain *c = &hs->chain[TLS_SERVER];
	size_t sum = 0;

	demand(hs->arena.used <= LIMIT_TLS_HANDSHAKE);
	demand(hs->num_anomalies <= LIMIT_TLS_ANOMALIES);
	demand(c->num_certs <= LIMIT_TLS_CHAIN);
	demand(c->state == TLS_CHAIN_WHOLE || c->state == TLS_CHAIN_PARTIAL ||
	       c->num_certs == 0);
	for (size_t i = 0; i < c->num_certs; i++) {
		touch(c->certs[i]);
		sum += c->certs[i].len;
	}
	demand(sum <= len);
	demand(len <= LIMIT_TLS_INFLATED || !c->num_certs);
	touch(hs->staple);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stamp now = stamp_sec(1000000);
	struct tls_handshake *hs = tls_handshake_new(TLS_OVER_TCP, now);
	uint8_t *copy = malloc(size + !size);
	struct tls_body body = { .time = now };

	demand(hs && copy);
	if (size)
		memcpy(copy, data, size);
	body.b = bytes_of(copy, size);
	tls_read_compressed_certificate(hs, TLS_SERVER, &body);
	check(hs, declared(body.b));
	free(copy);
	tls_handshake_free(hs);
	return 0;
}
