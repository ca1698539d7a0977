/*
 * der.h: a walk over DER, and the times of a certificate. Private to cert/.
 *
 * Tolerant where it costs nothing: lengths need not be minimal (BER, X.690
 * 8.1.3). Tags above 30 and indefinite lengths are refused.
 */
#ifndef CERT_DER_H
#define CERT_DER_H

#include "base/reader.h"

#define DER_BOOLEAN   0x01
#define DER_INTEGER   0x02
#define DER_BITS	  0x03
#define DER_OCTETS    0x04
#define DER_NULL      0x05
#define DER_OID	      0x06
#define DER_UTC_TIME  0x17
#define DER_TIME      0x18
#define DER_SEQUENCE  0x30
#define DER_CONTEXT(n) (0x80 | (n))	/* [n] IMPLICIT, primitive */
#define DER_EXPLICIT(n) (0xa0 | (n))	/* [n], constructed */

/* Reads one element; false, and r failed, where there is no sound one. */
bool der_next(struct reader *r, uint8_t *tag, struct reader *body);
/* The same, but the tag is demanded. */
bool der_expect(struct reader *r, uint8_t tag, struct reader *body);
/* Why bytes that OpenSSL refuses are no certificate, and at which byte. */
const char *der_fault(struct bytes der, uint32_t *at);
/* The offset of the Validity in a certificate; 0 where it is not found. */
uint32_t der_validity_at(struct bytes der);
/*
 * UTCTime (utc) or GeneralizedTime as seconds since 1970. RFC 5280 4.1.2.5
 * demands seconds and Z; seen in the wild and taken: no seconds, an offset
 * (+hhmm), fractions (dropped), no zone at all (UTC).
 */
bool der_time(struct bytes text, bool utc, int64_t *out);

#endif
