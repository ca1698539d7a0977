/*
 * tds.c: TLS of Microsoft SQL Server (MS-TDS 2.2.6.5): after a PRELOGIN packet
 * of each side, the handshake goes in packets of that type; what comes behind
 * it does not, or is not encrypted at all (when only the login is).
 */
#include "probe/hello.h"
#include "probe/ws.h"

/* 2.2.3.1: type, status, length with this header, SPID 2, id, window */
enum {
	TDS_RESPONSE = 4,
	TDS_PRELOGIN = 18,
	TDS_HEADER = 8,
	TDS_STATUS_MAX = 1,
	/* the first option is the version; TLS begins with its handshake */
	PRELOGIN_VERSION = 0,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
};

/* The payload's length of the packet whose first byte of payload is next. */
static enum probe_step tds_head(struct reader *r, bool server, size_t *len)
{
	uint8_t type = rd_u8(r), status;
	uint16_t size;

	if (rd_ok(r) && type != TDS_PRELOGIN &&
	    !(server && type == TDS_RESPONSE))
		return STEP_NOT_ME;
	status = rd_u8(r);
	if (rd_ok(r) && status > TDS_STATUS_MAX)
		return STEP_NOT_ME;
	size = rd_u16(r);
	if (rd_ok(r) && size <= TDS_HEADER)
		return STEP_NOT_ME;
	rd_skip(r, 4);
	(void)rd_peek8(r);
	if (!rd_ok(r))
		return STEP_MORE;
	*len = size - TDS_HEADER;
	return STEP_TLS;
}

/* A client's hello; a server's, or a fatal alert. */
static enum probe_step tds_begins(struct bytes b, bool server)
{
	enum hello_kind kind = HELLO_NONE;
	enum probe_step step = hello_read(b, &kind);

	if (step == STEP_TLS && (kind == HELLO_SERVER) != server)
		return STEP_NOT_ME;
	return step == STEP_NOT_ME && server ? hello_is_fatal(b) : step;
}

/* STEP_TLS: *start is where the packets begin that TLS is in. */
static enum probe_step tds_side(struct bytes b, bool server, size_t *start)
{
	struct reader r = rd_window(b);

	while (rd_more(&r)) {
		uint8_t first[WS_FIRST_MAX];
		size_t at = rd_offset(&r), len;
		enum probe_step step = tds_head(&r, server, &len);
		bool sound;

		if (step != STEP_TLS)
			return step;
		if (rd_peek8(&r) == PRELOGIN_VERSION) {
			rd_skip(&r, len);
			continue;
		}
		if (rd_peek8(&r) != RECORD_HANDSHAKE &&
		    rd_peek8(&r) != RECORD_ALERT)
			return STEP_NOT_ME;
		len = ws_first(bytes_tail(b, at), FRAMES_TDS, first, &sound);
		step = tds_begins(bytes_of(first, len), server);
		if (step == STEP_MORE && (!sound || len == WS_FIRST_MAX))
			return STEP_NOT_ME;
		if (step == STEP_TLS)
			*start = at;
		return step;
	}
	return STEP_MORE;
}

static enum probe_step tds_step(const struct probe_view *v,
				struct probe_finding *out)
{
	size_t client = PROBE_UNSEEN, server = PROBE_UNSEEN;
	enum probe_step c = tds_side(v->client, false, &client);
	enum probe_step s = tds_side(v->server, true, &server);

	if (c == STEP_NOT_ME || s == STEP_NOT_ME)
		return STEP_NOT_ME;
	if (c == STEP_MORE && s == STEP_MORE)
		return STEP_MORE;
	out->client_start = client;
	out->server_start = server;
	out->prelude.in_frames = FRAMES_TDS;
	out->prelude.opportunistic = true;
	return STEP_TLS;
}

const struct probe_dialect probe_tds = { "tds", tds_step };
