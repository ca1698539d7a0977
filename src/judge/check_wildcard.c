/*
 * check_wildcard.c: a wildcard right below a public suffix, "*.co.uk", covers
 * what belongs to everybody (RFC 9525 7.1; BR 3.2.2.6). It needs the option psl
 * (libpsl); without it nothing is found.
 */
#include "judge/standing.h"
#include "judge/suffix.h"
#include "judge/text.h"

static bool is_too_wide(const struct cert_san *s)
{
	return s->type == CERT_SAN_DNS && s->value.len > 2 &&
	       s->value.p[0] == '*' && s->value.p[1] == '.' &&
	       suffix_is_public(bytes_tail(s->value, 2));
}

static const struct cert_san *find(const struct cert *c)
{
	for (size_t i = 0; i < c->num_san && i < LIMIT_EVENT_NAMES; i++)
		if (is_too_wide(&c->san[i]))
			return &c->san[i];
	return NULL;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert_san *s;
	const char *name;

	if (!ev->leaf || ev->leaf->error || ev->not_meant)
		return false;
	s = find(ev->leaf);
	if (!s)
		return false;
	name = text_name(a, s->value);
	out->severity = SEVERITY_INFO;
	out->reason = arena_printf(a, "%s is below a public suffix", name);
	out->message = arena_printf(
		a,
		"The certificate of %s covers %s, all names that a registry "
		"hands out: browsers do not take the wildcard.%s List the "
		"names themselves, or wildcards one label deeper.",
		text_where(ev, a), name, text_reaction(ev, a));
	out->hint.cause = "public_suffix";
	out->hint.fix = "Have it issued for the names that you own. No public "
			"issuer signs such a wildcard: see where it came from.";
	out->hint.verify = text_verify(ev, a, "-ext subjectAltName");
	return true;
}

const struct check check_wildcard = {
	.code = "cert.wildcard_too_wide",
	.title = "A wildcard covers a public suffix",
	.severity = "info",
	.reference = "RFC 9525 7.1",
	.url = "https://publicsuffix.org/",
	.key = KEY_LEAF,
	.run = run,
};
