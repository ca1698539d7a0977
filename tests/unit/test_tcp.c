/*
 * test_tcp.c: TCP connections by segments: what one segment that does not
 * belong to a connection, old, stray or made up, must not change of its verdict
 * (RFC 9293 3.10.7, RFC 5961).
 */
#include "base/linktype.h"
#include "know/observation.h"
#include "sensor/sensor.h"
#include "test_run.h"
#include "test_tls_stream.h"

enum { F = 1, S = 2, R = 4, P = 8, A = 16 };

static struct sensor_config config;
static struct worker *w;
static uint64_t number;
static int64_t ms;
static struct part parts[PARTS];
static uint32_t next[2]; /* sequence numbers */

static void setup(void)
{
	config = (struct sensor_config){ .max_flows = 1024 };
	sensor_pools_init(&config.pools);
	w = worker_new(&config);
	ck_assert_ptr_nonnull(w);
	number = 0;
	ms = 0;
	parts_full(parts, NULL);
}

static void teardown(void)
{
	worker_free(w);
	w = NULL;
}

static struct stamp now(void)
{
	return (struct stamp){ stamp_sec(1000000).ns + ms * NSEC_PER_MSEC };
}

static void put(uint8_t **to, uint64_t v, unsigned width)
{
	while (width--)
		*(*to)++ = (uint8_t)(v >> 8 * width);
}

/* One segment, as it stands in IPv4. */
static void seg(uint8_t dir, unsigned flags, uint32_t seq, uint32_t ack,
		struct bytes b)
{
	static uint8_t frame[65536];
	uint8_t *at = frame;
	struct frame f = { .linktype = LINKTYPE_RAW };

	put(&at, 0x4500, 2);
	put(&at, 40 + b.len, 2);
	put(&at, 0, 4);
	put(&at, 0x4006, 2);
	put(&at, 0, 2);
	put(&at, 0x0a000001u + dir, 4);
	put(&at, 0x0a000002u - dir, 4);
	put(&at, dir ? 443 : 40000, 2);
	put(&at, dir ? 40000 : 443, 2);
	put(&at, seq, 4);
	put(&at, ack, 4);
	put(&at, 0x5000 | flags, 2);
	put(&at, 0xffff, 2);
	put(&at, 0, 4);
	if (b.len)
		memcpy(at, b.p, b.len);
	f.data = bytes_of(frame, 40 + b.len);
	f.len = (uint32_t)f.data.len;
	f.time = now();
	worker_frame(w, &f, ++number, now());
	ms++;
}

static void bare(uint8_t dir, unsigned flags, uint32_t seq, uint32_t ack)
{
	seg(dir, flags, seq, ack, bytes_of(NULL, 0));
}

/* Time passes as it does in a worker: second by second. */
static void pass(int64_t msec)
{
	for (int64_t end = ms + msec; ms < end; ms += 500)
		worker_tick(w, now(), number);
}

static void connect_from(uint32_t client, uint32_t server)
{
	next[0] = client + 1;
	next[1] = server + 1;
	bare(0, S, client, 0);
	bare(1, S | A, server, next[0]);
	bare(0, A, next[0], next[1]);
}

static void say(int from, int to)
{
	for (int i = from; i <= to; i++) {
		uint8_t dir = parts[i].dir;
		struct bytes b = of(&parts[i].m);

		seg(dir, P | A, next[dir], next[!dir], b);
		next[dir] += (uint32_t)b.len;
	}
}

/* What is told when all is over: how many handshakes, and the last verdict. */
static unsigned told(enum tls_verdict *verdict)
{
	struct observation *o;
	unsigned num = 0;

	while (worker_end(w, now(), number + 1))
		;
	while ((o = worker_next(w))) {
		struct tls_reaction r;

		ck_assert_ptr_nonnull(o->hs);
		tls_handshake_reaction(o->hs, &r);
		*verdict = r.verdict;
		num++;
		observation_unref(o);
	}
	return num;
}

static void expect(enum tls_verdict wanted)
{
	enum tls_verdict verdict = TLS_UNKNOWN;

	ck_assert_uint_eq(told(&verdict), 1);
	ck_assert_int_eq(verdict, wanted);
}

/* Where an end may come, as a number beside what the receiver awaits. */
static const struct end {
	int beside;
	unsigned flags;
	bool counts;
} ends[] = {
	{ 0, R, true },
	{ 0, R | A, true },
	{ -1, R, false },
	{ -100, R | A, false },
	{ 70000, R, false },
	{ 1 << 30, R, false },
	{ -(1 << 30), R, false },
	{ -1, F | A, false },
	{ -100, F | A, false },
	{ -40000, F | A, false },
	{ 1 << 30, F | A, false },
};

/* Behind the client's Finished, with the rest a while later. */
START_TEST(end_of_client)
{
	const struct end *e = &ends[_i];

	connect_from(4294966000u, 77);
	say(0, 2);
	bare(1, A, next[1], next[0]);
	bare(0, e->flags, next[0] + (uint32_t)e->beside, next[1]);
	pass(3000);
	if (!e->counts) {
		say(3, 6);
		expect(TLS_ACCEPTED);
	} else {
		expect(TLS_ABANDONED);
	}
}
END_TEST

/* What the server has not acknowledged yet may not have reached it. */
START_TEST(reset_unacknowledged)
{
	connect_from(1, 77);
	say(0, 2);
	bare(0, R, next[0] - (uint32_t)parts[2].m.len, 0);
	pass(3000);
	expect(TLS_ABANDONED);
}
END_TEST

START_TEST(end_of_server)
{
	const struct end *e = &ends[_i];

	connect_from(1, 4294966000u);
	say(0, 2);
	bare(1, e->flags, next[1] + (uint32_t)e->beside, next[0]);
	pass(3000);
	if (!e->counts) {
		say(3, 6);
		expect(TLS_ACCEPTED);
	} else {
		expect(TLS_SERVER_REFUSED);
	}
}
END_TEST

/* An end that bytes come behind, and the true one. */
START_TEST(end_ahead)
{
	connect_from(1, 77);
	say(0, 2);
	bare(0, R, next[0] + 50, 0);
	bare(1, R, next[1] + 60, 0);
	say(3, 3);
	pass(3000);
	bare(1, R, next[1], next[0]);
	pass(3000);
	expect(TLS_SERVER_REFUSED);
}
END_TEST

/* The stream comes there a while later, but goes on. */
START_TEST(reset_ahead)
{
	connect_from(1, 77);
	say(0, 2);
	bare(0, R, next[0] + (uint32_t)parts[4].m.len, 0);
	bare(1, R, next[1] + (uint32_t)parts[3].m.len, 0);
	pass(2000);
	say(3, 4);
	pass(2000);
	say(5, 6);
	expect(TLS_ACCEPTED);
}
END_TEST

/* It was captured before what was sent before it. */
START_TEST(reset_reordered)
{
	connect_from(1, 77);
	say(0, 2);
	bare(1, R, next[1] + (uint32_t)parts[3].m.len, 0);
	say(3, 3);
	pass(3000);
	expect(TLS_SERVER_REFUSED);
}
END_TEST

/* The answer to a SYN has no number; a connection's end has one. */
START_TEST(reset_without_number)
{
	connect_from(1, 77);
	say(0, 2);
	bare(1, R | A, 0, next[0]);
	pass(3000);
	say(3, 6);
	expect(TLS_ACCEPTED);
}
END_TEST

/* The same where nothing of the server was seen but what the client says. */
START_TEST(reset_unseen)
{
	enum tls_verdict verdict;

	next[0] = 2;
	next[1] = 78;
	bare(0, S, 1, 0);
	say(0, 0);
	bare(1, R | A, 0, next[0]);
	pass(3000);
	say(1, 6);
	ck_assert_uint_eq(told(&verdict), 1);
	ck_assert_int_eq(verdict, TLS_ACCEPTED);
}
END_TEST

/* RFC 9293 3.5.3: what a RST carries is no part of the stream. */
START_TEST(reset_with_text)
{
	static const char text[] = "reset by the rules of the house";
	struct observation *o;

	connect_from(1, 77);
	say(0, 2);
	seg(1, R | A, next[1], next[0], bytes_str(text));
	pass(3000);
	o = worker_next(w);
	ck_assert_ptr_nonnull(o);
	for (size_t i = 0; i < o->hs->num_anomalies; i++)
		ck_assert_str_ne(o->hs->anomalies[i].code, "record_malformed");
	ck_assert_int_eq(o->hs->side[TLS_SERVER].close, TLS_RST);
	observation_unref(o);
}
END_TEST

/* Acknowledges what was never sent, from nowhere near the stream. */
START_TEST(made_up_acknowledgement)
{
	connect_from(1, 77);
	say(0, 2);
	bare(0, A, next[0] + 0x60000000u, next[1] + 5000);
	bare(1, R | A, next[1] + 0x60000000u, next[0] + 5000);
	say(3, 6);
	expect(TLS_ACCEPTED);
}
END_TEST

/* RFC 5961 4: SYNs of no connection, and the answer that they get. */
static void stray(uint8_t dir, uint32_t seq)
{
	bare(dir, S, seq, 0);
	bare(!dir, A, next[!dir], next[dir]);
}

START_TEST(stray_syn)
{
	static const uint32_t beside[] = { 0x50000000, 70, (uint32_t)-1, 0 };
	const uint8_t dir = _i / 8 % 2 != 0;

	connect_from(4294966000u, 77);
	for (int i = 0; i < PARTS; i++) {
		if (i == _i % 8)
			stray(dir, next[dir] + beside[_i / 16]);
		say(i, i);
	}
	expect(TLS_ACCEPTED);
}
END_TEST

/* The stray one comes before the SYN is answered. */
START_TEST(stray_syn_first)
{
	next[0] = 2;
	next[1] = 78;
	bare(0, S, 1, 0);
	bare(0, S, 0x50000000, 0);
	bare(1, S | A, 77, 2);
	bare(0, A, 2, 78);
	say(0, 6);
	expect(TLS_ACCEPTED);
}
END_TEST

/* What ended the first one of two connections of the same ports. */
enum { NOTHING, FINS, RESET, SILENCE, NUM_ENDINGS };

static void ending(int how)
{
	if (how == FINS) {
		bare(0, F | A, next[0], next[1]);
		bare(1, F | A, next[1], next[0] + 1);
	} else if (how == RESET) {
		bare(1, R, next[1], 0);
	} else if (how == SILENCE) {
		ms += 61000;
	}
}

static void expect_two(void)
{
	enum tls_verdict verdict = TLS_UNKNOWN;

	ck_assert_uint_eq(told(&verdict), 2);
	ck_assert_int_eq(verdict, TLS_ACCEPTED);
}

/* Linux: the number of the second is a bit above the first one's. */
START_TEST(ports_again)
{
	connect_from(4294966000u, 77);
	say(0, 2);
	ending(_i % NUM_ENDINGS);
	connect_from(_i / NUM_ENDINGS ? next[0] + 65536 : 12345, 99);
	say(0, 6);
	expect_two();
}
END_TEST

/* The answer to the SYN is not seen. */
START_TEST(ports_again_unanswered)
{
	connect_from(1, 77);
	say(0, 2);
	ending(_i);
	next[0] = 90001;
	next[1] = 0x70000001;
	bare(0, S, 90000, 0);
	bare(0, A, next[0], next[1]);
	bare(1, A, next[1], next[0]);
	say(0, 6);
	/* where its stream begins is told by its hello */
	expect_two();
}
END_TEST

/* The SYN is not seen, where something shows that the first one is over. */
START_TEST(ports_again_syn_lost)
{
	bool done = _i / NUM_ENDINGS == 1;

	connect_from(1, 77);
	say(0, done ? 6 : 2);
	ending(_i % NUM_ENDINGS);
	if (!done && _i % NUM_ENDINGS == NOTHING)
		return;
	next[0] = 90001;
	next[1] = 0x70000001;
	for (int copy = 0; copy < 2; copy++)
		bare(1, S | A, 0x70000000, 90001);
	bare(0, A, 90001, next[1]);
	say(0, 0);
	bare(1, S | A, 0x70000000, 90001);
	say(1, 6);
	bare(1, S | A, 0x70000000, 90001); /* an old copy begins nothing */
	expect_two();
}
END_TEST

/* One side alone, twice: what is closed there begins anew. */
START_TEST(ports_again_one_sided)
{
	enum tls_verdict verdict;
	const uint8_t dir = _i != 0;

	for (uint32_t n = 0; n < 3; n++) {
		next[0] = 1000 + n * 0x70000000;
		next[1] = 5000 + n * 0x70000000;
		bare(dir, dir ? S | A : S, next[dir] - 1, dir ? next[0] : 0);
		for (int i = 0; i < PARTS; i++) {
			if (parts[i].dir == dir)
				say(i, i);
			else
				next[!dir] += (uint32_t)parts[i].m.len;
		}
		bare(dir, F | A, next[dir], next[!dir]);
	}
	ck_assert_uint_eq(told(&verdict), 3);
	ck_assert_int_eq(verdict, TLS_UNKNOWN);
}
END_TEST

/* The other side calls from and to the same ports. */
START_TEST(ports_again_backwards)
{
	connect_from(1, 77);
	say(0, 2);
	next[0] = 90001;
	next[1] = 60001;
	bare(1, S, 60000, 0);
	bare(0, S | A, 90000, 60001);
	bare(1, A, 60001, 90001);
	for (int i = 0; i < PARTS; i++)
		parts[i].dir = !parts[i].dir;
	say(0, 6);
	expect_two();
}
END_TEST

/* No SYN is a SYN with an end on it, and no connection begins with a RST. */
START_TEST(nonsense)
{
	static const uint8_t flags[] = { S | R, S | F, S | R | A, S | F | R };

	seg(0, R, 1, 0, of(&parts[0].m));
	connect_from(1, 77);
	for (int i = 0; i < PARTS; i++) {
		bare(0, flags[_i], 0x50000000, next[1]);
		bare(1, flags[_i], 0x50000000, next[0]);
		say(i, i);
	}
	expect(TLS_ACCEPTED);
}
END_TEST

static void cases(TCase *t)
{
	const int num = sizeof ends / sizeof *ends;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, end_of_client, 0, num);
	tcase_add_loop_test(t, end_of_server, 0, num);
	tcase_add_test(t, reset_unacknowledged);
	tcase_add_test(t, end_ahead);
	tcase_add_test(t, reset_ahead);
	tcase_add_test(t, reset_reordered);
	tcase_add_test(t, reset_without_number);
	tcase_add_test(t, reset_unseen);
	tcase_add_test(t, reset_with_text);
	tcase_add_test(t, made_up_acknowledgement);
	tcase_add_loop_test(t, stray_syn, 0, 4 * 16);
	tcase_add_test(t, stray_syn_first);
	tcase_add_loop_test(t, ports_again, 0, 2 * NUM_ENDINGS);
	tcase_add_loop_test(t, ports_again_unanswered, 0, NUM_ENDINGS);
	tcase_add_loop_test(t, ports_again_syn_lost, 0, 2 * NUM_ENDINGS);
	tcase_add_loop_test(t, ports_again_one_sided, 0, 2);
	tcase_add_test(t, ports_again_backwards);
	tcase_add_loop_test(t, nonsense, 0, 4);
}

TEST_MAIN("tcp", cases)
