/* session_ticket.c: RFC 5077 3.2 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct bytes ticket = rd_rest(r);

	if (ctx->client) {
		ctx->client->has_ticket = true;
		ctx->client->ticket = ticket;
	} else {
		ctx->server->ticket = true;
	}
}

const struct tls_extension tls_ext_session_ticket = {
	.code = 35,
	.name = "session_ticket",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
