/* check_mismatch.c: the leaf is not for the name asked for (RFC 9525). */
#include "judge/text.h"

static const char *fix_of(enum match_reason reason)
{
	switch (reason) {
	case MATCH_WILDCARD_DEPTH:
		return "A wildcard covers one label only: get a certificate "
		       "that lists the name itself, or a wildcard one label "
		       "above it.";
	case MATCH_PARTIAL_WILDCARD:
		return "A wildcard must be the whole leftmost label: get a "
		       "certificate that lists the name.";
	case MATCH_NO_SAN:
		return "The certificate has no subject alternative name: get "
		       "one that lists the name as a dNSName.";
	case MATCH_ADDRESS_NOT_LISTED:
		return "The client calls an address: let it call a name of the "
		       "certificate, or add the address as an iPAddress.";
	default:
		return "Check that the DNS record of the name points at the "
		       "endpoint that holds its certificate, and that the "
		       "certificate lists the name.";
	}
}

static const char *closest(const struct match *m, struct arena *a)
{
	if (!m->closest.len || m->is_ip)
		return "";
	return arena_printf(a, " The nearest name is %s.",
			    text_name(a, m->closest));
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct name_evidence *n = &ev->name;

	if (!ev->leaf || n->unjudged != NAME_JUDGED || !n->source ||
	    n->match.state != MATCH_FALSE ||
	    n->match.reason == MATCH_CN_ONLY)
		return false;
	out->severity = n->source == NAME_DNS ? SEVERITY_MEDIUM : SEVERITY_HIGH;
	out->inferred = n->source == NAME_DNS;
	out->reason = arena_printf(a, "%s is not among the names of the "
				      "certificate: %s",
				   text_name(a, n->reference),
				   match_reasons[n->match.reason]);
	out->message = arena_printf(
		a,
		"The certificate at %s is not for %s: it is for %s.%s%s %s",
		text_endpoint(a, observation_server(ev->obs)),
		text_name(a, n->reference), text_names(ev->leaf, a),
		closest(&n->match, a), text_reaction(ev, a),
		fix_of(n->match.reason));
	out->hint.cause = match_reasons[n->match.reason];
	out->hint.fix = fix_of(n->match.reason);
	out->hint.verify = text_verify(ev, a, "-ext subjectAltName");
	return true;
}

const struct check check_mismatch = {
	.code = "name.mismatch",
	.title = "Server certificate is for another name",
	.severity = "high; medium when the name came from DNS",
	.reference = "RFC 9525 6.3",
	.url = "https://repost.aws/knowledge-center/"
	       "api-gateway-certificate-domain",
	.key = KEY_NAME_LEAF,
	.explains = true,
	.run = run,
};
