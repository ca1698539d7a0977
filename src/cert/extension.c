/*
 * extension.c: the extensions of a certificate (RFC 5280 4.2), one row each.
 *
 * Their contents are read here and not by OpenSSL, so that one malformed value
 * costs only itself. Of an extension that comes twice the first counts.
 */
#include <openssl/objects.h>

#include "base/limits.h"
#include "cert/der.h"
#include "cert/parts.h"

struct extension {
	int nid;
	bool (*read)(struct arena *a, struct bytes der, struct cert *c);
};

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... } (4.2.1.9) */
static bool read_basic(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), seq, ca;
	uint8_t tag;

	(void)a;
	c->has_basic_constraints = true;
	if (der_expect(&r, DER_SEQUENCE, &seq) && rd_more(&seq) &&
	    der_next(&seq, &tag, &ca) && tag == DER_BOOLEAN)
		c->is_ca = rd_u8(&ca) != 0;
	return true;
}

/* KeyUsage ::= BIT STRING (4.2.1.3), numbered as X509v3_KU_*. */
static bool read_key_usage(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), bits;

	(void)a;
	c->has_key_usage = true;
	if (!der_expect(&r, DER_BITS, &bits))
		return true;
	rd_skip(&bits, 1); /* unused bits */
	c->key_usage = rd_more(&bits) ? rd_u8(&bits) : 0;
	if (rd_more(&bits))
		c->key_usage |= (unsigned)rd_u8(&bits) << 8;
	return true;
}

static unsigned usage_of(struct bytes oid)
{
	static const uint8_t kp[] = { 0x2b, 6, 1, 5, 5, 7, 3 };
	static const uint8_t any[] = { 0x55, 0x1d, 0x25, 0 };
	/* 1.3.6.1.4.1.311.10.3.3 and 2.16.840.1.113730.4.1 */
	static const uint8_t ms_sgc[] = {
		0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3
	};
	static const uint8_t ns_sgc[] = { 0x60, 0x86, 0x48, 1, 0x86,
					  0xf8, 0x42, 4,    1 };
	struct reader r = rd_whole(oid);

	if (bytes_eq(oid, bytes_of(any, sizeof any)))
		return CERT_EKU_ANY;
	if (bytes_eq(oid, bytes_of(ms_sgc, sizeof ms_sgc)) ||
	    bytes_eq(oid, bytes_of(ns_sgc, sizeof ns_sgc)))
		return CERT_EKU_SGC;
	if (oid.len == sizeof kp + 1 &&
	    bytes_eq(rd_bytes(&r, sizeof kp), bytes_of(kp, sizeof kp))) {
		uint8_t last = rd_u8(&r);

		if (last == 1)
			return CERT_EKU_SERVER;
		if (last == 2)
			return CERT_EKU_CLIENT;
	}
	return CERT_EKU_OTHER;
}

/* ExtKeyUsageSyntax ::= SEQUENCE OF OBJECT IDENTIFIER (4.2.1.12) */
static bool read_eku(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), seq, oid;

	(void)a;
	c->has_eku = true;
	if (!der_expect(&r, DER_SEQUENCE, &seq))
		return true;
	while (rd_more(&seq) && der_expect(&seq, DER_OID, &oid))
		c->eku |= usage_of(rd_rest(&oid));
	return true;
}

/* TLS feature: SEQUENCE OF INTEGER, 5 = status_request (RFC 7633 4.1) */
static bool read_feature(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), seq, n;
	struct bytes value;

	(void)a;
	if (!der_expect(&r, DER_SEQUENCE, &seq))
		return true;
	while (rd_more(&seq) && der_expect(&seq, DER_INTEGER, &n)) {
		value = rd_rest(&n);
		if (value.len == 1 && value.p[0] == 5)
			c->must_staple = true;
	}
	return true;
}

static bool read_scts(struct arena *a, struct bytes der, struct cert *c)
{
	(void)a;
	(void)der;
	c->has_scts = true;
	return true;
}

/*
 * The CA/B Forum's policies for TLS: 2.23.140.1.1 (EV) and 2.23.140.1.2.*
 * (DV, OV, IV); its others are for code and mail.
 */
static bool read_policies(struct arena *a, struct bytes der, struct cert *c)
{
	static const uint8_t cab[] = { 0x67, 0x81, 0x0c, 1 };
	struct reader r = rd_whole(der), seq, policy, oid;

	(void)a;
	if (!der_expect(&r, DER_SEQUENCE, &seq))
		return true;
	while (rd_more(&seq) && der_expect(&seq, DER_SEQUENCE, &policy)) {
		if (!der_expect(&policy, DER_OID, &oid) ||
		    !bytes_eq(rd_bytes(&oid, sizeof cab),
			      bytes_of(cab, sizeof cab)))
			continue;
		switch (rd_u8(&oid)) {
		case 1:
			c->has_cab_policy |= !rd_more(&oid);
			break;
		case 2:
			c->has_cab_policy |= rd_more(&oid);
			break;
		}
	}
	return true;
}

static bool keep(struct arena *a, const struct cert *c, struct bytes b,
		 struct bytes *out)
{
	if (b.len == 0)
		return true;
	*out = cert_keep(a, c, b);
	return out->p;
}

static bool read_subject_id(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), id;

	if (!der_expect(&r, DER_OCTETS, &id))
		return true;
	return keep(a, c, rd_rest(&id), &c->subject_key_id);
}

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] ... (4.2.1.1) */
static bool read_authority_id(struct arena *a, struct bytes der,
			      struct cert *c)
{
	struct reader r = rd_whole(der), seq, id;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &seq) || !rd_more(&seq) ||
	    !der_next(&seq, &tag, &id) || tag != DER_CONTEXT(0))
		return true;
	return keep(a, c, rd_rest(&id), &c->authority_key_id);
}

/* The whole extension is kept, so that the names can be views into it. */
static bool read_san(struct arena *a, struct bytes der, struct cert *c)
{
	struct bytes kept = cert_keep(a, c, der);

	c->has_san = true;
	return kept.p && cert_san_read(a, kept, c);
}

static const struct extension extensions[] = {
	{ NID_subject_alt_name, read_san },
	{ NID_basic_constraints, read_basic },
	{ NID_key_usage, read_key_usage },
	{ NID_ext_key_usage, read_eku },
	{ NID_subject_key_identifier, read_subject_id },
	{ NID_authority_key_identifier, read_authority_id },
	{ NID_certificate_policies, read_policies },
	{ NID_ct_precert_scts, read_scts },
	{ NID_tlsfeature, read_feature },
};

#define NUM_EXTENSIONS (sizeof extensions / sizeof *extensions)

bool cert_extensions_read(struct arena *a, const X509 *x, struct cert *c)
{
	int num = X509_get_ext_count(x);
	bool seen[NUM_EXTENSIONS] = { false };

	for (int i = 0; i < num; i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));
		struct bytes der = cert_asn1_bytes(X509_EXTENSION_get_data(e));

		for (size_t k = 0; k < NUM_EXTENSIONS; k++) {
			if (extensions[k].nid != nid || seen[k])
				continue;
			seen[k] = true;
			if (!extensions[k].read(a, der, c))
				return false;
		}
	}
	return true;
}

/* otherName: { type-id OID, value [0] EXPLICIT }; SRV: RFC 4985 2 */
static struct cert_san san_other(struct bytes b)
{
	static const uint8_t srv[] = { 0x2b, 6, 1, 5, 5, 7, 8, 7 };
	struct reader r = rd_whole(b), oid, value, text;
	struct cert_san s = { .type = CERT_SAN_OTHER, .value = b };
	uint8_t tag;

	if (der_expect(&r, DER_OID, &oid) &&
	    bytes_eq(rd_rest(&oid), bytes_of(srv, sizeof srv)) &&
	    der_expect(&r, DER_EXPLICIT(0), &value) &&
	    der_next(&value, &tag, &text)) {
		s.type = CERT_SAN_SRV;
		s.value = rd_rest(&text);
	}
	return s;
}

static struct cert_san san_of(uint8_t tag, struct bytes b)
{
	struct cert_san s = { .type = CERT_SAN_OTHER, .value = b };

	switch (tag) {
	case DER_EXPLICIT(0):
		return san_other(b);
	case DER_CONTEXT(1):
		s.type = CERT_SAN_EMAIL;
		break;
	case DER_CONTEXT(2):
		s.type = CERT_SAN_DNS;
		break;
	case DER_EXPLICIT(4):
		s.type = CERT_SAN_DIRECTORY;
		break;
	case DER_CONTEXT(6):
		s.type = CERT_SAN_URI;
		break;
	case DER_CONTEXT(7): /* RFC 5280 4.2.1.6: four or sixteen octets */
		if (b.len == 4 || b.len == 16)
			s.type = CERT_SAN_IP;
		break;
	}
	return s;
}

struct bytes cert_san_text(const struct cert_san *s, char ip[static ADDR_TEXT])
{
	struct addr a;

	if (s->type != CERT_SAN_IP)
		return s->value;
	a = s->value.len == 4 ? addr_v4(s->value.p) : addr_v6(s->value.p);
	addr_format(&a, ip);
	return bytes_str(ip);
}

bool cert_san_read(struct arena *a, struct bytes der, struct cert *c)
{
	struct reader r = rd_whole(der), seq, count, body;
	size_t num = 0;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &seq))
		return true;
	for (count = seq; rd_more(&count) && der_next(&count, &tag, &body);)
		num++;
	if (num > LIMIT_CERT_NAMES) {
		c->num_san_left = num - LIMIT_CERT_NAMES;
		num = LIMIT_CERT_NAMES;
	}
	if (num == 0)
		return true;
	c->san = arena_alloc(a, num * sizeof *c->san);
	if (!c->san)
		return false;
	while (c->num_san < num && der_next(&seq, &tag, &body))
		c->san[c->num_san++] = san_of(tag, rd_rest(&body));
	return true;
}
