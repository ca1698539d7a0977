/*
 * prelude.h: what was said on a connection before TLS began.
 *
 * Filled by src/probe, carried by the handshake. Bytes are borrowed from the
 * probe until the handshake copies them to its arena.
 */
#ifndef FLOW_PRELUDE_H
#define FLOW_PRELUDE_H

#include "base/addr.h"
#include "base/bytes.h"

/* What TLS is in, that its reader has to take off first (probe/ws.h). */
enum frames_kind {
	FRAMES_NONE,
	FRAMES_WEBSOCKET,
	FRAMES_TDS, /* packets of Microsoft SQL Server */
};

struct prelude {
	const char *dialect; /* "smtp", "http_connect" ..., NULL = none */
	bool opportunistic;  /* STARTTLS that clients do not insist on: smtp,
			      * pgsql, rdp, xmpp (CONTRACT.md) */
	bool swapped;	     /* the TLS client is the TCP connection's target */
	bool in_unknown;     /* inside of what no row knows: in frames, maybe */
	uint8_t in_frames;   /* enum frames_kind */
	struct bytes connect; /* CONNECT or SOCKS target: name or address text,
			       * without port and brackets */
	uint16_t connect_port;
	struct bytes proxy_authority; /* PROXY v2 PP2_TYPE_AUTHORITY */
	bool has_proxy;	     /* PROXY protocol told the true ends */
	struct endpoint proxy_source, proxy_destination;
};

#endif
