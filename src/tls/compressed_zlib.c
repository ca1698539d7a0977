/* compressed_zlib.c: zlib (RFC 1950), algorithm 1. */
#include "tls/compressed.h"

#include <zlib.h>

static bool run(z_stream *z, struct buf *out)
{
	uint8_t step[COMPRESSED_STEP];
	int rc;

	do {
		z->next_out = step;
		z->avail_out = sizeof step;
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return false;
		buf_add(out, step, sizeof step - z->avail_out);
		if (out->failed)
			return false;
		/* no progress is left to be made: its end is missing */
		if (rc == Z_OK && !z->avail_in && z->avail_out)
			return false;
	} while (rc != Z_STREAM_END);
	return z->avail_in == 0;
}

static bool inflate_zlib(struct bytes in, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p,
		       .avail_in = (uInt)in.len };
	bool sound;

	if (inflateInit(&z) != Z_OK)
		return false;
	sound = run(&z, out);
	(void)inflateEnd(&z);
	return sound;
}

const struct tls_compression tls_compression_zlib = {
	.code = 1,
	.name = "zlib",
	.inflate = inflate_zlib,
};
