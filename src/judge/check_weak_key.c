/*
 * check_weak_key.c: the leaf's key can be broken, or clients refuse it (NIST SP
 * 800-57 Part 1 Table 2, CA/Browser Forum BR 6.1.5); or the key of a member of
 * the path above it: whoever breaks that one forges leaves.
 */
#include "judge/blocklist.h"
#include "judge/path.h"
#include "judge/standing.h"
#include "judge/text.h"

#define RSA_LEAST 2048
#define EC_LEAST  224
/* RSA with 1024 bits was in order for public servers until the end of 2013 */
#define RSA_2048_SINCE 1388534400LL

static const char *weakness(const struct evidence *ev, const struct cert *c,
			    struct arena *a)
{
	switch (c->key_type) {
	case CERT_KEY_RSA:
		if (c->key_exponent == 1)
			return "RSA with exponent 1, which encrypts nothing";
		if (c->key_roca)
			return "RSA made by a library with a fault (ROCA, "
			       "CVE-2017-15361): it can be factored";
		if (blocklist_has(ev->policy->knowledge, c))
			return "RSA of Debian's random number generator of "
			       "2008 (CVE-2008-0166): anyone can have it";
		if (c->key_bits && c->key_bits < RSA_LEAST)
			return arena_printf(a, "RSA with %u bits, where %d are "
					       "the least",
					    c->key_bits, RSA_LEAST);
		return NULL;
	case CERT_KEY_EC:
		if (c->key_bits && c->key_bits < EC_LEAST)
			return arena_printf(a, "an elliptic curve of %u bits, "
					       "where %d are the least",
					    c->key_bits, EC_LEAST);
		return NULL;
	case CERT_KEY_DSA:
		return "DSA, which no client of today takes";
	default:
		return NULL;
	}
}

/* Old captures: by the rules of their day. */
static bool was_usual(const struct evidence *ev, const struct cert *c)
{
	return c->key_type == CERT_KEY_RSA && c->key_bits >= 1024 &&
	       c->key_exponent != 1 && ev->clock_known &&
	       stamp_to_sec(ev->at) < RSA_2048_SINCE;
}

/* The leaf, else the first member above it; *what: why. */
static const struct cert *find_weak(const struct evidence *ev, struct arena *a,
				    const char **what)
{
	const struct cert *c = ev->leaf;

	for (size_t n = 0; c && n <= ev->obs->num_chain[TLS_SERVER]; n++) {
		*what = weakness(ev, c, a);
		if (*what)
			return c;
		c = path_next(ev, c);
	}
	return NULL;
}

/* The key of the leaf's issuer is on every path; above it there may be another
 * way: one step less. */
static enum severity severity_of(const struct evidence *ev,
				 const struct cert *c)
{
	enum severity s = standing_hygiene(ev);

	if (was_usual(ev, c))
		return SEVERITY_INFO;
	return c != ev->leaf && c != path_next(ev, ev->leaf) &&
			       s == SEVERITY_MEDIUM
		       ? SEVERITY_LOW
		       : s;
}

static void say_above(const struct evidence *ev, struct arena *a,
		      const struct cert *c, const char *what,
		      struct finding *out)
{
	out->message = arena_printf(
		a,
		"The intermediate (%s) of %s has a weak key: %s. Whoever breaks "
		"it issues certificates for any name.%s",
		text_dn(a, c->subject.text), text_where(ev, a), what,
		text_reaction(ev, a));
	out->hint.cause = "weak_intermediate_key";
	out->hint.fix = "Have the certificate issued by an intermediate with a "
			"key of ECDSA P-256, or RSA with 2048 bits or more, and "
			"install that one with it. For an authority of your "
			"own: make it a new intermediate.";
	out->hint.verify = text_verify_chain(ev, a);
}

static void say_leaf(const struct evidence *ev, struct arena *a,
		     const char *what, struct finding *out)
{
	out->message = arena_printf(
		a,
		"The certificate of %s has a weak key: %s.%s",
		text_where(ev, a), what, text_reaction(ev, a));
	out->hint.cause = "weak_key";
	out->hint.fix = "Make a new key pair of ECDSA P-256, or RSA with 2048 "
			"bits or more, and have a certificate issued for it.";
	out->hint.verify = text_verify(ev, a, "-text");
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c;
	const char *what;

	if (!ev->leaf || ev->leaf->error)
		return false;
	c = find_weak(ev, a, &what);
	if (!c)
		return false;
	out->severity = severity_of(ev, c);
	if (was_usual(ev, c))
		out->explains = 0;
	out->reason = what;
	if (c == ev->leaf)
		say_leaf(ev, a, what, out);
	else
		say_above(ev, a, c, what, out);
	return true;
}

const struct check check_weak_key = {
	.code = "key.weak",
	.title = "A certificate has a weak key",
	.severity = "medium; low above the leaf's issuer; info where no name "
		    "was stated, and for RSA with 1024 bits before 2014",
	.reference = "CA/Browser Forum BR 6.1.5",
	.url = "https://cabforum.org/working-groups/"
	       "server/baseline-requirements/requirements/",
	.key = KEY_LEAF,
	.explains = ABOUT_USE,
	.run = run,
};
