/* community.h: Community ID v1 of a connection. */
#ifndef EVENT_COMMUNITY_H
#define EVENT_COMMUNITY_H

#include "base/addr.h"
#include "base/bytes.h"

#define COMMUNITY_TEXT 36

/* "1:" and base64 of SHA-1, seed 0; "" without addresses. */
void community_id(const struct endpoint *a, const struct endpoint *b,
		  uint8_t protocol, char out[static COMMUNITY_TEXT]);

#endif
