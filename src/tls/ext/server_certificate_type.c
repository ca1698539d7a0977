/* server_certificate_type.c: RFC 7250 4 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list;
	bool x509 = false, other = false;

	if (!ctx->client) {
		ctx->hs->server.cert_type = rd_u8(r);
		if (ctx->server)
			ctx->server->cert_type = ctx->hs->server.cert_type;
		return;
	}
	list = rd_vec8(r);
	while (rd_more(&list)) {
		uint8_t type = rd_u8(&list);

		x509 |= type == 0;
		other |= type != 0;
	}
	ctx->client->raw_public_key = other && !x509;
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_server_certificate_type = {
	.code = 20,
	.name = "server_certificate_type",
	.allowed =
		TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO | TLS_EXT_ENCRYPTED,
	.parse = parse,
};
