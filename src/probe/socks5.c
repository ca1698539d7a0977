/*
 * socks5.c: SOCKS 5 (RFC 1928) without authentication or with user name and
 * password (RFC 1929). Each side is read on its own: a subnegotiation begins
 * with 1, everything else with 5.
 */
#include "probe/hello.h"

enum {
	SOCKS5_VERSION = 5,
	SOCKS5_AUTH_VERSION = 1,
	SOCKS5_NO_AUTH = 0,
	SOCKS5_PASSWORD = 2,
	SOCKS5_CONNECT = 1,
	SOCKS5_GRANTED = 0,
	SOCKS5_V4 = 1,
	SOCKS5_NAME = 3,
	SOCKS5_V6 = 4,
};

/* Address and port; name is empty for addresses, whose text is written. */
static struct bytes socks5_address(struct reader *r, char text[ADDR_TEXT],
				   uint16_t *port)
{
	uint8_t type = rd_u8(r);
	struct bytes name = { NULL, 0 };
	struct addr a = { .family = 0 };

	if (type == SOCKS5_NAME) {
		name = rd_bytes(r, rd_u8(r));
	} else if (type == SOCKS5_V4) {
		name = rd_bytes(r, 4);
		if (name.len)
			a = addr_v4(name.p);
	} else if (type == SOCKS5_V6) {
		name = rd_bytes(r, 16);
		if (name.len)
			a = addr_v6(name.p);
	} else if (rd_ok(r)) {
		rd_reject(r);
	}
	*port = rd_u16(r);
	if (rd_ok(r) && a.family) {
		addr_format(&a, text);
		name = bytes_str(text);
	}
	return name;
}

static enum probe_step socks5_state(const struct reader *r)
{
	if (r->state == RD_OK)
		return STEP_TLS;
	return r->state == RD_SHORT ? STEP_MORE : STEP_NOT_ME;
}

/* Forbidden bytes are rejected, bytes that are not there yet are not. */
static void socks5_expect(struct reader *r, uint8_t value)
{
	uint8_t got = rd_u8(r);

	if (rd_ok(r) && got != value)
		rd_reject(r);
}

static enum probe_step socks5_client(struct bytes b, struct probe_finding *out,
				     size_t *start)
{
	struct reader r = rd_window(b), methods;
	struct bytes name;
	uint16_t port;

	socks5_expect(&r, SOCKS5_VERSION);
	methods = rd_vec8(&r);
	if (rd_ok(&r) && !rd_more(&methods))
		rd_reject(&r);
	if (rd_peek8(&r) == SOCKS5_AUTH_VERSION) {
		rd_skip(&r, 1);
		(void)rd_vec8(&r); /* user */
		(void)rd_vec8(&r); /* password */
	}
	socks5_expect(&r, SOCKS5_VERSION);
	socks5_expect(&r, SOCKS5_CONNECT);
	socks5_expect(&r, 0);
	name = socks5_address(&r, out->text, &port);
	if (!rd_ok(&r))
		return socks5_state(&r);
	out->prelude.connect = name;
	out->prelude.connect_port = port;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step socks5_server(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b);
	char text[ADDR_TEXT];
	uint16_t port;
	uint8_t method;

	socks5_expect(&r, SOCKS5_VERSION);
	method = rd_u8(&r);
	if (rd_ok(&r) && method != SOCKS5_NO_AUTH && method != SOCKS5_PASSWORD)
		rd_reject(&r);
	if (method == SOCKS5_PASSWORD) {
		socks5_expect(&r, SOCKS5_AUTH_VERSION);
		socks5_expect(&r, 0);
	}
	socks5_expect(&r, SOCKS5_VERSION);
	socks5_expect(&r, SOCKS5_GRANTED);
	socks5_expect(&r, 0);
	(void)socks5_address(&r, text, &port);
	if (!rd_ok(&r))
		return socks5_state(&r);
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step socks5_step(const struct probe_view *v,
				   struct probe_finding *out)
{
	enum probe_step c = socks5_client(v->client, out, &out->client_start);
	enum probe_step s = socks5_server(v->server, &out->server_start);

	out->again = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_socks5 = { "socks5", socks5_step };
