/* check_expired.c: the leaf's notAfter is past (RFC 5280 4.1.2.5). */
#include "judge/renewal.h"
#include "judge/text.h"

static void say_shown(const struct evidence *ev, struct arena *a,
		      struct finding *out, int64_t ago)
{
	const struct cert *c = ev->leaf;

	out->reason = arena_printf(a, "notAfter %s is %s before the handshake",
				   text_time(a, c->not_after),
				   text_duration(a, ago));
	out->message = arena_printf(
		a,
		"The certificate of %s expired %s ago, on %s.%s",
		text_where(ev, a), text_duration(a, ago),
		text_time(a, c->not_after), text_reaction(ev, a));
}

/* No handshake shows it: it was known to be there, and time has passed. */
static void say_passed(const struct evidence *ev, struct arena *a,
		       struct finding *out, int64_t ago)
{
	const struct cert *c = ev->leaf;

	(void)ago;
	out->reason = arena_printf(a, "notAfter %s has passed since it was "
				      "last shown",
				   text_time(a, c->not_after));
	out->message = arena_printf(
		a,
		"The certificate of %s expired on %s, and no other was seen "
		"there since.",
		text_where(ev, a), text_time(a, c->not_after));
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = ev->leaf;
	int64_t now, ago;

	if (!c || c->error || !ev->clock_known || c->no_expiry)
		return false;
	now = stamp_to_sec(ev->at);
	ago = now - c->not_after;
	/* notAfter itself is inside the validity, an instant later is not */
	if (ago < 0 || (ago == 0 && ev->at.ns == stamp_sec(now).ns))
		return false;
	renewal_hint(ev, true, &out->hint);
	if (ev->carried)
		out->hint.cause = "session_resumed";
	out->severity = SEVERITY_HIGH;
	(ev->again ? say_passed : say_shown)(ev, a, out, ago);
	out->hint.verify = text_verify(ev, a, "-dates");
	return true;
}

const struct check check_expired = {
	.code = "cert.expired",
	.title = "Server certificate has expired",
	.severity = "high",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_LEAF,
	.explains = ABOUT_DATES,
	.ages = true,
	.silences = { "cert.expiring" },
	.run = run,
};
