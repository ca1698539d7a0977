/* cached_info.c: RFC 7924 4: the server may send a hash for its certificate */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r);

	while (rd_more(&list)) {
		uint8_t type = rd_u8(&list);

		if (rd_ok(&list) && type == 1) /* cert */
			ctx->hs->server.cached_info = true;
	}
	if (ctx->server)
		ctx->server->cached_info = ctx->hs->server.cached_info;
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_cached_info = {
	.code = 25,
	.name = "cached_info",
	.allowed = TLS_EXT_SERVER_HELLO | TLS_EXT_ENCRYPTED,
	.parse = parse,
};
