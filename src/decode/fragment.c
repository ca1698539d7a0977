/* fragment.c: see fragment.h. */
#include "decode/fragment.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

/* bytes are kept in blocks of the pool, chained by number */
#define BLOCK_BYTES 1024
#define NUM_BLOCKS  (LIMIT_FRAG_BYTES / BLOCK_BYTES)
#define NONE	    UINT16_MAX
#define NUM_BUCKETS 1024 /* a power of two */
#define MOST_HEADER  60
#define MOST_PAYLOAD 65535

_Static_assert(NUM_BLOCKS < NONE, "block numbers have 16 bits");
_Static_assert(LIMIT_FRAG_DATAGRAMS < NONE, "datagram numbers have 16 bits");

struct key {
	struct addr src, dst;
	uint32_t id;
	uint8_t space;
	uint64_t tunnels;
};

struct piece {
	uint16_t offset, len, block;
};

struct datagram {
	struct key key;
	struct stamp first;
	uint16_t hash_next, older, newer; /* free ones: hash_next */
	uint16_t bucket, num_pieces;
	uint32_t total, have; /* payload; total is 0 until the last came */
	uint8_t header_len;   /* 0 until the first came */
	uint8_t protocol;     /* as the first fragment says */
	uint8_t header[MOST_HEADER];
	struct piece piece[LIMIT_FRAG_PIECES]; /* by offset, none overlap */
};

struct fragments {
	struct hash_key hash;
	uint16_t bucket[NUM_BUCKETS];
	uint16_t oldest, newest;   /* datagrams in use */
	uint16_t free_datagram;	   /* given back */
	uint16_t fresh_datagram;   /* never used from here on */
	uint16_t free_block, fresh_block;
	uint16_t next_block[NUM_BLOCKS];
	uint8_t block[NUM_BLOCKS][BLOCK_BYTES];
	struct datagram datagram[LIMIT_FRAG_DATAGRAMS];
	/* reassembly within reassembly, each with a result of its own */
	uint8_t whole[LIMIT_FRAG_LEVELS][MOST_HEADER + MOST_PAYLOAD];
};

struct fragments *fragments_new(void)
{
	struct fragments *f = mem_map(sizeof *f);

	if (!f)
		return NULL;
	/* without randomness a flood could fill one bucket: slow, not wrong */
	if (!hash_key_random(&f->hash))
		f->hash = (struct hash_key){ 1, 2 };
	memset(f->bucket, 0xff, sizeof f->bucket);
	f->oldest = f->newest = f->free_datagram = f->free_block = NONE;
	return f;
}

void fragments_free(struct fragments *f)
{
	mem_unmap(f, sizeof *f);
}

static uint16_t block_take(struct fragments *f)
{
	uint16_t n = f->free_block;

	if (n != NONE)
		f->free_block = f->next_block[n];
	else if (f->fresh_block < NUM_BLOCKS)
		n = f->fresh_block++;
	return n;
}

static void chain_give(struct fragments *f, uint16_t n)
{
	while (n != NONE) {
		uint16_t next = f->next_block[n];

		f->next_block[n] = f->free_block;
		f->free_block = n;
		n = next;
	}
}

/* Out of the list by age, its bucket and the pool. */
static void datagram_drop(struct fragments *f, uint16_t n)
{
	struct datagram *d = &f->datagram[n];
	uint16_t *link = &f->bucket[d->bucket];

	while (*link != n)
		link = &f->datagram[*link].hash_next;
	*link = d->hash_next;
	if (d->older != NONE)
		f->datagram[d->older].newer = d->newer;
	else
		f->oldest = d->newer;
	if (d->newer != NONE)
		f->datagram[d->newer].older = d->older;
	else
		f->newest = d->older;
	for (unsigned i = 0; i < d->num_pieces; i++)
		chain_give(f, d->piece[i].block);
	d->num_pieces = 0;
	d->hash_next = f->free_datagram;
	f->free_datagram = n;
}

static bool key_eq(const struct key *a, const struct key *b)
{
	return a->id == b->id && a->space == b->space &&
	       a->tunnels == b->tunnels && addr_eq(&a->src, &b->src) &&
	       addr_eq(&a->dst, &b->dst);
}

static uint16_t key_bucket(const struct fragments *f, const struct key *k)
{
	uint64_t h;

	h = hash_bytes(&f->hash, bytes_of(k->src.b, sizeof k->src.b));
	h ^= hash_bytes(&f->hash, bytes_of(k->dst.b, sizeof k->dst.b)) * 3;
	h = hash_u64(&f->hash, h ^ k->tunnels,
		     (uint64_t)k->id << 8 | k->space);
	return h % NUM_BUCKETS;
}

static uint16_t datagram_find(const struct fragments *f, const struct key *k)
{
	uint16_t n = f->bucket[key_bucket(f, k)];

	while (n != NONE && !key_eq(&f->datagram[n].key, k))
		n = f->datagram[n].hash_next;
	return n;
}

static void expire(struct walk *w, struct fragments *f)
{
	while (f->oldest != NONE &&
	       w->frame->time.ns - f->datagram[f->oldest].first.ns >
		       LIMIT_FRAG_AGE) {
		datagram_drop(f, f->oldest);
		w->d->counters.fragments_expired++;
	}
}

static uint16_t datagram_new(struct walk *w, struct fragments *f,
			     const struct key *k)
{
	struct datagram *d;
	uint16_t n;

	if (f->free_datagram == NONE &&
	    f->fresh_datagram == LIMIT_FRAG_DATAGRAMS) {
		datagram_drop(f, f->oldest);
		w->d->counters.fragments_evicted++;
	}
	n = f->free_datagram;
	if (n != NONE)
		f->free_datagram = f->datagram[n].hash_next;
	else
		n = f->fresh_datagram++;
	d = &f->datagram[n];
	d->key = *k;
	d->first = w->frame->time;
	d->bucket = key_bucket(f, k);
	d->hash_next = f->bucket[d->bucket];
	f->bucket[d->bucket] = n;
	d->older = f->newest;
	d->newer = NONE;
	if (f->newest != NONE)
		f->datagram[f->newest].newer = n;
	else
		f->oldest = n;
	f->newest = n;
	d->num_pieces = 0;
	d->total = d->have = 0;
	d->header_len = 0;
	return n;
}

/* A copy of b in blocks; makes room by dropping the oldest others. */
static uint16_t store(struct walk *w, struct fragments *f, uint16_t self,
		      struct bytes b)
{
	uint16_t head = NONE, n, *link = &head;

	while (b.len) {
		struct bytes part = bytes_head(b, BLOCK_BYTES);

		n = block_take(f);
		while (n == NONE && f->oldest != self) {
			datagram_drop(f, f->oldest);
			w->d->counters.fragments_evicted++;
			n = block_take(f);
		}
		if (n == NONE) {
			chain_give(f, head);
			return NONE;
		}
		f->next_block[n] = NONE;
		*link = n;
		link = &f->next_block[n];
		memcpy(f->block[n], part.p, part.len);
		b = bytes_tail(b, part.len);
	}
	return head;
}

/* One run of bytes that nothing covers yet, as piece number at. */
static bool piece_insert(struct walk *w, struct fragments *f, uint16_t self,
			 unsigned at, size_t offset, struct bytes b)
{
	struct datagram *d = &f->datagram[self];
	struct piece p = { .offset = (uint16_t)offset,
			   .len = (uint16_t)b.len };

	if (d->num_pieces == LIMIT_FRAG_PIECES)
		return false;
	p.block = store(w, f, self, b);
	if (p.block == NONE)
		return false;
	memmove(&d->piece[at + 1], &d->piece[at],
		(d->num_pieces - at) * sizeof p);
	d->piece[at] = p;
	d->num_pieces++;
	d->have += (uint32_t)b.len;
	return true;
}

/* Puts in what is new of b; what is there already stays. */
static bool pieces_add(struct walk *w, struct fragments *f, uint16_t self,
		       size_t offset, struct bytes b)
{
	struct datagram *d = &f->datagram[self];
	bool overlap = false, same = false;

	for (unsigned i = 0; b.len > 0; i++) {
		size_t from = MOST_PAYLOAD + 1, end = from, run;

		if (i < d->num_pieces) {
			from = d->piece[i].offset;
			end = from + d->piece[i].len;
		}
		if (end <= offset)
			continue;
		same |= from == offset && end == offset + b.len;
		run = from > offset ? from - offset : 0;
		if (run > b.len)
			run = b.len;
		if (run > 0) {
			if (!piece_insert(w, f, self, i, offset,
					  bytes_head(b, run)))
				return false;
			i++;
		}
		offset += run;
		b = bytes_tail(b, run);
		if (b.len == 0)
			break;
		overlap = true;
		b = bytes_tail(b, end - offset);
		offset = end;
	}
	/* an exact repeat is but a packet seen twice */
	if (overlap && !same)
		w->d->counters.fragment_overlaps++;
	return true;
}

/* The datagram's own length and next header, as if it never had been cut. */
static void header_patch(uint8_t *h, size_t header_len, size_t total,
			 uint8_t protocol)
{
	if (h[0] >> 4 != 4 && h[0] >> 4 != 6)
		return; /* no IP */
	if (h[0] >> 4 == 4) {
		h[2] = (uint8_t)(total >> 8);
		h[3] = (uint8_t)total;
		h[6] = h[7] = 0;
		return;
	}
	h[4] = (uint8_t)((total - header_len) >> 8);
	h[5] = (uint8_t)(total - header_len);
	h[6] = protocol;
}

static void assemble(struct fragments *f, const struct datagram *d,
		     uint8_t *to, struct fragment_whole *out)
{
	memcpy(to, d->header, d->header_len);
	for (unsigned i = 0; i < d->num_pieces; i++) {
		const struct piece *p = &d->piece[i];
		size_t at = (size_t)d->header_len + p->offset, left = p->len;

		for (uint16_t n = p->block; n != NONE; n = f->next_block[n]) {
			size_t part = left < BLOCK_BYTES ? left : BLOCK_BYTES;

			memcpy(to + at, f->block[n], part);
			at += part;
			left -= part;
		}
	}
	header_patch(to, d->header_len, d->header_len + d->total, d->protocol);
	out->datagram = bytes_of(to, d->header_len + d->total);
	out->header_len = d->header_len;
	out->protocol = d->protocol;
}

/* Lengths and ends that fit together? RFC 8200 4.5, RFC 791 3.2. */
static bool fragment_fits(const struct datagram *d, const struct fragment *in)
{
	size_t end = in->offset + in->len;

	if (in->len == 0 || end > MOST_PAYLOAD || (in->more && in->len % 8))
		return false;
	if (d->total && end > d->total)
		return false;
	if (!in->more && d->num_pieces) {
		const struct piece *last = &d->piece[d->num_pieces - 1];

		return (size_t)last->offset + last->len <= end;
	}
	return true;
}

enum decode_reason fragment_add(struct walk *w, const struct fragment *in,
				struct fragment_whole *out)
{
	struct fragments *f = w->d->fragments;
	struct key k = { w->out->src.addr, w->out->dst.addr, in->id,
			 in->space, tunnel_key(w) };
	struct datagram *d;
	uint16_t n;

	w->d->counters.fragments++;
	if (in->data.len < in->len)
		return DECODE_CUT;
	expire(w, f);
	n = datagram_find(f, &k);
	if (n == NONE)
		n = datagram_new(w, f, &k);
	d = &f->datagram[n];
	if (!fragment_fits(d, in))
		return DECODE_FRAGMENT_LOST;
	if (!pieces_add(w, f, n, in->offset, in->data)) {
		datagram_drop(f, n);
		w->d->counters.fragments_refused++;
		return DECODE_FRAGMENT_LOST;
	}
	if (!in->more)
		d->total = (uint32_t)(in->offset + in->len);
	if (in->offset == 0 && !d->header_len) {
		struct bytes h = bytes_head(in->header, MOST_HEADER);

		memcpy(d->header, h.p, h.len);
		d->header_len = (uint8_t)h.len;
		d->protocol = in->protocol;
	}
	if (!d->total || d->have < d->total || !d->header_len)
		return DECODE_FRAGMENT;
	if (w->level == LIMIT_FRAG_LEVELS)
		return DECODE_DEPTH;
	assemble(f, d, f->whole[w->level++], out);
	datagram_drop(f, n);
	w->d->counters.reassembled++;
	return DECODE_OK;
}
