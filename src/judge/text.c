/* text.c: see text.h. */
#include "judge/text.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>

static const char *keep(struct arena *a, struct buf *b)
{
	const char *s = arena_str(a, buf_bytes(b));

	buf_fini(b);
	return s ? s : "";
}

static void add_name(struct buf *b, struct bytes name)
{
	struct bytes head = bytes_head(name, 253);

	for (size_t i = 0; i < head.len; i++) {
		if (head.p[i] > 0x20 && head.p[i] < 0x7f)
			buf_add_char(b, (char)head.p[i]);
		else
			buf_printf(b, "\\x%02x", head.p[i]);
	}
	if (head.len < name.len)
		buf_add_str(b, "...");
}

const char *text_name(struct arena *a, struct bytes name)
{
	struct buf b;

	if (!a)
		return "";
	buf_init(&b, 4096);
	add_name(&b, name);
	return keep(a, &b);
}

/* C0, DEL, and C1 in UTF-8 (0xC2 0x80 to 0x9F): they steer terminals. */
static bool is_control(struct bytes b, size_t i)
{
	uint8_t before = i ? b.p[i - 1] : 0;

	return b.p[i] < 0x20 || b.p[i] == 0x7f ||
	       (before == 0xc2 && b.p[i] < 0xa0);
}

const char *text_dn(struct arena *a, const char *dn)
{
	struct bytes all = bytes_str(dn), head = bytes_head(all, 253);
	struct buf b;

	if (!a)
		return "";
	while (head.len && head.len < all.len &&
	       (head.p[head.len] & 0xc0) == 0x80)
		head.len--; /* no half character */
	buf_init(&b, 4096);
	for (size_t i = 0; i < head.len; i++) {
		bool c1 = i + 1 < head.len && head.p[i] == 0xc2 &&
			  is_control(head, i + 1);

		if (c1 || is_control(head, i))
			buf_printf(&b, "\\x%02x", head.p[i]);
		else
			buf_add_char(&b, (char)head.p[i]);
	}
	if (head.len < all.len)
		buf_add_str(&b, "...");
	return keep(a, &b);
}

const char *text_endpoint(struct arena *a, const struct endpoint *e)
{
	char addr[ADDR_TEXT];
	const char *s;

	if (!a)
		return "";
	addr_format(&e->addr, addr);
	s = arena_printf(a, e->addr.family == 6 ? "[%s]:%u" : "%s:%u", addr,
			 e->port);
	return s ? s : "";
}

const char *text_where(const struct evidence *ev, struct arena *a)
{
	const char *e = text_endpoint(a, observation_server(ev->obs)), *s;

	if (!a)
		return "";
	if (!ev->name.reference.len)
		return e;
	s = arena_printf(a, "%s at %s", text_name(a, ev->name.reference), e);
	return s ? s : "";
}

const char *text_client(const struct evidence *ev, struct arena *a)
{
	char addr[ADDR_TEXT];
	const char *s;

	if (!a)
		return "";
	addr_format(&observation_client(ev->obs)->addr, addr);
	s = arena_str(a, bytes_str(addr));
	return s ? s : "";
}

static void add_unit(struct buf *b, int64_t n, const char *unit)
{
	buf_printf(b, "%s%" PRId64 " %s%s", b->len ? " " : "", n, unit,
		   n == 1 ? "" : "s");
}

const char *text_duration(struct arena *a, int64_t sec)
{
	static const struct {
		int64_t sec;
		const char *name;
	} units[] = { { 365 * 86400, "year" },
		      { 86400, "day" },
		      { 3600, "hour" },
		      { 60, "minute" },
		      { 1, "second" } };
	unsigned told = 0;
	struct buf b;

	if (!a)
		return "";
	buf_init(&b, 128);
	if (sec < 0)
		sec = -sec;
	for (size_t i = 0; i < 5 && told < 2; i++) {
		int64_t n = sec / units[i].sec;

		if (!n && !told)
			continue;
		told++;
		if (n)
			add_unit(&b, n, units[i].name);
		sec %= units[i].sec;
	}
	if (!b.len)
		buf_add_str(&b, "less than a second");
	return keep(a, &b);
}

const char *text_time(struct arena *a, int64_t sec)
{
	char t[STAMP_TEXT];
	const char *s;

	if (!a)
		return "";
	stamp_format_short(sec, t);
	s = arena_str(a, bytes_str(t));
	return s ? s : "";
}

static const char *reaction_words(const struct evidence *ev, struct arena *a)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;
	const char *name;

	switch (ev->obs->reaction.verdict) {
	case TLS_ACCEPTED:
		return "went on and exchanged data all the same";
	case TLS_ABANDONED:
		return "closed the connection without sending data";
	case TLS_REJECTED:
		name = alert->seen ? tls_alert_name(alert->code) : NULL;
		if (name)
			return arena_printf(a, "refused it (alert %s)", name);
		return "refused it (inferred from an encrypted alert)";
	default:
		return NULL;
	}
}

const char *text_reaction(const struct evidence *ev, struct arena *a)
{
	const char *words = reaction_words(ev, a), *s;
	char addr[ADDR_TEXT];

	if (!a || !words)
		return "";
	addr_format(&observation_client(ev->obs)->addr, addr);
	s = arena_printf(a, " Client %s %s.", addr, words);
	return s ? s : "";
}

const char *text_names(const struct cert *c, struct arena *a)
{
	struct buf b;
	size_t told = 0, left = 0;

	if (!a)
		return "";
	buf_init(&b, 4096);
	for (size_t i = 0; i < c->num_san; i++) {
		struct bytes v = c->san[i].value;

		if (c->san[i].type == CERT_SAN_IP) {
			char addr[ADDR_TEXT];
			struct addr ip = v.len == 4 ? addr_v4(v.p)
						    : addr_v6(v.p);

			addr_format(&ip, addr);
			if (told < 3)
				buf_printf(&b, "%s%s", told ? ", " : "", addr);
		} else if (c->san[i].type == CERT_SAN_DNS) {
			if (told < 3) {
				buf_add_str(&b, told ? ", " : "");
				add_name(&b, v);
			}
		} else {
			continue;
		}
		*(told < 3 ? &told : &left) += 1;
	}
	if (left)
		buf_printf(&b, " and %zu more", left + c->num_san_left);
	if (!told && c->subject.common_name.num) {
		buf_add_str(&b, "CN ");
		buf_add_str(&b, text_dn(a, c->subject.common_name.v[0]));
	} else if (!told) {
		buf_add_str(&b, "no name");
	}
	return keep(a, &b);
}

const char *text_target(const struct evidence *ev, struct arena *a)
{
	char addr[ADDR_TEXT];
	const char *s;

	if (!a)
		return "";
	if (ev->name.reference.len)
		return text_name(a, ev->name.reference);
	addr_format(&observation_server(ev->obs)->addr, addr);
	s = arena_str(a, bytes_str(addr));
	return s ? s : "";
}
