/*
 * test_openvpn.c: TLS out of OpenVPN's control packets: every authentication,
 * any order, repeated, over UDP and TCP; a packet that is lost for sure makes
 * no verdict.
 */
#include "test_tls_stream.h"
#include "tls/openvpn.h"
#include "test_run.h"

#include <time.h>

#define MOST 64

struct packet {
	uint8_t dir;
	uint8_t p[4096];
	size_t len;
};

struct talk {
	struct packet packet[MOST];
	unsigned num;
	size_t auth;	  /* bytes of HMAC, packet number and time */
	uint32_t next[2]; /* number of the next control packet */
};

static struct talk *talk;
static struct part *parts;
static char expected[MAKE_FACTS], got[MAKE_FACTS];

static void put(struct packet *p, uint64_t v, unsigned width)
{
	for (unsigned i = width; i-- > 0;)
		p->p[p->len++] = (uint8_t)(v >> 8 * i);
}

/* Opcode, session id, authentication, num acknowledgements from 0 on. */
static struct packet *begin(uint8_t dir, uint8_t head, unsigned acks)
{
	struct packet *p = &talk->packet[talk->num++];

	ck_assert_uint_le(talk->num, MOST);
	*p = (struct packet){ .dir = dir };
	put(p, head, 1);
	put(p, 0x1122334455667788u + dir, 8);
	for (size_t i = 0; i < talk->auth; i++)
		put(p, 0xe0 + i % 16, 1);
	put(p, acks, 1);
	for (unsigned i = 0; i < acks; i++)
		put(p, talk->next[!dir] - acks + i, 4);
	if (acks)
		put(p, 0x1122334455667788u + !dir, 8);
	return p;
}

static void control(uint8_t dir, struct bytes b, unsigned acks)
{
	struct packet *p = begin(dir, 4 << 3, acks);

	put(p, talk->next[dir]++, 4);
	memcpy(p->p + p->len, b.p, b.len);
	p->len += b.len;
}

/* The whole conversation, in pieces of size. */
static void make_talk(size_t auth, size_t size)
{
	struct packet *p;

	*talk = (struct talk){ .auth = auth };
	for (uint8_t d = 0; d < 2; d++) {
		p = begin(d, (uint8_t)((7 + d) << 3), d);
		put(p, talk->next[d]++, 4);
	}
	for (int i = 0; i < PARTS; i++) {
		struct bytes b = of(&parts[i].m);

		for (; b.len; b = bytes_tail(b, size))
			control(parts[i].dir, bytes_head(b, size),
				i && b.len <= size ? 1 : 0);
		(void)begin(!parts[i].dir, 5 << 3, 1);
	}
}

static void feed(struct openvpn_session *s, const struct packet *p, bool tcp,
		 size_t step, uint64_t *offset)
{
	uint8_t *all = malloc(p->len + 2), *copy;
	struct bytes left;

	ck_assert_ptr_nonnull(all);
	all[0] = (uint8_t)(p->len >> 8);
	all[1] = (uint8_t)p->len;
	memcpy(all + 2, p->p, p->len);
	left = tcp ? bytes_of(all, p->len + 2) : bytes_of(all + 2, p->len);
	for (; left.len; left = bytes_tail(left, step)) {
		struct bytes b = bytes_head(left, step);
		struct chunk c = { .dir = p->dir,
				   .offset = *offset,
				   .time = stamp_sec(1000001) };

		copy = malloc(b.len);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, b.p, b.len);
		c.data = bytes_of(copy, b.len);
		openvpn_session_feed(s, &c);
		*offset += b.len;
		free(copy);
	}
	free(all);
}

static struct tls_handshake *end(struct openvpn_session *s)
{
	struct tls_handshake *hs;

	openvpn_session_close(s, CLOSE_END, 0, stamp_sec(1000002));
	hs = openvpn_session_next(s);
	openvpn_session_free(s);
	return hs;
}

/* The packets in this order, less one (MOST: none). */
static struct tls_handshake *run(const unsigned *order, unsigned without,
				 bool tcp, size_t step)
{
	struct openvpn_session *s =
		openvpn_session_new(stamp_sec(1000000), tcp);
	uint64_t offset[2] = { 0, 0 };

	ck_assert_ptr_nonnull(s);
	for (unsigned i = 0; i < talk->num; i++) {
		const struct packet *p =
			&talk->packet[order ? order[i] : i];

		if ((order ? order[i] : i) != without)
			feed(s, p, tcp, step, &offset[p->dir]);
	}
	return end(s);
}

static void same(struct tls_handshake *hs)
{
	ck_assert_ptr_nonnull(hs);
	make_facts(hs, got);
	ck_assert_str_eq(got, expected);
	ck_assert_str_eq(hs->prelude.dialect, "openvpn");
	tls_handshake_free(hs);
}

static void setup(void)
{
	struct tcp t = { .s = NULL };
	struct tls_handshake *hs;

	talk = calloc(1, sizeof *talk);
	parts = calloc(PARTS, sizeof *parts);
	ck_assert(talk && parts);
	parts_full(parts, NULL);
	tcp_init(&t);
	for (int i = 0; i < PARTS; i++)
		tcp_part(&t, &parts[i], MAKE_MAX);
	hs = tcp_one(&t);
	make_facts(hs, expected);
	tls_handshake_free(hs);
}

static void teardown(void)
{
	free(talk);
	free(parts);
}

/* tls-auth: none, SHA-1, SHA-256, SHA-512 */
static const size_t auths[] = { 0, 28, 40, 72 };

START_TEST(authentication)
{
	for (int i = 0; i < 4; i++) {
		const struct packet *p = &talk->packet[0];
		uint8_t framed[2048];

		make_talk(auths[i], 1000);
		ck_assert_int_eq(openvpn_recognise(bytes_of(p->p, p->len),
						   false),
				 RECOGNISE_YES);
		framed[0] = 0;
		framed[1] = (uint8_t)p->len;
		memcpy(framed + 2, p->p, p->len);
		for (size_t n = 0; n < p->len; n++) {
			ck_assert_int_eq(openvpn_recognise(
						 bytes_of(p->p, n), false),
					 RECOGNISE_NO);
			ck_assert_int_eq(openvpn_recognise(
						 bytes_of(framed, n + 2), true),
					 RECOGNISE_MORE);
		}
		ck_assert_int_eq(openvpn_recognise(
					 bytes_of(framed, p->len + 2), true),
				 RECOGNISE_YES);
		framed[2] = 3 << 3;
		ck_assert_int_eq(openvpn_recognise(bytes_of(framed, 3), true),
				 RECOGNISE_NO);
		same(run(NULL, MOST, false, 4096));
	}
}
END_TEST

START_TEST(tcp)
{
	for (int i = 0; i < 4; i++) {
		make_talk(auths[i], 700);
		for (size_t step = 1; step < 3000; step += 1 + step / 3)
			same(run(NULL, MOST, true, step));
	}
}
END_TEST

/* Each packet late by a few, and some twice. */
START_TEST(disorder)
{
	unsigned order[MOST];
	uint32_t random = 5;

	make_talk(28, 300);
	for (unsigned n = 0; n < 200; n++) {
		for (unsigned i = 0; i < talk->num; i++)
			order[i] = i;
		for (unsigned k = 0; k < 12; k++) {
			unsigned i = 3 + make_random(&random) % (talk->num - 4);
			unsigned t = order[i];

			/* a side's own order changes, not who spoke first */
			if (talk->packet[order[i + 1]].dir !=
			    talk->packet[t].dir)
				continue;
			order[i] = order[i + 1];
			order[i + 1] = t;
		}
		same(run(order, MOST, false, 4096));
	}
}
END_TEST

/* What is still told is what the whole one tells, before the last packets. */
static void no_other(const struct tls_reaction *r, unsigned lost)
{
	ck_assert_msg(r->verdict == TLS_UNKNOWN ||
			      (r->verdict == TLS_ACCEPTED &&
			       lost + 4 > talk->num),
		      "packet %u: %d", lost, r->verdict);
}

START_TEST(lost)
{
	make_talk(0, 400);
	for (unsigned i = 0; i < talk->num; i++) {
		const struct packet *p = &talk->packet[i];
		struct tls_handshake *hs = run(NULL, i, false, 4096);
		struct tls_reaction r;

		if (!hs)
			continue;
		if (p->p[0] >> 3 != 4) { /* no TLS in it */
			same(hs);
			continue;
		}
		tls_handshake_reaction(hs, &r);
		no_other(&r, i);
		tls_handshake_free(hs);
	}
}
END_TEST

/* A hole of TCP: where the next packet begins is not known. */
START_TEST(hole)
{
	make_talk(0, 400);
	for (unsigned i = 0; i < talk->num; i++) {
		struct openvpn_session *s =
			openvpn_session_new(stamp_sec(1000000), true);
		uint64_t offset[2] = { 0, 0 };
		struct tls_handshake *hs;
		struct tls_reaction r;

		for (unsigned k = 0; k < talk->num; k++) {
			const struct packet *p = &talk->packet[k];
			struct chunk c = { .dir = p->dir,
					   .offset = offset[p->dir],
					   .gap = p->len + 2,
					   .time = stamp_sec(1000001) };

			if (k == i)
				openvpn_session_feed(s, &c);
			else
				feed(s, p, true, 4096, &offset[p->dir]);
		}
		hs = end(s);
		if (!hs)
			continue;
		tls_handshake_reaction(hs, &r);
		no_other(&r, i);
		tls_handshake_free(hs);
	}
}
END_TEST

/* Packets of another key's negotiation begin at 0 again: not ours. */
START_TEST(other_key)
{
	struct openvpn_session *s =
		openvpn_session_new(stamp_sec(1000000), false);
	uint64_t offset[2] = { 0, 0 };

	make_talk(0, 1000);
	for (unsigned i = 0; i < talk->num; i++) {
		struct packet p = talk->packet[i];

		feed(s, &p, false, 4096, &offset[p.dir]);
		p.p[0] |= 1;
		p.p[p.len - 1] ^= 0xff;
		feed(s, &p, false, 4096, &offset[p.dir]);
	}
	same(end(s));
}
END_TEST

/* An empty control packet of the server, or a longer one. */
static void early(struct openvpn_session *s, uint32_t id, size_t len,
		  uint32_t dropped)
{
	struct packet *p;
	uint64_t offset = 0;

	talk->num = 0;
	p = begin(1, 4 << 3, 0);
	put(p, id, 4);
	p->len += len;
	feed(s, p, false, 4096, &offset);
	ck_assert_uint_eq(openvpn_session_dropped(s), dropped);
}

/* What comes too early or is too long is dropped and counted; what comes again
 * is not. A handshake that lacks it has no verdict. */
START_TEST(limits)
{
	struct openvpn_session *s =
		openvpn_session_new(stamp_sec(1000000), false);
	uint64_t offset = 0;
	uint32_t next = 1;
	struct tls_reaction r;
	struct tls_handshake *hs;

	make_talk(0, 1000);
	for (unsigned i = 0; i < talk->num && next < 3; i++) {
		const struct packet *p = &talk->packet[i];

		feed(s, p, false, 4096, &offset);
		next += p->dir && p->p[0] >> 3 == 4;
	}
	ck_assert_uint_eq(next, 3);
	early(s, next + 1, LIMIT_OPENVPN_PACKET + 1, 1);
	early(s, next + LIMIT_OPENVPN_WINDOW, 0, 1);
	for (int again = 0; again < 2; again++)
		for (uint32_t i = 1; i < LIMIT_OPENVPN_WINDOW; i++)
			early(s, next + i, 0, 0);
	early(s, next - 1, LIMIT_OPENVPN_PACKET + 1, 0);
	early(s, next, 0, 0);
	/* all but the last dropped one came again */
	hs = end(s);
	ck_assert_ptr_nonnull(hs);
	ck_assert(hs->side[TLS_SERVER].gap && !hs->side[TLS_CLIENT].gap);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
	tls_handshake_free(hs);
}
END_TEST

/* Over TCP: a packet of any length, in a frame of any. */
START_TEST(long_stream)
{
	struct openvpn_session *s =
		openvpn_session_new(stamp_sec(1000000), true);
	size_t len = 2 + 65535 + LIMIT_FRAME;
	uint8_t *all = calloc(1, len);
	struct chunk c = { .data = bytes_of(all, 2 + 65534) };

	ck_assert_ptr_nonnull(all);
	memset(all, 0xff, 2); /* data channel packets, of 65535 bytes */
	openvpn_session_feed(s, &c);
	c.data = bytes_of(all + 2 + 65534, LIMIT_FRAME);
	openvpn_session_feed(s, &c);
	ck_assert_uint_eq(openvpn_session_dropped(s), 0);
	free(all);
	openvpn_session_free(s);
}
END_TEST

/* CPU time to feed 2.5 MB of empty packets in chunks of n bytes. */
static clock_t empty_ones(size_t n)
{
	static const uint8_t zeros[UINT16_MAX - 1];
	struct openvpn_session *s =
		openvpn_session_new(stamp_sec(1000000), true);
	struct chunk c = { .data = bytes_of(zeros, n) };
	clock_t begin = clock();

	for (size_t i = 0; i < 40 * sizeof zeros; i += n)
		openvpn_session_feed(s, &c);
	openvpn_session_free(s);
	return clock() - begin;
}

/* Many in a chunk cost no more than a few. */
START_TEST(empty_packets)
{
	clock_t some = empty_ones(UINT16_MAX / 64);

	ck_assert_int_lt(empty_ones(UINT16_MAX - 1),
			 8 * some + CLOCKS_PER_SEC / 20);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, authentication);
	tcase_add_test(t, tcp);
	tcase_add_test(t, disorder);
	tcase_add_test(t, lost);
	tcase_add_test(t, hole);
	tcase_add_test(t, other_key);
	tcase_add_test(t, limits);
	tcase_add_test(t, long_stream);
	tcase_add_test(t, empty_packets);
}

TEST_MAIN("openvpn", cases)
