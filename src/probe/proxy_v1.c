/*
 * proxy_v1.c: PROXY protocol version 1 (haproxy, proxy-protocol.txt 2.1): one
 * line of text in front of all that the client says.
 */
#include "probe/text.h"

/* proxy-protocol.txt 2.1: the longest line with its end */
#define PROXY_V1_MAX 107

static bool proxy_addr(struct bytes *line, uint8_t family, struct addr *out)
{
	struct bytes word = text_word(line);

	return word.len && addr_parse((const char *)word.p, word.len, out) &&
	       out->family == family;
}

static bool proxy_port(struct bytes *line, uint16_t *out)
{
	uint32_t port;

	if (!text_number(text_word(line), 65535, &port))
		return false;
	*out = (uint16_t)port;
	return true;
}

/* What follows "PROXY ". */
static bool proxy_ends(struct bytes line, struct prelude *out)
{
	struct bytes protocol = text_word(&line);
	uint8_t family = bytes_is(protocol, "TCP6") ? 6 : 4;
	struct endpoint s, d;

	if (bytes_is(protocol, "UNKNOWN"))
		return true; /* a health check of the proxy itself */
	if (family == 4 && !bytes_is(protocol, "TCP4"))
		return false;
	if (!proxy_addr(&line, family, &s.addr) ||
	    !proxy_addr(&line, family, &d.addr) ||
	    !proxy_port(&line, &s.port) || !proxy_port(&line, &d.port))
		return false;
	out->has_proxy = true;
	out->proxy_source = s;
	out->proxy_destination = d;
	return true;
}

static enum probe_step proxy_v1_step(const struct probe_view *v,
				     struct probe_finding *out)
{
	struct reader r = rd_window(v->client);
	enum probe_step begins = text_expect(v->client, "PROXY ");
	struct bytes line;

	if (begins != STEP_TLS)
		return begins;
	rd_skip(&r, 6);
	if (!text_next(&r, &line))
		return v->client.len < PROXY_V1_MAX ? STEP_MORE : STEP_NOT_ME;
	if (!proxy_ends(line, &out->prelude))
		return STEP_NOT_ME;
	out->client_start = rd_offset(&r);
	out->server_start = 0;
	out->again = true;
	return STEP_TLS;
}

const struct probe_dialect probe_proxy_v1 = { "proxy_v1", proxy_v1_step };
