/* der.c: see der.h. */
#include "cert/der.h"

#include "base/stamp.h"

#define DEPTH_MAX 24 /* a certificate nests about ten deep */

bool der_next(struct reader *r, uint8_t *tag, struct reader *body)
{
	uint8_t t = rd_u8(r);
	uint8_t first = rd_u8(r);
	size_t len = first, octets = first & 0x7f;

	if (first & 0x80) {
		len = 0;
		if (octets == 0 || octets > 4)
			rd_reject(r);
		for (size_t i = 0; i < octets && rd_ok(r); i++)
			len = len << 8 | rd_u8(r);
	}
	if ((t & 0x1f) == 0x1f)
		rd_reject(r);
	*body = rd_sub(r, len);
	*tag = t;
	return rd_ok(r);
}

bool der_expect(struct reader *r, uint8_t tag, struct reader *body)
{
	uint8_t t;

	if (der_next(r, &t, body) && t != tag)
		rd_reject(r);
	return rd_ok(r);
}

/* The offset of the first element that is not sound; 0 if all are. */
static size_t der_bad_at(struct reader *r, unsigned depth)
{
	struct reader body;
	size_t at, inner;
	uint8_t tag;

	while (rd_more(r)) {
		at = rd_offset(r);
		if (!der_next(r, &tag, &body))
			return at;
		if (!(tag & 0x20))
			continue;
		inner = depth ? der_bad_at(&body, depth - 1) : at;
		if (inner)
			return inner;
	}
	return 0;
}

const char *der_fault(struct bytes der, uint32_t *at)
{
	struct reader r = rd_window(der), body;
	uint8_t tag;
	size_t bad;

	*at = 0;
	if (der.len == 0)
		return "empty";
	if (rd_peek8(&r) != DER_SEQUENCE)
		return "not a certificate";
	if (!der_next(&r, &tag, &body)) {
		*at = (uint32_t)der.len;
		return r.state == RD_SHORT ? "cut short" : "bad length";
	}
	bad = der_bad_at(&body, DEPTH_MAX);
	*at = (uint32_t)bad;
	return bad ? "bad length" : "malformed";
}

uint32_t der_validity_at(struct bytes der)
{
	struct reader r = rd_whole(der), cert, tbs, skipped;
	uint8_t tag;

	if (!der_expect(&r, DER_SEQUENCE, &cert) ||
	    !der_expect(&cert, DER_SEQUENCE, &tbs))
		return 0;
	if (rd_peek8(&tbs) == DER_EXPLICIT(0)) /* version */
		der_next(&tbs, &tag, &skipped);
	for (int i = 0; i < 3; i++) /* serial, algorithm, issuer */
		der_next(&tbs, &tag, &skipped);
	return rd_ok(&tbs) ? (uint32_t)rd_offset(&tbs) : 0;
}

static bool digit_next(const struct reader *r)
{
	struct bytes left = rd_left(r);

	return left.len && left.p[0] >= '0' && left.p[0] <= '9';
}

static unsigned two_digits(struct reader *r)
{
	unsigned a = (unsigned)rd_u8(r) - '0', b = (unsigned)rd_u8(r) - '0';

	if (a > 9 || b > 9)
		rd_reject(r);
	return rd_ok(r) ? a * 10 + b : 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* "Z", "+hhmm" or nothing -> seconds east of UTC. */
static int64_t time_zone(struct reader *r)
{
	unsigned hour, min;
	uint8_t sign;

	if (!rd_more(r))
		return 0; /* seen in the wild: taken as UTC */
	sign = rd_u8(r);
	if (sign == 'Z')
		return 0;
	hour = two_digits(r);
	min = two_digits(r);
	if ((sign != '+' && sign != '-') || hour > 14 || min > 59)
		rd_reject(r);
	return (sign == '-' ? -1 : 1) * (int64_t)(hour * 3600 + min * 60);
}

static void skip_fraction(struct reader *r)
{
	struct bytes left = rd_left(r);

	if (!left.len || left.p[0] != '.')
		return;
	rd_skip(r, 1);
	if (!digit_next(r))
		rd_reject(r);
	while (digit_next(r))
		rd_skip(r, 1);
}

bool der_time(struct bytes text, bool utc, int64_t *out)
{
	struct reader r = rd_whole(text);
	unsigned year, month, day, hour, min, sec = 0;
	int64_t east;

	year = two_digits(&r);
	if (utc) /* RFC 5280 4.1.2.5.1: 50 to 99 are of the last century */
		year += year < 50 ? 2000 : 1900;
	else
		year = year * 100 + two_digits(&r);
	month = two_digits(&r);
	day = two_digits(&r);
	hour = two_digits(&r);
	min = two_digits(&r);
	if (digit_next(&r))
		sec = two_digits(&r);
	if (!utc)
		skip_fraction(&r);
	east = time_zone(&r);
	if (!rd_end(&r) || month < 1 || month > 12 || day < 1 || hour > 23 ||
	    min > 59 || sec > 59 || day > month_days(year, month))
		return false;
	*out = stamp_days(year, month, day) * 86400 + hour * 3600 + min * 60 +
	       sec - east;
	return true;
}
