/*
 * test_judge_clientcert.c: mutual TLS: the client's certificate, and servers
 * that refuse it or miss it; what only looks like that.
 */
#include "test_judge_make.h"
#include "test_run.h"

START_TEST(expired)
{
	show_client();
	judge();
	ck_told("clientcert.expired", "");
	client.not_after = NOW; /* the last second is inside */
	judge();
	ck_told("clientcert.expired", "");
	hs->chain[TLS_SERVER].time.ns++;
	judge();
	ck_told("clientcert.expired", "high");
	client.not_after = NOW - 2 * DAY;
	judge();
	ck_told("clientcert.expired", "high");
	ck_told("clientcert.expiring", "");
	ck_assert_ptr_nonnull(strstr(find("clientcert.expired")->message,
				     "CN=device-17"));
	hs->client.srtp = true; /* WebRTC: peers pin each other */
	judge();
	ck_told("clientcert.expired", "");
	hs->client.srtp = false;
	client.no_expiry = true;
	judge();
	ck_told("clientcert.expired", "");
}
END_TEST

START_TEST(expiring)
{
	show_client();
	client.not_before = NOW - 300 * DAY; /* of 400 days: 30 count */
	client.not_after = client.not_before + 400 * DAY;
	judge();
	ck_told("clientcert.expiring", "");
	client.not_before -= 70 * DAY;
	client.not_after -= 70 * DAY;
	judge();
	ck_told("clientcert.expiring", ""); /* just 30 */
	client.not_after--;
	judge();
	ck_told("clientcert.expiring", "medium");
	client.not_before = NOW - 3 * DAY; /* of 4 days: 1 counts */
	client.not_after = NOW + DAY;
	judge();
	ck_told("clientcert.expiring", "");
	client.not_after--;
	client.not_before--;
	judge();
	ck_told("clientcert.expiring", "medium");
	client.not_after = NOW;
	judge();
	ck_told("clientcert.expiring", "medium");
}
END_TEST

START_TEST(wrong_usage)
{
	static const struct {
		bool has;
		unsigned eku;
		const char *severity;
	} rows[] = {
		{ false, 0, "" },
		{ true, CERT_EKU_CLIENT, "" },
		{ true, CERT_EKU_CLIENT | CERT_EKU_SERVER, "" },
		{ true, CERT_EKU_SGC, "medium" },
		{ true, CERT_EKU_SERVER, "medium" },
		{ true, CERT_EKU_OTHER, "medium" },
		{ true, 0, "medium" },
	};

	show_client();
	client.has_eku = rows[_i].has;
	client.eku = rows[_i].eku;
	judge();
	ck_told("clientcert.wrong_usage", rows[_i].severity);
	set_alert(TLS_SERVER, 43); /* it explains the refusal */
	judge();
	ck_told("clientcert.wrong_usage", rows[_i].severity);
	ck_told("clientcert.refused", *rows[_i].severity ? "" : "high");
}
END_TEST

/* Some servers take it: it is told where one did not, and may for that. */
START_TEST(any_usage)
{
	static const struct {
		uint8_t alert;
		const char *usage, *refused;
	} rows[] = {
		{ 42, "medium", "" }, { 43, "medium", "" },
		{ 46, "medium", "" }, { 45, "", "high" },
		{ 48, "", "high" },
	};

	show_client();
	client.has_eku = true;
	client.eku = CERT_EKU_ANY;
	judge();
	ck_told("clientcert.wrong_usage", "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set_alert(TLS_SERVER, rows[i].alert);
		judge();
		ck_told("clientcert.wrong_usage", rows[i].usage);
		ck_told("clientcert.refused", rows[i].refused);
	}
	client.eku |= CERT_EKU_CLIENT;
	set_alert(TLS_SERVER, 43);
	judge();
	ck_told("clientcert.wrong_usage", "");
}
END_TEST

/* Whose alert, what the client showed, which code; told? */
static const struct {
	enum tls_side from;
	enum tls_chain_state state;
	uint16_t version;
	uint8_t code;
	bool missing;
	const char *severity;
} alerts[] = {
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 41, false, "" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 42, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 43, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 44, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 45, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 46, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 47, false, "" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 48, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 49, false, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 50, false, "" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 51, false, "" },
	/* 40 says nothing but behind an empty Certificate, before TLS 1.3 */
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_2, 40, false, "" },
	{ TLS_SERVER, TLS_CHAIN_EMPTY, TLS_1_2, 40, true, "high" },
	{ TLS_SERVER, TLS_CHAIN_EMPTY, TLS_1_3, 40, true, "" },
	{ TLS_SERVER, TLS_CHAIN_EMPTY, TLS_1_2, 42, true, "high" },
	{ TLS_SERVER, TLS_CHAIN_EMPTY, TLS_1_3, 116, true, "high" },
	{ TLS_SERVER, TLS_CHAIN_WHOLE, TLS_1_3, 48, false, "high" },
	/* the client's own rejection of the server's certificate */
	{ TLS_CLIENT, TLS_CHAIN_WHOLE, TLS_1_2, 48, false, "" },
	{ TLS_CLIENT, TLS_CHAIN_EMPTY, TLS_1_2, 42, false, "" },
};

START_TEST(refused)
{
	show_client();
	hs->server.version = alerts[_i].version;
	hs->chain[TLS_CLIENT].state = alerts[_i].state;
	if (alerts[_i].state == TLS_CHAIN_EMPTY)
		obs->num_chain[TLS_CLIENT] = 0;
	set_alert(alerts[_i].from, alerts[_i].code);
	judge();
	ck_told("clientcert.refused", alerts[_i].severity);
	if (*alerts[_i].severity) {
		ck_assert(!find("clientcert.refused")->inferred);
		ck_assert_str_eq(find("clientcert.refused")->hint.cause,
				 alerts[_i].missing ? "missing" : "refused");
	}
	hs->alert.encrypted = true; /* not to be read */
	judge();
	ck_told("clientcert.refused", "");
	hs->alert.encrypted = false;
	hs->alert.level = 1; /* a warning */
	judge();
	ck_told("clientcert.refused", "");
	hs->alert.level = 2;
	hs->side[TLS_SERVER].certificate_request = false;
	hs->chain[TLS_CLIENT].state = TLS_CHAIN_NONE; /* never asked for */
	judge();
	ck_told("clientcert.refused", "");
}
END_TEST

static void seal(enum tls_side side, uint16_t len, uint32_t order)
{
	struct tls_side_facts *f = &hs->side[side];

	f->sealed[f->num_sealed] = len;
	f->sealed_type[f->num_sealed] = TLS_APPLICATION_DATA;
	f->sealed_order[f->num_sealed++] = order;
}

/* The client's records of TLS 1.3, then the server's behind them. */
static const struct {
	uint16_t suite, sealed[6], answer[3];
	const char *cause; /* NULL: no finding */
} shapes[] = {
	{ 0x1302, { 25, 69 }, { 19 }, "missing" },
	{ 0x1301, { 25, 53 }, { 19 }, "missing" },
	{ 0x1301, { 25, 53, 100 }, { 19 }, "missing" }, /* data on its way */
	{ 0x1301, { 25, 69 }, { 35 }, "missing" },	/* JSSE pads */
	{ 0x1305, { 17, 45 }, { 11 }, "missing" },	/* CCM_8 */
	{ 0x1302, { 900, 281, 69 }, { 19 }, "refused" },
	{ 0x1301, { 900, 281, 53 }, { 0 }, "refused" }, /* closed at once */
	/* no certificate was asked for */
	{ 0x1302, { 69 }, { 19 }, NULL },
	{ 0x1302, { 69, 100 }, { 19 }, NULL },
	{ 0x1302, { 69, 25, 69 }, { 19 }, NULL },
	{ 0x1302, { 25 }, { 19 }, NULL },
	{ 0x1302, { 0 }, { 19 }, NULL },
	/* the server went on: tickets, data */
	{ 0x1302, { 25, 69 }, { 255, 255, 19 }, NULL },
	{ 0x1302, { 900, 281, 69 }, { 255, 19 }, NULL },
	/* one record for all: nothing to tell it by */
	{ 0x1302, { 1200 }, { 19 }, NULL },
};

START_TEST(inferred)
{
	uint32_t order = 10;

	hs->server.version = TLS_1_3;
	hs->server.suite = shapes[_i].suite;
	hs->chain[TLS_SERVER].state = TLS_CHAIN_NONE;
	obs->num_chain[TLS_SERVER] = 0;
	seal(TLS_SERVER, 1500, 2);
	for (int i = 0; i < 6 && shapes[_i].sealed[i]; i++)
		seal(TLS_CLIENT, shapes[_i].sealed[i], order++);
	for (int i = 0; i < 3 && shapes[_i].answer[i]; i++)
		seal(TLS_SERVER, shapes[_i].answer[i], order++);
	obs->reaction.verdict = TLS_SERVER_REFUSED;
	judge();
	ck_told("clientcert.refused", shapes[_i].cause ? "medium" : "");
	if (shapes[_i].cause) {
		ck_assert(find("clientcert.refused")->inferred);
		ck_assert_str_eq(find("clientcert.refused")->hint.cause,
				 shapes[_i].cause);
	}
	hs->client.early_data = true; /* lengths mislead */
	judge();
	ck_told("clientcert.refused", "");
	hs->client.early_data = false;
	obs->reaction.verdict = TLS_ACCEPTED; /* it did not end it */
	judge();
	ck_told("clientcert.refused", "");
	obs->reaction.verdict = TLS_UNKNOWN;
	judge();
	ck_told("clientcert.refused", "");
}
END_TEST

/* vsftpd, MariaDB, Prosody ask, get none and go on. */
START_TEST(asked_and_gone_on)
{
	hs->side[TLS_SERVER].certificate_request = true;
	hs->chain[TLS_CLIENT].state = TLS_CHAIN_EMPTY;
	obs->reaction.verdict = TLS_ACCEPTED;
	judge();
	ck_assert_uint_eq(judged->num_findings, 0);
	obs->reaction.verdict = TLS_SERVER_REFUSED; /* closed later, 1.2 */
	hs->side[TLS_SERVER].finished = true;
	judge();
	ck_told("clientcert.refused", "");
}
END_TEST

/* Below TLS 1.3: closed without a word, where its Finished belongs. */
START_TEST(closed_silently)
{
	static const struct {
		enum tls_chain_state state;
		const char *cause; /* NULL: no finding */
	} rows[] = {
		{ TLS_CHAIN_EMPTY, "missing" },
		{ TLS_CHAIN_WHOLE, "refused" },
		{ TLS_CHAIN_PARTIAL, NULL },
		{ TLS_CHAIN_NONE, NULL },
	};
	const struct finding *f;

	hs->side[TLS_SERVER].certificate_request = true;
	hs->chain[TLS_CLIENT].state = rows[_i].state;
	obs->reaction.verdict = TLS_SERVER_REFUSED;
	obs->reaction.evidence = TLS_SERVER_CLOSED;
	judge();
	ck_told("clientcert.refused", rows[_i].cause ? "medium" : "");
	f = find("clientcert.refused");
	if (f) {
		ck_assert(f->inferred);
		ck_assert_str_eq(f->hint.cause, rows[_i].cause);
		/* who has none has no file to look into: ask the server */
		ck_assert(!strstr(f->hint.verify, "s_client") ==
			  (rows[_i].state != TLS_CHAIN_EMPTY));
	}
	set_alert(TLS_SERVER, 51); /* decrypt_error: of the key, not of it */
	judge();
	ck_told("clientcert.refused", "");
	hs->alert.seen = false;
	hs->side[TLS_SERVER].ccs = true; /* it took the certificate */
	judge();
	ck_told("clientcert.refused", "");
}
END_TEST

START_TEST(ids)
{
	char id[33];

	show_client();
	set_alert(TLS_SERVER, 48);
	judge();
	memcpy(id, find("clientcert.refused")->id, sizeof id);
	obs->destination.port = 8443; /* the same certificate elsewhere */
	judge();
	ck_assert_str_eq(find("clientcert.refused")->id, id);
	obs->num_chain[TLS_CLIENT] = 0; /* without one: the endpoint */
	hs->chain[TLS_CLIENT].state = TLS_CHAIN_EMPTY;
	judge();
	ck_assert_str_ne(find("clientcert.refused")->id, id);
	memcpy(id, find("clientcert.refused")->id, sizeof id);
	obs->source.port++;
	judge();
	ck_assert_str_eq(find("clientcert.refused")->id, id);
	obs->destination.port = 9443;
	judge();
	ck_assert_str_ne(find("clientcert.refused")->id, id);
}
END_TEST

START_TEST(one_cause)
{
	show_client();
	client.not_after = NOW - 1;
	set_alert(TLS_SERVER, 45);
	judge();
	ck_told("clientcert.expired", "high");
	ck_told("clientcert.refused", "");
	ck_assert_ptr_nonnull(strstr(find("clientcert.expired")->message,
				     "The server refused it (alert "
				     "certificate_expired)"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_test(t, expired);
	tcase_add_test(t, expiring);
	tcase_add_loop_test(t, wrong_usage, 0, 7);
	tcase_add_test(t, any_usage);
	tcase_add_loop_test(t, refused, 0, NUM(alerts));
	tcase_add_loop_test(t, inferred, 0, NUM(shapes));
	tcase_add_test(t, asked_and_gone_on);
	tcase_add_loop_test(t, closed_silently, 0, 4);
	tcase_add_test(t, ids);
	tcase_add_test(t, one_cause);
}

TEST_MAIN("judge_clientcert", cases)
