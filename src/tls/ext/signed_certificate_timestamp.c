/* signed_certificate_timestamp.c: RFC 6962 3.3.1 (TLS 1.3: beside the leaf) */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct bytes list = rd_rest(r);

	if (ctx->client)
		ctx->client->sct = true;
	else
		ctx->hs->scts |= list.len > 0;
}

const struct tls_extension tls_ext_signed_certificate_timestamp = {
	.code = 18,
	.name = "signed_certificate_timestamp",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO |
		   TLS_EXT_CERTIFICATE,
	.parse = parse,
};
