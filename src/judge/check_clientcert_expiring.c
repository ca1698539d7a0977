/* check_clientcert_expiring.c: little of the client certificate's life is left,
 * measured as the server's is: see check_expiring.c. */
#include "judge/clientcert.h"
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = clientcert_judged(ev);
	int64_t now, left, life, bound;

	if (!c || !ev->clock_known || c->no_expiry)
		return false;
	now = stamp_to_sec(ev->at);
	left = c->not_after - now;
	life = c->not_after - c->not_before;
	bound = ev->policy->expiring < life / 4 ? ev->policy->expiring
						: life / 4;
	if (left < 0 || life <= 0 || now < c->not_before || left >= bound)
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "%s left of a lifetime of %s",
				   text_duration(a, left),
				   text_duration(a, life));
	out->message = arena_printf(
		a,
		"The certificate of %s expires in %s, on %s.",
		clientcert_whose(ev, a), text_duration(a, left),
		text_time(a, c->not_after));
	out->hint.cause = "not_renewed_yet";
	out->hint.fix = "Renew the client's certificate at the authority that "
			"the server trusts and load it in the client before "
			"then.";
	out->hint.verify = "openssl x509 -in CLIENT.pem -noout -dates -subject";
	return true;
}

const struct check check_clientcert_expiring = {
	.code = "clientcert.expiring",
	.title = "Client certificate expires soon",
	.severity = "medium",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_CLIENT_LEAF,
	.ages = true,
	.run = run,
};
