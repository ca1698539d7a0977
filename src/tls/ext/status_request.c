/* status_request.c: RFC 6066 8; TLS 1.3: the staple (RFC 8446 4.4.2.1) */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	if (ctx->in == TLS_EXT_CERTIFICATE) {
		struct reader response;

		if (rd_u8(r) != 1) {
			(void)rd_rest(r);
			return;
		}
		response = rd_vec24(r);
		ctx->hs->staple = rd_rest(&response);
		return;
	}
	(void)rd_rest(r);
	if (ctx->client)
		ctx->client->status_request = true;
	else
		ctx->server->status_request = true;
}

const struct tls_extension tls_ext_status_request = {
	.code = 5,
	.name = "status_request",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO |
		   TLS_EXT_CERTIFICATE,
	.parse = parse,
};
