/*
 * fuzz_tls_message.c: each reader of a handshake message over any body.
 *
 * The first byte picks the message and the carrier, and whether the body is
 * cut. Demands: all that is stored lies in the arena's copy of the body, a cut
 * body is never called malformed, and certificates are never empty.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "demand.h"
#include "tls/message.h"

static void within(struct bytes whole, struct bytes part)
{
	demand(!part.len || (part.p >= whole.p && part.len <= whole.len &&
			     part.p + part.len <= whole.p + whole.len));
}

static void run(struct tls_handshake *hs, uint8_t kind,
		const struct tls_body *body)
{
	switch (kind) {
	case 0:
		tls_read_client_hello(hs, body);
		break;
	case 1:
		tls_read_client_hello_v2(hs, body);
		break;
	case 2:
		demand(tls_read_server_hello(hs, body) ||
		       (!hs->server.seen && !body->cut));
		break;
	case 3:
	case 4:
		tls_read_certificate(hs, TLS_SERVER, kind == 4, body);
		break;
	case 5:
		tls_read_certificate(hs, TLS_CLIENT, false, body);
		break;
	case 6:
		tls_read_certificate_status(hs, body);
		break;
	default:
		tls_read_new_session_ticket(hs, body);
		break;
	}
}

static void check(const struct tls_handshake *hs, const struct tls_body *body)
{
	const struct tls_client_hello *c = &hs->client;

	within(body->b, c->sni);
	within(body->b, c->session_id);
	within(body->b, c->alpn);
	within(body->b, c->groups);
	within(body->b, c->versions);
	within(body->b, c->ticket);
	within(body->b, c->psk_identity);
	within(body->b, c->ech_outer);
	within(body->b, hs->server.session_id);
	within(body->b, hs->server.alpn);
	within(body->b, hs->staple);
	within(body->b, hs->new_ticket);
	demand(c->num_ext <= LIMIT_TLS_EXTENSIONS);
	for (int i = 0; i < 2; i++) {
		const struct tls_chain *chain = &hs->chain[i];

		demand(chain->num_certs <= LIMIT_TLS_CHAIN);
		demand(!chain->num_certs || chain->state == TLS_CHAIN_WHOLE ||
		       chain->state == TLS_CHAIN_PARTIAL);
		for (size_t k = 0; k < chain->num_certs; k++) {
			demand(chain->certs[k].len > 0);
			within(body->b, chain->certs[k]);
		}
	}
	for (size_t i = 0; i < hs->num_anomalies; i++)
		demand(hs->anomalies[i].offset <= 1000 + body->b.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_window(bytes_of(data, size));
	uint8_t how = rd_u8(&r);
	struct tls_handshake *hs = tls_handshake_new(
		how & 8 ? TLS_OVER_DTLS : TLS_OVER_TCP, stamp_sec(0));
	struct bytes in = rd_rest(&r);
	struct tls_body body = { .offset = 1000, .cut = how & 16 };
	uint8_t *copy = malloc(in.len ? in.len : 1);

	demand(hs && copy);
	if (in.len)
		memcpy(copy, in.p, in.len);
	body.b = bytes_of(copy, in.len); /* exact, unlike the arena's blocks */
	run(hs, how & 7, &body);
	check(hs, &body);
	tls_handshake_free(hs);
	free(copy);
	return 0;
}
