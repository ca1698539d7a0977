/*
 * http.h: as much of HTTP/1 as stands before TLS (RFC 9112).
 */
#ifndef PROBE_HTTP_H
#define PROBE_HTTP_H

#include "probe/dialect.h"

struct http_message {
	struct bytes start_line;
	uint32_t status;      /* of a response; 0 for a request */
	bool upgrades_to_tls; /* "Upgrade: TLS/1.0" among others (RFC 2817) */
	bool upgrades_to_websocket; /* likewise (RFC 6455 4.1) */
};

/* One whole request or response with its body. STEP_NOT_ME: it is none. */
enum probe_step http_read(struct reader *r, struct http_message *out);

#endif
