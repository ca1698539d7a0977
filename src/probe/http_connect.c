/*
 * http_connect.c: CONNECT through a proxy (RFC 9110 9.3.6). The tunnel begins
 * behind the first 2xx; requests before it were refused (407, with other
 * credentials next). What runs in the tunnel is looked at from its start.
 */
#include "probe/hello.h"
#include "probe/http.h"
#include "probe/text.h"

/* "host:port", "[v6]:port" */
static void connect_target(struct bytes line, struct prelude *out)
{
	struct bytes host, port;
	uint32_t number;
	size_t colon;

	(void)text_word(&line);
	host = text_word(&line);
	for (colon = host.len; colon && host.p[colon - 1] != ':';)
		colon--;
	if (!colon)
		return;
	port = bytes_tail(host, colon);
	host = bytes_head(host, colon - 1);
	if (!text_number(port, 65535, &number))
		return;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = bytes_tail(bytes_head(host, host.len - 1), 1);
	out->connect = host;
	out->connect_port = (uint16_t)number;
}

/* num: which answer opened the tunnel, from 1; STEP_MORE: none yet. */
static enum probe_step connect_server(struct bytes b, size_t *start,
				      unsigned *num)
{
	struct reader r = rd_window(b);

	for (unsigned n = 1; n <= LIMIT_PROBE_ATTEMPTS;) {
		struct http_message m = { .status = 0 };
		enum probe_step step = text_expect(rd_left(&r), "HTTP/1.");

		if (step == STEP_TLS)
			step = http_read(&r, &m);
		if (step != STEP_TLS)
			return step;
		if (m.status / 100 == 2) {
			*start = rd_offset(&r);
			*num = n;
			return STEP_TLS;
		}
		n += m.status / 100 == 1 ? 0 : 1;
		if (m.status == 101)
			return STEP_NOT_ME;
	}
	return STEP_NOT_ME;
}

/* num: of the request that the tunnel follows, 0 = not known yet. */
static enum probe_step connect_client(struct bytes b, unsigned num,
				      size_t *start, struct prelude *out)
{
	struct reader r = rd_window(b);

	for (unsigned n = 1; n <= LIMIT_PROBE_ATTEMPTS; n++) {
		struct http_message m = { .status = 0 };
		enum probe_step step = text_expect(rd_left(&r), "CONNECT ");

		if (step == STEP_TLS)
			step = http_read(&r, &m);
		if (step != STEP_TLS)
			return step;
		if (num == n ||
		    text_expect(rd_left(&r), "CONNECT ") == STEP_NOT_ME) {
			connect_target(m.start_line, out);
			*start = rd_offset(&r);
			return STEP_TLS;
		}
	}
	return STEP_NOT_ME;
}

static enum probe_step connect_step(const struct probe_view *v,
				    struct probe_finding *out)
{
	unsigned num = 0;
	enum probe_step c, s;

	s = connect_server(v->server, &out->server_start, &num);
	c = connect_client(v->client, num, &out->client_start, &out->prelude);
	out->again = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_http_connect = { "http_connect",
						  connect_step };
