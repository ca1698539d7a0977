/* report_json.c: as one JSON object; wirecert(8), REPORT has its members. */
#include "ledger/report_parts.h"

#include "base/json.h"
#include "cert/cert.h"
#include "event/words.h"

static void put_stamp(struct json *j, const char *key, struct stamp t)
{
	char text[STAMP_TEXT];

	stamp_format(t, text);
	jw_str(j, key, text);
}

static void put_endpoint(struct json *j, const char *key,
			 const struct endpoint *e)
{
	struct buf text;

	buf_init(&text, 256);
	report_endpoint_text(e, &text);
	jw_text(j, key, buf_bytes(&text), 0);
	buf_fini(&text);
}

static void put_read(struct json *j, const struct report *r)
{
	static const char *const counters[] = { "received", "bytes", "cut",
						"filtered", "bad_blocks" };

	jw_object(j, "read");
	jw_array(j, "inputs");
	for (size_t i = 0; i < r->num_inputs; i++) {
		jw_object(j, NULL);
		jw_str_opt(j, "path", r->inputs[i].path);
		jw_str_opt(j, "error", r->inputs[i].why);
		jw_end(j);
	}
	jw_end(j);
	if (report_has_span(r)) {
		put_stamp(j, "first", r->first);
		put_stamp(j, "last", r->last);
	}
	jw_object(j, "packets");
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		jw_uint(j, counters[i],
			report_counter(r, "packets", counters[i]));
	jw_end(j);
	jw_end(j);
}

static void put_coverage(struct json *j, const struct report *r)
{
	struct report_reason why;
	struct report_loss loss;
	unsigned at = 0, lost = 0;

	jw_object(j, "handshakes");
	jw_uint(j, "total", r->handshakes);
	jw_uint(j, "judged", r->judged);
	jw_array(j, "not_seen");
	while (report_reason(r, &at, &why)) {
		jw_object(j, NULL);
		jw_str(j, "reason", why.word);
		jw_uint(j, "handshakes", why.num);
		jw_str(j, "why", why.why);
		jw_str_opt(j, "remedy", why.remedy);
		jw_end(j);
	}
	jw_end(j);
	jw_end(j);
	jw_array(j, "lost");
	while (report_loss(r, &lost, &loss)) {
		jw_object(j, NULL);
		jw_uint(j, "number", loss.num);
		jw_str(j, "what", loss.what);
		jw_end(j);
	}
	jw_end(j);
}

static void put_counts(struct json *j, const char *key, const uint64_t *num,
		       const char *const *words, unsigned end)
{
	jw_object_lazy(j, key);
	for (unsigned i = 1; i < end; i++)
		if (num[i])
			jw_uint(j, words[i], num[i]);
	jw_end(j);
}

static void put_certificate(struct json *j, const struct report_name *n)
{
	const struct cert *c = n->leaf;
	char text[STAMP_TEXT];

	if (!c)
		return;
	jw_object(j, "certificate");
	jw_hex(j, "sha256", bytes_of(c->sha256, 32), true);
	if (c->error) {
		jw_str(j, "error", c->error);
	} else {
		jw_str_opt(j, "subject", c->subject.text);
		jw_str_opt(j, "issuer", c->issuer.text);
		stamp_format_sec(c->not_before, text);
		jw_str(j, "not_before", text);
		stamp_format_sec(c->not_after, text);
		jw_str(j, "not_after", text);
		if (!c->no_expiry)
			jw_int(j, "expires_in_seconds",
			       c->not_after - stamp_to_sec(n->at));
	}
	put_stamp(j, "at", n->at);
	jw_end(j);
}

static void put_names(struct json *j, const struct report *r)
{
	jw_array(j, "names");
	for (size_t i = 0; i < r->num_names; i++) {
		const struct report_name *n = r->by_expiry[i];

		jw_object(j, NULL);
		jw_str_opt(j, "name", n->name);
		put_endpoint(j, "server", &n->server);
		jw_uint(j, "handshakes", n->handshakes);
		jw_uint(j, "judged", n->judged);
		jw_uint(j, "rejected", n->rejected);
		put_counts(j, "hidden", n->hidden_by, hidden_words,
			   TLS_HIDDEN_NUM);
		put_counts(j, "absent", n->absent_by, absent_words,
			   TLS_ABSENT_REFUSED + 1);
		jw_uint(j, "certificate_changes", n->changes);
		put_certificate(j, n);
		jw_end(j);
	}
	jw_end(j);
}

static void put_affected(struct json *j, const struct report_finding *f)
{
	char text[ADDR_TEXT];

	jw_array(j, "names");
	for (size_t i = 0; i < f->num_names; i++)
		jw_str(j, NULL, f->names[i]);
	jw_end(j);
	jw_array(j, "servers");
	for (size_t i = 0; i < f->num_servers; i++)
		put_endpoint(j, NULL, &f->servers[i]);
	jw_end(j);
	jw_array(j, "clients");
	for (uint32_t i = 0; i < f->seen.num_clients_kept; i++) {
		addr_format(&f->seen.clients[i], text);
		jw_str(j, NULL, text);
	}
	jw_end(j);
	jw_uint(j, "num_clients", f->seen.num_clients);
	jw_uint(j, "num_rejected", f->seen.num_rejected);
	jw_uint(j, "handshakes", f->seen.count);
	put_stamp(j, "first_seen", f->seen.first);
	put_stamp(j, "last_seen", f->seen.last);
}

static void put_findings(struct json *j, const struct report *r)
{
	jw_array(j, "findings");
	for (size_t i = 0; i < r->num_findings; i++) {
		const struct report_finding *f = r->by_cause[i];
		const struct finding *told = &f->finding;

		jw_object(j, NULL);
		jw_str(j, "id", told->id);
		jw_str(j, "code", told->check->code);
		jw_str(j, "severity", severity_words[told->severity]);
		jw_str(j, "title", told->check->title);
		jw_str(j, "message", told->message);
		jw_str(j, "reference", told->check->reference);
		jw_str_opt(j, "cause", told->hint.cause);
		jw_str_opt(j, "fix", told->hint.fix);
		jw_str_opt(j, "verify", told->hint.verify);
		jw_str_opt(j, "url",
			   told->hint.url ? told->hint.url : told->check->url);
		jw_str_opt(j, "resolved", f->because);
		jw_str_opt(j, "evidence", f->evidence);
		put_affected(j, f);
		jw_end(j);
	}
	jw_end(j);
}

void report_json(const struct report *r, struct buf *out)
{
	struct json j;

	jw_init(&j, out);
	jw_object(&j, NULL);
	put_read(&j, r);
	put_coverage(&j, r);
	put_findings(&j, r);
	put_names(&j, r);
	jw_object(&j, "left_out");
	jw_uint(&j, "names", r->names_left);
	jw_uint(&j, "findings", r->findings_left);
	jw_end(&j);
	jw_end(&j);
	buf_add_char(out, '\n');
}
