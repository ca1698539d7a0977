/* check_incomplete.c: an intermediate certificate is left out that the server
 * has to send (RFC 8446 4.4.2, RFC 5246 7.4.2), and that was seen elsewhere. */
#include "judge/standing.h"
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const char *issuer;
	size_t num;

	if (!standing_chain_is(ev, CHAIN_INCOMPLETE))
		return false;
	num = ev->obs->num_chain_sent[TLS_SERVER];
	issuer = text_dn(a, ev->chain.top_issuer ? ev->chain.top_issuer
						: ev->leaf->issuer.text);
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "%zu certificate%s sent, without the "
				      "intermediate %s",
				   num, num == 1 ? "" : "s", issuer);
	out->message = arena_printf(
		a,
		"%s leaves an intermediate certificate out (%s): browsers fill "
		"the gap, but curl, Java, Go, Python and Node refuse.%s",
		text_where(ev, a), issuer, text_reaction(ev, a));
	out->hint.cause = "intermediate_missing";
	out->hint.fix =
		"Configure the server with leaf and intermediates in one file, "
		"leaf first (fullchain.pem; certificate chain in ACM's import; "
		"ssl_certificate of nginx), and reload it.";
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_incomplete = {
	.code = "chain.incomplete",
	.title = "Server leaves an intermediate certificate out",
	.severity = "medium",
	.reference = "RFC 8446 4.4.2",
	.url = "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2",
	.key = KEY_LEAF,
	.explains = ABOUT_TRUST,
	.silences = { "chain.untrusted" },
	.run = run,
};
