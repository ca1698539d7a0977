/*
 * trace_out.c: packets with right lengths and checksums, as a classic capture
 * file (microseconds, Ethernet) through one large buffer; random numbers.
 */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKET 2048u
#define START_SEC  1780315200u /* 2026-06-01T12:00:00Z */

static struct {
	FILE *file;
	uint64_t packets, bytes, ns, random;
	uint32_t gap;
} out = { .random = 0x9E3779B97F4A7C15u, .gap = 10000 };

uint64_t rnd(void)
{
	/* xorshift64*, Vigna 2016 */
	out.random ^= out.random >> 12;
	out.random ^= out.random << 25;
	out.random ^= out.random >> 27;
	return out.random * 0x2545F4914F6CDD1Du;
}

uint32_t rnd_below(uint32_t n)
{
	return (uint32_t)((rnd() >> 32) * n >> 32);
}

void rnd_fill(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(rnd() >> 40);
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xFFFF);
}

bool out_open(const char *path)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0,
					 262144, 1 };

	out.file = fopen(path, "wb");
	if (!out.file)
		return false;
	(void)setvbuf(out.file, NULL, _IOFBF, 1 << 20);
	out.bytes = sizeof head;
	return fwrite(head, sizeof head, 1, out.file) == 1;
}

bool out_close(void)
{
	bool bad = ferror(out.file) != 0;

	return fclose(out.file) == 0 && !bad;
}

void out_gap(unsigned ns)
{
	out.gap = ns;
}

uint64_t out_packets(void)
{
	return out.packets;
}

uint64_t out_bytes(void)
{
	return out.bytes;
}

static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t n)
{
	uint64_t wide = sum;
	uint16_t word;

	for (; n > 1; n -= 2, p += 2) {
		memcpy(&word, p, 2);
		wide += word;
	}
	if (n)
		wide += *p;
	while (wide >> 16)
		wide = (wide & 0xFFFF) + (wide >> 16);
	return (uint32_t)wide;
}

static void seal(uint8_t *field, uint32_t sum)
{
	uint16_t v = (uint16_t)~sum;

	memcpy(field, &v, 2);
}

static void put_packet(const uint8_t *p, size_t n)
{
	uint32_t head[4];

	out.ns += 1 + rnd_below(2 * out.gap);
	head[0] = START_SEC + (uint32_t)(out.ns / 1000000000);
	head[1] = (uint32_t)(out.ns % 1000000000 / 1000);
	head[2] = head[3] = (uint32_t)n;
	(void)fwrite(head, sizeof head, 1, out.file);
	(void)fwrite(p, n, 1, out.file);
	out.packets++;
	out.bytes += sizeof head + n;
}

static void put_address6(uint8_t *p, const uint8_t ip[4])
{
	static const uint8_t prefix[12] = { 0x20, 0x01, 0x0d, 0xb8 };

	memcpy(p, prefix, 12);
	memcpy(p + 12, ip, 4);
}

/*
 * Ethernet and IP before a payload of n bytes; the sum of the pseudo header.
 * The bytes of the packet before the payload are returned.
 */
static size_t put_ip(uint8_t *p, const struct tuple *t, int dir, uint8_t proto,
		     size_t n, uint32_t *sum)
{
	static uint16_t id;
	uint8_t tail[4] = { 0, proto, 0, 0 };

	memcpy(p, dir ? "\2\0\0\0\0\1\2\0\0\0\0\2" : "\2\0\0\0\0\2\2\0\0\0\0\1",
	       12);
	put16(p + 12, t->v6 ? 0x86dd : 0x0800);
	p += 14;
	put16(tail + 2, n);
	if (t->v6) {
		put32(p, 0x60000000);
		put16(p + 4, n);
		p[6] = proto;
		p[7] = 60;
		put_address6(p + 8, t->ip[dir]);
		put_address6(p + 24, t->ip[!dir]);
		*sum = sum16(sum16(0, p + 8, 32), tail, 4);
		return 54;
	}
	memcpy(p, "\x45\0\0\0\0\0\x40\0\x3c\0\0\0", 12);
	put16(p + 2, 20 + n);
	put16(p + 4, ++id);
	p[9] = proto;
	memcpy(p + 12, t->ip[dir], 4);
	memcpy(p + 16, t->ip[!dir], 4);
	seal(p + 10, sum16(0, p, 20));
	*sum = sum16(sum16(0, p + 12, 8), tail, 4);
	return 34;
}

void out_tcp(const struct segment *s)
{
	static const uint8_t mss[] = { 2, 4, 5, 0xb4, 4, 2, 1, 3, 3, 7 };
	uint8_t packet[MAX_PACKET], *p;
	size_t options = s->flags & TCP_SYN ? 24 : 12;
	uint32_t sum;
	size_t n = put_ip(packet, s->tuple, s->dir, 6, 20 + options + s->len,
			  &sum);

	p = packet + n;
	put16(p, s->tuple->port[s->dir]);
	put16(p + 2, s->tuple->port[!s->dir]);
	put32(p + 4, s->seq);
	put32(p + 8, s->flags & TCP_ACK ? s->ack : 0);
	p[12] = (uint8_t)((20 + options) << 2);
	p[13] = s->flags;
	put16(p + 14, 64000);
	memset(p + 16, 0, 4);
	memcpy(p + 20, "\1\1\x8\xa", 4);
	put32(p + 24, (uint32_t)(out.ns / 1000000));
	put32(p + 28, 1);
	memset(p + 32, 0, 12);
	if (s->flags & TCP_SYN)
		memcpy(p + 32, mss, sizeof mss);
	if (s->len)
		memcpy(p + 20 + options, s->data, s->len);
	seal(p + 16, sum16(sum, p, 20 + options + s->len));
	put_packet(packet, n + 20 + options + s->len);
}

void out_udp(const struct tuple *t, int dir, const uint8_t *data, size_t len)
{
	uint8_t packet[MAX_PACKET], *p;
	uint32_t sum;
	size_t n = put_ip(packet, t, dir, 17, 8 + len, &sum);

	p = packet + n;
	put16(p, t->port[dir]);
	put16(p + 2, t->port[!dir]);
	put16(p + 4, 8 + len);
	put16(p + 6, 0);
	memcpy(p + 8, data, len);
	seal(p + 6, sum16(sum, p, 8 + len));
	put_packet(packet, n + 8 + len);
}

void out_fragment(const struct tuple *t, uint16_t id, uint16_t offset,
		  size_t len)
{
	uint8_t packet[MAX_PACKET], *ip = packet + 14;
	uint32_t sum;
	size_t n = put_ip(packet, t, 0, 6, len, &sum);

	put16(ip + 4, id);
	put16(ip + 6, 0x2000u | offset / 8u);
	put16(ip + 10, 0);
	seal(ip + 10, sum16(0, ip, 20));
	rnd_fill(packet + n, len);
	put_packet(packet, n + len);
}
