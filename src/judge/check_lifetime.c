/*
 * check_lifetime.c: a publicly trusted leaf lives longer than the CA/Browser
 * Forum allowed when it was issued (BR 6.3.2). Both ends of the validity count
 * (RFC 5280 4.1.2.5) since the rule of 2020, so the second of notAfter is part
 * of it; before, it was the time from the one to the other.
 */
#include "judge/text.h"

#include <inttypes.h>
#include <time.h>

#define DAY 86400
#define INCLUSIVE_SINCE 1598918400LL /* 2020-09-01 */

/* By notBefore; the newest first. */
static const struct rule {
	int64_t from;
	int months, days; /* one of the two */
	const char *text;
} rules[] = {
	{ 1868227200, 0, 47, "47 days" },   /* 2029-03-15, ballot SC-081 */
	{ 1805068800, 0, 100, "100 days" }, /* 2027-03-15 */
	{ 1773532800, 0, 200, "200 days" }, /* 2026-03-15 */
	{ 1598918400, 0, 398, "398 days" }, /* 2020-09-01 */
	{ 1519862400, 0, 825, "825 days" }, /* 2018-03-01, ballot 193 */
	{ 1467331200, 39, 0, "39 months" }, /* 2016-07-01 */
};

/* The same day and time, months later (the 31st may become the 1st). */
static int64_t add_months(int64_t sec, int months)
{
	time_t t = (time_t)sec;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return INT64_MAX;
	tm.tm_mon += months;
	return (int64_t)timegm(&tm);
}

static const struct rule *find_rule(int64_t not_before)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (not_before >= rules[i].from)
			return &rules[i];
	return NULL;
}

static int64_t allowed(const struct rule *r, int64_t from)
{
	return r->months ? add_months(from, r->months) - from
			 : (int64_t)r->days * DAY;
}

static bool run(const struct evidence *ev, struct arena *a,
		struct finding *out)
{
	const struct cert *c = ev->leaf;
	const struct rule *r;
	int64_t life, days;

	if (!c || c->error || (!c->has_cab_policy && !c->has_scts) || c->is_ca)
		return false;
	r = find_rule(c->not_before);
	life = c->not_after - c->not_before +
	       (c->not_before >= INCLUSIVE_SINCE);
	if (!r || life <= allowed(r, c->not_before))
		return false;
	/* a second more counts as a day more (BR 6.3.2) */
	days = (life + DAY - 1) / DAY;
	out->severity = SEVERITY_INFO;
	out->reason = arena_printf(
		a, "%" PRId64 " days from %s to %s, where %s are allowed",
		days, text_time(a, c->not_before),
		text_time(a, c->not_after), r->text);
	out->message = arena_printf(
		a,
		"The certificate of %s is made for %" PRId64 " days, but "
		"public ones issued at its date may live %s at most: Apple's "
		"and Google's clients may refuse it.%s",
		text_where(ev, a), days, r->text, text_reaction(ev, a));
	out->hint.cause = "lifetime";
	out->hint.fix = "Have it issued again for a time within the limit, "
			"and automate its renewal: the limit goes down to 47 "
			"days by 2029.";
	out->hint.verify = text_verify(ev, a, "-dates -issuer");
	return true;
}

const struct check check_lifetime = {
	.code = "cert.lifetime_excessive",
	.title = "Public certificate lives longer than allowed",
	.severity = "info",
	.reference = "CA/Browser Forum BR 6.3.2",
	.url = "https://cabforum.org/working-groups/"
	       "server/baseline-requirements/requirements/",
	.key = KEY_LEAF,
	.run = run,
};
