/* plain.c: see plain.h. */
#include "cert/plain.h"

#include "cert/der.h"

struct oid {
	uint8_t len, b[11];
};

/* RFC 4055 5, RFC 5758 3.2 */
static const struct oid algorithm_oids[] = {
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11 } },
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12 } },
	{ 9, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13 } },
	{ 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2 } },
	{ 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3 } },
	{ 8, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4 } },
};

const struct plain_algorithm plain_algorithms[] = {
	{ "SHA256", true },  { "SHA384", true },  { "SHA512", true },
	{ "SHA256", false }, { "SHA384", false }, { "SHA512", false },
};

const size_t num_plain_algorithms =
	sizeof plain_algorithms / sizeof *plain_algorithms;

static bool oid_is(struct bytes b, const struct oid *o)
{
	return bytes_eq(b, bytes_of(o->b, o->len));
}

/* The next element with its header; false where it is not of this tag. */
static bool element(struct reader *r, uint8_t tag, struct bytes *whole,
		    struct reader *body)
{
	struct reader start = *r;

	if (!der_expect(r, tag, body))
		return false;
	*whole = rd_bytes(&start, rd_offset(r) - rd_offset(&start));
	return rd_ok(&start);
}

/* OBJECT IDENTIFIER (X.690 8.19): the last octet ends a number, and none
 * begins with a padding octet. */
static bool is_oid(struct bytes b)
{
	struct reader r = rd_whole(b);
	bool first = true;

	if (!b.len)
		return false;
	while (rd_more(&r)) {
		uint8_t o = rd_u8(&r);

		if (first && o == 0x80)
			return false;
		first = o < 0x80;
	}
	return first;
}

/* AlgorithmIdentifier: RSA's have NULL parameters, ECDSA's none. */
static bool find_algorithm(struct reader *alg, size_t *out)
{
	struct reader oid, null;
	struct bytes id;

	if (!der_expect(alg, DER_OID, &oid))
		return false;
	id = rd_rest(&oid);
	for (size_t i = 0; i < num_plain_algorithms; i++) {
		if (!oid_is(id, &algorithm_oids[i]))
			continue;
		*out = i;
		if (!plain_algorithms[i].rsa)
			return rd_end(alg);
		return der_expect(alg, DER_NULL, &null) && rd_end(&null) &&
		       rd_end(alg);
	}
	return false;
}

static bool any_form(struct bytes der)
{
	(void)der;
	return true;
}

/* No authority, and no limit of path length, which only one may have. */
static bool basic_form(struct bytes der)
{
	struct reader r = rd_whole(der), seq, ca;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r))
		return false;
	if (!rd_more(&seq))
		return true;
	return der_expect(&seq, DER_BOOLEAN, &ca) && rd_u8(&ca) == 0 &&
	       rd_end(&ca) && rd_end(&seq);
}

static bool key_usage_form(struct bytes der)
{
	struct reader r = rd_whole(der), bits;
	uint8_t any = 0;

	if (!der_expect(&r, DER_BITS, &bits) || !rd_end(&r) ||
	    rd_u8(&bits) > 7 || rd_left(&bits).len > 2)
		return false;
	while (rd_more(&bits))
		any |= rd_u8(&bits);
	return any && rd_ok(&bits);
}

static bool eku_form(struct bytes der)
{
	struct reader r = rd_whole(der), seq, oid;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r))
		return false;
	while (rd_more(&seq))
		if (!der_expect(&seq, DER_OID, &oid) || !is_oid(rd_rest(&oid)))
			return false;
	return rd_ok(&seq);
}

static bool subject_id_form(struct bytes der)
{
	struct reader r = rd_whole(der), id;

	return der_expect(&r, DER_OCTETS, &id) && rd_end(&r);
}

/* The key's identifier alone: no issuer and serial number to compare. */
static bool authority_id_form(struct bytes der)
{
	struct reader r = rd_whole(der), seq, id;

	return der_expect(&r, DER_SEQUENCE, &seq) && rd_end(&r) &&
	       der_expect(&seq, DER_CONTEXT(0), &id) && rd_end(&seq);
}

/* Names that are plain strings: e-mail, DNS, URI, IP address. */
static bool names_form(struct reader *names)
{
	struct reader body;
	uint8_t tag;

	while (rd_more(names)) {
		if (!der_next(names, &tag, &body))
			return false;
		if (tag != DER_CONTEXT(1) && tag != DER_CONTEXT(2) &&
		    tag != DER_CONTEXT(6) && tag != DER_CONTEXT(7))
			return false;
	}
	return rd_ok(names);
}

static bool san_form(struct bytes der)
{
	struct reader r = rd_whole(der), seq;

	return der_expect(&r, DER_SEQUENCE, &seq) && rd_end(&r) &&
	       names_form(&seq);
}

/* DistributionPoints that are but full names (RFC 5280 4.2.1.13). */
static bool crl_form(struct bytes der)
{
	struct reader r = rd_whole(der), seq, point, name, full;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r))
		return false;
	while (rd_more(&seq))
		if (!der_expect(&seq, DER_SEQUENCE, &point) ||
		    !der_expect(&point, DER_EXPLICIT(0), &name) ||
		    !rd_end(&point) ||
		    !der_expect(&name, DER_EXPLICIT(0), &full) ||
		    !rd_end(&name) || !names_form(&full))
			return false;
	return rd_ok(&seq);
}

static const struct extension {
	struct oid oid;
	bool may_be_critical;
	bool (*form)(struct bytes der);
} extensions[] = {
	{ { 3, { 0x55, 0x1d, 17 } }, true, san_form },
	{ { 3, { 0x55, 0x1d, 19 } }, true, basic_form },
	{ { 3, { 0x55, 0x1d, 15 } }, true, key_usage_form },
	{ { 3, { 0x55, 0x1d, 37 } }, true, eku_form },
	{ { 3, { 0x55, 0x1d, 14 } }, false, subject_id_form },
	{ { 3, { 0x55, 0x1d, 35 } }, false, authority_id_form },
	{ { 3, { 0x55, 0x1d, 31 } }, false, crl_form },
	/* policies, authority information, feature, SCTs */
	{ { 3, { 0x55, 0x1d, 32 } }, false, any_form },
	{ { 8, { 0x2b, 6, 1, 5, 5, 7, 1, 1 } }, false, any_form },
	{ { 8, { 0x2b, 6, 1, 5, 5, 7, 1, 24 } }, false, any_form },
	{ { 10, { 0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2 } }, false, any_form },
};

#define NUM_EXTENSIONS (sizeof extensions / sizeof *extensions)

static bool extension_is_plain(struct reader *e, bool seen[NUM_EXTENSIONS])
{
	struct reader oid, flag, value;
	struct bytes id;
	bool critical = false;

	if (!der_expect(e, DER_OID, &oid))
		return false;
	id = rd_rest(&oid);
	if (rd_more(e) && rd_peek8(e) == DER_BOOLEAN) {
		if (!der_expect(e, DER_BOOLEAN, &flag))
			return false;
		critical = rd_u8(&flag) != 0;
		if (!rd_end(&flag))
			return false;
	}
	if (!der_expect(e, DER_OCTETS, &value) || !rd_end(e))
		return false;
	for (size_t i = 0; i < NUM_EXTENSIONS; i++) {
		if (!oid_is(id, &extensions[i].oid))
			continue;
		if (seen[i] || (critical && !extensions[i].may_be_critical))
			return false;
		seen[i] = true;
		return extensions[i].form(rd_rest(&value));
	}
	return false;
}

static bool extensions_are_plain(struct reader *tbs)
{
	bool seen[NUM_EXTENSIONS] = { false };
	struct reader wrap, seq, e;

	if (!rd_more(tbs))
		return true;
	if (!der_expect(tbs, DER_EXPLICIT(3), &wrap) || !rd_end(tbs) ||
	    !der_expect(&wrap, DER_SEQUENCE, &seq) || !rd_end(&wrap))
		return false;
	while (rd_more(&seq))
		if (!der_expect(&seq, DER_SEQUENCE, &e) ||
		    !extension_is_plain(&e, seen))
			return false;
	return rd_ok(&seq);
}

/* TBSCertificate (RFC 5280 4.1.2) up to the extensions; *inner is the
 * signature's algorithm. */
static bool tbs_is_plain(struct reader *tbs, struct bytes *inner)
{
	struct reader version, n, skipped;

	if (!der_expect(tbs, DER_EXPLICIT(0), &version) ||
	    !der_expect(&version, DER_INTEGER, &n) || rd_u8(&n) != 2 ||
	    !rd_end(&n) || !rd_end(&version) ||
	    !der_expect(tbs, DER_INTEGER, &skipped) ||
	    !element(tbs, DER_SEQUENCE, inner, &skipped))
		return false;
	for (int i = 0; i < 4; i++) /* issuer, validity, subject, key */
		if (!der_expect(tbs, DER_SEQUENCE, &skipped))
			return false;
	return extensions_are_plain(tbs);
}

bool plain_read(struct bytes der, struct plain *out)
{
	struct reader r = rd_whole(der), cert, tbs, alg, bits;
	struct bytes inner, outer;
	struct plain p;

	if (!der_expect(&r, DER_SEQUENCE, &cert) || !rd_end(&r) ||
	    !element(&cert, DER_SEQUENCE, &p.tbs, &tbs) ||
	    !element(&cert, DER_SEQUENCE, &outer, &alg) ||
	    !der_expect(&cert, DER_BITS, &bits) || !rd_end(&cert) ||
	    rd_u8(&bits) != 0)
		return false;
	p.signature = rd_rest(&bits);
	if (!p.signature.len || !find_algorithm(&alg, &p.algorithm) ||
	    !tbs_is_plain(&tbs, &inner) || !bytes_eq(inner, outer))
		return false;
	*out = p;
	return true;
}
