/*
 * fuzz_reader.c: any sequence of src/base/reader.h's calls over any bytes.
 *
 * The first byte says whole or window; then an opcode for each call, taken
 * from the second half of the input, over its first half. Demands: nothing is
 * lent from outside, the cursor never goes back, failure is sticky and gives
 * zeros, a window is never bad by its length alone, a whole message never
 * short.
 */
#include "base/reader.h"
#include "demand.h"

static void check_inside(const struct reader *r, struct bytes b)
{
	demand(!b.len || (b.p >= r->start && b.p + b.len <= r->end));
}

static uint64_t read_number(struct reader *r, uint8_t op)
{
	switch (op % 9) {
	case 0:
		return rd_u8(r);
	case 1:
		return rd_u16(r);
	case 2:
		return rd_u24(r);
	case 3:
		return rd_u32(r);
	case 4:
		return rd_u64(r);
	case 5:
		return rd_le16(r);
	case 6:
		return rd_le32(r);
	case 7:
		return rd_varint(r);
	default:
		return rd_peek8(r);
	}
}

static struct reader child_of(struct reader *r, uint8_t op)
{
	switch (op % 4) {
	case 0:
		return rd_vec8(r);
	case 1:
		return rd_vec16(r);
	case 2:
		return rd_vec24(r);
	default:
		return rd_sub(r, op);
	}
}

static void step_child(struct reader *r, uint8_t op)
{
	struct reader child = child_of(r, op);

	demand(child.p >= r->start && child.end <= r->end);
	if (op & 0x10)
		(void)rd_rest(&child);
	if (op & 0x20)
		demand(rd_close(r, &child) == rd_ok(r));
}

static void step(struct reader *r, uint8_t op)
{
	struct reader before = *r;

	if (op < 0x50)
		demand(read_number(r, op) == 0 || rd_ok(r));
	else if (op < 0x80)
		check_inside(r, rd_bytes(r, op - 0x50));
	else if (op < 0x90)
		rd_skip(r, op);
	else if (op < 0xf0)
		step_child(r, op);
	else if (op < 0xf8)
		check_inside(r, rd_left(r));
	else if (op < 0xfc)
		check_inside(r, rd_rest(r));
	else if (op < 0xfd)
		rd_reject(r);
	else
		demand(rd_end(r) == rd_ok(r));
	demand(r->p >= before.p && r->p <= r->end && r->end == before.end);
	demand(rd_ok(&before) || (!rd_ok(r) && r->p == before.p));
	demand(r->window || r->state != RD_SHORT);
	demand(rd_more(r) == (rd_ok(r) && r->p < r->end));
	demand(rd_offset(r) <= (size_t)(r->end - r->start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r;
	size_t half;

	if (size < 2)
		return 0;
	half = (size - 1) / 2;
	r = data[0] & 1 ? rd_whole(bytes_of(data + 1, half))
			: rd_window(bytes_of(data + 1, half));
	for (size_t i = 1 + half; i < size; i++)
		step(&r, data[i]);
	return 0;
}
