/* report_markdown.c: as Markdown (CommonMark, with GitHub's tables). */
#include "ledger/report_parts.h"

#include "cert/cert.h"
#include "event/words.h"

typedef unsigned long long ull;

static void code_of(struct buf *out, bool in_table, const char *text)
{
	report_code(out, in_table, bytes_str(text ? text : ""));
}

/* What fn writes, as code. */
#define CODE(out, in_table, fn, arg)                                           \
	do {                                                                   \
		struct buf text_;                                              \
		buf_init(&text_, 4096);                                        \
		fn(arg, &text_);                                               \
		report_code(out, in_table, buf_bytes(&text_));                 \
		buf_fini(&text_);                                              \
	} while (0)

static void sentence(struct buf *out, const char *text)
{
	report_escape(out, FLAVOUR_MARKDOWN, bytes_str(text));
}

static void put_read(const struct report *r, struct buf *out)
{
	buf_add_str(out, "# What wirecert saw\n\n");
	buf_printf(out, "%zu input%s, %llu packets (", r->num_inputs,
		   r->num_inputs == 1 ? "" : "s",
		   (ull)report_counter(r, "packets", "received"));
	report_bytes_text(report_counter(r, "packets", "bytes"), out);
	buf_add_char(out, ')');
	report_span_text(r, out);
	buf_printf(out, "; %llu handshake%s with %zu server%s, %llu judged by "
			"the certificate.\n",
		   (ull)r->handshakes, r->handshakes == 1 ? "" : "s",
		   r->num_names, r->num_names == 1 ? "" : "s", (ull)r->judged);
}

static void put_inputs(const struct report *r, struct buf *out)
{
	buf_add_str(out, "\n## What was read\n\n");
	for (size_t i = 0; i < r->num_inputs; i++) {
		buf_add_str(out, "* ");
		code_of(out, false, r->inputs[i].path);
		if (r->inputs[i].why) {
			buf_add_str(out, ": ");
			sentence(out, r->inputs[i].why);
		}
		buf_add_char(out, '\n');
	}
}

static void put_finding(const struct report_finding *f, bool with_fix,
			struct buf *out)
{
	char from[STAMP_TEXT], to[STAMP_TEXT];

	buf_add_str(out, "* ");
	sentence(out, f->finding.message);
	buf_add_str(out, "\n    * affected: ");
	CODE(out, false, report_clients_text, f);
	stamp_format_short(stamp_to_sec(f->seen.first), from);
	stamp_format_short(stamp_to_sec(f->seen.last), to);
	buf_printf(out, "\n    * seen: %s to %s\n", from, to);
	if (f->num_names)
		buf_add_str(out, "    * names: ");
	for (size_t i = 0; i < f->num_names; i++) {
		buf_add_str(out, i ? ", " : "");
		code_of(out, false, f->names[i]);
	}
	buf_add_str(out, f->more_names ? " and more\n"
			 : f->num_names ? "\n"
					: "");
	buf_add_str(out, "    * servers: ");
	for (size_t i = 0; i < f->num_servers; i++) {
		buf_add_str(out, i ? ", " : "");
		CODE(out, false, report_endpoint_text, &f->servers[i]);
	}
	buf_add_str(out, f->more_servers ? " and more\n" : "\n");
	if (with_fix && f->finding.hint.fix) {
		buf_add_str(out, "    * do: ");
		sentence(out, f->finding.hint.fix);
		buf_add_char(out, '\n');
	}
	if (f->finding.hint.verify && f->finding.hint.verify[0]) {
		buf_add_str(out, "    * check: ");
		code_of(out, false, f->finding.hint.verify);
		buf_add_char(out, '\n');
	}
	if (f->evidence[0]) {
		buf_add_str(out, "    * evidence: ");
		code_of(out, false, f->evidence);
		buf_add_char(out, '\n');
	}
}

static void put_group(const struct report *r, size_t at, struct buf *out)
{
	const struct report_finding *f = r->by_cause[at];
	const struct check *c = f->finding.check;
	bool same = report_same_fix(r, at);

	buf_printf(out, "\n### %s: %s%s\n\n", severity_words[f->finding.severity],
		   c->title, f->because ? " (resolved)" : "");
	code_of(out, false, c->code);
	buf_printf(out, ", %s", c->reference);
	if (f->finding.hint.cause) {
		buf_add_str(out, ", cause ");
		code_of(out, false, f->finding.hint.cause);
	}
	if (f->because)
		buf_printf(out, ", resolved: %s", f->because);
	buf_add_str(out, "\n\n");
	if (same) {
		buf_add_str(out, "**Do:** ");
		sentence(out, f->finding.hint.fix);
		buf_add_str(out, "\n\n");
	}
	for (size_t i = 0; i < report_same(r, at); i++)
		put_finding(r->by_cause[at + i], !same, out);
}

static void put_findings(const struct report *r, struct buf *out)
{
	buf_add_str(out, "\n## Findings\n");
	if (!r->num_findings)
		buf_add_str(out, "\nNone.\n");
	for (size_t i = 0; i < r->num_findings; i += report_same(r, i))
		put_group(r, i, out);
	if (r->findings_left)
		buf_printf(out, "\nThese are the first %u; others are in the "
				"log only.\n",
			   LIMIT_REPORT_FINDINGS);
}

static void put_name(const struct report_name *n, struct buf *out)
{
	buf_add_str(out, "| ");
	CODE(out, true, report_name_text, n);
	buf_add_str(out, " | ");
	report_until_text(n, out);
	buf_add_str(out, " | ");
	report_left_text(n, out);
	buf_add_str(out, " | ");
	if (n->leaf && !n->leaf->error)
		code_of(out, true, n->leaf->subject.text);
	buf_add_str(out, " | ");
	if (n->leaf && !n->leaf->error)
		code_of(out, true, n->leaf->issuer.text);
	buf_printf(out, " | %llu of %llu | ", (ull)n->judged,
		   (ull)n->handshakes);
	report_unseen_text(n, out);
	buf_add_str(out, " |\n");
}

static void put_names(const struct report *r, struct buf *out)
{
	buf_add_str(out, "\n## Names and their certificates\n\n");
	if (!r->num_names) {
		buf_add_str(out, "None: no handshake was seen.\n");
		return;
	}
	buf_add_str(out, "Expiring soonest first. Judged: the handshakes whose "
			 "certificate could be seen.\n\n"
			 "| Name | Until | | Subject | Issuer | Judged | Not "
			 "seen |\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < r->num_names; i++)
		put_name(r->by_expiry[i], out);
	if (r->names_left)
		buf_printf(out, "\nThese are the first %u; %llu handshakes "
				"were with others.\n",
			   LIMIT_REPORT_NAMES, (ull)r->names_left);
}

static void put_coverage(const struct report *r, struct buf *out)
{
	struct report_reason why;
	struct report_loss loss;
	unsigned at = 0, lost = 0;

	buf_printf(out, "\n## What could not be seen\n\n"
			"%llu of %llu handshakes were judged by their "
			"certificate.\n",
		   (ull)r->judged, (ull)r->handshakes);
	if (r->judged < r->handshakes)
		buf_add_str(out, "\n| Handshakes | Reason | Why | What helps "
				 "|\n|---|---|---|---|\n");
	while (report_reason(r, &at, &why))
		buf_printf(out, "| %llu | `%s` | %s | %s |\n", (ull)why.num,
			   why.word, why.why, why.remedy);
	for (bool any = false; report_loss(r, &lost, &loss); any = true)
		buf_printf(out, "%s* %llu %s\n", any ? "" : "\n",
			   (ull)loss.num, loss.what);
}

void report_markdown(const struct report *r, struct buf *out)
{
	put_read(r, out);
	put_findings(r, out);
	put_names(r, out);
	put_coverage(r, out);
	put_inputs(r, out);
}
