/* name.c: names of DNS messages, compressed or not; see message.h. */
#include "base/limits.h"
#include "dns/message.h"

#define LABEL_POINTER 0xc0u

struct text {
	char *p;
	size_t len;
	size_t wire; /* bytes of the uncompressed name so far */
};

static void put_byte(struct text *t, uint8_t c)
{
	if (c >= 'A' && c <= 'Z') {
		t->p[t->len++] = (char)(c | 0x20); /* RFC 4343 */
	} else if (c > 0x20 && c < 0x7f && c != '.' && c != '\\') {
		t->p[t->len++] = (char)c;
	} else {
		t->p[t->len++] = '\\';
		t->p[t->len++] = (char)('0' + c / 100);
		t->p[t->len++] = (char)('0' + c / 10 % 10);
		t->p[t->len++] = (char)('0' + c % 10);
	}
}

static void put_label(struct text *t, struct bytes label)
{
	if (t->len)
		t->p[t->len++] = '.';
	for (size_t i = 0; i < label.len; i++)
		put_byte(t, label.p[i]);
}

/*
 * Labels up to the end or to a pointer: 0 at the end, else the offset pointed
 * to. A reader at fault gives 0, too.
 */
static size_t read_labels(struct reader *r, struct text *t)
{
	for (;;) {
		uint8_t n = rd_u8(r);

		if (!rd_ok(r) || !n)
			return 0;
		if ((n & LABEL_POINTER) == LABEL_POINTER) {
			size_t at = (size_t)(n & 0x3f) << 8;

			at |= rd_u8(r);
			if (rd_ok(r) && !at)
				rd_reject(r); /* the header is no name */
			return rd_ok(r) ? at : 0;
		}
		t->wire += n + 1u;
		/* 01 and 10 are not in use (RFC 6891 5, RFC 3363) */
		if (n & LABEL_POINTER || t->wire + 1 > DNS_NAME_WIRE) {
			rd_reject(r);
			return 0;
		}
		put_label(t, rd_bytes(r, n));
	}
}

size_t dns_name_read(struct reader *r, struct bytes message,
		     char text[static DNS_NAME_TEXT])
{
	struct text t = { .p = text };
	size_t begin = rd_offset(r), at = read_labels(r, &t);

	/* every jump goes before the run of labels that it ends: RFC 1035
	 * 4.1.4 speaks of a prior occurrence */
	for (unsigned jumps = 0; at; jumps++) {
		struct reader run = r->window
					    ? rd_window(bytes_tail(message, at))
					    : rd_whole(bytes_tail(message, at));

		if (at >= begin || jumps == LIMIT_DNS_JUMPS) {
			rd_reject(r);
			break;
		}
		begin = at;
		at = read_labels(&run, &t);
		if (!rd_ok(&run)) {
			r->state = run.state;
			break;
		}
	}
	if (!rd_ok(r))
		t.len = 0;
	text[t.len] = '\0';
	return t.len;
}
