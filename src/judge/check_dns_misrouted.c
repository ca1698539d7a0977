/*
 * check_dns_misrouted.c: DNS points a custom name at a target that serves no
 * custom names, and a client called it there. It needs no certificate, so it
 * holds under TLS 1.3 without keys; a certificate that does fit refutes it.
 */
#include "judge/gateways.h"
#include "judge/text.h"

static bool is_called(const struct evidence *ev)
{
	const struct name_evidence *n = &ev->name;

	return ev->dns_own && ev->obs->hs->client.count && !ev->not_meant &&
	       (n->source == NAME_SNI || n->source == NAME_CONNECT);
}

static bool is_refuted(const struct evidence *ev)
{
	const struct name_evidence *n = &ev->name;

	return ev->dns_served ||
	       (n->unjudged == NAME_JUDGED && n->match.state == MATCH_TRUE);
}

/* A certificate was there to be read, and the capture lost it. */
static bool is_lost(const struct evidence *ev)
{
	const struct tls_sight *sight = &ev->obs->sight;

	return sight->visibility == TLS_HIDDEN &&
	       (sight->hidden == TLS_HIDDEN_GAP ||
		sight->hidden == TLS_HIDDEN_TRUNCATED);
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	struct bytes name = ev->name.reference;
	struct gateway_hit hit;
	const char *target, *shown;
	size_t at;

	if (!is_called(ev) || is_refuted(ev) || is_lost(ev) ||
	    !gateway_of_chain(ev, &hit, &at) ||
	    hit.name->target != TARGET_WRONG)
		return false;
	target = ev->dns_chain[at];
	shown = text_name(a, name);
	out->severity = SEVERITY_HIGH;
	out->reason = arena_printf(a, "%s is an alias of %s in DNS", shown,
				   target);
	out->hint.cause = hit.name->cause;
	out->hint.fix = gateway_text(a, hit.name->fix, name, bytes_str(target),
				     hit.word);
	out->hint.verify = text_dig(ev, a);
	out->hint.url = hit.gateway->url;
	out->message = arena_printf(
		a,
		"DNS points %s at %s, an endpoint of %s that has no "
		"certificate for custom names: clients that verify refuse "
		"it.%s",
		shown, target, hit.gateway->name, text_reaction(ev, a));
	return true;
}

const struct check check_dns_misrouted = {
	.code = "dns.misrouted",
	.title = "DNS points the name at an endpoint without its certificate",
	.severity = "high",
	.reference = "RFC 9525 6.3",
	.url = "https://repost.aws/knowledge-center/"
	       "api-gateway-domain-certificate",
	.key = KEY_NAME_TARGET,
	.silences = { "name.mismatch", "name.cn_only" },
	/* who answers instead is mostly of another issuer, too */
	.explains = ABOUT_NAME | ABOUT_TRUST,
	.run = run,
};
