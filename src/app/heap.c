/* heap.c: see heap.h; with glibc. */
#include "app/heap.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB	  (1024 * 1024)
#define KEEP	  (256 * MIB)  /* free at the top, before it is given back */
#define STEP	  (64 * MIB)   /* of address space */
#define MAP_ABOVE (128 * 1024) /* its own mapping for what is larger */

#define OF_THREAD (24 * MIB) /* less than half of an arena's 64 MiB */

static uintptr_t advised;

/* Whole pages between the two. */
static void advise(uintptr_t from, uintptr_t to)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	from = (from + page - 1) & ~(page - 1);
	to &= ~(page - 1);
	if (from < to)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void heap_advise(void)
{
	uintptr_t end = (uintptr_t)sbrk(0);

	if (end == (uintptr_t)-1 || end <= advised)
		return;
	advise(advised, end);
	advised = end;
}

void heap_prepare_thread(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	/* volatile: or the compiler leaves the allocation out */
	void *volatile top;

	/* glibc would fill it, and so touch it (meson test sets this) */
	if (getenv("MALLOC_PERTURB_"))
		return;
	(void)pthread_mutex_lock(&lock);
	(void)mallopt(M_MMAP_THRESHOLD, OF_THREAD + MIB);
	top = malloc(OF_THREAD);
	if (top)
		advise((uintptr_t)top, (uintptr_t)top + OF_THREAD);
	free(top); /* the arena keeps it, untouched */
	(void)mallopt(M_MMAP_THRESHOLD, MAP_ABOVE);
	(void)pthread_mutex_unlock(&lock);
}

void heap_prepare(void)
{
	void *volatile some[2]; /* as above */

	(void)mallopt(M_TRIM_THRESHOLD, KEEP);
	(void)mallopt(M_TOP_PAD, STEP);
	(void)mallopt(M_MMAP_THRESHOLD, MAP_ABOVE);
	/* what stands there was touched already */
	advised = (uintptr_t)sbrk(0);
	/* more than is left: the first step */
	for (int i = 0; i < 2; i++)
		some[i] = malloc(MAP_ABOVE - 4096);
	heap_advise();
	for (int i = 0; i < 2; i++)
		free(some[i]);
}
