/*
 * fuzz_match.c: match_name(), match_pattern(), match_is_dns_name() over any
 * reference and any names.
 *
 * The input is lines: the reference, then a name each, its first byte the kind
 * (modulo CERT_SAN_*, or 'c' for a CN). Demands: a match is one of the names
 * and agrees with match_pattern(); what came closest is borrowed from the
 * certificate; state and reason go together.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "cert/match.h"
#include "demand.h"

#define NAMES_MAX 64

static struct bytes next_line(struct reader *r)
{
	struct bytes left = rd_left(r), line;
	const uint8_t *end = left.len ? memchr(left.p, '\n', left.len) : NULL;

	line = rd_bytes(r, end ? (size_t)(end - left.p) : left.len);
	if (end)
		rd_skip(r, 1);
	return line;
}

static bool is_san(const struct cert *c, struct bytes b)
{
	for (size_t i = 0; i < c->num_san; i++) {
		if (c->san[i].value.p == b.p && c->san[i].value.len == b.len)
			return true;
	}
	return false;
}

static bool is_cn(const struct cert *c, struct bytes b)
{
	for (size_t i = 0; i < c->subject.common_name.num; i++) {
		if ((const char *)b.p == c->subject.common_name.v[i])
			return true;
	}
	return false;
}

static void check(const struct cert *c, struct bytes name)
{
	bool any = false;
	struct match m;

	memset(&m, 0xee, sizeof m);
	match_name(c, name, &m);
	for (size_t i = 0; i < c->num_san; i++)
		any |= c->san[i].type == CERT_SAN_DNS &&
		       match_pattern(c->san[i].value, name);
	if (!m.is_ip)
		demand(any == (m.state == MATCH_TRUE));
	if (m.state == MATCH_TRUE)
		demand(is_san(c, m.matched) && !m.closest.len);
	else
		demand(!m.matched.len);
	if (m.closest.len)
		demand(is_san(c, m.closest) || is_cn(c, m.closest));
	demand((m.state == MATCH_FALSE) == (m.reason != MATCH_OK));
	demand(m.state != MATCH_FALSE || match_reasons[m.reason]);
	if (match_is_dns_name(name))
		demand(m.is_ip || match_pattern(name, name) ||
		       name.p[name.len - 1] == '.');
	if (name.len && memchr(name.p, '\0', name.len))
		demand(m.state == MATCH_NO_REFERENCE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = rd_whole(bytes_of(data, size));
	struct bytes name = next_line(&r);
	struct cert_san san[NAMES_MAX];
	char *cn[NAMES_MAX];
	struct cert c = { .san = san, .subject.common_name.v = cn };

	while (rd_more(&r) && c.num_san < NAMES_MAX &&
	       c.subject.common_name.num < NAMES_MAX) {
		struct bytes line = next_line(&r);
		unsigned kind = line.len ? line.p[0] : 0;
		struct bytes value = bytes_tail(line, 1);

		if (kind == 'c') { /* CNs hold no NUL (cert.h) */
			cn[c.subject.common_name.num++] =
				strndup((const char *)value.p, value.len);
			continue;
		}
		kind %= CERT_SAN_DIRECTORY + 1;
		if (kind == CERT_SAN_IP && value.len != 4 && value.len != 16)
			kind = CERT_SAN_OTHER;
		san[c.num_san++] =
			(struct cert_san){ .type = kind, .value = value };
		c.has_san = true;
	}
	check(&c, name);
	while (c.subject.common_name.num)
		free(cn[--c.subject.common_name.num]);
	return 0;
}
