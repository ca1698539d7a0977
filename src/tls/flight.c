/* flight.c: see flight.h. */
#include "tls/flight.h"

/* One record with all of it is at least so long: the smallest certificates,
 * signature and Finished; EncryptedExtensions alone are shorter. */
#define WHOLE_MIN 500

/* RFC 8446 4: type and length of a message; 4.4.2: context, length of the
 * list, of a certificate and of its extensions */
#define HEAD	  4
#define LIST_HEAD (1 + 3)
#define MEMBER	  (3 + 2)
/* RFC 8446 4.4.2.1: extension, its length, status_type, OCSPResponse */
#define STAPLE (2 + 2 + 1 + 3)

static bool is_readable(const struct tls_handshake *hs)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];

	return hs->carrier == TLS_OVER_TCP && hs->server.seen &&
	       tls_version_is_13(hs->server.version) && !hs->server.psk &&
	       !s->gap && !s->truncated && !s->midstream && s->num_sealed;
}

/*
 * EncryptedExtensions, perhaps CertificateRequest, Certificate,
 * CertificateVerify, and the Finished, whose length is known: 3 or 4 records
 * stand before it. More are fragments of something.
 */
static bool has_finished(const struct tls_side_facts *s, unsigned len,
			 unsigned *at)
{
	for (unsigned i = 3; i <= 4 && i < s->num_sealed; i++) {
		if (s->sealed[i] != len)
			continue;
		*at = i;
		return true;
	}
	return false;
}

void tls_flight(const struct tls_handshake *hs, struct tls_flight *out)
{
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	unsigned hash, tag, at;

	*out = (struct tls_flight){ .of = TLS_FLIGHT_UNKNOWN };
	if (!is_readable(hs) || !tls_suite_13(hs->server.suite, &hash, &tag))
		return;
	for (unsigned pad = 0; pad <= TLS_JSSE_PADDING;
	     pad += TLS_JSSE_PADDING) {
		unsigned more = 1 + tag + pad;

		if (!has_finished(s, HEAD + hash + more, &at) ||
		    s->sealed[at - 2] <= more)
			continue;
		out->of = TLS_FLIGHT_CERTIFICATE;
		out->len = s->sealed[at - 2] - more;
		return;
	}
	if (s->sealed[0] < WHOLE_MIN)
		return;
	out->of = TLS_FLIGHT_WHOLE;
	out->len = s->sealed[0] - 1 - tag;
}

uint32_t tls_flight_certificate(const struct tls_chain *chain,
				size_t staple_len)
{
	size_t n = HEAD + LIST_HEAD + (staple_len ? STAPLE + staple_len : 0);

	for (size_t i = 0; i < chain->num_certs; i++)
		n += MEMBER + chain->certs[i].len;
	return (uint32_t)n;
}
