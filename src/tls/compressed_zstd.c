/* compressed_zstd.c: zstd (RFC 8878), algorithm 3, through libzstd. */
#include "tls/compressed.h"

#include <zstd.h>

/* RFC 8878 3.1.1.1.2: every decoder takes windows of 8 MiB; no message here
 * is longer than LIMIT_TLS_INFLATED */
#define WINDOW_LOG 23

static bool run(ZSTD_DStream *d, struct bytes in, struct buf *out)
{
	ZSTD_inBuffer i = { .src = in.p, .size = in.len };
	size_t rc;

	do {
		uint8_t step[COMPRESSED_STEP];
		ZSTD_outBuffer o = { .dst = step, .size = sizeof step };

		rc = ZSTD_decompressStream(d, &o, &i);
		if (ZSTD_isError(rc))
			return false;
		buf_add(out, step, o.pos);
		if (out->failed)
			return false;
		/* neither side moves any more: its end is missing */
		if (rc && i.pos == i.size && o.pos < o.size)
			return false;
	} while (rc);
	return i.pos == i.size;
}

static bool inflate_zstd(struct bytes in, struct buf *out)
{
	ZSTD_DStream *d = ZSTD_createDStream();
	bool sound = d &&
		     !ZSTD_isError(ZSTD_DCtx_setParameter(
			     d, ZSTD_d_windowLogMax, WINDOW_LOG)) &&
		     run(d, in, out);

	ZSTD_freeDStream(d);
	return sound;
}

const struct tls_compression tls_compression_zstd = {
	.code = 3,
	.name = "zstd",
	.inflate = inflate_zstd,
};
