/*
 * buf.h: a growing byte buffer with a cap.
 *
 * Beyond the cap, or without memory, buf.failed is set and stays; what was
 * there before remains. The contents are kept NUL-terminated.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t len, size, cap;
	bool failed;
};

void buf_init(struct buf *b, size_t cap);
void buf_fini(struct buf *b);
/* Empties it and forgets a failure; the memory stays. */
void buf_reset(struct buf *b);
void buf_add(struct buf *b, const void *p, size_t len);
void buf_add_char(struct buf *b, char c);
void buf_add_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Room for n more bytes at the end, to be claimed by b->len += m; or NULL. */
uint8_t *buf_room(struct buf *b, size_t n);
struct bytes buf_bytes(const struct buf *b);
/* Drops the first n bytes. */
void buf_shift(struct buf *b, size_t n);

#endif
