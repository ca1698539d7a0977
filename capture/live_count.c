/*
 * live_count.c: how many packets an interface has carried and dropped by its own
 * count.
 *
 * A filter that takes nothing looks like a silent line; this count tells the
 * two apart. Asked of the kernel by netlink, so that it is right in every
 * network namespace, whatever is mounted there.
 */
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/socket.h>

#include "capture/internal.h"

/* Of one interface, or of all; false: the system has none. */
static bool count(const char *name, struct live_count *out)
{
	bool any = !strcmp(name, "any"), found = false;
	struct ifaddrs *all;

	*out = (struct live_count){ .packets = 0 };
	if (getifaddrs(&all))
		return false;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct rtnl_link_stats *s = i->ifa_data;

		if (!s || !i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET)
			continue;
		if (!any && strcmp(i->ifa_name, name))
			continue;
		out->packets += (uint64_t)s->rx_packets + s->tx_packets;
		out->dropped += (uint64_t)s->rx_missed_errors +
				s->rx_fifo_errors;
		found = true;
	}
	freeifaddrs(all);
	out->counted = found;
	return found;
}

void live_count_begin(struct live_count *c, const char *name)
{
	(void)count(name, c);
}

bool live_count_since(const struct live_count *c, const char *name,
		      struct live_count *out)
{
	if (!c->counted || !count(name, out) || out->packets < c->packets ||
	    out->dropped < c->dropped)
		return false;
	out->packets -= c->packets;
	out->dropped -= c->dropped;
	return true;
}
