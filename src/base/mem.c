/* mem.c: see mem.h. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *mem_zeroed(size_t size)
{
	void *p = malloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void *mem_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void mem_unmap(void *p, size_t size)
{
	if (p)
		(void)munmap(p, size);
}
