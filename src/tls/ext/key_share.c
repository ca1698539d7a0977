/* key_share.c: RFC 8446 4.2.8. Only the groups are kept. */
#include "tls/extension.h"

static void parse_client(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r);
	size_t n = 0, max = rd_left(&list).len / 4;
	uint8_t *groups = arena_alloc(&ctx->hs->arena, 2 * max);

	while (rd_more(&list)) {
		uint16_t group = rd_u16(&list);

		(void)rd_vec16(&list);
		if (!rd_ok(&list) || !groups)
			break;
		groups[n++] = (uint8_t)(group >> 8);
		groups[n++] = (uint8_t)group;
	}
	ctx->client->key_share_groups = bytes_of(groups, n);
	(void)rd_close(r, &list);
}

/* A HelloRetryRequest has the group alone. */
static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	if (ctx->client) {
		parse_client(r, ctx);
		return;
	}
	ctx->server->group = rd_u16(r);
	if (rd_more(r))
		(void)rd_vec16(r);
}

const struct tls_extension tls_ext_key_share = {
	.code = 51,
	.name = "key_share",
	.allowed = TLS_EXT_CLIENT_HELLO | TLS_EXT_SERVER_HELLO,
	.parse = parse,
};
