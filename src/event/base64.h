/* base64.h: RFC 4648 4, appended to a buffer without line breaks. */
#ifndef EVENT_BASE64_H
#define EVENT_BASE64_H

#include "base/buf.h"

void base64_add(struct buf *out, struct bytes b);

#endif
