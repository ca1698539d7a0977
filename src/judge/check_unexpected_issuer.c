/*
 * check_unexpected_issuer.c: the leaf of a configured gateway is of another
 * issuer than its section says ([gateway] issuer): imported by hand, taken over,
 * or something answers in the gateway's place (RFC 8659 has the same wish for
 * issuers).
 */
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const char *is;

	if (!ev->gateway_issuer || !ev->leaf || ev->leaf->error)
		return false;
	is = *ev->leaf->issuer.text ? text_dn(a, ev->leaf->issuer.text)
				    : "an issuer without a name";
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "issued by %s, where the configuration "
				      "has %s",
				   is, ev->gateway_issuer);
	out->message = arena_printf(
		a,
		"The certificate of %s (gateway %s%s%s) is issued by %s, but it "
		"is to be of %s.%s",
		text_where(ev, a), ev->gateway_name,
		ev->gateway_owner ? " of " : "",
		ev->gateway_owner ? ev->gateway_owner : "", is,
		ev->gateway_issuer,
		text_reaction(ev, a));
	out->hint.cause = "unexpected_issuer";
	out->hint.fix =
		"If somebody replaced the certificate on purpose, correct "
		"issuer in the gateway's section of the configuration. If not, "
		"install the right one again, and see whether a proxy or a "
		"stranger answers in the gateway's place.";
	out->hint.verify = text_verify(ev, a, "-subject -issuer -dates");
	return true;
}

const struct check check_unexpected_issuer = {
	.code = "cert.unexpected_issuer",
	.title = "A gateway's certificate is of another issuer",
	.severity = "medium",
	.reference = "RFC 8659 4.2",
	.url = "https://www.rfc-editor.org/rfc/rfc8659#section-4.2",
	.key = KEY_LEAF,
	.explains = ABOUT_NAME | ABOUT_TRUST,
	.run = run,
};
