/* ws.c: see ws.h. */
#include "probe/ws.h"

#include "base/reader.h"

/* RFC 6455 11.8 */
enum {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PONG = 10,
};

/* MS-TDS 2.2.3.1 */
enum {
	TDS_PRELOGIN = 18,
	TDS_HEADER = 8,
};

void ws_init(struct ws *w, enum frames_kind kind, uint64_t start)
{
	*w = (struct ws){ .kind = kind, .next = start };
}

static size_t ws_head_size(const struct ws *w)
{
	uint8_t second = w->head[1];
	size_t key = second & 0x80 ? 4 : 0;

	if (w->kind == FRAMES_TDS)
		return TDS_HEADER;
	if (w->head_len < 2)
		return 2;
	second &= 0x7f;
	return 2 + key + (second == 127 ? 8u : second == 126 ? 2u : 0u);
}

/* RFC 6455 5.4, 5.5: are its bits and its length what they may be? */
static bool ws_head_is_sound(uint8_t first, uint64_t len)
{
	uint8_t opcode = first & 0x0f;

	if (first & 0x70) /* compressed (RFC 7692), or a later extension's */
		return false;
	if (opcode >= WS_CLOSE)
		return opcode <= WS_PONG && first & 0x80 && len <= 125;
	return opcode <= WS_BINARY && !(len >> 63);
}

static bool tds_head_read(struct ws *w)
{
	struct reader r = rd_whole(bytes_of(w->head, w->head_len));
	uint8_t type = rd_u8(&r);
	uint16_t len = (rd_skip(&r, 1), rd_u16(&r));

	if (type != TDS_PRELOGIN || len < TDS_HEADER)
		return false;
	w->left = len - TDS_HEADER;
	w->head_len = 0;
	w->told_on = true;
	return true;
}

/* A record that stands there without a header: all that follows does. */
static bool tds_is_over(struct ws *w, uint8_t next)
{
	if (w->kind != FRAMES_TDS || w->head_len || next < 20 || next > 23)
		return false;
	w->left = UINT64_MAX;
	w->told_on = true;
	return true;
}

/* False: no frame. */
static bool ws_head_read(struct ws *w)
{
	struct reader r = rd_whole(bytes_of(w->head, w->head_len));
	uint8_t first = rd_u8(&r), second = rd_u8(&r);
	uint64_t len = second & 0x7f;
	struct bytes key;

	if (len == 126)
		len = rd_u16(&r);
	else if (len == 127)
		len = rd_u64(&r);
	key = rd_bytes(&r, second & 0x80 ? 4 : 0);
	if (!rd_end(&r) || !ws_head_is_sound(first, len))
		return false;
	memset(w->key, 0, sizeof w->key);
	if (key.len)
		memcpy(w->key, key.p, key.len);
	w->key_at = 0;
	w->left = len;
	w->head_len = 0;
	if ((first & 0x0f) == WS_TEXT || (first & 0x0f) == WS_BINARY)
		w->binary = (first & 0x0f) == WS_BINARY;
	w->told_on = w->binary && (first & 0x0f) <= WS_BINARY;
	return true;
}

static void ws_take(struct ws *w, struct chunk *in, size_t n)
{
	in->data = bytes_tail(in->data, n);
	in->offset += n;
	w->next += n;
}

/* Bytes of a header; false: what came is no frame. */
static bool ws_take_head(struct ws *w, struct chunk *in)
{
	struct bytes part = bytes_head(in->data, ws_head_size(w) - w->head_len);

	memcpy(w->head + w->head_len, part.p, part.len);
	w->head_len += part.len;
	ws_take(w, in, part.len);
	if (w->head_len < ws_head_size(w))
		return true;
	return w->kind == FRAMES_TDS ? tds_head_read(w) : ws_head_read(w);
}

/* Bytes of a payload; those of a message that is told are in *out. */
static bool ws_take_payload(struct ws *w, struct chunk *in, struct chunk *out)
{
	struct bytes part = bytes_head(in->data, sizeof w->plain);

	if (part.len > w->left)
		part.len = (size_t)w->left;
	for (size_t i = 0; i < part.len; i++)
		w->plain[i] = part.p[i] ^ w->key[(w->key_at + i) & 3];
	w->key_at = (w->key_at + part.len) & 3;
	w->left -= part.len;
	ws_take(w, in, part.len);
	if (!w->told_on)
		return false;
	out->data = bytes_of(w->plain, part.len);
	w->told += part.len;
	return true;
}

/* n bytes are not there; true: something is told about it. */
static bool ws_lose(struct ws *w, uint64_t n, struct chunk *out)
{
	bool inside = n <= w->left;

	w->next += n;
	if (!inside) {
		w->lost = true;
		out->gap = n;
		return true;
	}
	w->key_at = (w->key_at + n) & 3;
	w->left -= n;
	if (!w->told_on)
		return false;
	out->gap = n;
	w->told += n;
	return true;
}

bool ws_next(struct ws *w, struct chunk *in, struct chunk *out)
{
	if (w->lost)
		return false;
	*out = (struct chunk){ .dir = in->dir, .time = in->time };
	out->offset = w->told;
	if (in->offset + in->gap > w->next && (in->gap || in->data.len)) {
		uint64_t n = in->offset + in->gap - w->next;

		in->offset += in->gap;
		in->gap = 0;
		if (ws_lose(w, n, out))
			return true;
	}
	while (in->data.len) {
		if (w->left || tds_is_over(w, in->data.p[0])) {
			if (ws_take_payload(w, in, out))
				return true;
		} else if (!ws_take_head(w, in)) {
			w->lost = true;
			/* TLS was for the login only: nothing is missing */
			if (w->kind == FRAMES_TDS)
				return false;
			out->gap = 1;
			return true;
		}
	}
	return false;
}

size_t ws_first(struct bytes frames, enum frames_kind kind,
		uint8_t first[static WS_FIRST_MAX], bool *sound)
{
	struct chunk in = { .data = frames }, piece;
	struct ws w;
	size_t len = 0;

	ws_init(&w, kind, 0);
	while (len < WS_FIRST_MAX && ws_next(&w, &in, &piece)) {
		struct bytes b = bytes_head(piece.data, WS_FIRST_MAX - len);

		if (b.len)
			memcpy(first + len, b.p, b.len);
		len += b.len;
	}
	*sound = !w.lost;
	return len;
}
