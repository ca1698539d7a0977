/* ec_point_formats.c: RFC 8422 5.1.2 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec8(r);

	ctx->client->point_formats = rd_rest(&list);
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_ec_point_formats = {
	.code = 11,
	.name = "ec_point_formats",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
