/*
 * test_outlet.c: what is told while a write does not come back: nothing waits
 * for it, nothing is written twice or in another order, and what waits stays
 * within its bound. The thread is made up, and so is its clock: it works when
 * it is let, and takes as long as it is told.
 */
#include "base/limits.h"
#include "ledger/outlet.h"
#include "test_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct thread {
	void (*run)(void *what);
	void *what;
	bool due, hangs;
	int64_t now, takes; /* nanoseconds */
} thread;

static void *thread_open(void (*run)(void *what), void *what)
{
	thread.run = run;
	thread.what = what;
	return &thread;
}

static void thread_start(void *t)
{
	ck_assert_ptr_eq(t, &thread);
	ck_assert(!thread.due);
	thread.due = true;
}

static bool thread_wait(void *t, int64_t ns)
{
	(void)ns;
	ck_assert_ptr_eq(t, &thread);
	if (thread.due && !thread.hangs) {
		thread.now += thread.takes;
		thread.run(thread.what);
		thread.due = false;
	}
	return !thread.due;
}

static void thread_close(void *t)
{
	ck_assert_ptr_eq(t, &thread);
	ck_assert(!thread.due);
}

static int64_t thread_clock(void)
{
	return thread.now;
}

static const struct io_threads threads = { thread_open, thread_start,
					   thread_wait, thread_close,
					   thread_clock };
static const struct observer observer = { .name = "here", .version = "0" };
static char path[64];
static struct outlet o;
static unsigned told;

static void setup(void)
{
	struct sink_options so = { .path = path, .format = FORMAT_ECS,
				   .datasets = 1u << DATASET_STATUS };
	char err[SINK_ERROR_TEXT];
	int fd;

	strcpy(path, "/tmp/test-outlet-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	thread = (struct thread){ .hangs = false };
	told = 0;
	ck_assert(outlet_open(&o, &so, 20000, &threads, err));
}

static void teardown(void)
{
	thread.hangs = false;
	ck_assert(outlet_close(&o));
	unlink(path);
}

static void tell(unsigned num)
{
	while (num--) {
		struct log_event *e = log_event_new(DATASET_STATUS,
						    ACTION_INTERVAL);

		ck_assert_ptr_nonnull(e);
		e->time = stamp_sec(1700000000);
		status_count(e->status, "test", "number", told++);
		log_event_status_id(e, told);
		outlet_take(&o, e, &observer);
		log_event_unref(e);
	}
}

/* The numbers in the file, "0 1 2", from the begin. */
static const char *written(void)
{
	static const char mark[] = "\"number\":";
	static char text[4096], line[65536];
	FILE *f = fopen(path, "r");
	size_t n = 0;

	ck_assert_ptr_nonnull(f);
	text[0] = '\0';
	while (fgets(line, sizeof line, f)) {
		const char *at = strstr(line, mark);

		ck_assert_ptr_nonnull(strchr(line, '\n'));
		ck_assert_ptr_nonnull(at);
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%u",
				      n ? " " : "",
				      (unsigned)atoi(at + sizeof mark - 1));
	}
	fclose(f);
	return text;
}

static void ck_written(const char *want)
{
	ck_assert_str_eq(written(), want);
}

START_TEST(well)
{
	tell(2);
	ck_written("");
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0 1");
	tell(1);
	ck_assert(outlet_do(&o, OUTLET_LOOK));
	ck_written("0 1 2");
	ck_assert(!outlet_waits(&o));
}
END_TEST

START_TEST(hangs)
{
	struct status_output s;

	tell(2);
	thread.hangs = true;
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	tell(2);
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	ck_assert(outlet_waits(&o) && !outlet_may_write(&o));
	outlet_status(&o, &s);
	ck_assert_uint_eq(s.waiting, 4);
	ck_assert_uint_eq(s.written, 0);
	ck_written("");
	/* it goes on; then nobody waits for it at once, but it is in time */
	thread.hangs = false;
	ck_assert(!outlet_is_busy(&o));
	ck_written("0 1");
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0 1 2 3");
	outlet_status(&o, &s);
	ck_assert_uint_eq(s.waiting, 0);
	ck_assert_uint_eq(s.written, 4);
	ck_assert_uint_gt(s.held_bytes, 0);
}
END_TEST

START_TEST(slow)
{
	char text[256];

	tell(1);
	thread.hangs = true;
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	thread.now += 1999 * NSEC_PER_MSEC;
	ck_assert(!outlet_news(&o, text, sizeof text));
	thread.now += 2 * NSEC_PER_MSEC;
	ck_assert(outlet_news(&o, text, sizeof text));
	ck_assert_ptr_nonnull(strstr(text, "does not answer"));
	ck_assert(!outlet_news(&o, text, sizeof text));
	thread.hangs = false;
	ck_assert(!outlet_is_busy(&o));
	ck_written("0");
	/* it was late: the next is not waited for, until one is in time */
	thread.takes = 101 * NSEC_PER_MSEC;
	tell(1);
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	ck_assert(!outlet_is_busy(&o));
	thread.takes = 99 * NSEC_PER_MSEC;
	tell(1);
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	ck_assert(!outlet_is_busy(&o));
	tell(1);
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0 1 2 3");
}
END_TEST

START_TEST(sealed)
{
	tell(1);
	outlet_seal(&o);
	tell(1);
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0"); /* what came behind the seal is not kept yet */
	tell(1);
	outlet_unseal(&o);
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0 1 2");
	/* a seal that is broken while the write hangs */
	tell(1);
	outlet_seal(&o);
	thread.hangs = true;
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	tell(1);
	outlet_unseal(&o);
	tell(1);
	thread.hangs = false;
	ck_assert(!outlet_is_busy(&o));
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	ck_written("0 1 2 3 4 5");
}
END_TEST

START_TEST(bounded)
{
	struct status_output s;
	uint64_t dropped;

	tell(3);
	thread.hangs = true;
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	tell(500);
	outlet_status(&o, &s);
	ck_assert_uint_le(s.waiting_bytes, 20000);
	dropped = s.dropped[DATASET_STATUS];
	ck_assert_uint_gt(dropped, 0);
	ck_assert_uint_eq(s.waiting + dropped, 503);
	thread.hangs = false;
	ck_assert(!outlet_is_busy(&o));
	ck_assert(outlet_do(&o, OUTLET_WRITE));
	outlet_status(&o, &s);
	ck_assert_uint_eq(s.dropped[DATASET_STATUS], dropped);
	ck_assert_uint_eq(s.written + dropped, 503);
	/* the oldest of what waited went, what was in the write did not */
	ck_assert(!strncmp(written(), "0 1 2 ", 6));
	ck_assert_ptr_nonnull(strstr(written(), " 501 502"));
}
END_TEST

START_TEST(ends)
{
	struct outlet left;

	tell(2);
	thread.hangs = true;
	ck_assert(!outlet_do(&o, OUTLET_WRITE));
	tell(1);
	left = o;
	ck_assert(!outlet_close(&o)); /* said on standard error */
	ck_assert_ptr_eq(o.sink.path, left.sink.path);
	ck_written("");
	thread.hangs = false; /* teardown() closes it after all */
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, well);
	tcase_add_test(t, hangs);
	tcase_add_test(t, slow);
	tcase_add_test(t, sealed);
	tcase_add_test(t, bounded);
	tcase_add_test(t, ends);
}

TEST_MAIN("outlet", cases)
