/* check_obsolete.c: TLS 1.1 or below was negotiated (RFC 8996, RFC 7568). */
#include "judge/text.h"
#include "tls/wire.h"

static const char *version_words(const struct tls_handshake *hs,
				 struct arena *a, uint16_t version)
{
	const char *text = tls_version_text(version), *s;

	if (version == DTLS_BAD)
		return "DTLS before 1.0";
	if (version == TLS_SSL2 || version == TLS_SSL3)
		return version == TLS_SSL3 ? "SSL 3.0" : "SSL 2.0";
	s = arena_printf(a, "%s %s",
			 hs->carrier == TLS_OVER_DTLS ? "DTLS" : "TLS",
			 text ? text : "of an old version");
	return s ? s : "";
}

static bool is_obsolete(uint16_t version)
{
	return version == TLS_SSL2 || version == TLS_SSL3 ||
	       version == TLS_1_0 || version == TLS_1_1 ||
	       version == DTLS_1_0 || version == DTLS_BAD;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct tls_handshake *hs = ev->obs->hs;
	uint16_t version = tls_negotiated(hs);
	const char *words;

	if (!is_obsolete(version) || ev->not_meant)
		return false;
	words = version_words(hs, a, version);
	out->severity = SEVERITY_LOW;
	out->reason = arena_printf(a, "%s was negotiated", words);
	out->message = arena_printf(
		a,
		"%s speaks %s with client %s: obsolete since %s, and current "
		"clients refuse it.",
		text_where(ev, a), words, text_client(ev, a),
		version == TLS_SSL3 ? "2015" :
		version == TLS_SSL2 ? "2011" :
				      "2021");
	out->hint.cause = "obsolete_version";
	out->hint.fix = "Enable TLS 1.2 and 1.3 on the server. Where it has "
			"them already, the client is the old one: see which "
			"versions it offers.";
	out->hint.verify = text_verify_version(ev, a, version);
	return true;
}

const struct check check_obsolete = {
	.code = "tls.obsolete",
	.title = "A version of TLS below 1.2 was negotiated",
	.severity = "low",
	.reference = "RFC 8996",
	.url = "https://www.rfc-editor.org/rfc/rfc8996",
	.key = KEY_ENDPOINT,
	.run = run,
};
