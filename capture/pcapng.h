/*
 * pcapng.h: the state of one pcapng file, shared by pcapng.c (blocks, packets)
 * and pcapng_meta.c (interfaces, their statistics, secrets).
 */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/reader.h"
#include "capture/internal.h"

#define PCAPNG_NAME 64

struct pcapng_interface {
	int linktype;
	uint32_t snaplen; /* 0: none */
	uint8_t resolution; /* if_tsresol, as written */
	int64_t offset;	    /* if_tsoffset, seconds */
	uint64_t received, dropped;
	uint8_t name_len;
	char name[PCAPNG_NAME];
};

struct pcapng {
	bool little;
	size_t section; /* index of this section's first interface */
	struct pcapng_interface *interface;
	size_t num_interfaces, size_interfaces;
	uint64_t skip, skipped; /* of a block that is passed over */
	struct buf secrets, given;
};

uint16_t pcapng_u16(const struct pcapng *p, struct reader *r);
uint32_t pcapng_u32(const struct pcapng *p, struct reader *r);
uint64_t pcapng_u64(const struct pcapng *p, struct reader *r);

/* A packet's time stamp in the units of its interface. */
struct stamp pcapng_time(const struct pcapng_interface *i, uint64_t ticks);

enum source_result pcapng_interface(struct source *s, struct reader *r,
				    struct frame *out);
enum source_result pcapng_statistics(struct source *s, struct reader *r,
				     struct frame *out);
enum source_result pcapng_secrets(struct source *s, struct reader *r,
				  struct frame *out);

#endif
