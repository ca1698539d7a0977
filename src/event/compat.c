/* compat.c: see compat.h. */
#include "event/compat.h"

#include <stdio.h>

#define DN_PARTS 64

const struct cert *compat_leaf(const struct log_event *e, enum tls_side side)
{
	const struct evidence *ev = &e->judgement->ev;

	return side == TLS_SERVER ? ev->leaf : ev->client_leaf;
}

void compat_suite(struct json *j, const char *key, uint16_t suite)
{
	const char *name = tls_suite_name(suite);
	char hex[8];

	snprintf(hex, sizeof hex, "0x%04x", suite);
	jw_str(j, key, name ? name : hex);
}

void compat_colons(struct bytes b, bool upper, char out[static COMPAT_COLONS])
{
	size_t n = 0;

	out[0] = '\0';
	for (; b.len && n + 4 < COMPAT_COLONS; b = bytes_tail(b, 1))
		n += (size_t)snprintf(out + n, COMPAT_COLONS - n,
				      upper ? "%s%02X" : "%s%02x", n ? ":" : "",
				      b.p[0]);
}

void compat_colons_hex(const char *hex, char out[static COMPAT_COLONS])
{
	size_t n = 0;

	if (*hex == '-')
		out[n++] = *hex++;
	for (size_t i = 0; hex[i] && n + 3 < COMPAT_COLONS; i++) {
		if (i && i % 2 == 0)
			out[n++] = ':';
		out[n++] = hex[i];
	}
	out[n] = '\0';
}

/* RFC 4514 2.4: a comma inside a value has a backslash before it. */
static size_t dn_split(struct bytes text, struct bytes part[DN_PARTS])
{
	size_t num = 0, begin = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '\\') {
			i++;
			continue;
		}
		if (text.p[i] != ',' || num == DN_PARTS - 1)
			continue;
		part[num++] = bytes_of(text.p + begin, i - begin);
		if (i + 1 < text.len && text.p[i + 1] == ' ')
			i++;
		begin = i + 1;
	}
	part[num++] = bytes_of(text.p + begin, text.len - begin);
	return num;
}

void compat_dn(struct json *j, const char *key, const struct cert_name *n,
	       const char *sep, bool reverse)
{
	struct bytes part[DN_PARTS];
	size_t num = dn_split(bytes_str(n->text), part);
	struct buf text;

	buf_init(&text, LIMIT_EVENT_BYTES);
	for (size_t i = 0; i < num; i++) {
		struct bytes b = part[reverse ? num - 1 - i : i];

		if (i)
			buf_add_str(&text, sep);
		buf_add(&text, b.p, b.len);
	}
	jw_text(j, key, buf_bytes(&text), LIMIT_EVENT_TEXT);
	buf_fini(&text);
}

/*
 * The fraction goes right behind the whole seconds that the JSON writer has
 * just written: together one number (RFC 8259 6). Times before 1970 have none.
 */
void compat_seconds(struct json *j, const char *key, struct stamp t)
{
	jw_int(j, key, t.ns / 1000000000LL);
	if (t.ns > 0)
		buf_printf(j->out, ".%06u",
			   (unsigned)(t.ns % 1000000000LL / 1000));
}

bool compat_is_udp(const struct observation *o)
{
	return o->transport == PACKET_UDP;
}

bool compat_end(struct buf *out, size_t before)
{
	if (!out->failed)
		return true;
	out->failed = false;
	out->len = before;
	return false;
}
