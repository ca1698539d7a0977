/*
 * exhibit_file.c: a pcapng (draft-ietf-opsawg-pcapng) of one section, one
 * interface of raw IP, and packets; little-endian everywhere. Nothing from the
 * wire stands in it but the packets.
 */
#include "ledger/exhibit.h"

#include "know/packets.h"

#define SECTION	  0x0a0d0d0au
#define INTERFACE 1u
#define PACKET	  6u
#define MAGIC	  0x1a2b3c4du

#define LINKTYPE_RAW 101
#define OPT_COMMENT  1
#define OPT_USER     4
#define OPT_TSRESOL  9

static void put16(struct buf *b, unsigned v)
{
	buf_add_char(b, (char)(v & 0xff));
	buf_add_char(b, (char)(v >> 8 & 0xff));
}

static void put32(struct buf *b, uint32_t v)
{
	put16(b, v & 0xffff);
	put16(b, v >> 16);
}

static void pad(struct buf *b)
{
	while (b->len % 4)
		buf_add_char(b, '\0');
}

static size_t block_begin(struct buf *b, uint32_t type)
{
	size_t at = b->len;

	put32(b, type);
	put32(b, 0);
	return at;
}

/* The length, before and behind. */
static void block_end(struct buf *b, size_t at)
{
	uint32_t len = (uint32_t)(b->len - at + 4);

	put32(b, len);
	for (int i = 0; i < 4 && !b->failed; i++)
		b->p[at + 4 + (size_t)i] = (uint8_t)(len >> 8 * i);
}

static void option(struct buf *b, unsigned code, struct bytes value)
{
	put16(b, code);
	put16(b, (unsigned)value.len);
	buf_add(b, value.p, value.len);
	pad(b);
}

/* Where the IP packets came out of. */
static void tunnels(struct buf *b, const struct observation *o)
{
	for (uint8_t i = 0; i < o->num_tunnels; i++) {
		buf_printf(b, "%s%s", i ? ", " : "; inside of ",
			   tunnel_names[o->tunnels[i].type]);
		if (o->tunnels[i].has_id)
			buf_printf(b, " %llu",
				   (unsigned long long)o->tunnels[i].id);
	}
}

static void comment(struct buf *b, const struct log_event *e)
{
	struct buf text;

	buf_init(&text, 1024);
	buf_printf(&text, "wirecert finding %s %s (%s)", e->finding->id,
		   e->finding->check->code, action_words[e->action]);
	tunnels(&text, e->judgement->obs);
	if (e->judgement->obs->packets->cut)
		buf_add_str(&text, "; not all of the packets were kept");
	b->failed |= text.failed;
	option(b, OPT_COMMENT, buf_bytes(&text));
	buf_fini(&text);
}

bool exhibit_head(const struct log_event *e, struct buf *out)
{
	static const uint8_t nanoseconds[] = { 9 };
	size_t at = block_begin(out, SECTION);

	put32(out, MAGIC);
	put16(out, 1); /* version 1.0 */
	put16(out, 0);
	put32(out, UINT32_MAX); /* the section's length is not given */
	put32(out, UINT32_MAX);
	comment(out, e);
	option(out, OPT_USER, bytes_str("wirecert"));
	option(out, 0, bytes_of(NULL, 0));
	block_end(out, at);
	at = block_begin(out, INTERFACE);
	put16(out, LINKTYPE_RAW);
	put16(out, 0);
	put32(out, 0); /* no snap length */
	option(out, OPT_TSRESOL, bytes_of(nanoseconds, 1));
	option(out, 0, bytes_of(NULL, 0));
	block_end(out, at);
	return !out->failed;
}

bool exhibit_body(const struct packets *p, struct buf *out)
{
	struct stamp time;
	struct bytes ip;
	uint32_t len;
	size_t at = 0;

	while (packets_next(p, &at, &time, &ip, &len)) {
		size_t block = block_begin(out, PACKET);

		put32(out, 0);
		put32(out, (uint32_t)((uint64_t)time.ns >> 32));
		put32(out, (uint32_t)(uint64_t)time.ns);
		put32(out, (uint32_t)ip.len);
		put32(out, len);
		buf_add(out, ip.p, ip.len);
		pad(out);
		block_end(out, block);
	}
	return !out->failed;
}
