/*
 * check_clientcert_wrong_usage.c: the client's certificate is not made for
 * clients (RFC 5280 4.2.1.12). Seen in the wild: public authorities leave
 * clientAuth out since 2025, and mutual TLS breaks at the next renewal.
 */
#include "judge/clientcert.h"
#include "judge/text.h"

/* anyExtendedKeyUsage alone: OpenSSL's servers refuse it (measured; alert 43,
 * unsupported_certificate), those in Go and Java take it. So it is only told
 * where a server did. */
static bool is_unfit(const struct evidence *ev, const struct cert *c)
{
	int alert;

	if (!c->has_eku || (c->eku & CERT_EKU_CLIENT))
		return false;
	if (!(c->eku & CERT_EKU_ANY))
		return true;
	alert = clientcert_alert(ev);
	return alert == 42 || alert == 43 || alert == 46;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = clientcert_judged(ev);

	if (!c || !is_unfit(ev, c))
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(
		a, "its extended key usage does not have clientAuth%s",
		c->eku & CERT_EKU_ANY	   ? ", only anyExtendedKeyUsage"
		: c->eku & CERT_EKU_SERVER ? ", only serverAuth"
					   : "");
	out->message = arena_printf(
		a,
		"The certificate of %s is not made for clients: %s.%s",
		clientcert_whose(ev, a), out->reason ? out->reason : "",
		clientcert_answer(ev, a));
	out->hint.cause = c->eku & CERT_EKU_ANY	     ? "any_usage_only"
			  : c->eku & CERT_EKU_SERVER ? "server_auth_only"
						     : "no_client_auth";
	out->hint.fix =
		"Issue the client's certificate with extendedKeyUsage "
		"clientAuth. Public authorities leave it out of server "
		"certificates: use a private authority for clients and put its "
		"root into the server's client truststore.";
	out->hint.verify =
		"openssl x509 -in CLIENT.pem -noout -ext extendedKeyUsage";
	return true;
}

const struct check check_clientcert_wrong_usage = {
	.code = "clientcert.wrong_usage",
	.title = "Client certificate is not made for clients",
	.severity = "medium",
	.reference = "RFC 5280 4.2.1.12",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12",
	.key = KEY_CLIENT_LEAF,
	.silences = { "clientcert.refused" },
	.run = run,
};
