/* inflate_zstd.c: zstd (RFC 8878) through libzstd. */
#include "capture/inflate.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/limits.h"

struct zstd {
	ZSTD_DStream *z;
	bool between;
};

static void zstd_close(void *state)
{
	struct zstd *g = state;

	ZSTD_freeDStream(g->z);
	free(g);
}

static void *zstd_open(void)
{
	struct zstd *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->z = ZSTD_createDStream();
	g->between = true;
	if (!g->z ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(g->z, ZSTD_d_windowLogMax,
						LIMIT_ZSTD_WINDOW_LOG))) {
		zstd_close(g);
		return NULL;
	}
	return g;
}

static bool zstd_run(void *state, struct bytes *in, uint8_t *out, size_t room,
		     size_t *put, bool *between)
{
	struct zstd *g = state;
	ZSTD_inBuffer i = { .src = in->p, .size = in->len };
	ZSTD_outBuffer o = { .dst = out, .size = room };
	size_t rc = ZSTD_decompressStream(g->z, &o, &i);

	*put = o.pos;
	*in = bytes_tail(*in, i.pos);
	if (ZSTD_isError(rc))
		return false;
	if (i.pos || o.pos)
		g->between = rc == 0;
	*between = g->between;
	return true;
}

const struct inflate_kind inflate_zstd = {
	.name = "zstd",
	.magic = { 0x28, 0xb5, 0x2f, 0xfd },
	.magic_len = 4,
	.open = zstd_open,
	.run = zstd_run,
	.close = zstd_close,
};
