/*
 * direct.c: TLS that is there without any words before it.
 *
 * Recognises the first records of a TLS side by their contents, never by one
 * byte alone: record header, handshake header and the hello's version have to
 * agree, however the message is cut into records (RFC 8446 5.1: a handshake
 * message may be spread over records; seen in the wild: one byte in each).
 */
#include "base/limits.h"
#include "probe/hello.h"

enum {
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_HEADER = 5,
	/* type and length 4, version 2, random 32, session id 1 + 32, length of
	 * the suites or the suite and the compression method */
	HEAD_MAX = 74,
	/* version, random, length of the session id, suites, compression */
	HELLO_MIN = 38,
};

struct record {
	uint8_t type;
	uint16_t len;
};

/* RFC 8446 5.1; each byte is judged as soon as it is there. */
static enum probe_step record_read(struct reader *r, struct record *out)
{
	struct record rec;
	uint8_t major, minor;

	rec.type = rd_u8(r);
	if (!rd_ok(r))
		return STEP_MORE;
	if (rec.type < 20 || rec.type > 24)
		return STEP_NOT_ME;
	major = rd_u8(r);
	if (!rd_ok(r))
		return STEP_MORE;
	minor = rd_u8(r);
	if (major != 3 || minor > 4)
		return STEP_NOT_ME;
	rec.len = rd_u16(r);
	if (!rd_ok(r))
		return STEP_MORE;
	if (rec.len > LIMIT_TLS_RECORD)
		return STEP_NOT_ME;
	*out = rec;
	return STEP_TLS;
}

/* The first bytes of a handshake message, put together over its records. */
struct head {
	uint8_t b[HEAD_MAX];
	size_t len;
	size_t looked;	   /* bytes read for it, with the records' headers */
	struct reader r;   /* behind the last record that was read */
	struct bytes left; /* of that record */
	bool is_short;	   /* ... of which not all has come */
	unsigned records;
};

static enum probe_step head_record(struct head *h)
{
	struct record rec;
	struct reader payload;
	enum probe_step step;

	if (rd_more(&h->r) && rd_peek8(&h->r) != RECORD_HANDSHAKE)
		return STEP_NOT_ME;
	step = record_read(&h->r, &rec);
	h->looked += RECORD_HEADER;
	if (step != STEP_TLS)
		return step;
	h->records++;
	payload = rd_sub(&h->r, rec.len);
	h->left = rd_left(&payload);
	h->is_short = !rd_ok(&h->r);
	return STEP_TLS;
}

/* Goes on to want bytes. STEP_TLS: they are there. */
static enum probe_step head_gather(struct head *h, size_t want)
{
	for (;;) {
		struct bytes part = bytes_head(h->left, want - h->len);
		enum probe_step step;

		if (part.len)
			memcpy(h->b + h->len, part.p, part.len);
		h->left = bytes_tail(h->left, part.len);
		h->len += part.len;
		h->looked += part.len;
		if (h->len == want)
			return STEP_TLS;
		if (h->is_short)
			return STEP_MORE;
		if (h->records == LIMIT_PROBE_RECORDS)
			return STEP_NOT_ME;
		step = head_record(h);
		if (step != STEP_TLS)
			return step;
	}
}

/* RFC 8446 4.1.2, 4.1.3; drafts of TLS 1.3 (0x7fXX) and Facebook's private
 * versions (0xfbXX) stand in ServerHellos. */
static bool version_is_known(uint8_t type, uint16_t version)
{
	if (version >= 0x0300 && version <= 0x0304)
		return true;
	return type == 2 && (version >> 8 == 0x7f || version >> 8 == 0xfb);
}

/* Type, length and version of a hello, as far as they are there. */
static enum probe_step head_judge(const struct head *head,
				  enum hello_kind *kind)
{
	struct reader r = rd_window(bytes_of(head->b, head->len));
	uint8_t type = rd_u8(&r);
	uint32_t len;
	uint16_t version;

	if (!rd_ok(&r))
		return STEP_MORE;
	if (type != 1 && type != 2)
		return STEP_NOT_ME;
	len = rd_u24(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (len < HELLO_MIN || len > LIMIT_TLS_MESSAGE)
		return STEP_NOT_ME;
	version = rd_u16(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (!version_is_known(type, version))
		return STEP_NOT_ME;
	*kind = type == 1 ? HELLO_CLIENT : HELLO_SERVER;
	return STEP_TLS;
}

/* RFC 5246 E.2, RFC 6101 E; the lengths have to agree exactly, as only eleven
 * bytes tell it from anything else. */
static enum probe_step sslv2_read(struct bytes b)
{
	struct reader r = rd_window(b);
	uint16_t len = rd_u16(&r), version, suites, id, challenge;
	uint8_t type = rd_u8(&r);

	if (rd_ok(&r) && type != 1)
		return STEP_NOT_ME;
	version = rd_u16(&r);
	if (rd_ok(&r) && version != 0x0002 &&
	    (version < 0x0300 || version > 0x0303))
		return STEP_NOT_ME;
	suites = rd_u16(&r);
	id = rd_u16(&r);
	challenge = rd_u16(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (suites == 0 || suites % 3 || (id != 0 && id != 16) ||
	    challenge < 16 || challenge > 32)
		return STEP_NOT_ME;
	if ((len & 0x7fffu) != 9u + suites + id + challenge)
		return STEP_NOT_ME;
	return STEP_TLS;
}

/* Up to the version; each byte is judged before more is looked for. */
static enum probe_step head_begin(struct head *head, enum hello_kind *kind)
{
	enum probe_step step = head_gather(head, 1), judged;

	if (step != STEP_TLS)
		return step;
	if (head_judge(head, kind) == STEP_NOT_ME)
		return STEP_NOT_ME;
	step = head_gather(head, 6);
	if (step == STEP_NOT_ME)
		return step;
	judged = head_judge(head, kind);
	return judged == STEP_TLS ? step : judged;
}

/* RFC 5246 7.4.2: the lengths of message, list, certificate and of the DER
 * inside all have to agree. */
static enum probe_step certificate_judge(struct head *head)
{
	struct reader r;
	enum probe_step step = head_gather(head, 14);
	uint32_t message, list, cert, der;
	uint16_t tag;

	if (step != STEP_TLS)
		return step;
	r = rd_window(bytes_of(head->b, head->len));
	rd_skip(&r, 1);
	message = rd_u24(&r);
	list = rd_u24(&r);
	cert = rd_u24(&r);
	tag = rd_u16(&r);
	der = tag == 0x3082 ? rd_u16(&r) + 4u : rd_u8(&r) + 3u;
	if (message > LIMIT_TLS_MESSAGE || list + 3 != message ||
	    cert + 3 > list || (tag != 0x3082 && tag != 0x3081))
		return STEP_NOT_ME;
	return der == cert ? STEP_TLS : STEP_NOT_ME;
}

enum probe_step hello_read_counted(struct bytes b, size_t *looked,
				   enum hello_kind *kind)
{
	struct head head = { .r = rd_window(b) };
	struct reader r = rd_window(b);
	enum probe_step step;

	if (rd_peek8(&r) & 0x80) {
		step = sslv2_read(b);
		if (step == STEP_TLS)
			*kind = HELLO_CLIENT;
		return step;
	}
	step = head_begin(&head, kind);
	*looked += head.looked;
	return step;
}

enum probe_step hello_read_first(struct bytes b, size_t *looked,
				 enum hello_kind *kind)
{
	struct head head = { .r = rd_window(b) };
	enum probe_step step = hello_read_counted(b, looked, kind);

	if (step != STEP_NOT_ME)
		return step;
	step = head_gather(&head, 1);
	if (step == STEP_TLS)
		step = head.b[0] == 11 ? certificate_judge(&head) : STEP_NOT_ME;
	*looked += head.looked;
	if (step == STEP_TLS)
		*kind = HELLO_CERTIFICATE;
	return step;
}

enum probe_step hello_read(struct bytes b, enum hello_kind *kind)
{
	size_t looked = 0;

	return hello_read_counted(b, &looked, kind);
}

/* The inside of a hello after its version: session id, suites. */
static enum probe_step hello_judge_inside(const struct head *head,
					  enum hello_kind kind)
{
	struct reader r = rd_window(bytes_of(head->b, head->len));
	uint32_t len = (rd_skip(&r, 1), rd_u24(&r));
	uint16_t version = rd_u16(&r), suites;
	uint8_t id = 0, method;

	rd_skip(&r, 32);
	if (version >> 8 == 3) /* draft ServerHellos have no session id */
		id = rd_u8(&r);
	if (rd_ok(&r) && id > 32)
		return STEP_NOT_ME;
	rd_skip(&r, id);
	suites = rd_u16(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	if (kind == HELLO_CLIENT) {
		if (suites == 0 || suites % 2 || suites + 39u + id > len)
			return STEP_NOT_ME;
		return STEP_TLS;
	}
	if (version >> 8 != 3)
		return STEP_TLS;
	method = rd_u8(&r); /* null, DEFLATE (RFC 3749), LZS (RFC 3943) */
	if (!rd_ok(&r))
		return STEP_MORE;
	return method == 0 || method == 1 || method == 64 ? STEP_TLS
							  : STEP_NOT_ME;
}

static enum probe_step strict_judge(struct head *head, enum hello_kind *kind)
{
	enum probe_step step = head_gather(head, 1);
	struct reader r;
	size_t want;

	if (step != STEP_TLS)
		return step;
	if (head->b[0] == 11) {
		*kind = HELLO_CERTIFICATE;
		return certificate_judge(head);
	}
	step = head_begin(head, kind);
	if (step != STEP_TLS)
		return step;
	r = rd_window(bytes_of(head->b, head->len));
	rd_skip(&r, 1);
	want = 4 + (size_t)rd_u24(&r);
	if (head_gather(head, want < HEAD_MAX ? want : HEAD_MAX) == STEP_NOT_ME)
		return STEP_NOT_ME;
	return hello_judge_inside(head, *kind);
}

enum probe_step hello_read_strict(struct bytes b, size_t *looked,
				  enum hello_kind *kind)
{
	struct head head = { .r = rd_window(b) };
	enum hello_kind k = HELLO_NONE;
	enum probe_step step = strict_judge(&head, &k);

	*looked += head.looked;
	if (step == STEP_TLS)
		*kind = k;
	return step;
}

size_t hello_pass_empty(struct bytes b, size_t at, size_t *looked)
{
	for (;; at += RECORD_HEADER) {
		struct reader r = rd_window(bytes_tail(b, at));
		struct record rec;

		*looked += RECORD_HEADER;
		if (record_read(&r, &rec) != STEP_TLS ||
		    rec.type != RECORD_HANDSHAKE || rec.len ||
		    rd_peek8(&r) != RECORD_HANDSHAKE)
			return at;
	}
}

enum probe_step hello_is_record(struct bytes b)
{
	struct reader r = rd_window(b);
	struct record rec;

	return record_read(&r, &rec);
}

enum probe_step probe_is_hello(struct bytes b)
{
	enum hello_kind kind;

	return hello_read(b, &kind);
}

static enum probe_step alert_read(struct bytes b, uint8_t least)
{
	struct reader r = rd_window(b);
	struct record rec;
	enum probe_step step = record_read(&r, &rec);
	uint8_t level;

	if (step != STEP_TLS)
		return step;
	if (rec.type != RECORD_ALERT || rec.len != 2)
		return STEP_NOT_ME;
	level = rd_u8(&r);
	(void)rd_u8(&r);
	if (!rd_ok(&r))
		return STEP_MORE;
	return level >= least && level <= 2 ? STEP_TLS : STEP_NOT_ME;
}

enum probe_step hello_is_fatal(struct bytes b)
{
	return alert_read(b, 2);
}

enum probe_step probe_is_answer(struct bytes b)
{
	enum probe_step hello = probe_is_hello(b);

	return hello != STEP_NOT_ME ? hello : alert_read(b, 1);
}
