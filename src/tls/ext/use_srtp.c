/* use_srtp.c: RFC 5764 4.1.1: WebRTC, whose certificates are pinned */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	(void)rd_rest(r);
	if (ctx->client)
		ctx->client->srtp = true;
}

const struct tls_extension tls_ext_use_srtp = {
	.code = 14,
	.name = "use_srtp",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
