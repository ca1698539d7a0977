/* pre_shared_key.c: RFC 8446 4.2.11. The first identity is kept. */
#include "tls/extension.h"

static void parse_client(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader ids = rd_vec16(r), id, binders;

	ctx->client->psk = true;
	id = rd_vec16(&ids);
	ctx->client->psk_identity = rd_rest(&id);
	(void)rd_u32(&ids);
	while (rd_more(&ids)) {
		(void)rd_vec16(&ids);
		(void)rd_u32(&ids);
	}
	(void)rd_close(r, &ids);
	binders = rd_vec16(r);
	(void)rd_rest(&binders);
	(void)rd_close(r, &binders);
}

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	if (ctx->client) {
		parse_client(r, ctx);
		return;
	}
	(void)rd_u16(r);
	ctx->server->psk = rd_ok(r);
}

const struct tls_extension tls_ext_pre_shared_key = {
	.code = 41,
	.name = "pre_shared_key",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
