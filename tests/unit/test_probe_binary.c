/*
 * test_probe_binary.c: dialects of bytes (LDAP, PostgreSQL, MySQL, RDP), HTTP,
 * and what other dialects may run in (SOCKS, PROXY protocol, CONNECT).
 */
#include <stdlib.h>

#include "test_probe_talk.h"
#include "test_run.h"

#define STARTTLS_OID "1.3.6.1.4.1.1466.20037"

START_TEST(test_ldap)
{
	/* RFC 4511 4.14; the second response with lengths of the long form */
	EXPECT("ldap", C("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" STARTTLS_OID),
	       S("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
	       HELLOS);
	EXPECT("ldap",
	       C("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
	       S("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"),
	       C("\x30\x84\x00\x00\x00\x1d\x02\x01\x02\x77\x18\x80"
		 "\x16" STARTTLS_OID),
	       S("\x30\x84\x00\x00\x00\x10\x02\x01\x02\x78\x84\x00\x00\x00\x07"
		 "\x0a\x01\x00\x04\x00\x04\x00"),
	       HELLOS);
	EXPECT("ldap", C("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" STARTTLS_OID),
	       C(HELLO_CLIENT_BYTES));
	EXPECT("ldap",
	       S("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
	       S(HELLO_SERVER_BYTES));
	/* refused, and the client talks on */
	REFUSE(C("\x30\x1d\x02\x01\x01\x77\x18\x80\x16" STARTTLS_OID),
	       S("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"),
	       C("\x30\x05\x02\x01\x02\x42\x00"));
	/* another extension (RFC 4532, "Who am I?") */
	REFUSE(C("\x30\x1e\x02\x01\x01\x77\x19\x80\x17"
		 "1.3.6.1.4.1.4203.1.11.3"),
	       S("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"),
	       C(HELLO_CLIENT_BYTES));
}
END_TEST

#define SSL_REQUEST    "\x00\x00\x00\x08\x04\xd2\x16\x2f"
#define GSSENC_REQUEST "\x00\x00\x00\x08\x04\xd2\x16\x30"

START_TEST(test_pgsql)
{
	struct told t;

	t = EXPECT("pgsql", C(SSL_REQUEST), S("S"), HELLOS);
	ck_assert(t.opportunistic);
	EXPECT("pgsql", C(GSSENC_REQUEST), S("N"), C(SSL_REQUEST), S("S"),
	       HELLOS);
	EXPECT("pgsql", C(SSL_REQUEST), C(HELLO_CLIENT_BYTES));
	EXPECT("pgsql", S("NS"), S(HELLO_SERVER_BYTES));
	REFUSE(C(SSL_REQUEST), S("N"),
	       C("\x00\x00\x00\x0c\x00\x03\x00\x00user"));
	REFUSE(C(GSSENC_REQUEST), S("G"), C(HELLO_CLIENT_BYTES));
	REFUSE(C("\x00\x00\x00\x10\x04\xd2\x16\x2e"), C(HELLO_CLIENT_BYTES));
}
END_TEST

/* Handshake V10 with these low capabilities, cut behind them. */
#define GREETING(caps)                                                         \
	"\x1b\x00\x00\x00\x0a"                                                 \
	"8.0.36\x00"                                                           \
	"\x01\x00\x00\x00saltsalt\x00" caps "\x00"
#define SSL_PACKET                                                             \
	"\x20\x00\x00\x01\x85\xae\xff\x19\x00\x00\x00\x01\x2d"                 \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"                     \
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

START_TEST(test_mysql)
{
	struct told t;

	t = EXPECT("mysql", S(GREETING("\xff\xff") "123"), C(SSL_PACKET),
		   HELLOS);
	ck_assert(!t.opportunistic);
	/* protocol 3.20 */
	EXPECT("mysql", S(GREETING("\x00\x08") "123"),
	       C("\x05\x00\x00\x01\x04\x08\x00\x00\x01"), HELLOS);
	EXPECT("mysql", C(SSL_PACKET), C(HELLO_CLIENT_BYTES));
	EXPECT("mysql", S(GREETING("\xff\xff") "123"), S(HELLO_SERVER_BYTES));
	/* the server cannot; the client logs in without TLS */
	REFUSE(S(GREETING("\xff\xf7") "123"),
	       C("\x05\x00\x00\x01\x04\x08\x00\x00\x01"), S("\x00"));
	REFUSE(S(GREETING("\xff\xff") "123"),
	       C("\x3a\x00\x00\x01\x85\xa6\xff\x19"), C(HELLO_CLIENT_BYTES));
	REFUSE(S("\x04\x00\x00\x00\xff\x10\x04!"), C(SSL_PACKET));
}
END_TEST

#define RDP_REQUEST(protocols)                                                 \
	"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00"                         \
	"\x01\x00\x08\x00" protocols "\x00\x00\x00"
#define RDP_CONFIRM(type, protocol)                                            \
	"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00" type                    \
	"\x1f\x08\x00" protocol "\x00\x00\x00"

START_TEST(test_rdp)
{
	struct told t;

	t = EXPECT("rdp", C(RDP_REQUEST("\x0b")),
		   S(RDP_CONFIRM("\x02", "\x02")), HELLOS);
	ck_assert(t.opportunistic);
	EXPECT("rdp",
	       C("\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00"
		 "Cookie: mstshash=user\r\n"
		 "\x01\x00\x08\x00\x01\x00\x00\x00"),
	       S(RDP_CONFIRM("\x02", "\x01")), HELLOS);
	EXPECT("rdp", C(RDP_REQUEST("\x01")), C(HELLO_CLIENT_BYTES));
	EXPECT("rdp", S(RDP_CONFIRM("\x02", "\x01")), S(HELLO_SERVER_BYTES));
	/* standard RDP security; a failure; no negotiation */
	REFUSE(C(RDP_REQUEST("\x03")), S(RDP_CONFIRM("\x02", "\x00")),
	       C("\x03\x00\x00\x08\x02\xf0\x80\x7f"));
	REFUSE(C(RDP_REQUEST("\x01")), S(RDP_CONFIRM("\x03", "\x02")));
	REFUSE(C("\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00"),
	       S("\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00"),
	       C("\x03\x00\x00\x08\x02\xf0\x80\x7f"));
}
END_TEST

#define OK200 "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"

START_TEST(test_http_connect)
{
	struct told t;

	t = EXPECT("http_connect",
		   C("CONNECT www.example.com:8443 HTTP/1.1\r\n"
		     "Host: www.example.com:8443\r\n\r\n"),
		   S(OK200), HELLOS);
	ck_assert_str_eq(t.connect, "www.example.com");
	ck_assert_uint_eq(t.port, 8443);
	/* RFC 9110 15.5.8: asked for credentials; the bodies are skipped */
	t = EXPECT("http_connect", C("CONNECT a:443 HTTP/1.1\r\n\r\n"),
		   S("HTTP/1.1 407 No\r\nContent-Length: 22\r\n\r\n"
		     "HTTP/1.1 200 none\r\n\r\n\n"),
		   C("CONNECT b:443 HTTP/1.1\r\nX: y\r\n\r\n"),
		   S("HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "5;x=y\r\nHTTP/\r\n0\r\n\r\n"),
		   C("CONNECT [2001:db8::7]:443 HTTP/1.1\r\n\r\n"),
		   S("HTTP/1.1 103 Hints\r\n\r\n"), S(OK200), HELLOS);
	ck_assert_str_eq(t.connect, "2001:db8::7");
	ck_assert_uint_eq(t.port, 443);
	/* through two proxies: the last target counts */
	t = EXPECT("http_connect", C("CONNECT p:3128 HTTP/1.0\r\n\r\n"),
		   S("HTTP/1.0 200 OK\r\n\r\n"),
		   C("CONNECT c:443 HTTP/1.1\r\n\r\n"), S(OK200), HELLOS);
	ck_assert_str_eq(t.connect, "c");
	t = EXPECT("http_connect", C("CONNECT c:443 HTTP/1.1\r\n\r\n"),
		   C(HELLO_CLIENT_BYTES));
	ck_assert_str_eq(t.connect, "c");
	EXPECT("http_connect", S(OK200), S(HELLO_SERVER_BYTES));
	REFUSE(C("CONNECT a:443 HTTP/1.1\r\n\r\n"),
	       S("HTTP/1.1 403 no\r\nContent-Length: 3\r\n\r\nno\n"));
	REFUSE(C("CONNECT a:22 HTTP/1.1\r\n\r\n"), S(OK200), C("SSH-2.0-x\r\n"),
	       S("SSH-2.0-y\r\n"));
}
END_TEST

START_TEST(test_http_upgrade)
{
	/* RFC 2817 3.2, as CUPS does it */
	EXPECT("http_upgrade",
	       C("OPTIONS * HTTP/1.1\r\nHost: x\r\n"
		 "Upgrade: HTTP/2.0, TLS/1.2,TLS/1.1\r\n"
		 "Connection: Upgrade\r\n\r\n"),
	       S("HTTP/1.1 100 Continue\r\n\r\n"
		 "HTTP/1.1 101 Switching Protocols\r\n"
		 "Upgrade: TLS/1.0, HTTP/1.1\r\n\r\n"),
	       HELLOS);
	EXPECT("http_upgrade", C("GET / HTTP/1.1\r\nupgrade:TLS/1.0\r\n\r\n"),
	       C(HELLO_CLIENT_BYTES));
	REFUSE(C("GET / HTTP/1.1\r\nUpgrade: TLS/1.0\r\n\r\n"),
	       S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
	       C("GET / HTTP/1.1\r\n\r\n"));
	ck_assert_int_eq(REFUSE(C("GET / HTTP/1.1\r\nUpgrade: h2c\r\n"
				  "\r\n")),
			 PROBE_NO);
}
END_TEST

START_TEST(test_socks4)
{
	struct told t;

	t = EXPECT("socks4", C("\x04\x01\x01\xbb\xcb\x00\x71\x15user\x00"),
		   S("\x00\x5a\x00\x00\x00\x00\x00\x00"), HELLOS);
	ck_assert_str_eq(t.connect, "203.0.113.21");
	ck_assert_uint_eq(t.port, 443);
	t = EXPECT("socks4a",
		   C("\x04\x01\x01\xbb\x00\x00\x00\x01\x00www.example.com\x00"),
		   S("\x00\x5a\x01\xbb\x00\x00\x00\x01"), HELLOS);
	ck_assert_str_eq(t.connect, "www.example.com");
	REFUSE(C("\x04\x01\x01\xbb\xcb\x00\x71\x15\x00"),
	       S("\x00\x5b\x00\x00\x00\x00\x00\x00"));
	REFUSE(C("\x04\x02\x01\xbb\xcb\x00\x71\x15\x00"),
	       C(HELLO_CLIENT_BYTES));
}
END_TEST

START_TEST(test_socks5)
{
	struct told t;

	t = EXPECT("socks5", C("\x05\x02\x00\x01"), S("\x05\x00"),
		   C("\x05\x01\x00\x03\x0fwww.example.com\x01\xbb"),
		   S("\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38"), HELLOS);
	ck_assert_str_eq(t.connect, "www.example.com");
	ck_assert_uint_eq(t.port, 443);
	/* RFC 1929; an IPv6 target, answered by name */
	t = EXPECT("socks5", C("\x05\x02\x00\x02"), S("\x05\x02"),
		   C("\x01\x03joe\x06secret"), S("\x01\x00"),
		   C("\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00"
		     "\x00\x00\x00\x00\x00\x00\x00\x07\x01\xbb"),
		   S("\x05\x00\x00\x03\x01x\x00\x00"), HELLOS);
	ck_assert_str_eq(t.connect, "2001:db8::7");
	t = EXPECT("socks5", C("\x05\x01\x00"), S("\x05\x00"),
		   C("\x05\x01\x00\x01\xcb\x00\x71\x15\x00\x19"),
		   S("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"), HELLOS);
	ck_assert_str_eq(t.connect, "203.0.113.21");
	/* STARTTLS in the tunnel: the dialect that TLS began in is told */
	t = EXPECT("smtp", C("\x05\x01\x00"), S("\x05\x00"),
		   C("\x05\x01\x00\x03\x04mail\x00\x19"),
		   S("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"),
		   S("220 x\r\n"), C("EHLO x\r\n"), S("250 STARTTLS\r\n"),
		   C("STARTTLS\r\n"), S("220 go\r\n"), HELLOS);
	ck_assert_str_eq(t.connect, "mail");
	REFUSE(C("\x05\x01\x02"), S("\x05\x02"), C("\x01\x01x\x01y"),
	       S("\x01\x01"));
	REFUSE(C("\x05\x01\x00"), S("\x05\x00"),
	       C("\x05\x01\x00\x03\x01x\x01\xbb"),
	       S("\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"));
}
END_TEST

static struct endpoint endpoint(const char *text, uint16_t port)
{
	struct endpoint e = { .port = port };

	ck_assert(addr_parse(text, strlen(text), &e.addr));
	return e;
}

static void check_proxy(const struct told *t, const char *from, uint16_t sport,
			const char *to, uint16_t dport)
{
	struct endpoint s = endpoint(from, sport), d = endpoint(to, dport);

	ck_assert(t->has_proxy);
	ck_assert(endpoint_eq(&s, &t->source));
	ck_assert(endpoint_eq(&d, &t->destination));
}

START_TEST(test_proxy_v1)
{
	struct told t;

	t = EXPECT("proxy_v1",
		   C("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n"),
		   HELLOS);
	check_proxy(&t, "192.0.2.1", 56324, "198.51.100.2", 443);
	t = EXPECT("proxy_v1", C("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n"),
		   HELLOS);
	check_proxy(&t, "2001:db8::1", 1, "2001:db8::2", 2);
	t = EXPECT("proxy_v1", C("PROXY UNKNOWN\r\n"), HELLOS);
	ck_assert(!t.has_proxy);
	/* a dialect behind it */
	t = EXPECT("smtp", C("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n"),
		   S("220 x\r\n"), C("EHLO x\r\n"), S("250 STARTTLS\r\n"),
		   C("STARTTLS\r\n"), S("220 go\r\n"), HELLOS);
	check_proxy(&t, "192.0.2.1", 56324, "198.51.100.2", 25);
	REFUSE(C("PROXY TCP4 192.0.2.1 198.51.100.256 56324 443\r\n"),
	       C(HELLO_CLIENT_BYTES));
	REFUSE(C("PROXY TCP4 192.0.2.1 198.51.100.2 56324 70000\r\n"),
	       C(HELLO_CLIENT_BYTES));
	ck_assert_int_eq(REFUSE(C("PROXY TCP4 192.0.2.1 198.51.100.2 1 80\r\n"),
				C("GET / HTTP/1.1\r\nHost: x\r\n\r\n")),
			 PROBE_NO);
}
END_TEST

#define SIGNATURE "\r\n\r\n\x00\r\nQUIT\n"

START_TEST(test_proxy_v2)
{
	struct told t;

	t = EXPECT("proxy_v2",
		   C(SIGNATURE
		     "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02"
		     "\xdc\x04\x01\xbb"),
		   HELLOS);
	check_proxy(&t, "192.0.2.1", 56324, "198.51.100.2", 443);
	ck_assert_str_eq(t.authority, "");
	t = EXPECT("proxy_v2",
		   C(SIGNATURE
		     "\x21\x21\x00\x34"
		     "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00"
		     "\x00\x00\x00\x01"
		     "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00"
		     "\x00\x00\x00\x02\x00\x01\x00\x02"
		     "\x01\x00\x02h2\x02\x00\x08"
		     "a.corp.x"),
		   HELLOS);
	check_proxy(&t, "2001:db8::1", 1, "2001:db8::2", 2);
	ck_assert_str_eq(t.authority, "a.corp.x");
	/* a health check of the proxy itself */
	t = EXPECT("proxy_v2", C(SIGNATURE "\x20\x00\x00\x00"), HELLOS);
	ck_assert(!t.has_proxy);
	/* through a proxy of either version: the inner one is nearer */
	t = EXPECT("proxy_v2", C("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n"),
		   C(SIGNATURE
		     "\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x02"
		     "\xdc\x04\x01\xbb"),
		   HELLOS);
	check_proxy(&t, "192.0.2.1", 56324, "198.51.100.2", 443);
	/* a TLV that is longer than the header costs itself */
	t = EXPECT("proxy_v2",
		   C(SIGNATURE
		     "\x21\x11\x00\x10\xc0\x00\x02\x01\xc6\x33\x64\x02"
		     "\xdc\x04\x01\xbb\x02\x00\x09x"),
		   HELLOS);
	check_proxy(&t, "192.0.2.1", 56324, "198.51.100.2", 443);
	ck_assert_str_eq(t.authority, "");
	REFUSE(C(SIGNATURE "\x31\x11\x00\x00"), C(HELLO_CLIENT_BYTES));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, test_ldap);
	tcase_add_test(t, test_pgsql);
	tcase_add_test(t, test_mysql);
	tcase_add_test(t, test_rdp);
	tcase_add_test(t, test_http_connect);
	tcase_add_test(t, test_http_upgrade);
	tcase_add_test(t, test_socks4);
	tcase_add_test(t, test_socks5);
	tcase_add_test(t, test_proxy_v1);
	tcase_add_test(t, test_proxy_v2);
}

TEST_MAIN("probe_binary", cases)
