/* clientcert.c: see clientcert.h. */
#include "judge/clientcert.h"

#include "judge/text.h"

const struct cert *clientcert_judged(const struct evidence *ev)
{
	const struct cert *c = ev->client_leaf;

	return c && !c->error && !ev->not_meant ? c : NULL;
}

const char *clientcert_whose(const struct evidence *ev, struct arena *a)
{
	const char *s, *dn = ev->client_leaf->subject.text;

	s = arena_printf(a, "client %s (%s) for %s", text_client(ev, a),
			 *dn ? text_dn(a, dn) : text_names(ev->client_leaf, a),
			 text_where(ev, a));
	return s ? s : "";
}

/* RFC 8446 6.2, RFC 5246 7.2.2. Before TLS 1.3 there is no alert for a missing
 * one: handshake_failure stands right behind the empty Certificate. */
static bool is_about_certificate(const struct tls_handshake *hs)
{
	uint8_t code = hs->alert.code;

	if ((code >= 42 && code <= 46) || code == 48 || code == 49 ||
	    code == 116)
		return true;
	return code == 40 && !tls_version_is_13(hs->server.version) &&
	       hs->chain[TLS_CLIENT].state == TLS_CHAIN_EMPTY;
}

/* Had the client shown a certificate, or shown that it has none? */
static bool had_answered(const struct tls_handshake *hs)
{
	return hs->chain[TLS_CLIENT].state != TLS_CHAIN_NONE ||
	       hs->side[TLS_SERVER].certificate_request;
}

int clientcert_alert(const struct evidence *ev)
{
	const struct tls_handshake *hs = ev->obs->hs;

	if (!hs->alert.seen || hs->alert.encrypted ||
	    hs->alert.from != TLS_SERVER || hs->alert.level == 1 ||
	    !hs->server.seen || !had_answered(hs) || !is_about_certificate(hs))
		return -1;
	return hs->alert.code;
}

const char *clientcert_answer(const struct evidence *ev, struct arena *a)
{
	int code = clientcert_alert(ev);
	const char *name, *s;

	if (code < 0)
		return "";
	name = tls_alert_name((uint8_t)code);
	s = arena_printf(a, " The server refused it (alert %s).",
			 name ? name : "unknown");
	return s ? s : "";
}
