/*
 * report_html.c: as one page: no scripts, nothing from elsewhere (its policy
 * says so to the browser, too), light and dark, and fit for print.
 */
#include "ledger/report_parts.h"

#include "cert/cert.h"
#include "event/words.h"

typedef unsigned long long ull;

static const char head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
	"'none'; style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"referrer\" content=\"no-referrer\">\n"
	"<title>What wirecert saw</title>\n<style>\n"
	":root{color-scheme:light dark}\n"
	"body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;"
	"margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}"
	"h3{font-size:1rem;margin:1.5rem 0 .2rem}\n"
	"table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
	"border-bottom:1px solid #8886}\n"
	"td.n{text-align:right}code{overflow-wrap:anywhere}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;"
	"margin:.3rem 0 1rem 1rem}dd{margin:0}dt{opacity:.7}\n"
	".high{color:#c0262d}.medium{color:#b25e00}.low,.info{color:#1a6a9a}\n"
	"@media(prefers-color-scheme:dark){.high{color:#ff7b7b}"
	".medium{color:#ffb454}.low,.info{color:#6cc4f5}}\n"
	"</style></head><body>\n";

static void text(struct buf *out, const char *s)
{
	report_escape(out, FLAVOUR_HTML, bytes_str(s ? s : ""));
}

static void code(struct buf *out, const char *s)
{
	buf_add_str(out, "<code>");
	text(out, s);
	buf_add_str(out, "</code>");
}

/* What fn writes, escaped, in an element. */
#define PUT(out, element, fn, arg)                                             \
	do {                                                                   \
		struct buf text_;                                              \
		buf_init(&text_, 4096);                                        \
		fn(arg, &text_);                                               \
		buf_add_str(out, "<" element ">");                             \
		report_escape(out, FLAVOUR_HTML, buf_bytes(&text_));           \
		buf_add_str(out, "</" element ">");                            \
		buf_fini(&text_);                                              \
	} while (0)

static void put_read(const struct report *r, struct buf *out)
{
	buf_printf(out, "<h1>What wirecert saw</h1>\n<p>%zu input%s, %llu "
			"packets (",
		   r->num_inputs, r->num_inputs == 1 ? "" : "s",
		   (ull)report_counter(r, "packets", "received"));
	report_bytes_text(report_counter(r, "packets", "bytes"), out);
	buf_add_char(out, ')');
	report_span_text(r, out);
	buf_printf(out, "; %llu handshake%s with %zu server%s, %llu judged by "
			"the certificate.</p>\n",
		   (ull)r->handshakes, r->handshakes == 1 ? "" : "s",
		   r->num_names, r->num_names == 1 ? "" : "s", (ull)r->judged);
}

static void put_inputs(const struct report *r, struct buf *out)
{
	buf_add_str(out, "<h2>What was read</h2>\n<ul>\n");
	for (size_t i = 0; i < r->num_inputs; i++) {
		buf_add_str(out, "<li>");
		code(out, r->inputs[i].path);
		if (r->inputs[i].why) {
			buf_add_str(out, ": ");
			text(out, r->inputs[i].why);
		}
		buf_add_str(out, "</li>\n");
	}
	buf_add_str(out, "</ul>\n");
}

static void field(struct buf *out, const char *name, const char *value,
		  bool is_code)
{
	if (!value || !*value)
		return;
	buf_printf(out, "<dt>%s</dt><dd>", name);
	(is_code ? code : text)(out, value);
	buf_add_str(out, "</dd>\n");
}

static void put_places(const struct report_finding *f, struct buf *out)
{
	if (f->num_names)
		buf_add_str(out, "<dt>names</dt><dd>");
	for (size_t i = 0; i < f->num_names; i++) {
		buf_add_str(out, i ? ", " : "");
		code(out, f->names[i]);
	}
	if (f->num_names)
		buf_add_str(out, f->more_names ? " and more</dd>" : "</dd>");
	buf_add_str(out, "<dt>servers</dt><dd>");
	for (size_t i = 0; i < f->num_servers; i++) {
		buf_add_str(out, i ? ", " : "");
		PUT(out, "code", report_endpoint_text, &f->servers[i]);
	}
	buf_add_str(out, f->more_servers ? " and more</dd>\n" : "</dd>\n");
}

static void put_finding(const struct report_finding *f, bool with_fix,
			struct buf *out)
{
	const struct finding *told = &f->finding;
	char from[STAMP_TEXT], to[STAMP_TEXT];

	buf_add_str(out, "<p>");
	text(out, told->message);
	buf_add_str(out, "</p>\n<dl><dt>affected</dt>");
	PUT(out, "dd", report_clients_text, f);
	put_places(f, out);
	stamp_format_short(stamp_to_sec(f->seen.first), from);
	stamp_format_short(stamp_to_sec(f->seen.last), to);
	buf_printf(out, "<dt>seen</dt><dd>%s to %s</dd>\n", from, to);
	if (with_fix)
		field(out, "do", told->hint.fix, false);
	field(out, "check", told->hint.verify, true);
	field(out, "evidence", f->evidence, true);
	buf_add_str(out, "</dl>\n");
}

/* Only pages that our own rows name become links. */
static void put_link(const struct finding *f, struct buf *out)
{
	const char *url = f->hint.url ? f->hint.url : f->check->url;

	if (!url || strncmp(url, "https://", 8) != 0)
		return;
	buf_add_str(out, ", <a href=\"");
	text(out, url);
	buf_add_str(out, "\">more</a>");
}

static void put_group(const struct report *r, size_t at, struct buf *out)
{
	const struct report_finding *f = r->by_cause[at];
	const struct check *c = f->finding.check;
	const char *word = severity_words[f->finding.severity];
	bool same = report_same_fix(r, at);

	buf_printf(out, "<h3><span class=\"%s\">%s</span> %s%s</h3>\n<p>",
		   word, word, c->title, f->because ? " (resolved)" : "");
	code(out, c->code);
	buf_printf(out, ", %s", c->reference);
	if (f->finding.hint.cause) {
		buf_add_str(out, ", cause ");
		code(out, f->finding.hint.cause);
	}
	if (f->because)
		buf_printf(out, ", resolved: %s", f->because);
	put_link(&f->finding, out);
	buf_add_str(out, "</p>\n");
	if (same) {
		buf_add_str(out, "<p><strong>Do:</strong> ");
		text(out, f->finding.hint.fix);
		buf_add_str(out, "</p>\n");
	}
	for (size_t i = 0; i < report_same(r, at); i++)
		put_finding(r->by_cause[at + i], !same, out);
}

static void put_findings(const struct report *r, struct buf *out)
{
	buf_add_str(out, "<h2>Findings</h2>\n");
	if (!r->num_findings)
		buf_add_str(out, "<p>None.</p>\n");
	for (size_t i = 0; i < r->num_findings; i += report_same(r, i))
		put_group(r, i, out);
	if (r->findings_left)
		buf_printf(out, "<p>These are the first %u; others are in the "
				"log only.</p>\n",
			   LIMIT_REPORT_FINDINGS);
}

static void put_name(const struct report_name *n, struct buf *out)
{
	bool readable = n->leaf && !n->leaf->error;

	buf_add_str(out, "<tr>");
	PUT(out, "td", report_name_text, n);
	PUT(out, "td", report_until_text, n);
	PUT(out, "td", report_left_text, n);
	buf_add_str(out, "<td>");
	text(out, readable ? n->leaf->subject.text : "");
	buf_add_str(out, "</td><td>");
	text(out, readable ? n->leaf->issuer.text : "");
	buf_printf(out, "</td><td class=\"n\">%llu of %llu</td>",
		   (ull)n->judged, (ull)n->handshakes);
	PUT(out, "td", report_unseen_text, n);
	buf_add_str(out, "</tr>\n");
}

static void put_names(const struct report *r, struct buf *out)
{
	buf_add_str(out, "<h2>Names and their certificates</h2>\n");
	if (!r->num_names) {
		buf_add_str(out, "<p>None: no handshake was seen.</p>\n");
		return;
	}
	buf_add_str(out,
		    "<p>Expiring soonest first. Judged: the handshakes whose "
		    "certificate could be seen.</p>\n<table><thead><tr>"
		    "<th>Name</th><th>Until</th><th></th><th>Subject</th>"
		    "<th>Issuer</th><th>Judged</th><th>Not seen</th></tr>"
		    "</thead><tbody>\n");
	for (size_t i = 0; i < r->num_names; i++)
		put_name(r->by_expiry[i], out);
	buf_add_str(out, "</tbody></table>\n");
	if (r->names_left)
		buf_printf(out, "<p>These are the first %u; %llu handshakes "
				"were with others.</p>\n",
			   LIMIT_REPORT_NAMES, (ull)r->names_left);
}

static void put_coverage(const struct report *r, struct buf *out)
{
	struct report_reason why;
	unsigned at = 0;

	buf_printf(out, "<h2>What could not be seen</h2>\n<p>%llu of %llu "
			"handshakes were judged by their certificate.</p>\n",
		   (ull)r->judged, (ull)r->handshakes);
	if (r->judged == r->handshakes)
		return;
	buf_add_str(out, "<table><thead><tr><th>Handshakes</th><th>Reason</th>"
			 "<th>Why</th><th>What helps</th></tr></thead><tbody>"
			 "\n");
	while (report_reason(r, &at, &why)) {
		buf_printf(out, "<tr><td class=\"n\">%llu</td><td>",
			   (ull)why.num);
		code(out, why.word);
		buf_add_str(out, "</td><td>");
		text(out, why.why);
		buf_add_str(out, "</td><td>");
		text(out, why.remedy);
		buf_add_str(out, "</td></tr>\n");
	}
	buf_add_str(out, "</tbody></table>\n");
}

static void put_losses(const struct report *r, struct buf *out)
{
	struct report_loss loss;
	unsigned at = 0;

	if (!report_loss(r, &at, &loss))
		return;
	buf_add_str(out, "<ul>\n");
	do
		buf_printf(out, "<li>%llu %s</li>\n", (ull)loss.num, loss.what);
	while (report_loss(r, &at, &loss));
	buf_add_str(out, "</ul>\n");
}

void report_html(const struct report *r, struct buf *out)
{
	buf_add_str(out, head);
	put_read(r, out);
	put_findings(r, out);
	put_names(r, out);
	put_coverage(r, out);
	put_losses(r, out);
	put_inputs(r, out);
	buf_add_str(out, "</body></html>\n");
}
