/*
 * check_mixed.c: an endpoint still serves the older certificate a day after a
 * newer one appeared for the name, and its end is close: one of several servers
 * was forgotten.
 */
#include "judge/text.h"

static bool close_to_end(const struct evidence *ev)
{
	const struct cert *c = ev->leaf;
	int64_t life = c->not_after - c->not_before;
	int64_t left = c->not_after - stamp_to_sec(ev->at);
	int64_t early = ev->policy->expiring < life / 4 ? ev->policy->expiring
							: life / 4;

	return !c->no_expiry && life > 0 && left < early;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	int64_t since;

	if (!ev->leaf || ev->leaf->error || !ev->fleet.older ||
	    !ev->clock_known || !close_to_end(ev))
		return false;
	since = stamp_to_sec(ev->at) - stamp_to_sec(ev->fleet.newer_since);
	if (since < ev->policy->mixed_after)
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "a newer certificate appeared %s ago",
				   text_duration(a, since));
	out->message = arena_printf(
		a,
		"%s still serves an older certificate, valid until %s, though "
		"a newer one for the name appeared %s ago elsewhere.",
		text_where(ev, a), text_time(a, ev->leaf->not_after),
		text_duration(a, since));
	out->hint.cause = "server_forgotten";
	out->hint.fix = "Load the renewed certificate on this server, too, and "
			"reload it.";
	out->hint.verify = text_verify(ev, a, "-dates -fingerprint -sha256");
	return true;
}

const struct check check_mixed = {
	.code = "cert.mixed",
	.title = "An endpoint still serves the older certificate",
	.severity = "medium",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_LEAF,
	.run = run,
};
