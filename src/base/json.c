/* json.c: see json.h. */
#include "base/json.h"

void jw_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/* Length of the valid UTF-8 sequence at b, 0 if there is none (RFC 3629). */
static size_t utf8_len(struct bytes b)
{
	uint8_t c = b.p[0];
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2
		   : (c & 0xf0) == 0xe0			? 3
		   : c >= 0xf0 && c < 0xf5		? 4
							: 0;

	if (n > b.len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
	if (n >= 3) {
		uint8_t d = b.p[1];

		if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) ||
		    (c == 0xf0 && d < 0x90) || (c == 0xf4 && d > 0x8f))
			return 0;
	}
	return n;
}

/*
 * C0, DEL and the C1 controls are escaped, and so are the bidirectional
 * overrides and line separators: a name must not redraw a terminal or a page.
 */
static bool must_escape(struct bytes seq, unsigned *code)
{
	uint8_t c = seq.p[0];

	if (seq.len == 1) {
		*code = c;
		return c < 0x20 || c == 0x7f;
	}
	if (seq.len == 2) {
		*code = (c & 0x1fu) << 6 | (seq.p[1] & 0x3fu);
		return *code < 0xa0;
	}
	if (seq.len == 3) {
		*code = (c & 0x0fu) << 12 | (seq.p[1] & 0x3fu) << 6 |
			(seq.p[2] & 0x3fu);
		return (*code >= 0x2028 && *code <= 0x202e) ||
		       (*code >= 0x2066 && *code <= 0x2069) ||
		       *code == 0x200e || *code == 0x200f || *code == 0xfeff;
	}
	return false;
}

static void escape_one(struct buf *out, struct bytes seq)
{
	unsigned code = 0;

	if (seq.p[0] == '"' || seq.p[0] == '\\')
		buf_add_char(out, '\\');
	else if (seq.p[0] == '\n') {
		buf_add(out, "\\n", 2);
		return;
	} else if (must_escape(seq, &code)) {
		buf_printf(out, "\\u%04x", code);
		return;
	}
	buf_add(out, seq.p, seq.len);
}

/* ASCII that stands for itself in a string (RFC 8259 7). */
static const bool plain[256] = {
	[0x20 ... 0x21] = true,
	[0x23 ... 0x5b] = true,
	[0x5d ... 0x7e] = true,
};

#define EACH(c) (0x0101010101010101ULL * (c))

/* Bytes that are 0 have their upper bit set here; others may, too, where a
 * lower byte was 0: enough to say that there is none. */
static uint64_t zeros(uint64_t v)
{
	return (v - EACH(1)) & ~v & EACH(0x80);
}

/* Eight at a time: do all stand for themselves? */
static bool is_plain8(const uint8_t *p)
{
	uint64_t v, controls, del;

	memcpy(&v, p, sizeof v);
	controls = (v - EACH(0x20)) & ~v & EACH(0x80);
	del = zeros(v ^ EACH(0x7f));
	return !((v & EACH(0x80)) | controls | del | zeros(v ^ EACH('"')) |
		 zeros(v ^ EACH('\\')));
}

void jw_escape(struct buf *out, struct bytes b)
{
	while (b.len) {
		size_t n = 0;

		/* the common case: a run of it */
		while (n + 8 <= b.len && is_plain8(b.p + n))
			n += 8;
		while (n < b.len && plain[b.p[n]])
			n++;
		if (n) {
			buf_add(out, b.p, n);
			b = bytes_tail(b, n);
			continue;
		}
		n = utf8_len(b);
		if (n)
			escape_one(out, bytes_head(b, n));
		else
			buf_add_str(out, "\xef\xbf\xbd");
		b = bytes_tail(b, n ? n : 1);
	}
}

static void put_key(struct json *j, const char *key)
{
	if (!key)
		return;
	buf_add_char(j->out, '"');
	buf_add_str(j->out, key);
	buf_add(j->out, "\":", 2);
}

/* A comma where level already has a member; it has one now. */
static void jw_comma(struct json *j, unsigned level)
{
	if (j->level[level].some)
		buf_add_char(j->out, ',');
	j->level[level].some = true;
}

/* Opens the lazy levels, which now get a member, and separates it. */
static void jw_begin(struct json *j)
{
	for (unsigned i = 0; i < j->depth; i++) {
		if (j->level[i].open)
			continue;
		if (i)
			jw_comma(j, i - 1);
		put_key(j, j->level[i].key);
		buf_add_char(j->out, j->level[i].close == '}' ? '{' : '[');
		j->level[i].open = true;
	}
	if (j->depth)
		jw_comma(j, j->depth - 1);
}

static void jw_push(struct json *j, const char *key, char close, bool lazy)
{
	if (j->depth == JSON_DEPTH) {
		j->out->failed = true;
		return;
	}
	if (!lazy) {
		jw_begin(j);
		put_key(j, key);
		buf_add_char(j->out, close == '}' ? '{' : '[');
	}
	j->level[j->depth].key = key;
	j->level[j->depth].close = close;
	j->level[j->depth].some = false;
	j->level[j->depth].open = !lazy;
	j->depth++;
}

void jw_object(struct json *j, const char *key)
{
	jw_push(j, key, '}', false);
}

void jw_object_lazy(struct json *j, const char *key)
{
	jw_push(j, key, '}', true);
}

void jw_array(struct json *j, const char *key)
{
	jw_push(j, key, ']', false);
}

void jw_array_lazy(struct json *j, const char *key)
{
	jw_push(j, key, ']', true);
}

void jw_end(struct json *j)
{
	if (!j->depth) {
		j->out->failed = true;
		return;
	}
	j->depth--;
	if (j->level[j->depth].open)
		buf_add_char(j->out, j->level[j->depth].close);
}

static void jw_value(struct json *j, const char *key)
{
	jw_begin(j);
	put_key(j, key);
}

void jw_text(struct json *j, const char *key, struct bytes b, size_t max)
{
	bool cut = max && b.len > max;

	if (cut) {
		b.len = max;
		/* not in the middle of a sequence */
		while (b.len && (b.p[b.len] & 0xc0) == 0x80)
			b.len--;
	}
	jw_value(j, key);
	buf_add_char(j->out, '"');
	jw_escape(j->out, b);
	if (cut)
		buf_add_str(j->out, "...");
	buf_add_char(j->out, '"');
}

void jw_str(struct json *j, const char *key, const char *s)
{
	jw_text(j, key, bytes_str(s), 0);
}

void jw_str_opt(struct json *j, const char *key, const char *s)
{
	if (s && *s)
		jw_str(j, key, s);
}

static void put_digits(struct buf *out, uint64_t v)
{
	char text[20];
	size_t at = sizeof text;

	do
		text[--at] = (char)('0' + v % 10);
	while (v /= 10);
	buf_add(out, text + at, sizeof text - at);
}

void jw_int(struct json *j, const char *key, int64_t v)
{
	jw_value(j, key);
	if (v < 0)
		buf_add_char(j->out, '-');
	put_digits(j->out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void jw_uint(struct json *j, const char *key, uint64_t v)
{
	jw_value(j, key);
	put_digits(j->out, v);
}

void jw_bool(struct json *j, const char *key, bool v)
{
	jw_value(j, key);
	buf_add_str(j->out, v ? "true" : "false");
}

void jw_hex(struct json *j, const char *key, struct bytes b, bool upper)
{
	const char *digit = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	uint8_t *room;

	jw_value(j, key);
	buf_add_char(j->out, '"');
	room = buf_room(j->out, 2 * b.len);
	for (size_t i = 0; room && i < b.len; i++) {
		*room++ = (uint8_t)digit[b.p[i] >> 4];
		*room++ = (uint8_t)digit[b.p[i] & 15];
	}
	j->out->len += room ? 2 * b.len : 0;
	buf_add_char(j->out, '"');
}
