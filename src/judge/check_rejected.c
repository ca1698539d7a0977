/*
 * check_rejected.c: a client refused a certificate that we could not see, or
 * that we find sound (RFC 8446 6.2). Rejections that a finding about the
 * certificate explains are counted there.
 */
#include "judge/explain.h"
#include "judge/renewal.h"
#include "judge/text.h"

static const char *cause_of(const struct evidence *ev)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;

	if (!alert->seen || alert->from != TLS_CLIENT)
		return "certificate_not_seen";
	switch (alert->code) {
	case 45:
		return "certificate_expired";
	case 48:
		return "issuer_unknown_to_client";
	case 44:
		return "certificate_revoked";
	case 43:
		return "certificate_unsupported";
	case 113:
		return "staple_refused";
	default:
		return ev->leaf ? "client_policy" : "certificate_not_seen";
	}
}

/*
 * What speaks for a reason, where neither certificate nor alert can be read:
 * the one that was seen in the clear for the same name, on other connections.
 * *says: a sentence about it; NULL: none was.
 */
static const char *join(const struct evidence *ev, struct arena *a,
			const char **says)
{
	const struct cert *c = ev->unseen.elsewhere;
	const char *what, *cause;
	int64_t at = stamp_to_sec(ev->at);
	struct match m = { .state = MATCH_TRUE };

	*says = NULL;
	if (!c)
		return NULL;
	if (ev->name.reference.len)
		match_name(c, ev->name.reference, &m);
	if (ev->clock_known && at > c->not_after) {
		cause = "certificate_expired";
		what = arena_printf(a, "expired %s before",
				    text_duration(a, at - c->not_after));
	} else if (ev->clock_known && at < c->not_before) {
		cause = "certificate_not_yet_valid";
		what = arena_printf(a, "is not valid for another %s",
				    text_duration(a, c->not_before - at));
	} else if (m.state == MATCH_FALSE) {
		cause = "different_name";
		what = arena_printf(a, "is for %s", text_names(c, a));
	} else if (c->self_issued) {
		cause = "self_signed";
		what = "is self-signed";
	} else {
		cause = "certificate_not_seen";
		what = "has the right name and dates";
	}
	*says = arena_printf(
		a, " The one last seen in the clear there, on another "
		   "connection, %s%s (inferred).",
		what ? what : "",
		ev->unseen.like ? ", and this one is as long" : "");
	return cause;
}

static const char *fix_of(const char *cause, bool alert_says)
{
	if (!alert_says && !strcmp(cause, "certificate_expired"))
		return "Check what the server shows now with the command "
		       "below; renew it and reload the server.";
	if (!strcmp(cause, "different_name"))
		return "Check what the server shows for that name with the "
		       "command below: the name may be missing in the "
		       "certificate, or the call may reach another server.";
	if (!strcmp(cause, "self_signed"))
		return "Give the client that certificate, or the server one of "
		       "an authority that the client knows.";
	if (!strcmp(cause, "certificate_expired"))
		return "The client says that the certificate has expired: "
		       "check its dates with the command below, renew it and "
		       "reload the server.";
	if (!strcmp(cause, "issuer_unknown_to_client"))
		return "The client does not know the issuer: give it the "
		       "issuing CA, or send the missing intermediate "
		       "certificate.";
	if (!strcmp(cause, "certificate_revoked"))
		return "The client holds the certificate for revoked: ask its "
		       "issuer, and replace it.";
	if (!strcmp(cause, "certificate_unsupported"))
		return "The client has no use for a certificate of that kind: "
		       "check its extended key usage, its key and what it is "
		       "signed with by the command below, and look at the "
		       "client's log.";
	if (!strcmp(cause, "staple_refused"))
		return "The client does not take the OCSP response that the "
		       "server staples, or misses one: check with the command "
		       "below and -status what is stapled, and look at the "
		       "client's log.";
	return "Look at the client's log, and check dates, names and issuer of "
	       "the certificate with the command below.";
}

/* Is it the client that is wrong, or what is above the certificate? */
static bool is_valid_here(const struct evidence *ev)
{
	const struct cert *c = ev->leaf;
	int64_t at = stamp_to_sec(ev->at);

	return c && !c->error && ev->clock_known && at >= c->not_before &&
	       at <= c->not_after;
}

static void tell_expired(const struct evidence *ev, struct finding *out)
{
	if (!is_valid_here(ev)) {
		renewal_unseen(ev, &out->hint);
		return;
	}
	out->hint.cause = "expired_for_client";
	out->hint.fix =
		"The client says that the certificate has expired, but it has "
		"not: check the client's clock, whether an intermediate that "
		"the server sends or a root in the client's trust store has "
		"expired (old TLS libraries look for no way around it), and "
		"the revocation list, if the client has one (OpenSSL says the "
		"same of an outdated one).";
}

static const char *seen_how(const struct evidence *ev, struct arena *a)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;
	const char *name = alert->seen ? tls_alert_name(alert->code) : NULL;

	if (ev->obs->reaction.inferred || !name)
		return "its answer has the size of an encrypted alert where a "
		       "Finished belongs";
	return arena_printf(a, "alert %s", name);
}

/* What is seen of it does not explain the refusal, or it would be told there.
 * Something else may still be wrong with it. */
static const char *seen_what(const struct evidence *ev)
{
	if (!ev->leaf)
		return "which cannot be seen from here";
	return explain_alert(&ev->obs->hs->alert) == ABOUT_ANY
		       ? "which looks sound from here"
		       : "and nothing seen of it from here explains that";
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct observation *o = ev->obs;
	const char *how, *joined, *says;

	if (o->reaction.verdict != TLS_REJECTED)
		return false;
	how = seen_how(ev, a);
	out->inferred = o->reaction.inferred;
	out->severity = out->inferred ? SEVERITY_MEDIUM : SEVERITY_HIGH;
	out->hint.cause = cause_of(ev);
	joined = join(ev, a, &says);
	if (joined && !strcmp(out->hint.cause, "certificate_not_seen"))
		out->hint.cause = joined;
	out->hint.fix = fix_of(out->hint.cause, joined != out->hint.cause);
	if (!strcmp(out->hint.cause, "certificate_expired"))
		tell_expired(ev, out);
	out->hint.verify = text_verify(ev, a, "-dates -subject -issuer -ext "
					      "subjectAltName");
	out->reason = how;
	out->message = arena_printf(
		a, "Client %s refused the certificate of %s (%s), %s.%s",
		text_client(ev, a), text_where(ev, a), how, seen_what(ev),
		says ? says : "");
	return true;
}

const struct check check_rejected = {
	.code = "client.rejected",
	.title = "A client refused the server's certificate",
	.severity = "high; inferred: medium, high from the second client",
	.reference = "RFC 8446 6.2",
	.url = "https://www.rfc-editor.org/rfc/rfc8446#section-6.2",
	.key = KEY_NAME_ENDPOINT,
	.explainable = true,
	.run = run,
};
