/*
 * check_name_refused.c: the server has no certificate for the name (RFC 6066
 * 3, unrecognized_name), or behaves so for this name alone.
 */
#include "judge/refusal.h"
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	int code = refusal_code(ev);
	bool sure = code == 112;

	if (ev->name.source != NAME_SNI || ev->obs->hs->server.seen)
		return false;
	if (!sure && !((code == 40 || code == 80) && ev->completed_other))
		return false;
	out->inferred = !sure;
	out->severity = sure ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "alert %s right after the name",
				   tls_alert_name((uint8_t)code));
	out->message = arena_printf(
		a,
		"The server %s refuses the name %s (alert %s)%s: client %s "
		"cannot connect.",
		text_endpoint(a, observation_server(ev->obs)),
		text_name(a, ev->name.reference),
		tls_alert_name((uint8_t)code),
		sure ? "" : ", while it accepts a like offer for another name",
		text_client(ev, a));
	out->hint.cause = "name_not_configured";
	out->hint.fix =
		sure ? "Add the name (server block, listener, custom domain) "
		       "with its certificate on that server, or point its DNS "
		       "record at the server that has it."
		     : "Add the name (server block, listener, custom domain) "
		       "with its certificate, and cipher suites that clients "
		       "have, on that server, or point its DNS record at the "
		       "server that has it.";
	out->hint.verify = text_verify(ev, a, "-ext subjectAltName");
	return true;
}

const struct check check_name_refused = {
	.code = "name.refused",
	.title = "The server refuses the name asked for",
	.severity = "high; inferred: medium",
	.reference = "RFC 6066 3",
	.url = "https://www.rfc-editor.org/rfc/rfc6066#section-3",
	.key = KEY_NAME_ENDPOINT,
	.silences = { "handshake.refused" },
	.run = run,
};
