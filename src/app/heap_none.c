/* heap_none.c: see heap.h; another C library does as it does. */
#include "app/heap.h"

void heap_prepare(void)
{
}

void heap_advise(void)
{
}

void heap_prepare_thread(void)
{
}
