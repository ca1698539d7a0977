/*
 * report_screen.c: the report at a terminal: about a screen. What there is too
 * much of is counted; --report has all of it.
 */
#include "ledger/report_parts.h"

#include "event/words.h"

typedef unsigned long long ull;

#define MOST_GROUPS   6
#define MOST_FINDINGS 3
#define MOST_NAMES    5
#define MOST_UNSEEN   3

static const char *const colours[] = { "\033[36m", "\033[36m", "\033[33m",
				       "\033[1;31m" };

static void text(struct buf *out, const char *s)
{
	report_escape(out, FLAVOUR_PLAIN, bytes_str(s ? s : ""));
}

static void put_read(const struct report *r, struct buf *out)
{
	buf_printf(out, "read       %zu input%s, %llu packets, ",
		   r->num_inputs, r->num_inputs == 1 ? "" : "s",
		   (ull)report_counter(r, "packets", "received"));
	report_bytes_text(report_counter(r, "packets", "bytes"), out);
	report_span_text(r, out);
	buf_add_char(out, '\n');
	if (!r->handshakes) {
		buf_add_str(out, "saw        no TLS handshake\n");
		return;
	}
	buf_printf(out, "saw        %llu handshake%s with %zu server%s; %llu "
			"judged by the certificate\n",
		   (ull)r->handshakes, r->handshakes == 1 ? "" : "s",
		   r->num_names, r->num_names == 1 ? "" : "s", (ull)r->judged);
}

static void put_finding(const struct report_finding *f, struct buf *out)
{
	buf_add_str(out, "           ");
	if (f->num_names) {
		text(out, f->names[0]);
		buf_add_str(out, " at ");
	}
	report_endpoint_text(&f->servers[0], out);
	if (f->num_names + f->num_servers > 2)
		buf_add_str(out, " ...");
	buf_add_str(out, ", ");
	report_clients_text(f, out);
	buf_add_char(out, '\n');
}

static void put_group(const struct report *r, size_t at, bool colour,
		      struct buf *out)
{
	const struct report_finding *f = r->by_cause[at];
	size_t num = report_same(r, at);
	const char *on = colour ? colours[f->finding.severity] : "";

	buf_printf(out, "%s%-10s %s%s  %s%s\n", on,
		   severity_words[f->finding.severity], f->finding.check->code,
		   colour ? "\033[0m" : "", f->finding.check->title,
		   f->because ? " (resolved)" : "");
	for (size_t i = 0; i < num && i < MOST_FINDINGS; i++)
		put_finding(r->by_cause[at + i], out);
	if (num > MOST_FINDINGS)
		buf_printf(out, "           and %zu more\n",
			   num - MOST_FINDINGS);
	if (!f->finding.hint.fix)
		return;
	buf_add_str(out, "           do: ");
	text(out, f->finding.hint.fix);
	buf_add_char(out, '\n');
}

static void put_findings(const struct report *r, bool colour, struct buf *out)
{
	size_t num[SEVERITY_HIGH + 1], at = 0, groups = 0;
	const char *comma = "";

	report_severities(r, num);
	if (!r->handshakes)
		return;
	buf_add_str(out, "findings   ");
	for (int s = SEVERITY_HIGH; s >= 0; s--) {
		if (!num[s])
			continue;
		buf_printf(out, "%s%zu %s", comma, num[s], severity_words[s]);
		comma = ", ";
	}
	buf_add_str(out, *comma ? "\n" : "none\n");
	for (; at < r->num_findings && groups < MOST_GROUPS; groups++) {
		put_group(r, at, colour, out);
		at += report_same(r, at);
	}
	if (at < r->num_findings)
		buf_printf(out, "           and %zu of other causes: --report "
				"FILE.md has all\n",
			   r->num_findings - at);
}

static void put_names(const struct report *r, struct buf *out)
{
	for (size_t i = 0; i < r->num_names && i < MOST_NAMES; i++) {
		const struct report_name *n = r->by_expiry[i];
		struct buf name;

		if (!n->leaf)
			break;
		buf_printf(out, "%-10s ", i ? "" : "expiring");
		report_until_text(n, out);
		buf_add_str(out, "  ");
		buf_init(&name, 512);
		report_name_text(n, &name);
		report_escape(out, FLAVOUR_PLAIN, buf_bytes(&name));
		buf_fini(&name);
		buf_add_str(out, "  ");
		report_left_text(n, out);
		buf_add_char(out, '\n');
	}
}

/* The name that comes behind that one, by how often it was hidden. */
static const struct report_name *next_unseen(const struct report *r,
					     const struct report_name *last)
{
	const struct report_name *best = NULL;
	bool behind = !last; /* of those hidden as often: in their order */

	for (size_t i = 0; i < r->num_names; i++) {
		const struct report_name *n = r->by_expiry[i];

		if (n == last)
			behind = true;
		else if (n->hidden && (!best || n->hidden > best->hidden) &&
			 (!last || n->hidden < last->hidden ||
			  (behind && n->hidden == last->hidden)))
			best = n;
	}
	return best;
}

/* "mostly api.example.com (12 of 14), ...": for whom keys would help most */
static void put_unseen(const struct report *r, struct buf *out)
{
	const struct report_name *n = next_unseen(r, NULL);
	const char *before = "           mostly ";

	for (int i = 0; n && i < MOST_UNSEEN; i++) {
		struct buf name;

		buf_init(&name, 512);
		report_name_text(n, &name);
		buf_add_str(out, before);
		report_escape(out, FLAVOUR_PLAIN, buf_bytes(&name));
		buf_fini(&name);
		buf_printf(out, " (%llu of %llu)", (ull)n->hidden,
			   (ull)n->handshakes);
		before = ", ";
		n = next_unseen(r, n);
	}
	if (*before == ',')
		buf_add_char(out, '\n');
}

static void put_coverage(const struct report *r, struct buf *out)
{
	struct report_reason why;
	unsigned at = 0;
	const char *word = "not seen";
	struct report_loss loss;
	unsigned lost = 0;

	while (report_reason(r, &at, &why)) {
		buf_printf(out, "%-10s %llu: %s (%s)", word, (ull)why.num,
			   why.why, why.word);
		if (why.remedy[0])
			buf_printf(out, "; %s", why.remedy);
		buf_add_char(out, '\n');
		word = "";
	}
	put_unseen(r, out);
	word = "lost";
	while (report_loss(r, &lost, &loss)) {
		buf_printf(out, "%-10s %llu %s\n", word, (ull)loss.num,
			   loss.what);
		word = "";
	}
}

bool report_screen(struct report *r, bool colour, struct buf *out)
{
	if (!report_order(r))
		return false;
	put_read(r, out);
	put_findings(r, colour, out);
	put_names(r, out);
	put_coverage(r, out);
	return !out->failed;
}
