/* standing.c: see standing.h. */
#include "judge/standing.h"

#include "judge/explain.h"

#include <ctype.h>
#include <strings.h>

/* RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal and .private; the rest is
 * what routers, Active Directory and clusters are named by. */
static const char *const inner_suffixes[] = {
	"local",  "internal", "lan",  "home",	 "corp",    "test",
	"example", "invalid",  "localhost", "arpa", "onion",   "alt",
	"localdomain", "intranet", "private", "domain", "workgroup", "mail",
	"svc",	  "consul",   "docker", "box",
};

/* Is the last label one of them? */
static bool is_inner(struct bytes name)
{
	const uint8_t *dot = memrchr(name.p, '.', name.len);
	struct bytes label = bytes_tail(name, (size_t)(dot + 1 - name.p));

	for (size_t i = 0; i < sizeof inner_suffixes / sizeof *inner_suffixes;
	     i++)
		if (*inner_suffixes[i] == (label.p[0] | 0x20) &&
		    strlen(inner_suffixes[i]) == label.len &&
		    !strncasecmp((const char *)label.p, inner_suffixes[i],
				 label.len))
			return true;
	return false;
}

static bool is_address(struct bytes name)
{
	struct addr a;

	if (name.len > 2 && name.p[0] == '[' && name.p[name.len - 1] == ']')
		name = bytes_tail(bytes_head(name, name.len - 1), 1);
	return addr_parse((const char *)name.p, name.len, &a);
}

bool standing_is_public_name(struct bytes name)
{
	if (name.len && name.p[name.len - 1] == '.')
		name.len--;
	if (!match_is_dns_name(name) || !memchr(name.p, '.', name.len) ||
	    is_address(name))
		return false;
	/* no suffix of the public DNS ends in a digit (RFC 3696 2) */
	if (isdigit(name.p[name.len - 1]))
		return false;
	return !is_inner(name);
}

bool standing_chain_is(const struct evidence *ev, enum chain_state state)
{
	return ev->leaf && !ev->leaf->error && !ev->not_meant &&
	       ev->name.source != NAME_NONE && ev->chain.state == state;
}

/* A refusal that may be about trust: not one of dates or of revocation. */
static bool is_refused(const struct evidence *ev)
{
	return ev->obs->reaction.verdict == TLS_REJECTED &&
	       (explain_alert(&ev->obs->hs->alert) & ABOUT_TRUST);
}

/* A name that only DNS knows of is not stated: devices and peers are found by
 * names too, and pin what they expect there. */
static bool is_stated(const struct evidence *ev)
{
	return ev->name.source != NAME_NONE && ev->name.source != NAME_DNS;
}

enum severity standing_distrust(const struct evidence *ev)
{
	struct bytes name = ev->name.reference;

	if (is_refused(ev))
		return SEVERITY_MEDIUM;
	/* a replay of old days: the authority may have been trusted then */
	if (ev->chain.state != CHAIN_SELF_SIGNED && ev->chain.store_younger)
		return SEVERITY_INFO;
	return is_stated(ev) && (standing_is_public_name(name) ||
				 policy_is_own_name(ev->policy, name))
		       ? SEVERITY_MEDIUM
		       : SEVERITY_INFO;
}

enum severity standing_hygiene(const struct evidence *ev)
{
	return is_stated(ev) && !ev->not_meant ? SEVERITY_MEDIUM
					       : SEVERITY_INFO;
}
