/* compressed_brotli.c: brotli (RFC 7932), algorithm 2, through libbrotlidec. */
#include "tls/compressed.h"

#include <brotli/decode.h>

static bool run(BrotliDecoderState *d, struct bytes in, struct buf *out)
{
	const uint8_t *next = in.p;
	size_t left = in.len;
	BrotliDecoderResult rc;

	do {
		uint8_t step[COMPRESSED_STEP], *at = step;
		size_t room = sizeof step;

		rc = BrotliDecoderDecompressStream(d, &left, &next, &room, &at,
						   NULL);
		buf_add(out, step, sizeof step - room);
		if (out->failed)
			return false;
	} while (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
	return rc == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
}

static bool inflate_brotli(struct bytes in, struct buf *out)
{
	BrotliDecoderState *d = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	bool sound = d && run(d, in, out);

	if (d)
		BrotliDecoderDestroyInstance(d);
	return sound;
}

const struct tls_compression tls_compression_brotli = {
	.code = 2,
	.name = "brotli",
	.inflate = inflate_brotli,
};
