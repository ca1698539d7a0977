/* trace_collide.c: see collide.h. Its name puts it among what train.sh builds.
 */
#include "collide.h"

#include <string.h>

uint32_t collide_crc(const uint8_t *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
	}
	return ~crc;
}

uint32_t collide_xor(const uint8_t *p, size_t len)
{
	uint32_t x = 0;

	for (size_t i = 0; i < len; i++)
		x ^= (uint32_t)p[i] << i % 4 * 8;
	return x;
}

uint64_t collide_both(const uint8_t *p, size_t len)
{
	return (uint64_t)collide_crc(p, len) << 32 | collide_xor(p, len);
}

uint64_t collide_mix(uint64_t n)
{
	/* splitmix64, Vigna 2015 */
	n += 0x9E3779B97F4A7C15u;
	n = (n ^ n >> 30) * 0xBF58476D1CE4E5B9u;
	n = (n ^ n >> 27) * 0x94D049BB133111EBu;
	return n ^ n >> 31;
}

void collide_may(struct collide *c, size_t from, size_t num, uint8_t mask)
{
	for (size_t i = from; i < from + num; i++)
		for (unsigned b = 0; b < 8; b++)
			if (mask >> b & 1 && c->num_bits < COLLIDE_BITS)
				c->bit[c->num_bits++] = (uint16_t)(i * 8 + b);
}

static void flip(const struct collide *c, const struct collide_bits *v,
		 uint8_t *p)
{
	for (size_t i = 0; i < c->num_bits; i++)
		if (v->word[i / 64] >> i % 64 & 1)
			p[c->bit[i] / 8] ^= (uint8_t)(1u << c->bit[i] % 8);
}

static void add(struct collide_bits *v, const struct collide_bits *w)
{
	for (size_t i = 0; i < COLLIDE_BITS / 64; i++)
		v->word[i] ^= w->word[i];
}

/* Gauss: each bit's effect on the hash is reduced by those before it; what has
 * none left is a way to leave the hash alone. */
void collide_solve(struct collide *c,
		   uint64_t (*hash)(const uint8_t *p, size_t len))
{
	struct {
		uint64_t effect;
		struct collide_bits how;
	} pivot[64] = { { .effect = 0 } };
	uint64_t before = hash(c->base, c->len);

	c->num_basis = 0;
	for (size_t i = 0; i < c->num_bits; i++) {
		struct collide_bits how = { .word = { 0 } };
		uint8_t p[COLLIDE_LEN];
		uint64_t effect;

		how.word[i / 64] = 1ull << i % 64;
		memcpy(p, c->base, c->len);
		flip(c, &how, p);
		effect = hash(p, c->len) ^ before;
		while (effect) {
			int top = 63 - __builtin_clzll(effect);

			if (!pivot[top].effect) {
				pivot[top].effect = effect;
				pivot[top].how = how;
				break;
			}
			effect ^= pivot[top].effect;
			add(&how, &pivot[top].how);
		}
		if (!effect)
			c->basis[c->num_basis++] = how;
	}
}

void collide_get(const struct collide *c, uint64_t n, uint8_t *out)
{
	struct collide_bits v = { .word = { 0 } };

	for (size_t i = 0; i < c->num_basis && i < 64; i++)
		if (n >> i & 1)
			add(&v, &c->basis[i]);
	memcpy(out, c->base, c->len);
	flip(c, &v, out);
}

bool collide_fnv(uint8_t *p, size_t len)
{
	const uint32_t prime = 0x01000193;
	uint32_t h = 0x811c9dc5;

	for (size_t i = 0; i < len - 2; i++)
		h = (h ^ p[i]) * prime;
	/* it is 0 behind the last step if what that multiplies is 0 */
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t x = (h ^ b) * prime;

		if (x >> 8 & 255)
			continue;
		p[len - 2] = (uint8_t)b;
		p[len - 1] = (uint8_t)x;
		return true;
	}
	return false;
}
