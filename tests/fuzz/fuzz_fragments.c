/*
 * fuzz_fragments.c: datagrams in fragments, against a model of a few lines.
 *
 * The input is fragments of five bytes each: which of eight datagrams (IPv4,
 * IPv6 or CAPWAP) and whether more follow, the offset, the length, the value of
 * its bytes, and how much time passed. Demands: what is put together is what
 * the model has, in which the first copy of a byte wins; nothing is put
 * together that the model has holes in; the counters add up.
 */
#include "base/linktype.h"
#include "base/reader.h"
#include "decode/decode.h"
#include "demand.h"

#define NUM_DATAGRAMS 8
#define MOST	      (256 * 8 + 256)
#define FILLED	      0x100 /* beside the byte's value */

struct model {
	uint16_t byte[MOST];
	size_t total;
};

static struct model models[NUM_DATAGRAMS];
static struct stamp now = { NSEC_PER_SEC };

static bool model_whole(const struct model *m)
{
	for (size_t i = 0; i < m->total; i++)
		if (!(m->byte[i] & FILLED))
			return false;
	return m->total > 0;
}

struct piece {
	unsigned which;
	bool more;
	size_t offset, len;
	uint8_t value;
};

static bool model_fits(const struct model *m, const struct piece *p)
{
	size_t end = p->offset + p->len;

	if (!p->len || (p->more && p->len % 8) || (m->total && end > m->total))
		return false;
	for (size_t i = end; !p->more && i < MOST; i++)
		if (m->byte[i] & FILLED)
			return false;
	return true;
}

static void model_add(struct model *m, const struct piece *p)
{
	if (!model_fits(m, p))
		return;
	for (size_t i = 0; i < p->len; i++)
		if (!(m->byte[p->offset + i] & FILLED))
			m->byte[p->offset + i] = FILLED | p->value;
	if (!p->more)
		m->total = p->offset + p->len;
}

static bool is_six(unsigned which)
{
	return which % 4 == 1;
}

static bool is_capwap(unsigned which)
{
	return which % 4 == 2;
}

static size_t put_v4(uint8_t *b, const struct piece *p, size_t len)
{
	const uint8_t head[20] = { 0x45, 0, (uint8_t)((len + 20) >> 8),
				   (uint8_t)(len + 20), 0, (uint8_t)p->which,
				   (uint8_t)(p->offset >> 11 |
					     (p->more ? 0x20 : 0)),
				   (uint8_t)(p->offset >> 3), 64, 17, 0, 0, 10,
				   0, 0, 1, 10, 0, 0, 2 };

	memcpy(b, head, sizeof head);
	if (is_capwap(p->which))
		b[6] = b[7] = 0;
	return sizeof head;
}

static size_t put_v6(uint8_t *b, const struct piece *p)
{
	uint8_t head[48] = { 0x60, 0, 0, 0, (uint8_t)((p->len + 8) >> 8),
			     (uint8_t)(p->len + 8), 44, 64, 0x20, [23] = 1,
			     [24] = 0x20, [39] = 2, [40] = 17,
			     [42] = (uint8_t)(p->offset >> 8),
			     [43] = (uint8_t)(p->offset | p->more),
			     [47] = (uint8_t)p->which };

	memcpy(b, head, sizeof head);
	return sizeof head;
}

/* UDP to CAPWAP's port, its header; the frame it carries is Ethernet. */
static size_t put_capwap(uint8_t *b, const struct piece *p)
{
	size_t len = p->len + 16;
	uint8_t head[16] = { 0x80, (uint8_t)p->which, 5247 >> 8, 5247 & 0xff,
			     (uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0, 0x10,
			     0x02, p->more ? 0x80 : 0xc0, 0, 1,
			     (uint8_t)(p->offset >> 8), (uint8_t)p->offset };

	memcpy(b, head, sizeof head);
	return sizeof head;
}

static enum decode_reason give(struct decoder *d, const struct piece *p,
			       struct packet *out, uint8_t *b)
{
	struct frame f = { .linktype = LINKTYPE_RAW, .time = now };
	size_t n;

	if (is_six(p->which))
		n = put_v6(b, p);
	else
		n = put_v4(b, p, p->len + (is_capwap(p->which) ? 16 : 0));
	if (is_capwap(p->which))
		n += put_capwap(b + n, p);
	memset(b + n, p->value, p->len);
	f.data = bytes_of(b, n + p->len);
	f.len = (uint32_t)f.data.len;
	return decode_frame(d, &f, out);
}

/* Of a datagram that came out: its UDP payload is the model's behind 8 bytes
 * (unless its own length says less). */
static void check_payload(const struct model *m, const struct packet *p)
{
	demand(p->payload.len <= m->total - 8);
	for (size_t i = 0; i < p->payload.len; i++)
		demand(p->payload.p[i] == (m->byte[i + 8] & 0xff));
}

static void one(struct decoder *d, const struct piece *p)
{
	const struct decode_counters *c = decode_counters(d);
	uint64_t whole = c->reassembled, lost = c->reason[DECODE_FRAGMENT_LOST];
	uint8_t b[MOST + 64];
	struct model *m = &models[p->which];
	bool fits = model_fits(m, p);
	struct packet out;
	enum decode_reason reason = give(d, p, &out, b);

	/* a first fragment that is the last one is no fragment in IP */
	if (!is_capwap(p->which) && p->offset == 0 && !p->more)
		return;
	model_add(m, p);
	demand(fits == (c->reason[DECODE_FRAGMENT_LOST] == lost));
	demand(model_whole(m) == (c->reassembled == whole + 1));
	if (!model_whole(m)) {
		demand(reason == DECODE_FRAGMENT ||
		       reason == DECODE_FRAGMENT_LOST);
		return;
	}
	if (reason == DECODE_OK && !is_capwap(p->which) && !out.num_tunnels)
		check_payload(m, &out);
	memset(m, 0, sizeof *m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decoder *d;
	struct reader r = rd_whole(bytes_of(data, size < 500 ? size : 500));

	if (!d)
		d = decode_new(NULL);
	demand(d != NULL);
	now.ns += LIMIT_FRAG_AGE + 1;
	memset(models, 0, sizeof models);
	while (rd_more(&r)) {
		uint8_t which = rd_u8(&r), offset = rd_u8(&r), len = rd_u8(&r);
		struct piece p = { .which = which % NUM_DATAGRAMS,
				   .more = !(which & 0x80),
				   .offset = offset * (size_t)8,
				   .len = which & 0x40 ? len : len & 0xf8u };

		p.value = rd_u8(&r);
		/* never so much that one grows too old */
		now.ns += rd_u8(&r);
		if (rd_ok(&r))
			one(d, &p);
	}
	return 0;
}
