/*
 * test_status_text.c: status events for people: what is new, or all of it.
 */
#include "event/event.h"
#include "test_run.h"

#include <check.h>

static struct buf out;

static void setup(void)
{
	buf_init(&out, 1u << 16);
}

static void teardown(void)
{
	buf_fini(&out);
}

/* For people: what it was that hid certificates, and how often. */
START_TEST(status_for_people)
{
	static const struct text_style plain = { .colour = false };
	struct log_event *e = log_event_new(DATASET_STATUS, ACTION_ENDED);

	status_count(e->status, "handshakes", "total", 9);
	status_count(e->status, "handshakes", "hidden", 5);
	status_count(e->status, "handshakes", "judged_names", 2);
	status_count(e->status, "hidden_because", "gap", 1);
	status_count(e->status, "hidden_because", "tls13", 4);
	ck_assert(render_text(e, &plain, &out));
	buf_add_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr((const char *)out.p,
				     "5 hidden: 4 tls13, 1 gap; 0 without), "
				     "2 names judged, "));
	log_event_unref(e);
}
END_TEST

static bool text_has(const struct log_event *e, const char *want)
{
	static const struct text_style plain = { .colour = false };

	buf_reset(&out);
	ck_assert(render_text(e, &plain, &out));
	buf_add_char(&out, '\0');
	return strstr((const char *)out.p, want);
}

/* One line when something changed, none when nothing did. */
START_TEST(status_is_quiet)
{
	struct log_event *e = log_event_new(DATASET_STATUS, ACTION_INTERVAL);
	struct log_event *then = log_event_new(DATASET_STATUS, ACTION_INTERVAL);
	struct status *s = e->status;

	status_count(s, "packets", "received", 7);
	status_count(s, "packets", "dropped", 5);
	status_count(s, "limits", "flows", 2);
	s->num_outputs = 1;
	strcpy(s->outputs[0].name, "/var/log/x");
	status_news(s, s); /* as the one before said */
	ck_assert(text_has(e, "") && out.len == 1);
	s->asked = true;
	ck_assert(text_has(e, "7 packets, 5 dropped, "));
	s->asked = false;
	status_count(then->status, "packets", "dropped", 2);
	status_news(s, then->status);
	ck_assert(text_has(e, "  status  3 packets dropped, limit flows "
			      "reached\n"));
	*then->status = *s;
	s->outputs[0].failing = true;
	status_news(s, then->status);
	ck_assert(text_has(e, "  status  /var/log/x cannot be written\n"));
	status_news(then->status, s);
	ck_assert_str_eq(then->status->news, "/var/log/x is written again");
	s->num_outputs = 0;
	status_news(s, NULL);
	ck_assert_str_eq(s->news, "5 packets dropped, limit flows reached");
	log_event_unref(e);
	log_event_unref(then);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, status_for_people);
	tcase_add_test(t, status_is_quiet);
}

TEST_MAIN("status_text", cases)
