/*
 * flaw.c: extensions that are there twice, and values that are not what RFC
 * 5280 4.2 says they are: verifiers refuse such certificates, each its own
 * choice of them. The facts are read all the same (extension.c). And wildcards
 * that are wider than they may be.
 */
#include <openssl/objects.h>

#include "base/limits.h"
#include "cert/der.h"
#include "cert/parts.h"
#include "cert/suffix.h"

/* All of it is one element of this tag, with at least one inside. */
static bool is_list(struct bytes der, uint8_t tag, struct reader *list)
{
	struct reader r = rd_whole(der);

	return der_expect(&r, tag, list) && rd_end(&r) && rd_more(list);
}

/* SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static bool is_basic(struct bytes der)
{
	struct reader r = rd_whole(der), seq, body;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r))
		return false;
	while (rd_more(&seq))
		if (!der_next(&seq, &tag, &body) ||
		    (tag != DER_BOOLEAN && tag != DER_INTEGER) ||
		    !rd_more(&body))
			return false;
	return true;
}

/* A BIT STRING: the number of unused bits, and bits (4.2.1.3). */
static bool is_bits(struct bytes der)
{
	struct reader r = rd_whole(der), bits;

	return der_expect(&r, DER_BITS, &bits) && rd_end(&r) &&
	       rd_u8(&bits) < 8 && rd_more(&bits);
}

static bool is_usages(struct bytes der)
{
	struct reader list, oid;

	if (!is_list(der, DER_SEQUENCE, &list))
		return false;
	while (rd_more(&list))
		if (!der_expect(&list, DER_OID, &oid) || !rd_more(&oid))
			return false;
	return true;
}

/* GeneralName is [0] to [8]; an address has four or sixteen octets, and names
 * are ASCII (4.2.1.6). */
static bool is_general_name(uint8_t tag, struct bytes b)
{
	bool text = tag == DER_CONTEXT(1) || tag == DER_CONTEXT(2) ||
		    tag == DER_CONTEXT(6);

	if ((tag & 0xc0) != 0x80 || (tag & 0x1f) > 8)
		return false;
	if (tag == DER_CONTEXT(7))
		return b.len == 4 || b.len == 16;
	for (size_t i = 0; text && i < b.len; i++)
		if (b.p[i] >= 0x80)
			return false;
	return true;
}

static bool is_names(struct bytes der)
{
	struct reader list, body;
	uint8_t tag;

	if (!is_list(der, DER_SEQUENCE, &list))
		return false;
	while (rd_more(&list))
		if (!der_next(&list, &tag, &body) ||
		    !is_general_name(tag, rd_left(&body)))
			return false;
	return true;
}

static bool is_octets(struct bytes der)
{
	struct reader r = rd_whole(der), id;

	return der_expect(&r, DER_OCTETS, &id) && rd_end(&r);
}

/* A SEQUENCE of whatever, all of it sound. */
static bool is_sequence(struct bytes der)
{
	struct reader r = rd_whole(der), seq, body;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_end(&r))
		return false;
	while (rd_more(&seq))
		if (!der_next(&seq, &tag, &body))
			return false;
	return true;
}

static const struct {
	int nid;
	const char *name;
	bool (*is_sound)(struct bytes der);
} rows[] = {
	{ NID_subject_alt_name, "subjectAltName", is_names },
	{ NID_basic_constraints, "basicConstraints", is_basic },
	{ NID_key_usage, "keyUsage", is_bits },
	{ NID_ext_key_usage, "extendedKeyUsage", is_usages },
	{ NID_subject_key_identifier, "subjectKeyIdentifier", is_octets },
	{ NID_authority_key_identifier, "authorityKeyIdentifier",
	  is_sequence },
	{ NID_certificate_policies, "certificatePolicies", is_sequence },
	{ NID_name_constraints, "nameConstraints", is_sequence },
	{ NID_crl_distribution_points, "cRLDistributionPoints",
	  is_sequence },
	{ NID_info_access, "authorityInfoAccess", is_sequence },
	{ NID_tlsfeature, "TLS feature", is_sequence },
	{ NID_ct_precert_scts, "SCT list", is_octets },
};

#define NUM_ROWS (sizeof rows / sizeof *rows)

static bool is_twice(const X509 *x, int at, const ASN1_OBJECT *oid)
{
	for (int i = 0; i < at; i++)
		if (!OBJ_cmp(X509_EXTENSION_get_object(X509_get_ext(x, i)),
			     oid))
			return true;
	return false;
}

static const char *name_of(struct arena *a, const ASN1_OBJECT *oid)
{
	int nid = OBJ_obj2nid(oid);

	for (size_t i = 0; i < NUM_ROWS; i++)
		if (rows[i].nid == nid)
			return rows[i].name;
	return cert_oid_text(a, oid);
}

static bool is_sound(const ASN1_OBJECT *oid, struct bytes der)
{
	int nid = OBJ_obj2nid(oid);

	for (size_t i = 0; i < NUM_ROWS; i++)
		if (rows[i].nid == nid)
			return rows[i].is_sound(der);
	return true; /* what nobody reads does no harm */
}

static bool tell(struct arena *a, struct cert *c, const ASN1_OBJECT *oid,
		 const char *what)
{
	const char *name = name_of(a, oid);

	c->flaw = name ? arena_printf(a, "the extension %s %s", name, what)
		       : NULL;
	return c->flaw;
}

static bool is_wide(const struct cert_san *s)
{
	return s->type == CERT_SAN_DNS && s->value.len > 2 &&
	       s->value.p[0] == '*' && s->value.p[1] == '.' &&
	       suffix_is_public(bytes_tail(s->value, 2));
}

static void find_wide(struct cert *c)
{
	for (size_t i = 0; i < c->num_san && i < LIMIT_EVENT_NAMES; i++)
		if (is_wide(&c->san[i])) {
			c->wide = &c->san[i];
			return;
		}
}

bool cert_flaw_read(struct arena *a, const X509 *x, struct cert *c)
{
	int num = X509_get_ext_count(x);

	find_wide(c);
	for (int i = 0; i < num && i < LIMIT_CERT_EXTENSIONS; i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(e);

		if (is_twice(x, i, oid))
			return tell(a, c, oid, "is there twice");
		if (!is_sound(oid, cert_asn1_bytes(X509_EXTENSION_get_data(e))))
			return tell(a, c, oid, "is not as RFC 5280 has it");
	}
	return true;
}
