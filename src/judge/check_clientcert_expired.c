/* check_clientcert_expired.c: mutual TLS: the client's certificate is outside
 * its validity (RFC 5280 4.1.2.5). */
#include "judge/clientcert.h"
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = clientcert_judged(ev);
	int64_t now, ago;

	if (!c || !ev->clock_known || c->no_expiry)
		return false;
	now = stamp_to_sec(ev->at);
	ago = now - c->not_after;
	if (ago < 0 || (ago == 0 && ev->at.ns == stamp_sec(now).ns))
		return false;
	out->severity = SEVERITY_HIGH;
	out->reason = arena_printf(a, "notAfter %s is %s before the handshake",
				   text_time(a, c->not_after),
				   text_duration(a, ago));
	if (ev->again)
		out->message = arena_printf(
			a,
			"The certificate of %s, seen last on %s, has expired "
			"on %s.",
			clientcert_whose(ev, a),
			text_time(a, stamp_to_sec(ev->obs->hs->last)),
			text_time(a, c->not_after));
	else
		out->message = arena_printf(
			a,
			"The certificate of %s expired %s ago, on %s.%s",
			clientcert_whose(ev, a), text_duration(a, ago),
			text_time(a, c->not_after), clientcert_answer(ev, a));
	out->hint.cause = "not_renewed";
	out->hint.fix =
		"Renew the client's certificate at the authority that the "
		"server trusts, and restart the client if it reads its "
		"certificate only once. Look for clients with certificates of "
		"the same batch.";
	out->hint.verify = "openssl x509 -in CLIENT.pem -noout -dates -subject";
	return true;
}

const struct check check_clientcert_expired = {
	.code = "clientcert.expired",
	.title = "Client certificate has expired",
	.severity = "high",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_CLIENT_LEAF,
	.ages = true,
	.silences = { "clientcert.expiring", "clientcert.refused" },
	.run = run,
};
