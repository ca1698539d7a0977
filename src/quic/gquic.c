/*
 * gquic.c: see gquic.h. By Google's "QUIC Wire Layout Specification" and "QUIC
 * Crypto" of 2016, and captures.
 */
#include "quic/gquic.h"

#include "base/limits.h"
#include "base/reader.h"

#define TAG_CHLO 0x43484c4fu
#define TAG_SNI	 0x534e4900u
/* Public header: flags */
#define FLAG_VERSION 0x01
#define FLAG_CID     0x08
/* Frames: 1fdooossB, STREAM by its bits */
#define FRAME_STREAM 0x80
#define FRAME_LENGTH 0x20

bool gquic_read_chlo(struct bytes message, struct bytes *sni)
{
	struct reader r = rd_window(message), values;
	uint32_t last = 0;
	bool found = false;
	struct bytes name = bytes_of(NULL, 0);
	uint16_t num;

	if (rd_u32(&r) != TAG_CHLO)
		return false;
	num = rd_le16(&r);
	(void)rd_le16(&r); /* padding */
	if (!num || num > LIMIT_QUIC_TAGS)
		return false;
	values = r;
	rd_skip(&values, 8u * num);
	while (num-- && rd_ok(&r)) {
		uint32_t tag = rd_u32(&r), end = rd_le32(&r);

		if (end < last)
			return false;
		if (tag == TAG_SNI) {
			found = true;
			name = rd_bytes(&values, end - last);
		} else {
			rd_skip(&values, end - last);
		}
		last = end;
	}
	if (!found || !rd_ok(&r) || !rd_ok(&values))
		return false;
	*sni = name;
	return true;
}

/* "Q043" -> 43; 0 for others. */
static unsigned number_of(uint32_t version)
{
	unsigned tens = (version >> 8 & 0xff) - '0';
	unsigned ones = (version & 0xff) - '0';

	if (version >> 16 != 0x5130 || tens > 9 || ones > 9)
		return 0;
	return 10 * tens + ones;
}

/* Q023 to Q043: flags, connection id, version, packet number. */
static unsigned read_public(struct reader *r, uint8_t flags,
			    struct gquic_hello *out)
{
	/* RFC 9000 17.3: 1-RTT packets have the bit 0x40 */
	static const uint8_t lengths[] = { 1, 2, 4, 6 };
	unsigned number;

	if (!(flags & FLAG_VERSION) || flags & 0xc0)
		return 0;
	out->cid = rd_bytes(r, flags & FLAG_CID ? 8 : 0);
	out->version = rd_u32(r);
	number = number_of(out->version);
	rd_skip(r, lengths[flags >> 4 & 3]);
	return number >= 23 && number <= 43 ? number : 0;
}

/* Q044 to Q046: like drafts of their time, with the lengths of both ids in one
 * byte. */
static unsigned read_long(struct reader *r, uint8_t flags,
			  struct gquic_hello *out)
{
	uint8_t lengths;
	unsigned number;

	out->version = rd_u32(r);
	number = number_of(out->version);
	lengths = rd_u8(r);
	out->cid = rd_bytes(r, lengths >> 4 ? (lengths >> 4) + 3u : 0u);
	rd_skip(r, lengths & 15 ? (lengths & 15) + 3u : 0u);
	rd_skip(r, (flags & 3u) + 1);
	return number >= 44 && number <= 46 ? number : 0;
}

bool gquic_read(struct bytes datagram, struct gquic_hello *out)
{
	struct reader r = rd_whole(datagram);
	struct gquic_hello g = { .version = 0 };
	uint8_t flags = rd_u8(&r), type;
	unsigned number, len;

	number = flags & 0x80 ? read_long(&r, flags, &g)
			      : read_public(&r, flags, &g);
	if (!number || !rd_ok(&r))
		return false;
	rd_skip(&r, 12); /* FNV-1a hash */
	if (number < 34)
		rd_skip(&r, 1); /* private flags */
	type = rd_u8(&r);
	if (!(type & FRAME_STREAM))
		return false;
	rd_skip(&r, (type & 3u) + 1); /* stream 1 */
	len = type >> 2 & 7;
	rd_skip(&r, len ? len + 1 : 0); /* offset */
	/* the message tells its own length, which is checked; that of the frame
	 * is little endian before Q039 */
	if (type & FRAME_LENGTH)
		rd_skip(&r, 2);
	if (!gquic_read_chlo(rd_rest(&r), &g.sni))
		return false;
	*out = g;
	return true;
}
