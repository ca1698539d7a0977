/* advice.c: see advice.h. */
#include "app/advice.h"

#include <stdio.h>

bool advise_cut(struct pipeline *p, bool live)
{
	uint32_t len;

	if (!pipeline_cut(p, &len))
		return false;
	fprintf(stderr,
		live ? "wirecert: packets come cut at %u bytes, TLS ones too: "
		       "leave out --snaplen, and any packet length of the "
		       "mirror\n"
		     : "wirecert: packets were cut at %u bytes when they were "
		       "captured, TLS ones too: capture whole packets "
		       "(tcpdump -s 0, or a larger snap length)\n",
		len);
	return true;
}

void advise_filter(const struct pipeline *p, const char *filter,
		   const char *name, uint64_t packets)
{
	const char *excludes = pipeline_excludes(p);

	fprintf(stderr,
		"wirecert: %s%sthe filter \"%s\" matched none of %llu packets%s"
		"%s%s; it applies outside of tunnels, --inner-filter inside\n",
		name ? name : "", name ? ": " : "", filter,
		(unsigned long long)packets, name ? " so far" : "",
		*excludes ? ", it leaves out " : "", excludes);
}
