/*
 * test_source_mirror.c: the receiving end of a cloud mirror, on loopback.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "base/linktype.h"
#include "test_source_make.h"
#include "test_run.h"

static char err[SOURCE_ERROR_TEXT];

/* A mirror on some free port; a socket that sends to it. */
static struct source *open_pair(const char *host, int *out)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a;
	struct source *s = NULL;
	char spec[64];
	bool v6 = strchr(host, '[') != NULL;

	for (unsigned port = 20000; port < 20100 && !s; port++) {
		snprintf(spec, sizeof spec, "udp:%s:%u", host, port);
		s = source_open_live(spec, NULL, err);
		a.ss_family = v6 ? AF_INET6 : AF_INET;
		in->sin_port = htons((uint16_t)port);
	}
	ck_assert_msg(s != NULL, "%s", err);
	if (v6)
		in6->sin6_addr = in6addr_loopback;
	else
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*out = socket(a.ss_family, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(*out, (struct sockaddr *)&a,
				 v6 ? sizeof *in6 : sizeof *in),
			 0);
	return s;
}

START_TEST(datagrams)
{
	static const char *const hosts[] = { "127.0.0.1", "[::1]" };
	struct source_stats st;
	struct frame f;
	int fd;
	struct source *s = open_pair(hosts[_i], &fd);

	ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
	ck_assert_int_ge(source_fd(s), 0);
	send(fd, "\x08\0\0\0\0\0\x2a\0abc", 11, 0);
	send(fd, "\0\0\x65\x58\0\0\x2a\0abcd", 12, 0);
	send(fd, "\0\0\x08\0\0\0\x2a\0abcd", 12, 0);
	/* as many options as a gateway load balancer has: VXLAN's I flag */
	send(fd, "\x08\0\x08\0\0\0\0\0abcd", 12, 0);
	send(fd, "\x88\0\x08\0\0\0\0\0abcd", 12, 0);
	send(fd, "?", 1, 0);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert_int_eq(f.linktype, LINKTYPE_MIRROR_VXLAN);
	ck_assert_uint_eq(f.data.len, 11);
	ck_assert_uint_eq(f.len, 11);
	ck_assert_int_lt(llabs(stamp_to_sec(f.time) - time(NULL)), 10);
	ck_assert_str_eq(source_interface(s, f.interface), source_name(s));
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert_int_eq(f.linktype, LINKTYPE_MIRROR_GENEVE);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert_int_eq(f.linktype, LINKTYPE_MIRROR_GENEVE);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert_int_eq(f.linktype, LINKTYPE_MIRROR_GENEVE);
	ck_assert(source_pending(s));
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert_int_eq(f.linktype, LINKTYPE_MIRROR_VXLAN);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert(!source_pending(s));
	ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
	source_stats(s, &st);
	ck_assert_uint_eq(st.received, 6);
	ck_assert_uint_eq(st.frames, 6);
	ck_assert_uint_eq(st.dropped, 0);
	source_close(s);
	close(fd);
}
END_TEST

/* More than a batch, each to be seen once and in order. */
START_TEST(many)
{
	uint8_t d[1400] = { 8 };
	struct frame f;
	int fd;
	struct source *s = open_pair("127.0.0.1", &fd);

	for (unsigned i = 0; i < 100; i++) {
		d[20] = (uint8_t)i;
		ck_assert_int_eq(send(fd, d, sizeof d, 0), sizeof d);
	}
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
		ck_assert_uint_eq(f.data.len, sizeof d);
		ck_assert_uint_eq(f.data.p[20], i);
	}
	ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
	source_close(s);
	close(fd);
}
END_TEST

/* A flood that nobody reads is told as dropped, not forgotten. */
START_TEST(drops)
{
	struct source_options o = { .buffer = 16384 };
	struct source *s = NULL;
	struct source_stats st;
	struct frame f;
	uint8_t d[1400] = { 8 };
	struct sockaddr_in a = { .sin_family = AF_INET };
	char spec[64];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned port = 20100; port < 20200 && !s; port++) {
		snprintf(spec, sizeof spec, "udp:127.0.0.1:%u", port);
		s = source_open_live(spec, &o, err);
		a.sin_port = htons((uint16_t)port);
	}
	ck_assert_ptr_nonnull(s);
	for (unsigned i = 0; i < 1000; i++)
		sendto(fd, d, sizeof d, 0, (struct sockaddr *)&a, sizeof a);
	while (source_next(s, &f) == SOURCE_FRAME)
		continue;
	/* the count comes with the next datagram */
	sendto(fd, d, sizeof d, 0, (struct sockaddr *)&a, sizeof a);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	source_stats(s, &st);
	ck_assert_uint_eq(st.received + st.dropped, 1001);
	ck_assert_uint_gt(st.dropped, 500);
	source_close(s);
	close(fd);
}
END_TEST

START_TEST(refused)
{
	static const char *const bad[] = {
		"udp:",
		"udp:4789",
		"udp:127.0.0.1",
		"udp:127.0.0.1:",
		"udp:localhost:1",
		"udp:127.0.0.1:http",
		"udp:127.0.0.1:x",
		"udp:[::1:4789",
		"udp:203.0.113.9:4789",
		"udp:1.2.3.4.5:80",
		"udp:127.0.0.1:0",
		"udp:127.0.0.1:65536",
		"udp:127.0.0.1:99999",
	};
	struct source_options o = { .filter = "tcp" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(!source_open_live(bad[i], NULL, err), "%s",
			      bad[i]);
		ck_assert_ptr_nonnull(strstr(err, bad[i]));
	}
	ck_assert_ptr_null(source_open_live("udp:127.0.0.1:20300", &o, err));
	ck_assert_ptr_nonnull(strstr(err, "--inner-filter"));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_loop_test(t, datagrams, 0, 2);
	tcase_add_test(t, many);
	tcase_add_test(t, drops);
	tcase_add_test(t, refused);
}

TEST_MAIN("mirror", cases)
