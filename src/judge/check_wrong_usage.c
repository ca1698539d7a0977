/*
 * check_wrong_usage.c: the leaf is not made for TLS servers: no serverAuth
 * among its extended key usages, no fitting key usage, or a CA's certificate
 * (RFC 5280 4.2.1.3, 4.2.1.12; BR 7.1.2.7).
 */
#include "judge/explain.h"
#include "judge/standing.h"
#include "judge/text.h"
#include "tls/wire.h"

/* KeyUsage bits as read_key_usage() gives them (RFC 5280 4.2.1.3) */
#define KU_SIGNATURE 0x80u
#define KU_ENCRYPTS  0x20u
#define KU_TLS	     (0x80u | 0x20u | 0x08u) /* signs, encrypts, agrees */

/* Does the server sign in this handshake? TLS 1.3 and every DHE do. */
static bool server_signs(const struct tls_handshake *hs)
{
	const char *suite;

	if (!hs->server.seen)
		return false;
	if (tls_version_is_13(hs->server.version))
		return true;
	suite = tls_suite_name(hs->server.suite);
	return suite && (strstr(suite, "_DHE_") || strstr(suite, "_ECDHE_"));
}

/* RSA key transport: the client encrypts to the key (RFC 5246 7.4.2). */
static bool client_encrypts(const struct tls_handshake *hs)
{
	const char *suite;

	if (!hs->server.seen || tls_version_is_13(hs->server.version))
		return false;
	suite = tls_suite_name(hs->server.suite);
	return suite && !strncmp(suite, "TLS_RSA_", 8);
}

struct fault {
	const char *cause, *what, *who;
};

/* The BR ask for serverAuth by its name since then (7.1.2.7.10). */
#define SERVER_AUTH_SINCE 1341100800LL /* 2012-07-01 */

/*
 * RFC 5280 4.2.1.12: no such extension is for anything; with one, the purpose
 * has to be in it, and "any" need not do. Measured: OpenSSL refuses "any" and
 * takes server gated cryptography, Go and GnuTLS the other way round, Java
 * takes both; Firefox (mozilla::pkix) and rustls neither.
 */
static bool find_extended_fault(const struct cert *c, struct fault *out)
{
	if (!c->has_eku || (c->eku & CERT_EKU_SERVER))
		return false;
	if (c->eku & CERT_EKU_ANY)
		*out = (struct fault){
			.cause = "any_usage_only",
			.what = "its extended key usage says "
				"anyExtendedKeyUsage in place of serverAuth",
			.who = "OpenSSL, Firefox and rustls",
		};
	else if (c->eku & CERT_EKU_SGC)
		*out = (struct fault){
			.cause = "sgc_only",
			.what = "its extended key usage has server gated "
				"cryptography, but not serverAuth",
			.who = "Go, GnuTLS, Firefox and rustls",
		};
	else
		*out = (struct fault){
			.cause = "no_server_auth",
			.what = "its extended key usage does not have "
				"serverAuth",
			.who = "Clients that verify",
		};
	return !(c->eku & CERT_EKU_SGC) || c->not_before >= SERVER_AUTH_SINCE;
}

/* Self-made certificates are CA certificates by default (openssl req -x509):
 * that alone is nothing wrong. */
static bool find_fault(const struct evidence *ev, struct fault *out)
{
	const struct cert *c = ev->leaf;

	if (find_extended_fault(c, out))
		return true;
	if (c->is_ca && !c->self_issued) {
		*out = (struct fault){
			.cause = "ca_as_leaf",
			.what = "it is an authority's certificate "
				"(basicConstraints CA:TRUE)",
			.who = "Firefox and rustls",
		};
		return true;
	}
	if (!c->has_key_usage || c->self_issued)
		return false;
	if (!(c->key_usage & KU_TLS) ||
	    (server_signs(ev->obs->hs) && !(c->key_usage & KU_SIGNATURE))) {
		*out = (struct fault){
			.cause = "key_usage",
			.what = "its key usage does not have digitalSignature, "
				"which this handshake needs",
			.who = "Chromium and GnuTLS",
		};
		return true;
	}
	if (client_encrypts(ev->obs->hs) && !(c->key_usage & KU_ENCRYPTS)) {
		*out = (struct fault){
			.cause = "key_usage",
			.what = "its key usage does not have keyEncipherment, "
				"which RSA key transport needs",
			.who = "Chromium and GnuTLS",
		};
		return true;
	}
	return false;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	struct fault f;

	if (!ev->leaf || ev->leaf->error || ev->not_meant ||
	    !find_fault(ev, &f))
		return false;
	out->severity = standing_hygiene(ev);
	/* only some clients refuse, and none that was seen */
	if (out->severity > SEVERITY_LOW && strcmp(f.cause, "no_server_auth") &&
	    !explain_refusal(out, ev->obs))
		out->severity = SEVERITY_LOW;
	out->reason = f.what;
	out->message = arena_printf(
		a,
		"The certificate of %s is not made for a TLS server: %s. %s "
		"refuse it.%s",
		text_where(ev, a), f.what,
		f.who, text_reaction(ev, a));
	out->hint.cause = f.cause;
	out->hint.fix =
		"Have it issued with extendedKeyUsage serverAuth, keyUsage "
		"digitalSignature and basicConstraints CA:FALSE. If it is a "
		"client's certificate, the wrong file was configured.";
	out->hint.verify = text_verify(
		ev, a, "-ext basicConstraints,keyUsage,extendedKeyUsage");
	return true;
}

const struct check check_wrong_usage = {
	.code = "cert.wrong_usage",
	.title = "Server certificate is made for something else",
	.severity = "medium without serverAuth; low for anyExtendedKeyUsage "
		    "in place of it, a CA certificate or key usage, unless a "
		    "client refused it; info where no name was stated",
	.reference = "RFC 5280 4.2.1.12",
	.url = "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12",
	.key = KEY_LEAF,
	.explains = ABOUT_USE,
	.run = run,
};
