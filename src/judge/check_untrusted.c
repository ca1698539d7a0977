/*
 * check_untrusted.c: the chain does not lead to the trust store (RFC 5280 6.1),
 * or breaks a rule on the way (path length, name constraints, CA flag). One
 * finding per issuer on top: a private authority signs many names.
 */
#include "judge/standing.h"
#include "judge/text.h"

static bool is_unrooted(const struct evidence *ev)
{
	return ev->chain.state == CHAIN_UNTRUSTED;
}

/* Did the server send nothing above its own certificate, though it has an
 * issuer? Then an intermediate may be all that is missing. */
static bool is_alone(const struct evidence *ev)
{
	return ev->obs->num_chain_sent[TLS_SERVER] < 2;
}

static const char *cause_of(const struct evidence *ev)
{
	if (!is_unrooted(ev))
		return "chain_invalid";
	return is_alone(ev) ? "intermediate_missing_or_private_authority"
			    : "private_authority";
}

static const char *fix_of(const struct evidence *ev)
{
	if (!is_unrooted(ev))
		return "The authority above must not have issued this: ask it "
		       "for a certificate within its constraints, or load the "
		       "right intermediates.";
	if (is_alone(ev))
		return "If the issuer is an intermediate of a public "
		       "authority, load the full chain on the server. If it is "
		       "your own authority, give its root to the clients and "
		       "to this sensor (--trust FILE).";
	return "If it is your own authority, give its root to the clients and "
	       "to this sensor (--trust FILE). If not, something answers in "
	       "the server's place, an inspecting proxy for instance, or the "
	       "certificate is from an authority that nobody knows.";
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const char *issuer, *why;

	if (!standing_chain_is(ev, CHAIN_UNTRUSTED) &&
	    !standing_chain_is(ev, CHAIN_INVALID))
		return false;
	issuer = ev->chain.top_issuer ? ev->chain.top_issuer
				      : ev->leaf->issuer.text;
	issuer = *issuer ? text_dn(a, issuer)
			 : "an issuer without a name";
	why = ev->chain.detail ? ev->chain.detail : "no path";
	out->severity = standing_distrust(ev);
	out->reason = arena_printf(a, "%s, at member %d of %zu sent (0 is the "
				      "server's own)",
				   why, ev->chain.depth,
				   ev->obs->num_chain_sent[TLS_SERVER]);
	out->message = arena_printf(
		a, "The chain of %s is not trusted: %s %s (%s).%s",
		text_where(ev, a),
		is_unrooted(ev) ? "no authority of the trust store is above"
				: "it breaks the rules under",
		issuer, why, text_reaction(ev, a));
	out->hint.cause = cause_of(ev);
	out->hint.fix = fix_of(ev);
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_untrusted = {
	.code = "chain.untrusted",
	.title = "Server's chain does not lead to a trusted authority",
	.severity = "medium; info unless the name is public or ours, or a "
		    "client refused it; info where the trust store is younger "
		    "than the handshake",
	.reference = "RFC 5280 6.1",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-6.1",
	.key = KEY_ISSUER,
	.explains = ABOUT_TRUST,
	/* an inspecting proxy sends its root along with each of its leaves */
	.silences = { "chain.untidy" },
	.run = run,
};
