/*
 * websocket.c: a tunnel of TLS in a WebSocket (RFC 6455), as wstunnel,
 * websockify and others make it: a request for one, its answer, and then TLS in
 * the frames of both sides.
 */
#include "probe/hello.h"
#include "probe/http.h"
#include "probe/text.h"
#include "probe/ws.h"

/* STEP_TLS: *start is where the frames begin, and TLS is in them. */
static enum probe_step websocket_side(struct bytes b, uint32_t status,
				      size_t *start)
{
	struct reader r = rd_window(b);
	struct http_message m = { .status = 0 };
	/* RFC 6455 4.1: the method, and HTTP/1.1 at least */
	enum probe_step step = text_expect(b, status ? "HTTP/1." : "GET ");
	uint8_t first[WS_FIRST_MAX];
	size_t len;
	bool sound;

	if (step == STEP_TLS)
		step = http_read(&r, &m);
	if (step != STEP_TLS)
		return step;
	if (m.status != status || !m.upgrades_to_websocket)
		return STEP_NOT_ME;
	len = ws_first(rd_left(&r), FRAMES_WEBSOCKET, first, &sound);
	step = status ? probe_is_answer(bytes_of(first, len))
		      : probe_is_hello(bytes_of(first, len));
	if (step == STEP_MORE && (!sound || len == WS_FIRST_MAX))
		return STEP_NOT_ME;
	if (step == STEP_TLS)
		*start = rd_offset(&r);
	return step;
}

static enum probe_step websocket_step(const struct probe_view *v,
				      struct probe_finding *out)
{
	enum probe_step c = websocket_side(v->client, 0, &out->client_start);
	enum probe_step s = websocket_side(v->server, 101, &out->server_start);

	out->prelude.in_frames = FRAMES_WEBSOCKET;
	return probe_sides(c, s);
}

const struct probe_dialect probe_websocket = { "websocket", websocket_step };
