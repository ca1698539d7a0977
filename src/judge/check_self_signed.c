/* check_self_signed.c: the leaf vouches for itself (RFC 5280 6.1). */
#include "judge/standing.h"
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	if (!standing_chain_is(ev, CHAIN_SELF_SIGNED))
		return false;
	out->severity = standing_distrust(ev);
	out->reason = "the certificate is its own issuer and not in the trust "
		      "store";
	out->message = arena_printf(
		a,
		"The certificate of %s is self-signed (for %s): clients that "
		"verify refuse it.%s",
		text_where(ev, a), text_names(ev->leaf, a),
		text_reaction(ev, a));
	out->hint.cause = "self_signed";
	out->hint.fix =
		"Replace it by a certificate of an authority that the clients "
		"trust; behind a load balancer or an ingress controller give "
		"the name its certificate there, for this may be the default. "
		"Where it is meant so, put it into the clients' trust stores "
		"and give it to this sensor with --trust.";
	out->hint.verify = text_verify(ev, a, "-subject -issuer -dates");
	return true;
}

const struct check check_self_signed = {
	.code = "chain.self_signed",
	.title = "Server certificate is self-signed",
	.severity = "medium; info unless the name is public or ours, or a "
		    "client refused it",
	.reference = "RFC 5280 6.1",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-6.1",
	.key = KEY_LEAF,
	.explains = ABOUT_TRUST,
	.silences = { "chain.untrusted" },
	.run = run,
};
