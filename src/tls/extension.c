/* extension.c: see extension.h. */
#include "tls/extension.h"

static const struct tls_extension *row_of(uint16_t code)
{
	for (size_t i = 0; i < tls_num_extensions; i++)
		if (tls_extensions[i]->code == code)
			return tls_extensions[i];
	return NULL;
}

static bool seen_before(const uint16_t *ids, size_t num, uint16_t code)
{
	for (size_t i = 0; i < num; i++)
		if (ids[i] == code)
			return true;
	return false;
}

static void read_one(struct reader *r, struct tls_extension_ctx *ctx,
		     enum tls_side side, uint64_t base, uint16_t code)
{
	uint64_t at = base + rd_offset(r);
	struct reader body = rd_vec16(r);
	const struct tls_extension *row = row_of(code);

	if (!row || !(row->allowed & ctx->in))
		return;
	ctx->at = at;
	row->parse(&body, ctx);
	if (!rd_end(&body) && body.state == RD_BAD)
		tls_anomaly_add(ctx->hs, side, "extension_malformed", at);
}

void tls_extensions_read(struct reader *r, struct tls_extension_ctx *ctx,
			 enum tls_side side, uint64_t base, uint16_t **ids,
			 size_t *num)
{
	uint16_t seen[LIMIT_TLS_EXTENSIONS];
	size_t n = 0;

	while (rd_more(r)) {
		uint64_t at = base + rd_offset(r);
		uint16_t code = rd_u16(r);

		if (!rd_ok(r))
			break;
		if (n == LIMIT_TLS_EXTENSIONS) {
			tls_anomaly_add(ctx->hs, side, "extensions_too_many",
					at);
			break;
		}
		/* RFC 8446 4.2: at most one of a type; the first one counts */
		if (seen_before(seen, n, code)) {
			tls_anomaly_add(ctx->hs, side, "extension_duplicate",
					at);
			(void)rd_vec16(r);
			continue;
		}
		seen[n++] = code;
		read_one(r, ctx, side, base, code);
	}
	if (!ids || !n)
		return;
	*ids = arena_alloc(&ctx->hs->arena, n * sizeof **ids);
	if (*ids) {
		memcpy(*ids, seen, n * sizeof **ids);
		*num = n;
	}
}
