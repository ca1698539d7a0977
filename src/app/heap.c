/* heap.c: see heap.h; with glibc. Threads have arenas of their own, which only
 * the first of the settings reaches. */
#include "app/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB	  (1024 * 1024)
#define KEEP	  (256 * MIB) /* free at the top, before it is given back */
#define STEP	  (64 * MIB)  /* of address space */
#define MAP_ABOVE (128 * 1024) /* its own mapping for what is larger */

static uintptr_t advised;

void heap_advise(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t end = (uintptr_t)sbrk(0) & ~(page - 1);

	if (end == (uintptr_t)-1 || end <= advised)
		return;
	(void)madvise((void *)advised, end - advised, MADV_HUGEPAGE);
	advised = end;
}

void heap_prepare(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	/* volatile: or the compiler leaves the allocations out */
	void *volatile some[2];

	(void)mallopt(M_TRIM_THRESHOLD, KEEP);
	(void)mallopt(M_TOP_PAD, STEP);
	(void)mallopt(M_MMAP_THRESHOLD, MAP_ABOVE);
	/* what stands there was touched already */
	advised = ((uintptr_t)sbrk(0) + page - 1) & ~(page - 1);
	/* more than is left: the first step */
	for (int i = 0; i < 2; i++)
		some[i] = malloc(MAP_ABOVE - 4096);
	heap_advise();
	for (int i = 0; i < 2; i++)
		free(some[i]);
}
