/*
 * heap.h: how the heap takes memory from the kernel. Advice only: without it
 * everything works, slower.
 *
 * A page fault for every 4 KiB was a third of the time where many handshakes
 * are open at once (tests/bench, QUIC Initials 0.51 s to 0.25 s), and what is
 * freed in one moment is used again in the next: given back to the kernel in
 * between, it is faulted in anew. So the heap grows by large steps of address
 * space, in huge pages where the kernel has them for whoever asks (madvise(2)),
 * and keeps what it has. What is never touched takes no memory.
 */
#ifndef APP_HEAP_H
#define APP_HEAP_H

/* Before threads and most allocations. */
void heap_prepare(void);
/* From time to time, by the same thread: advice for what was added since. */
void heap_advise(void);
/* First of all in another thread, which has an arena of its own: that grows by
 * single pages, each with a system call and a fault. */
void heap_prepare_thread(void);

#endif
