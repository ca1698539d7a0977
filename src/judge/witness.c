/* witness.c: see witness.h. */
#include "judge/witness.h"

#include "base/reader.h"
#include "judge/clientcert.h"
#include "judge/gateways.h"

#include <ctype.h>
#include <stdlib.h>

/* The first byte: what else it says is the same, but that those before did not
 * know when the chain ends. */
enum format {
	FORMAT_BEFORE = 1,
	FORMAT_CLIENT_BEFORE,
	FORMAT_SERVER,
	FORMAT_CLIENT,
	FORMAT_END,
};

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static void unhex(uint8_t out[static 16], const char *hex)
{
	for (size_t i = 0; i < 16; i++)
		out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 |
				   hex_digit(hex[2 * i + 1]));
}

static void note_name(struct witness *w, const struct name_evidence *n)
{
	struct bytes name = bytes_head(n->reference, WITNESS_NAME);

	w->name_source = (uint8_t)n->source;
	w->unjudged = (uint8_t)n->unjudged;
	w->name_len = (uint8_t)name.len;
	if (name.len)
		memcpy(w->name, name.p, name.len);
}

static void note_target(struct witness *w, const struct evidence *ev)
{
	struct bytes name;

	if (ev->num_dns_chain < 2)
		return;
	name = bytes_head(bytes_str(ev->dns_chain[ev->num_dns_chain - 1]),
			  WITNESS_NAME);
	w->target_len = (uint8_t)name.len;
	memcpy(w->target, name.p, name.len);
}

void witness_of(const struct judgement *j, struct witness *out)
{
	const struct observation *o = j->obs;
	const struct evidence *ev = &j->ev;
	/* the reference is const for judges; counting it is not judging */
	struct cert *leaf = j->carried ? j->carried
				       : observation_leaf(o, TLS_SERVER);

	*out = (struct witness){
		.leaf = leaf ? cert_ref(leaf) : NULL,
		.source = o->source,
		.destination = o->destination,
		.time = o->time,
		.shown = ev->at,
		.transport = o->transport,
		.carrier = (uint8_t)o->hs->carrier,
		.client_dir = o->hs->client_dir,
		.version = o->hs->server.version,
		.suite = o->hs->server.suite,
		.visibility = (uint8_t)o->sight.visibility,
		.absent = (uint8_t)o->sight.absent,
		.hidden = (uint8_t)o->sight.hidden,
		.verdict = (uint8_t)o->reaction.verdict,
		.evidence = (uint8_t)o->reaction.evidence,
		.resumed = o->sight.resumed,
		.established = o->sight.established,
		.inferred = o->reaction.inferred,
		.opportunistic = ev->opportunistic,
		.not_meant = ev->not_meant,
		.carried = ev->carried,
		.trusted = ev->chain.state == CHAIN_TRUSTED,
		.muted = ev->gateway_off,
	};
	if (out->trusted && ev->chain.until_last)
		out->chain_until = ev->chain.until;
	note_name(out, &ev->name);
	note_target(out, ev);
	unhex(out->handshake_id, j->handshake_id);
}

bool witness_of_client(const struct judgement *j, struct witness *out)
{
	const struct cert *leaf = clientcert_judged(&j->ev);

	if (!leaf)
		return false;
	witness_of(j, out);
	cert_unref(out->leaf);
	out->leaf = cert_ref(observation_leaf(j->obs, TLS_CLIENT));
	out->client = true;
	out->carried = out->trusted = false; /* that is of the server's */
	out->chain_until = 0;
	return true;
}

void witness_of_key(const struct judgement *j, enum check_key key,
		    struct witness *out)
{
	if (key != KEY_CLIENT_LEAF || !witness_of_client(j, out))
		witness_of(j, out);
}

void witness_fini(struct witness *w)
{
	cert_unref(w->leaf);
	w->leaf = NULL;
}

static void put_number(struct buf *b, uint64_t v, int bytes)
{
	while (bytes-- > 0)
		buf_add_char(b, (char)(uint8_t)(v >> 8 * bytes));
}

static void put_endpoint(struct buf *b, const struct endpoint *e)
{
	buf_add_char(b, (char)e->addr.family);
	buf_add(b, e->addr.b, 16);
	put_number(b, e->port, 2);
}

void witness_write(const struct witness *w, struct buf *out)
{
	const bool flags[] = { w->resumed,	 w->established, w->inferred,
			       w->opportunistic, w->not_meant,	 w->carried,
			       w->trusted,	 w->muted };
	const uint8_t small[] = { w->transport,	  w->carrier, w->client_dir,
				  w->visibility,  w->absent,  w->hidden,
				  w->verdict,	  w->evidence,
				  w->name_source, w->unjudged };
	unsigned bits = 0;

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		bits |= (unsigned)flags[i] << i;
	put_number(out, w->client ? FORMAT_CLIENT : FORMAT_SERVER, 1);
	put_endpoint(out, &w->source);
	put_endpoint(out, &w->destination);
	put_number(out, (uint64_t)w->time.ns, 8);
	put_number(out, (uint64_t)w->shown.ns, 8);
	buf_add(out, small, sizeof small);
	put_number(out, bits, 1);
	put_number(out, w->version, 2);
	put_number(out, w->suite, 2);
	buf_add(out, w->handshake_id, 16);
	put_number(out, w->name_len, 1);
	buf_add(out, w->name, w->name_len);
	put_number(out, w->target_len, 1);
	buf_add(out, w->target, w->target_len);
	put_number(out, (uint64_t)w->chain_until, 8);
}

static struct endpoint read_endpoint(struct reader *r)
{
	struct endpoint e = { .addr = { .family = rd_u8(r) } };
	struct bytes b = rd_bytes(r, 16);

	if (b.len)
		memcpy(e.addr.b, b.p, 16);
	e.port = rd_u16(r);
	if (e.addr.family != 4 && e.addr.family != 6)
		rd_reject(r);
	return e;
}

/* A word's number, below its limit. */
static uint8_t read_word(struct reader *r, unsigned limit)
{
	uint8_t v = rd_u8(r);

	if (v >= limit)
		rd_reject(r);
	return v;
}

static void read_words(struct reader *r, struct witness *w)
{
	w->transport = rd_u8(r);
	w->carrier = read_word(r, TLS_OVER_QUIC + 1);
	w->client_dir = read_word(r, 2);
	w->visibility = read_word(r, TLS_HIDDEN + 1);
	w->absent = read_word(r, TLS_ABSENT_REFUSED + 1);
	w->hidden = read_word(r, TLS_HIDDEN_NUM);
	w->verdict = read_word(r, TLS_SERVER_REFUSED + 1);
	w->evidence = read_word(r, TLS_EVIDENCE_NUM);
	w->name_source = read_word(r, NAME_DNS + 1);
	w->unjudged = read_word(r, NAME_NOT_MEANT + 1);
}

static void read_flags(struct reader *r, struct witness *w)
{
	bool *const flags[] = { &w->resumed,	   &w->established,
				&w->inferred,	   &w->opportunistic,
				&w->not_meant,	   &w->carried,
				&w->trusted,	   &w->muted };
	uint8_t bits = rd_u8(r);

	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		*flags[i] = bits >> i & 1;
}

static void read_name(struct reader *r, uint8_t name[static WITNESS_NAME],
		      uint8_t *len)
{
	struct reader sub = rd_vec8(r);
	struct bytes text = rd_rest(&sub);

	if (!rd_close(r, &sub) || !text.len)
		return;
	memcpy(name, text.p, text.len);
	*len = (uint8_t)text.len;
}

bool witness_read(struct bytes b, struct witness *out)
{
	struct reader r = rd_whole(b);
	struct witness w = { .leaf = NULL };
	struct bytes id;

	uint8_t format = rd_u8(&r);

	if (format < FORMAT_BEFORE || format >= FORMAT_END)
		return false;
	w.client = format == FORMAT_CLIENT || format == FORMAT_CLIENT_BEFORE;
	w.source = read_endpoint(&r);
	w.destination = read_endpoint(&r);
	w.time.ns = (int64_t)rd_u64(&r);
	w.shown.ns = (int64_t)rd_u64(&r);
	read_words(&r, &w);
	read_flags(&r, &w);
	w.version = rd_u16(&r);
	w.suite = rd_u16(&r);
	id = rd_bytes(&r, 16);
	read_name(&r, w.name, &w.name_len);
	read_name(&r, w.target, &w.target_len);
	if (format >= FORMAT_SERVER)
		w.chain_until = (int64_t)rd_u64(&r);
	if (!rd_end(&r))
		return false;
	memcpy(w.handshake_id, id.p, 16);
	*out = w;
	return true;
}

static struct observation *observe(const struct witness *w)
{
	struct observation *o = observation_new(
		OBSERVATION_HANDSHAKE,
		&(struct observation_room){ .certs = { 1, 1 } });
	struct tls_handshake *hs;

	if (!o)
		return NULL;
	hs = tls_handshake_new((enum tls_carrier)w->carrier, w->time);
	if (!hs) {
		observation_unref(o);
		return NULL;
	}
	o->hs = hs;
	o->time = w->time;
	o->source = w->source;
	o->destination = w->destination;
	o->transport = w->transport;
	o->sight.visibility = (enum tls_visibility)w->visibility;
	o->sight.absent = (enum tls_absent)w->absent;
	o->sight.hidden = (enum tls_hidden)w->hidden;
	o->sight.resumed = w->resumed;
	o->sight.established = w->established;
	o->reaction.verdict = (enum tls_verdict)w->verdict;
	o->reaction.evidence = (enum tls_evidence)w->evidence;
	o->reaction.inferred = w->inferred;
	hs->client_dir = w->client_dir;
	hs->last = w->shown;
	hs->chain[TLS_SERVER].time = w->shown;
	hs->client.count = 1;
	hs->server.seen = w->version != 0;
	hs->server.version = hs->server.legacy_version = w->version;
	hs->server.suite = w->suite;
	if (w->client && w->leaf) {
		o->chain[TLS_CLIENT][0] = cert_ref(w->leaf);
		o->num_chain[TLS_CLIENT] = 1;
		o->num_chain_sent[TLS_CLIENT] = 1;
	}
	if (w->name_source != NAME_SNI)
		return o;
	hs->client.has_sni = true;
	hs->client.sni = arena_copy(&hs->arena,
				    bytes_of(w->name, w->name_len));
	return o;
}

static void give_name(struct judgement *j, const struct witness *w)
{
	struct name_evidence *n = &j->ev.name;

	if (w->name_len && w->name_source)
		judgement_set_name(j,
				   arena_copy(&j->arena, bytes_of(w->name,
								  w->name_len)),
				   (enum name_source)w->name_source);
	n->unjudged = (enum name_unjudged)w->unjudged;
	if (!w->name_len || !w->target_len)
		return;
	j->ev.dns_chain[0] = arena_str(&j->arena, n->reference);
	j->ev.dns_chain[1] = arena_str(&j->arena,
				       bytes_of(w->target, w->target_len));
	j->ev.num_dns_chain = j->ev.dns_chain[0] && j->ev.dns_chain[1] ? 2 : 0;
	j->ev.dns_own = true;
}

struct judgement *witness_judgement(const struct witness *w,
				    const struct policy *policy)
{
	struct observation *o = observe(w);
	struct judgement *j = o ? judgement_new(o, policy) : NULL;

	observation_unref(o);
	if (!j)
		return NULL;
	if (w->leaf && !w->client)
		judgement_carry(j, w->leaf, "");
	bytes_hex(j->handshake_id, w->handshake_id, 16);
	j->ev.carried = w->carried;
	if (w->carried)
		memcpy(j->ev.carried_from, j->handshake_id,
		       sizeof j->handshake_id);
	j->ev.opportunistic = w->opportunistic;
	j->ev.not_meant = w->not_meant;
	j->ev.at = policy->now_fixed ? policy->now : w->shown;
	j->ev.clock_known = judgement_clock_known(j->ev.at);
	if (w->trusted)
		j->ev.chain.state = CHAIN_TRUSTED;
	give_name(j, w);
	gateway_complete(&j->ev);
	policy_complete(&j->ev, &j->arena);
	return j;
}

struct judgement *witness_again(const struct witness *w,
				const struct policy *policy, struct stamp then)
{
	struct witness past = *w;
	struct judgement *j;

	/* nobody has reacted to what only time brought */
	past.verdict = TLS_UNKNOWN;
	past.evidence = TLS_EVIDENCE_NONE;
	past.inferred = false;
	j = witness_judgement(&past, policy);
	if (!j)
		return NULL;
	j->ev.at = then;
	j->ev.clock_known = judgement_clock_known(then);
	j->ev.again = true;
	if (w->trusted && w->chain_until &&
	    stamp_to_sec(then) > w->chain_until) {
		j->ev.chain.state = CHAIN_EXPIRED;
		j->ev.chain.until = w->chain_until;
	}
	judgement_run(j);
	return j;
}
