/* suffix_none.c: built without libpsl; see suffix.h. */
#include "cert/suffix.h"

bool suffix_is_public(struct bytes name)
{
	(void)name;
	return false;
}
