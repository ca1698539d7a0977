/* supported_versions.c: RFC 8446 4.2.1 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	if (ctx->client) {
		struct reader list = rd_vec8(r);

		ctx->client->versions = rd_rest(&list);
		(void)rd_close(r, &list);
	} else {
		uint16_t version = rd_u16(r);

		if (rd_ok(r))
			ctx->server->version = version;
	}
}

const struct tls_extension tls_ext_supported_versions = {
	.code = 43,
	.name = "supported_versions",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
