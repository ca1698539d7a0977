/*
 * check_untidy.c: what a server sends beside the path of its chain: members out
 * of order (RFC 5246 7.4.2), of no use, twice, expired though there is another
 * way, or crossed by a root that has expired. Most clients cope; old ones
 * (OpenSSL 1.0.2, GnuTLS before 3.6.14) follow the wrong way and refuse.
 */
#include "judge/standing.h"
#include "judge/text.h"

/* Roots that have gone, but by which others are still crossed. */
static const struct retired {
	const char *glob; /* over the name of the root */
	int64_t until;
} retired[] = {
	{ "CN=DST Root CA X3, *", 1633010475 },		/* 2021-09-30 */
	{ "CN=AddTrust External CA Root, *", 1590835718 }, /* 2020-05-30 */
};

struct fault {
	const char *cause;
	size_t at; /* the member */
};

static bool certifies(const struct cert *above, const struct cert *below)
{
	return bytes_eq(above->subject.der, below->issuer.der);
}

/* Behind which member does it belong? num: behind none. */
static size_t place_of(struct cert *const *c, size_t num, size_t at)
{
	for (size_t i = 0; i < num; i++)
		if (i != at && !c[i]->error && certifies(c[at], c[i]))
			return i;
	return num;
}

static bool is_twice(struct cert *const *c, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!memcmp(c[i]->sha256, c[at]->sha256, 32))
			return true;
	return false;
}

static bool is_crossed(const struct cert *c, int64_t now)
{
	for (size_t i = 0; i < sizeof retired / sizeof *retired; i++)
		if (now > retired[i].until && !c->self_issued &&
		    policy_glob(retired[i].glob, bytes_str(c->issuer.text)))
			return true;
	return false;
}

static bool is_expired(const struct cert *c, int64_t now)
{
	return !c->no_expiry && now > c->not_after;
}

static const char *fault_of(const struct evidence *ev, size_t at)
{
	struct cert *const *c = ev->obs->chain[TLS_SERVER];
	size_t num = ev->obs->num_chain[TLS_SERVER], behind;
	int64_t now = stamp_to_sec(ev->at);

	if (is_twice(c, at))
		return "twice";
	if (ev->clock_known && ev->chain.state == CHAIN_TRUSTED &&
	    is_expired(c[at], now))
		return "expired_member";
	if (ev->clock_known && is_crossed(c[at], now))
		return "crossed_by_expired_root";
	behind = place_of(c, num, at);
	if (behind == num)
		return "no_use";
	return behind > at ? "wrong_order" : NULL;
}

static bool find_fault(const struct evidence *ev, struct fault *out)
{
	const struct observation *o = ev->obs;

	for (size_t i = 1; i < o->num_chain[TLS_SERVER]; i++) {
		if (o->chain[TLS_SERVER][i]->error)
			continue;
		*out = (struct fault){ fault_of(ev, i), i };
		if (out->cause)
			return true;
	}
	return false;
}

static const struct {
	const char *cause, *what;
} words[] = {
	{ "twice", "is there twice" },
	{ "expired_member", "has expired, though there is another way to a "
			    "trusted root" },
	{ "crossed_by_expired_root", "leads to a root that has expired" },
	{ "no_use", "certifies no other member" },
	{ "wrong_order", "stands before what it certifies" },
};

static const char *what_of(const char *cause)
{
	size_t i = 0;

	while (strcmp(words[i].cause, cause) != 0)
		i++;
	return words[i].what;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c;
	const char *name;
	struct fault f;

	if (!ev->leaf || ev->leaf->error || ev->carried || ev->not_meant ||
	    ev->chain.state == CHAIN_EXPIRED || !find_fault(ev, &f))
		return false;
	c = ev->obs->chain[TLS_SERVER][f.at];
	name = *c->subject.text ? text_dn(a, c->subject.text)
				: "without a name";
	out->severity = SEVERITY_INFO;
	out->reason = arena_printf(a, "member %zu (0 is the server's own), %s, "
				      "%s",
				   f.at, name, what_of(f.cause));
	out->message = arena_printf(
		a,
		"%s sends a chain that is not tidy: %s %s. Current clients "
		"cope, old ones may refuse.",
		text_where(ev, a), name, what_of(f.cause));
	out->hint.cause = f.cause;
	out->hint.fix =
		"Make the file of the chain anew: the leaf first, then each "
		"intermediate behind the certificate that it issued, nothing "
		"else. ACME clients write it so (fullchain.pem); some let you "
		"choose among chains (certbot --preferred-chain).";
	out->hint.verify = text_verify_chain(ev, a);
	return true;
}

const struct check check_untidy = {
	.code = "chain.untidy",
	.title = "Server sends more than its chain, or not in order",
	.severity = "info",
	.reference = "RFC 5246 7.4.2",
	.url = "https://www.rfc-editor.org/rfc/rfc5246#section-7.4.2",
	.key = KEY_LEAF,
	.run = run,
};
