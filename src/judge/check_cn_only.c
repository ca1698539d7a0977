/* check_cn_only.c: only the CN has the name (RFC 9525 2: no CN-ID). */
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct name_evidence *n = &ev->name;

	if (!ev->leaf || n->unjudged != NAME_JUDGED || !n->source ||
	    n->match.state != MATCH_FALSE || n->match.reason != MATCH_CN_ONLY)
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = "the name stands in the common name only";
	out->message = arena_printf(
		a,
		"The certificate of %s has the name only as its common name: "
		"browsers and Go refuse it, OpenSSL, GnuTLS, Java, Node and "
		"Python clients still accept it.",
		text_where(ev, a));
	out->hint.cause = "cn_only";
	out->hint.fix = "Issue the certificate again with the name as a "
			"dNSName in its subject alternative name.";
	out->hint.verify = text_verify(ev, a, "-subject -ext subjectAltName");
	return true;
}

const struct check check_cn_only = {
	.code = "name.cn_only",
	.title = "Only the common name has the name asked for",
	.severity = "medium",
	.reference = "RFC 9525 2",
	.url = "https://www.rfc-editor.org/rfc/rfc9525#section-2",
	.key = KEY_NAME_LEAF,
	.explains = ABOUT_NAME,
	.silences = { "name.mismatch" },
	.run = run,
};
