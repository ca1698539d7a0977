/* policy.c: thresholds, networks and names that are ours; see evidence.h. */
#include "judge/evidence.h"

#include <ctype.h>

const char *const severity_words[] = { "info", "low", "medium", "high" };
const int severity_numbers[] = { 10, 21, 47, 73 };

const char *const name_source_words[] = { "none", "sni", "connect", "proxy",
					  "dns" };
const char *const name_unjudged_words[] = {
	"", "no_name", "ech", "hidden", "not_dns_identity", "not_meant",
};

bool severity_parse(const char *word, enum severity *out)
{
	for (int i = SEVERITY_INFO; i <= SEVERITY_HIGH; i++) {
		if (strcmp(word, severity_words[i]) != 0)
			continue;
		*out = (enum severity)i;
		return true;
	}
	return false;
}

/* Private, loopback, link-local and shared ranges: RFC 1918, 6598, 4193 ... */
static const char *const own_networks[] = {
	"10.0.0.0/8",	  "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
	"127.0.0.0/8",	  "169.254.0.0/16", "::1/128",	    "fc00::/7",
	"fe80::/10",
};

void policy_init(struct policy *p)
{
	*p = (struct policy){ .expiring = 30 * 86400,
			      .expiring_high = 7 * 86400,
			      .mixed_after = 86400 };
	for (size_t i = 0; i < sizeof own_networks / sizeof *own_networks; i++)
		if (network_parse(own_networks[i], &p->own[p->num_own]))
			p->num_own++;
}

bool policy_is_own(const struct policy *p, const struct addr *a)
{
	for (size_t i = 0; i < p->num_own; i++)
		if (network_has(&p->own[i], a))
			return true;
	return false;
}

bool policy_glob(const char *glob, struct bytes name)
{
	const char *star = NULL;
	size_t i = 0, back = 0;

	while (i < name.len) {
		if (*glob == '*') {
			star = ++glob;
			back = i;
		} else if (*glob == '?' ||
			   tolower((unsigned char)*glob) ==
				   tolower(name.p[i])) {
			glob++;
			i++;
		} else if (star) {
			glob = star;
			i = ++back;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

bool policy_is_own_name(const struct policy *p, struct bytes name)
{
	for (size_t i = 0; i < p->num_own_names; i++)
		if (policy_glob(p->own_names[i], name))
			return true;
	return false;
}
