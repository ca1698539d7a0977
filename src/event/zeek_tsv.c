/*
 * zeek_tsv.c: Zeek's logs as files of columns: what render_zeek() says of an
 * event, so that both forms tell the same, with Zeek's escapes. What a log has
 * no value for is "-", what is empty "(empty)".
 */
#include "base/reader.h"
#include "event/zeek.h"

#include <stdio.h>

#define MAX_MEMBERS 64

const char *const zeek_log_words[] = { "", "ssl", "x509", "notice" };
const unsigned zeek_log_datasets[] = {
	0,
	1u << DATASET_HANDSHAKE,
	1u << DATASET_CERTIFICATE,
	1u << DATASET_FINDING,
};

struct column {
	const char *name, *type;
};

static const struct column ssl[] = {
	{ "ts", "time" },
	{ "uid", "string" },
	{ "id.orig_h", "addr" },
	{ "id.orig_p", "port" },
	{ "id.resp_h", "addr" },
	{ "id.resp_p", "port" },
	{ "version", "string" },
	{ "cipher", "string" },
	{ "curve", "string" },
	{ "server_name", "string" },
	{ "resumed", "bool" },
	{ "last_alert", "string" },
	{ "next_protocol", "string" },
	{ "established", "bool" },
	{ "cert_chain_fps", "vector[string]" },
	{ "client_cert_chain_fps", "vector[string]" },
	{ "subject", "string" },
	{ "issuer", "string" },
	{ "client_subject", "string" },
	{ "client_issuer", "string" },
	{ "sni_matches_cert", "bool" },
	{ "validation_status", "string" },
	{ "ja3", "string" },
	{ "ja4", "string" },
	{ "community_id", "string" },
	{ NULL, NULL },
};

static const struct column x509[] = {
	{ "ts", "time" },
	{ "fingerprint", "string" },
	{ "certificate.version", "count" },
	{ "certificate.serial", "string" },
	{ "certificate.subject", "string" },
	{ "certificate.issuer", "string" },
	{ "certificate.not_valid_before", "time" },
	{ "certificate.not_valid_after", "time" },
	{ "certificate.key_alg", "string" },
	{ "certificate.sig_alg", "string" },
	{ "certificate.key_type", "string" },
	{ "certificate.key_length", "count" },
	{ "certificate.exponent", "string" },
	{ "certificate.curve", "string" },
	{ "san.dns", "vector[string]" },
	{ "san.uri", "vector[string]" },
	{ "san.email", "vector[string]" },
	{ "san.ip", "vector[addr]" },
	{ "basic_constraints.ca", "bool" },
	{ "host_cert", "bool" },
	{ "client_cert", "bool" },
	{ NULL, NULL },
};

static const struct column notice[] = {
	{ "ts", "time" },
	{ "uid", "string" },
	{ "id.orig_h", "addr" },
	{ "id.orig_p", "port" },
	{ "id.resp_h", "addr" },
	{ "id.resp_p", "port" },
	{ "proto", "enum" },
	{ "note", "enum" },
	{ "msg", "string" },
	{ "sub", "string" },
	{ "src", "addr" },
	{ "dst", "addr" },
	{ "p", "port" },
	{ "n", "count" },
	{ "peer_descr", "string" },
	{ "actions", "set[enum]" },
	{ "wirecert.code", "string" },
	{ "wirecert.severity", "string" },
	{ "wirecert.confidence", "string" },
	{ "wirecert.action", "string" },
	{ "wirecert.reason", "string" },
	{ "wirecert.finding_id", "string" },
	{ "wirecert.fix", "string" },
	{ NULL, NULL },
};

static const struct column *const columns[] = { NULL, ssl, x509, notice };

/* A member of a line: an object without objects in it, as we write them. */
struct member {
	struct bytes name, value; /* as in the JSON: strings in quotes */
};

/* A string's bytes between its quotes; the reader stands on the first. */
static struct bytes read_string(struct reader *r)
{
	struct bytes all = bytes_tail(rd_left(r), 1);
	size_t n = 0;

	while (n < all.len && all.p[n] != '"')
		n += all.p[n] == '\\' ? 2 : 1;
	rd_skip(r, n + 2);
	return bytes_head(all, n);
}

static struct bytes read_value(struct reader *r)
{
	struct bytes all = rd_left(r);
	bool list = rd_more(r) && rd_peek8(r) == '[';

	while (rd_more(r)) {
		uint8_t c = rd_peek8(r);

		if (c == '"') {
			(void)read_string(r);
			continue;
		}
		if (c == '}' || (c == ',' && !list))
			break;
		rd_skip(r, 1);
		if (c == ']')
			break;
	}
	return bytes_head(all, all.len - rd_left(r).len);
}

static size_t read_members(struct bytes line, struct member m[MAX_MEMBERS])
{
	struct reader r = rd_whole(line);
	size_t num = 0;

	rd_skip(&r, 1);
	while (num < MAX_MEMBERS && rd_more(&r) && rd_peek8(&r) == '"') {
		m[num].name = read_string(&r);
		rd_skip(&r, 1); /* : */
		m[num++].value = read_value(&r);
		rd_skip(&r, 1); /* , or } */
	}
	return num;
}

static unsigned hex(struct reader *r)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned c = rd_u8(r);

		v = v << 4 | (c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	return v;
}

static void put_byte(struct buf *out, unsigned c, bool in_list)
{
	if (c < ' ' || c == 0x7f || (in_list && c == ','))
		buf_printf(out, "\\x%02x", c);
	else if (c == '\\')
		buf_add_str(out, "\\\\");
	else
		buf_add_char(out, (char)c);
}

/* The inside of a JSON string; only control characters are written as \u. */
static void put_string(struct buf *out, struct bytes text, bool in_list)
{
	struct reader r = rd_whole(text);

	if (!text.len)
		buf_add_str(out, "(empty)");
	else if (bytes_is(text, "-")) /* that would be no value */
		buf_add_str(out, "\\x2d");
	else if (bytes_is(text, "(empty)"))
		buf_add_str(out, "\\x28empty)");
	else
		while (rd_more(&r)) {
			unsigned c = rd_u8(&r);

			if (c == '\\') {
				c = rd_u8(&r);
				c = c == 'n'   ? '\n'
				    : c == 't' ? '\t'
				    : c == 'r' ? '\r'
				    : c == 'b' ? '\b'
				    : c == 'f' ? '\f'
				    : c == 'u' ? hex(&r)
					       : c;
			}
			put_byte(out, c, in_list);
		}
}

static void put_list(struct buf *out, struct bytes list)
{
	struct reader r = rd_whole(bytes_tail(list, 1));
	bool some = false;

	while (rd_more(&r) && rd_peek8(&r) != ']') {
		if (rd_peek8(&r) != '"') {
			rd_skip(&r, 1); /* , */
			continue;
		}
		if (some)
			buf_add_char(out, ',');
		some = true;
		put_string(out, read_string(&r), true);
	}
	if (!some)
		buf_add_str(out, "(empty)");
}

/* Zeek has six digits behind the point of every time. */
static void put_time(struct buf *out, struct bytes number)
{
	const uint8_t *point = memchr(number.p, '.', number.len);
	size_t digits = point ? number.len - (size_t)(point + 1 - number.p) : 0;

	buf_add(out, number.p, number.len);
	if (!point)
		buf_add_char(out, '.');
	for (; digits < 6; digits++)
		buf_add_char(out, '0');
}

static void put_value(struct buf *out, const struct column *c, struct bytes v)
{
	if (!v.len)
		buf_add_char(out, '-');
	else if (v.p[0] == '[')
		put_list(out, v);
	else if (v.p[0] == '"')
		put_string(out, bytes_head(bytes_tail(v, 1), v.len - 2), false);
	else if (!strcmp(c->type, "bool"))
		buf_add_char(out, v.p[0] == 't' ? 'T' : 'F');
	else if (!strcmp(c->type, "time"))
		put_time(out, v);
	else
		buf_add(out, v.p, v.len);
}

static void put_line(struct buf *out, const struct column *c,
		     struct bytes line)
{
	struct member m[MAX_MEMBERS];
	size_t num = read_members(line, m);

	for (; c->name; c++) {
		struct bytes v = bytes_of(NULL, 0);

		for (size_t i = 0; i < num; i++)
			if (bytes_is(m[i].name, c->name))
				v = m[i].value;
		put_value(out, c, v);
		buf_add_char(out, c[1].name ? '\t' : '\n');
	}
}

bool zeek_tsv(const struct log_event *e, const struct observer *o,
	      enum zeek_log log, struct buf *out)
{
	size_t before = out->len;
	struct bytes all;
	struct buf lines;
	bool good;

	if (!(zeek_log_datasets[log] & 1u << e->dataset))
		return true;
	buf_init(&lines, LIMIT_EVENT_BYTES);
	good = render_zeek(e, o, &lines);
	all = buf_bytes(&lines);
	while (good && all.len) {
		const uint8_t *end = memchr(all.p, '\n', all.len);
		size_t n = end ? (size_t)(end - all.p) : all.len;

		put_line(out, columns[log], bytes_head(all, n));
		all = bytes_tail(all, n + 1);
	}
	buf_fini(&lines);
	if (good && !out->failed)
		return true;
	out->failed = false;
	out->len = before;
	return false;
}

void zeek_tsv_header(enum zeek_log log, struct stamp begun, struct buf *out)
{
	char open[STAMP_TEXT];

	stamp_format_short(stamp_to_sec(begun), open);
	for (char *c = open; *c; c++)
		if (*c == ' ' || *c == ':' || *c == 'T')
			*c = '-';
	buf_printf(
		out,
		"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
		"#unset_field\t-\n#path\t%s\n#open\t%.19s\n#fields",
		zeek_log_words[log], open);
	for (const struct column *c = columns[log]; c->name; c++)
		buf_printf(out, "\t%s", c->name);
	buf_add_str(out, "\n#types");
	for (const struct column *c = columns[log]; c->name; c++)
		buf_printf(out, "\t%s", c->type);
	buf_add_char(out, '\n');
}
