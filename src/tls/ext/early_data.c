/* early_data.c: RFC 8446 4.2.10 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	(void)r; /* empty in a ClientHello */
	ctx->client->early_data = true;
}

const struct tls_extension tls_ext_early_data = {
	.code = 42,
	.name = "early_data",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
