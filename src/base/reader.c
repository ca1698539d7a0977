/* reader.c: see reader.h. The only file that moves a pointer over input. */
#include "base/reader.h"

static struct reader rd_make(struct bytes b, bool window)
{
	static const uint8_t nothing[1];
	const uint8_t *p = b.p ? b.p : nothing;

	return (struct reader){
		.start = p,
		.p = p,
		.end = p + b.len,
		.state = RD_OK,
		.window = window,
	};
}

struct reader rd_whole(struct bytes b)
{
	return rd_make(b, false);
}

struct reader rd_window(struct bytes b)
{
	return rd_make(b, true);
}

static size_t rd_size(const struct reader *r)
{
	return (size_t)(r->end - r->p);
}

static bool rd_need(struct reader *r, size_t n)
{
	if (r->state != RD_OK)
		return false;
	if (rd_size(r) >= n)
		return true;
	r->state = r->window ? RD_SHORT : RD_BAD;
	return false;
}

/* Reads n <= 8 bytes, big endian. */
static uint64_t rd_be(struct reader *r, size_t n)
{
	uint64_t v = 0;

	if (!rd_need(r, n))
		return 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | *r->p++;
	return v;
}

uint8_t rd_u8(struct reader *r)
{
	return (uint8_t)rd_be(r, 1);
}

uint16_t rd_u16(struct reader *r)
{
	return (uint16_t)rd_be(r, 2);
}

uint32_t rd_u24(struct reader *r)
{
	return (uint32_t)rd_be(r, 3);
}

uint32_t rd_u32(struct reader *r)
{
	return (uint32_t)rd_be(r, 4);
}

uint64_t rd_u64(struct reader *r)
{
	return rd_be(r, 8);
}

uint16_t rd_le16(struct reader *r)
{
	return __builtin_bswap16(rd_u16(r));
}

uint32_t rd_le32(struct reader *r)
{
	return __builtin_bswap32(rd_u32(r));
}

uint64_t rd_varint(struct reader *r)
{
	static const uint64_t mask[] = { 0x3f, 0x3fff, 0x3fffffff,
					 0x3fffffffffffffff };
	unsigned size = rd_peek8(r) >> 6;

	return rd_be(r, (size_t)1 << size) & mask[size];
}

struct bytes rd_bytes(struct reader *r, size_t n)
{
	struct bytes b;

	if (!rd_need(r, n))
		return bytes_of(NULL, 0);
	b = bytes_of(r->p, n);
	r->p += n;
	return b;
}

struct bytes rd_left(const struct reader *r)
{
	if (r->state != RD_OK)
		return bytes_of(NULL, 0);
	return bytes_of(r->p, rd_size(r));
}

struct bytes rd_rest(struct reader *r)
{
	return rd_bytes(r, r->state == RD_OK ? rd_size(r) : 0);
}

void rd_skip(struct reader *r, size_t n)
{
	(void)rd_bytes(r, n);
}

uint8_t rd_peek8(struct reader *r)
{
	return rd_need(r, 1) ? *r->p : 0;
}

struct reader rd_sub(struct reader *r, size_t n)
{
	struct reader child = *r;

	if (r->state == RD_OK && rd_size(r) >= n) {
		child.end = r->p + n;
		child.window = false;
		r->p += n;
		return child;
	}
	if (r->state == RD_OK && r->window) {
		r->p = r->end; /* the child stands over what there is */
		r->state = RD_SHORT;
		return child;
	}
	(void)rd_need(r, n);
	child.state = r->state;
	child.p = child.end = r->p;
	return child;
}

struct reader rd_vec8(struct reader *r)
{
	size_t n = rd_u8(r);

	return rd_sub(r, n);
}

struct reader rd_vec16(struct reader *r)
{
	size_t n = rd_u16(r);

	return rd_sub(r, n);
}

struct reader rd_vec24(struct reader *r)
{
	size_t n = rd_u24(r);

	return rd_sub(r, n);
}

bool rd_more(const struct reader *r)
{
	return r->state == RD_OK && r->p < r->end;
}

bool rd_ok(const struct reader *r)
{
	return r->state == RD_OK;
}

void rd_reject(struct reader *r)
{
	r->state = RD_BAD;
}

bool rd_end(struct reader *r)
{
	if (r->state == RD_OK && r->p < r->end)
		r->state = RD_BAD;
	return r->state == RD_OK;
}

bool rd_close(struct reader *parent, struct reader *child)
{
	if (rd_end(child))
		return parent->state == RD_OK;
	if (parent->state == RD_OK)
		parent->state = child->state;
	return false;
}

size_t rd_offset(const struct reader *r)
{
	return (size_t)(r->p - r->start);
}
