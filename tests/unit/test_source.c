/*
 * test_source.c: classic capture files of every kind, plain, compressed, cut,
 * damaged, through pipes, and while they grow.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/linktype.h"
#include "test_source_make.h"
#include "test_run.h"

static char err[SOURCE_ERROR_TEXT];
static struct buf b;

static void setup(void)
{
	buf_init(&b, 256u << 20);
	enter_folder();
}

static void teardown(void)
{
	leave_folder();
	buf_fini(&b);
}

static struct source *open_it(const char *path, const char *filter)
{
	struct source_options o = { .filter = filter };
	struct source *s = source_open_file(path, &o, err);

	ck_assert_msg(s != NULL, "%s", err);
	return s;
}

static void expect(struct source *s, const char *data, uint32_t len, int64_t ns)
{
	struct frame f;

	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert(bytes_is(f.data, data));
	ck_assert_uint_eq(f.len, len);
	ck_assert_int_eq(f.time.ns, ns);
}

static void expect_end(struct source *s)
{
	struct frame f;

	ck_assert_int_eq(source_next(s, &f), SOURCE_END);
	ck_assert_int_eq(source_next(s, &f), SOURCE_END);
}

static const struct kind {
	uint32_t magic;
	bool little;
	uint32_t unit;
} kinds[] = {
	{ 0xa1b2c3d4, false, 1000 },
	{ 0xa1b2c3d4, true, 1000 },
	{ 0xa1b23c4d, false, 1 },
	{ 0xa1b23c4d, true, 1 },
};

START_TEST(kind)
{
	const struct kind *k = &kinds[_i];
	struct source_stats st;
	struct source *s;

	put_header(&b, k->little, k->magic, 101);
	put_record(&b, k->little, 4000000000u, 999999, "one", 3);
	put_record(&b, k->little, 7, 0, "", 60);
	put_record(&b, k->little, 8, 1, "longer than said", 4);
	write_file("f", b.p, b.len);
	s = open_it("f", NULL);
	expect(s, "one", 3, 4000000000 * NSEC_PER_SEC + 999999 * k->unit);
	ck_assert_str_eq(source_linktype(s), "RAW");
	expect(s, "", 60, 7 * NSEC_PER_SEC);
	expect(s, "longer than said", 16, 8 * NSEC_PER_SEC + k->unit);
	expect_end(s);
	ck_assert_ptr_null(source_error(s));
	ck_assert_int_eq(source_fd(s), -1);
	source_stats(s, &st);
	ck_assert_uint_eq(st.frames, 3);
	ck_assert_uint_eq(st.bytes, 19);
	ck_assert_uint_eq(st.cut, 1);
	source_close(s);
}
END_TEST

/* The "modified" kind: eight bytes more in each record's header. */
START_TEST(modified)
{
	bool little = _i;
	struct source *s;

	put_header(&b, little, 0xa1b2cd34, 1);
	put_u32(&b, little, 1);
	put_u32(&b, little, 2);
	put_u32(&b, little, 4);
	put_u32(&b, little, 4);
	buf_add(&b, "index---data", 12);
	write_file("f", b.p, b.len);
	s = open_it("f", NULL);
	expect(s, "data", 4, NSEC_PER_SEC + 2000);
	expect_end(s);
	source_close(s);
}
END_TEST

/* Every prefix: what is whole is given; then a warning, or a plain end. */
START_TEST(cut_anywhere)
{
	size_t first, second;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "first", 5);
	first = b.len;
	put_record(&b, true, 2, 0, "second", 6);
	second = b.len;
	for (size_t n = 0; n <= second; n++) {
		struct source *s;
		struct frame f;
		unsigned frames = 0;

		write_file("f", b.p, n);
		s = source_open_file("f", NULL, err);
		if (n < 24) {
			ck_assert_ptr_null(s);
			ck_assert_ptr_nonnull(strstr(err, "f: "));
			continue;
		}
		while (source_next(s, &f) == SOURCE_FRAME)
			frames++;
		ck_assert_uint_eq(frames, n < first    ? 0u
					  : n < second ? 1u
						       : 2u);
		if (n == 24 || n == first || n == second) {
			ck_assert_ptr_null(source_error(s));
		} else {
			ck_assert(source_is_warning(s));
			ck_assert_ptr_nonnull(strstr(source_error(s), "cut"));
		}
		source_close(s);
	}
}
END_TEST

START_TEST(damaged)
{
	struct source *s;
	struct frame f;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "good", 4);
	put_u32(&b, true, 1);
	put_u32(&b, true, 1);
	put_u32(&b, true, 0x7fffffff);
	put_u32(&b, true, 0x7fffffff);
	write_file("f", b.p, b.len);
	s = open_it("f", NULL);
	expect(s, "good", 4, NSEC_PER_SEC);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FAILED);
	ck_assert_int_eq(source_next(s, &f), SOURCE_FAILED);
	ck_assert(!source_is_warning(s));
	ck_assert_ptr_nonnull(strstr(source_error(s), "f: damaged at byte 44"));
	source_close(s);
}
END_TEST

START_TEST(no_capture)
{
	static const char *const bad[] = { "", "GET / HTTP/1.1\r\n", "\n\r",
					   "PK\3\4", "snoop" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		write_file("f", bad[i], strlen(bad[i]));
		ck_assert_ptr_null(source_open_file("f", NULL, err));
		ck_assert_msg(strstr(err, "not a capture") != NULL, "%s", err);
		ck_assert_ptr_null(strchr(err, '\n'));
	}
	ck_assert_ptr_null(source_open_file("missing", NULL, err));
	ck_assert_str_eq(err, "missing: No such file or directory");
	ck_assert_ptr_null(source_open_file(".", NULL, err));
	ck_assert_str_eq(err, ".: Is a directory");
}
END_TEST

/* Enough records that the buffer turns over many times. */
static void make_large(void)
{
	put_header(&b, true, 0xa1b2c3d4, 1);
	for (unsigned i = 0; i < 20000; i++) {
		char text[80];

		snprintf(text, sizeof text, "record %u %0*u", i, (int)(i % 50),
			 i);
		put_record(&b, true, i, 0, text, 1500);
	}
}

static void check_large(struct source *s)
{
	for (unsigned i = 0; i < 20000; i++) {
		char text[80];

		snprintf(text, sizeof text, "record %u %0*u", i, (int)(i % 50),
			 i);
		expect(s, text, 1500, (int64_t)i * NSEC_PER_SEC);
	}
}

START_TEST(compressed)
{
	static const char *const commands[] = {
		"cp f g",
		"gzip -c f > g",
		"zstd -qc f > g",
		"(head -c 9999 f | gzip -c; tail -c +10000 f | gzip -c) > g",
		"(head -c 9999 f | zstd -qc; tail -c +10000 f | zstd -qc) > g",
	};
	uint64_t done, size;
	struct source *s;

	make_large();
	write_file("f", b.p, b.len);
	ck_assert_int_eq(system(commands[_i]), 0);
	s = open_it("g", NULL);
	check_large(s);
	expect_end(s);
	ck_assert_ptr_null(source_error(s));
	source_progress(s, &done, &size);
	ck_assert_uint_eq(done, size);
	ck_assert_uint_ne(size, 0);
	source_close(s);
}
END_TEST

/* Buffers as small as allowed, each kept to the end. */
struct lender {
	uint8_t *p[64];
	size_t num;
};

static uint8_t *lend(void *arg, size_t least, size_t *size)
{
	struct lender *l = arg;

	ck_assert_uint_lt(l->num, sizeof l->p / sizeof *l->p);
	*size = l->num % 2 ? least : least + 4000;
	l->p[l->num] = malloc(*size);
	return l->p[l->num++];
}

START_TEST(lent_buffers)
{
	static struct frame f[20001];
	struct lender l = { .num = 0 };
	struct source_buffers from = { lend, &l };
	struct source *s;
	char text[80];
	size_t n = 0;

	make_large();
	write_file("f", b.p, b.len);
	ck_assert_int_eq(system(_i ? "zstd -qc f > g" : "cp f g"), 0);
	s = open_it("g", NULL);
	source_borrow(s, &from);
	while (n <= 20000 && source_next(s, &f[n]) == SOURCE_FRAME)
		n++;
	ck_assert_uint_eq(n, 20000);
	ck_assert_uint_gt(l.num, 8);
	source_close(s);
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text, "record %zu %0*zu", i,
			 (int)(i % 50), i);
		ck_assert(bytes_is(f[i].data, text));
	}
	while (l.num)
		free(l.p[--l.num]);
}
END_TEST

START_TEST(compressed_and_cut)
{
	struct source *s;
	struct frame f;
	enum source_result r;

	make_large();
	write_file("f", b.p, b.len);
	ck_assert_int_eq(system(_i ? "zstd -qc f | head -c 80000 > g"
				   : "gzip -c f | head -c 80000 > g"),
			 0);
	s = open_it("g", NULL);
	while ((r = source_next(s, &f)) == SOURCE_FRAME)
		continue;
	ck_assert_int_eq(r, SOURCE_END);
	ck_assert(source_is_warning(s));
	source_close(s);
	if (_i) /* without a checksum zstd cannot know */
		return;
	/* a damaged file: a failure that names it */
	ck_assert_int_eq(
		system("printf '\\377\\377\\377\\377' | "
		       "dd of=g bs=1 seek=50000 conv=notrunc 2>/dev/null"),
		0);
	s = open_it("g", NULL);
	while ((r = source_next(s, &f)) == SOURCE_FRAME)
		continue;
	ck_assert_int_eq(r, SOURCE_FAILED);
	ck_assert_ptr_nonnull(strstr(source_error(s), "g: "));
	source_close(s);
}
END_TEST

/* One record, then zeros without end: 4 GiB from a few hundred KiB. */
START_TEST(bomb)
{
	struct source_stats st;
	struct source *s;
	struct frame f;
	enum source_result r;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "good", 4);
	write_file("f", b.p, b.len);
	ck_assert_int_eq(system("(cat f; head -c 4294967296 /dev/zero) | "
				"zstd -qc > g"),
			 0);
	s = open_it("g", NULL);
	while ((r = source_next(s, &f)) == SOURCE_FRAME)
		continue;
	ck_assert_int_eq(r, SOURCE_FAILED);
	ck_assert_ptr_nonnull(strstr(source_error(s), "bomb"));
	source_stats(s, &st);
	ck_assert_uint_lt(st.frames, 2 * LIMIT_INFLATE_FREE / 16);
	source_close(s);
}
END_TEST

/* A pipe that is followed gives what it has, says AGAIN rather than wait. */
START_TEST(fifo_followed)
{
	struct source_options o = { .follow = true };
	struct source *s;
	struct frame f;
	int fd;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "first", 5);
	put_record(&b, true, 2, 0, "second", 6);
	ck_assert_int_eq(mkfifo("p", 0600), 0);
	s = source_open_file("p", &o, err); /* does not wait for a writer */
	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
	ck_assert_int_ge(source_fd(s), 0);
	fd = open("p", O_WRONLY);
	ck_assert_int_ge(fd, 0);
	for (size_t i = 0; i < b.len; i++) {
		enum source_result r;

		ck_assert_int_eq(write(fd, b.p + i, 1), 1);
		if (i % 5 != 4 && i != 44 && i != 66)
			continue;
		r = source_next(s, &f);
		ck_assert_int_eq(r, i == 44 || i == 66 ? SOURCE_FRAME
						       : SOURCE_AGAIN);
	}
	close(fd);
	expect_end(s);
	ck_assert_ptr_null(source_error(s));
	source_close(s);
}
END_TEST

/* Else it waits, through all the pauses of the writer. */
START_TEST(fifo)
{
	struct source *s;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "first", 5);
	put_record(&b, true, 2, 0, "second", 6);
	write_file("f", b.p, b.len);
	ck_assert_int_eq(mkfifo("p", 0600), 0);
	ck_assert_int_eq(system("(sleep 0.1; head -c 30 f; sleep 0.2; "
				"tail -c +31 f; sleep 0.1) > p &"),
			 0);
	s = open_it("p", NULL);
	expect(s, "first", 5, NSEC_PER_SEC);
	expect(s, "second", 6, 2 * NSEC_PER_SEC);
	expect_end(s);
	ck_assert_ptr_null(source_error(s));
	source_close(s);
}
END_TEST

START_TEST(follow)
{
	struct source_options o = { .follow = true };
	struct source *s;
	struct frame f;
	int fd = open("f", O_WRONLY | O_CREAT | O_APPEND, 0600);

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "first", 5);
	s = source_open_file("f", &o, err); /* empty for now */
	ck_assert_ptr_nonnull(s);
	for (size_t i = 0; i < b.len; i++) {
		ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
		ck_assert_int_eq(write(fd, b.p + i, 1), 1);
	}
	expect(s, "first", 5, NSEC_PER_SEC);
	ck_assert_int_eq(source_next(s, &f), SOURCE_AGAIN);
	close(fd);
	source_close(s);
}
END_TEST

START_TEST(standard_input)
{
	struct source *s;
	int saved = dup(STDIN_FILENO), fd;

	put_header(&b, true, 0xa1b2c3d4, 1);
	put_record(&b, true, 1, 0, "first", 5);
	write_file("f", b.p, b.len);
	fd = open("f", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	s = open_it("-", NULL);
	expect(s, "first", 5, NSEC_PER_SEC);
	expect_end(s);
	ck_assert_str_eq(source_name(s), "standard input");
	source_close(s);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(fd);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, kind, 0, NUM(kinds));
	tcase_add_loop_test(t, modified, 0, 2);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, damaged);
	tcase_add_test(t, no_capture);
	tcase_add_loop_test(t, compressed, 0, 5);
	tcase_add_loop_test(t, lent_buffers, 0, 2);
	tcase_add_loop_test(t, compressed_and_cut, 0, 2);
	tcase_add_test(t, bomb);
	tcase_add_test(t, fifo);
	tcase_add_test(t, fifo_followed);
	tcase_add_test(t, follow);
	tcase_add_test(t, standard_input);
}

TEST_MAIN("source", cases)
