/* no_dump.c: see no_dump.h. */
#include "app/no_dump.h"

#include <sys/prctl.h>

void no_dump(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
