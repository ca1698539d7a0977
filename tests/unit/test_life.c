/*
 * test_life.c: the life of findings on packet time, as tables: what is told
 * when; certificates that age without a handshake; a witness and its bytes.
 */
#include "ledger/aging.h"
#include "ledger/life.h"
#include "test_judge_make.h"
#include "test_run.h"

#define HOUR 3600LL
#define KEEP (7 * DAY * NSEC_PER_SEC)

static struct stamp at(int64_t sec)
{
	return stamp_sec(NOW + sec);
}

struct step {
	int64_t sec; /* behind NOW */
	enum severity severity;
	enum action action; /* that is to be told */
};

static void walk(const struct step *steps, size_t num)
{
	struct life life = { .told = false };
	struct life_rules rules;

	life_rules_init(&rules);
	for (size_t i = 0; i < num; i++) {
		const struct step *s = &steps[i];
		enum action a;

		if (s->action == ACTION_RESOLVED) { /* somebody says so */
			life_told(&life, ACTION_RESOLVED, s->severity,
				  at(s->sec));
			continue;
		}
		a = life_next(&life, s->severity, at(s->sec), &rules);
		ck_assert_msg(a == s->action, "step %zu: %s, not %s", i,
			      action_words[a], action_words[s->action]);
		if (a)
			life_told(&life, a, s->severity, at(s->sec));
	}
}

#define LOW SEVERITY_LOW
#define HIGH SEVERITY_HIGH
#define WALK(...)                                                              \
	do {                                                                   \
		static const struct step steps[] = { __VA_ARGS__ };            \
		walk(steps, sizeof steps / sizeof *steps);                     \
	} while (0)

START_TEST(tells)
{
	/* an hour after it opened, then daily */
	WALK({ 0, LOW, ACTION_OPENED }, { 0, LOW, ACTION_NONE },
	     { HOUR - 1, LOW, ACTION_NONE }, { HOUR, LOW, ACTION_REPEATED },
	     { 2 * HOUR, LOW, ACTION_NONE },
	     { DAY + HOUR - 1, LOW, ACTION_NONE },
	     { DAY + HOUR, LOW, ACTION_REPEATED });
	/* once for each step up; what falls is no news; then it begins anew */
	WALK({ 0, LOW, ACTION_OPENED }, { 1, HIGH, ACTION_ESCALATED },
	     { 2, LOW, ACTION_NONE }, { 3, HIGH, ACTION_NONE },
	     { HOUR + 1, HIGH, ACTION_REPEATED });
	/* resolved, and there again */
	WALK({ 0, HIGH, ACTION_OPENED }, { 10, HIGH, ACTION_RESOLVED },
	     { 20, LOW, ACTION_OPENED }, { 30, HIGH, ACTION_ESCALATED });
	/* a little back tells nothing; a jump, and the jump back, once each */
	WALK({ 0, LOW, ACTION_OPENED }, { -HOUR, LOW, ACTION_NONE },
	     { 80 * 365 * DAY, LOW, ACTION_REPEATED },
	     { 2 * HOUR, LOW, ACTION_REPEATED }, { 3 * HOUR, LOW, ACTION_NONE },
	     { DAY + 2 * HOUR, LOW, ACTION_REPEATED });
}
END_TEST

START_TEST(over)
{
	struct life life = { .seen.last = at(0) };
	struct life_rules rules;

	life_rules_init(&rules);
	ck_assert(!life_is_over(&life, at(7 * DAY - 1), &rules));
	ck_assert(life_is_over(&life, at(7 * DAY), &rules));
	ck_assert(!life_is_over(&life, at(-NOW), &rules));
}
END_TEST

/* The leaf has so much left of a life of 90 days. */
static void leaf_left(int64_t sec)
{
	leaf.not_after = NOW + sec;
	leaf.not_before = leaf.not_after - 90 * DAY;
	judge();
}

static struct bytes place(const char *name)
{
	return bytes_str(name);
}

/* The seconds behind NOW when it is due next, -1: not at all. */
static int64_t due_by(struct aging *a, int64_t until)
{
	struct stamp due;
	struct witness w;

	if (!aging_next(a, at(until), &policy, KEEP, &due, &w))
		return -1;
	ck_assert_ptr_eq(w.leaf, &leaf);
	witness_fini(&w);
	return stamp_to_sec(due) - NOW;
}

START_TEST(thresholds)
{
	struct aging *a = aging_new(8);

	/* of 90 days: a quarter (22.5), a tenth (9) but at most 7, the end */
	leaf_left(23 * DAY);
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, DAY / 2), -1);
	ck_assert_int_eq(due_by(a, DAY), DAY / 2 + 1);
	/* the next one is further away than it is known without being shown */
	ck_assert_int_eq(due_by(a, 60 * DAY), -1);
	ck_assert_uint_eq(aging_size(a), 0);
	leaf_left(2 * HOUR);
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 2 * HOUR), -1); /* notAfter is inside */
	ck_assert_int_eq(due_by(a, 2 * HOUR + 1), 2 * HOUR + 1);
	ck_assert_int_eq(due_by(a, 60 * DAY), -1);
	leaf_left(-1); /* expired, and told by its handshake */
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_uint_eq(aging_size(a), 0);
	aging_free(a);
}
END_TEST

/* A chain that ends before its leaf, with no path around it. */
static void chain_left(int64_t sec)
{
	judged->ev.chain = (struct chain_result){ .state = CHAIN_TRUSTED,
						  .until = NOW + sec,
						  .until_last = true };
}

START_TEST(chain_ends)
{
	struct aging *a = aging_new(8);

	leaf_left(60 * DAY);
	chain_left(2 * DAY);
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 2 * DAY), -1);
	/* a resumed session shows the leaf alone, but it is the same one */
	judge();
	judged->ev.carried = true;
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 2 * DAY + 1), 2 * DAY + 1);
	/* another chain, that lasts */
	judge();
	chain_left(2 * DAY);
	aging_see(a, place("x"), judged, KEEP);
	judged->ev.chain.until_last = false;
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 60 * DAY), -1);
	ck_assert_uint_eq(aging_size(a), 0);
	/* between the leaf's own thresholds, each in its turn */
	leaf_left(8 * DAY);
	chain_left(3 * HOUR);
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 60 * DAY), 3 * HOUR + 1);
	ck_assert_int_eq(due_by(a, 60 * DAY), DAY + 1);
	ck_assert_int_eq(due_by(a, 60 * DAY), -1);
	/* a chain that is not trusted ends nothing */
	chain_left(HOUR);
	judged->ev.chain.state = CHAIN_INCOMPLETE;
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, 60 * DAY), DAY + 1);
	aging_free(a);
}
END_TEST

START_TEST(not_aging)
{
	struct aging *a = aging_new(8);

	leaf_left(HOUR);
	leaf.no_expiry = true;
	aging_see(a, place("x"), judged, KEEP);
	leaf.no_expiry = false;
	leaf.error = "bad";
	aging_see(a, place("x"), judged, KEEP);
	leaf.error = NULL;
	policy.now_fixed = true;
	aging_see(a, place("x"), judged, KEEP);
	policy.now_fixed = false;
	judged->ev.gateway_off = true;
	aging_see(a, place("x"), judged, KEEP);
	judged->ev.gateway_off = false;
	judged->ev.at = stamp_sec(86400); /* a capture without a clock */
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_uint_eq(aging_size(a), 0);
	aging_free(a);
}
END_TEST

START_TEST(replaced)
{
	struct aging *a = aging_new(8);
	struct cert other = leaf;

	leaf_left(HOUR);
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_uint_eq(aging_size(a), 1);
	/* another one there, with its whole life before it */
	other.refs = 1u << 20;
	other.sha256[0] ^= 0xff;
	other.not_after = NOW + 80 * DAY;
	obs->chain[TLS_SERVER][0] = &other;
	judge();
	aging_see(a, place("y"), judged, KEEP); /* elsewhere */
	ck_assert_uint_eq(aging_size(a), 1);
	/* a session that began before says nothing of what is shown now */
	judged->ev.carried = true;
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_uint_eq(aging_size(a), 1);
	judged->ev.carried = false;
	aging_see(a, place("x"), judged, KEEP);
	ck_assert_int_eq(due_by(a, DAY), -1);
	ck_assert_uint_eq(aging_size(a), 0);
	aging_free(a);
}
END_TEST

START_TEST(bounded)
{
	struct aging *a = aging_new(64);
	int64_t last = 0, due;
	char name[16];

	/* in no order; the least recently shown go, the rest comes sorted */
	for (int i = 0; i < 1000; i++) {
		leaf_left(HOUR + i * 7919 % 1000);
		snprintf(name, sizeof name, "%d", i);
		aging_see(a, place(name), judged, KEEP);
	}
	ck_assert_uint_eq(aging_size(a), 64);
	ck_assert_uint_eq(aging_evicted(a), 1000 - 64);
	leaf.not_after = NOW; /* nothing comes behind what is noted */
	for (int i = 0; i < 64; i++) {
		due = due_by(a, DAY);
		ck_assert_int_ge(due, last);
		last = due;
	}
	ck_assert_int_eq(due_by(a, DAY), -1);
	aging_free(a);
}
END_TEST

START_TEST(again)
{
	struct judgement *j;
	struct witness w;

	leaf_left(HOUR);
	ck_told("cert.expiring", "high");
	witness_of(judged, &w);
	j = witness_again(&w, &policy, at(HOUR + 1));
	ck_assert_ptr_nonnull(j);
	ck_assert_uint_eq(j->num_findings, 1);
	judgement_word(j);
	ck_assert_str_eq(j->findings[0].check->code, "cert.expired");
	ck_assert_ptr_nonnull(strstr(j->findings[0].message,
				     "api.example.com at 203.0.113.20:443"));
	ck_assert_str_eq(j->handshake_id, judged->handshake_id);
	judgement_unref(j);
	j = witness_again(&w, &policy, at(HOUR)); /* an instant before */
	ck_assert_str_eq(j->findings[0].check->code, "cert.expiring");
	judgement_unref(j);
	witness_fini(&w);
}
END_TEST

/* The chain has ended, the leaf has not: said of what was shown last. */
START_TEST(chain_again)
{
	struct judgement *j;
	struct witness w;

	leaf_left(60 * DAY);
	chain_left(HOUR);
	witness_of(judged, &w);
	j = witness_again(&w, &policy, at(HOUR)); /* notAfter is inside */
	ck_assert_uint_eq(j->num_findings, 0);
	judgement_unref(j);
	j = witness_again(&w, &policy, at(HOUR + 1));
	ck_assert_uint_eq(j->num_findings, 1);
	judgement_word(j);
	ck_assert_str_eq(j->findings[0].check->code, "chain.expired");
	ck_assert(j->findings[0].inferred);
	ck_assert_int_eq(j->findings[0].severity, SEVERITY_MEDIUM);
	ck_assert_ptr_nonnull(strstr(j->findings[0].message,
				     "as it was shown last"));
	judgement_unref(j);
	w.chain_until = 0; /* kept by an older version */
	j = witness_again(&w, &policy, at(HOUR + 1));
	ck_assert_uint_eq(j->num_findings, 0);
	judgement_unref(j);
	witness_fini(&w);
}
END_TEST

/* Every prefix of a witness is none; every byte of it may be anything. */
START_TEST(bytes)
{
	struct witness w, back;
	struct bytes all;
	struct buf b;

	leaf_left(HOUR);
	chain_left(HOUR / 2);
	witness_of(judged, &w);
	buf_init(&b, WITNESS_BYTES);
	witness_write(&w, &b);
	all = buf_bytes(&b);
	ck_assert(!b.failed && witness_read(all, &back));
	ck_assert_ptr_null(back.leaf);
	back.leaf = w.leaf;
	ck_assert(endpoint_eq(&back.source, &w.source));
	ck_assert_int_eq(back.shown.ns, w.shown.ns);
	ck_assert_uint_eq(back.name_len, strlen("api.example.com"));
	ck_assert(!memcmp(back.name, w.name, w.name_len));
	ck_assert(!memcmp(back.handshake_id, w.handshake_id, 16));
	ck_assert_int_eq(back.chain_until, NOW + HOUR / 2);
	for (size_t n = 0; n < all.len; n++) {
		back = (struct witness){ .version = 77 };
		ck_assert(!witness_read(bytes_head(all, n), &back));
		ck_assert_uint_eq(back.version, 77);
	}
	for (size_t n = 0; n < all.len; n++) {
		struct judgement *j;

		b.p[n] ^= 0xff;
		if (witness_read(all, &back)) {
			j = witness_judgement(&back, &policy);
			ck_assert_ptr_nonnull(j);
			judgement_unref(j);
		}
		b.p[n] ^= 0xff;
	}
	/* what was written before it told when the chain ends */
	b.p[0] = 1;
	ck_assert(witness_read(bytes_head(all, all.len - 8), &back));
	ck_assert(!back.client && !back.chain_until);
	ck_assert(!witness_read(all, &back));
	buf_fini(&b);
	witness_fini(&w);
}
END_TEST

static void shake(struct life *life, uint32_t who)
{
	uint8_t b[4] = { 10, (uint8_t)(who >> 16), (uint8_t)(who >> 8),
			 (uint8_t)who };
	struct tls_handshake shown = { .client_dir = 0 };
	struct observation o = { .hs = &shown, .source.addr = addr_v4(b) };
	struct judgement j = { .obs = &o };
	struct log_event e = { .judgement = &j, .time = at(0) };

	life_count(life, &e);
}

/* Different clients are counted, however often they come. */
START_TEST(clients)
{
	static const uint32_t sizes[] = { 1, 16, 17, 100, 1000, 5000 };
	struct life life = { .told = false };
	const struct occurrences *o = &life.seen;
	uint32_t num = 0;
	uint64_t before;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint32_t n = sizes[i], off = n <= 16 ? 0 : n / 10 + 1;

		for (; num < n; num++)
			shake(&life, num);
		ck_assert_uint_le(o->num_clients, n + off);
		ck_assert_uint_ge(o->num_clients, n - off);
		before = o->num_clients;
		for (uint32_t who = 0; who < n; who++)
			shake(&life, who);
		ck_assert_uint_eq(o->num_clients, before);
	}
	ck_assert_uint_eq(o->num_clients_kept, LIMIT_LEDGER_CLIENTS);
	/* behind a restart the number stays, until there are more */
	before = o->num_clients;
	life.beyond = (struct client_sketch){ .num_set = 0 };
	shake(&life, 6000);
	ck_assert_uint_eq(o->num_clients, before);
}
END_TEST

static void rules(TCase *t)
{
	tcase_add_test(t, tells);
	tcase_add_test(t, over);
	tcase_add_test(t, clients);
}

static void aging(TCase *t)
{
	tcase_add_checked_fixture(t, scene_setup, scene_teardown);
	tcase_add_test(t, thresholds);
	tcase_add_test(t, not_aging);
	tcase_add_test(t, chain_ends);
	tcase_add_test(t, replaced);
	tcase_add_test(t, bounded);
	tcase_add_test(t, again);
	tcase_add_test(t, chain_again);
	tcase_add_test(t, bytes);
}

int main(void)
{
	Suite *suite = suite_create("life");

	test_add(suite, "rules", rules);
	test_add(suite, "aging", aging);
	return test_run(suite);
}
