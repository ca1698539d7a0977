/* handshake.c: see handshake.h: making, and what can be seen of it. */
#include "tls/handshake.h"

#include "base/mem.h"

#include <stdlib.h>

/* The encrypted records of a side: behind the handshake, one block. */
struct sealed {
	uint32_t order[LIMIT_TLS_SEALED];
	uint16_t len[LIMIT_TLS_SEALED];
	uint8_t type[LIMIT_TLS_SEALED];
};

static void side_init(struct tls_side_facts *f, struct sealed *s)
{
	f->sealed = s->len;
	f->sealed_order = s->order;
	f->sealed_type = s->type;
}

/* With records of their own: QUIC has none. */
static size_t num_sides(enum tls_carrier carrier)
{
	return carrier == TLS_OVER_QUIC ? 0 : 2;
}

static size_t size_of(enum tls_carrier carrier)
{
	return sizeof(struct tls_handshake) +
	       num_sides(carrier) * sizeof(struct sealed);
}

struct tls_handshake *tls_handshake_new(enum tls_carrier carrier,
					struct stamp begin)
{
	size_t records = num_sides(carrier);
	struct tls_handshake *hs = mem_zeroed(size_of(carrier));

	if (!hs)
		return NULL;
	for (size_t i = 0; i < records; i++)
		side_init(&hs->side[i], (struct sealed *)(hs + 1) + i);
	arena_init(&hs->arena, LIMIT_TLS_HANDSHAKE);
	hs->carrier = carrier;
	hs->begin = hs->last = begin;
	return hs;
}

void tls_handshake_free(struct tls_handshake *hs)
{
	if (!hs)
		return;
	arena_fini(&hs->arena);
	free(hs->anomalies);
	mem_give(hs, size_of(hs->carrier));
}

size_t tls_handshake_memory(const struct tls_handshake *hs)
{
	if (!hs)
		return 0;
	return sizeof *hs + hs->arena.used +
	       (hs->side[0].sealed ? 2 * sizeof(struct sealed) : 0);
}

void tls_anomaly_add(struct tls_handshake *hs, enum tls_side side,
		     const char *code, uint64_t offset)
{
	for (size_t i = 0; i < hs->num_anomalies; i++)
		if (hs->anomalies[i].code == code &&
		    hs->anomalies[i].side == side)
			return; /* told once a side */
	/* not of the arena: that it is full is one of them */
	if (!hs->anomalies)
		hs->anomalies = calloc(LIMIT_TLS_ANOMALIES,
				       sizeof *hs->anomalies);
	if (!hs->anomalies || hs->num_anomalies == LIMIT_TLS_ANOMALIES) {
		hs->anomalies_left_out++;
		return;
	}
	hs->anomalies[hs->num_anomalies++] = (struct tls_anomaly){
		.code = code,
		.side = side,
		.offset = offset,
	};
}

bool tls_handshake_says(const struct tls_handshake *hs)
{
	return hs->client.count || hs->server.seen || hs->server.retry ||
	       hs->chain[TLS_SERVER].state != TLS_CHAIN_NONE ||
	       hs->chain[TLS_CLIENT].state != TLS_CHAIN_NONE;
}

const struct tls_client_hello *tls_hello(const struct tls_handshake *hs)
{
	return hs->ech == TLS_ECH_ACCEPTED && hs->inner ? hs->inner
							: &hs->client;
}

uint16_t tls_negotiated(const struct tls_handshake *hs)
{
	return hs->server.seen ? hs->server.version : 0;
}

static bool chain_readable(const struct tls_chain *c)
{
	return c->state == TLS_CHAIN_WHOLE || c->state == TLS_CHAIN_PARTIAL;
}

/* TLS <= 1.2: is it certain that no Certificate came, and why (or not)? */
static enum tls_absent absent_12(const struct tls_handshake *hs)
{
	const struct tls_side_facts *server = &hs->side[TLS_SERVER];
	enum tls_auth auth;

	if (!hs->server.seen)
		return TLS_ABSENT_NOT;
	auth = tls_suite_auth(hs->server.suite);
	if (auth == TLS_AUTH_ANONYMOUS)
		return TLS_ABSENT_ANONYMOUS;
	if (auth == TLS_AUTH_PSK)
		return TLS_ABSENT_PSK;
	if (auth == TLS_AUTH_OTHER)
		return TLS_ABSENT_NOT_X509;
	/* RFC 5246 7.3: an abbreviated handshake has no ServerHelloDone */
	if (server->ccs && !server->gap && !server->truncated &&
	    !server->hello_done && !server->key_exchange)
		return TLS_ABSENT_RESUMED;
	return TLS_ABSENT_NOT;
}

static enum tls_absent absent_because(const struct tls_handshake *hs)
{
	const struct tls_chain *chain = &hs->chain[TLS_SERVER];

	if (chain->state == TLS_CHAIN_NOT_X509)
		return TLS_ABSENT_NOT_X509;
	if (chain->state == TLS_CHAIN_EMPTY)
		return TLS_ABSENT_ANONYMOUS;
	if (hs->server.seen && tls_version_is_13(hs->server.version))
		return hs->server.psk ? TLS_ABSENT_RESUMED : TLS_ABSENT_NOT;
	if (absent_12(hs) != TLS_ABSENT_NOT)
		return absent_12(hs);
	if (hs->alert.seen && hs->alert.from == TLS_SERVER &&
	    !hs->alert.encrypted && !hs->side[TLS_SERVER].hello_done)
		return TLS_ABSENT_REFUSED;
	return TLS_ABSENT_NOT;
}

/* The first that holds, in CONTRACT.md's order. */
static enum tls_hidden hidden_because(const struct tls_handshake *hs)
{
	const struct tls_side_facts *server = &hs->side[TLS_SERVER];
	bool is_13 = hs->server.seen && tls_version_is_13(hs->server.version);
	bool sealed = is_13 || hs->carrier == TLS_OVER_QUIC;

	if (sealed && hs->unsupported)
		return TLS_HIDDEN_UNSUPPORTED;
	if (sealed && hs->keys_given && !hs->keys_known)
		return TLS_HIDDEN_NO_SECRET;
	if (sealed && hs->keys_failed)
		return TLS_HIDDEN_UNSUPPORTED;
	if (sealed && hs->ech == TLS_ECH_ACCEPTED && !hs->keys_known)
		return TLS_HIDDEN_ECH;
	if (hs->carrier == TLS_OVER_QUIC)
		return TLS_HIDDEN_QUIC;
	if (is_13 && !hs->keys_known)
		return TLS_HIDDEN_TLS13;
	if (server->gap)
		return TLS_HIDDEN_GAP;
	if (server->truncated || (hs->client.cut && !server->seen))
		return TLS_HIDDEN_TRUNCATED;
	if (!server->seen)
		return TLS_HIDDEN_ONE_SIDED;
	if (server->midstream)
		return TLS_HIDDEN_GAP;
	return TLS_HIDDEN_ENDED_EARLY;
}

static bool is_established(const struct tls_handshake *hs)
{
	const struct tls_side_facts *c = &hs->side[TLS_CLIENT];
	const struct tls_side_facts *s = &hs->side[TLS_SERVER];
	struct tls_reaction r;

	if (hs->server.seen && !tls_version_is_13(hs->server.version))
		return c->finished && s->finished;
	if (c->finished_at && s->finished_at)
		return true; /* both were read with keys */
	tls_handshake_reaction(hs, &r);
	return r.verdict == TLS_ACCEPTED ||
	       r.evidence == TLS_CLOSED_WITHOUT_DATA;
}

void tls_handshake_sight(const struct tls_handshake *hs, struct tls_sight *out)
{
	const struct tls_chain *chain = &hs->chain[TLS_SERVER];

	*out = (struct tls_sight){ .visibility = TLS_HIDDEN };
	out->established = is_established(hs);
	if (chain_readable(chain)) {
		out->visibility =
			chain->decrypted ? TLS_DECRYPTED : TLS_CLEARTEXT;
		return;
	}
	out->absent = absent_because(hs);
	if (out->absent != TLS_ABSENT_NOT) {
		out->visibility = TLS_ABSENT;
		out->resumed = out->absent == TLS_ABSENT_RESUMED;
		return;
	}
	out->hidden = hidden_because(hs);
}
