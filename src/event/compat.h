/*
 * compat.h: what the renderers of other programs' formats have in common.
 * Internal to src/event.
 */
#ifndef EVENT_COMPAT_H
#define EVENT_COMPAT_H

#include "base/json.h"
#include "event/event.h"

#define COMPAT_COLONS 160

/* The certificates of a side, as this event may show them: the leaf first. */
const struct cert *compat_leaf(const struct log_event *e, enum tls_side side);
/* A cipher suite or group by its name, else "0x1301". */
void compat_suite(struct json *j, const char *key, uint16_t suite);
/* "0C:00:99" of bytes (letters upper or lower); "" for what is longer than a
 * hash or a serial may be. */
void compat_colons(struct bytes b, bool upper, char out[static COMPAT_COLONS]);
/* The same of hex digits, as cert.serial has them. */
void compat_colons_hex(const char *hex, char out[static COMPAT_COLONS]);
/*
 * A name's text with its parts ("CN=a, O=b, C=c") joined by sep, turned round
 * where it is to begin with the country.
 */
void compat_dn(struct json *j, const char *key, const struct cert_name *n,
	       const char *sep, bool reverse);
/* Seconds with a fraction, as a JSON number. */
void compat_seconds(struct json *j, const char *key, struct stamp t);
bool compat_is_udp(const struct observation *o);
/* Takes back what was written since out->len was before, if it failed. */
bool compat_end(struct buf *out, size_t before);

#endif
