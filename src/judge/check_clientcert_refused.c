/*
 * check_clientcert_refused.c: mutual TLS: the server ended the handshake for
 * the client's certificate, or for the lack of one (RFC 8446 4.4.2.4, 6.2).
 *
 * Observed where the alert is readable. TLS 1.3 encrypts it: then the shape of
 * the client's flight tells that a certificate was asked for (an empty
 * Certificate is a record of 25 bytes; before the Finished only a certificate
 * can stand), and the server's end that it was not to its liking. Below TLS 1.3
 * a server may close without a word where its own Finished belongs. Servers
 * that ask, get none and go on (vsftpd, MariaDB, Prosody) give no finding.
 */
#include "judge/clientcert.h"
#include "judge/text.h"

/* RFC 8446 4.4.2: type and length 4, context 1, list 3; and the content type */
#define EMPTY_CERTIFICATE (4 + 1 + 3 + 1)

enum shape {
	SHAPE_NONE,
	SHAPE_MISSING, /* an empty Certificate went before the Finished */
	SHAPE_GIVEN,   /* a certificate did */
};

static unsigned num_kept(const struct tls_side_facts *s)
{
	return s->num_sealed < LIMIT_TLS_SEALED ? s->num_sealed
						: LIMIT_TLS_SEALED;
}

/* The place of the client's Finished among its sealed records; 0: it is the
 * first, or none of the next three. */
static unsigned finished_at(const struct tls_side_facts *c, unsigned hash,
			    unsigned tag)
{
	for (unsigned i = 0; i < num_kept(c) && i < 4; i++) {
		unsigned len = c->sealed[i], bare = 4 + hash + 1 + tag;

		if (len == bare || len == bare + TLS_JSSE_PADDING)
			return i;
	}
	return 0;
}

/* Tickets or data of the server behind the client's Finished: it went on. */
static bool server_went_on(const struct tls_handshake *hs, uint32_t order,
			   unsigned tag)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];

	if (s->num_sealed > LIMIT_TLS_SEALED)
		return true;
	for (unsigned i = 0; i < num_kept(s); i++)
		if (s->sealed_order[i] > order &&
		    s->sealed[i] != 2 + 1 + tag &&
		    s->sealed[i] != 2 + 1 + tag + 16)
			return true;
	return false;
}

/* RFC 5246 7.3: the Certificate is in the clear, and who takes it answers with
 * a ChangeCipherSpec and its Finished. */
static enum shape shape_12(const struct tls_handshake *hs)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];

	if (hs->alert.seen || s->ccs || s->finished)
		return SHAPE_NONE;
	switch (hs->chain[TLS_CLIENT].state) {
	case TLS_CHAIN_EMPTY:
		return SHAPE_MISSING;
	case TLS_CHAIN_WHOLE:
		return SHAPE_GIVEN;
	default:
		return SHAPE_NONE;
	}
}

static enum shape shape_of(const struct evidence *ev)
{
	const struct tls_handshake *hs = ev->obs->hs;
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	unsigned hash, tag, at;

	if (hs->carrier != TLS_OVER_TCP || hs->client.early_data ||
	    ev->obs->reaction.verdict != TLS_SERVER_REFUSED)
		return SHAPE_NONE;
	if (!tls_version_is_13(hs->server.version))
		return shape_12(hs);
	if (!tls_suite_13(hs->server.suite, &hash, &tag))
		return SHAPE_NONE;
	at = finished_at(c, hash, tag);
	if (!at || server_went_on(hs, c->sealed_order[at], tag))
		return SHAPE_NONE;
	return c->sealed[0] == EMPTY_CERTIFICATE + tag ? SHAPE_MISSING
						       : SHAPE_GIVEN;
}

static const char *fix_of(bool missing, int code)
{
	if (missing)
		return "Give the client a certificate of an authority that the "
		       "server's client truststore has; if it has one, check "
		       "that it is configured for this server, and that the "
		       "server's list of accepted authorities names its issuer.";
	switch (code) {
	case 48:
		return "The server does not know the issuer: put it into the "
		       "server's client truststore, or have the client send "
		       "its intermediates.";
	case 45:
		return "The server takes the client's certificate for expired: "
		       "check its chain and the server's clock.";
	case 44:
		return "The client's certificate is revoked: issue a new one.";
	case 43:
		return "The certificate is of a kind or usage that the server "
		       "does not take: check key type and extendedKeyUsage.";
	default:
		return "See the server's log for the reason; mostly the issuer "
		       "is not in its client truststore, or the certificate "
		       "has expired or is not made for clients.";
	}
}

static const char *how_of(struct arena *a, int code, enum shape shape)
{
	const char *name = code < 0 ? NULL : tls_alert_name((uint8_t)code), *s;

	if (code >= 0) {
		s = arena_printf(a, "alert %s(%d)", name ? name : "unknown",
				 code);
		return s ? s : "";
	}
	return shape == SHAPE_MISSING
		       ? "inferred: the server ended it right behind an empty "
			 "certificate"
		       : "inferred: the server ended it right behind the "
			 "client's certificate";
}

static void say(const struct evidence *ev, struct arena *a, bool missing,
		const char *how, struct finding *out)
{
	const char *whose = ev->client_leaf && !ev->client_leaf->error
				    ? clientcert_whose(ev, a)
				    : NULL;

	if (missing)
		out->message = arena_printf(
			a,
			"%s requires a client certificate and client %s has "
			"none: the server refuses it (%s).",
			text_where(ev, a), text_client(ev, a), how);
	else if (whose)
		out->message = arena_printf(
			a,
			"The server refuses the certificate of %s (%s).",
			whose, how);
	else
		out->message = arena_printf(
			a, "%s refuses the certificate of client %s (%s).",
			text_where(ev, a), text_client(ev, a), how);
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct tls_handshake *hs = ev->obs->hs;
	enum shape shape = SHAPE_NONE;
	int code = clientcert_alert(ev);
	bool missing;

	if (ev->not_meant)
		return false;
	if (code < 0) {
		shape = shape_of(ev);
		if (shape == SHAPE_NONE)
			return false;
	}
	missing = code == 116 || shape == SHAPE_MISSING ||
		  hs->chain[TLS_CLIENT].state == TLS_CHAIN_EMPTY;
	out->inferred = code < 0;
	out->severity = out->inferred ? SEVERITY_MEDIUM : SEVERITY_HIGH;
	out->hint.cause = missing ? "missing" : "refused";
	out->hint.fix = fix_of(missing, code);
	out->reason = how_of(a, code, shape);
	/* of the server: it tells the authorities that it accepts */
	out->hint.verify =
		missing ? text_verify_chain(ev, a)
			: "openssl x509 -in CLIENT.pem -noout -subject "
			  "-issuer -dates -ext extendedKeyUsage";
	say(ev, a, missing, out->reason, out);
	return true;
}

const struct check check_clientcert_refused = {
	.code = "clientcert.refused",
	.title = "Server refuses the client's certificate",
	.severity = "high; inferred: medium",
	.reference = "RFC 8446 4.4.2.4",
	.url = "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.4",
	.key = KEY_CLIENT_LEAF,
	.run = run,
};
