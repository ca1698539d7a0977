/* no_dump_traced.c: a sanitizer looks for leaks by tracing: it has to. */
#include "app/no_dump.h"

void no_dump(void)
{
}
