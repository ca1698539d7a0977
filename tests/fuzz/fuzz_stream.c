/*
 * fuzz_stream.c: src/flow/stream.h: a script of segments in any order.
 *
 * The input is segments: two bytes of offset, two of length, one of flags (1:
 * a lost tail, 2: give up the hole, 4: other bytes, 8: FIN). Byte n of the
 * true stream is a function of n. Demands: what comes out is in order without
 * overlap, each byte right unless a false copy of it came first, gaps are told
 * only when given up or lost, nothing leaks.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/reader.h"
#include "demand.h"
#include "flow/stream.h"

static uint8_t true_byte(size_t n)
{
	return (uint8_t)(n * 7 + n / 251);
}

struct script {
	struct stream s;
	struct stream_pool pool;
	uint64_t told; /* offset up to which we were told */
	bool may_gap;  /* a hole was given up or bytes were lost */
	bool liar;     /* false bytes are about */
};

static void take(struct script *k)
{
	struct chunk c;

	while (stream_next(&k->s, &k->pool, &c)) {
		demand(!c.gap || k->may_gap);
		demand(c.gap || c.data.len);
		for (size_t i = 0; i < c.data.len && !k->liar; i++)
			demand(c.data.p[i] == true_byte(k->told + i));
		k->told += c.gap ? c.gap : c.data.len;
		demand(k->told == k->s.next);
	}
}

static void segment(struct script *k, struct reader *in, uint32_t first_seq)
{
	size_t offset = rd_u16(in), len = rd_u16(in) % 3000;
	uint8_t flags = rd_u8(in);
	uint8_t *b = malloc(len ? len : 1);
	uint32_t sent = (uint32_t)len + (flags & 1 ? 9 : 0);

	if (!b)
		abort();
	for (size_t i = 0; i < len; i++)
		b[i] = true_byte(offset + i) ^ (flags & 4 ? 0x55 : 0);
	k->liar |= flags & 4;
	k->may_gap |= flags & 1;
	(void)stream_insert(&k->s, &k->pool, first_seq + (uint32_t)offset,
			    bytes_of(b, len), sent, stamp_sec(1));
	if (flags & 8)
		stream_end(&k->s, first_seq + (uint32_t)offset + sent, false);
	take(k);
	free(b);
	if (flags & 2 && stream_give_up(&k->s)) {
		k->may_gap = true;
		take(k);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = rd_window(bytes_of(data, size));
	uint32_t first_seq = 0xffff8000u; /* it wraps */
	struct script k = { .told = 0 };

	stream_pool_init(&k.pool, LIMIT_STREAM_BYTES);
	stream_init(&k.s);
	stream_start(&k.s, first_seq);
	for (unsigned n = 0; rd_more(&in) && n < 4096; n++)
		segment(&k, &in, first_seq);
	while (stream_give_up(&k.s)) {
		k.may_gap = true;
		take(&k);
	}
	demand(k.s.held == 0 || k.s.blocks);
	stream_fini(&k.s, &k.pool);
	stream_pool_fini(&k.pool);
	return 0;
}
