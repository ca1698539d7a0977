/* alpn.c: RFC 7301 3.1 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r), name;

	if (ctx->client) {
		ctx->client->alpn = rd_left(&list);
		while (rd_more(&list))
			(void)rd_vec8(&list);
	} else {
		name = rd_vec8(&list);
		ctx->hs->server.alpn = rd_left(&name);
		if (ctx->server)
			ctx->server->alpn = rd_left(&name);
	}
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_alpn = {
	.code = 16,
	.name = "application_layer_protocol_negotiation",
	.allowed =
		TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO | TLS_EXT_ENCRYPTED,
	.parse = parse,
};
