/* cert_type.c: RFC 6091 3 (OpenPGP): the server names the type it uses */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	ctx->server->cert_type = rd_u8(r);
}

const struct tls_extension tls_ext_cert_type = {
	.code = 9,
	.name = "cert_type",
	.allowed = TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
