/* open.c: see open.h: what is kept, for how long, and finding the keys. */
#include "tls/open_parts.h"

#include "tls/ech.h"

#include <stdlib.h>

struct tls_keys *tls_keys_new(const struct keyring *ring)
{
	struct tls_keys *k = calloc(1, sizeof *k);

	if (k)
		k->ring = ring;
	return k;
}

void tls_keys_free(struct tls_keys *k)
{
	free(k);
}

const struct tls_keys_counters *tls_keys_counters(const struct tls_keys *k)
{
	return &k->counters;
}

bool tls_keys_given(const struct tls_keys *k)
{
	return keyring_is_given(k->ring);
}

static void half_init(struct open_half *h)
{
	*h = (struct open_half){ .state = OPEN_NO_KEY };
	buf_init(&h->bodies, LIMIT_TLS_RECORD);
	buf_init(&h->records, LIMIT_TLS_SEALED_BYTES * 4);
	buf_init(&h->messages, LIMIT_TLS_MESSAGE + LIMIT_TLS_RECORD);
}

struct tls_open *tls_open_new(struct tls_keys *k)
{
	struct tls_open *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->keys = k;
	half_init(&o->half[0]);
	half_init(&o->half[1]);
	return o;
}

void open_half_end(struct tls_open *o, struct open_half *h)
{
	o->keys->counters.held -= h->bodies.len;
	buf_fini(&h->bodies);
	buf_fini(&h->records);
	buf_fini(&h->messages);
	open_key_wipe(h);
	h->in_record = false;
	h->state = OPEN_DONE;
}

void tls_open_free(struct tls_open *o)
{
	if (!o)
		return;
	open_half_end(o, &o->half[0]);
	open_half_end(o, &o->half[1]);
	free(o);
}

static bool is_open_13(const struct tls_handshake *hs)
{
	return hs->server.seen && tls_version_is_13(hs->server.version);
}

/* Can a record of this direction belong to a handshake of TLS 1.3? */
static bool is_wanted(const struct tls_handshake *hs, uint8_t dir)
{
	if (hs->server.seen)
		return tls_version_is_13(hs->server.version);
	/* the other direction may be behind: only the client's can be first */
	return hs->client.count && dir == hs->client_dir &&
	       hs->client.versions.len;
}

static enum tls_side side_of(const struct tls_handshake *hs, uint8_t dir)
{
	return dir == hs->client_dir ? TLS_CLIENT : TLS_SERVER;
}

static bool has_room(struct tls_open *o, const struct tls_handshake *hs,
		     uint8_t dir, size_t len)
{
	const struct open_half *h = &o->half[dir];
	size_t held = o->half[0].bodies.len + o->half[1].bodies.len;
	size_t cap = LIMIT_TLS_SEALED_BYTES;

	if (h->state == OPEN_KEY)
		return true; /* opened as soon as it is whole */
	if (side_of(hs, dir) == TLS_SERVER)
		cap -= LIMIT_TLS_SEALED_CLIENT;
	if (held + len > cap) {
		if (!o->told_long && side_of(hs, dir) == TLS_SERVER &&
		    !o->half[!dir].records.len)
			o->keys->counters.too_long++;
		o->told_long = true;
		return false;
	}
	if (o->keys->counters.held + len > LIMIT_TLS_TOTAL) {
		o->keys->counters.memory++;
		return false;
	}
	return true;
}

/* The secret of one side, if it is there by now. */
static void find_key(struct tls_open *o, struct tls_handshake *hs, uint8_t dir)
{
	static const enum keyring_label labels[] = {
		[TLS_CLIENT] = KEYRING_CLIENT_HANDSHAKE,
		[TLS_SERVER] = KEYRING_SERVER_HANDSHAKE,
	};
	struct open_half *h = &o->half[dir];
	enum tls_side side = side_of(hs, dir);
	unsigned hash, tag;
	struct bytes secret;
	bool sound;

	if (h->state != OPEN_NO_KEY ||
	    !keyring_find(o->keys->ring, tls_ech_random(hs), labels[side],
			  &secret))
		return;
	sound = open_key(h, hs, secret);
	keyring_forget();
	/* RFC 9850 2: under the inner random where ECH was accepted */
	if (hs->ech == TLS_ECH_OFFERED)
		hs->ech = TLS_ECH_REJECTED;
	if (side == TLS_SERVER) {
		hs->keys_known = true;
		hs->keys_failed = !sound;
		hs->unsupported |= !tls_suite_13(hs->server.suite, &hash, &tag);
	}
	if (sound)
		h->state = OPEN_KEY;
}

static void find_keys(struct tls_open *o, struct tls_handshake *hs)
{
	uint64_t generation = keyring_generation(o->keys->ring);

	if (o->given_up || !hs->client.count || !is_open_13(hs) ||
	    (o->looked && generation == o->generation))
		return;
	o->looked = true;
	o->generation = generation;
	tls_ech_try(hs, o->keys->ring);
	find_key(o, hs, 0);
	find_key(o, hs, 1);
}

/* Opens the whole records that are kept; what is being kept stays. */
static void open_kept(struct tls_open *o, struct tls_handshake *hs,
		      uint8_t dir)
{
	struct open_half *h = &o->half[dir];
	struct bytes bodies = buf_bytes(&h->bodies);
	struct bytes records = buf_bytes(&h->records);
	struct open_record r;
	size_t used = 0;

	while (h->state == OPEN_KEY && records.len) {
		memcpy(&r, records.p, sizeof r);
		records = bytes_tail(records, sizeof r);
		open_record(o, hs, dir, &r, bytes_head(bodies, r.len));
		bodies = bytes_tail(bodies, r.len);
		used += r.len;
	}
	if (h->state != OPEN_KEY || !used)
		return; /* all is gone already */
	buf_reset(&h->records);
	buf_shift(&h->bodies, used);
	h->begun -= h->in_record ? used : 0;
	o->keys->counters.held -= used;
}

void tls_open_begin(struct tls_open *o, struct tls_handshake *hs, uint8_t dir,
		    const uint8_t header[static 5], uint64_t offset)
{
	struct open_half *h = &o->half[dir];
	size_t len = (size_t)header[3] << 8 | header[4];

	h->in_record = false;
	if (h->state == OPEN_DONE || h->lost || o->given_up)
		return;
	if (!is_wanted(hs, dir)) {
		if (hs->server.seen)
			open_half_end(o, h);
		return;
	}
	find_keys(o, hs);
	open_kept(o, hs, dir);
	if (h->state == OPEN_DONE)
		return;
	if (!has_room(o, hs, dir, len)) {
		h->lost = true;
		return;
	}
	h->in_record = true;
	h->begun = h->bodies.len;
	h->now = (struct open_record){ .offset = offset };
	memcpy(h->now.header, header, sizeof h->now.header);
}

void tls_open_bytes(struct tls_open *o, uint8_t dir, struct bytes b)
{
	struct open_half *h = &o->half[dir];

	if (!h->in_record)
		return;
	buf_add(&h->bodies, b.p, b.len);
	if (!h->bodies.failed) {
		o->keys->counters.held += b.len;
		return;
	}
	o->keys->counters.memory++;
	tls_open_gap(o, dir);
}

void tls_open_gap(struct tls_open *o, uint8_t dir)
{
	struct open_half *h = &o->half[dir];

	if (h->in_record) {
		o->keys->counters.held -= h->bodies.len - h->begun;
		h->bodies.len = h->begun;
		h->in_record = false;
	}
	h->lost = true;
}

void tls_open_end(struct tls_open *o, uint8_t dir, struct stamp time,
		  uint32_t index)
{
	struct open_half *h = &o->half[dir];

	if (!h->in_record)
		return;
	h->in_record = false;
	h->now.len = (uint32_t)(h->bodies.len - h->begun);
	h->now.index = index;
	h->now.time = time;
	if (!h->records.len)
		h->first = time;
	buf_add(&h->records, &h->now, sizeof h->now);
	if (h->records.failed) {
		o->keys->counters.memory++;
		h->in_record = true;
		tls_open_gap(o, dir);
	}
}

bool tls_open_try(struct tls_open *o, struct tls_handshake *hs,
		  struct stamp *ended)
{
	find_keys(o, hs);
	/* the server's first: what it says may change how the client's is */
	open_kept(o, hs, !hs->client_dir);
	open_kept(o, hs, hs->client_dir);
	if (!o->alerted || o->told_alert)
		return false;
	o->told_alert = true;
	*ended = o->alert_time;
	return true;
}

static bool lacks(const struct open_half *h)
{
	return h->state == OPEN_NO_KEY && h->records.len > 0;
}

bool tls_open_waits(const struct tls_open *o, const struct tls_handshake *hs,
		    struct stamp now)
{
	const struct open_half *client = &o->half[hs->client_dir];
	const struct open_half *server = &o->half[!hs->client_dir];

	if (o->given_up || !keyring_is_given(o->keys->ring) ||
	    !is_open_13(hs) || !hs->client.count || hs->server.psk)
		return false;
	if (lacks(server))
		return now.ns - server->first.ns < LIMIT_TLS_SEALED_WAIT;
	/* only a client's certificate is worth it */
	return lacks(client) && hs->side[TLS_SERVER].certificate_request &&
	       now.ns - client->first.ns < LIMIT_TLS_SEALED_WAIT;
}

bool tls_open_busy(const struct tls_open *o)
{
	for (int i = 0; i < 2; i++)
		if (o->half[i].state == OPEN_KEY && !o->half[i].lost)
			return true;
	return false;
}

bool tls_open_overdue(const struct tls_open *o, const struct tls_handshake *hs,
		      struct stamp now)
{
	const struct open_half *client = &o->half[hs->client_dir];
	const struct open_half *server = &o->half[!hs->client_dir];

	if (o->given_up)
		return false;
	if (lacks(server))
		return now.ns - server->first.ns >= LIMIT_TLS_SEALED_WAIT;
	return lacks(client) &&
	       now.ns - client->first.ns >= LIMIT_TLS_SEALED_WAIT;
}

void tls_open_finish(struct tls_open *o, struct tls_handshake *hs)
{
	if (o->given_up)
		return;
	for (uint8_t dir = 0; dir < 2; dir++)
		if (o->half[dir].state == OPEN_KEY)
			open_cut(o, hs, dir);
	if (lacks(&o->half[!hs->client_dir]) && is_open_13(hs) &&
	    keyring_is_given(o->keys->ring))
		o->keys->counters.no_secret++;
	o->given_up = true;
	open_half_end(o, &o->half[0]);
	open_half_end(o, &o->half[1]);
}

size_t tls_open_memory(const struct tls_open *o)
{
	size_t n = sizeof *o;

	for (int i = 0; i < 2; i++)
		n += o->half[i].bodies.size + o->half[i].records.size +
		     o->half[i].messages.size;
	return n;
}
