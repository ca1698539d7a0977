/*
 * file_pcap.c: classic capture files (draft-ietf-opsawg-pcap).
 *
 * Read by ourselves and not through libpcap, so that pipes and files that are
 * still being written never block, errors name the byte, and frames are views
 * into the read buffer. The same kinds as libpcap: micro- and nanoseconds,
 * either byte order, the "modified" kind of Kuznetsov, the swapped lengths of
 * versions before 2.3.
 */
#include <endian.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/reader.h"
#include "capture/internal.h"

#define PCAP_MAGIC_USEC	    0xa1b2c3d4u
#define PCAP_MAGIC_NSEC	    0xa1b23c4du
#define PCAP_MAGIC_MODIFIED 0xa1b2cd34u

#define PCAP_FILE_HEADER 24

struct pcap_file {
	bool little;
	bool swapped_lengths;
	bool maybe_swapped;
	uint32_t unit; /* nanoseconds */
	size_t record_header;
};

static uint32_t pcap_u32(const struct pcap_file *p, struct reader *r)
{
	return p->little ? rd_le32(r) : rd_u32(r);
}

static bool pcap_kind(uint32_t magic, struct pcap_file *p)
{
	p->unit = magic == PCAP_MAGIC_NSEC ? 1 : 1000;
	p->record_header = magic == PCAP_MAGIC_MODIFIED ? 24 : 16;
	return magic == PCAP_MAGIC_USEC || magic == PCAP_MAGIC_NSEC ||
	       magic == PCAP_MAGIC_MODIFIED;
}

static bool pcap_recognise(struct bytes head, struct pcap_file *p)
{
	struct reader r = rd_whole(head);
	uint32_t magic = rd_u32(&r);

	if (!rd_ok(&r))
		return false;
	p->little = false;
	if (pcap_kind(magic, p))
		return true;
	p->little = true;
	return pcap_kind(__builtin_bswap32(magic), p);
}

bool pcap_file_magic(struct bytes head)
{
	struct pcap_file p;

	return pcap_recognise(head, &p);
}

/* The four words that every record begins with. */
static void pcap_record(const struct pcap_file *p, struct reader *r,
			uint32_t out[static 4])
{
	struct bytes b = rd_bytes(r, 16);

	memset(out, 0, 16);
	if (b.len == 16)
		memcpy(out, b.p, 16);
	for (int i = 0; i < 4; i++)
		out[i] = p->little ? le32toh(out[i]) : be32toh(out[i]);
}

/* The lengths of a record: how much was captured, how much there was. */
static void pcap_lengths(const struct pcap_file *p, uint32_t *cap,
			 uint32_t *len)
{
	uint32_t was = *cap;

	/* libpcap, sf-pcap.c: old writers had them the other way round */
	if (p->swapped_lengths || (p->maybe_swapped && *cap > *len)) {
		*cap = *len;
		*len = was;
	}
	/* seen in the wild: tools that cut packets and forget the length */
	if (*len < *cap)
		*len = *cap;
}

static enum source_result pcap_cut(struct source *s, enum stream_result r,
				   size_t left)
{
	if (r != STREAM_END || left == 0)
		return source_stream_end(s, r);
	return source_warn(
		s,
		"the last packet is cut short at byte %llu: the "
		"capture was copied or ended while it was written",
		(unsigned long long)(stream_offset(s->stream) + left));
}

static enum source_result pcap_next_record(struct source *s, struct frame *out)
{
	const struct pcap_file *p = s->impl;
	enum stream_result sr;
	struct reader r;
	struct bytes b;
	uint32_t head[4], sec, frac, cap, len;

	sr = stream_need(s->stream, p->record_header, &b);
	if (sr != STREAM_OK)
		return pcap_cut(s, sr, b.len);
	r = rd_window(b);
	pcap_record(p, &r, head);
	sec = head[0];
	frac = head[1];
	cap = head[2];
	len = head[3];
	pcap_lengths(p, &cap, &len);
	if (cap > LIMIT_FRAME)
		return source_fail(s, "damaged at byte %llu: a packet of %u "
				      "bytes, where %u is the most",
				   (unsigned long long)stream_offset(s->stream),
				   cap, LIMIT_FRAME);
	if (b.len < p->record_header + cap) {
		sr = stream_need(s->stream, p->record_header + cap, &b);
		if (sr != STREAM_OK)
			return pcap_cut(s, sr, b.len);
		r = rd_window(b);
	} else {
		r = rd_window(b);
	}
	rd_skip(&r, p->record_header);
	*out = (struct frame){
		.data = rd_bytes(&r, cap),
		.len = len,
		.linktype = s->linktype,
		.time = { (int64_t)sec * NSEC_PER_SEC +
			  (int64_t)frac * p->unit },
	};
	stream_take(s->stream, p->record_header + cap);
	return SOURCE_FRAME;
}

static void pcap_file_close(struct source *s)
{
	free(s->impl);
}

static const struct source_ops pcap_file_ops = {
	.next = pcap_next_record,
	.close = pcap_file_close,
};

enum source_result pcap_file_open(struct source *s)
{
	struct pcap_file *p;
	enum stream_result sr;
	struct reader r;
	struct bytes b;
	uint32_t major, minor;

	sr = stream_need(s->stream, PCAP_FILE_HEADER, &b);
	if (sr == STREAM_END)
		return source_fail(s,
				   "ends within the file header: no packets");
	if (sr != STREAM_OK)
		return source_stream_end(s, sr);
	p = calloc(1, sizeof *p);
	if (!p)
		return source_fail(s, "out of memory");
	pcap_recognise(b, p);
	r = rd_window(b);
	rd_skip(&r, 4);
	major = p->little ? rd_le16(&r) : rd_u16(&r);
	minor = p->little ? rd_le16(&r) : rd_u16(&r);
	rd_skip(&r, 12);
	/* the upper bits tell of a frame check sequence: FCS length, flags */
	s->linktype = linktype_of_dlt((int)(pcap_u32(p, &r) & 0x03ffffff));
	/* version 543 is DG/UX; libpcap, sf-pcap.c */
	p->swapped_lengths = (major == 2 && minor < 3) || major == 543;
	p->maybe_swapped = major == 2 && minor == 3;
	if (major < 2 || (major > 2 && major != 543)) {
		free(p);
		return source_fail(s, "pcap version %u.%u is unknown: 2.4 is "
				      "read",
				   major, minor);
	}
	s->impl = p;
	s->ops = &pcap_file_ops;
	stream_take(s->stream, PCAP_FILE_HEADER);
	return SOURCE_AGAIN;
}
