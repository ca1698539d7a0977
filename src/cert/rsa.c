/* rsa.c: see rsa.h. */
#include "cert/rsa.h"

#include "cert/der.h"

/*
 * Of the primes from 3 to 167, those in M for keys of 512 bits and more, the
 * ones of which not every remainder is a power of 65537; those that tell the
 * most first, so that nearly every other key is told apart by one or two.
 */
static const uint16_t primes[] = {
	97, 37, 79, 11, 61, 73, 127, 151, 13, 17, 19, 53, 71, 103, 107,
	109, 157,
};

static unsigned remainder_of(struct bytes n, unsigned p)
{
	struct reader r = rd_whole(n);
	uint64_t rest = 0;

	for (size_t head = n.len % 4; head; head--)
		rest = (rest << 8 | rd_u8(&r)) % p;
	while (rd_more(&r))
		rest = (rest << 32 | rd_u32(&r)) % p;
	return (unsigned)rest;
}

static bool is_power(unsigned r, unsigned p)
{
	unsigned x = 1;

	do {
		if (x == r)
			return true;
		x = x * (65537 % p) % p;
	} while (x != 1);
	return false;
}

bool rsa_is_roca(struct bytes modulus)
{
	if (modulus.len < 64)
		return false; /* below 512 bits M is another */
	for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
		if (!is_power(remainder_of(modulus, primes[i]), primes[i]))
			return false;
	return true;
}

/* Certificate { TBSCertificate { [0] version, serial, algorithm, issuer,
 * validity, subject, subjectPublicKeyInfo ... (RFC 5280 4.1) */
static bool find_key(struct bytes certificate, struct reader *spki)
{
	struct reader r = rd_whole(certificate), cert, tbs, skipped;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &cert) ||
	    !der_expect(&cert, DER_SEQUENCE, &tbs) || !rd_more(&tbs))
		return false;
	if (rd_peek8(&tbs) == DER_EXPLICIT(0) &&
	    !der_next(&tbs, &tag, &skipped))
		return false;
	for (int i = 0; i < 5; i++)
		if (!der_next(&tbs, &tag, &skipped))
			return false;
	return der_expect(&tbs, DER_SEQUENCE, spki);
}

bool rsa_modulus(struct bytes certificate, struct bytes *out)
{
	static const uint8_t rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
				       0x0d, 1,	   1,	 1 };
	struct reader spki, alg, oid, bits, key, n;

	if (!find_key(certificate, &spki) ||
	    !der_expect(&spki, DER_SEQUENCE, &alg) ||
	    !der_expect(&alg, DER_OID, &oid) ||
	    !bytes_eq(rd_rest(&oid), bytes_of(rsa, sizeof rsa)) ||
	    !der_expect(&spki, DER_BITS, &bits))
		return false;
	rd_skip(&bits, 1); /* unused bits: none */
	if (!der_expect(&bits, DER_SEQUENCE, &key) ||
	    !der_expect(&key, DER_INTEGER, &n) || !rd_more(&n))
		return false;
	if (rd_peek8(&n) == 0)
		rd_skip(&n, 1);
	*out = rd_rest(&n);
	return out->len > 0;
}
