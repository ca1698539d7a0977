/* inflate_gzip.c: gzip (RFC 1952) through zlib. */
#include "capture/inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct gzip {
	z_stream z;
	bool between;
};

static void *gzip_open(void)
{
	struct gzip *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	/* 16: a gzip header is demanded */
	if (inflateInit2(&g->z, 15 + 16) != Z_OK) {
		free(g);
		return NULL;
	}
	g->between = true;
	return g;
}

static bool gzip_run(void *state, struct bytes *in, uint8_t *out, size_t room,
		     size_t *put, bool *between)
{
	struct gzip *g = state;
	uInt have = in->len < INT_MAX ? (uInt)in->len : INT_MAX;
	int rc = Z_OK;

	if (g->between && have) {
		/* zeros behind the last member: seen in tape archives */
		if (in->p[0] == 0) {
			*in = bytes_tail(*in, 1);
			*put = 0;
			*between = true;
			return true;
		}
		rc = inflateReset(&g->z);
		g->between = false;
	}
	g->z.next_in = (z_const Bytef *)in->p;
	g->z.avail_in = have;
	g->z.next_out = out;
	g->z.avail_out = room < INT_MAX ? (uInt)room : INT_MAX;
	*put = g->z.avail_out;
	if (rc == Z_OK && !g->between)
		rc = inflate(&g->z, Z_NO_FLUSH);
	*put -= g->z.avail_out;
	*in = bytes_tail(*in, have - g->z.avail_in);
	if (rc == Z_STREAM_END)
		g->between = true;
	*between = g->between;
	return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR;
}

static void gzip_close(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

const struct inflate_kind inflate_gzip = {
	.name = "gzip",
	.magic = { 0x1f, 0x8b },
	.magic_len = 2,
	.open = gzip_open,
	.run = gzip_run,
	.close = gzip_close,
};
