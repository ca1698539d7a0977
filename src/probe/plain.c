/* plain.c: see plain.h. */
#include "probe/plain.h"

#include "base/reader.h"

bool plain_known(struct bytes b)
{
	static const char *const words[] = {
		"SSH-",	     "GET ",
		"POST ",     "HEAD ",
		"PUT ",	     "DELETE ",
		"PATCH ",    "OPTIONS ",
		"TRACE ",    "PRI * HTTP/2",
		"PROPFIND ", "REPORT ",
		"RTSP/",     "\023BitTorrent protocol",
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (bytes_is(bytes_head(b, strlen(words[i])), words[i]))
			return true;
	}
	return false;
}

/*
 * OpenVPN over TCP cuts TLS into packets of its own with a length before each,
 * so that no record of it is whole: its hellos must not pass for TLS here. A
 * session begins with a hard reset: length, opcode 7, 8 or 10 with key id 0,
 * and a session id. Only once all of it is there: who reads it waits for that.
 */
bool plain_openvpn(struct bytes b)
{
	struct reader r = rd_window(b);
	uint16_t len = rd_u16(&r);
	uint8_t opcode = rd_u8(&r);

	if (rd_ok(&r) && len)
		rd_skip(&r, len - 1u);
	return rd_ok(&r) && len >= 14 && len <= 1024 &&
	       (opcode == 7 << 3 || opcode == 8 << 3 || opcode == 10 << 3);
}
