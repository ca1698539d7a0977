/*
 * check_weak_signature.c: a certificate of the chain is signed over a broken
 * hash (RFC 9155 for SHA-1 and MD5 in TLS; BR 7.1.3.2). What vouches for itself
 * is not: its signature protects nothing.
 */
#include "judge/path.h"
#include "judge/standing.h"
#include "judge/text.h"

/* Browsers stopped taking SHA-1 in January 2017 (BR: no new ones from 2016). */
#define SHA1_REFUSED_SINCE 1483228800LL

static bool is_weak(const struct cert *c)
{
	static const char *const weak[] = { "SHA1", "MD5", "MD4", "MD2" };

	if (c->error || c->self_issued || !c->signature_hash)
		return false;
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (!strcmp(c->signature_hash, weak[i]))
			return true;
	return false;
}

/* The leaf, else the first member above it. */
static const struct cert *find_weak(const struct evidence *ev)
{
	const struct cert *c = ev->leaf;

	for (size_t n = 0; c && n <= ev->obs->num_chain[TLS_SERVER]; n++) {
		if (is_weak(c))
			return c;
		c = path_next(ev, c);
	}
	return NULL;
}

/* Old captures: by the rules of their day. */
static bool was_usual(const struct evidence *ev, const struct cert *c)
{
	return !strcmp(c->signature_hash, "SHA1") && ev->clock_known &&
	       stamp_to_sec(ev->at) < SHA1_REFUSED_SINCE;
}

/* Around an intermediate there may be another way: one step less. */
static enum severity severity_of(const struct evidence *ev,
				 const struct cert *c)
{
	enum severity s = standing_hygiene(ev);

	if (was_usual(ev, c))
		return SEVERITY_INFO;
	return c != ev->leaf && s == SEVERITY_MEDIUM ? SEVERITY_LOW : s;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c;
	const char *whose;

	if (!ev->leaf || ev->leaf->error)
		return false;
	c = find_weak(ev);
	if (!c)
		return false;
	whose = c == ev->leaf ? "The certificate"
			      : arena_printf(a, "The intermediate (%s)",
					     text_dn(a, c->subject.text));
	if (was_usual(ev, c))
		out->explains = 0;
	out->severity = severity_of(ev, c);
	out->reason = arena_printf(a, "signed with %s by %s",
				   c->signature_name,
				   text_dn(a, c->issuer.text));
	out->message = arena_printf(
		a,
		"%s of %s is signed with %s, which can be forged: browsers and "
		"current libraries refuse it%s.%s",
		whose ? whose : "The intermediate", text_where(ev, a),
		c->signature_name,
		c == ev->leaf ? "" : " unless they know a way around it",
		text_reaction(ev, a));
	out->hint.cause = "weak_signature";
	out->hint.fix = "Have the certificate issued again: every authority "
			"signs with SHA-256 today. For an authority of your "
			"own, set default_md = sha256.";
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_weak_signature = {
	.code = "signature.weak",
	.title = "A certificate is signed over a broken hash",
	.severity = "medium; low for intermediates; info where no name was "
		    "stated, and for SHA-1 before 2017",
	.reference = "RFC 9155",
	.url = "https://www.rfc-editor.org/rfc/rfc9155",
	.key = KEY_LEAF,
	.explains = ABOUT_USE,
	.run = run,
};
