/*
 * test_probe_text.c: STARTTLS of the dialects that are lines of text, and of
 * XMPP; the words are those of their RFCs and of real programs.
 */
#include <stdlib.h>

#include "probe/probe.h"
#include "test_probe_talk.h"
#include "test_run.h"

START_TEST(test_smtp)
{
	struct told t;

	t = EXPECT("smtp", S("220-mail.example ESMTP\r\n220 ready\r\n"),
		   C("EHLO client.example\r\n"),
		   S("250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
		   C("STARTTLS\r\n"), S("220 2.0.0 Ready to start TLS\r\n"),
		   HELLOS);
	ck_assert(t.opportunistic && !t.swapped && !t.has_proxy);
	ck_assert_str_eq(t.connect, "");
	/* LMTP, lower case, LF alone, a refusal first */
	EXPECT("smtp", S("220 lmtp\n"), C("lhlo x\n"), S("250 x\n"),
	       C("starttls\n"), S("454 4.7.0 not now\n"), C("NOOP\n"),
	       S("250 2.0.0 ok\n"), C("STARTTLS \n"), S("220 go\n"), HELLOS);
	/* no EHLO: the server's greeting tells that it is SMTP */
	EXPECT("smtp", S("220 x\r\n"), C("STARTTLS\r\n"), S("220 go\r\n"),
	       HELLOS);
	/* one side of the connection alone */
	EXPECT("smtp", C("EHLO x\r\n"), C("STARTTLS\r\n"),
	       C(HELLO_CLIENT_BYTES));
	EXPECT("smtp", S("220 x\r\n"), S("250 x\r\n"), S("220 go\r\n"),
	       S(HELLO_SERVER_BYTES));
	/* an alert is an answer to the hello */
	EXPECT("smtp", S("220 x\r\n"), C("STARTTLS\r\n"), S("220 go\r\n"),
	       C(HELLO_CLIENT_BYTES), S("\x15\x03\x03\x00\x02\x02\x28"));
}
END_TEST

START_TEST(test_smtp_without_tls)
{
	REFUSE(S("220 x\r\n"), C("EHLO x\r\n"), S("250-x\r\n250 STARTTLS\r\n"),
	       C("STARTTLS\r\n"), S("454 no\r\n"), C("QUIT\r\n"),
	       S("221 bye\r\n"));
	REFUSE(S("220 x\r\n"), C("HELO x\r\n"), S("250 x\r\n"),
	       C("MAIL FROM:<a@b>\r\n"), S("250 ok\r\n"), C("DATA\r\n"),
	       S("354 go\r\n"), C("STARTTLS\r\n"), C(HELLO_CLIENT_BYTES));
	REFUSE(S("220 x\r\n"), C("EHLO x\r\n"), S("250 x\r\n"),
	       C("STARTTLS\r\n"), S("220 go\r\n"), C("QUIT\r\n"));
}
END_TEST

static enum probe_result say(struct probe *p, uint8_t dir, uint64_t at,
			     struct bytes b)
{
	struct chunk c = { .dir = dir, .offset = at, .data = b };

	return probe_feed(p, &c);
}

/* What the client's side alone is once nothing more comes. */
static enum probe_result alone(const char *words, const char *server,
			       const char *dialect)
{
	struct probe *p = probe_new();
	struct bytes hello = bytes_of(HELLO_CLIENT_BYTES,
				      sizeof HELLO_CLIENT_BYTES - 1);
	enum probe_result told;

	ck_assert_ptr_nonnull(p);
	(void)say(p, 0, 0, bytes_str(words));
	if (*server)
		(void)say(p, 1, 0, bytes_str(server));
	told = say(p, 0, strlen(words), hello);
	if (told == PROBE_MORE)
		told = probe_last(p);
	if (told == PROBE_TLS) {
		ck_assert_str_eq(probe_prelude(p)->dialect, dialect);
		ck_assert_uint_eq(probe_start(p, 0), strlen(words));
		ck_assert(probe_prelude(p)->opportunistic);
	}
	probe_free(p);
	return told;
}

/* Five dialects have this command: alone it tells none of them, and a hello
 * behind it is TLS all the same. */
START_TEST(test_starttls)
{
	ck_assert_int_eq(alone("STARTTLS\r\n", "", "starttls"), PROBE_TLS);
	ck_assert_int_eq(alone("NOOP\nstarttls\n", "", "starttls"),
			 PROBE_TLS);
	ck_assert_int_eq(alone("EHLO x\r\nSTARTTLS\r\n", "", "smtp"),
			 PROBE_TLS);
	ck_assert_int_eq(alone("STARTTLS\r\n", "220 x\r\n", "smtp"),
			 PROBE_TLS);
	/* who answers, and not so, is none of them */
	ck_assert_int_eq(alone("STARTTLS\r\n", "what?\r\n", ""), PROBE_NO);
	ck_assert_int_eq(alone("some words\r\n", "", ""), PROBE_NO);
	/* not before the end: the server would have told */
	REFUSE(C("STARTTLS\r\n"), C(HELLO_CLIENT_BYTES));
}
END_TEST

START_TEST(test_imap)
{
	struct told t;

	/* RFC 9051 6.2.1 */
	t = EXPECT("imap", S("* OK [CAPABILITY IMAP4rev2] hi\r\n"),
		   C("a001 CAPABILITY\r\n"),
		   S("* CAPABILITY IMAP4rev2 STARTTLS LOGINDISABLED\r\n"
		     "a001 OK CAPABILITY completed\r\n"),
		   C("a002 STARTTLS\r\n"),
		   S("a002 OK Begin TLS negotiation now\r\n"), HELLOS);
	ck_assert(!t.opportunistic);
	EXPECT("imap", S("* PREAUTH x\r\n"), C("1 starttls\r\n"),
	       S("1 BAD no\r\n"), C("2 STARTTLS\r\n"), S("2 ok yes\r\n"),
	       HELLOS);
	EXPECT("imap", C("1 STARTTLS\r\n"), C(HELLO_CLIENT_BYTES));
	EXPECT("imap", S("* OK x\r\n"), S("1 OK x\r\n"), S(HELLO_SERVER_BYTES));
	REFUSE(S("* OK x\r\n"), C("1 LOGIN a b\r\n"), S("1 OK x\r\n"),
	       C("2 SELECT INBOX\r\n"), C(HELLO_CLIENT_BYTES));
	REFUSE(S("* OK x\r\n"), C("1 STARTTLS\r\n"), S("1 NO x\r\n"));
}
END_TEST

START_TEST(test_pop3)
{
	/* RFC 2595 4 */
	EXPECT("pop3", S("+OK POP3 ready\r\n"), C("CAPA\r\n"),
	       S("+OK\r\nSTLS\r\nUSER\r\n.\r\n"), C("STLS\r\n"),
	       S("+OK Begin TLS negotiation\r\n"), HELLOS);
	EXPECT("pop3", S("+OK\r\n"), C("stls\r\n"), S("-ERR\r\n"),
	       C("STLS\r\n"), S("+OK\r\n"), HELLOS);
	EXPECT("pop3", C("STLS\r\n"), C(HELLO_CLIENT_BYTES));
	EXPECT("pop3", S("+OK\r\n"), S("+OK\r\n"), S(HELLO_SERVER_BYTES));
	REFUSE(S("+OK x\r\n"), C("USER a\r\n"), S("+OK\r\n"), C("STAT\r\n"),
	       S("+OK 0 0\r\n"), C("STLS\r\n"), C(HELLO_CLIENT_BYTES));
}
END_TEST

START_TEST(test_ftp)
{
	EXPECT("ftp", S("220-Welcome\r\n to all\r\n220 (vsFTPd 3.0.3)\r\n"),
	       C("FEAT\r\n"), S("211-Features:\r\n AUTH TLS\r\n211 End\r\n"),
	       C("AUTH TLS\r\n"), S("234 Proceed with negotiation.\r\n"),
	       HELLOS);
	EXPECT("ftp", S("220 x\r\n"), C("AUTH TLS\r\n"), S("504 no\r\n"),
	       C("AUTH SSL\r\n"), S("234 AUTH SSL successful\r\n"), HELLOS);
	EXPECT("ftp", C("AUTH TLS\r\n"), C(HELLO_CLIENT_BYTES));
	EXPECT("ftp", S("220 x\r\n"), S("234 x\r\n"), S(HELLO_SERVER_BYTES));
	REFUSE(S("220 x\r\n"), C("USER a\r\n"), S("331 x\r\n"), C("PASS b\r\n"),
	       S("230 x\r\n"), C("PASV\r\n"), C("AUTH TLS\r\n"),
	       C(HELLO_CLIENT_BYTES));
	REFUSE(S("220 x\r\n"), C("AUTH GSSAPI\r\n"), S("334 x\r\n"),
	       C("ADAT eA==\r\n"), C(HELLO_CLIENT_BYTES));
}
END_TEST

START_TEST(test_nntp)
{
	/* RFC 4642 2.2.3 */
	EXPECT("nntp", S("200 ready\r\n"), C("CAPABILITIES\r\n"),
	       S("101 Capability list:\r\nVERSION 2\r\nSTARTTLS\r\n.\r\n"),
	       C("STARTTLS\r\n"), S("382 Continue with TLS negotiation\r\n"),
	       HELLOS);
	EXPECT("nntp", S("201 x\r\n"), C("STARTTLS\r\n"), S("382 go\r\n"),
	       HELLOS);
	EXPECT("nntp", C("CAPABILITIES\r\n"), C("STARTTLS\r\n"),
	       C(HELLO_CLIENT_BYTES));
	REFUSE(S("200 x\r\n"), C("STARTTLS\r\n"), S("580 no\r\n"),
	       C("GROUP a\r\n"));
}
END_TEST

START_TEST(test_sieve)
{
	/* RFC 5804 2.2 */
	EXPECT("sieve",
	       S("\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n"
		 "\"SIEVE\" \"fileinto\"\r\n\"STARTTLS\"\r\n"
		 "OK \"Dovecot ready.\"\r\n"),
	       C("STARTTLS\r\n"), S("OK \"Begin TLS negotiation now.\"\r\n"),
	       HELLOS);
	EXPECT("sieve", S("\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"),
	       C("CAPABILITY\r\n"), S("\"SIEVE\" \"x\"\r\nOK\r\n"),
	       C("STARTTLS\r\n"), S("OK\r\n"), HELLOS);
	REFUSE(S("\"IMPLEMENTATION\" \"x\"\r\nOK\r\n"), C("STARTTLS\r\n"),
	       S("NO\r\n"), C("LOGOUT\r\n"));
}
END_TEST

START_TEST(test_irc)
{
	EXPECT("irc", C("STARTTLS\r\n"),
	       S(":irc.example 670 * :STARTTLS successful\r\n"), HELLOS);
	EXPECT("irc", S("NOTICE AUTH :*** Looking up\r\n"), C("CAP LS 302\r\n"),
	       S(":irc.example CAP * LS :tls\r\n"), C("STARTTLS\r\n"),
	       S(":irc.example 670 x :go\r\n"), HELLOS);
	EXPECT("irc", C("CAP LS\r\n"), C("STARTTLS\r\n"),
	       C(HELLO_CLIENT_BYTES));
	REFUSE(C("STARTTLS\r\n"), S(":irc.example 691 * :no\r\n"),
	       C("NICK a\r\n"), C("USER a 0 * :a\r\n"), C("JOIN #a\r\n"));
}
END_TEST

#define STREAM                                                                 \
	"<?xml version='1.0'?><stream:stream to='x' xmlns='jabber:client' "    \
	"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
#define TLS_NS "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"

START_TEST(test_xmpp)
{
	struct told t;

	/* RFC 6120 9.1.1 */
	t = EXPECT("xmpp", C(STREAM), S(STREAM),
		   S("<stream:features><starttls " TLS_NS "><required/>"
		     "</starttls></stream:features>"),
		   C("<starttls " TLS_NS "/>"), S("<proceed " TLS_NS "/>"),
		   HELLOS);
	ck_assert(t.opportunistic);
	/* the long form of both, and white space behind it */
	EXPECT("xmpp", C(STREAM), S(STREAM),
	       S("<stream:features><starttls " TLS_NS "/></stream:features>"),
	       C("<starttls " TLS_NS "></starttls>\n"),
	       S("<proceed " TLS_NS "></proceed> \r\n"), HELLOS);
	EXPECT("xmpp", C(STREAM), C("<starttls " TLS_NS "/>"),
	       C(HELLO_CLIENT_BYTES));
	EXPECT("xmpp", S(STREAM), S("<proceed " TLS_NS "/>"),
	       S(HELLO_SERVER_BYTES));
	REFUSE(C(STREAM), S(STREAM),
	       S("<stream:features><starttls " TLS_NS "/></stream:features>"),
	       C("<auth mechanism='PLAIN'>eA==</auth>"), S("<success/>"),
	       C("<starttls " TLS_NS "/>"), C(HELLO_CLIENT_BYTES));
	REFUSE(C(STREAM), S(STREAM), C("<starttls " TLS_NS "/>"),
	       S("<failure " TLS_NS "/></stream:stream>"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, test_smtp);
	tcase_add_test(t, test_smtp_without_tls);
	tcase_add_test(t, test_starttls);
	tcase_add_test(t, test_imap);
	tcase_add_test(t, test_pop3);
	tcase_add_test(t, test_ftp);
	tcase_add_test(t, test_nntp);
	tcase_add_test(t, test_sieve);
	tcase_add_test(t, test_irc);
	tcase_add_test(t, test_xmpp);
}

TEST_MAIN("probe_text", cases)
