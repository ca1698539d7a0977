/* compress_certificate.c: RFC 8879 3 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec8(r);

	ctx->client->cert_compression = rd_rest(&list);
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_compress_certificate = {
	.code = 27,
	.name = "compress_certificate",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
