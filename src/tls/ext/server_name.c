/* server_name.c: RFC 6066 3. A server answers with an empty one. */
#include "tls/extension.h"

/* RFC 6066 3: ASCII; nothing that a terminal obeys is part of a name. */
static bool is_name(struct bytes name)
{
	struct reader r = rd_whole(name);

	while (rd_more(&r)) {
		uint8_t c = rd_u8(&r);

		if (c <= 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

/*
 * The first host_name counts. Seen in the wild: an address literal, a trailing
 * dot, names with any byte in them; all are kept as they are.
 */
static void parse(struct reader *r, struct tls_extension_ctx *ctx)
{
	struct reader list = rd_vec16(r);

	while (rd_more(&list)) {
		uint8_t type = rd_u8(&list);
		struct reader name = rd_vec16(&list);

		if (!rd_ok(&list) || type != 0 || ctx->client->has_sni)
			continue;
		ctx->client->sni = rd_rest(&name);
		ctx->client->has_sni = true;
		if (!is_name(ctx->client->sni))
			tls_anomaly_add(ctx->hs, TLS_CLIENT,
					"server_name_characters", ctx->at);
	}
	(void)rd_close(r, &list);
}

const struct tls_extension tls_ext_server_name = {
	.code = 0,
	.name = "server_name",
	.allowed = TLS_EXT_CLIENT_HELLO,
	.parse = parse,
};
