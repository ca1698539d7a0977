/* inventory.c: see inventory.h. */
#include "ledger/inventory.h"

#include "base/json.h"
#include "base/lru.h"
#include "judge/witness.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

enum kind {
	KIND_CERT,
	KIND_NAME,
	KIND_SHOWN,
	KIND_PRESENTED, /* a client's certificate */
	KIND_NUM
};

/* What came of one thing since it was written. */
struct item {
	struct inventory *in;
	enum kind kind;
	bool dirty;
	LIST_ENTRY(item) link;
	struct stamp first, last;
	uint64_t count;
	struct cert *cert; /* KIND_CERT, while dirty */
	bool own;	   /* KIND_NAME ... */
	uint64_t judged, hidden, absent;
	struct endpoint where; /* KIND_SHOWN, KIND_PRESENTED ... */
	struct addr client;    /* KIND_PRESENTED */
	bool has_leaf;
	uint8_t sha256[32];
	struct buf witness;
	char name[]; /* KIND_NAME, KIND_SHOWN, KIND_PRESENTED */
};
LIST_HEAD(item_list, item);

struct inventory {
	struct store *store;
	struct lru *kinds[KIND_NUM]; /* of struct item * */
	struct item_list dirty;
	size_t memory;
	struct buf text;
};

void inventory_name(struct bytes name, char out[static INVENTORY_NAME])
{
	struct bytes head = bytes_head(name, 253);
	size_t n = 0;

	for (size_t i = 0; i < head.len; i++) {
		if (head.p[i] > 0x20 && head.p[i] < 0x7f && head.p[i] != '\\')
			out[n++] = (char)tolower(head.p[i]);
		else
			n += (size_t)snprintf(out + n, INVENTORY_NAME - n,
					      "\\x%02x", head.p[i]);
	}
	out[n] = '\0';
}

/* The names it is for, a line each. */
static const char *names_of(struct buf *out, const struct cert *c)
{
	char ip[ADDR_TEXT];
	size_t told = 0;

	buf_reset(out);
	buf_add_str(out, "");
	for (size_t i = 0; i < c->num_san && told < LIMIT_EVENT_NAMES; i++) {
		if (c->san[i].type == CERT_SAN_OTHER ||
		    c->san[i].type == CERT_SAN_DIRECTORY)
			continue;
		if (told++)
			buf_add_char(out, '\n');
		jw_escape(out, bytes_head(cert_san_text(&c->san[i], ip),
					  LIMIT_EVENT_TEXT));
	}
	return out->failed || !out->p ? "" : (const char *)out->p;
}

static void write_cert(struct inventory *in, struct item *it)
{
	const struct cert *c = it->cert;
	char key[64];
	struct store_cert row = {
		.sha256 = bytes_of(c->sha256, 32),
		.der = c->der,
		.subject = c->subject.text,
		.issuer = c->issuer.text,
		.key = key,
		.names = names_of(&in->text, c),
		.not_before = c->not_before,
		.not_after = c->not_after,
		.first = it->first,
		.last = it->last,
		.count = it->count,
	};

	snprintf(key, sizeof key, "%s %u", c->key_name ? c->key_name : "?",
		 c->key_bits);
	store_put_cert(in->store, &row);
	cert_unref(it->cert);
	it->cert = NULL;
}

static void write_name(struct inventory *in, struct item *it)
{
	store_put_name(in->store, &(struct store_name){
					  .name = it->name,
					  .own = it->own,
					  .first = it->first,
					  .last = it->last,
					  .handshakes = it->count,
					  .judged = it->judged,
					  .hidden = it->hidden,
					  .absent = it->absent,
				  });
	it->judged = it->hidden = it->absent = 0;
}

static void write_shown(struct inventory *in, struct item *it)
{
	struct store_shown row = {
		.name = it->name,
		.where = it->where,
		.sha256 = bytes_of(it->sha256, it->has_leaf ? 32 : 0),
		.first = it->first,
		.last = it->last,
		.count = it->count,
		.witness = buf_bytes(&it->witness),
		.client = &it->client,
	};

	if (it->kind == KIND_PRESENTED)
		store_put_presented(in->store, &row);
	else
		store_put_shown(in->store, &row);
}

static void write_item(struct item *it)
{
	static void (*const writers[])(struct inventory *, struct item *) = {
		[KIND_CERT] = write_cert,
		[KIND_NAME] = write_name,
		[KIND_SHOWN] = write_shown,
		[KIND_PRESENTED] = write_shown,
	};

	if (!it->dirty)
		return;
	writers[it->kind](it->in, it);
	it->count = 0;
	it->dirty = false;
	LIST_REMOVE(it, link);
}

static size_t size_of(const struct item *it)
{
	return sizeof *it + strlen(it->name) + 1 + it->witness.size;
}

static void drop(void *value)
{
	struct item *it = *(struct item **)value;

	if (!it)
		return;
	write_item(it);
	it->in->memory -= size_of(it);
	buf_fini(&it->witness);
	free(it);
}

struct inventory *inventory_new(struct store *s, uint32_t max)
{
	struct inventory *in = calloc(1, sizeof *in);
	bool ok = in;

	if (!in)
		return NULL;
	in->store = s;
	LIST_INIT(&in->dirty);
	buf_init(&in->text, 1u << 20);
	for (int i = 0; i < KIND_NUM; i++) {
		in->kinds[i] = lru_new(max, sizeof(struct item *), drop);
		ok &= in->kinds[i] != NULL;
	}
	if (ok)
		return in;
	inventory_free(in);
	return NULL;
}

void inventory_free(struct inventory *in)
{
	if (!in)
		return;
	for (int i = 0; i < KIND_NUM; i++)
		lru_free(in->kinds[i]);
	buf_fini(&in->text);
	free(in);
}

/* The item of this key, dirty now and seen at this time. */
static struct item *touch(struct inventory *in, enum kind kind,
			  struct bytes key, const char *name, struct stamp t)
{
	bool fresh;
	struct item **slot = lru_put(in->kinds[kind], key, &fresh), *it;
	size_t len = strlen(name) + 1;

	if (!slot)
		return NULL;
	if (!*slot) {
		*slot = calloc(1, sizeof **slot + len);
		if (!*slot)
			return NULL;
		(*slot)->in = in;
		(*slot)->kind = kind;
		memcpy((*slot)->name, name, len);
		buf_init(&(*slot)->witness, WITNESS_BYTES);
		in->memory += size_of(*slot);
	}
	it = *slot;
	if (!it->dirty) {
		it->dirty = true;
		it->first = it->last = t;
		LIST_INSERT_HEAD(&in->dirty, it, link);
	}
	if (stamp_before(t, it->first))
		it->first = t;
	if (stamp_before(it->last, t))
		it->last = t;
	it->count++;
	return it;
}

static void take_name(struct inventory *in, const struct judgement *j,
		      const char *name)
{
	struct item *it = touch(in, KIND_NAME, bytes_str(name), name,
				j->obs->time);

	if (!it)
		return;
	it->own |= j->ev.own_name;
	if (j->obs->sight.visibility == TLS_HIDDEN)
		it->hidden++;
	else if (j->obs->sight.visibility == TLS_ABSENT)
		it->absent++;
	else
		it->judged++;
}

static void take_cert(struct inventory *in, const struct judgement *j,
		      struct cert *c)
{
	struct item *it = touch(in, KIND_CERT, bytes_of(c->sha256, 32), "",
				j->obs->time);

	if (it && !it->cert)
		it->cert = cert_ref(c);
}

/* What is told of the certificate later. */
static void note_witness(struct item *it, const struct witness *w)
{
	struct inventory *in = it->in;

	it->has_leaf = true;
	memcpy(it->sha256, w->leaf->sha256, 32);
	in->memory -= size_of(it);
	buf_reset(&it->witness);
	witness_write(w, &it->witness);
	in->memory += size_of(it);
}

/* The client showed one as well: who, to which endpoint, for which name. */
static void take_presented(struct inventory *in, const struct judgement *j,
			   const char *name)
{
	const struct endpoint *e = observation_server(j->obs);
	const struct addr *client = &observation_client(j->obs)->addr;
	uint8_t key[INVENTORY_NAME + 80];
	size_t len = strlen(name);
	struct witness w;
	struct item *it;

	if (!witness_of_client(j, &w))
		return;
	take_cert(in, j, w.leaf);
	memcpy(key, w.leaf->sha256, 32);
	memcpy(key + 32, client->b, 16);
	memcpy(key + 48, e->addr.b, 16);
	key[64] = (uint8_t)(e->port >> 8);
	key[65] = (uint8_t)e->port;
	memcpy(key + 66, name, len);
	it = touch(in, KIND_PRESENTED, bytes_of(key, 66 + len), name,
		   j->obs->time);
	if (it) {
		it->where = *e;
		it->client = *client;
		note_witness(it, &w);
	}
	witness_fini(&w);
}

static void take_shown(struct inventory *in, const struct judgement *j,
		       const char *name, const struct cert *leaf)
{
	const struct endpoint *e = observation_server(j->obs);
	uint8_t key[INVENTORY_NAME + 64];
	size_t len = strlen(name), n = 0;
	struct witness w;
	struct item *it;

	memcpy(key, e->addr.b, 16);
	key[16] = (uint8_t)(e->port >> 8);
	key[17] = (uint8_t)e->port;
	if (leaf)
		memcpy(key + 18, leaf->sha256, 32);
	n = leaf ? 50 : 18;
	memcpy(key + n, name, len);
	it = touch(in, KIND_SHOWN, bytes_of(key, n + len), name, j->obs->time);
	if (!it)
		return;
	it->where = *e;
	it->has_leaf = leaf != NULL;
	if (!leaf)
		return;
	witness_of(j, &w);
	note_witness(it, &w);
	witness_fini(&w);
}

void inventory_take(struct inventory *in, const struct judgement *j)
{
	struct cert *leaf = observation_leaf(j->obs, TLS_SERVER);
	char name[INVENTORY_NAME];

	inventory_name(j->ev.name.source ? j->ev.name.reference
					 : bytes_of(NULL, 0), name);
	if (leaf && leaf->error)
		leaf = NULL; /* nothing is known of it but its bytes */
	if (*name)
		take_name(in, j, name);
	if (leaf)
		take_cert(in, j, leaf);
	/* a resumed session shows nothing, its certificate is no news */
	if (!j->ev.carried)
		take_shown(in, j, name, leaf);
	take_presented(in, j, name);
}

void inventory_write(struct inventory *in)
{
	struct item *it, *next;

	for (it = LIST_FIRST(&in->dirty); it; it = next) {
		next = LIST_NEXT(it, link);
		write_item(it);
	}
}

size_t inventory_memory(const struct inventory *in)
{
	size_t all = in->memory;

	for (int i = 0; i < KIND_NUM; i++)
		all += lru_memory(in->kinds[i]);
	return all;
}
