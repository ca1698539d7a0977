/* server_certificate_type.c: RFC 7250 4 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list;
	bool x509 = false;

	if (!ctx->client) {
		ctx->hs->server.cert_type = rd_u8(r);
		if (ctx->server)
			ctx->server->cert_type = ctx->hs->server.cert_type;
		return;
	}
	list = rd_vec8(r);
	while (rd_more(&list))
		x509 |= rd_u8(&list) == 0;
	ctx->client->raw_public_key = !x509;
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_server_certificate_type = {
	.code = 20,
	.name = "server_certificate_type",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO | TLS_EXT_ENCRYPTED,
	.parse = parse,
};
