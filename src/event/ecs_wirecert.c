/* ecs_wirecert.c: our own fields, the wirecert object (CONTRACT.md). */
#include <inttypes.h>
#include <stdio.h>

#include "event/ecs.h"
#include "event/words.h"
#include "judge/client_errors.h"
#include "tls/fingerprint.h"

static void put_stamp(struct json *j, const char *key, struct stamp t)
{
	char text[STAMP_TEXT];

	stamp_format(t, text);
	jw_str(j, key, text);
}

static void put_sight(struct json *j, const struct observation *o)
{
	const struct tls_sight *s = &o->sight;

	jw_str(j, "visibility", visibility_words[s->visibility]);
	jw_str_opt(j, "absent_because", absent_words[s->absent]);
	jw_str_opt(j, "hidden_because", hidden_words[s->hidden]);
	/* of one whose tail is lost neither is known */
	if (o->num_chain[TLS_SERVER] &&
	    o->hs->chain[TLS_SERVER].state == TLS_CHAIN_WHOLE) {
		uint8_t sha256[32];

		observation_chain_sha256(o, sha256);
		jw_uint(j, "chain_length", o->num_chain_sent[TLS_SERVER]);
		jw_hex(j, "chain_sha256", bytes_of(sha256, 32), true);
	}
}

static void put_san(struct json *j, const char *key, const struct match *m,
		    struct bytes b)
{
	char text[ADDR_TEXT];
	struct addr a;

	if (!b.len)
		return;
	if (m->is_ip && (b.len == 4 || b.len == 16)) {
		a = b.len == 4 ? addr_v4(b.p) : addr_v6(b.p);
		addr_format(&a, text);
		jw_str(j, key, text);
	} else {
		jw_text(j, key, b, LIMIT_EVENT_TEXT);
	}
}

static void put_name(struct json *j, const struct name_evidence *n)
{
	bool judged = n->unjudged == NAME_JUDGED && n->source;

	jw_object_lazy(j, "name");
	if (n->reference.len) {
		jw_text(j, "reference", n->reference, LIMIT_EVENT_TEXT);
		jw_str(j, "source", name_source_words[n->source]);
	}
	if (judged || n->address_listed)
		jw_bool(j, "match", n->match.state == MATCH_TRUE);
	else
		jw_str_opt(j, "unjudged_because",
			   name_unjudged_words[n->unjudged]);
	if (judged || n->address_listed)
		put_san(j, "matched_value", &n->match, n->match.matched);
	if (judged && n->match.state == MATCH_FALSE) {
		put_san(j, "closest", &n->match, n->match.closest);
		jw_str_opt(j, "reason", match_reasons[n->match.reason]);
	}
	jw_end(j);
}

static void put_validity(struct json *j, const struct evidence *ev)
{
	if (!ev->leaf || ev->leaf->error)
		return;
	jw_object(j, "validity");
	if (!ev->clock_known)
		jw_str(j, "unjudged_because", "clock");
	else if (!ev->leaf->no_expiry)
		jw_int(j, "expires_in_seconds",
		       ev->leaf->not_after - stamp_to_sec(ev->at));
	put_stamp(j, "at", ev->at);
	jw_end(j);
}

static void put_reaction(struct json *j, const struct observation *o)
{
	jw_object(j, "reaction");
	jw_str(j, "verdict", verdict_words[o->reaction.verdict]);
	jw_str_opt(j, "evidence", evidence_words[o->reaction.evidence]);
	if (o->reaction.verdict != TLS_UNKNOWN)
		jw_str(j, "confidence",
		       o->reaction.inferred ? "inferred" : "observed");
	jw_end(j);
}

static void put_alert(struct json *j, const struct observation *o)
{
	const struct tls_alert *a = &o->hs->alert;
	bool inferred = o->reaction.inferred &&
			o->reaction.evidence == TLS_ENCRYPTED_ALERT;

	if (!a->seen && !inferred)
		return;
	jw_object(j, "alert");
	jw_str(j, "from", inferred ? "client" : side_words[a->from]);
	jw_bool(j, "encrypted", inferred || a->encrypted);
	/* where keys opened it, it has a level */
	if (a->seen && (!a->encrypted || a->level)) {
		jw_str(j, "level", a->level == 1 ? "warning" : "fatal");
		jw_uint(j, "code", a->code);
		jw_str_opt(j, "name", tls_alert_name(a->code));
	}
	jw_end(j);
}

/* 64 bits that are a name and no number: as AWS writes them. */
static void put_id(struct json *j, const char *key, uint64_t id, int digits)
{
	char text[17];

	if (!id)
		return;
	snprintf(text, sizeof text, "%0*" PRIx64, digits, id);
	jw_str(j, key, text);
}

static void put_unseen(struct json *j, const struct log_event *e)
{
	const struct unseen_news *n = &e->judgement->ev.unseen;

	if (n->changed && e->dataset == DATASET_HANDSHAKE) {
		jw_object(j, "sealed_changed");
		jw_str(j, "of", flight_words[n->of]);
		jw_uint(j, "from", n->from);
		jw_uint(j, "to", n->to);
		jw_end(j);
	}
	if (n->like)
		jw_hex(j, "sealed_like", bytes_of(n->elsewhere->sha256, 32),
		       true);
}

static void put_tunnels(struct json *j, const struct observation *o)
{
	jw_array_lazy(j, "tunnels");
	for (uint8_t i = 0; i < o->num_tunnels; i++) {
		const struct tunnel *t = &o->tunnels[i];

		jw_object(j, NULL);
		jw_str(j, "type", tunnel_names[t->type]);
		if (t->has_id)
			jw_uint(j, "id", t->id);
		put_id(j, "gwlb_endpoint", t->gwlb_endpoint, 16);
		put_id(j, "gwlb_attachment", t->gwlb_attachment, 16);
		put_id(j, "gwlb_flow_cookie", t->gwlb_cookie, 8);
		jw_end(j);
	}
	jw_end(j);
}

static void put_anomalies(struct json *j, const struct tls_handshake *hs)
{
	jw_array_lazy(j, "anomalies");
	for (size_t i = 0; i < hs->num_anomalies; i++) {
		jw_object(j, NULL);
		jw_str(j, "code", hs->anomalies[i].code);
		jw_str(j, "from", side_words[hs->anomalies[i].side]);
		jw_uint(j, "offset", hs->anomalies[i].offset);
		jw_end(j);
	}
	jw_end(j);
}

static bool is_partial(const struct tls_handshake *hs)
{
	for (int i = 0; i < 2; i++)
		if (hs->side[i].gap || hs->side[i].truncated ||
		    hs->side[i].midstream)
			return true;
	return hs->client.cut || hs->evicted ||
	       hs->chain[TLS_SERVER].state == TLS_CHAIN_PARTIAL;
}

static void put_prelude(struct json *j, const struct tls_handshake *hs)
{
	if (hs->prelude.dialect)
		jw_str(j, "inside", hs->prelude.dialect);
}

static void put_codes(struct json *j, const struct judgement *v)
{
	jw_array(j, "findings");
	for (size_t i = 0; i < v->num_findings; i++)
		jw_str(j, NULL, v->findings[i].check->code);
	jw_end(j);
}

static void put_chain_names(struct json *j, const struct evidence *ev)
{
	if (!ev->num_dns_chain)
		return;
	jw_object(j, "dns");
	jw_array(j, "chain");
	for (size_t i = 0; i < ev->num_dns_chain; i++)
		jw_text(j, NULL, bytes_str(ev->dns_chain[i]), 255);
	jw_end(j);
	/* told to others, or unasked: it may explain, it accuses nobody */
	if (!ev->dns_own)
		jw_bool(j, "hint", true);
	jw_end(j);
}

static void put_gateway(struct json *j, const struct evidence *ev)
{
	jw_object_lazy(j, "gateway");
	jw_str_opt(j, "name", ev->gateway_name);
	jw_str_opt(j, "provider", ev->gateway_provider);
	jw_str_opt(j, "role", ev->gateway_role);
	jw_str_opt(j, "owner", ev->gateway_owner);
	jw_end(j);
}

static void put_occurrences(struct json *j, const struct log_event *e)
{
	const struct occurrences *o = &e->occurrences;
	const struct evidence *ev = &e->judgement->ev;
	char text[ADDR_TEXT];

	jw_object(j, "occurrences");
	jw_uint(j, "count", o->count);
	put_stamp(j, "first_seen", o->first);
	put_stamp(j, "last_seen", o->last);
	jw_array(j, "clients");
	for (uint32_t i = 0; i < o->num_clients_kept; i++) {
		addr_format(&o->clients[i], text);
		jw_str(j, NULL, text);
	}
	jw_end(j);
	jw_uint(j, "num_clients", o->num_clients);
	jw_uint(j, "num_rejected", o->num_rejected);
	jw_array_lazy(j, "names");
	if (ev->name.reference.len)
		jw_text(j, NULL, ev->name.reference, 255);
	jw_end(j);
	jw_end(j);
}

static void put_client_errors(struct json *j, const struct hint *h)
{
	jw_array_lazy(j, "client_errors");
	for (size_t i = 0; i < h->num_client_errors; i++) {
		jw_object(j, NULL);
		jw_str(j, "client", h->client_errors[i].client);
		jw_str(j, "text", h->client_errors[i].text);
		jw_end(j);
	}
	jw_end(j);
}

static void put_finding(struct json *j, const struct log_event *e)
{
	const struct finding *f = e->finding;

	jw_str(j, "severity", severity_words[f->severity]);
	jw_str(j, "confidence", f->inferred ? "inferred" : "observed");
	jw_object(j, "finding");
	jw_str(j, "id", f->id);
	jw_end(j);
	if (e->evidence[0])
		jw_str(j, "evidence", e->evidence);
	if (e->has_occurrences)
		put_occurrences(j, e);
	jw_object_lazy(j, "hint");
	jw_str_opt(j, "cause", f->hint.cause);
	jw_str_opt(j, "fix", f->hint.fix);
	jw_str_opt(j, "verify", f->hint.verify);
	put_client_errors(j, &f->hint);
	jw_end(j);
}

static void put_ja4(struct json *j, const struct tls_handshake *hs)
{
	struct tls_fingerprint fp;

	tls_fingerprint(hs, &fp);
	jw_str_opt(j, "ja4", fp.ja4);
}

void ecs_wirecert(struct json *j, const struct log_event *e)
{
	const struct judgement *v = e->judgement;
	const struct tls_handshake *hs = v->obs->hs;

	jw_object(j, "wirecert");
	if (e->finding)
		put_finding(j, e);
	put_sight(j, v->obs);
	put_name(j, &v->ev.name);
	put_validity(j, &v->ev);
	put_reaction(j, v->obs);
	put_alert(j, v->obs);
	put_chain_names(j, &v->ev);
	put_gateway(j, &v->ev);
	jw_str_opt(j, "ech", ech_words[hs->ech]);
	if (v->ev.carried)
		jw_str(j, "carried_from", v->ev.carried_from);
	put_unseen(j, e);
	put_tunnels(j, v->obs);
	put_prelude(j, hs);
	if (e->dataset == DATASET_HANDSHAKE)
		put_ja4(j, hs);
	jw_bool(j, "partial", is_partial(hs));
	put_anomalies(j, hs);
	if (e->has_previous)
		jw_hex(j, "previous_sha256", bytes_of(e->previous, 32), true);
	if (e->dataset != DATASET_CERTIFICATE)
		put_codes(j, v);
	jw_end(j);
}
