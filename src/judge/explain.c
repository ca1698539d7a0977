/*
 * explain.c: see explain.h.
 *
 * The alerts' meanings are RFC 8446 6.2's (RFC 5246 7.2.2 has the same words)
 * and RFC 6066's; what libraries make of them is in their sources: OpenSSL's
 * table of verification errors, JSSE's getCertificateAlert, NSS'
 * ssl3_SendAlertForCertError, rustls' From<CertificateError>.
 */
#include "judge/explain.h"

static const struct {
	uint8_t code;
	unsigned about;
} alerts[] = {
	/* bad_certificate: "corrupt, contained signatures that did not verify
	 * correctly, etc."; Go and GnuTLS send it whatever is wrong, NSS where
	 * nothing better fits */
	{ 42, ABOUT_ANY },
	/* unsupported_certificate: "of an unsupported type": OpenSSL and
	 * rustls mean its purpose, JSSE a disabled key or hash */
	{ 43, ABOUT_USE },
	/* certificate_revoked: "revoked by its signer" */
	{ 44, ABOUT_REVOKED },
	/* certificate_expired: "has expired or is not currently valid"; the
	 * second half is rustls' */
	{ 45, ABOUT_DATES },
	/* certificate_unknown: "some other (unspecified) issue": Chromium and
	 * most of JSSE; NSS for a usage that does not fit */
	{ 46, ABOUT_ANY },
	/* unknown_ca: the CA "could not be located or could not be matched
	 * with a known trust anchor"; NSS also for an issuer that expired */
	{ 48, ABOUT_TRUST },
	/* access_denied: "a valid certificate [...] was received, but when
	 * access control was applied": an identity that is not wanted; NSS for
	 * a distrusted one, rustls for what the application says */
	{ 49, ABOUT_NAME | ABOUT_TRUST },
	/* bad_certificate_status_response (RFC 6066 8): a stapled response
	 * that is "not satisfactory"; JSSE also where it says revoked */
	{ 113, ABOUT_STAPLE | ABOUT_REVOKED },
	/* bad_certificate_hash_value (RFC 6066 5): a server's, of what a
	 * client's certificate URL led to */
	{ 114, 0 },
};

unsigned explain_alert(const struct tls_alert *alert)
{
	if (!check_reads_alert(alert) || alert->from != TLS_CLIENT)
		return ABOUT_ANY;
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (alerts[i].code == alert->code)
			return alerts[i].about;
	return ABOUT_ANY;
}

bool explain_refusal(const struct finding *f, const struct observation *o)
{
	return o->reaction.verdict == TLS_REJECTED &&
	       (f->explains & explain_alert(&o->hs->alert));
}
