/* encrypted_client_hello.c: RFC 9849 5. Outer or GREASE: they look alike. */
#include "tls/extension.h"

static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct bytes all = rd_left(r);
	uint8_t type = rd_u8(r);

	(void)rd_rest(r);
	if (type != 0)
		return; /* inner: only inside an opened ClientHello */
	ctx->client->ech = true;
	ctx->client->ech_outer = all;
}

const struct tls_extension tls_ext_encrypted_client_hello = {
	.code = 65037,
	.name = "encrypted_client_hello",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
