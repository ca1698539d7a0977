/* policy.c: thresholds, networks and names that are ours; see evidence.h. */
#include "judge/evidence.h"

#include <ctype.h>

const char *const severity_words[] = { "info", "low", "medium", "high" };
const int severity_numbers[] = { 10, 21, 47, 73 };

const char *const name_source_words[] = { "none", "sni", "connect", "proxy",
					  "dns" };
const char *const name_unjudged_words[] = {
	"", "no_name", "ech", "hidden", "not_dns_identity", "not_meant",
};

bool severity_parse(const char *word, enum severity *out)
{
	for (int i = SEVERITY_INFO; i <= SEVERITY_HIGH; i++) {
		if (strcmp(word, severity_words[i]) != 0)
			continue;
		*out = (enum severity)i;
		return true;
	}
	return false;
}

/* Private, loopback, link-local and shared ranges: RFC 1918, 6598, 4193 ... */
static const char *const own_networks[] = {
	"10.0.0.0/8",	  "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
	"127.0.0.0/8",	  "169.254.0.0/16", "::1/128",	    "fc00::/7",
	"fe80::/10",
};

void policy_init(struct policy *p)
{
	*p = (struct policy){ .expiring = 30 * 86400,
			      .expiring_high = 7 * 86400,
			      .mixed_after = 86400,
			      .resolve_after = 7 * 86400,
			      .repeat_every = 86400 };
	for (size_t i = 0; i < sizeof own_networks / sizeof *own_networks; i++)
		if (network_parse(own_networks[i], &p->own[p->num_own]))
			p->num_own++;
}

bool policy_is_own(const struct policy *p, const struct addr *a)
{
	for (size_t i = 0; i < p->num_own; i++)
		if (network_has(&p->own[i], a))
			return true;
	return false;
}

bool policy_glob(const char *glob, struct bytes name)
{
	const char *star = NULL;
	size_t i = 0, back = 0;

	while (i < name.len) {
		if (*glob == '*') {
			star = ++glob;
			back = i;
		} else if (*glob && /* its end is no NUL of the name */
			   (*glob == '?' || tolower((unsigned char)*glob) ==
						    tolower(name.p[i]))) {
			glob++;
			i++;
		} else if (star) {
			glob = star;
			i = ++back;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

bool policy_is_own_name(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->num_own_names; i++)
		if (policy_glob(p->own_names[i], name))
			return true;
	return false;
}

static bool list_has(const struct policy_list *l, struct bytes text)
{
	for (size_t i = 0; i < l->num; i++)
		if (policy_glob(l->text[i], text))
			return true;
	return false;
}

static bool networks_have(const struct policy_networks *n, const struct addr *a)
{
	for (size_t i = 0; i < n->num; i++)
		if (network_has(&n->network[i], a))
			return true;
	return false;
}

static bool is_gateway(const struct policy_gateway *g,
		       const struct evidence *ev)
{
	if (networks_have(&g->networks, &observation_server(ev->obs)->addr))
		return true;
	if (ev->name.reference.len && list_has(&g->names, ev->name.reference))
		return true;
	for (size_t i = 0; i < ev->num_dns_chain; i++)
		if (list_has(&g->names, bytes_str(ev->dns_chain[i])))
			return true;
	return false;
}

static const char *copy(struct arena *a, const char *text)
{
	return text ? arena_str(a, bytes_str(text)) : NULL;
}

/* Who renews the certificates there; NULL: not known. */
static const char *renewed_by(const char *provider)
{
	static const char *const themselves[] = { "azure", "google",
						  "cloudflare", "fastly",
						  "akamai" };

	if (!strcmp(provider, "aws"))
		return "acm";
	for (size_t i = 0; i < sizeof themselves / sizeof *themselves; i++)
		if (!strcmp(provider, themselves[i]))
			return "provider";
	return NULL;
}

void policy_complete(struct evidence *ev, struct arena *a)
{
	const struct policy_gateway *g = ev->policy->gateways;

	while (g && !is_gateway(g, ev))
		g = g->next;
	if (!g)
		return;
	ev->gateway_name = copy(a, g->name);
	if (g->provider)
		ev->gateway_provider = copy(a, g->provider);
	/* nothing else is known of it: on AWS, ACM has the certificates */
	if (g->provider && !ev->gateway_role)
		ev->gateway_renews = renewed_by(g->provider);
	ev->gateway_owner = copy(a, g->owner);
	ev->gateway_off = g->off;
	ev->gateway_limited = g->limited;
	ev->gateway_severity = g->severity;
	if (g->issuers.num && ev->leaf && !ev->leaf->error &&
	    !list_has(&g->issuers, bytes_str(ev->leaf->issuer.text)))
		ev->gateway_issuer = copy(a, g->issuers.text[0]);
}

static bool is_certificate(const struct policy_except *x, const struct cert *c)
{
	for (size_t i = 0; c && i < x->num_certificates; i++)
		if (!memcmp(x->certificates[i], c->sha256, 32))
			return true;
	return false;
}

static bool is_issued_by(const struct policy_list *issuers,
			 const struct cert *c)
{
	return c && !c->error && list_has(issuers, bytes_str(c->issuer.text));
}

static bool is_excepted(const struct policy_except *x,
			const struct evidence *ev, const char *code)
{
	/* findings about the client's certificate mean that one */
	const struct cert *c = strncmp(code, "clientcert.", 11) != 0
				       ? ev->leaf
				       : ev->client_leaf;

	if (x->has_until && !stamp_before(ev->at, x->until))
		return false;
	if (x->codes.num && !list_has(&x->codes, bytes_str(code)))
		return false;
	if (x->names.num && !list_has(&x->names, ev->name.reference))
		return false;
	if (x->issuers.num && !is_issued_by(&x->issuers, c))
		return false;
	if (x->num_certificates && !is_certificate(x, c))
		return false;
	return !x->networks.num ||
	       networks_have(&x->networks,
			     &observation_client(ev->obs)->addr) ||
	       networks_have(&x->networks, &observation_server(ev->obs)->addr);
}

bool policy_settle(const struct evidence *ev, const char *code,
		   enum severity *severity, bool *settled)
{
	const struct policy_except *x = ev->policy->excepts;
	const struct policy_severity *s = ev->policy->severities;

	while (x && !is_excepted(x, ev, code))
		x = x->next;
	while (s && !policy_glob(s->code, bytes_str(code)))
		s = s->next;
	if (x || (s && s->off) || ev->gateway_off)
		return false;
	if (s) {
		*severity = s->severity;
		*settled = true;
	}
	if (ev->gateway_limited && *severity >= ev->gateway_severity) {
		*severity = ev->gateway_severity;
		*settled = true;
	}
	return true;
}
