/*
 * test_source_bare.c: built without zstd. The file that meson takes then
 * (inflate_nozstd.c) is linked before the library's, whatever this build has: a
 * file packed by zstd is named, no capture is made of it; gzip stays.
 */
#include "test_source_make.h"
#include "test_run.h"

static const char packed[] = "\x28\xb5\x2f\xfd a frame of zstd";

START_TEST(named)
{
	struct source_options o = { .filter = NULL };
	char err[SOURCE_ERROR_TEXT] = "";

	enter_folder();
	write_file("f", packed, sizeof packed);
	ck_assert_ptr_null(source_open_file("f", &o, err));
	ck_assert_str_eq(err, "f: compressed with zstd, which this build "
			      "cannot read");
	leave_folder();
}
END_TEST

START_TEST(gzip_stays)
{
	struct source_options o = { .filter = NULL };
	char err[SOURCE_ERROR_TEXT];
	struct source *s;
	struct frame f;
	struct buf b;

	buf_init(&b, 1u << 20);
	enter_folder();
	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "one", 3);
	write_file("f", b.p, b.len);
	ck_assert_int_eq(system("gzip f"), 0);
	s = source_open_file("f.gz", &o, err);
	ck_assert_msg(s != NULL, "%s", err);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert(bytes_is(f.data, "one"));
	source_close(s);
	leave_folder();
	buf_fini(&b);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, named);
	tcase_add_test(t, gzip_stays);
}

TEST_MAIN("source_bare", cases)
