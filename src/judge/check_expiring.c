/*
 * check_expiring.c: little of the leaf's life is left, measured by its whole
 * lifetime: what is early for a certificate of 47 days is late for one of 398.
 */
#include "judge/renewal.h"
#include "judge/text.h"

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = ev->leaf;
	int64_t now, left, life;

	if (!c || c->error || !ev->clock_known || c->no_expiry)
		return false;
	now = stamp_to_sec(ev->at);
	left = c->not_after - now;
	life = c->not_after - c->not_before;
	if (left < 0 || life <= 0 || now < c->not_before ||
	    left >= least(ev->policy->expiring, life / 4))
		return false;
	renewal_hint(ev, false, &out->hint);
	out->severity = left < least(ev->policy->expiring_high, life / 10)
				? SEVERITY_HIGH
				: SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "%s left of a lifetime of %s",
				   text_duration(a, left),
				   text_duration(a, life));
	out->message = arena_printf(
		a,
		"The certificate of %s expires in %s, on %s.",
		text_where(ev, a), text_duration(a, left),
		text_time(a, c->not_after));
	out->hint.verify = text_verify(ev, a, "-dates");
	return true;
}

const struct check check_expiring = {
	.code = "cert.expiring",
	.title = "Server certificate expires soon",
	.severity = "medium, then high",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_LEAF,
	.ages = true,
	.run = run,
};
