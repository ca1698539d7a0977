/*
 * compressed.c: CompressedCertificate (RFC 8879 4). What comes out must be as
 * long as the message declares, and at most LIMIT_TLS_INFLATED.
 */
#include "tls/compressed.h"

#include "base/reader.h"
#include "tls/message.h"

static const struct tls_compression *const rows[] = {
	&tls_compression_zlib,
	&tls_compression_brotli,
	&tls_compression_zstd,
};

static const struct tls_compression *row_of(uint16_t code)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i]->code == code)
			return rows[i];
	return NULL;
}

static void bad(struct tls_handshake *hs, enum tls_side side,
		const struct tls_body *body, const char *code)
{
	hs->chain[side] = (struct tls_chain){ .state = TLS_CHAIN_BAD,
					      .time = body->time };
	tls_anomaly_add(hs, side, code, body->offset);
}

static void unpack(struct tls_handshake *hs, enum tls_side side,
		   const struct tls_compression *row, uint32_t len,
		   struct bytes in, const struct tls_body *body)
{
	struct tls_body plain = { .offset = body->offset, .time = body->time };
	struct buf out;

	if (len > LIMIT_TLS_INFLATED) {
		bad(hs, side, body, "compressed_too_long");
		return;
	}
	buf_init(&out, len);
	if (!row->inflate(in, &out) || out.len != len) {
		bad(hs, side, body, "compressed_malformed");
	} else {
		plain.b = arena_copy(&hs->arena, buf_bytes(&out));
		if (plain.b.len || !len)
			tls_read_certificate(hs, side, true, &plain);
		else
			bad(hs, side, body, "memory");
	}
	buf_fini(&out);
}

void tls_read_compressed_certificate(struct tls_handshake *hs,
				     enum tls_side side,
				     const struct tls_body *body)
{
	struct reader r = rd_whole(body->b), packed;
	const struct tls_compression *row = row_of(rd_u16(&r));
	uint32_t len = rd_u24(&r);
	struct bytes in;

	packed = rd_vec24(&r);
	in = rd_rest(&packed);
	if (!rd_close(&r, &packed) || !rd_end(&r)) {
		bad(hs, side, body, "compressed_malformed");
		return;
	}
	if (!row || !row->inflate) {
		hs->compressed_unread |= side == TLS_SERVER;
		return;
	}
	unpack(hs, side, row, len, in, body);
}
