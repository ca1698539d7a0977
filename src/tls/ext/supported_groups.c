/* supported_groups.c: RFC 8422 5.1.1, RFC 8446 4.2.7 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r);

	ctx->client->groups = rd_rest(&list);
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_supported_groups = {
	.code = 10,
	.name = "supported_groups",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
