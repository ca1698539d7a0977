/* text.c: see text.h. */
#include "probe/text.h"
#include "probe/hello.h"

bool text_next(struct reader *r, struct bytes *out)
{
	struct bytes left = rd_left(r), line;
	const uint8_t *lf = left.len ? memchr(left.p, '\n', left.len) : NULL;

	if (!lf)
		return false;
	line = rd_bytes(r, (size_t)(lf - left.p));
	rd_skip(r, 1);
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	*out = line;
	return true;
}

static uint8_t text_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool text_begins(struct bytes b, const char *s)
{
	size_t len = strlen(s);

	if (b.len < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text_lower(b.p[i]) != text_lower((uint8_t)s[i]))
			return false;
	}
	return true;
}

bool text_is(struct bytes b, const char *s)
{
	return b.len == strlen(s) && text_begins(b, s);
}

struct bytes text_word(struct bytes *line)
{
	size_t len = 0, next;

	while (len < line->len && line->p[len] != ' ')
		len++;
	for (next = len; next < line->len && line->p[next] == ' ';)
		next++;
	struct bytes word = bytes_head(*line, len);
	*line = bytes_tail(*line, next);
	return word;
}

bool text_word_in(struct bytes line, const char *const words[])
{
	struct bytes word = text_word(&line);

	for (size_t i = 0; words[i]; i++) {
		if (text_is(word, words[i]))
			return true;
	}
	return false;
}

enum probe_step text_expect(struct bytes b, const char *s)
{
	struct bytes want = bytes_str(s);

	if (!bytes_eq(bytes_head(b, want.len), bytes_head(want, b.len)))
		return STEP_NOT_ME;
	return b.len >= want.len ? STEP_TLS : STEP_MORE;
}

size_t text_find(struct bytes b, const char *s)
{
	const uint8_t *p = NULL;

	if (b.len)
		p = memmem(b.p, b.len, s, strlen(s));
	return p ? (size_t)(p - b.p) : b.len;
}

bool text_number(struct bytes b, uint32_t max, uint32_t *out)
{
	uint64_t v = 0;

	if (b.len == 0 || b.len > 10)
		return false;
	for (size_t i = 0; i < b.len; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
		v = v * 10 + (b.p[i] - '0');
	}
	if (v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* Text of any charset; control characters other than blanks are none. */
static bool text_is_clean(struct bytes b)
{
	if (b.len > LIMIT_PROBE_LINE)
		return false;
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.p[i];

		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return false;
	}
	return true;
}

struct text_side {
	size_t start;
	bool marked;
};

/* False: not this dialect. */
static bool text_read_side(struct bytes b,
			   enum text_line (*judge)(struct bytes, size_t),
			   struct text_side *out)
{
	struct text_side side = { .start = PROBE_UNSEEN };
	struct reader r = rd_window(b);
	struct bytes line;

	for (size_t i = 0; text_next(&r, &line); i++) {
		enum text_line kind;

		if (!text_is_clean(line))
			return false;
		kind = judge(line, i);
		if (kind == TEXT_ALIEN)
			return false;
		if (kind == TEXT_MARK)
			side.marked = true;
		if (kind != TEXT_START ||
		    probe_is_answer(rd_left(&r)) == STEP_NOT_ME)
			continue;
		side.start = rd_offset(&r);
		*out = side;
		return true;
	}
	if (!text_is_clean(rd_left(&r)))
		return false;
	*out = side;
	return true;
}

enum probe_step text_step(const struct text_dialect *t,
			  const struct probe_view *v, struct probe_finding *out)
{
	struct text_side client, server;
	bool marked;

	if (!text_read_side(v->client, t->client, &client) ||
	    !text_read_side(v->server, t->server, &server))
		return STEP_NOT_ME;
	marked = client.marked || server.marked;
	if (client.start != PROBE_UNSEEN && (marked || !t->client_shared))
		out->client_start = client.start;
	if (server.start != PROBE_UNSEEN && (marked || !t->server_shared))
		out->server_start = server.start;
	if (out->client_start == PROBE_UNSEEN &&
	    out->server_start == PROBE_UNSEEN)
		return STEP_MORE;
	out->prelude.opportunistic = t->opportunistic;
	return STEP_TLS;
}
