/* frame.c: see frame.h. */
#include "quic/frame.h"

/*
 * Fields of the frames without special rules: v a varint, b a vector with a
 * varint's length, t a token of 16 bytes, 8 eight bytes, i an id (a byte's
 * length, and 16 bytes behind it), r all that is left.
 */
static const struct {
	uint64_t first, last;
	const char *layout;
} rows[] = {
	{ 0x01, 0x01, "" },	/* PING */
	{ 0x04, 0x04, "vvv" },	/* RESET_STREAM */
	{ 0x05, 0x05, "vv" },	/* STOP_SENDING */
	{ 0x07, 0x07, "b" },	/* NEW_TOKEN */
	/* STREAM by its bits 4 offset, 2 length (RFC 9000 19.8) */
	{ 0x08, 0x09, "vr" },
	{ 0x0a, 0x0b, "vb" },
	{ 0x0c, 0x0d, "vvr" },
	{ 0x0e, 0x0f, "vvb" },
	{ 0x10, 0x10, "v" },	/* MAX_DATA */
	{ 0x11, 0x11, "vv" },	/* MAX_STREAM_DATA */
	{ 0x12, 0x14, "v" },	/* MAX_STREAMS, DATA_BLOCKED */
	{ 0x15, 0x15, "vv" },	/* STREAM_DATA_BLOCKED */
	{ 0x16, 0x17, "v" },	/* STREAMS_BLOCKED */
	{ 0x18, 0x18, "vvi" },	/* NEW_CONNECTION_ID */
	{ 0x19, 0x19, "v" },	/* RETIRE_CONNECTION_ID */
	{ 0x1a, 0x1b, "8" },	/* PATH_CHALLENGE, PATH_RESPONSE */
	{ 0x1e, 0x1e, "" },	/* HANDSHAKE_DONE */
	{ 0x30, 0x30, "r" },	/* DATAGRAM (RFC 9221) */
	{ 0x31, 0x31, "b" },
};

static struct bytes read_vector(struct reader *r)
{
	uint64_t len = rd_varint(r);

	if (len > rd_left(r).len) {
		rd_reject(r);
		return bytes_of(NULL, 0);
	}
	return rd_bytes(r, (size_t)len);
}

static void skip_layout(struct reader *r, const char *layout)
{
	for (; *layout && rd_ok(r); layout++) {
		switch (*layout) {
		case 'v':
			(void)rd_varint(r);
			break;
		case 'b':
			(void)read_vector(r);
			break;
		case '8':
			rd_skip(r, 8);
			break;
		case 'i':
			rd_skip(r, rd_u8(r));
			rd_skip(r, 16);
			break;
		default:
			(void)rd_rest(r);
			break;
		}
	}
}

/* RFC 9000 19.3; 3 has counts of ECN at its end */
static void skip_ack(struct reader *r, bool ecn)
{
	uint64_t ranges;

	(void)rd_varint(r);
	(void)rd_varint(r);
	ranges = rd_varint(r);
	(void)rd_varint(r);
	while (ranges-- && rd_ok(r)) {
		(void)rd_varint(r);
		(void)rd_varint(r);
	}
	if (ecn)
		skip_layout(r, "vvv");
}

static void skip_other(struct reader *r, uint64_t type)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (type >= rows[i].first && type <= rows[i].last) {
			skip_layout(r, rows[i].layout);
			return;
		}
	}
	rd_reject(r);
}

static void read_crypto(struct reader *r, struct quic_frame *f)
{
	f->kind = QUIC_FRAME_CRYPTO;
	f->offset = rd_varint(r);
	f->data = read_vector(r);
}

static void read_close(struct reader *r, struct quic_frame *f)
{
	f->kind = QUIC_FRAME_CLOSE;
	f->application = f->type == 0x1d;
	f->error = rd_varint(r);
	if (!f->application)
		(void)rd_varint(r); /* the frame type it is about */
	(void)read_vector(r);	    /* reason, for people */
}

/* A run of PADDING is one frame to us: Initials are mostly that. */
static void skip_padding(struct reader *r)
{
	struct bytes left = rd_left(r);
	size_t n = 0;

	/* most often to the end: each byte is the one before it, 0 */
	if (left.len && !left.p[0] &&
	    bytes_eq(bytes_tail(left, 1), bytes_head(left, left.len - 1)))
		n = left.len;
	while (n < left.len && !left.p[n])
		n++;
	rd_skip(r, n);
}

bool quic_frame_read(struct reader *r, uint8_t crypto, struct quic_frame *out)
{
	struct quic_frame f = { .kind = QUIC_FRAME_OTHER };

	if (!rd_more(r))
		return false;
	f.type = rd_varint(r);
	if (f.type == 0x00)
		skip_padding(r);
	else if (f.type == crypto) /* RFC 9000 19.6 */
		read_crypto(r, &f);
	else if (f.type == 0x02 || f.type == 0x03)
		skip_ack(r, f.type == 0x03);
	else if (f.type == 0x1c || f.type == 0x1d) /* RFC 9000 19.19 */
		read_close(r, &f);
	else
		skip_other(r, f.type);
	if (!rd_ok(r))
		return false;
	*out = f;
	return true;
}
