/*
 * collide.h: many byte strings of one hash.
 *
 * A hash without a secret can be met by whoever knows it. CRCs and folded XORs
 * are linear over bits, so that what may be changed without changing them is a
 * space of vectors, found by elimination and counted through. For FNV-1a the
 * last bytes are searched, for multiplying hashes (Java's times 31, djb2's
 * times 33) there are pairs of letters that say the same.
 */
#ifndef BENCH_COLLIDE_H
#define BENCH_COLLIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLLIDE_BITS 256u /* that may change */
#define COLLIDE_LEN  64u

struct collide_bits {
	uint64_t word[COLLIDE_BITS / 64];
};

struct collide {
	uint8_t base[COLLIDE_LEN];
	size_t len;
	/* bits that may change: byte * 8 + bit */
	uint16_t bit[COLLIDE_BITS];
	size_t num_bits;
	struct collide_bits basis[COLLIDE_BITS];
	size_t num_basis;
};

/* CRC-32 (ISO 3309), bits from the lowest of each byte on. */
uint32_t collide_crc(const uint8_t *p, size_t len);
/* All words of four bytes, one on the other. */
uint32_t collide_xor(const uint8_t *p, size_t len);
/* Both: the CRC above. */
uint64_t collide_both(const uint8_t *p, size_t len);
/* The bits of mask in each of so many bytes may change; more may be added. */
void collide_may(struct collide *c, size_t from, size_t num, uint8_t mask);
/* base and the bits are set: finds what leaves the linear hash as it is. */
void collide_solve(struct collide *c,
		   uint64_t (*hash)(const uint8_t *p, size_t len));
/* String number n, of 2^num_basis; the same each time. */
void collide_get(const struct collide *c, uint64_t n, uint8_t *out);
/* The last two bytes, so that the low 16 bits of FNV-1a (32 bits) are 0. */
bool collide_fnv(uint8_t *p, size_t len);

/* A number that looks random, of another one. */
uint64_t collide_mix(uint64_t n);

#endif
