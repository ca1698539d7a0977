/*
 * probe.c: see probe.h. The engine: it holds the prefixes, asks the rows and
 * the recognisers, and follows the second side once the first has begun.
 *
 * All decisions are taken from the prefixes alone. A side starts only where TLS
 * bytes are really there, so a dialect's guess that is overtaken by more words
 * does no harm. After PROBE_TLS the caller feeds the sides that have started
 * elsewhere; their later chunks are ignored here.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "probe/hello.h"
#include "probe/plain.h"
#include "probe/probe.h"
#include "probe/side.h"

#define ROWS_MAX 64
/* RFC 1035 2.3.4: no name is longer */
#define NAME_MAX_LEN 255
/* A look reads all that is held. The first ones are made at once; who sends
 * tiny pieces without end is looked at only every so many bytes after them. */
#define LOOKS_AT_ONCE 256
#define LOOK_EVERY    64

struct probe {
	struct side side[2];
	enum probe_result result;
	uint64_t dead[2]; /* rows that said "not me", by role */
	unsigned layers;
	unsigned limits; /* reached: bits 1 << enum probe_limit */
	unsigned looks;	 /* made at once */
	size_t unlooked; /* bytes held since the last look */
	const struct probe_dialect *row; /* the one that found TLS */
	size_t row_at[2]; /* where it says that TLS begins */
	unsigned role;			 /* the direction of the row's client */
	struct prelude prelude;		 /* its bytes are in these */
	/* of CONNECT and of PROXY; made when there is one: few have any */
	uint8_t (*names)[NAME_MAX_LEN];
};

enum { OF_CONNECT, OF_PROXY, NUM_NAMES };

struct probe *probe_new(void)
{
	struct probe *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	/* the chunk that passes the limit is still held whole */
	for (unsigned d = 0; d < 2; d++)
		buf_init(&p->side[d].held,
			 2 * LIMIT_PROBE_BYTES + LIMIT_STREAM_BYTES);
	return p;
}

void probe_free(struct probe *p)
{
	if (!p)
		return;
	buf_fini(&p->side[0].held);
	buf_fini(&p->side[1].held);
	free(p->names);
	free(p);
}

void probe_midstream(struct probe *p, uint8_t dir)
{
	p->side[dir & 1].midstream = true;
}

static struct probe_view probe_view(const struct probe *p, unsigned role)
{
	const struct side *c = &p->side[role], *s = &p->side[!role];

	return (struct probe_view){
		.client = side_view(c),
		.server = side_view(s),
		.client_gap = c->gap,
		.server_gap = s->gap,
	};
}

static struct bytes name_copy(struct probe *p, int which, struct bytes b)
{
	if (b.len == 0 || b.len > NAME_MAX_LEN)
		return bytes_of(NULL, 0);
	if (!p->names)
		p->names = calloc(NUM_NAMES, sizeof *p->names);
	if (!p->names)
		return bytes_of(NULL, 0);
	memcpy(p->names[which], b.p, b.len);
	return bytes_of(p->names[which], b.len);
}

/* Adds what one layer told to what those before it told. */
static void prelude_merge(struct probe *p, const struct probe_dialect *row,
			  const struct prelude *from)
{
	struct prelude *to = &p->prelude;

	to->dialect = from->dialect ? from->dialect : row->name;
	to->opportunistic |= from->opportunistic;
	if (from->connect.len) {
		to->connect = name_copy(p, OF_CONNECT, from->connect);
		to->connect_port = from->connect_port;
	}
	if (from->proxy_authority.len)
		to->proxy_authority =
			name_copy(p, OF_PROXY, from->proxy_authority);
	if (from->has_proxy) {
		to->has_proxy = true;
		to->proxy_source = from->proxy_source;
		to->proxy_destination = from->proxy_destination;
	}
}

/* Has a side, whose TLS would start there, begun with its hello? */
static enum probe_step hello_at(struct bytes b, size_t start,
				enum hello_kind wanted)
{
	enum hello_kind kind = wanted;
	enum probe_step step;

	if (start > b.len) /* PROBE_UNSEEN too */
		return STEP_MORE;
	step = hello_read(bytes_tail(b, start), &kind);
	return kind == wanted ? step : STEP_NOT_ME;
}

/*
 * Asks one row. STEP_TLS only with TLS bytes on a side, or when a layer is over
 * that anything may follow.
 */
static enum probe_step row_ask(const struct probe *p, unsigned role,
			       const struct probe_dialect *row,
			       struct probe_finding *out)
{
	struct probe_view v = probe_view(p, role);
	enum probe_step step = row->step(&v, out), client, server;
	bool again = out->again;

	if (step != STEP_TLS)
		return step;
	if (again && out->client_start <= v.client.len &&
	    out->server_start <= v.server.len)
		return STEP_TLS;
	out->again = false;
	client = hello_at(v.client, out->client_start, HELLO_CLIENT);
	server = hello_at(v.server, out->server_start, HELLO_SERVER);
	if (client == STEP_TLS || server == STEP_TLS)
		return STEP_TLS;
	/* without the other side it may still be a layer with another dialect
	 * in it */
	return client == STEP_NOT_ME && !again ? STEP_NOT_ME : STEP_MORE;
}

static void layer_enter(struct probe *p, unsigned role,
			const struct probe_finding *f)
{
	p->side[role].skip += f->client_start;
	p->side[!role].skip += f->server_start;
	p->dead[0] = p->dead[1] = 0;
	for (unsigned d = 0; d < 2; d++)
		p->side[d].scan[SCAN_HELLO] = p->side[d].scan[SCAN_FATAL] = 0;
	p->layers++;
}

/* True: something was found, TLS or one layer more. */
static bool rows_ask(struct probe *p, unsigned role)
{
	for (size_t i = 0; i < probe_num_dialects && i < ROWS_MAX; i++) {
		struct probe_finding f = {
			.client_start = PROBE_UNSEEN,
			.server_start = PROBE_UNSEEN,
		};
		const struct probe_dialect *row = probe_dialects[i];
		enum probe_step step;

		if (p->dead[role] & 1ull << i)
			continue;
		step = row_ask(p, role, row, &f);
		if (step == STEP_NOT_ME)
			p->dead[role] |= 1ull << i;
		if (step != STEP_TLS)
			continue;
		prelude_merge(p, row, &f.prelude);
		if (f.again) {
			layer_enter(p, role, &f);
			return true;
		}
		p->row = row;
		p->row_at[0] = p->row_at[1] = PROBE_UNSEEN;
		p->role = role;
		p->prelude.swapped = role == 1;
		p->result = PROBE_TLS;
		return true;
	}
	return false;
}

static void probe_found(struct probe *p, unsigned dir, enum hello_kind kind,
			uint64_t at)
{
	side_start(&p->side[dir], at);
	p->prelude.swapped = (kind == HELLO_CLIENT) == (dir == 1);
	p->result = PROBE_TLS;
}

/* TLS at the very beginning (of what is behind the layers). */
static bool direct_look(struct probe *p)
{
	for (unsigned d = 0; d < 2; d++) {
		enum hello_kind kind;
		struct side *s = &p->side[d];

		if (s->skip > s->head ||
		    hello_read(side_view(s), &kind) != STEP_TLS)
			continue;
		probe_found(p, d, kind, s->skip);
		return true;
	}
	return false;
}

/* A side whose beginning was not captured, or was lost: any record will do. */
static void lost_look(struct probe *p)
{
	for (unsigned d = 0; d < 2; d++) {
		struct side *s = &p->side[d];
		bool tail = s->gap && (s->head == 0 || s->midstream);
		enum hello_kind kind;
		size_t at;

		if (!tail && !(s->midstream && !s->gap))
			continue;
		if (!hello_find(tail ? side_tail(s) : side_view(s), ~0u,
				&s->scan[SCAN_LOST], &at, &kind))
			continue;
		at = hello_with_ccs(tail ? side_tail(s) : side_view(s), at);
		probe_found(p, d, kind, at + (tail ? s->tail_offset : s->skip));
		return;
	}
}

/*
 * Inside of what no row knows: a ClientHello on one side and its answer on the
 * other. Both are asked for, so that a file with captured TLS in it, on its way
 * in one direction, is not taken for TLS.
 */
static void embedded_look(struct probe *p)
{
	for (unsigned d = 0; d < 2; d++) {
		struct side *c = &p->side[d], *s = &p->side[!d];
		enum hello_kind kind;
		size_t at, answer;

		if (!side_find(c, &at, &kind) || kind != HELLO_CLIENT)
			continue;
		if (!(side_find(s, &answer, &kind) && kind == HELLO_SERVER) &&
		    !hello_find_fatal(side_view(s), &s->scan[SCAN_FATAL],
				      &answer))
			continue;
		side_start(s, s->skip + answer);
		probe_found(p, d, HELLO_CLIENT, c->skip + at);
		return;
	}
}

/* Where the chosen row says that this side's TLS is. */
static size_t row_start(struct probe *p, unsigned dir)
{
	struct probe_view v = probe_view(p, p->role);
	struct probe_finding f = {
		.client_start = PROBE_UNSEEN,
		.server_start = PROBE_UNSEEN,
	};
	size_t at;

	if (!p->row)
		return 0;
	/* said once is said: what follows it is TLS, no text of the row's */
	if (p->row_at[dir] == PROBE_UNSEEN &&
	    p->row->step(&v, &f) == STEP_TLS) {
		at = dir == p->role ? f.client_start : f.server_start;
		p->row_at[dir] = at;
	}
	return p->row_at[dir];
}

/* TLS has begun on a side: has it on this one? */
static void side_follow(struct probe *p, unsigned dir)
{
	struct side *s = &p->side[dir];
	struct bytes view = side_view(s);
	enum hello_kind kind;
	size_t at;

	if (s->started || s->hopeless)
		return;
	at = row_start(p, dir);
	if (at <= view.len &&
	    (probe_is_hello(bytes_tail(view, at)) == STEP_TLS || /* SSLv2 */
	     hello_is_record(bytes_tail(view, at)) == STEP_TLS)) {
		side_start(s, s->skip + at);
		return;
	}
	if (s->gap) { /* whoever reads records looks for one behind the gap */
		side_start(s, s->head);
		return;
	}
	if (side_find(s, &at, &kind))
		side_start(s, s->skip + at);
	else if (s->held.len >= LIMIT_PROBE_BYTES)
		s->hopeless = true;
}

static uint64_t rows_alive(const struct probe *p, unsigned role)
{
	return ~p->dead[role] & ((1ull << probe_num_dialects) - 1);
}

/* TLS whose handshake was over when the capture began. */
static bool probe_too_late(const struct probe *p)
{
	const struct side *a = &p->side[0], *b = &p->side[1];

	return (side_sealed(a) && (!b->held.len || side_sealed(b))) ||
	       (!a->held.len && side_sealed(b));
}

static bool probe_give_up(struct probe *p)
{
	size_t limit = LIMIT_PROBE_HOLD;

	if (probe_too_late(p))
		return true;

	for (unsigned d = 0; d < 2; d++) {
		const struct side *s = &p->side[d];

		if (rows_alive(p, d) && s->head > s->skip)
			limit = LIMIT_PROBE_BYTES; /* a row heard its client */
		else if (plain_known(side_view(s)) && !rows_alive(p, d))
			return true;
		if (plain_openvpn(side_view(s)))
			return true;
	}
	if (p->side[0].held.len < limit && p->side[1].held.len < limit)
		return false;
	p->limits |= 1u << PROBE_LIMIT_BYTES;
	return true;
}

/*
 * Nothing more will come, and one side said nothing at all: the words of a
 * client that more than one dialect has, and a hello behind them, are TLS
 * whichever it was ("STARTTLS" of SMTP, IRC, NNTP, Sieve: maybe between mail
 * servers). Not before the end: the other side would tell.
 */
static bool last_look(struct probe *p)
{
	for (unsigned d = 0; d < 2; d++) {
		const struct side *other = &p->side[!d];
		enum hello_kind kind;
		size_t at;

		if (other->held.len || other->gap || !rows_alive(p, d) ||
		    !side_find(&p->side[d], &at, &kind) || kind != HELLO_CLIENT)
			continue;
		probe_found(p, d, kind, p->side[d].skip + at);
		p->prelude.dialect = "starttls";
		p->prelude.opportunistic = true;
		return true;
	}
	return false;
}

static enum probe_result search_end(struct probe *p)
{
	if (p->result == PROBE_MORE && !last_look(p))
		p->result = PROBE_NO;
	return p->result;
}

static void probe_look(struct probe *p)
{
	while (p->result == PROBE_MORE && !direct_look(p)) {
		if (p->layers >= LIMIT_PROBE_LAYERS) {
			p->limits |= 1u << PROBE_LIMIT_LAYERS;
			break;
		}
		if (!rows_ask(p, 0) && !rows_ask(p, 1))
			break;
	}
	if (p->result == PROBE_MORE)
		lost_look(p);
	if (p->result == PROBE_MORE && !plain_openvpn(side_view(&p->side[0])) &&
	    !plain_openvpn(side_view(&p->side[1])))
		embedded_look(p);
	if (p->result == PROBE_TLS) {
		side_follow(p, 0);
		side_follow(p, 1);
	} else if (probe_give_up(p)) {
		(void)search_end(p);
	}
}

/*
 * Nothing depends on when a look is made (see probe.h), as long as all bytes
 * are seen: behind a gap they may be forgotten at the next one.
 */
static bool look_due(struct probe *p, const struct chunk *c)
{
	if (p->result != PROBE_MORE || p->side[0].gap || p->side[1].gap)
		return true;
	if (p->looks < LOOKS_AT_ONCE) {
		p->looks++;
		return true;
	}
	p->unlooked += c->data.len;
	return p->unlooked >= LOOK_EVERY;
}

enum probe_result probe_last(struct probe *p)
{
	if (p->result == PROBE_MORE && p->unlooked)
		probe_look(p);
	return search_end(p);
}

enum probe_result probe_feed(struct probe *p, const struct chunk *c)
{
	struct side *s = &p->side[c->dir & 1];

	if (p->result == PROBE_NO || s->started || s->hopeless)
		return p->result;
	if (!side_take(s, c)) {
		s->hopeless = true;
		if (p->result == PROBE_MORE)
			p->result = PROBE_NO;
		return p->result;
	}
	if (look_due(p, c)) {
		p->unlooked = 0;
		probe_look(p);
	}
	return p->result;
}

uint64_t probe_start(const struct probe *p, uint8_t dir)
{
	const struct side *s = &p->side[dir & 1];

	return s->started ? s->start : PROBE_NOWHERE;
}

struct bytes probe_held(const struct probe *p, uint8_t dir, uint64_t *offset)
{
	const struct side *s = &p->side[dir & 1];
	struct bytes all = buf_bytes(&s->held);

	*offset = s->start;
	if (!s->started)
		return bytes_of(NULL, 0);
	if (!s->gap)
		return bytes_tail(all, (size_t)s->start);
	if (s->start < s->head)
		return bytes_tail(bytes_head(all, s->head), (size_t)s->start);
	if (s->start < s->tail_offset)
		*offset = s->tail_offset;
	all = bytes_tail(all, s->head);
	return bytes_tail(all, (size_t)(*offset - s->tail_offset));
}

struct bytes probe_prefix(const struct probe *p, uint8_t dir)
{
	const struct side *s = &p->side[dir & 1];

	return bytes_head(buf_bytes(&s->held), s->head);
}

const struct prelude *probe_prelude(const struct probe *p)
{
	return &p->prelude;
}

unsigned probe_limits(const struct probe *p)
{
	return p->limits;
}

size_t probe_memory(const struct probe *p)
{
	return sizeof *p + p->side[0].held.size + p->side[1].held.size +
	       (p->names ? NUM_NAMES * sizeof *p->names : 0);
}
