/*
 * test_tls_record.c: however the bytes of a connection are cut, into chunks or
 * records, the facts are the same; what is lost costs what it covers.
 */
#include "test_tls_stream.h"
#include "test_run.h"

static struct part *p;
static struct part *one;
static struct tcp t;
static char expected[MAKE_FACTS], got[MAKE_FACTS];

static void facts(char out[static MAKE_FACTS])
{
	struct tls_handshake *hs = tcp_one(&t);

	make_facts(hs, out);
	tls_handshake_free(hs);
}

static void setup(void)
{
	p = calloc(PARTS, sizeof *p);
	one = calloc(1, sizeof *one);
	ck_assert(p && one);
	parts_full(p, NULL);
	tcp_init(&t);
	for (int i = 0; i < PARTS; i++)
		tcp_part(&t, &p[i], MAKE_MAX);
	facts(expected);
	tcp_init(&t);
}

static void teardown(void)
{
	tcp_fini(&t);
	free(p);
	free(one);
}

START_TEST(whole)
{
	struct tls_handshake *hs;
	struct tls_reaction r;

	for (int i = 0; i < PARTS; i++)
		tcp_part(&t, &p[i], MAKE_MAX);
	hs = tcp_one(&t);
	tls_handshake_reaction(hs, &r);
	ck_assert_int_eq(r.verdict, TLS_ACCEPTED);
	ck_assert(bytes_is(hs->client.sni, "api.example.com"));
	ck_assert_uint_eq(hs->server.version, TLS_1_2);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
	ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[1].len, 700);
	ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
	ck_assert(hs->side[TLS_SERVER].hello_done &&
		  hs->side[TLS_SERVER].certificate_request &&
		  hs->side[TLS_CLIENT].certificate_verify &&
		  hs->side[TLS_CLIENT].finished);
	ck_assert_uint_eq(hs->num_anomalies, 0);
	tls_handshake_free(hs);
}
END_TEST

START_TEST(chunks)
{
	for (size_t n = 1; n < 3000; n += 1 + n / 20) {
		tcp_init(&t);
		for (int i = 0; i < PARTS; i++)
			tcp_part(&t, &p[i], n);
		facts(got);
		ck_assert_msg(!strcmp(got, expected), "%zu: %s", n, got);
	}
}
END_TEST

START_TEST(records)
{
	for (size_t n = 1; n < 3000; n += 1 + n / 10) {
		for (int k = 0; k < 4; k++) {
			struct framing how = { n, k & 1 };

			parts_full(p, &how);
			tcp_init(&t);
			for (int i = 0; i < PARTS; i++)
				tcp_part(&t, &p[i], k & 2 ? 1 : MAKE_MAX);
			facts(got);
			ck_assert_msg(!strcmp(got, expected), "%zu: %s", n,
				      got);
		}
	}
}
END_TEST

/* Ended at every byte: what is told then is told by the whole one, too. */
START_TEST(prefixes)
{
	for (int part = 0; part < PARTS; part++) {
		for (size_t n = 0; n < p[part].m.len; n++) {
			struct tls_handshake *hs;

			tcp_init(&t);
			for (int i = 0; i < part; i++)
				tcp_part(&t, &p[i], MAKE_MAX);
			tcp_bytes(&t, p[part].dir,
				  bytes_head(of(&p[part].m), n));
			hs = tcp_end(&t);
			if (!hs)
				continue;
			ck_assert_uint_le(hs->chain[1].num_certs, 2);
			for (size_t k = 0; k < hs->chain[1].num_certs; k++)
				ck_assert_uint_eq(hs->chain[1].certs[k].len,
						  700);
			if (hs->client.has_sni && !hs->client.cut)
				ck_assert(bytes_is(hs->client.sni,
						   "api.example.com"));
			ck_assert(part == 0 || hs->client.count == 1);
			ck_assert_uint_eq(hs->num_anomalies, 0);
			tls_handshake_free(hs);
		}
	}
}
END_TEST

/* A hole anywhere in the server's flight, of any size. */
START_TEST(holes)
{
	size_t len = p[1].m.len;

	for (size_t n = 1; n < len; n = n * 3 + 1) {
		for (size_t at = 0; at + n <= len; at += 7) {
			struct bytes b = of(&p[1].m);
			struct tls_handshake *hs;
			struct tls_reaction r;

			tcp_init(&t);
			tcp_part(&t, &p[0], MAKE_MAX);
			tcp_bytes(&t, SERVER, bytes_head(b, at));
			tcp_gap(&t, SERVER, n);
			tcp_bytes(&t, SERVER, bytes_tail(b, at + n));
			for (int i = 2; i < PARTS; i++)
				tcp_part(&t, &p[i], MAKE_MAX);
			hs = tcp_one(&t);
			tls_handshake_reaction(hs, &r);
			ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
			ck_assert(hs->side[TLS_SERVER].gap);
			ck_assert_uint_eq(hs->chain[0].num_certs, 1);
			for (size_t k = 0; k < hs->chain[1].num_certs; k++) {
				struct bytes der = hs->chain[1].certs[k];

				ck_assert_uint_eq(der.len, 700);
				ck_assert_uint_eq(der.p[0], k + 1);
				ck_assert_uint_eq(der.p[699],
						  (uint8_t)(699 * 7 + k + 1));
			}
			tls_handshake_free(hs);
		}
	}
}
END_TEST

/* Behind a hole: what only looks like a record is waited for, and given up at
 * the end, so that the true ones are found however the bytes come. */
START_TEST(false_record)
{
#define JUNK(text) { text, sizeof(text) - 1 }
	static const struct {
		const char *text;
		size_t len;
	} junk[] = {
		JUNK(""),
		JUNK("\x03\x03\x03"),
		JUNK("\x17\x03\x03\x40\x00 not a record"),
		JUNK("\x16\x03\x03\x01\x01\x16\x03\x03\x20\x20\x16\x03"),
	};
	static const size_t pieces[] = { 1, 7, 100, 105, MAKE_MAX };
	struct framing how = { 100, false };

	parts_full(p, &how);
	for (size_t i = 0; i < 4 * 5; i++) {
		struct tls_handshake *hs;

		one->dir = SERVER;
		one->m.len = 0;
		make_bytes(&one->m, (const uint8_t *)junk[i / 5].text,
			   junk[i / 5].len);
		make_bytes(&one->m, p[1].m.p, p[1].m.len);
		tcp_init(&t);
		tcp_part(&t, &p[0], MAKE_MAX);
		tcp_gap(&t, SERVER, 1000);
		tcp_part(&t, one, pieces[i % 5]);
		hs = tcp_one(&t);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].certs[1].len, 700);
		tls_handshake_free(hs);
	}
}
END_TEST

START_TEST(midstream)
{
	struct tls_handshake *hs;
	struct framing how = { 1000, false };
	struct bytes b;

	/* from the second record on: in the middle of the Certificate */
	parts_full(p, &how);
	b = bytes_tail(of(&p[1].m), 1005);
	tls_session_midstream(t.s, SERVER);
	tls_session_midstream(t.s, CLIENT);
	tcp_bytes(&t, SERVER, b);
	for (int i = 2; i < PARTS; i++)
		tcp_part(&t, &p[i], MAKE_MAX);
	hs = tcp_one(&t);
	ck_assert_uint_eq(hs->chain[1].num_certs, 0);
	tls_handshake_free(hs);
	/* from the Certificate's own record on */
	tcp_init(&t);
	one->dir = SERVER;
	make_certificate(&p[0].m, 2, 700);
	part_message(one, 11, of(&p[0].m));
	part_message(one, 14, bytes_of(NULL, 0));
	tls_session_midstream(t.s, SERVER);
	tcp_part(&t, one, 13);
	hs = tcp_one(&t);
	ck_assert_uint_eq(hs->chain[1].num_certs, 2);
	ck_assert_int_eq(hs->chain[1].state, TLS_CHAIN_WHOLE);
	tls_handshake_free(hs);
}
END_TEST

static void hello_part(struct part *out, uint8_t random)
{
	struct make_hello h = { .version = TLS_1_2, .random = random };
	struct make *m = calloc(1, sizeof *m);

	make_client_hello(m, &h);
	out->dir = CLIENT;
	part_message(out, 1, of(m));
	free(m);
}

/* Renegotiation in the clear while the server's message is half there. */
START_TEST(again_meanwhile)
{
	struct bytes b = of(&p[1].m);
	struct tls_handshake *hs;

	tcp_part(&t, &p[0], MAKE_MAX);
	tcp_bytes(&t, SERVER, bytes_head(b, 800));
	hello_part(one, 0x44);
	tcp_part(&t, one, MAKE_MAX);
	hs = tls_session_next(t.s);
	ck_assert_ptr_nonnull(hs);
	ck_assert(bytes_is(hs->client.sni, "api.example.com"));
	tls_handshake_free(hs); /* and with it its memory */
	tcp_bytes(&t, SERVER, bytes_tail(b, 800));
	hs = tcp_one(&t);
	ck_assert_uint_eq(hs->client.random[0], 0x44);
	ck_assert_uint_eq(hs->index, 1);
	tls_handshake_free(hs);
}
END_TEST

/* Many handshakes in one chunk: more than are kept until they are taken. */
START_TEST(again_often)
{
	struct tls_handshake *hs;
	unsigned num = 0, told = 0;

	for (unsigned i = 0; i < 30; i++)
		hello_part(one, (uint8_t)(i + 1));
	tcp_part(&t, one, MAKE_MAX);
	for (hs = tcp_end(&t); hs; hs = tls_session_next(t.s)) {
		ck_assert_uint_ne(hs->client.random[0], 0);
		ck_assert_uint_eq(hs->client.random[0],
				  hs->client.random[31]);
		for (size_t i = 0; i < hs->num_anomalies; i++)
			told += !strcmp(hs->anomalies[i].code,
					"handshakes_too_many");
		tls_handshake_free(hs);
		num++;
	}
	ck_assert_uint_ge(told, 1); /* never dropped in silence */
	ck_assert_uint_ge(num, 1);
	ck_assert_uint_le(num, LIMIT_TLS_RENEGOTIATIONS);
}
END_TEST

START_TEST(alert_bytes)
{
	static const uint8_t level[] = { 2 }, code[] = { 112 };
	struct tls_handshake *hs;

	for (size_t n = 1; n < 20; n++) {
		tcp_init(&t);
		tcp_part(&t, &p[0], MAKE_MAX);
		one->dir = SERVER;
		one->m.len = 0;
		part_alert(one, 1, 112);
		part_record(one, 21, bytes_of(level, 1));
		part_record(one, 21, bytes_of(NULL, 0));
		part_record(one, 21, bytes_of(code, 1));
		tcp_part(&t, one, n);
		hs = tcp_one(&t);
		ck_assert_uint_eq(hs->warning[TLS_SERVER], 113);
		ck_assert(hs->alert.seen);
		ck_assert_uint_eq(hs->alert.code, 112);
		ck_assert_int_eq(hs->alert.from, TLS_SERVER);
		tls_handshake_free(hs);
	}
}
END_TEST

/* From SSL 3.0 on (RFC 6101) the version is in each record and both hellos, and
 * what we read of the rest is the same. */
START_TEST(versions)
{
	static const uint16_t all[] = { 0x0300, 0x0301, 0x0302, 0x0303 };
	struct tls_handshake *hs;

	for (size_t v = 0; v < sizeof all / sizeof *all; v++) {
		tcp_init(&t);
		for (int i = 0; i < PARTS; i++) {
			struct make *m = &p[i].m;

			for (size_t at = 0; at + 5 <= m->len;
			     at += 5 + (size_t)(m->p[at + 3] << 8 |
						m->p[at + 4]))
				m->p[at + 2] = (uint8_t)all[v];
			if (i < 2) /* behind the record's and message's head */
				m->p[10] = (uint8_t)all[v];
			tcp_part(&t, &p[i], 1000);
		}
		hs = tcp_one(&t);
		ck_assert_uint_eq(hs->client.legacy_version, all[v]);
		ck_assert_uint_eq(tls_negotiated(hs), all[v]);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
		ck_assert_uint_eq(hs->chain[TLS_CLIENT].num_certs, 1);
		ck_assert_uint_eq(hs->num_anomalies, 0);
		tls_handshake_free(hs);
	}
}
END_TEST

/* No byte that comes can break it. */
START_TEST(damaged)
{
	uint32_t random = 7;

	for (unsigned n = 0; n < 3000; n++) {
		struct tls_handshake *hs;

		tcp_init(&t);
		for (int i = 0; i < PARTS; i++) {
			*one = p[i];
			for (unsigned k = make_random(&random) % 4; k; k--)
				one->m.p[make_random(&random) % one->m.len] =
					(uint8_t)make_random(&random);
			if (make_random(&random) % 5 == 0)
				tcp_gap(&t, one->dir,
					1 + make_random(&random) % 2000);
			tcp_part(&t, one, 1 + make_random(&random) % 2000);
			while ((hs = tls_session_next(t.s)))
				tls_handshake_free(hs);
		}
		for (hs = tcp_end(&t); hs; hs = tls_session_next(t.s)) {
			make_facts(hs, got);
			tls_handshake_free(hs);
		}
	}
}
END_TEST

/* RFC 8446 D.4: a hello behind ChangeCipherSpec answers a retry; the one that
 * came before both is not taken for it. */
START_TEST(second_hello)
{
	for (int lost = 0; lost < 2; lost++) {
		struct tls_handshake *hs;

		one->m.len = 0;
		part_ccs(one);
		tcp_init(&t);
		if (!lost)
			tcp_part(&t, &p[0], 100);
		tcp_part(&t, one, 100);
		tcp_part(&t, &p[0], 100);
		hs = tcp_one(&t);
		ck_assert_uint_eq(hs->client.count, lost ? 1 : 2);
		ck_assert_int_eq(hs->client.second, lost);
		tls_handshake_free(hs);
	}
}
END_TEST

/* A protocol that no row knows, with a header of 4 bytes every so many: what
 * they stand in the middle of is not believed. 0: none. */
START_TEST(unknown_frames)
{
	static const size_t every[] = { 0, 100, 700, 1000, 1500 };
	static const struct prelude unknown = { .in_unknown = true };

	for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
		struct tls_handshake *hs;

		tcp_init(&t);
		tls_session_prelude(t.s, &unknown);
		for (int k = 0; k < PARTS; k++) {
			size_t n = every[i] && k == 1 ? every[i] : MAKE_MAX;

			for (size_t at = 0; at < p[k].m.len; at += n) {
				if (at)
					tcp_bytes(&t, p[k].dir,
						  bytes_of("\x40\x00\x05\x78",
							   4));
				tcp_bytes(&t, p[k].dir,
					  bytes_head(bytes_tail(of(&p[k].m),
								at),
						     n));
			}
		}
		hs = tcp_one(&t);
		ck_assert(bytes_is(hs->client.sni, "api.example.com"));
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs,
				  every[i] ? 0 : 2);
		ck_assert_int_eq(hs->side[TLS_SERVER].gap, every[i] != 0);
		tls_handshake_free(hs);
	}
	/* the hello itself */
	tcp_init(&t);
	tls_session_prelude(t.s, &unknown);
	tcp_bytes(&t, CLIENT, bytes_head(of(&p[0].m), p[0].m.len - 5));
	tcp_bytes(&t, CLIENT, bytes_of("\x40\x00\x05\x78", 4));
	tcp_bytes(&t, CLIENT, bytes_tail(of(&p[0].m), p[0].m.len - 5));
	tcp_part(&t, &p[1], MAKE_MAX);
	{
		struct tls_handshake *hs = tcp_one(&t);

		ck_assert(!hs->client.has_sni && hs->client.cut);
		ck_assert_uint_eq(hs->chain[TLS_SERVER].num_certs, 2);
		tls_handshake_free(hs);
	}
}
END_TEST

static void cases(TCase *c)
{
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, whole);
	tcase_add_test(c, chunks);
	tcase_add_test(c, records);
	tcase_add_test(c, prefixes);
	tcase_add_test(c, holes);
	tcase_add_test(c, false_record);
	tcase_add_test(c, midstream);
	tcase_add_test(c, again_meanwhile);
	tcase_add_test(c, again_often);
	tcase_add_test(c, alert_bytes);
	tcase_add_test(c, versions);
	tcase_add_test(c, unknown_frames);
	tcase_add_test(c, damaged);
	tcase_add_test(c, second_hello);
}

TEST_MAIN("tls_record", cases)
