/*
 * fuzz_dns.c: dns_message_read(), dns_head_read() and the sessions over any
 * bytes.
 *
 * Demands: what cannot be read is bad and says nothing; what can be read keeps
 * the bounds of names and records; a cut message never says more than a whole
 * one with the same bytes; the head agrees with the message; a failed head
 * leaves its output alone; in pieces a stream says the same as at once.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "demand.h"
#include "dns/message.h"
#include "flow/protocol.h"

extern const struct protocol protocol_dns, protocol_dns_tcp;

static void check_name(const char *name)
{
	size_t len = strlen(name);

	demand(len < DNS_NAME_TEXT);
	for (size_t i = 0; i < len; i++) {
		demand(name[i] > 0x20 && name[i] < 0x7f);
		demand(name[i] < 'A' || name[i] > 'Z');
	}
}

static void check_record(const struct dns_record *r)
{
	demand(r->name && *r->name);
	check_name(r->name);
	demand(r->ttl <= INT32_MAX);
	demand(r->section <= DNS_ADDITIONAL);
	switch (r->type) {
	case DNS_A:
		demand(r->addr.family == 4 && !r->target);
		break;
	case DNS_AAAA:
		demand(r->addr.family == 6 && !r->target);
		break;
	case DNS_CNAME:
	case DNS_SVCB:
	case DNS_HTTPS:
		demand(r->target && *r->target && !r->addr.family);
		check_name(r->target);
		break;
	default:
		demand(false);
	}
}

static void check_message(const struct dns_message *m)
{
	demand(m->num_records <= LIMIT_DNS_RECORDS);
	demand(!m->bad || (!m->num_records && !m->question.name));
	if (m->question.name)
		check_name(m->question.name);
	for (size_t i = 0; i < m->num_records; i++)
		check_record(&m->records[i]);
}

static void read_both(struct bytes b)
{
	struct dns_message *whole = dns_message_read(b, false);
	struct dns_message *cut = dns_message_read(b, true);
	struct dns_head h, before;

	demand(whole && cut);
	check_message(whole);
	check_message(cut);
	if (!whole->bad)
		demand(!cut->bad && cut->num_records == whole->num_records);
	memset(&h, 0xee, sizeof h);
	before = h;
	if (dns_head_read(b, false, &h)) {
		demand(h.spent >= DNS_HEADER && h.spent <= b.len);
		demand(h.id == whole->id && h.response == whole->response);
		demand(whole->bad ||
		       h.has_question == (whole->question.name != NULL));
	} else {
		demand(!memcmp(&h, &before, sizeof h));
		demand(whole->bad || whole->truncated);
	}
	dns_message_free(whole);
	dns_message_free(cut);
}

/* Records of all messages; they are freed. */
static size_t drain(const struct protocol *row, void *s)
{
	struct note n;
	size_t num = 0;

	while (row->next(s, &n)) {
		const struct dns_message *m = n.fact;

		check_message(m);
		num += 1 + m->num_records;
		row->drop(&n);
	}
	return num;
}

static size_t feed(const struct protocol *row, struct bytes b, size_t step)
{
	void *s = row->open(NULL, stamp_sec(0));
	size_t num = 0;

	demand(s != NULL);
	while (b.len) {
		struct chunk c = { .dir = 1, .data = bytes_head(b, step) };

		row->feed(s, &c);
		num += drain(row, s);
		b = bytes_tail(b, step);
	}
	row->tick(s, stamp_sec(100));
	row->close(s, CLOSE_END, 0, stamp_sec(100));
	demand(row->done(s));
	row->free(s);
	return num;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size);

	if (size > 2u * UINT16_MAX)
		return 0;
	read_both(b);
	(void)protocol_dns.recognise(b, 0, 40000, 53);
	(void)protocol_dns.recognise(b, 0, 40000, 5300);
	(void)protocol_dns_tcp.recognise(b, 0, 40000, 53);
	(void)feed(&protocol_dns, b, 512);
	if (size < 8192)
		demand(feed(&protocol_dns_tcp, b, 7) ==
		       feed(&protocol_dns_tcp, b, 65536));
	return 0;
}
