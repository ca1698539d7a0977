/* keylog.c: see keylog.h. */
#include "crypt/keylog.h"

#include "base/reader.h"

#include <openssl/crypto.h>

static const struct {
	const char *word;
	enum keyring_label label;
	bool config; /* of any length, no secret */
} labels[] = {
	{ "CLIENT_HANDSHAKE_TRAFFIC_SECRET", KEYRING_CLIENT_HANDSHAKE, false },
	{ "SERVER_HANDSHAKE_TRAFFIC_SECRET", KEYRING_SERVER_HANDSHAKE, false },
	{ "ECH_SECRET", KEYRING_ECH_SECRET, false },
	{ "ECH_CONFIG", KEYRING_ECH_CONFIG, true },
};

void keylog_init(struct keylog *k, struct keyring *ring)
{
	*k = (struct keylog){ .ring = ring };
}

void keylog_fini(struct keylog *k)
{
	OPENSSL_cleanse(k->line, sizeof k->line);
	k->len = 0;
}

static bool is_blank(uint8_t c)
{
	/* seen in the wild: a backslash at the end of each line */
	return c == ' ' || c == '\t' || c == '\\';
}

/* The next word of a line; empty at its end. */
static struct bytes next_word(struct reader *r)
{
	struct bytes all;
	size_t n = 0;

	while (rd_more(r) && is_blank(rd_peek8(r)))
		rd_skip(r, 1);
	all = rd_left(r);
	while (n < all.len && !is_blank(all.p[n]))
		n++;
	return rd_bytes(r, n);
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* False when it is no even number of hexadecimal digits that fits. */
static bool read_hex(struct bytes text, uint8_t *out, size_t max, size_t *len)
{
	if (!text.len || text.len % 2 || text.len / 2 > max)
		return false;
	for (size_t i = 0; i < text.len; i += 2) {
		int high = digit(text.p[i]), low = digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*len = text.len / 2;
	return true;
}

/* RFC 8446 7.1: secrets are as long as the hash; RFC 9180 7.1: Nsecret. */
static bool is_length(size_t len)
{
	return len == 32 || len == 48 || len == 64;
}

static bool read_secret(struct keylog *k, struct reader *r, size_t row)
{
	uint8_t random[32], secret[KEYRING_CONFIG_MAX];
	struct bytes random_text = next_word(r), text = next_word(r);
	size_t random_len, len;
	bool sound;

	sound = !next_word(r).len &&
		read_hex(random_text, random, sizeof random, &random_len) &&
		random_len == sizeof random &&
		read_hex(text, secret, sizeof secret, &len) &&
		(labels[row].config || is_length(len)) &&
		keyring_add(k->ring, random, labels[row].label,
			    bytes_of(secret, len));
	OPENSSL_cleanse(secret, sizeof secret);
	return sound;
}

/* RFC 9850 2: a label is made of these. */
static bool is_label(struct bytes word)
{
	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = word.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return word.len > 0;
}

static void read_line(struct keylog *k, struct bytes line)
{
	struct reader r = rd_whole(line);
	struct bytes word = next_word(&r);

	if (!word.len || word.p[0] == '#')
		return;
	k->counters.lines++;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		if (!bytes_is(word, labels[i].word))
			continue;
		if (read_secret(k, &r, i))
			k->counters.used++;
		else
			k->counters.malformed++;
		return;
	}
	if (is_label(word))
		k->counters.skipped++;
	else
		k->counters.malformed++;
}

static void line_end(struct keylog *k)
{
	if (k->overlong)
		k->counters.too_long++;
	else
		read_line(k, bytes_of(k->line, k->len));
	OPENSSL_cleanse(k->line, k->len);
	k->overlong = false;
	k->len = 0;
}

static void line_add(struct keylog *k, struct bytes b)
{
	if (k->overlong || !b.len)
		return;
	if (b.len > sizeof k->line - k->len) {
		k->overlong = true;
		return;
	}
	memcpy(k->line + k->len, b.p, b.len);
	k->len += b.len;
}

/* RFC 9850 2: CR, LF, or both end a line; between the two is an empty one. */
static const uint8_t *find_end(struct bytes b)
{
	const uint8_t *lf = memchr(b.p, '\n', b.len);
	const uint8_t *cr = memchr(b.p, '\r', lf ? (size_t)(lf - b.p) : b.len);

	return cr ? cr : lf;
}

void keylog_feed(struct keylog *k, struct bytes b)
{
	while (b.len) {
		const uint8_t *end = find_end(b);
		size_t n = end ? (size_t)(end - b.p) : b.len;

		/* a whole line is read where it is */
		if (end && !k->len && !k->overlong && n <= sizeof k->line) {
			read_line(k, bytes_head(b, n));
		} else {
			line_add(k, bytes_head(b, n));
			if (end)
				line_end(k);
		}
		b = bytes_tail(b, end ? n + 1 : n);
	}
}

void keylog_drop(struct keylog *k)
{
	OPENSSL_cleanse(k->line, k->len);
	k->overlong = false;
	k->len = 0;
}

void keylog_end(struct keylog *k)
{
	if (k->len || k->overlong)
		line_end(k);
}
