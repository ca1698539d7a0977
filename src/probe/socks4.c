/*
 * socks4.c: SOCKS 4 and 4a (the documents of NEC and Ying-Da Lee): a request
 * with a user name, in 4a followed by the target's name; eight bytes answer.
 */
#include "probe/hello.h"

enum {
	SOCKS4_CONNECT = 1,
	SOCKS4_GRANTED = 90,
};

static struct bytes socks4_string(struct reader *r)
{
	struct bytes left = rd_left(r), text;
	const uint8_t *nul = left.len ? memchr(left.p, 0, left.len) : NULL;

	if (!nul) {
		rd_skip(r, left.len + 1); /* not whole: fails */
		return bytes_of(NULL, 0);
	}
	text = rd_bytes(r, (size_t)(nul - left.p));
	rd_skip(r, 1);
	return text;
}

static enum probe_step socks4_client(struct bytes b, struct probe_finding *out,
				     size_t *start)
{
	struct reader r = rd_window(b);
	struct bytes ip, name = { NULL, 0 };
	uint16_t port;

	if (b.len && rd_u8(&r) != 4)
		return STEP_NOT_ME;
	if (rd_u8(&r) != SOCKS4_CONNECT && rd_ok(&r))
		return STEP_NOT_ME;
	port = rd_u16(&r);
	ip = rd_bytes(&r, 4);
	if (rd_ok(&r) && port == 0)
		return STEP_NOT_ME;
	if (socks4_string(&r).len > 255)
		return STEP_NOT_ME;
	/* 4a: 0.0.0.x, x not zero */
	if (rd_ok(&r) && !memcmp(ip.p, "\0\0\0", 3) && ip.p[3]) {
		name = socks4_string(&r);
		out->prelude.dialect = "socks4a";
	}
	if (!rd_ok(&r))
		return STEP_MORE;
	if (!name.len) {
		struct addr a = addr_v4(ip.p);

		addr_format(&a, out->text);
		name = bytes_str(out->text);
	}
	out->prelude.connect = name;
	out->prelude.connect_port = port;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step socks4_server(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b);

	if (rd_u8(&r) != 0)
		return STEP_NOT_ME;
	if (rd_u8(&r) != SOCKS4_GRANTED && rd_ok(&r))
		return STEP_NOT_ME;
	rd_skip(&r, 6);
	if (!rd_ok(&r))
		return STEP_MORE;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step socks4_step(const struct probe_view *v,
				   struct probe_finding *out)
{
	enum probe_step c = socks4_client(v->client, out, &out->client_start);
	enum probe_step s = socks4_server(v->server, &out->server_start);

	out->again = true;
	return probe_sides(c, s);
}

const struct probe_dialect probe_socks4 = { "socks4", socks4_step };
