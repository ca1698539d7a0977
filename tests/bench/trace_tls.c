/*
 * trace_tls.c: TCP flows with a full TLS 1.2 handshake cut from real flights:
 * own addresses, randoms, session, ticket, server name and leaf; then sealed
 * records both ways, close_notify and FIN.
 */
#include "collide.h"
#include "trace.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LEAVES 65536u
#define NAME_AT	   5u /* of the number in "host-000000.example.net" */
#define NOISE	   65536u

struct blob {
	uint8_t *data;
	size_t len;
};

enum piece { HELLO, SERVER_HELLO, SERVER_KEY, DONE, KEYS, FINISHED, PIECES };

static struct {
	struct blob pieces[2][PIECES]; /* for RSA and for ECDSA leaves */
	struct blob chain[2], leaf[MAX_LEAVES];
	uint32_t num_leaves;
	EVP_PKEY *key;
	uint8_t noise[NOISE];
	uint64_t packets, handshakes;
} tls;

enum step {
	STEP_OPEN,
	STEP_HELLO,
	STEP_SERVER,
	STEP_KEYS,
	STEP_REQUEST,
	STEP_DATA,
	STEP_CLOSE,
};

struct tls_flow {
	struct tls_plan plan;
	struct tuple tuple;
	enum step step;
	uint32_t seq[2];
	uint64_t sent, total; /* of the application data */
	size_t flight_at, flight_len, hello_len;
	uint8_t hello[1024], keys[512], finished[512], flight[8192];
};

static bool read_blob(FILE *f, struct blob *b)
{
	uint32_t n;

	if (fread(&n, sizeof n, 1, f) != 1)
		return false;
	b->data = malloc(n);
	b->len = n;
	return b->data && fread(b->data, n, 1, f) == 1;
}

/* Only leaves that are signed anew need it: training/ has none. */
static void load_key(const char *folder)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/issuer.key", folder);
	f = fopen(path, "rb");
	if (!f)
		return;
	tls.key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f);
}

bool tls_load(const char *folder)
{
	char path[4096];
	bool ok = true;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/template.bin", folder);
	f = fopen(path, "rb");
	if (!f)
		return false;
	for (int i = 0; i < 2 * PIECES; i++)
		ok &= read_blob(f, &tls.pieces[i / PIECES][i % PIECES]);
	ok &= read_blob(f, &tls.chain[0]) && read_blob(f, &tls.chain[1]);
	while (tls.num_leaves < MAX_LEAVES &&
	       read_blob(f, &tls.leaf[tls.num_leaves]))
		tls.num_leaves++;
	(void)fclose(f);
	rnd_fill(tls.noise, NOISE);
	load_key(folder);
	return ok && tls.num_leaves > 1;
}

uint32_t tls_num_leaves(void)
{
	return tls.num_leaves;
}

const uint8_t *tls_leaf(uint32_t index, size_t *len)
{
	*len = tls.leaf[index].len;
	return tls.leaf[index].data;
}

const uint8_t *tls_above(int index, size_t *len)
{
	*len = tls.chain[index].len;
	return tls.chain[index].data;
}

bool tls_signs(void)
{
	return tls.key;
}

uint64_t tls_handshake_packets(void)
{
	return tls.packets;
}

uint64_t tls_handshakes(void)
{
	return tls.handshakes;
}

/* Every "host-000000" becomes WORD-INDEX; names keep their length. */
static void rename_all(uint8_t *p, size_t n, const char *word, uint32_t index)
{
	char text[12];
	uint8_t *end = p + n;

	(void)snprintf(text, sizeof text, "%.4s-%06u", word, index % 1000000u);
	while ((p = memmem(p, (size_t)(end - p), "host-00000", 10))) {
		memcpy(p, text, 11);
		p += 11;
	}
}

/* Number n of those that are alike in CRC-32 and XOR, in place: 32 bytes. */
static void put_alike(uint8_t *p, uint64_t n)
{
	static struct collide c;

	if (!c.len) {
		c.len = 32;
		collide_may(&c, 0, 32, 0x7f);
		collide_solve(&c, collide_both);
	}
	collide_get(&c, n, p);
}

/*
 * A copy of one of the first ten leaves with another name and serial number.
 * Signed: the last 256 bytes are an RSA signature of what comes before.
 */
static size_t new_leaf(const struct tls_flow *f, int kind, uint8_t *p)
{
	static uint64_t number;
	const struct blob *b = &tls.leaf[f->plan.base ? f->plan.base
						      : (uint32_t)kind];
	size_t tbs = 4u + (size_t)(b->data[6] << 8 | b->data[7]);
	size_t len = 256;
	EVP_MD_CTX *c;

	memcpy(p, b->data, b->len);
	rename_all(p, b->len, f->plan.word, f->plan.index);
	number++;
	if (f->plan.alike_leaf) {
		/* in its list of timestamps, far from both ends */
		uint8_t *at = memmem(p, b->len, "\x10\x11\x12\x13\x14", 5);

		if (at)
			put_alike(at, number);
		return b->len;
	}
	memcpy(p + LEAF_SERIAL, &number, sizeof number);
	if (f->plan.leaf == LEAF_FORGED)
		return b->len;
	if (!tls.key) {
		fprintf(stderr, "trace_make: no issuer.key to sign with\n");
		exit(1);
	}
	c = EVP_MD_CTX_new();
	EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, tls.key);
	EVP_DigestSign(c, p + b->len - 256, &len, p + 4, tbs);
	EVP_MD_CTX_free(c);
	return b->len;
}

static uint8_t *put24(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
	return p + 3;
}

static uint8_t *put_blob(uint8_t *p, const struct blob *b)
{
	memcpy(p, b->data, b->len);
	return p + b->len;
}

/* RFC 5246 7.4.2, in one record */
static uint8_t *put_certificates(const struct tls_flow *f, int kind, uint8_t *p)
{
	uint8_t *start = p, *at;
	size_t n;

	p += 5 + 4 + 3;
	at = p + 3;
	if (f->plan.leaf == LEAF_KNOWN) {
		n = tls.leaf[f->plan.index].len;
		memcpy(at, tls.leaf[f->plan.index].data, n);
	} else {
		n = new_leaf(f, kind, at);
	}
	p = put24(p, n) + n;
	for (int i = 0; i < 2; i++)
		p = put_blob(put24(p, tls.chain[i].len), &tls.chain[i]);
	n = (size_t)(p - start);
	memcpy(start, "\x16\3\3", 3);
	start[3] = (uint8_t)((n - 5) >> 8);
	start[4] = (uint8_t)(n - 5);
	start[5] = 11;
	(void)put24(start + 6, n - 9);
	(void)put24(start + 9, n - 12);
	return p;
}

static void make_flights(struct tls_flow *f)
{
	int kind = (int)(f->plan.index & 1);
	const struct blob *b = tls.pieces[kind];
	uint8_t *p = f->flight;

	f->hello_len = b[HELLO].len;
	memcpy(f->hello, b[HELLO].data, b[HELLO].len);
	rename_all(f->hello, f->hello_len, f->plan.word, f->plan.index);
	rnd_fill(f->hello + 11, 32);
	if (f->hello[43] == 32)
		rnd_fill(f->hello + 44, 32);
	p = put_blob(p, &b[SERVER_HELLO]);
	rnd_fill(f->flight + 11, 32);
	p = put_certificates(f, kind, p);
	p = put_blob(p, &b[SERVER_KEY]);
	p = put_blob(p, &b[DONE]);
	f->flight_len = (size_t)(p - f->flight);
	memcpy(f->keys, b[KEYS].data, b[KEYS].len);
	rnd_fill(f->keys + b[KEYS].len - 40, 40);
	memcpy(f->finished, b[FINISHED].data, b[FINISHED].len);
	rnd_fill(f->finished + 15, 160); /* the ticket */
	if (f->plan.alike_ticket) {
		memset(f->finished + 15, 0, 160);
		put_alike(f->finished + 15, f->plan.number);
	}
	rnd_fill(f->finished + b[FINISHED].len - 40, 40);
}

struct tls_flow *tls_flow_new(const struct tls_plan *plan)
{
	struct tls_flow *f = calloc(1, sizeof *f);
	struct tuple *t;

	if (!f)
		abort();
	f->plan = *plan;
	t = &f->tuple;
	t->v6 = plan->index % 8 == 0;
	rnd_fill(t->ip[0], 4);
	t->ip[0][0] = 10;
	memcpy(t->ip[1], "\xc6\x12", 2);
	t->ip[1][2] = (uint8_t)(plan->index >> 8);
	t->ip[1][3] = (uint8_t)plan->index;
	t->port[0] = (uint16_t)(1024 + rnd_below(64000));
	t->port[1] = 443;
	f->seq[0] = (uint32_t)rnd();
	f->seq[1] = (uint32_t)rnd();
	f->total = (uint64_t)plan->records * (plan->record_len + 5);
	make_flights(f);
	return f;
}

static void send_segment(struct tls_flow *f, int dir, uint8_t flags,
			 const uint8_t *data, size_t len)
{
	struct segment s = { &f->tuple,   dir,	       flags,
			     f->seq[dir], f->seq[!dir], data, len };

	out_tcp(&s);
	f->seq[dir] += (uint32_t)len + !!(flags & (TCP_SYN | TCP_FIN));
}

static void send_ack(struct tls_flow *f, int dir)
{
	send_segment(f, dir, TCP_ACK, NULL, 0);
}

static void send_push(struct tls_flow *f, int dir, const uint8_t *p, size_t n)
{
	send_segment(f, dir, TCP_ACK | TCP_PSH, p, n);
}

/* One sealed record that fits into a segment. */
static void send_record(struct tls_flow *f, int dir, uint8_t type, size_t n)
{
	uint8_t p[TRACE_MSS];

	memcpy(p, tls.noise + rnd_below(NOISE - TRACE_MSS), n + 5);
	memcpy(p, "\x17\3\3", 3);
	p[0] = type;
	p[3] = (uint8_t)(n >> 8);
	p[4] = (uint8_t)n;
	send_push(f, dir, p, n + 5);
}

static void step_data(struct tls_flow *f)
{
	uint64_t record = f->plan.record_len + 5, at;
	int dir = f->plan.upload ? 0 : 1;
	uint8_t head[5] = { 0x17, 3, 3, (uint8_t)(f->plan.record_len >> 8),
			    (uint8_t)f->plan.record_len };
	uint8_t p[TRACE_MSS];

	for (int i = 0; i < 2 && f->sent < f->total; i++) {
		size_t n = TRACE_MSS;

		if (f->total - f->sent < n)
			n = (size_t)(f->total - f->sent);
		memcpy(p, tls.noise + rnd_below(NOISE - TRACE_MSS), n);
		at = f->sent / record * record;
		for (; at < f->sent + n; at += record)
			for (size_t k = 0; k < 5; k++)
				if (at + k >= f->sent && at + k < f->sent + n)
					p[at + k - f->sent] = head[k];
		send_segment(f, dir, TCP_ACK, p, n);
		f->sent += n;
		if (rnd_below(2000) == 0) { /* sent again */
			f->seq[dir] -= (uint32_t)n;
			send_segment(f, dir, TCP_ACK, p, n);
		}
	}
	send_ack(f, !dir);
}

static void step_server(struct tls_flow *f)
{
	for (int i = 0; i < 2 && f->flight_at < f->flight_len; i++) {
		size_t n = f->flight_len - f->flight_at;

		if (n > TRACE_MSS)
			n = TRACE_MSS;
		send_segment(f, 1, TCP_ACK, f->flight + f->flight_at, n);
		f->flight_at += n;
	}
	send_ack(f, 0);
}

/* RFC 5246 7.2: a fatal bad_certificate, and the connection is over. */
static void step_denied(struct tls_flow *f)
{
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 42 };

	send_push(f, 0, alert, sizeof alert);
	send_segment(f, 0, TCP_ACK | TCP_FIN, NULL, 0);
	send_segment(f, 1, TCP_ACK | TCP_FIN, NULL, 0);
	send_ack(f, 0);
}

static void step_close(struct tls_flow *f)
{
	if (f->plan.upload)
		send_record(f, 1, 23, 250);
	send_record(f, 0, 21, 26); /* close_notify, sealed */
	send_segment(f, 0, TCP_ACK | TCP_FIN, NULL, 0);
	send_record(f, 1, 21, 26);
	send_segment(f, 1, TCP_ACK | TCP_FIN, NULL, 0);
	send_ack(f, 0);
}

/* The steps until both sides have finished; what comes next. */
static enum step step_handshake(struct tls_flow *f)
{
	const struct blob *b = tls.pieces[f->plan.index & 1];

	switch (f->step) {
	case STEP_OPEN:
		send_segment(f, 0, TCP_SYN, NULL, 0);
		send_segment(f, 1, TCP_SYN | TCP_ACK, NULL, 0);
		send_ack(f, 0);
		return STEP_HELLO;
	case STEP_HELLO:
		send_push(f, 0, f->hello,
			  f->plan.half ? f->hello_len / 2 : f->hello_len);
		if (f->plan.half)
			return STEP_CLOSE;
		send_ack(f, 1);
		return STEP_SERVER;
	case STEP_SERVER:
		step_server(f);
		return f->flight_at < f->flight_len ? STEP_SERVER : STEP_KEYS;
	default:
		send_push(f, 0, f->keys, b[KEYS].len);
		send_push(f, 1, f->finished, b[FINISHED].len);
		tls.handshakes++;
		return STEP_REQUEST;
	}
}

bool tls_flow_step(struct tls_flow *f)
{
	uint64_t before = out_packets();

	if (f->step < STEP_REQUEST) {
		if (f->step == STEP_KEYS && f->plan.end == END_DENIED) {
			step_denied(f);
			f->step = STEP_CLOSE;
		} else {
			f->step = step_handshake(f);
		}
		tls.packets += out_packets() - before;
		if (f->step != STEP_CLOSE)
			return true;
		free(f);
		return false;
	}
	if (f->step == STEP_REQUEST) {
		send_record(f, 0, 23, 200 + rnd_below(600));
		f->step = STEP_DATA;
		return true;
	}
	if (f->sent < f->total) {
		step_data(f);
		return true;
	}
	if (f->plan.end == END_CLOSED)
		step_close(f);
	free(f);
	return false;
}
