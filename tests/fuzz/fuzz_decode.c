/*
 * fuzz_decode.c: decode_frame(), decode_next() over a sequence of frames, so
 * that fragments, tunnels and A-MSDUs meet.
 *
 * The input is frames: two bytes for the link type, two for the captured
 * length, one for how much more was on the wire and how much time has passed;
 * then the bytes. Demands: all views can be read, cut and lengths agree, every
 * frame and every packet is counted.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "decode/decode.h"
#include "demand.h"

static void check(const struct packet *p)
{
	demand(p->payload.len <= p->payload_len);
	demand(p->cut == (p->payload.len < p->payload_len));
	demand(p->protocol == PACKET_TCP || p->protocol == PACKET_UDP);
	demand(p->src.addr.family == 4 || p->src.addr.family == 6);
	demand(p->src.addr.family == p->dst.addr.family);
	demand(p->num_tunnels <= LIMIT_TUNNEL_DEPTH);
	for (unsigned i = 0; i < p->num_tunnels; i++)
		demand(p->tunnels[i].type < TUNNEL_NUM);
	demand(p->ip.len >= 20);
	touch(p->payload);
	touch(p->ip);
}

/*
 * One decoder for all inputs, as its pool is large to make; between two of
 * them so much time passes that every fragment of the first is forgotten.
 */
static struct decoder *common(void)
{
	static const struct decode_config config = { .vlan_in_key = true,
						     .vxlan_ports = { 1 },
						     .geneve_ports = { 2 },
						     .gtpu_ports = { 3 } };
	static struct decoder *d;

	if (!d)
		d = decode_new(&config);
	demand(d != NULL);
	return d;
}

/* One frame off the input, in a block of exactly its size. */
static void take(struct decoder *d, struct reader *r, struct stamp *now)
{
	struct frame f = { .linktype = rd_u16(r) };
	size_t n = rd_u16(r);
	uint8_t more = rd_u8(r);
	struct bytes left = bytes_head(rd_left(r), n);
	struct packet p;
	uint8_t *exact = malloc(left.len ? left.len : 1);

	demand(exact != NULL);
	if (left.len)
		memcpy(exact, left.p, left.len);
	rd_skip(r, left.len);
	now->ns += (more >> 4) * NSEC_PER_SEC;
	f.data = bytes_of(exact, left.len);
	f.len = (uint32_t)left.len + (more & 0xf) * 100u;
	f.time = *now;
	if (f.linktype >= 0xff00) /* beyond the registry: our own */
		f.linktype += 0x10000 - 0xff00;
	if (decode_frame(d, &f, &p) == DECODE_OK)
		check(&p);
	while (decode_next(d, &p))
		check(&p);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stamp now = { NSEC_PER_SEC };
	struct reader r = rd_whole(bytes_of(data, size));
	struct decoder *d = common();
	const struct decode_counters *c = decode_counters(d);
	const struct decode_counters before = *c;
	uint64_t frames = 0, results = 0;

	now.ns += LIMIT_FRAG_AGE + 1;
	while (rd_more(&r)) {
		take(d, &r, &now);
		frames++;
	}
	demand(c->frames - before.frames == frames);
	for (int i = 0; i < DECODE_NUM_REASONS; i++)
		results += c->reason[i] - before.reason[i];
	demand(results >= frames);
	demand(c->packets == c->reason[DECODE_OK]);
	return 0;
}
