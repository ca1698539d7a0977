/*
 * check_wildcard.c: a wildcard right below a public suffix, "*.co.uk", covers
 * what belongs to everybody (RFC 9525 7.1; BR 3.2.2.6). It needs the option psl
 * (libpsl); without it nothing is found.
 */
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const char *name;

	if (!ev->leaf || ev->leaf->error || !ev->leaf->wide || ev->not_meant)
		return false;
	name = text_name(a, ev->leaf->wide->value);
	out->severity = SEVERITY_INFO;
	out->reason = arena_printf(a, "%s is below a public suffix", name);
	out->message = arena_printf(
		a,
		"The certificate of %s covers %s, all names that a registry "
		"hands out: browsers do not take the wildcard.%s",
		text_where(ev, a), name, text_reaction(ev, a));
	out->hint.cause = "public_suffix";
	out->hint.fix = "Have it issued for the names that you own, or wildcards "
			"one label deeper. No public "
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
