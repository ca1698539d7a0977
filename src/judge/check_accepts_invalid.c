/*
 * check_accepts_invalid.c: a client exchanged data although the certificate was
 * expired or for another name (RFC 9525 6, RFC 5280 6.1.3). It pins, uses
 * another reference, or does not verify.
 */
#include "judge/text.h"

#define GRACE 86400 /* clients with a slow clock are none */

static const char *what_is_wrong(const struct evidence *ev, struct arena *a)
{
	const struct cert *c = ev->leaf;
	const struct name_evidence *n = &ev->name;
	int64_t ago = stamp_to_sec(ev->at) - c->not_after;

	if (ev->clock_known && !c->no_expiry && ago > GRACE)
		return arena_printf(a, "expired %s ago", text_duration(a, ago));
	if (n->unjudged == NAME_JUDGED && n->match.state == MATCH_FALSE &&
	    n->match.reason != MATCH_CN_ONLY)
		return arena_printf(a, "is for %s", text_names(c, a));
	return NULL;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct observation *o = ev->obs;
	bool stated = ev->name.source == NAME_SNI ||
		      ev->name.source == NAME_CONNECT;
	const char *wrong;

	if (o->reaction.verdict != TLS_ACCEPTED || !ev->leaf ||
	    ev->leaf->error || ev->carried || !stated || ev->opportunistic ||
	    ev->not_meant)
		return false;
	wrong = what_is_wrong(ev, a);
	if (!wrong)
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = wrong;
	out->message = arena_printf(
		a,
		"Client %s exchanged data with %s although its certificate %s: "
		"it does not verify, pins the certificate, or checks another "
		"name.",
		text_client(ev, a), text_where(ev, a),
		wrong);
	out->hint.cause = "not_verified";
	out->hint.fix = "Turn certificate verification on in the client (no "
			"-k, verify=False, InsecureSkipVerify ...), or trust "
			"the certificate explicitly where it is pinned.";
	out->hint.verify = text_verify(ev, a, "-dates -ext subjectAltName");
	return true;
}

const struct check check_accepts_invalid = {
	.code = "client.accepts_invalid",
	.title = "A client goes on with a certificate that is not valid",
	.severity = "medium",
	.reference = "RFC 9525 6",
	.url = "https://www.rfc-editor.org/rfc/rfc9525#section-6",
	.key = KEY_NAME_ENDPOINT,
	.run = run,
};
