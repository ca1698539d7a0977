/* signature_algorithms.c: RFC 8446 4.2.3 */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r);

	ctx->client->signature_algorithms = rd_rest(&list);
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_signature_algorithms = {
	.code = 13,
	.name = "signature_algorithms",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
