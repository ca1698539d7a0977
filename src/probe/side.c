/* side.c: see side.h. */
#include "probe/side.h"

#include "base/limits.h"
#include "base/reader.h"

struct bytes side_view(const struct side *s)
{
	struct bytes head = bytes_head(buf_bytes(&s->held), s->head);

	return bytes_tail(bytes_head(head, LIMIT_PROBE_BYTES), s->skip);
}

struct bytes side_tail(const struct side *s)
{
	struct bytes tail = bytes_tail(buf_bytes(&s->held), s->head);

	return bytes_head(tail, LIMIT_PROBE_BYTES);
}

void side_start(struct side *s, uint64_t at)
{
	s->started = true;
	s->start = at;
}

static void side_gap(struct side *s, uint64_t after)
{
	s->gap = true;
	s->held.len = s->head; /* of two gaps, what lies between is lost too */
	s->tail_offset = after;
	s->scan[SCAN_LOST].from = 0;
}

bool side_take(struct side *s, const struct chunk *c)
{
	uint64_t next =
		s->gap ? s->tail_offset + s->held.len - s->head : s->held.len;

	if (c->gap) {
		side_gap(s, c->offset + c->gap);
		return true;
	}
	if (c->offset != next)
		side_gap(s, c->offset);
	buf_add(&s->held, c->data.p, c->data.len);
	s->seen += c->data.len;
	if (!s->gap)
		s->head = s->held.len;
	return !s->held.failed;
}

bool side_find(struct side *s, size_t *at, enum hello_kind *kind)
{
	return hello_find(side_view(s), 1u << HELLO_CLIENT | 1u << HELLO_SERVER,
			  &s->scan[SCAN_HELLO], at, kind);
}

bool side_sealed(const struct side *s)
{
	bool tail = s->gap && s->head == 0;
	struct reader r = rd_window(tail ? side_tail(s) : side_view(s));

	if (!s->midstream)
		return false;
	for (int i = 0; i < LIMIT_PROBE_SEALED; i++) {
		uint8_t type = rd_u8(&r);
		uint16_t version = rd_u16(&r), len = rd_u16(&r);

		rd_skip(&r, len);
		if (!rd_ok(&r) || type != 23 || version >> 8 != 3 || !len)
			return false;
	}
	return true;
}
