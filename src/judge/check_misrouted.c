/*
 * check_misrouted.c: the leaf is what a gateway or server shows when it has no
 * certificate for the name: nothing is wrong with the certificate, the call
 * ended up in the wrong place (RFC 9525 6.3).
 */
#include "judge/gateways.h"
#include "judge/text.h"

/* The DNS target that leads there, where it is known to be wrong. */
static const char *wrong_target(const struct evidence *ev)
{
	struct gateway_hit hit;
	size_t at;

	if (!gateway_of_chain(ev, &hit, &at) ||
	    hit.name->target != TARGET_WRONG)
		return NULL;
	return ev->dns_chain[at];
}

static bool is_judged_false(const struct name_evidence *n)
{
	return n->unjudged == NAME_JUDGED && n->source &&
	       n->match.state == MATCH_FALSE && !n->match.is_ip &&
	       n->match.reason != MATCH_CN_ONLY;
}

/* A device that answers in the place of all is a portal or a proxy, and no name
 * is led wrong one by one: name.mismatch tells it once. */
static bool is_portal(const struct evidence *ev, const struct fallback *f)
{
	return ev->catch_all && !strcmp(f->cause, "device_default");
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct name_evidence *n = &ev->name;
	const char *target = wrong_target(ev);
	struct fallback_hit hit;

	if (!is_judged_false(n) ||
	    !fallback_find(ev->policy->knowledge, ev->leaf, &hit) ||
	    !fallback_is_foreign(hit.fallback, n->reference) ||
	    is_portal(ev, hit.fallback))
		return false;
	out->severity = n->source == NAME_DNS ? SEVERITY_MEDIUM : SEVERITY_HIGH;
	out->inferred = n->source == NAME_DNS;
	out->reason = arena_printf(a, "%s got the certificate of %s, which is "
				      "for %s",
				   text_name(a, n->reference),
				   hit.fallback->who, text_names(ev->leaf, a));
	out->hint.cause = hit.fallback->cause;
	out->hint.fix = gateway_text(
		a, hit.fallback->fix, n->reference,
		target ? bytes_str(target) : hit.name, hit.word);
	out->hint.verify = text_verify(ev, a, "-subject -ext subjectAltName");
	if (target)
		out->hint.verify = arena_printf(a, "%s; %s", text_dig(ev, a),
						out->hint.verify);
	out->hint.url = hit.fallback->url;
	out->message = arena_printf(
		a,
		"%s got the certificate of %s: it is for %s. %s%s%s%s%s",
		text_where(ev, a), hit.fallback->who,
		text_names(ev->leaf, a), hit.fallback->means,
		target ? " DNS points it at " : "", target ? target : "",
		target ? "." : "", text_reaction(ev, a));
	return true;
}

const struct check check_misrouted = {
	.code = "name.misrouted",
	.title = "The name ends up where its certificate is not",
	.severity = "high; medium when the name came from DNS",
	.reference = "RFC 9525 6.3",
	.url = "https://repost.aws/knowledge-center/"
	       "api-gateway-domain-certificate",
	.key = KEY_NAME_LEAF,
	/* a fallback certificate is self-signed, mostly: the same cause */
	.silences = { "dns.misrouted", "name.mismatch", "name.cn_only",
		      "chain.self_signed", "chain.untrusted" },
	/* who answers instead is mostly of another issuer, too */
	.explains = ABOUT_NAME | ABOUT_TRUST,
	.run = run,
};
