/* http.c: see http.h. */
#include "probe/http.h"
#include "base/limits.h"
#include "probe/text.h"

struct http_body {
	uint32_t len;
	bool chunked;
};

static struct bytes http_trim(struct bytes b)
{
	while (b.len && (b.p[0] == ' ' || b.p[0] == '\t'))
		b = bytes_tail(b, 1);
	while (b.len && (b.p[b.len - 1] == ' ' || b.p[b.len - 1] == '\t'))
		b.len--;
	return b;
}

/* RFC 9110 5.6.1: does one of the comma-separated values begin so? */
static bool http_lists(struct bytes value, const char *word)
{
	while (value.len) {
		size_t comma = text_find(value, ",");

		if (text_begins(http_trim(bytes_head(value, comma)), word))
			return true;
		value = bytes_tail(value, comma + 1);
	}
	return false;
}

/* False: no header field. */
static bool http_field(struct bytes line, struct http_message *m,
		       struct http_body *body)
{
	size_t colon = text_find(line, ":");
	struct bytes name = bytes_head(line, colon);
	struct bytes value = http_trim(bytes_tail(line, colon + 1));

	if (line.len && (line.p[0] == ' ' || line.p[0] == '\t'))
		return true; /* obs-fold (RFC 9112 5.2) */
	if (colon == 0 || colon == line.len)
		return false;
	if (text_is(name, "Content-Length"))
		return text_number(value, LIMIT_PROBE_BODY, &body->len);
	if (text_is(name, "Transfer-Encoding"))
		body->chunked = true;
	if (text_is(name, "Upgrade")) {
		m->upgrades_to_tls |= http_lists(value, "TLS/");
		m->upgrades_to_websocket |= http_lists(value, "websocket");
	}
	return true;
}

static bool http_hex(struct bytes line, uint32_t *out)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < line.len && i < 6; i++) {
		uint8_t c = line.p[i] | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			break;
	}
	*out = v;
	return i > 0 && v <= LIMIT_PROBE_BODY;
}

/* RFC 9112 7.1 */
static enum probe_step http_skip_chunks(struct reader *r)
{
	struct bytes line;
	uint32_t len;

	for (;;) {
		if (!text_next(r, &line))
			return STEP_MORE;
		if (!http_hex(line, &len))
			return STEP_NOT_ME;
		if (len == 0)
			break;
		rd_skip(r, len);
		if (!text_next(r, &line))
			return STEP_MORE;
	}
	do { /* trailers */
		if (!text_next(r, &line))
			return STEP_MORE;
	} while (line.len);
	return STEP_TLS;
}

/* RFC 9112 4: "HTTP/1.1 407 ..."; 0: no status line. */
static uint32_t http_status(struct bytes line)
{
	uint32_t status;

	if (!text_begins(text_word(&line), "HTTP/1."))
		return 0;
	return text_number(text_word(&line), 599, &status) ? status : 0;
}

/* RFC 9112 6.3: none for 1xx, 204, 304; after a request only if announced. */
static enum probe_step http_skip_body(struct reader *r,
				      const struct http_message *m,
				      const struct http_body *body)
{
	if (m->status && (m->status < 300 || m->status == 304))
		return STEP_TLS; /* 2xx: of CONNECT (RFC 9110 9.3.6) */
	if (body->chunked)
		return http_skip_chunks(r);
	rd_skip(r, body->len);
	return rd_ok(r) ? STEP_TLS : STEP_MORE;
}

enum probe_step http_read(struct reader *r, struct http_message *out)
{
	struct http_message m = { .status = 0 };
	struct http_body body = { .len = 0 };
	struct bytes line;
	enum probe_step step;

	if (!text_next(r, &m.start_line))
		return rd_left(r).len > LIMIT_PROBE_LINE ? STEP_NOT_ME
							 : STEP_MORE;
	m.status = http_status(m.start_line);
	if (!m.status &&
	    text_find(m.start_line, " HTTP/1.") == m.start_line.len)
		return STEP_NOT_ME;
	for (;;) {
		if (!text_next(r, &line))
			return STEP_MORE;
		if (line.len == 0)
			break;
		if (!http_field(line, &m, &body))
			return STEP_NOT_ME;
	}
	step = http_skip_body(r, &m, &body);
	if (step == STEP_TLS)
		*out = m;
	return step;
}
