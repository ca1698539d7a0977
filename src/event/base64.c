/* base64.c: see base64.h. */
#include "event/base64.h"

void base64_add(struct buf *out, struct bytes b)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; b.len; b = bytes_tail(b, 3)) {
		uint32_t v = (uint32_t)b.p[0] << 16;
		char four[4] = { 0, 0, '=', '=' };

		if (b.len > 1)
			v |= (uint32_t)b.p[1] << 8;
		if (b.len > 2)
			v |= b.p[2];
		four[0] = digit[v >> 18];
		four[1] = digit[v >> 12 & 63];
		if (b.len > 1)
			four[2] = digit[v >> 6 & 63];
		if (b.len > 2)
			four[3] = digit[v & 63];
		buf_add(out, four, 4);
	}
}
