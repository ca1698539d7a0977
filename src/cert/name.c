/*
 * name.c: a distinguished name as text and by attribute; always valid UTF-8,
 * whatever the string types claim (RFC 4514, RFC 5280 4.1.2.4).
 */
#include <stdio.h>

#include <openssl/objects.h>

#include "base/limits.h"
#include "base/reader.h"
#include "cert/parts.h"

/* Text being written into a fixed space; what does not fit is cut. */
struct text {
	char s[LIMIT_CERT_DN + 4]; /* "..." where it was cut */
	size_t len;
	bool cut;
};

static void text_add(struct text *t, const char *s, size_t len)
{
	if (t->cut || len > LIMIT_CERT_DN - t->len) {
		t->cut = true; /* never half a character or escape */
		return;
	}
	memcpy(t->s + t->len, s, len);
	t->len += len;
}

static char *text_take(struct text *t, struct arena *a)
{
	if (t->cut) {
		memcpy(t->s + t->len, "...", 3);
		t->len += 3;
	}
	return arena_str(a, bytes_of(t->s, t->len));
}

static void text_hex(struct text *t, uint8_t b)
{
	static const char hex[] = "0123456789ABCDEF";
	char s[3] = { '\\', hex[b >> 4], hex[b & 15] };

	text_add(t, s, 3);
}

/*
 * One character. Control characters (C0, DEL, C1) are escaped as RFC 4514 2.4
 * does it for NUL, so that no text from the wire drives a terminal.
 */
static void text_char(struct text *t, uint32_t c)
{
	char s[4];

	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x20 || c == 0x7f) {
		text_hex(t, (uint8_t)c);
	} else if (c < 0x80) {
		s[0] = (char)c;
		text_add(t, s, 1);
	} else if (c < 0xa0) {
		char e[6] = { '\\', 'C', '2', '\\',
			      (char)(c < 0x90 ? '8' : '9'),
			      "0123456789ABCDEF"[c & 15] };
		text_add(t, e, 6);
	} else if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3f));
		text_add(t, s, 2);
	} else if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3f));
		s[2] = (char)(0x80 | (c & 0x3f));
		text_add(t, s, 3);
	} else {
		s[0] = (char)(0xf0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 0x3f));
		s[2] = (char)(0x80 | (c >> 6 & 0x3f));
		s[3] = (char)(0x80 | (c & 0x3f));
		text_add(t, s, 4);
	}
}

/* One character of UTF-8 (RFC 3629); U+FFFD for a byte that begins none. */
static uint32_t next_utf8(struct reader *r)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = rd_u8(r);
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t c = first & (0x3fu >> more);
	struct reader ahead = *r;

	if (first < 0x80)
		return first;
	if (first < 0xc2 || first > 0xf4)
		return 0xfffd;
	for (unsigned i = 0; i < more; i++) {
		uint8_t b = rd_u8(&ahead);

		if ((b & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (b & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0xfffd;
	*r = ahead;
	return c;
}

/* The next character of an attribute value of this ASN.1 type. */
static uint32_t next_char(struct reader *r, int type)
{
	switch (type) {
	case V_ASN1_BMPSTRING:
		if (rd_left(r).len >= 2)
			return rd_u16(r);
		rd_rest(r);
		return 0xfffd;
	case V_ASN1_UNIVERSALSTRING:
		if (rd_left(r).len >= 4)
			return rd_u32(r);
		rd_rest(r);
		return 0xfffd;
	case V_ASN1_T61STRING: /* by custom Latin-1, as all libraries do */
		return rd_u8(r);
	default: /* PrintableString with UTF-8 inside is seen in the wild */
		return next_utf8(r);
	}
}

static bool is_text(int type)
{
	return type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING ||
	       type == V_ASN1_IA5STRING || type == V_ASN1_NUMERICSTRING ||
	       type == V_ASN1_VISIBLESTRING || type == V_ASN1_T61STRING ||
	       type == V_ASN1_BMPSTRING || type == V_ASN1_UNIVERSALSTRING;
}

/* RFC 4514 2.4; what is no string becomes '#' and its bytes in hex. */
static void put_value(struct text *t, const ASN1_STRING *v, bool escape)
{
	int type = ASN1_STRING_type(v);
	struct reader r = rd_whole(cert_asn1_bytes(v));
	bool first = true;

	if (!is_text(type)) {
		text_add(t, "#", 1);
		while (rd_more(&r) && !t->cut) {
			char s[3];

			snprintf(s, sizeof s, "%02x", rd_u8(&r));
			text_add(t, s, 2);
		}
		return;
	}
	while (rd_more(&r) && !t->cut) {
		uint32_t c = next_char(&r, type);
		bool edge = (c == ' ' && (first || !rd_more(&r))) ||
			    (c == '#' && first);

		if (escape && c > 0 && c < 0x80 &&
		    (edge || strchr("\"+,;<>\\", (int)c)))
			text_add(t, "\\", 1);
		text_char(t, c);
		first = false;
	}
}

/* RFC 4514 3 has nine short names; beyond them OpenSSL's are well known. */
static void put_type(struct text *t, const ASN1_OBJECT *oid)
{
	int nid = OBJ_obj2nid(oid);
	const char *name = OBJ_nid2sn(nid);
	char dotted[128];
	int n;

	if (nid == NID_streetAddress)
		name = "STREET";
	if (nid == NID_undef || !name) {
		n = OBJ_obj2txt(dotted, sizeof dotted, oid, 1);
		name = n > 0 ? dotted : "?";
	}
	text_add(t, name, strlen(name));
}

/* Puts the RDN that ends before entry "end"; gives where it begins. */
static int put_rdn(struct text *t, const X509_NAME *x, int end)
{
	int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(x, end - 1));
	int begin = end - 1;

	while (begin > 0 &&
	       X509_NAME_ENTRY_set(X509_NAME_get_entry(x, begin - 1)) == set)
		begin--;
	for (int i = begin; i < end && !t->cut; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(x, i);

		if (i > begin)
			text_add(t, "+", 1);
		put_type(t, X509_NAME_ENTRY_get_object(e));
		text_add(t, "=", 1);
		put_value(t, X509_NAME_ENTRY_get_data(e), true);
	}
	return begin;
}

static struct cert_values *values_of(struct cert_name *n,
				     const X509_NAME_ENTRY *e)
{
	switch (OBJ_obj2nid(X509_NAME_ENTRY_get_object(e))) {
	case NID_commonName:
		return &n->common_name;
	case NID_organizationName:
		return &n->organization;
	case NID_organizationalUnitName:
		return &n->organizational_unit;
	case NID_localityName:
		return &n->locality;
	case NID_stateOrProvinceName:
		return &n->state_or_province;
	case NID_countryName:
		return &n->country;
	default:
		return NULL;
	}
}

static bool values_read(struct arena *a, const X509_NAME *x, struct text *t,
			struct cert_name *n)
{
	int num = X509_NAME_entry_count(x);
	struct cert_values *all[] = { &n->common_name, &n->organization,
				      &n->organizational_unit, &n->locality,
				      &n->state_or_province, &n->country };
	struct cert_values *v;

	for (int i = 0; i < num; i++) {
		v = values_of(n, X509_NAME_get_entry(x, i));
		if (v)
			v->num++;
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (all[i]->num)
			all[i]->v =
				arena_alloc(a, all[i]->num * sizeof(char *));
		if (all[i]->num && !all[i]->v)
			return false;
		all[i]->num = 0;
	}
	for (int i = 0; i < num; i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(x, i);

		v = values_of(n, e);
		if (!v)
			continue;
		t->len = 0;
		t->cut = false;
		put_value(t, X509_NAME_ENTRY_get_data(e), false);
		v->v[v->num] = text_take(t, a);
		if (!v->v[v->num++])
			return false;
	}
	return true;
}

bool cert_name_read(struct arena *a, const struct cert *c,
		    const X509_NAME *x, struct cert_name *out)
{
	struct text t = { .len = 0 };
	struct cert_name n = { .text = NULL };
	const unsigned char *der;
	size_t len;

	if (X509_NAME_get0_der(x, &der, &len) == 1) {
		n.der = cert_keep(a, c, bytes_of(der, len));
		if (!n.der.p)
			return false;
	}
	for (int end = X509_NAME_entry_count(x); end > 0 && !t.cut;) {
		end = put_rdn(&t, x, end);
		if (end > 0)
			text_add(&t, ", ", 2);
	}
	n.text = text_take(&t, a);
	if (!n.text || !values_read(a, x, &t, &n))
		return false;
	*out = n;
	return true;
}
