/* stamp.c: see stamp.h. Own calendar, so that no time zone can interfere. */
#include "base/stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEC_MIN (-62167219200LL) /* 0000-01-01T00:00:00Z */
#define SEC_MAX 253402300799LL   /* 9999-12-31T23:59:59Z */

int64_t stamp_days(int64_t year, unsigned month, unsigned day)
{
	/* years begin in March, so that the leap day is the last one */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned mp = (month + 9) % 12;
	unsigned doy = (153 * mp + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

struct civil {
	int year;
	unsigned month, day, hour, min, sec;
};

static struct civil stamp_civil(int64_t sec)
{
	int64_t days, rem, era;
	unsigned doe, yoe, doy, mp;
	struct civil c;

	if (sec < SEC_MIN)
		sec = SEC_MIN;
	if (sec > SEC_MAX)
		sec = SEC_MAX;
	days = sec / 86400;
	rem = sec % 86400;
	if (rem < 0) {
		rem += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (unsigned)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c.day = doy - (153 * mp + 2) / 5 + 1;
	c.month = mp < 10 ? mp + 3 : mp - 9;
	c.year = (int)((int64_t)yoe + era * 400 + (c.month <= 2));
	c.hour = (unsigned)(rem / 3600);
	c.min = (unsigned)(rem / 60 % 60);
	c.sec = (unsigned)(rem % 60);
	return c;
}

/* Right-aligned, with zeros; v is below 10^digits. */
static char *put_digits(char *to, uint64_t v, int digits)
{
	for (int i = digits; i-- > 0; v /= 10)
		to[i] = (char)('0' + v % 10);
	return to + digits;
}

static char *put_two(char *to, char before, unsigned v)
{
	*to = before;
	return put_digits(to + 1, v, 2);
}

/* Written digit by digit: every event has half a dozen times. */
static char *put(char *out, const struct civil *c)
{
	if (c->year < 0 || c->year > 9999)
		out += snprintf(out, STAMP_TEXT / 2, "%04d", c->year);
	else
		out = put_digits(out, (uint64_t)c->year, 4);
	out = put_two(out, '-', c->month);
	out = put_two(out, '-', c->day);
	out = put_two(out, 'T', c->hour);
	out = put_two(out, ':', c->min);
	return put_two(out, ':', c->sec);
}

void stamp_format(struct stamp t, char out[static STAMP_TEXT])
{
	int64_t sec = stamp_to_sec(t);
	uint64_t frac = (uint64_t)(t.ns - sec * 1000000000LL);
	struct civil c = stamp_civil(sec);
	char *to = put(out, &c);

	*to++ = '.';
	if (frac % 1000000 == 0)
		to = put_digits(to, frac / 1000000, 3);
	else if (frac % 1000 == 0)
		to = put_digits(to, frac / 1000, 6);
	else
		to = put_digits(to, frac, 9);
	memcpy(to, "Z", 2);
}

void stamp_format_sec(int64_t sec, char out[static STAMP_TEXT])
{
	struct civil c = stamp_civil(sec);

	memcpy(put(out, &c), ".000Z", 6);
}

void stamp_format_short(int64_t sec, char out[static STAMP_TEXT])
{
	struct civil c = stamp_civil(sec);

	memcpy(put(out, &c), "Z", 2);
}

/* ".5", ".412345" -> nanoseconds; moves *s behind it. */
static int64_t parse_fraction(const char **s)
{
	int64_t ns = 0, unit = 100000000;

	if (**s != '.')
		return 0;
	for ((*s)++; **s >= '0' && **s <= '9'; (*s)++) {
		ns += (**s - '0') * unit;
		unit /= 10;
	}
	return ns;
}

static unsigned days_in(int year, unsigned month)
{
	return (unsigned)(stamp_days(month == 12 ? year + 1 : year,
				     month % 12 + 1, 1) -
			  stamp_days(year, month, 1));
}

bool stamp_parse(const char *text, struct stamp *out)
{
	int year, n = 0;
	unsigned mon, day, hour = 0, min = 0, sec = 0;
	int64_t ns = 0;
	const char *s;
	char *end;

	if (text[0] == '@') {
		long long v = strtoll(text + 1, &end, 10);

		if (end == text + 1 || *end || v > 9000000000LL ||
		    v < -9000000000LL)
			return false;
		*out = stamp_sec(v);
		return true;
	}
	if (sscanf(text, "%4d-%2u-%2u%n", &year, &mon, &day, &n) != 3)
		return false;
	s = text + n;
	if (*s == 'T' || *s == ' ') {
		n = 0;
		if (sscanf(s + 1, "%2u:%2u:%2u%n", &hour, &min, &sec, &n) != 3)
			return false;
		s += n + 1;
		ns = parse_fraction(&s);
		if (*s == 'Z')
			s++;
	}
	if (*s || year < 1700 || year > 2260 || mon < 1 || mon > 12 ||
	    day < 1 || day > days_in(year, mon) || hour > 23 || min > 59 ||
	    sec > 60)
		return false;
	*out = stamp_sec(stamp_days(year, mon, day) * 86400 + hour * 3600 +
			 min * 60 + sec);
	out->ns += ns;
	return true;
}
