/*
 * match.c: is this certificate for that name? (RFC 9525 6; see match.h)
 *
 * The rules first, one tight loop over the names; then, only where nothing
 * matched, why not and what came closest.
 */
#include "cert/match.h"

#include "base/addr.h"

#define NAME_MAX_LEN 253 /* RFC 1035 2.3.4, as text without the last dot */
#define LABEL_MAX    63
/* The closest name is looked for by edit distance among so many of the best,
 * and over so many bytes: it is a hint, and names come from strangers. */
#define NEAREST_NUM 64
#define NEAREST_LEN 64

const char *const match_reasons[] = {
	[MATCH_OK] = NULL,
	[MATCH_CN_ONLY] = "cn_only",
	[MATCH_WILDCARD_DEPTH] = "wildcard_depth",
	[MATCH_PARTIAL_WILDCARD] = "partial_wildcard",
	[MATCH_NO_SAN] = "no_san",
	[MATCH_DIFFERENT_NAME] = "different_name",
	[MATCH_ADDRESS_NOT_LISTED] = "address_not_listed",
};

/* A reference name: lower case, no dot at the end. */
struct ref {
	uint8_t b[NAME_MAX_LEN];
	size_t len;
	size_t dot;  /* where the first label ends */
	size_t dots; /* how many */
	bool ascii_label; /* the first one */
};

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_name_byte(uint8_t c)
{
	c = fold(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

static struct bytes strip_dot(struct bytes b)
{
	return b.len && b.p[b.len - 1] == '.' ? bytes_head(b, b.len - 1) : b;
}

/*
 * Reads a reference: labels of name bytes, or of UTF-8, which is compared as
 * it is (a client that states a U-label has not converted it: RFC 9525 6.3).
 */
static bool ref_read(struct bytes name, struct ref *out)
{
	struct ref r = { .ascii_label = true };
	size_t label = 0;

	name = strip_dot(name);
	if (name.len == 0 || name.len > NAME_MAX_LEN)
		return false;
	r.len = r.dot = name.len;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = fold(name.p[i]);

		r.b[i] = c;
		if (c == '.') {
			if (label == 0)
				return false;
			if (r.dots++ == 0)
				r.dot = i;
			label = 0;
			continue;
		}
		if ((c < 0x80 && !is_name_byte(c)) || ++label > LABEL_MAX)
			return false;
		if (c >= 0x80 && r.dots == 0)
			r.ascii_label = false;
	}
	if (label == 0)
		return false;
	*out = r;
	return true;
}

/* Do the n last bytes of both agree? Both are at least that long. */
static bool same_tail(struct bytes pattern, const struct ref *r, size_t n)
{
	const uint8_t *b = r->b;
	size_t p = pattern.len - n, q = r->len - n;

	for (size_t i = 0; i < n; i++) {
		if (pattern.p[p + i] != b[q + i] &&
		    fold(pattern.p[p + i]) != b[q + i])
			return false;
	}
	return true;
}

static bool is_wildcard(struct bytes pattern)
{
	return pattern.len > 2 && pattern.p[0] == '*' && pattern.p[1] == '.';
}

/*
 * RFC 9525 6.3: '*' is the whole leftmost label and stands for exactly one.
 * Two labels have to follow it, as browsers and OpenSSL demand: "*.com" is
 * nobody's. An asterisk elsewhere equals nothing, since references have none.
 */
static bool pattern_fits(struct bytes pattern, const struct ref *r)
{
	if (!is_wildcard(pattern))
		return pattern.len == r->len && same_tail(pattern, r, r->len);
	return r->dots >= 2 && pattern.len - 1 == r->len - r->dot &&
	       r->ascii_label && same_tail(pattern, r, pattern.len - 1);
}

bool match_pattern(struct bytes pattern, struct bytes name)
{
	struct ref r;

	return ref_read(name, &r) && pattern_fits(pattern, &r);
}

bool match_is_dns_name(struct bytes name)
{
	struct ref r;

	if (!ref_read(name, &r))
		return false;
	for (size_t i = 0; i < r.len; i++) {
		if (r.b[i] >= 0x80)
			return false;
	}
	return true;
}

/* "[::1]" is how addresses are written in CONNECT targets. */
static bool ref_address(struct bytes name, struct addr *out)
{
	name = strip_dot(name);
	if (name.len > 2 && name.p[0] == '[' && name.p[name.len - 1] == ']')
		name = bytes_tail(bytes_head(name, name.len - 1), 1);
	return addr_parse((const char *)name.p, name.len, out);
}

/* How does pattern miss r, beyond being another name? */
static enum match_reason pattern_miss(struct bytes pattern,
				      const struct ref *r)
{
	const uint8_t *star;
	size_t before, after;
	struct bytes head;

	if (pattern.len > NAME_MAX_LEN || pattern.len == 0)
		return MATCH_DIFFERENT_NAME;
	star = memchr(pattern.p, '*', pattern.len);
	if (!star)
		return MATCH_DIFFERENT_NAME;
	before = (size_t)(star - pattern.p);
	after = pattern.len - before - 1;
	if (memchr(bytes_tail(pattern, before + 1).p, '*', after))
		return MATCH_DIFFERENT_NAME;
	if (is_wildcard(pattern)) {
		/* the name itself, or too deep, under at least two labels */
		bool apex = r->dots && r->len == after - 1;
		bool deep = r->len > after + r->dot &&
			    memchr(bytes_tail(pattern, 2).p, '.', after - 1);

		if ((apex || deep) && same_tail(pattern, r,
						apex ? after - 1 : after))
			return MATCH_WILDCARD_DEPTH;
		return MATCH_DIFFERENT_NAME;
	}
	/* one asterisk inside a label, or in another than the first */
	if (r->len < before + after || !same_tail(pattern, r, after))
		return MATCH_DIFFERENT_NAME;
	head = bytes_head(pattern, before);
	for (size_t i = 0; i < r->len - after; i++) {
		if (i < before ? fold(head.p[i]) != r->b[i] : r->b[i] == '.')
			return MATCH_DIFFERENT_NAME;
	}
	return before + after ? MATCH_PARTIAL_WILDCARD : MATCH_DIFFERENT_NAME;
}

/* How many whole labels agree, from the right; same: how many bytes. */
static size_t common_labels(struct bytes p, const struct ref *r, size_t *same)
{
	size_t n = 0, i;

	for (i = 0; i < p.len && i < r->len; i++) {
		uint8_t c = r->b[r->len - 1 - i];

		if (fold(p.p[p.len - 1 - i]) != c)
			break;
		n += c == '.';
	}
	*same = i;
	if ((i == p.len || p.p[p.len - 1 - i] == '.') &&
	    (i == r->len || r->b[r->len - 1 - i] == '.'))
		n++; /* the label before which one of them ends */
	return n;
}

/* Levenshtein's distance of what is left of the same end; NEAREST_LEN or more
 * where that is long. */
static size_t distance(struct bytes p, const struct ref *r, size_t same)
{
	uint8_t row[NEAREST_LEN + 1];
	size_t a = p.len - same, b = r->len - same;

	if (a >= NEAREST_LEN || b >= NEAREST_LEN)
		return NEAREST_LEN + (a > b ? a - b : b - a);
	for (size_t j = 0; j <= b; j++)
		row[j] = (uint8_t)j;
	for (size_t i = 1; i <= a; i++) {
		uint8_t diagonal = row[0];

		row[0] = (uint8_t)i;
		for (size_t j = 1; j <= b; j++) {
			uint8_t best = diagonal;

			diagonal = row[j];
			best = (uint8_t)(best +
					 (fold(p.p[i - 1]) !=
					  r->b[j - 1]));
			if (row[j] + 1 < best)
				best = (uint8_t)(row[j] + 1);
			if (row[j - 1] + 1 < best)
				best = (uint8_t)(row[j - 1] + 1);
			row[j] = best;
		}
	}
	return row[b];
}

/* The dNSName with most labels of r at its end, then the most alike. */
static struct bytes nearest(const struct cert *c, const struct ref *r)
{
	size_t most = 0, best = SIZE_MAX, num = 0, same;
	struct bytes found = bytes_of(NULL, 0);

	for (size_t i = 0; i < c->num_san; i++) {
		struct bytes v = c->san[i].value;
		size_t labels;

		if (c->san[i].type != CERT_SAN_DNS)
			continue;
		labels = common_labels(v, r, &same);
		if (labels > most)
			most = labels;
	}
	for (size_t i = 0; i < c->num_san && num < NEAREST_NUM; i++) {
		struct bytes v = c->san[i].value;
		size_t far;

		if (c->san[i].type != CERT_SAN_DNS ||
		    common_labels(v, r, &same) != most)
			continue;
		num++;
		far = distance(v, r, same);
		if (far < best) {
			best = far;
			found = v;
		}
	}
	return found;
}

/* Could the CN be meant as a DNS name? */
static bool cn_is_name(struct bytes cn)
{
	if (is_wildcard(cn))
		cn = bytes_tail(cn, 2);
	return match_is_dns_name(cn);
}

/* The first CN that is a name; with r: that is this name. */
static struct bytes cn_find(const struct cert *c, const struct ref *r,
			    bool dotted)
{
	const struct cert_values *cn = &c->subject.common_name;

	for (size_t i = cn->num; i-- > 0;) { /* the most specific is last */
		struct bytes b = bytes_str(cn->v[i]);

		if (r ? pattern_fits(b, r) :
			cn_is_name(b) && (!dotted || memchr(b.p, '.', b.len)))
			return b;
	}
	return bytes_of(NULL, 0);
}

static size_t num_of(const struct cert *c, enum cert_san_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < c->num_san; i++)
		n += c->san[i].type == type;
	return n;
}

static bool is_other_identity(const struct cert *c)
{
	return !num_of(c, CERT_SAN_DNS) && !num_of(c, CERT_SAN_IP) &&
	       (num_of(c, CERT_SAN_URI) || num_of(c, CERT_SAN_SRV) ||
		num_of(c, CERT_SAN_EMAIL)) &&
	       !cn_find(c, NULL, true).p;
}

static bool match_fits(const struct cert *c, const struct ref *r,
		       struct bytes *out)
{
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].type == CERT_SAN_DNS &&
		    pattern_fits(c->san[i].value, r)) {
			*out = c->san[i].value;
			return true;
		}
	}
	return false;
}

/* Nothing fitted: why, and what came closest. */
static void match_miss(const struct cert *c, const struct ref *r,
		       struct match *m)
{
	struct bytes cn;

	m->reason = MATCH_DIFFERENT_NAME;
	for (size_t i = 0; i < c->num_san; i++) {
		enum match_reason why;

		if (c->san[i].type != CERT_SAN_DNS)
			continue;
		why = pattern_miss(c->san[i].value, r);
		if (why == MATCH_PARTIAL_WILDCARD ||
		    (why == MATCH_WILDCARD_DEPTH &&
		     m->reason == MATCH_DIFFERENT_NAME)) {
			m->reason = why;
			m->closest = c->san[i].value;
		}
	}
	if (m->reason != MATCH_DIFFERENT_NAME)
		return;
	if (num_of(c, CERT_SAN_DNS)) {
		m->closest = nearest(c, r);
		return;
	}
	cn = cn_find(c, r, false);
	if (cn.p)
		m->reason = MATCH_CN_ONLY;
	else if (!num_of(c, CERT_SAN_IP))
		m->reason = MATCH_NO_SAN;
	m->closest = cn.p ? cn : cn_find(c, NULL, false);
}

/* A dNSName or CN that holds the address as text: a common mistake. */
static struct bytes address_as_name(const struct cert *c, const struct addr *a)
{
	const struct cert_values *cn = &c->subject.common_name;
	struct bytes first = bytes_of(NULL, 0);
	struct addr b;

	for (size_t i = 0; i < c->num_san; i++) {
		struct bytes v = c->san[i].value;

		if (c->san[i].type != CERT_SAN_DNS)
			continue;
		if (ref_address(v, &b) && addr_eq(a, &b))
			return v;
		if (!first.p)
			first = v;
	}
	for (size_t i = 0; i < cn->num; i++) {
		struct bytes v = bytes_str(cn->v[i]);

		if (ref_address(v, &b) && addr_eq(a, &b))
			return v;
	}
	return first.p ? first : cn_find(c, NULL, false);
}

/* RFC 9525 6.4: octet by octet, against iPAddress only. */
static void match_address(const struct cert *c, const struct addr *a,
			  struct match *m)
{
	struct bytes want = bytes_of(a->b, a->family == 4 ? 4 : 16);

	m->is_ip = true;
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].type == CERT_SAN_IP &&
		    bytes_eq(c->san[i].value, want)) {
			m->state = MATCH_TRUE;
			m->matched = c->san[i].value;
			return;
		}
	}
	if (is_other_identity(c)) {
		m->state = MATCH_NOT_DNS_IDENTITY;
		return;
	}
	m->state = MATCH_FALSE;
	m->reason = MATCH_ADDRESS_NOT_LISTED;
	m->closest = address_as_name(c, a);
}

void match_name(const struct cert *c, struct bytes name, struct match *out)
{
	struct match m = { .state = MATCH_NO_REFERENCE };
	struct addr a;
	struct ref r;

	if (ref_address(name, &a)) {
		match_address(c, &a, &m);
	} else if (ref_read(name, &r)) {
		if (match_fits(c, &r, &m.matched)) {
			m.state = MATCH_TRUE;
		} else if (is_other_identity(c)) {
			m.state = MATCH_NOT_DNS_IDENTITY;
		} else {
			m.state = MATCH_FALSE;
			match_miss(c, &r, &m);
		}
	}
	*out = m;
}
