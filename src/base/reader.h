/*
 * reader.h: the one bounded cursor of the program.
 *
 * A reader stands over a whole message (an overrun means that the sender lied:
 * RD_BAD) or over a window of what has arrived so far (an overrun means wait,
 * or that the capture was cut: RD_SHORT). Failure is sticky: after it every
 * read gives zero or an empty run and moves nothing. Nothing read counts before
 * rd_end() or rd_close() said so. Readers allocate nothing and borrow the
 * bytes.
 *
 * A length prefix yields a child (rd_vec8 ...): leaving it unclosed isolates
 * it, so that a malformed child costs only itself; rd_close() demands that it
 * was sound and wholly spent.
 */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/bytes.h"

enum rd_state {
	RD_OK,
	RD_SHORT, /* a window ended: cut, or not here yet */
	RD_BAD,   /* the message contradicts itself */
};

struct reader {
	const uint8_t *start; /* of the outermost message: for offsets */
	const uint8_t *p;
	const uint8_t *end;
	enum rd_state state;
	bool window;
};

struct reader rd_whole(struct bytes b);
struct reader rd_window(struct bytes b);

uint8_t rd_u8(struct reader *r);
uint16_t rd_u16(struct reader *r);
uint32_t rd_u24(struct reader *r);
uint32_t rd_u32(struct reader *r);
uint64_t rd_u64(struct reader *r);
/* Little endian, for capture files and SMB-like dialects. */
uint16_t rd_le16(struct reader *r);
uint32_t rd_le32(struct reader *r);
/* RFC 9000 16: 1, 2, 4 or 8 bytes. */
uint64_t rd_varint(struct reader *r);

/* The next n bytes, borrowed; empty after a failure. */
struct bytes rd_bytes(struct reader *r, size_t n);
/* All that is left; spends it. */
struct bytes rd_rest(struct reader *r);
/* What is left, not spent; empty after a failure. */
struct bytes rd_left(const struct reader *r);
void rd_skip(struct reader *r, size_t n);
/* The next byte without spending it; 0 with a sticky failure if none. */
uint8_t rd_peek8(struct reader *r);

/*
 * A child over exactly n bytes, spent in the parent. Where the parent has
 * fewer, the parent fails; a window's child then still stands over what there
 * is, as a window (so that a cut list is read as far as it goes), a whole
 * message's child is empty and bad.
 */
struct reader rd_sub(struct reader *r, size_t n);
struct reader rd_vec8(struct reader *r);
struct reader rd_vec16(struct reader *r);
struct reader rd_vec24(struct reader *r);

/* True while sound and bytes are left: the only loop condition. */
bool rd_more(const struct reader *r);
bool rd_ok(const struct reader *r);
/* Marks forbidden contents; the state becomes RD_BAD. */
void rd_reject(struct reader *r);
/* Sound and spent? Else the reader fails (RD_BAD for left-over bytes). */
bool rd_end(struct reader *r);
/* Passes the child's failure on to its parent; left-over bytes are bad. */
bool rd_close(struct reader *parent, struct reader *child);
/* Bytes from the start of the outermost message to the cursor. */
size_t rd_offset(const struct reader *r);

#endif
