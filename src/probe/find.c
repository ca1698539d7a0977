/*
 * find.c: TLS records in the middle of other bytes.
 *
 * For connections whose beginning was not captured and for TLS inside of what
 * no dialect knows. Only records whose lengths agree on every level count. A
 * search waits at the first place that may still become one, so that how the
 * bytes were cut into segments changes nothing.
 */
#include "probe/hello.h"

#include "base/reader.h"

enum { ALERT_LEN = 7 }; /* RFC 8446 5.1, 6 */

/* The next byte of this value from at on; b.len if there is none. */
static size_t find_byte(struct bytes b, size_t at, uint8_t value,
			struct hello_scan *scan)
{
	struct bytes left = bytes_tail(b, at);
	const uint8_t *p = left.len ? memchr(left.p, value, left.len) : NULL;

	scan->looked += p ? (size_t)(p - left.p) : left.len;
	return p ? (size_t)(p - b.p) : b.len;
}

bool hello_find(struct bytes b, unsigned kinds, struct hello_scan *scan,
		size_t *at, enum hello_kind *kind)
{
	size_t i = scan->from;

	for (i = find_byte(b, i, 22, scan); i < b.len;
	     i = find_byte(b, i + 1, 22, scan)) {
		enum hello_kind k = HELLO_NONE;
		enum probe_step step;

		i = hello_pass_empty(b, i, &scan->looked);
		step = hello_read_strict(bytes_tail(b, i), &scan->looked, &k);
		scan->from = i;
		if (step == STEP_MORE)
			return false;
		if (step != STEP_TLS || !(kinds & 1u << k))
			continue;
		*at = i;
		*kind = k;
		return true;
	}
	scan->from = b.len;
	return false;
}

bool hello_find_fatal(struct bytes b, struct hello_scan *scan, size_t *at)
{
	size_t i = scan->from;

	for (i = find_byte(b, i, 21, scan); i < b.len;
	     i = find_byte(b, i + 1, 21, scan)) {
		enum probe_step step = hello_is_fatal(bytes_tail(b, i));

		scan->looked += ALERT_LEN;
		scan->from = i;
		if (step == STEP_MORE)
			return false;
		if (step != STEP_TLS)
			continue;
		*at = i;
		return true;
	}
	scan->from = b.len;
	return false;
}

size_t hello_with_ccs(struct bytes b, size_t at)
{
	struct reader r = rd_window(bytes_tail(b, at < 6 ? b.len : at - 6));
	uint16_t head = rd_u16(&r);
	uint32_t len = (rd_skip(&r, 1), rd_u24(&r));

	return rd_ok(&r) && head == 0x1403 && len == 0x000101 ? at - 6 : at;
}
