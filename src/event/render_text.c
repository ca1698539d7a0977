/*
 * render_text.c: events for people at a terminal. A finding that opens or
 * escalates is a block that stands out; everything else is one line. Nothing
 * from the wire reaches the terminal unescaped.
 */
#include "base/json.h"
#include "event/event.h"
#include "event/words.h"
#include "judge/text.h"

static const char *const colours[] = { "\033[36m", "\033[36m", "\033[33m",
				       "\033[1;31m" };

static void put_time(struct buf *out, struct stamp t)
{
	char text[STAMP_TEXT];

	stamp_format_short(stamp_to_sec(t), text);
	buf_printf(out, "%s  ", text);
}

static void put_endpoint(struct buf *out, const struct endpoint *e)
{
	char text[ADDR_TEXT];

	addr_format(&e->addr, text);
	buf_printf(out, e->addr.family == 6 ? "[%s]:%u" : "%s:%u", text,
		   e->port);
}

static void put_bytes(struct buf *out, const char *name, struct bytes text)
{
	if (!text.len)
		return;
	buf_printf(out, "    %-9s ", name);
	jw_escape(out, text);
	buf_add_char(out, '\n');
}

static void put_field(struct buf *out, const char *name, const char *text)
{
	if (text && *text)
		put_bytes(out, name, bytes_str(text));
}

static void put_clients(const struct log_event *e, struct buf *out)
{
	const struct occurrences *o = &e->occurrences;
	char text[ADDR_TEXT];

	if (!e->has_occurrences || !o->num_clients_kept)
		return;
	buf_printf(out, "    %-9s ", "clients");
	for (uint32_t i = 0; i < o->num_clients_kept; i++) {
		addr_format(&o->clients[i], text);
		buf_printf(out, "%s%s", i ? ", " : "", text);
	}
	if (o->num_clients > o->num_clients_kept)
		buf_printf(out, " and %llu more",
			   (unsigned long long)(o->num_clients -
						o->num_clients_kept));
	if (o->count > 1)
		buf_printf(out, "  (%llu handshakes)",
			   (unsigned long long)o->count);
	if (o->num_rejected)
		buf_printf(out, "  (%llu refused it)",
			   (unsigned long long)o->num_rejected);
	buf_add_char(out, '\n');
}

static void put_name(const struct log_event *e, struct buf *out)
{
	struct bytes name = e->judgement->ev.name.reference;

	if (!name.len)
		return;
	jw_escape(out, bytes_head(name, 253));
	buf_add_char(out, ' ');
}

static void put_dates(const struct cert *c, struct buf *out)
{
	char to[STAMP_TEXT];

	if (c->error)
		return;
	stamp_format_short(c->not_after, to);
	buf_printf(out, " until %.10s", to);
}

/* The certificate that the finding is about, where it can be read. */
static const struct cert *subject_of(const struct log_event *e)
{
	const struct evidence *ev = &e->judgement->ev;
	const struct cert *c = ev->leaf;

	if (e->finding->check->key == KEY_CLIENT_LEAF)
		c = ev->client_leaf;
	return c && !c->error ? c : NULL;
}

/* Who reads on was told all of it when it opened: whom it is about, and how
 * often it was seen. */
static void put_once_more(const struct log_event *e, struct buf *out)
{
	const struct occurrences *o = &e->occurrences;
	const struct judgement *j = e->judgement;
	const struct cert *c = subject_of(e);

	buf_add_str(out, "  ");
	put_name(e, out);
	put_endpoint(out, observation_server(j->obs));
	if (c) {
		buf_add_str(out, "  ");
		jw_escape(out, bytes_str(c->subject.text));
		put_dates(c, out);
	}
	if (e->has_occurrences)
		buf_printf(out, "  %llu handshake%s, %llu client%s",
			   (unsigned long long)o->count,
			   o->count == 1 ? "" : "s",
			   (unsigned long long)o->num_clients,
			   o->num_clients == 1 ? "" : "s");
	buf_add_char(out, '\n');
}

static void put_finding(const struct log_event *e,
			const struct text_style *style, struct buf *out)
{
	const struct finding *f = e->finding;
	const struct cert *c = subject_of(e);
	const char *on = style->colour ? colours[f->severity] : "";
	const char *off = style->colour ? "\033[0m" : "";

	put_time(out, e->time);
	buf_printf(out, "%s%-6s %s%s", on, severity_words[f->severity],
		   f->check->code, off);
	if (e->action != ACTION_OPENED)
		buf_printf(out, " (%s%s%s)", action_words[e->action],
			   e->because ? ": " : "",
			   e->because ? e->because : "");
	if (f->inferred)
		buf_add_str(out, " (inferred)");
	if (e->action == ACTION_REPEATED || e->action == ACTION_RESOLVED) {
		put_once_more(e, out);
		return;
	}
	buf_add_char(out, '\n');
	put_field(out, "what", f->message);
	if (c) {
		char from[STAMP_TEXT], to[STAMP_TEXT];

		put_field(out, "subject", c->subject.text);
		put_field(out, "issuer", c->issuer.text);
		stamp_format_short(c->not_before, from);
		stamp_format_short(c->not_after, to);
		buf_printf(out, "    %-9s %s to %s\n", "valid", from, to);
	}
	put_field(out, "gateway", e->judgement->ev.gateway_name);
	put_field(out, "owner", e->judgement->ev.gateway_owner);
	put_clients(e, out);
	put_field(out, "do", f->hint.fix);
	put_field(out, "check", f->hint.verify);
	put_field(out, "see", f->hint.url ? f->hint.url : f->check->url);
	put_field(out, "evidence", e->evidence);
	buf_add_char(out, '\n');
}

static void put_certificate(const struct log_event *e, struct buf *out)
{
	const struct cert *c = e->judgement->ev.leaf;

	put_time(out, e->time);
	buf_add_str(out, "certificate ");
	put_name(e, out);
	put_endpoint(out, observation_server(e->judgement->obs));
	buf_add_str(out, e->action == ACTION_REPLACED ? "  replaced: " : "  ");
	jw_escape(out, bytes_str(c->error ? c->error : c->subject.text));
	put_dates(c, out);
	buf_add_char(out, '\n');
}

static void put_handshake(const struct log_event *e, struct buf *out)
{
	const struct observation *o = e->judgement->obs;
	const struct judgement *v = e->judgement;
	const char *version = tls_version_text(tls_negotiated(o->hs));

	put_time(out, e->time);
	put_endpoint(out, observation_client(o));
	buf_add_str(out, " > ");
	put_endpoint(out, observation_server(o));
	buf_add_char(out, ' ');
	put_name(e, out);
	if (version)
		buf_printf(out, "%s%s ",
			   o->hs->carrier == TLS_OVER_DTLS ? "DTLS " : "TLS ",
			   version);
	buf_add_str(out, visibility_words[o->sight.visibility]);
	if (o->sight.hidden)
		buf_printf(out, " (%s)", hidden_words[o->sight.hidden]);
	if (o->sight.absent)
		buf_printf(out, " (%s)", absent_words[o->sight.absent]);
	if (v->ev.leaf)
		put_dates(v->ev.leaf, out);
	if (o->reaction.verdict)
		buf_printf(out, ", %s", verdict_words[o->reaction.verdict]);
	for (size_t i = 0; i < v->num_findings; i++)
		buf_printf(out, "%s%s", i ? " " : "  ! ",
			   v->findings[i].check->code);
	buf_add_char(out, '\n');
}

/* ": 12 tls13, 3 quic": what it was that hid them */
static void put_hidden(const struct status *s, struct buf *out)
{
	const char *before = ": ";

	for (int i = 1; i < TLS_HIDDEN_NUM; i++) {
		uint64_t n = status_get(s, "hidden_because", hidden_words[i]);

		if (!n)
			continue;
		buf_printf(out, "%s%llu %s", before, (unsigned long long)n,
			   hidden_words[i]);
		before = ", ";
	}
}

/* Nothing where nothing is new: people know that they started it, and that it
 * goes on. */
static void put_status(const struct log_event *e, struct buf *out)
{
	const struct status *s = e->status;
	bool all = e->action == ACTION_ENDED || s->asked;

	if (s->news[0] && e->action == ACTION_INTERVAL) {
		put_time(out, e->time);
		buf_add_str(out, "status  ");
		jw_escape(out, bytes_str(s->news));
		buf_add_char(out, '\n');
	}
	if (!all)
		return;
	put_time(out, e->time);
	buf_printf(
		out,
		"status  %llu packets, %llu dropped, %llu handshakes "
		"(%llu with a certificate, %llu hidden",
		(unsigned long long)status_get(s, "packets", "received"),
		(unsigned long long)status_get(s, "packets", "dropped"),
		(unsigned long long)status_get(s, "handshakes", "total"),
		(unsigned long long)(status_get(s, "handshakes", "cleartext") +
				     status_get(s, "handshakes", "decrypted")),
		(unsigned long long)status_get(s, "handshakes", "hidden"));
	put_hidden(s, out);
	buf_printf(out, "; %llu without), %llu names judged, "
			"%llu findings\n",
		   (unsigned long long)status_get(s, "handshakes", "absent"),
		   (unsigned long long)status_get(s, "handshakes",
						  "judged_names"),
		   (unsigned long long)status_get(s, "findings", "opened"));
}

bool render_text(const struct log_event *e, const struct text_style *style,
		 struct buf *out)
{
	size_t before = out->len;

	switch (e->dataset) {
	case DATASET_FINDING:
		put_finding(e, style, out);
		break;
	case DATASET_CERTIFICATE:
		put_certificate(e, out);
		break;
	case DATASET_HANDSHAKE:
		put_handshake(e, out);
		break;
	default:
		put_status(e, out);
		break;
	}
	if (!out->failed)
		return true;
	out->failed = false;
	out->len = before;
	return false;
}
