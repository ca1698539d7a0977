/*
 * check_malformed.c: the leaf cannot be parsed (RFC 5280 4.1), or an extension
 * of it is there twice or is not what it has to be (RFC 5280 4.2).
 */
#include "judge/standing.h"
#include "judge/text.h"

/* OpenSSL refuses it, too, or a client here did: then not only the strict. */
static enum severity weight_of(const struct evidence *ev)
{
	enum severity s = standing_hygiene(ev);

	if (ev->leaf->error)
		return SEVERITY_MEDIUM;
	return s > SEVERITY_LOW && ev->chain.state != CHAIN_INVALID &&
			       ev->obs->reaction.verdict != TLS_REJECTED
		       ? SEVERITY_LOW
		       : s;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = ev->leaf;
	const char *what;

	if (!c || (!c->error && (!c->flaw || ev->not_meant)))
		return false;
	what = c->error ? c->error : c->flaw;
	out->severity = weight_of(ev);
	out->reason = arena_printf(a, "%s", what);
	out->message = arena_printf(
		a,
		c->error ? "What %s sends as its certificate cannot be parsed "
			   "(%s): no client can check it.%s"
			 : "The certificate of %s is malformed (%s): clients "
			   "differ in what they take, strict ones refuse it.%s",
		text_where(ev, a), what, text_reaction(ev, a));
	out->hint.cause = c->error ? "malformed" : "malformed_extension";
	out->hint.fix =
		c->error ? "Install the certificate again from the file its "
			   "issuer gave out."
			 : "Have it issued again: the tool that made it wrote "
			   "an extension twice or not as RFC 5280 has it "
			   "(openssl x509 -req with extensions from the "
			   "request and from a file, mostly).";
	out->hint.verify = text_verify(ev, a, "-text");
	return true;
}

const struct check check_malformed = {
	.code = "cert.malformed",
	.title = "Server certificate is malformed",
	.severity = "medium; low for an extension that OpenSSL takes; info "
		    "where no name was stated",
	.reference = "RFC 5280 4.1",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1",
	.key = KEY_LEAF,
	.silences = { "chain.untrusted" }, /* which OpenSSL says of it */
	.explains = ABOUT_USE,
	.run = run,
};
