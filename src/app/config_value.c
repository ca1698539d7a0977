/* config_value.c: see config.h. */
#include "app/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct unit {
	char letter;
	int64_t factor;
};

/* A whole number and a unit's letter; false also where it overflows. */
static bool with_unit(const char *text, const struct unit *units, int64_t max,
		      int64_t *out)
{
	int64_t n = 0;

	if (!isdigit((unsigned char)*text))
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		n = n * 10 + (*text - '0');
		if (n > max)
			return false;
	}
	for (; units->letter; units++) {
		if (tolower((unsigned char)*text) != units->letter)
			continue;
		if (text[1] || n > max / units->factor)
			return false;
		*out = n * units->factor;
		return true;
	}
	return false;
}

bool config_duration(const char *text, int64_t *seconds, char *why)
{
	static const struct unit units[] = { { 's', 1 },     { 'm', 60 },
					     { 'h', 3600 },  { 'd', 86400 },
					     { 'w', 604800 }, { 0, 0 } };

	snprintf(why, CONFIG_WHY,
		 "a time with its unit, like 30d, 12h, 90m or 45s");
	return with_unit(text, units, 100LL * 366 * 86400, seconds) &&
	       *seconds > 0;
}

bool config_size(const char *text, uint64_t *bytes, char *why)
{
	static const struct unit units[] = { { 'k', 1 << 10 },
					     { 'm', 1 << 20 },
					     { 'g', 1 << 30 },
					     { 0, 0 } };
	int64_t n;

	snprintf(why, CONFIG_WHY, "a size with its unit, like 512K, 100M, 2G");
	if (!with_unit(text, units, 1LL << 50, &n) || n <= 0)
		return false;
	*bytes = (uint64_t)n;
	return true;
}

/* A day alone means until its end. */
bool config_day(const char *text, struct stamp *out, char *why)
{
	struct stamp t;

	snprintf(why, CONFIG_WHY,
		 "a day like 2027-03-31 (it is included), or a time like "
		 "2027-03-31T12:00:00Z");
	if (!stamp_parse(text, &t))
		return false;
	if (*text != '@' && !strchr(text, 'T'))
		t.ns += 86400 * NSEC_PER_SEC;
	*out = t;
	return true;
}

bool config_sha256(const char *text, uint8_t out[static 32], char *why)
{
	uint8_t sha[32] = { 0 };
	size_t n = 0;

	snprintf(why, CONFIG_WHY,
		 "the SHA-256 of a certificate, 64 hexadecimal digits");
	for (; *text; text++) {
		const char *digits = "0123456789abcdef", *at;

		if (*text == ':')
			continue; /* as openssl prints them */
		at = strchr(digits, tolower((unsigned char)*text));
		if (!at || n == 64)
			return false;
		sha[n / 2] = (uint8_t)(sha[n / 2] << 4 | (at - digits));
		n++;
	}
	if (n != 64)
		return false;
	memcpy(out, sha, 32);
	return true;
}

bool config_bool(const char *text, bool *out, char *why)
{
	static const char *const words[][2] = { { "no", "yes" },
						{ "false", "true" },
						{ "off", "on" },
						{ "0", "1" } };

	snprintf(why, CONFIG_WHY, "yes or no");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		for (int k = 0; k < 2; k++) {
			if (strcmp(text, words[i][k]) != 0)
				continue;
			*out = k;
			return true;
		}
	}
	return false;
}

const char *config_member(struct arena *a, const char **text)
{
	const char *from = *text + strspn(*text, ", \t");
	size_t n = strcspn(from, ", \t");

	*text = from + n;
	return n ? arena_str(a, bytes_of(from, n)) : NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

#define WORD_MAX 64

/* Levenshtein's distance: letters to change, add or leave out. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len_a = strlen(a), len_b = strlen(b);

	if (len_a > WORD_MAX || len_b > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= len_b; i++)
		row[i] = i;
	for (size_t k = 1; k <= len_a; k++) {
		size_t diagonal = row[0];

		row[0] = k;
		for (size_t i = 1; i <= len_b; i++) {
			size_t up = row[i];
			bool same = tolower((unsigned char)a[k - 1]) ==
				    tolower((unsigned char)b[i - 1]);

			row[i] = least(diagonal + !same,
				       least(up, row[i - 1]) + 1);
			diagonal = up;
		}
	}
	return row[len_b];
}

const char *config_nearest(const char *word, const char *const *words,
			   size_t num)
{
	const char *best = NULL;
	size_t found = WORD_MAX;

	for (size_t i = 0; i < num; i++) {
		size_t d = distance(word, words[i]);

		/* more than half of it changed is another word */
		if (d >= found || d > (strlen(words[i]) + 1) / 2)
			continue;
		found = d;
		best = words[i];
	}
	return best;
}
