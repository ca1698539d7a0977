/* check_staple_revoked.c: the server itself shows that its certificate is
 * revoked (RFC 6960 2.2). Only a response that is about this certificate and
 * that its issuer signed can say so. */
#include "judge/text.h"

/* A hold may end, so what an outdated response says of it does not count; any
 * other revocation is for ever (RFC 5280 5.3.1). */
static bool is_over(const struct staple *s, int64_t now)
{
	return s->reason == STAPLE_ON_HOLD && s->has_next_update &&
	       now > s->next_update;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct staple *s = &ev->staple;
	int64_t now = stamp_to_sec(ev->at);
	const char *why = staple_reason(s->reason), *since;

	if (!ev->leaf || s->state != STAPLE_VERIFIED ||
	    s->status != STAPLE_REVOKED || !ev->clock_known || is_over(s, now))
		return false;
	since = text_time(a, s->revoked_at);
	out->severity = SEVERITY_HIGH;
	out->reason = arena_printf(a, "revoked on %s (%s), says the OCSP "
				      "response of %s",
				   since, why ? why : "no reason given",
				   text_time(a, s->this_update));
	out->message = arena_printf(
		a,
		"The certificate of %s is revoked since %s (%s): the server "
		"itself staples the proof.%s",
		text_where(ev, a), since, why ? why : "no reason given",
		text_reaction(ev, a));
	out->hint.cause = "revoked";
	out->hint.fix =
		"Get a new certificate with a new key now, and load it "
		"everywhere that the old one is served. Ask the issuer why it was "
		"revoked: issuers also revoke in masses when they made "
		"mistakes of their own, and announce that by mail.";
	out->hint.verify = text_verify_status(ev, a);
	return true;
}

const struct check check_staple_revoked = {
	.code = "staple.revoked",
	.title = "Server certificate is revoked",
	.severity = "high",
	.reference = "RFC 6960 2.2",
	.url = "https://www.rfc-editor.org/rfc/rfc6960#section-2.2",
	.key = KEY_LEAF,
	.explains = ABOUT_REVOKED,
	.silences = { "staple.expired" },
	.told_by = check_asks_staple,
	.run = run,
};
