/*
 * mem.h: zeroed memory by how it is used. NULL without memory; a refusal is the
 * caller's to count.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* For objects that come and go with every handshake; free() gives them back.
 * calloc() of glibc before 2.41 does not look into the thread's cache of what
 * was freed, malloc() does: 5 % of the handshakes trace (tests/bench). */
void *mem_zeroed(size_t size);
/* For large tables of which most is never touched, and so takes no memory;
 * mem_unmap() gives them back. The heap would have to clear them. */
void *mem_map(size_t size);
/* p may be NULL. */
void mem_unmap(void *p, size_t size);

#endif
