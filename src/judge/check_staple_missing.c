/*
 * check_staple_missing.c: the certificate says must-staple, the client asked,
 * the server sent none (RFC 7633 4.3.3). Only where nothing of the server's
 * flight was lost.
 */
#include "judge/text.h"
#include "tls/wire.h"

#define STATUS_REQUEST_V2 17 /* RFC 6961: ocsp_multi, which is not read */

static bool has_extension(const struct tls_server_hello *h, uint16_t code)
{
	for (size_t i = 0; i < h->num_ext; i++)
		if (h->ext[i] == code)
			return true;
	return false;
}

/* Would it have been seen? TLS 1.2 sends it between Certificate and
 * ServerHelloDone, TLS 1.3 inside the Certificate (RFC 8446 4.4.2.1). */
static bool is_whole(const struct tls_handshake *hs)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];

	if (hs->chain[TLS_SERVER].state != TLS_CHAIN_WHOLE || !hs->server.seen)
		return false;
	if (tls_version_is_13(hs->server.version))
		return true;
	return s->hello_done && !s->gap && !s->truncated && !s->midstream;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct tls_handshake *hs = ev->obs->hs;

	if (!ev->leaf || ev->leaf->error || ev->carried ||
	    !ev->leaf->must_staple || !tls_hello(hs)->status_request ||
	    hs->staple.len || has_extension(&hs->server, STATUS_REQUEST_V2) ||
	    !is_whole(hs))
		return false;
	out->severity = SEVERITY_LOW;
	out->reason = "the certificate has the TLS feature status_request, the "
		      "client asked, and no response came";
	out->message = arena_printf(
		a,
		"The certificate of %s says must-staple, but the server staples "
		"no OCSP response: Firefox and other clients refuse it.%s",
		text_where(ev, a), text_reaction(ev, a));
	out->hint.cause = "must_staple";
	out->hint.fix =
		"Turn OCSP stapling on (nginx: ssl_stapling on with a "
		"resolver; Apache: SSLUseStapling), and have the server fetch "
		"the response before its first client. Issuers that gave up "
		"OCSP cannot serve such certificates: get one without the "
		"extension.";
	out->hint.verify = text_verify_status(ev, a);
	return true;
}

const struct check check_staple_missing = {
	.code = "staple.missing",
	.title = "Must-staple certificate without an OCSP response",
	.severity = "low",
	.reference = "RFC 7633 4.3.3",
	.url = "https://www.rfc-editor.org/rfc/rfc7633#section-4.3.3",
	.key = KEY_LEAF,
	.explains = ABOUT_STAPLE,
	.told_by = check_asks_staple,
	.run = run,
};
