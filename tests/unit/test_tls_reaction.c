/*
 * test_tls_reaction.c: CONTRACT.md's table of what the client did, row by row,
 * with the record lengths that FACTS.md 6.6 measured, and its traps.
 */
#include "test_tls_make.h"
#include "test_run.h"

/* What happens, one behind the other; a plain length is application data. */
enum {
	END = 0,
	FIN = -1,
	RST = -2,
	DONE = -3,     /* ServerHelloDone */
	CCS = -4,
	FINISHED = -5, /* TLS <= 1.2 */
	ALERT = 100000,	 /* + code: fatal, readable */
	WARNING = 200000, /* + code */
	SEALED_ALERT = 300000, /* + length, TLS <= 1.2 */
};

struct step {
	char who; /* 'c' or 's' */
	int what;
};

enum {
	PSK = 1,
	EARLY = 2,
	GAP_C = 4,
	GAP_S = 8,
	CUT = 16,
	EVICTED = 32,
	DTLS = 64,
	MIDSTREAM = 128,
	NO_CLIENT = 256,
};

struct row {
	const char *name;
	uint16_t version, suite;
	unsigned flags;
	struct step steps[12];
	enum tls_verdict verdict;
	enum tls_evidence evidence;
	bool inferred;
};

#define V12 TLS_1_2, 0xc02f
#define S384 TLS_1_3, 0x1302 /* Finished 69, alert 19 */
#define S256 TLS_1_3, 0x1301 /* Finished 53 */
#define CCM8 TLS_1_3, 0x1305 /* Finished 45, alert 11 */
#define FLIGHT { 's', 40 }, { 's', 900 }, { 's', 281 }, { 's', 69 }
#define FLIGHT12 { 's', DONE }
#define CLIENT12 { 'c', CCS }, { 'c', FINISHED }
#define SERVER12 { 's', CCS }, { 's', FINISHED }

static const struct row rows[] = {
	/* data both ways */
	{ "1.3 data", S384, 0,
	  { FLIGHT, { 'c', 69 }, { 'c', 100 }, { 's', 400 } },
	  TLS_ACCEPTED, TLS_APPLICATION_DATA_SEEN, false },
	{ "1.3 data, JSSE pads", S384, 0,
	  { FLIGHT, { 'c', 85 }, { 'c', 100 }, { 's', 400 } },
	  TLS_ACCEPTED, TLS_APPLICATION_DATA_SEEN, false },
	{ "1.3 tickets are no answer", S384, 0,
	  { FLIGHT, { 'c', 69 }, { 's', 250 }, { 's', 250 }, { 'c', 100 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.3 a lone alert is no answer", S384, 0,
	  { FLIGHT, { 'c', 69 }, { 'c', 96 }, { 's', 19 } },
	  TLS_SERVER_REFUSED, TLS_SERVER_ALERT, false },
	{ "1.3 client certificate missing", S384, 0,
	  { FLIGHT, { 'c', 25 }, { 'c', 69 }, { 'c', 96 }, { 's', 19 } },
	  TLS_SERVER_REFUSED, TLS_SERVER_ALERT, false },
	{ "1.3 client certificate given", S384, 0,
	  { FLIGHT, { 'c', 800 }, { 'c', 281 }, { 'c', 69 }, { 'c', 100 },
	    { 's', 300 } },
	  TLS_ACCEPTED, TLS_APPLICATION_DATA_SEEN, false },
	{ "1.3 resumed shows no certificate", S384, PSK,
	  { { 's', 40 }, { 's', 69 }, { 'c', 69 }, { 'c', 100 },
	    { 's', 400 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.3 early data", S384, EARLY,
	  { FLIGHT, { 'c', 19 }, { 'c', 21 }, { 'c', 69 }, { 's', 400 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data", V12, 0,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 }, { 's', 100 } },
	  TLS_ACCEPTED, TLS_APPLICATION_DATA_SEEN, false },
	{ "1.2 who greets has refused nothing", V12, 0,
	  { FLIGHT12, CLIENT12, SERVER12, { 's', 200 }, { 'c', 160 },
	    { 's', SEALED_ALERT + 26 }, { 's', FIN } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 a listing is no refusal", V12, 0,
	  { FLIGHT12, CLIENT12, SERVER12, { 's', 200 },
	    { 's', SEALED_ALERT + 26 }, { 's', FIN },
	    { 'c', SEALED_ALERT + 26 }, { 'c', FIN } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data one way", V12, 0,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data, a gap", V12, GAP_S,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 }, { 's', 100 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data, cut", V12, CUT,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 }, { 's', 100 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data, midstream", V12, MIDSTREAM,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 }, { 's', 100 } },
	  TLS_UNKNOWN, 0, false },
	{ "1.2 data, evicted", V12, EVICTED,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', 100 }, { 's', 100 } },
	  TLS_UNKNOWN, 0, false },
	/* rejections */
	{ "OpenSSL in the clear", S384, 0,
	  { FLIGHT, { 'c', ALERT + 45 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_PLAINTEXT_ALERT, false },
	{ "a readable alert stands whatever is lost", S384, GAP_C | GAP_S,
	  { { 'c', ALERT + 48 } },
	  TLS_REJECTED, TLS_PLAINTEXT_ALERT, false },
	{ "Go, Chromium", S384, 0,
	  { FLIGHT, { 'c', CCS }, { 'c', 19 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "Java", S384, 0,
	  { FLIGHT, { 'c', CCS }, { 'c', 35 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "Java, cancelled", S384, 0,
	  { FLIGHT, { 'c', CCS }, { 'c', 35 }, { 'c', 35 }, { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_BEFORE_FINISHED, false },
	{ "two alerts that are not padded", S384, 0,
	  { FLIGHT, { 'c', CCS }, { 'c', 19 }, { 'c', 19 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "Java, and a third record", S384, 0,
	  { FLIGHT, { 'c', 35 }, { 'c', 35 }, { 'c', 35 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "an alert, and something else", S384, 0,
	  { FLIGHT, { 'c', 19 }, { 'c', 40 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "CCM_8", CCM8, 0,
	  { FLIGHT, { 'c', 11 }, { 'c', FIN } },
	  TLS_REJECTED, TLS_ENCRYPTED_ALERT, true },
	{ "19 is no alert with CCM_8", CCM8, 0,
	  { FLIGHT, { 'c', 19 }, { 'c', FIN } }, TLS_UNKNOWN, 0, false },
	{ "an alert, but a gap", S384, GAP_C,
	  { FLIGHT, { 'c', 19 }, { 'c', FIN } }, TLS_UNKNOWN, 0, false },
	{ "an alert before the server's flight", S384, 0,
	  { { 's', 40 }, { 'c', 19 }, { 's', 900 }, { 's', 69 } },
	  TLS_UNKNOWN, 0, false },
	{ "DTLS 1.3: an ACK", DTLS_1_3, 0x1301, DTLS,
	  { FLIGHT, { 'c', 19 }, { 'c', 35 } }, TLS_UNKNOWN, 0, false },
	{ "1.2: never by encrypted records", V12, 0,
	  { FLIGHT12, { 'c', CCS }, { 'c', SEALED_ALERT + 26 } },
	  TLS_ABANDONED, TLS_CLOSED_BEFORE_FINISHED, false },
	/* abandoned */
	{ "Node", S384, 0, { FLIGHT, { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_BEFORE_FINISHED, false },
	{ "wget", S384, 0, { FLIGHT, { 'c', 69 }, { 'c', RST } },
	  TLS_ABANDONED, TLS_CLOSED_WITHOUT_DATA, false },
	{ "curl, a wrong name; a health check", S384, 0,
	  { FLIGHT, { 'c', 69 }, { 'c', 19 }, { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_WITHOUT_DATA, false },
	{ "Java closes without data", S384, 0,
	  { FLIGHT, { 'c', 85 }, { 'c', 35 }, { 'c', 35 }, { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_WITHOUT_DATA, false },
	{ "Node, 1.2", V12, 0,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', SEALED_ALERT + 26 },
	    { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_WITHOUT_DATA, false },
	{ "1.2, before its Finished", V12, 0, { FLIGHT12, { 'c', FIN } },
	  TLS_ABANDONED, TLS_CLOSED_BEFORE_FINISHED, false },
	{ "closed before the flight", V12, 0, { { 'c', FIN } },
	  TLS_UNKNOWN, 0, false },
	{ "sent data, then closed", S384, 0,
	  { FLIGHT, { 'c', 69 }, { 'c', 100 }, { 'c', FIN } },
	  TLS_UNKNOWN, 0, false },
	{ "still open", S384, 0, { FLIGHT, { 'c', 69 } },
	  TLS_UNKNOWN, 0, false },
	{ "DTLS has no close", DTLS_1_2, 0xc02f, DTLS,
	  { FLIGHT12, CLIENT12, SERVER12, { 'c', SEALED_ALERT + 26 },
	    { 's', SEALED_ALERT + 26 } },
	  TLS_UNKNOWN, 0, false },
	/* the server */
	{ "1.2, a client certificate missing", V12, 0,
	  { FLIGHT12, CLIENT12, { 's', ALERT + 40 }, { 's', FIN } },
	  TLS_SERVER_REFUSED, TLS_SERVER_ALERT, false },
	{ "1.2, closed behind the client's flight", V12, 0,
	  { FLIGHT12, CLIENT12, { 's', FIN }, { 'c', FIN } },
	  TLS_SERVER_REFUSED, TLS_SERVER_CLOSED, false },
	{ "1.3, closed behind the client's flight", S256, 0,
	  { FLIGHT, { 'c', 53 }, { 's', RST } },
	  TLS_SERVER_REFUSED, TLS_SERVER_CLOSED, false },
	{ "DTLS, a readable alert", DTLS_1_2, 0xc02f, DTLS,
	  { FLIGHT12, CLIENT12, { 's', ALERT + 40 } },
	  TLS_SERVER_REFUSED, TLS_SERVER_ALERT, false },
	{ "one direction", V12, NO_CLIENT, { FLIGHT12, SERVER12 },
	  TLS_UNKNOWN, 0, false },
};

static void sealed(struct tls_side_facts *f, uint8_t type, int len,
		   uint32_t *order)
{
	f->sealed[f->num_sealed] = (uint16_t)len;
	f->sealed_type[f->num_sealed] = type;
	f->sealed_order[f->num_sealed++] = ++*order;
	f->last_order = *order;
}

static void step(struct tls_handshake *hs, struct step s, uint32_t *order)
{
	enum tls_side side = s.who == 'c' ? TLS_CLIENT : TLS_SERVER;
	struct tls_side_facts *f = &hs->side[side];

	if (s.what == FIN || s.what == RST) {
		f->close = s.what == FIN ? TLS_FIN : TLS_RST;
		f->close_order = ++*order;
	} else if (s.what == DONE) {
		f->hello_done = true;
	} else if (s.what == CCS) {
		f->ccs = true;
	} else if (s.what == FINISHED) {
		f->finished = true;
	} else if (s.what >= SEALED_ALERT) {
		sealed(f, TLS_ALERT, s.what - SEALED_ALERT, order);
	} else if (s.what >= WARNING) {
		hs->warning[side] = (uint8_t)(s.what - WARNING + 1);
	} else if (s.what >= ALERT) {
		hs->alert = (struct tls_alert){
			.seen = true,
			.from = side,
			.level = 2,
			.code = (uint8_t)(s.what - ALERT),
			.order = ++*order,
		};
	} else {
		sealed(f, TLS_APPLICATION_DATA, s.what, order);
	}
}

static void reaction_of(const struct row *row, struct tls_reaction *out)
{
	unsigned flags = row->flags;
	struct tls_handshake *hs = tls_handshake_new(
		flags & DTLS ? TLS_OVER_DTLS : TLS_OVER_TCP, stamp_sec(0));
	uint32_t order = 0;

	ck_assert_ptr_nonnull(hs);
	hs->client.count = !(flags & NO_CLIENT);
	hs->client.early_data = flags & EARLY;
	hs->server.seen = true;
	hs->server.version = row->version;
	hs->server.suite = row->suite;
	hs->server.psk = flags & PSK;
	hs->side[TLS_SERVER].seen = true;
	hs->side[TLS_CLIENT].seen = !(flags & NO_CLIENT);
	hs->side[TLS_CLIENT].gap = flags & GAP_C;
	hs->side[TLS_SERVER].gap = flags & GAP_S;
	hs->side[TLS_SERVER].truncated = flags & CUT;
	hs->side[TLS_CLIENT].midstream = flags & MIDSTREAM;
	hs->evicted = flags & EVICTED;
	for (int i = 0; row->steps[i].who; i++)
		step(hs, row->steps[i], &order);
	tls_handshake_reaction(hs, out);
	tls_handshake_free(hs);
}

START_TEST(table)
{
	const struct row *row = &rows[_i];
	struct tls_reaction r;

	reaction_of(row, &r);
	ck_assert_msg(r.verdict == row->verdict &&
			      r.evidence == row->evidence &&
			      r.inferred == row->inferred,
		      "%s: %d %d %d", row->name, r.verdict, r.evidence,
		      r.inferred);
}
END_TEST

/* Which alerts of a client are about the certificate: these, no others. */
START_TEST(alert_codes)
{
	static const uint8_t codes[] = { 42, 43, 44, 45, 46,
					 48, 49, 113, 114 };

	for (int code = 0; code < 256; code++) {
		struct row row = { "alert", V12, 0,
				   { FLIGHT12, { 'c', ALERT + code } },
				   0, 0, false };
		bool about = memchr(codes, code, sizeof codes) != NULL;
		struct tls_reaction r;

		reaction_of(&row, &r);
		ck_assert_msg((r.verdict == TLS_REJECTED) == about, "%d",
			      code);
		row.steps[1].what = WARNING + code;
		reaction_of(&row, &r);
		ck_assert_int_eq(r.verdict, TLS_UNKNOWN);
		row.steps[1].who = 's';
		row.steps[1].what = ALERT + code;
		reaction_of(&row, &r);
		ck_assert_int_ne(r.verdict, TLS_REJECTED);
	}
}
END_TEST

/* Whatever is lost, nothing is inferred from lengths or from silence. */
START_TEST(losses)
{
	static const unsigned flags[] = { GAP_C, GAP_S, CUT, MIDSTREAM,
					  EVICTED };

	for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
		struct row row = rows[_i];
		struct tls_reaction r;

		row.flags |= flags[k];
		reaction_of(&row, &r);
		ck_assert_msg(r.verdict == TLS_UNKNOWN ||
				      r.evidence == TLS_PLAINTEXT_ALERT,
			      "%s %u: %d", row.name, flags[k], r.verdict);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, table, 0, NUM(rows));
	tcase_add_loop_test(t, losses, 0, NUM(rows));
	tcase_add_test(t, alert_codes);
}

TEST_MAIN("tls_reaction", cases)
