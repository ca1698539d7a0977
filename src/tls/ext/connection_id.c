/*
 * connection_id.c: RFC 9146 3. Each side tells the id that it wants to see;
 * only its length is kept, by which records to it are read.
 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader cid = rd_vec8(r);
	struct bytes id = rd_rest(&cid);

	if (!rd_close(r, &cid))
		return;
	if (ctx->client) {
		ctx->client->has_cid = true;
		ctx->client->cid_len = (uint8_t)id.len;
	} else {
		ctx->server->has_cid = true;
		ctx->server->cid_len = (uint8_t)id.len;
	}
}

const struct tls_extension tls_ext_connection_id = {
	.code = 54,
	.name = "connection_id",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
