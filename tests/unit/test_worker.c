/*
 * test_worker.c: the worker half by frames: what it holds is bounded, and a
 * flow or a frame with several things in it is read to its end.
 */
#include "base/linktype.h"
#include "dns/message.h"
#include "know/observation.h"
#include "sensor/sensor.h"
#include "test_run.h"
#include "test_tls_stream.h"

static struct sensor_config config;
static struct worker *w;
static uint64_t number;
static uint8_t frame[65536 + 14];
static size_t len;

static void setup(void)
{
	config = (struct sensor_config){ .max_flows = 1024 };
	sensor_pools_init(&config.pools);
	number = 0;
}

static void teardown(void)
{
	worker_free(w);
	w = NULL;
}

static void begin(void)
{
	w = worker_new(&config);
	ck_assert_ptr_nonnull(w);
}

static void put(uint64_t v, unsigned width)
{
	while (width--)
		frame[len++] = (uint8_t)(v >> 8 * width);
}

static void put_bytes(struct bytes b)
{
	ck_assert_uint_le(len + b.len, sizeof frame);
	if (b.len)
		memcpy(frame + len, b.p, b.len);
	len += b.len;
}

static void send(int linktype)
{
	struct stamp now = stamp_sec(1000000);
	struct frame f = { .data = bytes_of(frame, len),
			   .len = (uint32_t)len,
			   .linktype = linktype,
			   .time = now };

	worker_frame(w, &f, ++number, now);
}

static void put_ethernet(void)
{
	len = 0;
	put(0, 6);
	put(0, 6);
	put(0x0800, 2);
}

/* dir 0: from 10.0.0.1 to 10.0.0.2; where: the fields of a fragment. */
static void put_ip(uint8_t protocol, uint8_t dir, uint32_t where, size_t n)
{
	put(0x4500, 2);
	put(20 + n, 2);
	put(where, 4);
	put(0x4000 | protocol, 2);
	put(0, 2);
	put(0x0a000001u + dir, 4);
	put(0x0a000002u - dir, 4);
}

static void tcp(uint16_t client, uint8_t dir, uint32_t seq, struct bytes b)
{
	put_ethernet();
	put_ip(6, dir, 0, 20 + b.len);
	put(dir ? 443 : client, 2);
	put(dir ? client : 443, 2);
	put(seq, 4);
	put(0, 4);
	put(0x5018, 2);
	put(0, 6);
	put_bytes(b);
	send(LINKTYPE_ETHERNET);
}

static uint64_t counted(const char *group, const char *name)
{
	static struct status s;

	memset(&s, 0, sizeof s);
	worker_status(w, &s);
	return status_get(&s, group, name);
}

static void make_hello_part(struct part *p, const char *sni)
{
	struct make *m = calloc(1, sizeof *m);

	ck_assert_ptr_nonnull(m);
	make_client_hello(m, &(struct make_hello){ .version = TLS_1_2,
						   .random = 0x11,
						   .sni = sni });
	p->m.len = 0;
	part_message(p, 1, of(m));
	free(m);
}

/* The handshakes with that name, which are all that is told. */
static unsigned told(const char *sni)
{
	struct observation *o;
	unsigned num = 0;

	while ((o = worker_next(w))) {
		num += o->hs && bytes_is(o->hs->client.sni, sni);
		observation_unref(o);
	}
	return num;
}

/* Handshakes that were small when they were opened, and grow. */
START_TEST(memory)
{
	enum { CONNS = 64, RECORDS = 20, RECORD = 16000, MOST = 4 << 20 };
	struct part *p = calloc(1, sizeof *p);

	ck_assert_ptr_nonnull(p);
	config.pools.sessions = MOST;
	begin();
	make_hello_part(p, "grows.example");
	for (uint16_t i = 0; i < CONNS; i++)
		tcp(10000 + i, 0, 1, of(&p->m));
	/* one of the others, of which nothing is known yet */
	make_hello_part(p, "late.example");
	tcp(20000, 0, 1, bytes_head(of(&p->m), 30));
	for (uint32_t i = 0; i < RECORDS; i++) {
		p->m.len = 0;
		make_num(&p->m, 0x160303, 3);
		make_num(&p->m, RECORD, 2);
		make_num(&p->m, i ? 0 : 0x0b0ffff0, 4);
		make_fill(&p->m, 0, RECORD - 4);
		for (uint16_t c = 0; c < CONNS; c++) {
			tcp(10000 + c, 1, 1 + i * (5 + RECORD), of(&p->m));
			ck_assert_uint_le(counted("memory", "handshakes"),
					  MOST);
		}
	}
	ck_assert_uint_gt(counted("connections", "evicted"), 0);
	ck_assert_uint_gt(counted("memory", "handshakes"), MOST / 2);
	make_hello_part(p, "late.example");
	tcp(20000, 0, 31, bytes_tail(of(&p->m), 30));
	ck_assert_uint_eq(told("late.example"), 0);
	while (worker_end(w, stamp_sec(1000001), number + 1))
		;
	ck_assert_uint_eq(told("late.example"), 1);
	free(p);
}
END_TEST

/* An answer for one name; flags 0x0100: the question, 0x2800: an update. */
static void put_dns(uint16_t id, uint16_t flags)
{
	put(id, 2);
	put(flags, 2);
	put(1, 2);
	put(flags >> 15, 2);
	put(0, 4);
	put(0x0161, 2); /* "a" */
	put(0, 1);
	put(DNS_A << 16 | 1, 4);
	if (flags >> 15) {
		put(0xc00c, 2);
		put(DNS_A << 16 | 1, 4);
		put(60, 4);
		put(4, 2);
		put(0xc0000201, 4);
	}
}

enum { QUESTION = 12 + 3 + 4, ANSWER = QUESTION + 16 };

static void put_udp(uint16_t src, uint16_t dst, size_t n)
{
	put(src, 2);
	put(dst, 2);
	put(8 + n, 2);
	put(0, 2);
}

static void dns(uint8_t dir, uint16_t id, uint16_t flags)
{
	size_t n = flags >> 15 ? ANSWER : QUESTION;

	put_ethernet();
	put_ip(17, dir, 0, 8 + n);
	put_udp(53, 53, n);
	put_dns(id, flags);
	send(LINKTYPE_ETHERNET);
}

/* What looks like QUIC's first packet and is none, each from another port. */
static void made_up(uint16_t num)
{
	for (uint16_t i = 0; i < num; i++) {
		put_ethernet();
		put_ip(17, 0, 0, 8 + 40);
		put_udp(20000 + i, 443, 40);
		put(0xc000000001, 5);
		put(0x0400000000, 5); /* an id of 4 */
		put(0x000018, 3); /* no id, no token, a length */
		for (int k = 0; k < 27; k++)
			put(0x5a, 1);
		send(LINKTYPE_ETHERNET);
	}
}

/* Packets that nobody answers drive out each other, not a handshake. */
START_TEST(unanswered)
{
	enum { MOST = 64 };
	struct part *p = calloc(1, sizeof *p);

	ck_assert_ptr_nonnull(p);
	config.pools.open_flows = MOST;
	begin();
	make_hello_part(p, "stays.example");
	tcp(10000, 0, 1, of(&p->m));
	made_up(2 * MOST);
	ck_assert_uint_eq(counted("connections", "evicted"), MOST + 1);
	ck_assert_uint_eq(told("stays.example"), 0);
	while (worker_end(w, stamp_sec(1000001), number + 1))
		;
	ck_assert_uint_eq(told("stays.example"), 1);
	free(p);
}
END_TEST

/* The ids of the answers that were told, as bits. */
static unsigned answers(void)
{
	struct observation *o;
	unsigned ids = 0;

	while ((o = worker_next(w))) {
		ck_assert_ptr_nonnull(o->dns);
		ids |= 1u << o->dns->id;
		observation_unref(o);
	}
	return ids;
}

/* Between two servers all is one flow: what is unknown there ends nothing. */
START_TEST(unknown_between)
{
	begin();
	for (uint16_t i = 0; i < 2 * LIMIT_PROBE_DATAGRAMS; i++) {
		dns(0, i, 0x2800);
		dns(0, i, 0x0100);
		dns(1, i, 0x8180);
	}
	ck_assert_uint_eq(answers(), 0xffff);
	for (uint16_t i = 0; i < LIMIT_PROBE_DATAGRAMS; i++)
		dns(0, i, 0x2800);
	dns(1, 1, 0x8180);
	ck_assert_uint_eq(answers(), 0);
	ck_assert_uint_eq(counted("limits", "datagrams_unknown"), 1);
}
END_TEST

/* Half of an answer's datagram: 24 bytes, or what is behind them. */
static void put_fragment(uint16_t id, bool second)
{
	size_t from = len, all = 20 + 8 + ANSWER;

	put_ip(17, 1, (uint32_t)id << 16 | (second ? 3 : 0x2000),
	       second ? all - 20 - 24 : 24);
	put_udp(53, 53, ANSWER);
	put_dns(id, 0x8180);
	if (second)
		memmove(frame + from + 20, frame + from + 44, all - 44);
	len = from + (second ? all - 24 : 44);
}

/* A frame of 802.11 with the ends of two datagrams in it. */
START_TEST(two_put_together)
{
	begin();
	for (uint16_t id = 1; id <= 2; id++) {
		put_ethernet();
		put_fragment(id, false);
		send(LINKTYPE_ETHERNET);
	}
	len = 0;
	put(0x8800, 2); /* data with QoS */
	for (int i = 0; i < 11; i++) /* duration, addresses, number */
		put(0, 2);
	put(0x8000, 2); /* an A-MSDU */
	for (uint16_t id = 1; id <= 2; id++) {
		size_t at;

		put(0, 6);
		put(0, 6);
		at = len;
		put(0, 2);
		put(0xaaaa03000000, 6);
		put(0x0800, 2);
		put_fragment(id, true);
		frame[at + 1] = (uint8_t)(len - at - 2);
		while ((len - at) % 4)
			put(0, 1);
	}
	send(LINKTYPE_IEEE802_11);
	ck_assert_uint_eq(answers(), 1u << 1 | 1u << 2);
}
END_TEST

/* What a worker with a home observed is freed there, not before. */
START_TEST(comes_home)
{
	struct observation_home home = { NULL };
	struct part *p = calloc(1, sizeof *p);
	struct observation *o[2], *kept;

	ck_assert_ptr_nonnull(p);
	begin();
	worker_home(w, &home);
	make_hello_part(p, "home.example");
	for (uint16_t i = 0; i < 2; i++)
		tcp(10000 + i, 0, 1, of(&p->m));
	while (worker_end(w, stamp_sec(1000001), number + 1))
		;
	for (int i = 0; i < 2; i++) {
		o[i] = worker_next(w);
		ck_assert_ptr_nonnull(o[i]);
	}
	kept = observation_ref(o[1]);
	observation_unref(o[1]);
	ck_assert_ptr_null(home.spent);
	observation_unref(o[0]);
	ck_assert_ptr_eq(home.spent, o[0]);
	observation_unref(kept);
	ck_assert_ptr_eq(home.spent, o[1]);
	ck_assert_ptr_eq(o[1]->next_spent, o[0]);
	observation_home_clear(&home);
	ck_assert_ptr_null(home.spent);
	observation_home_clear(&home);
	free(p);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, memory);
	tcase_add_test(t, unanswered);
	tcase_add_test(t, unknown_between);
	tcase_add_test(t, two_put_together);
	tcase_add_test(t, comes_home);
}

TEST_MAIN("worker", cases)
