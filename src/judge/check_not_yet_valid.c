/* check_not_yet_valid.c: the leaf's notBefore is to come (RFC 5280 4.1.2.5). */
#include "judge/text.h"

#define SKEW 300 /* clocks differ by so much without anything being wrong */

/* A public authority dates nothing ahead by more than this (BR 7.1.2.7): then
 * it is the clock of the capture that is wrong. Seen in the wild: captures whose
 * times were shifted or begin in 2000. */
#define AHEAD (2 * 86400)

static bool is_clock_wrong(const struct cert *c, int64_t left)
{
	return (c->has_scts || c->has_cab_policy) && left > AHEAD;
}

static void tell_clock(const struct evidence *ev, struct arena *a,
		       struct finding *out)
{
	out->inferred = true;
	out->message = arena_printf(
		a,
		"The packets' clock says %s, but the certificate of %s begins "
		"on %s, and public authorities date nothing ahead: the clock "
		"of the capture or of the sensor is wrong.",
		text_time(a, stamp_to_sec(ev->at)), text_where(ev, a),
		text_time(a, ev->leaf->not_before));
	out->hint.cause = "capture_clock";
	out->hint.fix = "Set the clock of the machine that captures (chronyc "
			"tracking). Times of a capture that were shifted can "
			"be moved back (editcap -t), or judge it at one time "
			"(--now).";
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = ev->leaf;
	int64_t left;

	if (!c || c->error || !ev->clock_known)
		return false;
	left = c->not_before - stamp_to_sec(ev->at);
	if (left <= 0)
		return false;
	out->severity = left < SKEW ? SEVERITY_LOW : SEVERITY_HIGH;
	out->reason = arena_printf(a, "notBefore %s is %s after the handshake",
				   text_time(a, c->not_before),
				   text_duration(a, left));
	out->message = arena_printf(
		a,
		"The certificate of %s is not valid before %s, in %s.%s",
		text_where(ev, a), text_time(a, c->not_before),
		text_duration(a, left), text_reaction(ev, a));
	out->hint.cause = left < SKEW ? "clock_skew" : "not_yet_valid";
	out->hint.fix = left < SKEW
				? "Check the clocks of the issuer, the clients "
				  "and the sensor: they differ by less than five "
				  "minutes."
				: "Serve the previous certificate until then. "
				  "If it should be valid already, check the "
				  "clocks of the issuer and of the sensor.";
	if (is_clock_wrong(c, left))
		tell_clock(ev, a, out);
	out->hint.verify = text_verify(ev, a, "-dates");
	return true;
}

const struct check check_not_yet_valid = {
	.code = "cert.not_yet_valid",
	.title = "Server certificate is not valid yet",
	.severity = "high; low below 5 minutes",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_LEAF,
	.explains = ABOUT_DATES,
	.run = run,
};
