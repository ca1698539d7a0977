/*
 * probe.c: see probe.h. The engine: it holds the prefixes, has the rows asked
 * and the recognisers, and follows the second side once the first has begun.
 *
 * All decisions are taken from the prefixes alone. A side starts only where TLS
 * bytes are really there, so a dialect's guess that is overtaken by more words
 * does no harm. After PROBE_TLS the caller feeds the sides that have started
 * elsewhere; their later chunks are ignored here.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "probe/hello.h"
#include "probe/plain.h"
#include "probe/rows.h"

struct probe *probe_new(void)
{
	struct probe *p = mem_zeroed(sizeof *p);

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
	mem_give(p, sizeof *p);
}

void probe_midstream(struct probe *p, uint8_t dir)
{
	p->side[dir & 1].midstream = true;
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
		enum probe_step step;

		if (s->skip > s->head || s->indirect)
			continue;
		step = hello_read_first(side_view(s),
					&s->scan[SCAN_DIRECT].looked, &kind);
		s->indirect = step == STEP_NOT_ME;
		if (step != STEP_TLS)
			continue;
		probe_found(p, d, kind, s->skip);
		return true;
	}
	return false;
}

/* What the heads say: the words of rows, and TLS without any. */
static void heads_look(struct probe *p)
{
	p->unlooked = false;
	while (p->result == PROBE_MORE && !direct_look(p)) {
		if (p->layers >= LIMIT_PROBE_LAYERS) {
			p->limits |= 1u << PROBE_LIMIT_LAYERS;
			break;
		}
		if (!rows_ask(p, 0) && !rows_ask(p, 1))
			break;
	}
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
		if (p->unlooked) { /* words before it, if any, go first */
			heads_look(p);
			if (p->result == PROBE_MORE)
				lost_look(p);
			return;
		}
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
		p->prelude.in_unknown = true;
		return;
	}
}

/* In frames only the row knows, and behind a gap nobody does. */
static void side_follow_frames(struct side *s, size_t at)
{
	if (at != PROBE_UNSEEN)
		side_start(s, s->skip + at);
	else if (s->gap || s->seen >= LIMIT_PROBE_BYTES)
		s->hopeless = true;
}

/* TLS has begun on a side: has it on this one? looked: rows may read. */
static void side_follow(struct probe *p, unsigned dir, bool looked)
{
	struct side *s = &p->side[dir];
	struct bytes view = side_view(s);
	enum hello_kind kind;
	size_t at;

	if (s->started || s->hopeless)
		return;
	if (p->row && p->row_at[dir] == PROBE_UNSEEN && !looked)
		return;
	at = rows_start(p, dir);
	if (p->prelude.in_frames) {
		side_follow_frames(s, at);
		return;
	}
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
	else if (s->seen >= LIMIT_PROBE_BYTES)
		s->hopeless = true;
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

	if (probe_too_late(p)) {
		p->limits |= 1u << PROBE_LIMIT_SEALED;
		return true;
	}
	for (unsigned d = 0; d < 2; d++) {
		const struct side *s = &p->side[d];

		if (rows_alive(p, d) && s->head > s->skip)
			limit = LIMIT_PROBE_BYTES; /* a row heard its client */
		else if (plain_known(side_view(s)) && !rows_alive(p, d))
			return true;
		if (plain_openvpn(side_view(s)))
			return true;
	}
	if (p->side[0].seen < limit && p->side[1].seen < limit)
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

/* heads: they are read, too. Else only what needs no reading again. */
static void probe_look(struct probe *p, bool heads)
{
	if (heads)
		heads_look(p);
	if (p->result == PROBE_MORE)
		lost_look(p);
	if (p->result == PROBE_MORE && heads &&
	    !plain_openvpn(side_view(&p->side[0])) &&
	    !plain_openvpn(side_view(&p->side[1])))
		embedded_look(p);
	if (p->result == PROBE_TLS) {
		side_follow(p, 0, !p->unlooked);
		side_follow(p, 1, !p->unlooked);
	} else if (probe_give_up(p)) {
		(void)search_end(p);
	}
}

/*
 * Nothing depends on when the heads are read (see probe.h), as long as all of
 * them is before the search ends. So that waits where rows have read more than
 * what has come allows, but not where it may end: at a limit, or at a gap where
 * TLS is awaited. s is the side that something has come on.
 */
static bool heads_due(const struct probe *p, const struct side *s,
		      size_t before)
{
	size_t seen = p->side[0].seen + p->side[1].seen;

	if (!p->unlooked)
		return false;
	if ((p->result == PROBE_TLS && s->gap) ||
	    s->seen >= LIMIT_PROBE_BYTES ||
	    (before < LIMIT_PROBE_HOLD && s->seen >= LIMIT_PROBE_HOLD))
		return true;
	return p->looked <= LIMIT_PROBE_LOOKED + seen * LIMIT_PROBE_LOOKED_EACH;
}

enum probe_result probe_last(struct probe *p)
{
	if (p->result != PROBE_NO && p->unlooked)
		probe_look(p, true);
	return search_end(p);
}

enum probe_result probe_feed(struct probe *p, const struct chunk *c)
{
	struct side *s = &p->side[c->dir & 1];
	size_t before = s->seen, head = s->head;
	bool gap = s->gap;

	if (p->result == PROBE_NO || s->started || s->hopeless)
		return p->result;
	if (!side_take(s, c)) {
		s->hopeless = true;
		if (p->result == PROBE_MORE)
			p->result = PROBE_NO;
		return p->result;
	}
	p->unlooked |= s->head != head || s->gap != gap;
	probe_look(p, heads_due(p, s, before));
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

size_t probe_looked(const struct probe *p)
{
	size_t looked = p->looked;

	for (unsigned d = 0; d < 2; d++)
		for (unsigned i = 0; i < NUM_SCANS; i++)
			looked += p->side[d].scan[i].looked;
	return looked;
}

size_t probe_memory(const struct probe *p)
{
	return sizeof *p + p->side[0].held.size + p->side[1].held.size +
	       (p->names ? NUM_NAMES * sizeof *p->names : 0);
}
