/* trust.c: see trust.h. */
#include "app/trust.h"

#include "capture/source.h"

bool trust_open(const struct options *o, struct chain_store **out, char *err)
{
	static const char *const system_store[] = { "system" };
	const char *const *paths = o->num_trust ? o->trust : system_store;
	size_t num = o->num_trust ? o->num_trust : 1;

	if (num == 1 && !strcmp(paths[0], "none"))
		return true;
	*out = chain_store_load(paths, num, err, SOURCE_ERROR_TEXT);
	/* by default a machine may have no store */
	return *out || !o->num_trust;
}
