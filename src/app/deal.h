/*
 * deal.h: several workers: packets are dealt out by their innermost flow, and
 * what the workers observe is merged to one order. They are not copied where
 * the source reads to buffers that stay (deal_lend()).
 *
 * The reader fills one batch for every worker; together they are an epoch.
 * Every worker gets its batch of every epoch, even an empty one, and hands it
 * on with its observations; an epoch is merged when all batches of it are
 * there. So nothing older can come any more, whatever the number of workers:
 * batches are the watermarks. When all are on their way the reader waits, and
 * with it the kernel's ring, which counts what it drops.
 *
 * N workers are N threads, of which the reader is one: what is to be done is a
 * worker's next batch, or the next merge, and whoever is free does it; one at a
 * time for each worker, and for the merge. A worker is no thread, so that none
 * sleeps while another has too much to do. What it made is freed by it again
 * (struct observation_home), to its own struct mem_cache: with a thread for
 * each part, and malloc() between them, two workers on two cores needed 0.96 s
 * for what takes 0.69 s now (tests/bench, handshakes; one needs 0.96 s).
 *
 * Live sources are dealt out in the same way; the kernel's fan-out is not used.
 * It cannot promise that both directions and all fragments meet: it does not
 * look into UDP tunnels, whose outer source port is a hash of one direction; it
 * puts fragments together for IPv4 only (PACKET_FANOUT_FLAG_DEFRAG), so that
 * those of IPv6 are spread by their addresses and leave their flow; and that a
 * line carries neither is known only when the first one came, when the flows
 * have been spread: switching would tear all that are open. Dealing costs the
 * reader 0.2 to 0.3 us a packet where one worker for all needs 0.6
 * (tests/bench, mixed): 22 to 29 Gbit/s of one core, more than one ring brings.
 */
#ifndef APP_DEAL_H
#define APP_DEAL_H

#include "sensor/sensor.h"

/* What a file is read to, unless a frame is larger: it stays in a near cache. */
#define LENT_BYTES (256u << 10)

struct deal;

/* take() is called by one thread at a time, never by the reader's, in order, and
 * owns what it gets. NULL when threads or memory are lacking. workers: two or
 * more. */
struct deal *deal_new(const struct sensor_config *c, unsigned workers,
		      void (*take)(void *arg, struct observation *o),
		      void *arg);
/* Waits for all and ends the threads; no packet may come any more. */
void deal_stop(struct deal *d);
/* The same, and frees it: what take() got has to be given back before. */
void deal_free(struct deal *d);
void deal_packet(struct deal *d, const struct packet *p, uint64_t number,
		 struct stamp stream_time);
void deal_tick(struct deal *d, struct stamp now, uint64_t number);
void deal_end(struct deal *d, struct stamp now, uint64_t number);
/* The next buffer to read packets to (struct source_buffers): they are handed
 * out where they stand; packets elsewhere are copied. Waits until the workers
 * have left it. */
uint8_t *deal_lend(void *deal, size_t least, size_t *size);
/* Hands out what is there, unless the workers have something to do: so a packet
 * waits no longer than they need for those before it. Never waits. */
void deal_poke(struct deal *d);
/* Hands out what is there and waits until all of it was taken: afterwards, and
 * until the next packet, all workers and take() rest. */
void deal_sync(struct deal *d);
/* After deal_sync() only. */
void deal_status(const struct deal *d, struct status *s);

#endif
