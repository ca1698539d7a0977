/* check_mismatch.c: the leaf is not for the name asked for (RFC 9525). */
#include "judge/text.h"

#include <ctype.h>

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

static bool is_same_name(struct bytes a, struct bytes b)
{
	if (!a.len || a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (tolower(a.p[i]) != tolower(b.p[i]))
			return false;
	return true;
}

/* example.com and www.example.com, of which the certificate has one. */
static bool is_www_pair(const struct evidence *ev)
{
	struct bytes name = ev->name.reference;
	bool has = policy_glob("www.*", name);

	for (size_t i = 0; i < ev->leaf->num_san && i < LIMIT_EVENT_NAMES;
	     i++) {
		struct bytes san = ev->leaf->san[i].value;

		if (ev->leaf->san[i].type != CERT_SAN_DNS ||
		    has == policy_glob("www.*", san))
			continue;
		if (is_same_name(bytes_tail(name, has ? 4 : 0),
				    bytes_tail(san, has ? 0 : 4)))
			return true;
	}
	return false;
}

static const char *closest(const struct match *m, struct arena *a)
{
	if (!m->closest.len || m->is_ip)
		return "";
	return arena_printf(a, " The nearest name is %s.",
			    text_name(a, m->closest));
}

static void tell_www(const struct evidence *ev, struct arena *a,
		     struct finding *out)
{
	const char *other = text_name(a, ev->name.match.closest);

	out->hint.cause = "www_or_apex";
	out->hint.fix = arena_printf(
		a,
		"Order the certificate again for both names, with www. and "
		"without (certbot -d %s -d %s): neither covers the other. A "
		"redirect does not help, for it comes behind TLS.",
		text_target(ev, a), other);
}

/* Not the name's fault, nor the certificate's. */
static void tell_catch_all(const struct evidence *ev, struct arena *a,
			   struct finding *out)
{
	out->message = arena_printf(
		a,
		"The certificate at %s, for %s, is shown for whatever is asked "
		"for; %s is one of more than %d names.%s A captive portal, an "
		"inspecting proxy, or a default host answers in the place of "
		"all of them.",
		text_endpoint(a, observation_server(ev->obs)),
		text_names(ev->leaf, a), text_name(a, ev->name.reference),
		LIMIT_CATCHALL_NAMES, text_reaction(ev, a));
	out->hint.cause = "answers_for_every_name";
	out->hint.fix =
		"See who has the address: where it is a captive portal, sign "
		"in; where a proxy inspects TLS, let it show certificates for "
		"the names; where it is a server of yours, give its hosts "
		"their certificates.";
}

/* Whoever else answers is of another issuer, too, mostly. */
static bool is_of_another(const struct evidence *ev)
{
	enum match_reason r = ev->name.match.reason;

	return ev->catch_all || r == MATCH_NO_SAN ||
	       (r == MATCH_DIFFERENT_NAME && !is_www_pair(ev));
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct name_evidence *n = &ev->name;

	if (!ev->leaf || n->unjudged != NAME_JUDGED || !n->source ||
	    n->match.state != MATCH_FALSE ||
	    n->match.reason == MATCH_CN_ONLY)
		return false;
	if (is_of_another(ev))
		out->explains |= ABOUT_TRUST;
	out->inferred = n->source == NAME_DNS;
	out->severity = out->inferred ? SEVERITY_MEDIUM : SEVERITY_HIGH;
	out->reason = arena_printf(a, "%s is not among the names of the "
				      "certificate: %s",
				   text_name(a, n->reference),
				   match_reasons[n->match.reason]);
	out->message = arena_printf(
		a,
		"The certificate at %s is not for %s: it is for %s.%s%s",
		text_endpoint(a, observation_server(ev->obs)),
		text_name(a, n->reference), text_names(ev->leaf, a),
		closest(&n->match, a), text_reaction(ev, a));
	out->hint.cause = match_reasons[n->match.reason];
	out->hint.fix = fix_of(n->match.reason);
	if (is_www_pair(ev))
		tell_www(ev, a, out);
	if (ev->catch_all)
		tell_catch_all(ev, a, out);
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
	.explains = ABOUT_NAME,
	.run = run,
};
