/* check_changed.c: a name is served with a newer certificate now. */
#include "judge/text.h"

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	if (!ev->leaf || ev->leaf->error || !ev->fleet.changed)
		return false;
	out->severity = SEVERITY_INFO;
	out->reason = "a newer certificate, the old one unseen for an hour";
	out->message = arena_printf(
		a,
		"%s is served with a newer certificate now, valid until %s.",
		text_where(ev, a), text_time(a, ev->leaf->not_after));
	out->hint.cause = "renewed";
	out->hint.fix = "Nothing to do, if the change was yours.";
	out->hint.verify = text_verify(ev, a, "-dates -fingerprint -sha256");
	return true;
}

const struct check check_changed = {
	.code = "cert.changed",
	.title = "A name is served with a newer certificate",
	.severity = "info",
	.reference = "RFC 5280 4.1.2.5",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5",
	.key = KEY_LEAF,
	.news = true,
	.run = run,
};
