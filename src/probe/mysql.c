/*
 * mysql.c: TLS of MySQL and MariaDB (Connection Phase Packets): the server's
 * greeting offers CLIENT_SSL, the client answers with an SSLRequest packet
 * instead of its login.
 */
#include "probe/hello.h"

enum {
	MYSQL_CLIENT_SSL = 0x0800,
	MYSQL_PROTOCOL_41 = 0x0200,
	MYSQL_SSL_REQUEST = 32,
	MYSQL_SSL_REQUEST_320 = 5, /* before 4.1 */
	MYSQL_GREETING_MAX = 1024,
};

/* Packet header: length (3 bytes, little endian) and sequence number. */
static uint32_t mysql_header(struct reader *r, uint8_t *sequence)
{
	uint32_t len = rd_u8(r);

	len |= (uint32_t)rd_u8(r) << 8;
	len |= (uint32_t)rd_u8(r) << 16;
	*sequence = rd_u8(r);
	return len;
}

static enum probe_step mysql_server(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b), greeting;
	uint8_t sequence, version;
	uint32_t len = mysql_header(&r, &sequence);

	if (len > MYSQL_GREETING_MAX || sequence != 0)
		return STEP_NOT_ME;
	greeting = rd_sub(&r, len);
	version = rd_u8(&greeting);
	if (rd_ok(&greeting) && version != 10)
		return STEP_NOT_ME;
	while (rd_more(&greeting) && rd_u8(&greeting) != 0)
		; /* the server's version, NUL-terminated */
	rd_skip(&greeting, 4 + 8 + 1); /* thread, salt, filler */
	version = rd_le16(&greeting) & MYSQL_CLIENT_SSL ? 1 : 0;
	if (!rd_ok(&r))
		return STEP_MORE;
	if (!rd_ok(&greeting) || !version)
		return STEP_NOT_ME;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step mysql_client(struct bytes b, size_t *start)
{
	struct reader r = rd_window(b), packet;
	uint8_t sequence;
	uint32_t len = mysql_header(&r, &sequence), flags;

	if (b.len >= 1 && (len & 0xff) != MYSQL_SSL_REQUEST &&
	    (len & 0xff) != MYSQL_SSL_REQUEST_320)
		return STEP_NOT_ME;
	if (len > 0xff || (rd_ok(&r) && sequence != 1))
		return STEP_NOT_ME;
	packet = rd_sub(&r, len);
	flags = rd_le16(&packet);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (!(flags & MYSQL_CLIENT_SSL))
		return STEP_NOT_ME;
	if ((len == MYSQL_SSL_REQUEST) != !!(flags & MYSQL_PROTOCOL_41))
		return STEP_NOT_ME;
	*start = rd_offset(&r);
	return STEP_TLS;
}

static enum probe_step mysql_step(const struct probe_view *v,
				  struct probe_finding *out)
{
	enum probe_step c = mysql_client(v->client, &out->client_start);
	enum probe_step s = mysql_server(v->server, &out->server_start);

	return probe_sides(c, s);
}

const struct probe_dialect probe_mysql = { "mysql", mysql_step };
