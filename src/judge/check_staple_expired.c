/* check_staple_expired.c: the stapled OCSP response is older than it may be
 * (RFC 6960 4.2.2.1): it should be taken as unreliable. */
#include "judge/text.h"

#define SKEW 300 /* what OpenSSL's and curl's check lets pass */

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct staple *s = &ev->staple;
	int64_t ago = stamp_to_sec(ev->at) - s->next_update;

	if (!ev->leaf || !ev->clock_known ||
	    (s->state != STAPLE_UNVERIFIED && s->state != STAPLE_VERIFIED) ||
	    !s->has_next_update || ago <= SKEW)
		return false;
	out->severity = SEVERITY_LOW;
	out->reason = arena_printf(a, "nextUpdate %s was %s before the "
				      "handshake",
				   text_time(a, s->next_update),
				   text_duration(a, ago));
	out->message = arena_printf(
		a,
		"%s staples an OCSP response that was good until %s, %s ago: "
		"clients that check it refuse.%s",
		text_where(ev, a), text_time(a, s->next_update),
		text_duration(a, ago), text_reaction(ev, a));
	out->hint.cause = "staple_not_refreshed";
	out->hint.fix =
		"Check that the server reaches the responder named in the "
		"certificate (outgoing HTTP, DNS, proxy) and look at its log; "
		"where a job fetches the response (ssl_stapling_file), check "
		"the job.";
	out->hint.verify = text_verify_status(ev, a);
	return true;
}

const struct check check_staple_expired = {
	.code = "staple.expired",
	.title = "Stapled OCSP response is out of date",
	.severity = "low",
	.reference = "RFC 6960 4.2.2.1",
	.url = "https://www.rfc-editor.org/rfc/rfc6960#section-4.2.2.1",
	.key = KEY_LEAF,
	.explains = ABOUT_STAPLE,
	.told_by = check_asks_staple,
	.run = run,
};
