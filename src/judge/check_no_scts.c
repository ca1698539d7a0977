/*
 * check_no_scts.c: a public leaf without proof that it is logged (RFC 6962 3):
 * neither in it, nor beside it in the handshake, nor in a staple. Chromium (for
 * what was issued since May 2018), Safari (since October 2018) and Firefox (from
 * 135 on) refuse it.
 *
 * Only of a client that asks: a server gives them beside the certificate to no
 * other. Seen in the wild: www.google.com in 2019, one leaf, with and without by
 * who called. Who asks for them but not for a staple may miss those in it.
 */
#include "judge/text.h"

#define REQUIRED_SINCE 1525132800LL /* 2018-05-01 */

static bool is_public(const struct evidence *ev)
{
	const struct cert *c = ev->leaf;

	return c->has_cab_policy && !c->is_ca && !c->self_issued &&
	       c->not_before >= REQUIRED_SINCE;
}

static bool asks(const struct evidence *ev)
{
	return tls_hello(ev->obs->hs)->sct;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct tls_handshake *hs = ev->obs->hs;

	if (!ev->leaf || ev->leaf->error || ev->carried || !is_public(ev) ||
	    !asks(ev) || ev->leaf->has_scts || hs->scts ||
	    hs->staple.len)
		return false;
	out->severity = SEVERITY_INFO;
	out->inferred = !tls_hello(hs)->status_request;
	out->reason = "no signed certificate timestamp in the certificate, nor "
		      "beside it";
	out->message = arena_printf(
		a,
		"The certificate of %s is a public one, but has no proof that "
		"it is logged (SCTs): Chrome, Edge, Safari and Firefox refuse "
		"it.%s",
		text_where(ev, a), text_reaction(ev, a));
	out->hint.cause = "no_scts";
	out->hint.fix = "Have it issued again with embedded SCTs, which public "
			"issuers do by default; some leave them out on request, "
			"to keep a name out of the logs.";
	out->hint.verify = text_verify(ev, a, "-ext ct_precert_scts");
	return true;
}

const struct check check_no_scts = {
	.code = "cert.no_scts",
	.title = "Public certificate is in no transparency log",
	.severity = "info",
	.reference = "RFC 6962 3",
	.url = "https://googlechrome.github.io/CertificateTransparency/"
	       "ct_policy.html",
	.key = KEY_LEAF,
	.told_by = asks,
	.run = run,
};
