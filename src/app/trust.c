/* trust.c: see trust.h. */
#include "app/trust.h"

#include "capture/source.h"

#include <stdio.h>

bool trust_open(const struct options *o, struct chain_store **out, char *err)
{
	static const char *const system_store[] = { "system" };
	const char *const *paths = o->num_trust ? o->trust : system_store;
	size_t num = o->num_trust ? o->num_trust : 1;

	if (num == 1 && !strcmp(paths[0], "none"))
		return true;
	for (size_t i = 0; i < num; i++) {
		if (strcmp(paths[i], "none") != 0)
			continue;
		snprintf(err, SOURCE_ERROR_TEXT,
			 "trust store none: it stands alone: leave it, or the "
			 "others, out");
		return false;
	}
	*out = chain_store_load(paths, num, err, SOURCE_ERROR_TEXT);
	/* by default a machine may have no store; of those that were given,
	 * one that is not there would be missed by chains only */
	return !o->num_trust || (*out && !err[0]);
}
