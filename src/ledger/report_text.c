/* report_text.c: the texts that all formats of a report share, and escaping. */
#include "ledger/report_parts.h"

#include "base/json.h"
#include "cert/cert.h"
#include "event/words.h"
#include "judge/text.h"

bool report_has_span(const struct report *r)
{
	return r->first.ns || r->last.ns;
}

void report_span_text(const struct report *r, struct buf *out)
{
	char first[STAMP_TEXT], last[STAMP_TEXT];

	if (!report_has_span(r))
		return;
	stamp_format_short(stamp_to_sec(r->first), first);
	stamp_format_short(stamp_to_sec(r->last), last);
	buf_printf(out, ", %s to %s", first, last);
}

void report_endpoint_text(const struct endpoint *e, struct buf *out)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	buf_printf(out, e->addr.family == 6 ? "[%s]:%u" : "%s:%u", text,
		   e->port);
}

void report_name_text(const struct report_name *n, struct buf *out)
{
	if (n->name[0])
		buf_add_str(out, n->name);
	else
		report_endpoint_text(&n->server, out);
}

void report_until_text(const struct report_name *n, struct buf *out)
{
	char text[STAMP_TEXT];

	if (!n->leaf)
		return;
	if (n->leaf->error) {
		buf_add_str(out, "cannot be read");
	} else if (n->leaf->no_expiry) {
		buf_add_str(out, "has no end");
	} else {
		stamp_format_short(n->leaf->not_after, text);
		buf_printf(out, "%.10s", text);
	}
}

void report_left_text(const struct report_name *n, struct buf *out)
{
	struct arena a;
	int64_t left;

	if (!n->leaf || n->leaf->error || n->leaf->no_expiry ||
	    stamp_to_sec(n->at) < 946684800) /* 2000: no clock, no judgement */
		return;
	left = n->leaf->not_after - stamp_to_sec(n->at);
	arena_init(&a, 4096);
	if (left < 0)
		buf_printf(out, "expired %s before it was seen",
			   text_duration(&a, left));
	else
		buf_printf(out, "%s left", text_duration(&a, left));
	arena_fini(&a);
}

void report_clients_text(const struct report_finding *f, struct buf *out)
{
	const struct occurrences *o = &f->seen;
	char text[ADDR_TEXT];

	buf_printf(out, "%llu client%s: ", (unsigned long long)o->num_clients,
		   o->num_clients == 1 ? "" : "s");
	for (uint32_t i = 0; i < o->num_clients_kept; i++) {
		addr_format(&o->clients[i], text);
		buf_printf(out, "%s%s", i ? ", " : "", text);
	}
	if (o->num_clients > o->num_clients_kept)
		buf_add_str(out, " ...");
	buf_printf(out, "; %llu handshake%s", (unsigned long long)o->count,
		   o->count == 1 ? "" : "s");
	if (o->num_rejected)
		buf_printf(out, ", %llu refused by the client",
			   (unsigned long long)o->num_rejected);
}

static void put_counts(const uint64_t *num, const char *const *words,
		       unsigned end, size_t begin, struct buf *out)
{
	for (unsigned i = 1; i < end; i++)
		if (num[i])
			buf_printf(out, "%s%s %llu",
				   out->len > begin ? ", " : "", words[i],
				   (unsigned long long)num[i]);
}

void report_unseen_text(const struct report_name *n, struct buf *out)
{
	size_t begin = out->len;

	put_counts(n->hidden_by, hidden_words, TLS_HIDDEN_NUM, begin, out);
	put_counts(n->absent_by, absent_words, TLS_ABSENT_REFUSED + 1, begin,
		   out);
}

void report_bytes_text(uint64_t n, struct buf *out)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB",
					     "TiB" };
	double v = (double)n;
	unsigned u = 0;

	while (v >= 1024 && u < 4) {
		v /= 1024;
		u++;
	}
	buf_printf(out, u ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void put_html(struct buf *out, char c)
{
	switch (c) {
	case '&':
		buf_add_str(out, "&amp;");
		break;
	case '<':
		buf_add_str(out, "&lt;");
		break;
	case '>':
		buf_add_str(out, "&gt;");
		break;
	case '"':
		buf_add_str(out, "&quot;");
		break;
	case '\'':
		buf_add_str(out, "&#39;");
		break;
	default:
		buf_add_char(out, c);
		break;
	}
}

/*
 * CommonMark 2.4: any ASCII punctuation may stand behind a backslash, and is
 * then no markup. GitHub makes links of http:// and www. too, and pictures of
 * :words:; the colon of an address stays as it is.
 */
static void put_markdown(struct buf *out, char c, char next)
{
	bool www = c == '.' && out->len >= 3 &&
		   (out->p[out->len - 1] | 0x20) == 'w' &&
		   (out->p[out->len - 2] | 0x20) == 'w' &&
		   (out->p[out->len - 3] | 0x20) == 'w';
	bool colon = c == ':' && next != ' ' && !(next >= '0' && next <= '9');

	if (www || colon || strchr("\\`*_{}[]<>#+!|~&@$^=\"", c))
		buf_add_char(out, '\\');
	buf_add_char(out, c);
}

static void put_char(struct buf *out, enum report_flavour flavour, char c,
		     char next)
{
	if (flavour == FLAVOUR_HTML)
		put_html(out, c);
	else if (flavour == FLAVOUR_MARKDOWN)
		put_markdown(out, c, next);
	else
		buf_add_char(out, c);
}

/* jw_escape() knows what is no text; its own two marks are none here. */
static void clean(struct buf *out, struct bytes b)
{
	while (b.len) {
		size_t n = 0;

		while (n < b.len && b.p[n] != '"' && b.p[n] != '\\')
			n++;
		jw_escape(out, bytes_head(b, n));
		if (n < b.len)
			buf_add_char(out, (char)b.p[n]);
		b = bytes_tail(b, n + 1);
	}
}

void report_escape(struct buf *out, enum report_flavour flavour,
		   struct bytes b)
{
	struct buf text;

	buf_init(&text, LIMIT_EVENT_BYTES);
	clean(&text, b);
	for (size_t i = 0; i < text.len; i++)
		put_char(out, flavour, (char)text.p[i],
			 i + 1 < text.len ? (char)text.p[i + 1] : ' ');
	out->failed |= text.failed;
	buf_fini(&text);
}

/* Nothing but its own marks, and in a table the cell's, means anything there;
 * those become what a person still reads. */
void report_code(struct buf *out, bool in_table, struct bytes b)
{
	struct buf text;

	if (!b.len)
		return;
	buf_init(&text, LIMIT_EVENT_BYTES);
	clean(&text, b);
	buf_add_char(out, '`');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '`')
			buf_add_str(out, "\\x60");
		else if (in_table && text.p[i] == '|')
			buf_add_str(out, "\\x7c");
		else
			buf_add_char(out, (char)text.p[i]);
	}
	buf_add_char(out, '`');
	out->failed |= text.failed;
	buf_fini(&text);
}
