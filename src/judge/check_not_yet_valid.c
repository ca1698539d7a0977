/* check_not_yet_valid.c: the leaf's notBefore is to come (RFC 5280 4.1.2.5). */
#include "judge/text.h"

#define SKEW 300 /* clocks differ by so much without anything being wrong */

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
		"The certificate of %s is not valid before %s, in %s.%s %s",
		text_where(ev, a), text_time(a, c->not_before),
		text_duration(a, left), text_reaction(ev, a),
		left < SKEW ? "Check the clocks."
			    : "Serve the previous certificate until then, or "
			      "check the clock of whoever issued it.");
	out->hint.cause = left < SKEW ? "clock_skew" : "not_yet_valid";
	out->hint.fix = "Load the certificate only once it is valid, and check "
			"the clocks of the issuer, the server and the sensor.";
	out->hint.verify = text_verify(ev, a, "-dates");
	return true;
}

const struct check check_not_yet_valid = {
	.code = "cert.not_yet_valid",
	.title = "Server certificate is not valid yet",
	.severity = "high; low below 5 minutes",
	.reference = "RFC 5280 4.1.2.5",
	.key = KEY_LEAF,
	.explains = true,
	.run = run,
};
