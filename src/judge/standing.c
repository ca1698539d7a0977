/* standing.c: see standing.h. */
#include "judge/standing.h"

#include <ctype.h>

/* RFC 6761, 6762, 7686, 8375, 9476, ICANN's .internal and .private; the rest is
 * what routers, Active Directory and clusters are named by. */
static const char *const inner_suffixes[] = {
	"local",  "internal", "lan",  "home",	 "corp",    "test",
	"example", "invalid",  "localhost", "arpa", "onion",   "alt",
	"localdomain", "intranet", "private", "domain", "workgroup", "mail",
	"svc",	  "consul",   "docker", "box",
};

/* Does the last label read so? */
static bool has_suffix(struct bytes name, const char *suffix)
{
	size_t n = strlen(suffix);
	struct bytes tail;

	if (name.len <= n || name.p[name.len - n - 1] != '.')
		return false;
	tail = bytes_tail(name, name.len - n);
	for (size_t i = 0; i < n; i++)
		if (tolower(tail.p[i]) != suffix[i])
			return false;
	return true;
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
	for (size_t i = 0; i < sizeof inner_suffixes / sizeof *inner_suffixes;
	     i++)
		if (has_suffix(name, inner_suffixes[i]))
			return false;
	return true;
}

bool standing_chain_is(const struct evidence *ev, enum chain_state state)
{
	return ev->leaf && !ev->leaf->error && !ev->not_meant &&
	       ev->name.source != NAME_NONE && ev->chain.state == state;
}

/* A refusal that may be about trust: not one of dates or of revocation. */
static bool is_refused(const struct evidence *ev)
{
	const struct tls_alert *alert = &ev->obs->hs->alert;

	if (ev->obs->reaction.verdict != TLS_REJECTED)
		return false;
	return !alert->seen || alert->encrypted ||
	       (alert->code != 44 && alert->code != 45);
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
