/* encrypted_server_name.c: draft-ietf-tls-esni up to 06, in old captures */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	(void)rd_rest(r);
	ctx->client->esni = true;
}

const struct tls_extension tls_ext_encrypted_server_name = {
	.code = 65486,
	.name = "encrypted_server_name",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
