/*
 * initial.c: finding the keys of Initial packets (RFC 9001 5.2).
 *
 * They come from the connection id that the client chose for its first packet,
 * or that a Retry gave it; later packets bear other ids. So the ids seen are
 * kept, and a packet is tried with the keys of each.
 */
#include "base/mem.h"
#include "quic/internal.h"

#include <stdlib.h>

/* What is tried to open a packet, and what came of it. */
struct trial {
	const struct quic_packet *p;
	enum tls_side sides[2]; /* who may have sent it, likeliest first */
	unsigned num_sides;
	enum tls_side side;
	struct quic_slot *slot;
	struct bytes payload;
	uint8_t scratch[LIMIT_QUIC_DATAGRAM];
};

static void trial_init(struct trial *t, const struct quic_session *s,
		       uint8_t dir, const struct quic_packet *p)
{
	uint8_t client = s->hs ? s->hs->client_dir : s->client_dir;

	t->p = p;
	t->sides[0] = dir == client ? TLS_CLIENT : TLS_SERVER;
	t->sides[1] = !t->sides[0];
	t->num_sides = s->roles_known ? 1 : 2;
}

static bool trial_slot(struct trial *t, struct quic_slot *slot)
{
	for (unsigned i = 0; i < t->num_sides; i++) {
		enum tls_side side = t->sides[i];

		if (quic_keys_open(&slot->keys[side], t->p, &slot->space[side],
				   t->scratch, &t->payload)) {
			t->side = side;
			t->slot = slot;
			return true;
		}
	}
	return false;
}

static struct bytes slot_cid(const struct quic_slot *slot)
{
	return bytes_of(slot->cid, slot->cid_len);
}

static struct quic_slot *slot_find(struct quic_session *s, uint32_t number,
				   struct bytes cid)
{
	for (unsigned i = 0; i < LIMIT_QUIC_KEYS && s->slots[i]; i++) {
		struct quic_slot *slot = s->slots[i];

		if (slot->number == number &&
		    bytes_eq(slot_cid(slot), cid))
			return slot;
	}
	return NULL;
}

/* A new slot; else one that opened nothing; else that of the oldest. NULL: no
 * memory for the first one. */
static struct quic_slot *slot_place(struct quic_session *s)
{
	struct quic_slot *best = s->slots[0];

	for (unsigned i = 0; i < LIMIT_QUIC_KEYS; i++) {
		struct quic_slot *slot = s->slots[i];

		if (!slot) {
			s->slots[i] = mem_zeroed(sizeof *slot);
			return s->slots[i] ? s->slots[i] : best;
		}
		if (slot->attempt < best->attempt)
			best = slot;
	}
	return best;
}

static bool slot_make(const struct quic_packet *p, struct bytes cid,
		      struct quic_slot *out)
{
	*out = (struct quic_slot){
		.version = p->version,
		.number = p->number,
		.cid_len = (uint8_t)cid.len,
	};
	if (cid.len)
		memcpy(out->cid, cid.p, cid.len);
	return quic_keys_initial(p->version, cid, out->keys);
}

/* Keys that we have under that version. */
static bool try_known(struct quic_session *s, struct trial *t)
{
	for (unsigned i = 0; i < LIMIT_QUIC_KEYS && s->slots[i]; i++)
		if (s->slots[i]->number == t->p->number &&
		    trial_slot(t, s->slots[i]))
			return true;
	return false;
}

/* RFC 9368 2.3: the version changed, the connection id did not. */
static bool try_version(struct quic_session *s, struct trial *t)
{
	for (unsigned i = 0; i < LIMIT_QUIC_KEYS && s->slots[i]; i++) {
		struct quic_slot *old = s->slots[i], made;

		if (!old->attempt ||
		    old->attempt != s->attempt ||
		    old->number == t->p->number ||
		    slot_find(s, t->p->number, slot_cid(old)))
			continue;
		if (!slot_make(t->p, slot_cid(old), &made) ||
		    !trial_slot(t, &made))
			continue;
		made.attempt = old->attempt;
		t->slot = slot_place(s);
		if (!t->slot || t->slot == old)
			return false; /* all slots hold versions of this one */
		*t->slot = made;
		return true;
	}
	return false;
}

/* The packet's own id: that of a client's first packet, or behind a Retry. */
static bool try_own(struct quic_session *s, struct trial *t)
{
	struct quic_slot made;
	bool opened;

	if (t->sides[0] != TLS_CLIENT && t->num_sides == 1)
		return false;
	if (slot_find(s, t->p->number, t->p->dcid) ||
	    !slot_make(t->p, t->p->dcid, &made))
		return false;
	t->sides[0] = TLS_CLIENT;
	t->num_sides = 1;
	opened = trial_slot(t, &made);
	/* where the capture cut the client's packet, the server's next one
	 * still opens with its keys */
	if (!opened && s->attempt)
		return false;
	t->slot = slot_place(s);
	if (!t->slot)
		return false;
	*t->slot = made;
	return opened;
}

/* A connection begins anew: behind a Retry, or another one. */
static bool attempt_begin(struct quic_session *s, struct quic_slot *slot,
			  struct stamp time)
{
	if (s->hs)
		message_cut(s, time);
	else if (!session_again(s, time))
		return false;
	slot->attempt = ++s->attempt;
	s->fresh = true;
	for (int i = 0; i < 2; i++) {
		quic_stream_fini(&s->stream[i]);
		quic_stream_init(&s->stream[i]);
		s->handshake_seen[i] = false;
	}
	sealed_fini(s);
	s->turns = s->num_short = 0;
	return true;
}

static bool open_packet(struct quic_session *s, struct trial *t)
{
	if (s->opened + s->failed >= LIMIT_QUIC_OPENED) {
		if (s->hs)
			tls_anomaly_add(s->hs, TLS_CLIENT, "packets_too_many",
					0);
		return false;
	}
	if (try_known(s, t) || try_version(s, t) || try_own(s, t)) {
		s->opened++;
		return true;
	}
	/* a cut packet says nothing against it */
	s->failed += !t->p->cut;
	if (!s->attempt && s->failed >= LIMIT_QUIC_FAILED)
		s->done = true;
	return false;
}

void initial_packet(struct quic_session *s, const struct chunk *c,
		    const struct quic_packet *p)
{
	struct trial t;

	trial_init(&t, s, c->dir, p);
	if (!open_packet(s, &t))
		return;
	if (!t.slot->attempt && !attempt_begin(s, t.slot, c->time))
		return;
	if (!s->hs || t.slot->attempt != s->attempt)
		return; /* a late copy */
	facts_set_client(s->hs, t.side == TLS_CLIENT ? c->dir : !c->dir);
	s->client_dir = s->hs->client_dir;
	s->roles_known = true;
	s->version = p->version;
	s->number = p->number;
	s->hs->last = c->time;
	message_frames(s, t.side, QUIC_LEVEL_INITIAL, t.payload, c->time);
}
