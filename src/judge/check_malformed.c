/* check_malformed.c: the leaf cannot be parsed (RFC 5280 4.1). */
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	if (!ev->leaf || !ev->leaf->error)
		return false;
	out->severity = SEVERITY_MEDIUM;
	out->reason = arena_printf(a, "%s", ev->leaf->error);
	out->message = arena_printf(
		a,
		"What %s sends as its certificate cannot be parsed (%s): no "
		"client can check it.%s",
		text_where(ev, a), ev->leaf->error, text_reaction(ev, a));
	out->hint.cause = "malformed";
	out->hint.fix = "Install the certificate again from the file its "
			"issuer gave out.";
	out->hint.verify = text_verify(ev, a, "-text");
	return true;
}

const struct check check_malformed = {
	.code = "cert.malformed",
	.title = "Server certificate cannot be parsed",
	.severity = "medium",
	.reference = "RFC 5280 4.1",
	.key = KEY_LEAF,
	.explains = true,
	.run = run,
};
