/*
 * check_chain_expired.c: an intermediate or root is outside its validity on
 * every path (RFC 5280 6.1.3 (a)(2)). Seen in the wild: AddTrust in 2020, DST
 * Root X3 in 2021. The leaf's own dates are cert.expired.
 *
 * A chain that was sound when it was shown last ends as time passes. Inferred
 * then: the server may send another one since, which nobody could see.
 */
#include "judge/standing.h"
#include "judge/text.h"

/* The member of the path that is out of date, if it was sent: a stray may be,
 * too, and is not the cause. */
static const struct cert *find_member(const struct evidence *ev, int64_t now)
{
	const struct observation *o = ev->obs;

	for (size_t i = 1; i < o->num_chain[TLS_SERVER]; i++) {
		const struct cert *c = o->chain[TLS_SERVER][i];

		if (chain_has(&ev->chain, i) &&
		    (now > c->not_after || now < c->not_before))
			return c;
	}
	return NULL;
}

static const char *say(const struct cert *c, struct arena *a, int64_t now)
{
	const char *name, *s;

	if (!c)
		return "an authority above it is out of date";
	name = text_dn(a, c->subject.text);
	if (now > c->not_after)
		s = arena_printf(a, "%s expired %s ago, on %s", name,
				 text_duration(a, now - c->not_after),
				 text_time(a, c->not_after));
	else
		s = arena_printf(a, "%s is not valid before %s, in %s", name,
				 text_time(a, c->not_before),
				 text_duration(a, c->not_before - now));
	return s ? s : "";
}

static void say_shown(const struct evidence *ev, struct arena *a,
		      struct finding *out)
{
	int64_t now = stamp_to_sec(ev->at);
	const struct cert *member = find_member(ev, now);
	const char *what = say(member, a, now);

	out->reason = what;
	out->message = arena_printf(
		a,
		"The chain of %s has a member out of date and no way around "
		"it: %s. The server's own certificate is not the cause.%s",
		text_where(ev, a), what, text_reaction(ev, a));
	out->hint.cause = member && now < member->not_before
				  ? "intermediate_not_yet_valid"
				  : "intermediate_expired";
}

/* No handshake shows it: it was known to be there, and time has passed. */
static void say_passed(const struct evidence *ev, struct arena *a,
		       struct finding *out)
{
	const char *end = text_time(a, ev->chain.until);

	out->inferred = true;
	out->reason = arena_printf(a, "notAfter %s of an authority above it "
				      "has passed since it was last shown",
				   end);
	out->message = arena_printf(
		a,
		"The chain of %s, as it was shown last, leads over an "
		"authority that expired on %s, no way around it is known, and "
		"no other chain was seen there since. The server's own "
		"certificate is not the cause.",
		text_where(ev, a), end);
	out->hint.cause = "intermediate_expired";
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	if (!standing_chain_is(ev, CHAIN_EXPIRED))
		return false;
	out->severity = SEVERITY_MEDIUM;
	(ev->again ? say_passed : say_shown)(ev, a, out);
	out->hint.fix =
		"Fetch the current intermediates from the issuer and replace "
		"those on the server; renewing only the leaf does not help. "
		"Update trust stores that still lead to the expired root.";
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_chain_expired = {
	.code = "chain.expired",
	.title = "A certificate above the server's has expired",
	.severity = "medium",
	.reference = "RFC 5280 6.1.3",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3",
	.key = KEY_LEAF,
	.explains = ABOUT_DATES | ABOUT_TRUST,
	.ages = true,
	.silences = { "chain.untrusted" },
	.run = run,
};
