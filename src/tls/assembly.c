/* assembly.c: handshake messages out of the bytes of records; see half.h. */
#include "base/reader.h"
#include "tls/facts.h"
#include "tls/half.h"

static void assembly_reset(struct tls_assembly *m)
{
	*m = (struct tls_assembly){ .head_len = 0 };
}

static void assembly_begin(struct tls_half *h, struct tls_session *s)
{
	struct tls_assembly *m = &h->msg;
	struct reader r = rd_whole(bytes_of(m->head, 4));

	(void)rd_u8(&r);
	m->len = rd_u24(&r);
	m->offset = h->offset;
	m->skip = !facts_is_read(m->head[0]);
	if (m->len > LIMIT_TLS_MESSAGE)
		tls_anomaly_add(session_handshake(s), session_side(s, h),
				"message_too_long", h->offset - 4);
}

/*
 * Room for n more bytes: grows by what has come, never by the length field.
 * The first allocation takes the declared length where it is small.
 */
static bool assembly_room(struct tls_assembly *m, struct arena *a, size_t n)
{
	size_t size = m->size ? 2 * m->size : 4096;
	uint8_t *p;

	if (m->got + n <= m->size)
		return true;
	if (size < m->got + n)
		size = m->got + n;
	if (size > m->len)
		size = m->len;
	p = arena_alloc(a, size);
	if (!p)
		return false;
	if (m->got)
		memcpy(p, m->p, m->got);
	m->p = p;
	m->size = size;
	return true;
}

static void assembly_end(struct tls_half *h, struct tls_session *s,
			 struct stamp time)
{
	struct tls_assembly m = h->msg;
	struct tls_body body = { .b = bytes_of(m.p, m.skip ? 0 : m.got),
				 .offset = m.offset,
				 .time = time };

	assembly_reset(&h->msg);
	if (!m.holed)
		session_message(s, h, m.head[0], &body);
}

void assembly_cut(struct tls_half *h, struct tls_session *s,
		  struct stamp time)
{
	struct tls_assembly *m = &h->msg;
	struct tls_body body = { .b = bytes_of(m->p, m->got),
				 .offset = m->offset,
				 .cut = true,
				 .time = time };

	if (m->head_len == 4 && !m->holed && !m->skip && m->got < m->len &&
	    m->got)
		session_message(s, h, m->head[0], &body);
	m->holed = true;
}

/* Takes what belongs to the message at hand; the number of bytes used. */
static size_t assembly_take(struct tls_half *h, struct tls_session *s,
			    struct bytes b, struct stamp time)
{
	struct tls_assembly *m = &h->msg;
	size_t n;

	if (m->head_len < 4) {
		m->head[m->head_len++] = b.p[0];
		h->offset++;
		if (m->head_len == 4) {
			assembly_begin(h, s);
			if (!m->len)
				assembly_end(h, s, time);
		}
		return 1;
	}
	n = m->len - m->got < b.len ? m->len - m->got : b.len;
	/* too long: what there is room for is told, the leaf first of all */
	if (m->got + n > LIMIT_TLS_MESSAGE)
		assembly_cut(h, s, time);
	if (!m->skip && !m->holed) {
		if (!assembly_room(m, &session_handshake(s)->arena, n)) {
			tls_anomaly_add(session_handshake(s),
					session_side(s, h), "memory",
					h->offset);
			assembly_cut(h, s, time);
		} else {
			memcpy(m->p + m->got, b.p, n);
		}
	}
	m->got += (uint32_t)n;
	h->offset += n;
	if (m->got == m->len)
		assembly_end(h, s, time);
	return n;
}

void assembly_feed(struct tls_half *h, struct tls_session *s, struct bytes b,
		   struct stamp time)
{
	while (b.len && session_handshake(s))
		b = bytes_tail(b, assembly_take(h, s, b, time));
}

void assembly_gap(struct tls_half *h, struct tls_session *s, uint64_t n,
		  struct stamp time)
{
	struct tls_assembly *m = &h->msg;

	h->offset += n;
	if (m->head_len < 4) {
		/* a hole in or before a message's head: where the next one
		 * begins is not known before the next record */
		assembly_reset(m);
		m->head_len = 4;
		m->holed = m->skip = true;
		m->len = UINT32_MAX;
		return;
	}
	assembly_cut(h, s, time);
	if (n < m->len - m->got) {
		m->got += (uint32_t)n;
		return;
	}
	n -= m->len - m->got;
	assembly_reset(m);
	if (n) {
		m->head_len = 4;
		m->holed = m->skip = true;
		m->len = UINT32_MAX;
	}
}

void assembly_move(struct tls_half *h, struct arena *to)
{
	struct tls_assembly *m = &h->msg;
	size_t size = m->size ? m->size : m->len; /* an SSLv2 one has no size */
	const uint8_t *from = m->p;

	m->p = NULL;
	if (!from || m->holed || m->skip)
		return;
	m->p = arena_alloc(to, size);
	if (m->p)
		memcpy(m->p, from, m->got);
	else
		m->holed = true;
}
