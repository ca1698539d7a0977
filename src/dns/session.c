/*
 * session.c: DNS over UDP (53, mDNS 5353, LLMNR 5355, and by content) and over
 * TCP (RFC 7766), as rows of protocols.
 *
 * Queries are remembered until their answer comes, so that an answer that
 * nobody asked for is told from one that was. A session is over as soon as no
 * query is open; the next one opens the flow again.
 */
#include "dns/message.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "decode/packet.h"
#include "flow/protocol.h"

#include <stdlib.h>

#define PORT_DNS     53
#define PORT_MDNS    5353
#define PORT_LLMNR   5355
#define PORT_NETBIOS 137 /* looks the same, says other things */

/* a message and its length; a chunk may be as large again */
#define HELD_MAX (2u + UINT16_MAX)

struct query {
	bool open;
	uint16_t id, type;
	uint8_t dir;
	uint64_t name_hash;
	struct stamp time;
};

struct dns_session {
	struct query query[LIMIT_DNS_QUERIES]; /* a ring */
	uint32_t forgotten; /* overwritten in it, not counted yet */
	unsigned next_query, num_open;
	struct dns_message *ready, *last_ready;
	/* TCP */
	bool tcp, lost[2], closed[2];
	struct buf held[2]; /* of a message that is not whole yet */
};

/* Is it a DNS message through and through? For ports that say nothing. */
static bool is_whole(struct bytes b, const struct dns_head *h)
{
	struct reader r = rd_whole(b);
	char name[DNS_NAME_TEXT];
	size_t num = (size_t)h->num[1] + h->num[2] + h->num[3];

	rd_skip(&r, h->spent);
	for (size_t i = 0; i < num && rd_ok(&r); i++) {
		(void)dns_name_read(&r, b, name);
		rd_skip(&r, 8); /* type, class, TTL */
		(void)rd_vec16(&r);
	}
	return rd_end(&r);
}

/* A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, SVCB, HTTPS, ANY */
static bool is_usual(uint16_t type)
{
	static const uint16_t usual[] = { 1,  2,  5,  6,  12, 15,
					  16, 28, 33, 64, 65, 255 };

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (usual[i] == type)
			return true;
	return false;
}

static bool has_port(uint16_t port, uint16_t sport, uint16_t dport)
{
	return sport == port || dport == port;
}

/* Flags and the number of questions; false: no message has this header. */
static bool peek(struct bytes b, uint16_t *flags, uint16_t *num)
{
	struct reader r = rd_window(b);
	uint16_t f, n;

	(void)rd_u16(&r);
	f = rd_u16(&r);
	n = rd_u16(&r);
	rd_skip(&r, 6);
	/* opcodes from 2 on ask for no names */
	if (!rd_ok(&r) || (f & DNS_FLAG_OPCODE) >> 11 > 1)
		return false;
	*flags = f;
	*num = n;
	return true;
}

static enum recognise udp_recognise(struct bytes head, uint8_t dir,
				    uint16_t sport, uint16_t dport)
{
	struct dns_head h;
	uint16_t flags, num;

	(void)dir;
	if (!peek(head, &flags, &num) ||
	    has_port(PORT_NETBIOS, sport, dport))
		return RECOGNISE_NO;
	if (has_port(PORT_DNS, sport, dport) ||
	    has_port(PORT_MDNS, sport, dport) ||
	    has_port(PORT_LLMNR, sport, dport))
		return dns_head_read(head, true, &h) ? RECOGNISE_YES
						     : RECOGNISE_NO;
	/* elsewhere only a plain question of one name, or its answer */
	if (flags & (DNS_FLAG_OPCODE | DNS_FLAG_ZERO) || num != 1 ||
	    !dns_head_read(head, false, &h) || !is_usual(h.type) ||
	    (!h.response && (h.num[1] || h.num[2])))
		return RECOGNISE_NO;
	return is_whole(head, &h) ? RECOGNISE_YES : RECOGNISE_NO;
}

/* A length and the beginning of a message. */
static enum recognise tcp_recognise(struct bytes head, uint8_t dir,
				    uint16_t sport, uint16_t dport)
{
	struct reader r = rd_window(head);
	uint16_t len = rd_u16(&r), flags, num;
	struct dns_head h;
	struct bytes body;

	(void)dir;
	if (!has_port(PORT_DNS, sport, dport))
		return RECOGNISE_NO;
	if (!rd_ok(&r)) /* one byte: of a length below 256 */
		return head.len == 1 && head.p[0] == 0 ? RECOGNISE_YES
						       : RECOGNISE_NO;
	if (len < DNS_HEADER || len >> 8 == 0x16) /* a TLS record */
		return RECOGNISE_NO;
	body = bytes_head(rd_left(&r), len);
	if (body.len < DNS_HEADER)
		return RECOGNISE_YES; /* some send the length alone */
	if (!peek(body, &flags, &num))
		return RECOGNISE_NO;
	return body.len < len || dns_head_read(body, true, &h)
		       ? RECOGNISE_YES
		       : RECOGNISE_NO;
}

static void *udp_open(void *ctx, struct stamp time)
{
	(void)ctx;
	(void)time;
	return mem_zeroed(sizeof(struct dns_session));
}

static void *tcp_open(void *ctx, struct stamp time)
{
	struct dns_session *s = udp_open(ctx, time);

	if (!s)
		return NULL;
	s->tcp = true;
	for (int i = 0; i < 2; i++)
		buf_init(&s->held[i], 2 * HELD_MAX);
	return s;
}

/* A tick closes it, sooner or later: when must not make a difference. */
static bool is_over(const struct query *q, struct stamp now)
{
	return now.ns - q->time.ns > LIMIT_DNS_WAIT;
}

static void put_query(struct dns_session *s, const struct dns_head *h,
		      uint8_t dir, struct stamp time)
{
	struct query *q = &s->query[s->next_query];

	s->next_query = (s->next_query + 1) % LIMIT_DNS_QUERIES;
	if (!q->open)
		s->num_open++;
	else if (!is_over(q, time))
		s->forgotten++;
	*q = (struct query){ .open = true,
			     .id = h->id,
			     .type = h->type,
			     .dir = dir,
			     .name_hash = h->name_hash,
			     .time = time };
}

/* Was this asked, the other way and not long ago? It is answered, then. */
static bool take_query(struct dns_session *s, const struct dns_head *h,
		       uint8_t dir, struct stamp now)
{
	for (unsigned i = 0; i < LIMIT_DNS_QUERIES; i++) {
		struct query *q = &s->query[i];

		if (!q->open || q->id != h->id || q->type != h->type ||
		    q->dir == dir || q->name_hash != h->name_hash ||
		    is_over(q, now))
			continue;
		q->open = false;
		s->num_open--;
		return true;
	}
	return false;
}

static void message(struct dns_session *s, struct bytes b,
		    const struct chunk *c)
{
	struct dns_head h;
	struct dns_message *m;
	bool cut = !s->tcp && c->cut; /* a stream's chunks do not say */
	bool known = dns_head_read(b, cut, &h);

	if (known && !h.response) {
		if (h.has_question && !(h.flags & DNS_FLAG_OPCODE))
			put_query(s, &h, c->dir, c->time);
		return;
	}
	m = dns_message_read(b, cut);
	if (!m)
		return;
	m->asked = known && h.has_question &&
		   take_query(s, &h, c->dir, c->time);
	m->dir = c->dir;
	m->time = c->time;
	*(s->ready ? &s->last_ready->next : &s->ready) = m;
	s->last_ready = m;
}

static void udp_feed(void *session, const struct chunk *c)
{
	if (!c->gap)
		message(session, c->data, c);
}

/* RFC 1035 4.2.2: each message behind its length. */
static void tcp_feed(void *session, const struct chunk *c)
{
	struct dns_session *s = session;
	struct buf *held = &s->held[c->dir];
	struct reader r;
	size_t used = 0;

	if (c->gap || s->lost[c->dir]) {
		s->lost[c->dir] = true; /* lengths cannot be found again */
		buf_fini(held);
		return;
	}
	if (c->data.len)
		buf_add(held, c->data.p, c->data.len);
	s->lost[c->dir] |= held->failed;
	r = rd_window(buf_bytes(held));
	while (!held->failed) {
		struct bytes b = rd_bytes(&r, rd_u16(&r));

		if (!rd_ok(&r))
			break;
		message(s, b, c);
		used += 2 + b.len;
	}
	if (used)
		buf_shift(held, used);
}

static void dns_close(void *session, enum protocol_close how, uint8_t dir,
		      struct stamp time)
{
	struct dns_session *s = session;

	(void)time;
	s->closed[dir] = true;
	if (how != CLOSE_FIN)
		s->closed[0] = s->closed[1] = true;
}

/* A query that stays without an answer is forgotten. */
static void dns_tick(void *session, struct stamp now)
{
	struct dns_session *s = session;

	for (unsigned i = 0; i < LIMIT_DNS_QUERIES && s->num_open; i++) {
		struct query *q = &s->query[i];

		if (q->open && is_over(q, now)) {
			q->open = false;
			s->num_open--;
		}
	}
}

static bool dns_next(void *session, struct note *out)
{
	struct dns_session *s = session;

	if (!s->ready)
		return false;
	*out = (struct note){ .kind = NOTE_DNS, .fact = s->ready };
	s->ready = s->ready->next;
	return true;
}

static uint32_t dns_dropped(void *session)
{
	struct dns_session *s = session;
	uint32_t n = s->forgotten;

	s->forgotten = 0;
	return n;
}

static void dns_drop(struct note *n)
{
	dns_message_free(n->fact);
}

static bool dns_done(const void *session)
{
	const struct dns_session *s = session;

	if (s->tcp)
		return (s->closed[0] || s->lost[0]) &&
		       (s->closed[1] || s->lost[1]);
	return !s->num_open;
}

static void dns_free(void *session)
{
	struct dns_session *s = session;

	if (!s)
		return;
	while (s->ready) {
		struct dns_message *m = s->ready;

		s->ready = m->next;
		dns_message_free(m);
	}
	buf_fini(&s->held[0]);
	buf_fini(&s->held[1]);
	free(s);
}

const struct protocol protocol_dns = {
	.name = "dns",
	.transport = PACKET_UDP,
	.brief = true,
	.recognise = udp_recognise,
	.open = udp_open,
	.feed = udp_feed,
	.close = dns_close,
	.tick = dns_tick,
	.next = dns_next,
	.dropped = dns_dropped,
	.drops_group = "dns",
	.drops = "queries_forgotten",
	.drop = dns_drop,
	.done = dns_done,
	.free = dns_free,
};

const struct protocol protocol_dns_tcp = {
	.name = "dns_tcp",
	.transport = PACKET_TCP,
	.recognise = tcp_recognise,
	.open = tcp_open,
	.feed = tcp_feed,
	.close = dns_close,
	.tick = dns_tick,
	.next = dns_next,
	.dropped = dns_dropped,
	.drops_group = "dns",
	.drops = "queries_forgotten",
	.drop = dns_drop,
	.done = dns_done,
	.free = dns_free,
};
