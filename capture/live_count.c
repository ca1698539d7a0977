/*
 * live_count.c: how many packets an interface has carried by its own count.
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

bool live_count(const char *name, uint64_t *packets)
{
	bool any = !strcmp(name, "any"), found = false;
	struct ifaddrs *all;
	uint64_t sum = 0;

	if (getifaddrs(&all))
		return false;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		const struct rtnl_link_stats *s = i->ifa_data;

		if (!s || !i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET)
			continue;
		if (!any && strcmp(i->ifa_name, name))
			continue;
		sum += (uint64_t)s->rx_packets + s->tx_packets;
		found = true;
	}
	freeifaddrs(all);
	if (found)
		*packets = sum;
	return found;
}
