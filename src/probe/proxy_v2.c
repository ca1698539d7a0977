/*
 * proxy_v2.c: PROXY protocol version 2 (haproxy, proxy-protocol.txt 2.2): a
 * binary header in front of all that the client says, with the true ends of
 * the connection and, as a TLV, the name that the client had asked for.
 */
#include "probe/dialect.h"

enum {
	PROXY_LOCAL = 0x20,
	PROXY_PROXY = 0x21,
	PROXY_TCP4 = 0x11,
	PROXY_TCP6 = 0x21,
	PROXY_UNIX = 0x31,
	PP2_TYPE_AUTHORITY = 0x02,
};

static struct addr proxy_addr(struct reader *r, uint8_t family)
{
	struct bytes b = rd_bytes(r, family == 4 ? 4 : 16);

	if (!b.len)
		return (struct addr){ .family = 0 };
	return family == 4 ? addr_v4(b.p) : addr_v6(b.p);
}

static void proxy_ends(struct reader *r, uint8_t family, struct prelude *out)
{
	struct endpoint s, d;

	s.addr = proxy_addr(r, family);
	d.addr = proxy_addr(r, family);
	s.port = rd_u16(r);
	d.port = rd_u16(r);
	if (!rd_ok(r))
		return;
	out->has_proxy = true;
	out->proxy_source = s;
	out->proxy_destination = d;
}

/* A malformed TLV costs itself and those behind it, not the addresses. */
static void proxy_tlvs(struct reader *r, struct prelude *out)
{
	while (rd_more(r)) {
		uint8_t type = rd_u8(r);
		struct reader tlv = rd_vec16(r);
		struct bytes value = rd_rest(&tlv);

		if (rd_ok(r) && type == PP2_TYPE_AUTHORITY)
			out->proxy_authority = value;
	}
}

static enum probe_step proxy_v2_step(const struct probe_view *v,
				     struct probe_finding *out)
{
	struct reader r = rd_window(v->client), header;
	struct bytes signature = bytes_of("\r\n\r\n\0\r\nQUIT\n", 12);
	uint8_t command, family;

	if (!bytes_eq(bytes_head(v->client, 12),
		      bytes_head(signature, v->client.len)))
		return STEP_NOT_ME;
	rd_skip(&r, 12);
	command = rd_u8(&r);
	family = rd_u8(&r);
	if (rd_ok(&r) && command != PROXY_LOCAL && command != PROXY_PROXY)
		return STEP_NOT_ME;
	header = rd_vec16(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (command == PROXY_PROXY && family == PROXY_TCP4)
		proxy_ends(&header, 4, &out->prelude);
	else if (command == PROXY_PROXY && family == PROXY_TCP6)
		proxy_ends(&header, 6, &out->prelude);
	else if (family == PROXY_UNIX)
		rd_skip(&header, 216);
	if (command == PROXY_PROXY)
		proxy_tlvs(&header, &out->prelude);
	out->client_start = rd_offset(&r);
	out->server_start = 0;
	out->again = true;
	return STEP_TLS;
}

const struct probe_dialect probe_proxy_v2 = { "proxy_v2", proxy_v2_step };
