/*
 * pcapng.c: draft-ietf-opsawg-pcapng.
 *
 * Read by ourselves because libpcap refuses interfaces of different link types
 * and drops the secrets. A block that contradicts itself costs only itself
 * (counted as bad_blocks) as long as its length can be believed; unknown
 * blocks are passed over, however large. Section numbers in comments are the
 * draft's.
 */
#include "capture/pcapng.h"

#include <stdlib.h>

#include "base/linktype.h"
#include "capture/internal.h"

#define BLOCK_SECTION	0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_OLD	2u /* the Packet Block of the first drafts */
#define BLOCK_SIMPLE	3u
#define BLOCK_STATS	5u
#define BLOCK_PACKET	6u
#define BLOCK_SECRETS	10u

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
/* type, length, length again */
#define BLOCK_LEAST 12

bool pcapng_magic(struct bytes head)
{
	struct reader r = rd_whole(head);

	/* a palindrome: the same in both byte orders */
	return rd_u32(&r) == BLOCK_SECTION && rd_ok(&r);
}

uint32_t pcapng_u32(const struct pcapng *p, struct reader *r)
{
	return p->little ? rd_le32(r) : rd_u32(r);
}

uint16_t pcapng_u16(const struct pcapng *p, struct reader *r)
{
	return p->little ? rd_le16(r) : rd_u16(r);
}

uint64_t pcapng_u64(const struct pcapng *p, struct reader *r)
{
	uint64_t v = rd_u64(r);

	return p->little ? __builtin_bswap64(v) : v;
}

static enum source_result block_skipped(struct source *s, struct reader *r,
					struct frame *out)
{
	(void)s;
	(void)r;
	(void)out;
	return SOURCE_AGAIN;
}

/* 4.1; the byte order was taken from it when its length was read. */
static enum source_result block_section(struct source *s, struct reader *r,
					struct frame *out)
{
	struct pcapng *p = s->impl;
	uint16_t major;

	(void)out;
	rd_skip(r, 4);
	major = pcapng_u16(p, r);
	rd_skip(r, 2 + 8);
	if (!rd_ok(r) || major != 1)
		return source_fail(
			s,
			"pcapng version %u at byte %llu is "
			"unknown: 1 is read",
			major, (unsigned long long)stream_offset(s->stream));
	/* the numbers of interfaces start again; their names are kept */
	p->section = p->num_interfaces;
	return SOURCE_AGAIN;
}

static enum source_result block_bad(struct source *s)
{
	s->stats.bad_blocks++;
	return SOURCE_AGAIN;
}

static const struct pcapng_interface *find_interface(const struct pcapng *p,
						     uint32_t id)
{
	if (id >= p->num_interfaces - p->section)
		return NULL;
	return &p->interface[p->section + id];
}

/* The packet's frame: cap bytes of data, then padding and options. */
static enum source_result packet_frame(struct source *s, struct reader *r,
				       const struct pcapng_interface *i,
				       uint32_t cap, uint32_t len,
				       struct frame *out)
{
	struct pcapng *p = s->impl;
	struct bytes data = rd_bytes(r, cap);

	if (!rd_ok(r) || cap > LIMIT_FRAME)
		return block_bad(s);
	*out = (struct frame){
		.data = data,
		.len = len > cap ? len : cap,
		.linktype = i->linktype,
		.time = s->latest,
		.interface = (uint32_t)(i - p->interface) + 1,
	};
	return SOURCE_FRAME;
}

/* What both kinds of packet block say behind the number of its interface. */
static enum source_result packet_timed(struct source *s, struct reader *r,
				       const struct pcapng_interface *i,
				       struct frame *out)
{
	struct pcapng *p = s->impl;
	uint32_t high = pcapng_u32(p, r), low = pcapng_u32(p, r);
	uint32_t cap = pcapng_u32(p, r), len = pcapng_u32(p, r);

	if (!i || !rd_ok(r))
		return block_bad(s);
	s->latest = pcapng_time(i, (uint64_t)high << 32 | low);
	return packet_frame(s, r, i, cap, len, out);
}

/* 4.3 */
static enum source_result block_packet(struct source *s, struct reader *r,
				       struct frame *out)
{
	struct pcapng *p = s->impl;

	return packet_timed(s, r, find_interface(p, pcapng_u32(p, r)), out);
}

/* A.1: as above, but the interface has 16 bits and a drop counter beside. */
static enum source_result block_old(struct source *s, struct reader *r,
				    struct frame *out)
{
	struct pcapng *p = s->impl;
	const struct pcapng_interface *i = find_interface(p, pcapng_u16(p, r));

	rd_skip(r, 2);
	return packet_timed(s, r, i, out);
}

/* 4.4: of the first interface, cut at its snap length, without a time: that
 * of the packet before it serves. */
static enum source_result block_simple(struct source *s, struct reader *r,
				       struct frame *out)
{
	struct pcapng *p = s->impl;
	const struct pcapng_interface *i = find_interface(p, 0);
	uint32_t len = pcapng_u32(p, r), cap = len;

	if (!i || !rd_ok(r))
		return block_bad(s);
	if (i->snaplen && cap > i->snaplen)
		cap = i->snaplen;
	if (cap > rd_left(r).len)
		cap = (uint32_t)rd_left(r).len;
	return packet_frame(s, r, i, cap, len, out);
}

static const struct block_row {
	uint32_t type;
	enum source_result (*read)(struct source *s, struct reader *r,
				   struct frame *out);
} block_rows[] = {
	{ BLOCK_PACKET, block_packet },
	{ BLOCK_SECTION, block_section },
	{ BLOCK_INTERFACE, pcapng_interface },
	{ BLOCK_OLD, block_old },
	{ BLOCK_SIMPLE, block_simple },
	{ BLOCK_STATS, pcapng_statistics },
	{ BLOCK_SECRETS, pcapng_secrets },
};

static const struct block_row *find_block(uint32_t type)
{
	static const struct block_row unknown = { 0, block_skipped };

	for (size_t i = 0; i < sizeof block_rows / sizeof *block_rows; i++)
		if (block_rows[i].type == type)
			return &block_rows[i];
	return &unknown;
}

static enum source_result block_cut(struct source *s, enum stream_result sr,
				    size_t left)
{
	if (sr != STREAM_END || left == 0)
		return source_stream_end(s, sr);
	return source_warn(
		s,
		"the last block is cut short at byte %llu: the "
		"capture was copied or ended while it was written",
		(unsigned long long)(stream_offset(s->stream) + left));
}

/* Type and length of the block that comes; a section may turn the order. */
static enum source_result block_begin(struct source *s, uint32_t *type,
				      uint32_t *total)
{
	struct pcapng *p = s->impl;
	enum stream_result sr;
	struct reader r;
	struct bytes b;

	sr = stream_need(s->stream, BLOCK_LEAST, &b);
	if (sr != STREAM_OK)
		return block_cut(s, sr, b.len);
	r = rd_window(b);
	if (rd_u32(&r) == BLOCK_SECTION) {
		uint32_t magic;

		rd_skip(&r, 4);
		magic = rd_u32(&r);
		p->little = magic != BYTE_ORDER_MAGIC;
		if (p->little && __builtin_bswap32(magic) != BYTE_ORDER_MAGIC)
			return source_fail(
				s, "damaged at byte %llu: a section without a "
				   "byte order",
				(unsigned long long)stream_offset(s->stream));
	}
	r = rd_window(b);
	*type = pcapng_u32(p, &r);
	*total = pcapng_u32(p, &r);
	if (*total < BLOCK_LEAST)
		return source_fail(s, "damaged at byte %llu: a block of %u "
				      "bytes, where 12 is the least",
				   (unsigned long long)stream_offset(s->stream),
				   *total);
	return SOURCE_FRAME;
}

/* 3.1: padded to 32 bits; some writers give the length without padding. */
static uint64_t block_padded(uint32_t total)
{
	return ((uint64_t)total + 3) & ~UINT64_C(3);
}

/* The block is in memory: its two lengths must agree, then it is read. */
static enum source_result block_read(struct source *s,
				     const struct block_row *row,
				     struct bytes b, uint32_t total,
				     struct frame *out)
{
	struct pcapng *p = s->impl;
	struct reader r = rd_whole(bytes_head(b, (size_t)block_padded(total)));
	struct reader body;
	enum source_result sr;

	rd_skip(&r, 8);
	body = rd_sub(&r, (size_t)block_padded(total) - BLOCK_LEAST);
	if (pcapng_u32(p, &r) != total)
		sr = block_bad(s);
	else
		sr = row->read(s, &body, out);
	if (sr != SOURCE_FAILED)
		stream_take(s->stream, (size_t)block_padded(total));
	return sr;
}

static enum source_result pcapng_next(struct source *s, struct frame *out)
{
	struct pcapng *p = s->impl;
	enum source_result r = SOURCE_AGAIN;
	const struct block_row *row;
	enum stream_result sr;
	uint32_t type = 0, total = 0;
	struct bytes b;

	while (r == SOURCE_AGAIN) {
		if (p->skip > p->skipped) {
			sr = stream_skip(s->stream, p->skip, &p->skipped);
			if (sr != STREAM_OK)
				return block_cut(s, sr, 1);
		}
		r = block_begin(s, &type, &total);
		if (r != SOURCE_FRAME)
			return r;
		row = find_block(type);
		if (row->read == block_skipped) {
			p->skip = block_padded(total);
			p->skipped = 0;
			r = SOURCE_AGAIN;
			continue;
		}
		if (total > LIMIT_PCAPNG_BLOCK)
			return source_fail(
				s, "damaged at byte %llu: a block of %u bytes, "
				   "where %u is the most",
				(unsigned long long)stream_offset(s->stream),
				total, LIMIT_PCAPNG_BLOCK);
		sr = stream_need(s->stream, (size_t)block_padded(total), &b);
		if (sr != STREAM_OK)
			return block_cut(s, sr, b.len);
		r = block_read(s, row, b, total, out);
	}
	return r;
}

static void pcapng_close(struct source *s)
{
	struct pcapng *p = s->impl;

	if (!p)
		return;
	free(p->interface);
	buf_fini(&p->secrets);
	buf_fini(&p->given);
	free(p);
}

static const char *pcapng_interface_name(const struct source *s, uint32_t n)
{
	const struct pcapng *p = s->impl;

	if (n > p->num_interfaces || !p->interface[n - 1].name_len)
		return NULL;
	return p->interface[n - 1].name;
}

static bool pcapng_take_secrets(struct source *s, struct bytes *out)
{
	struct pcapng *p = s->impl;
	struct buf b = p->given;

	if (!p->secrets.len)
		return false;
	p->given = p->secrets;
	p->secrets = b;
	buf_reset(&p->secrets);
	*out = buf_bytes(&p->given);
	return true;
}

static const struct source_ops pcapng_ops = {
	.next = pcapng_next,
	.close = pcapng_close,
	.interface = pcapng_interface_name,
	.secrets = pcapng_take_secrets,
};

enum source_result pcapng_open(struct source *s)
{
	struct pcapng *p = calloc(1, sizeof *p);

	if (!p)
		return source_fail(s, "out of memory");
	buf_init(&p->secrets, LIMIT_PCAPNG_SECRETS);
	buf_init(&p->given, LIMIT_PCAPNG_SECRETS);
	s->impl = p;
	s->ops = &pcapng_ops;
	return SOURCE_AGAIN;
}
