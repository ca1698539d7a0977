/* check_handshake_refused.c: refused before a certificate (RFC 8446 6.2). */
#include "judge/refusal.h"
#include "judge/text.h"

static const char *cause_of(int code)
{
	switch (code) {
	case 40:
	case 71:
		return "no_common_parameters";
	case 70:
		return "version";
	case 86:
		return "fallback";
	case 120:
		return "no_common_application_protocol";
	case 47:
	case 50:
		return "hello_not_understood";
	case 80:
		return "server_error";
	default:
		return NULL;
	}
}

static const char *fix_of(int code)
{
	switch (code) {
	case 47:
	case 50:
		return "The server takes the client's hello for malformed: see "
		       "its log. Old servers do not cope with new extensions, "
		       "and a device on the way may have changed it.";
	case 86: /* RFC 7507 3 */
		return "The client had tried before, failed, and offers an "
		       "older version now (TLS_FALLBACK_SCSV), which a server "
		       "that has a newer one must refuse: see what the first "
		       "try ended with, a reset or a time limit on the way "
		       "mostly, and turn such retries off in the client.";
	case 70:
		return "Client and server have no TLS version in common: enable "
		       "TLS 1.2 or 1.3 on the older of the two.";
	case 120:
		return "The server does not speak the protocol offered by ALPN: "
		       "compare the client's and the server's ALPN lists.";
	case 80:
		return "The server failed: look at its log.";
	default:
		return "Mostly client and server have no cipher suite, group or "
		       "signature algorithm in common: compare their settings "
		       "and the server's key type.";
	}
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	int code = refusal_code(ev);

	if (code < 0 || !cause_of(code))
		return false;
	out->severity = SEVERITY_INFO;
	out->reason = arena_printf(a, "alert %s before a certificate",
				   tls_alert_name((uint8_t)code));
	out->message = arena_printf(
		a, "%s refuses handshakes (alert %s), now of client %s.",
		text_where(ev, a), tls_alert_name((uint8_t)code),
		text_client(ev, a));
	out->hint.cause = cause_of(code);
	out->hint.fix = fix_of(code);
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_handshake_refused = {
	.code = "handshake.refused",
	.title = "The server refuses handshakes",
	.severity = "info",
	.reference = "RFC 8446 6.2",
	.url = "https://www.rfc-editor.org/rfc/rfc8446#section-6.2",
	.key = KEY_ENDPOINT,
	.run = run,
};
