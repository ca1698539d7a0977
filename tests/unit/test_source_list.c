/*
 * test_source_list.c: filters, folders of captures in the order of their first
 * packets, and interfaces.
 */
#include <sys/stat.h>

#include "base/limits.h"
#include "test_source_make.h"
#include "test_run.h"

static char err[SOURCE_ERROR_TEXT];
static struct buf b;

static void setup(void)
{
	buf_init(&b, 1u << 20);
	enter_folder();
}

static void teardown(void)
{
	leave_folder();
	buf_fini(&b);
}

static const uint8_t ip_tcp[40] = { 0x45, 0, 0,	 40, 0, 1, 0, 0, 64, 6,
				    0,	  0, 10, 1,  1, 1, 10, 1, 1,  2,
				    0x9c, 0, 1,	 0xbb };

START_TEST(filter)
{
	struct source_options o = { .filter = "tcp porp 443" };
	struct source_options good = { .filter = "ip or ip6" };
	struct bytes ip = bytes_of(ip_tcp, sizeof ip_tcp);
	struct source_stats st;
	struct source *s;
	struct frame f;

	put_header(&b, true, 0xa1b2c3d4, 101);
	put_bytes(&b, true, 1, 0, ip, 40);
	put_record(&b, true, 2, 0, "\x11 is no IP", 10);
	write_file("f", b.p, b.len);
	s = source_open_file("f", &good, err);
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert(bytes_eq(f.data, ip));
	ck_assert_int_eq(source_next(s, &f), SOURCE_END);
	source_stats(s, &st);
	ck_assert_uint_eq(st.filtered, 1);
	source_close(s);
	ck_assert_ptr_null(source_open_file("f", &o, err));
	ck_assert_msg(strstr(err, "filter 'tcp porp 443'") != NULL, "%s", err);
}
END_TEST

START_TEST(filter_of_bare_ip)
{
	struct source_filter *f = source_filter_new("tcp port 443", err);
	struct bytes ip = bytes_of(ip_tcp, 40);

	ck_assert_ptr_nonnull(f);
	ck_assert(source_filter_match(f, ip, 40));
	source_filter_free(f);
	f = source_filter_new("udp or greater 41", err);
	ck_assert(!source_filter_match(f, ip, 40));
	ck_assert(source_filter_match(f, ip, 41));
	source_filter_free(f);
	ck_assert_ptr_null(source_filter_new("host (", err));
	ck_assert_ptr_null(strchr(err, '\n'));
}
END_TEST

static void make_capture(const char *path, uint32_t sec)
{
	buf_reset(&b);
	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, sec, 0, "x", 1);
	write_file(path, b.p, b.len);
}

/* By the first packet, then by name; what is no capture is counted. */
START_TEST(folder)
{
	static const char *const order[] = { "d/z/early", "d/a", "d/b",
					     "d/late", "d/none" };
	size_t num, skipped;
	char **paths;

	mkdir("d", 0700);
	mkdir("d/z", 0700);
	make_capture("d/late", 300);
	make_capture("d/b", 200);
	make_capture("d/a", 200);
	make_capture("d/z/early", 100);
	buf_reset(&b);
	put_header(&b, true, 0xa1b2c3d4, 1);
	write_file("d/none", b.p, b.len);
	write_file("d/notes.txt", "no capture", 10);
	ck_assert_int_eq(symlink("..", "d/z/loop"), 0);
	mkfifo("d/fifo", 0600);
	ck_assert(source_list("d/", &paths, &num, &skipped, err));
	ck_assert_uint_eq(num, 5);
	for (size_t i = 0; i < num; i++) {
		ck_assert_str_eq(paths[i], order[i]);
		free(paths[i]);
	}
	free(paths);
	ck_assert_uint_eq(skipped, 3);
	ck_assert_str_eq(err, "");
	ck_assert(source_list("d/notes.txt", &paths, &num, &skipped, err));
	ck_assert_uint_eq(num, 1);
	ck_assert_str_eq(paths[0], "d/notes.txt");
	free(paths[0]);
	free(paths);
	ck_assert(!source_list("missing", &paths, &num, &skipped, err));
	ck_assert_str_eq(err, "missing: No such file or directory");
}
END_TEST

/* Meant to be captures: they are told when their turn comes. */
START_TEST(folder_named)
{
	static const char *const names[] = { "d/a.pcap", "d/b.PCAPNG.gz",
					     "d/c.cap.zst" };
	size_t num, skipped;
	char **paths;

	mkdir("d", 0700);
	ck_assert_int_eq(symlink("nowhere", "d/a.pcap"), 0);
	write_file("d/b.PCAPNG.gz", "\x1f\x8b\x08 damaged", 11);
	write_file("d/c.cap.zst", "damaged", 7);
	write_file("d/notes.gz", "no capture", 10);
	ck_assert_int_eq(symlink("nowhere", "d/notes"), 0);
	ck_assert(source_list("d", &paths, &num, &skipped, err));
	ck_assert_uint_eq(num, 3);
	for (size_t i = 0; i < num; i++) {
		ck_assert_str_eq(paths[i], names[i]);
		free(paths[i]);
	}
	free(paths);
	ck_assert_uint_eq(skipped, 2);
}
END_TEST

/* A folder in it that cannot be read is no file that is no capture. */
START_TEST(folder_unread)
{
	char path[4 * LIMIT_FOLDER_DEPTH], **paths;
	size_t num, skipped, at = 1;

	strcpy(path, "d");
	mkdir(path, 0700);
	make_capture("d/good", 100);
	for (int i = 0; i < LIMIT_FOLDER_DEPTH; i++) {
		strcpy(path + at, "/d");
		at += 2;
		mkdir(path, 0700);
	}
	ck_assert(source_list("d", &paths, &num, &skipped, err));
	ck_assert_uint_eq(num, 1);
	free(paths[0]);
	free(paths);
	ck_assert_uint_eq(skipped, 0);
	ck_assert_msg(strstr(err, "/d: folders nested too deep") != NULL, "%s",
		      err);
}
END_TEST

START_TEST(interfaces)
{
	char text[4096];

	ck_assert(source_interfaces(text, sizeof text));
	ck_assert_ptr_null(source_open_live("no-such-interface", NULL, err));
	ck_assert_ptr_nonnull(strstr(err, "no-such-interface: "));
	ck_assert_ptr_null(strchr(err, '\n'));
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, filter);
	tcase_add_test(t, filter_of_bare_ip);
	tcase_add_test(t, folder);
	tcase_add_test(t, folder_named);
	tcase_add_test(t, folder_unread);
	tcase_add_test(t, interfaces);
}

TEST_MAIN("source_list", cases)
