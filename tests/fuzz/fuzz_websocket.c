/*
 * fuzz_websocket.c: what is taken out of the frames of a WebSocket, and out of
 * the packets of Microsoft SQL Server.
 *
 * Chunks: a byte with the length (bits 0 to 6) and whether that many bytes are
 * lost (bit 7), then the bytes. Demanded: the same stream of payload whether a
 * chunk comes whole or byte by byte, offsets without a break, never more told
 * than came, and nothing told behind a loss of the frames.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "demand.h"
#include "probe/ws.h"

struct run {
	struct ws w;
	struct buf told; /* gaps are zeros */
	uint64_t at, gap;
};

static void say(struct run *r, struct bytes data, uint64_t gap)
{
	struct chunk in = { .offset = r->at, .gap = gap }, out;
	uint8_t *copy = malloc(data.len + 1);
	bool lost = r->w.lost;

	if (data.len)
		memcpy(copy, data.p, data.len);
	in.data = bytes_of(copy, data.len);
	while (ws_next(&r->w, &in, &out)) {
		demand(!lost);
		demand(out.offset == r->told.len);
		demand((out.gap > 0) != (out.data.len > 0));
		demand(out.data.len <= LIMIT_WS_PIECE);
		buf_add(&r->told, out.data.p, out.data.len);
		for (uint64_t i = 0; i < out.gap; i++)
			buf_add_char(&r->told, '\0');
		r->gap += out.gap;
	}
	free(copy);
	r->at += data.len + gap;
	demand(r->told.len <= r->at + 1);
}

static void feed(struct run *r, struct bytes data, uint64_t gap, size_t step)
{
	if (gap || !data.len)
		say(r, bytes_of(NULL, 0), gap);
	for (; data.len; data = bytes_tail(data, step))
		say(r, bytes_head(data, step), 0);
}

static void run(struct bytes script, enum frames_kind kind, size_t step,
		struct run *r)
{
	struct reader in = rd_whole(script);

	ws_init(&r->w, kind, 0);
	buf_init(&r->told, 1u << 24);
	r->at = r->gap = 0;
	while (rd_more(&in)) {
		uint8_t head = rd_u8(&in);
		struct bytes data = bytes_head(rd_left(&in), head & 0x7f);

		if (head & 0x80) {
			feed(r, bytes_of(NULL, 0), head & 0x7f, step);
			continue;
		}
		feed(r, data, 0, step);
		rd_skip(&in, data.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, single;

	if (size > 1u << 16)
		return 0;
	for (enum frames_kind k = FRAMES_WEBSOCKET; k <= FRAMES_TDS; k++) {
		run(bytes_of(data, size), k, SIZE_MAX, &whole);
		run(bytes_of(data, size), k, 1, &single);
		demand(whole.w.lost == single.w.lost);
		demand(bytes_eq(buf_bytes(&whole.told),
				buf_bytes(&single.told)));
		buf_fini(&whole.told);
		buf_fini(&single.told);
	}
	return 0;
}
