/*
 * check_staple_invalid.c: a stapled OCSP response that says nothing about this
 * certificate: it is for another one, is not signed by who may speak of it
 * (RFC 6960 3.2), cannot be read, or is of a responder that does not know the
 * certificate (RFC 6960 2.2). Clients that look at it refuse.
 */
#include "judge/text.h"

struct fault {
	const char *cause, *what, *fix;
};

static bool find_fault(const struct evidence *ev, struct fault *out)
{
	switch (ev->staple.state) {
	case STAPLE_OTHER:
		*out = (struct fault){
			"staple_for_other", "is for another certificate",
			"The certificate was renewed, but the response is "
			"still the old one's: fetch it anew (nginx: remove or "
			"rewrite ssl_stapling_file; HAProxy: set ssl "
			"ocsp-response), and let the job that renews the "
			"certificate do so.",
		};
		return true;
	case STAPLE_FORGED:
		*out = (struct fault){
			"staple_not_signed",
			"is not signed by the certificate's issuer, nor by a "
			"responder that it empowered",
			"See where the server has the response from: it must "
			"come from the responder that the certificate names, "
			"and its signer needs extendedKeyUsage OCSPSigning "
			"from the same issuer.",
		};
		return true;
	case STAPLE_BAD:
		*out = (struct fault){
			"staple_not_readable",
			"cannot be read, or only says that the responder had "
			"none",
			"Look at what the server staples: the file that it "
			"takes the response from, or what its responder "
			"answers (openssl ocsp -respin FILE -resp_text).",
		};
		/* the bound is ours, not the server's fault */
		return ev->obs->hs->staple.len <= LIMIT_CERT_STAPLE;
	case STAPLE_VERIFIED:
		*out = (struct fault){
			"staple_unknown",
			"says only that the responder does not know the "
			"certificate",
			"A certificate that was issued just now may not have "
			"come to its issuer's responder yet: have the server "
			"fetch the response again in an hour. If it stays so, "
			"ask the issuer whether the certificate is its own.",
		};
		return ev->staple.status == STAPLE_UNKNOWN;
	default:
		return false;
	}
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	struct fault f;

	if (!ev->leaf || ev->leaf->error || ev->carried ||
	    !find_fault(ev, &f))
		return false;
	out->severity = SEVERITY_LOW;
	out->reason = arena_printf(a, "the response %s", f.what);
	out->message = arena_printf(
		a,
		"%s staples an OCSP response that %s: clients that look at it "
		"refuse.%s",
		text_where(ev, a), f.what, text_reaction(ev, a));
	out->hint.cause = f.cause;
	out->hint.fix = f.fix;
	out->hint.verify = text_verify_status(ev, a);
	return true;
}

const struct check check_staple_invalid = {
	.code = "staple.invalid",
	.title = "Stapled OCSP response says nothing of the certificate",
	.severity = "low",
	.reference = "RFC 6960 3.2",
	.url = "https://www.rfc-editor.org/rfc/rfc6960#section-3.2",
	.key = KEY_LEAF,
	.explains = ABOUT_STAPLE,
	.told_by = check_asks_staple,
	.run = run,
};
