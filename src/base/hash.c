/* hash.c: SipHash-1-3 (Aumasson, Bernstein), after the published algorithm. */
#include "base/hash.h"

#include <sys/random.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline struct sip sip_init(const struct hash_key *k)
{
	return (struct sip){
		.v0 = k->k0 ^ 0x736f6d6570736575ULL,
		.v1 = k->k1 ^ 0x646f72616e646f6dULL,
		.v2 = k->k0 ^ 0x6c7967656e657261ULL,
		.v3 = k->k1 ^ 0x7465646279746573ULL,
	};
}

static inline void sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

static inline uint64_t sip_final(struct sip *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

bool hash_key_random(struct hash_key *out)
{
	struct hash_key k;

	if (getrandom(&k, sizeof k, 0) != (ssize_t)sizeof k)
		return false;
	*out = k;
	return true;
}

static inline void sip_bytes(struct sip *s, struct bytes b)
{
	size_t words = b.len / 8;
	uint64_t m, last = (uint64_t)b.len << 56;

	for (size_t i = 0; i < words; i++) {
		memcpy(&m, b.p + 8 * i, 8);
		sip_word(s, m);
	}
	for (size_t i = 0; i < b.len % 8; i++)
		last |= (uint64_t)b.p[8 * words + i] << (8 * i);
	sip_word(s, last);
}

uint64_t hash_bytes(const struct hash_key *key, struct bytes b)
{
	struct sip s = sip_init(key);

	sip_bytes(&s, b);
	return sip_final(&s);
}

void hash_bytes2(const struct hash_key *key, struct bytes b, uint64_t out[2])
{
	struct sip s = sip_init(key);

	s.v1 ^= 0xee;
	sip_bytes(&s, b);
	s.v2 ^= 0xee;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	out[0] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	s.v1 ^= 0xdd;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	out[1] = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t hash_u64(const struct hash_key *key, uint64_t a, uint64_t b)
{
	struct sip s = sip_init(key);

	sip_word(&s, a);
	sip_word(&s, b);
	sip_word(&s, 16ULL << 56);
	return sip_final(&s);
}
