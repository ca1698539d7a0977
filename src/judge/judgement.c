/* judgement.c: see judgement.h. */
#include "judge/judgement.h"

#include "know/packets.h"

#include "crypt/digest.h"
#include "judge/client_errors.h"
#include "judge/explain.h"
#include "judge/tor.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/reader.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define CLOCK_FIRST 946684800LL /* 2000-01-01: captures with no clock begin 0 */

static void hex_id(char out[static 33], const struct buf *b)
{
	uint8_t sha[32];

	digest_sha256(buf_bytes(b), sha);
	bytes_hex(out, sha, 16);
}

static void key_endpoint(struct buf *b, const struct endpoint *e)
{
	buf_add(b, e->addr.b, 16);
	buf_add(b, &e->port, sizeof e->port);
}

/* From the handshake itself, so that a second copy has the same id. */
static void make_handshake_id(struct judgement *j)
{
	const struct tls_handshake *hs = j->obs->hs;
	struct buf b;

	buf_init(&b, 4096);
	buf_add(&b, hs->client.random, 32);
	buf_add(&b, hs->server.random, 32);
	buf_add(&b, &hs->index, sizeof hs->index);
	if (!hs->server.seen || !hs->client.count) {
		/* half of it: the connection has to tell it from others */
		key_endpoint(&b, &j->obs->source);
		key_endpoint(&b, &j->obs->destination);
		if (j->ev.leaf)
			buf_add(&b, j->ev.leaf->sha256, 32);
	}
	hex_id(j->handshake_id, &b);
	buf_fini(&b);
}

static bool offers_acme(const struct tls_handshake *hs)
{
	struct reader r = rd_whole(tls_hello(hs)->alpn);

	while (rd_more(&r)) {
		struct reader name = rd_vec8(&r);

		if (bytes_is(rd_left(&name), "acme-tls/1"))
			return true; /* RFC 8737 */
	}
	return false;
}

static struct bytes without_dot(struct bytes name)
{
	if (name.len > 1 && name.p[name.len - 1] == '.')
		name.len--;
	return name;
}

void judgement_set_name(struct judgement *j, struct bytes name,
			enum name_source source)
{
	struct name_evidence *n = &j->ev.name;
	const struct tls_handshake *hs = j->obs->hs;

	n->reference = without_dot(name);
	n->source = source;
	n->unjudged = NAME_JUDGED;
	if (!j->ev.leaf || j->ev.leaf->error) {
		n->unjudged = NAME_HIDDEN;
		return;
	}
	if (j->ev.not_meant) {
		n->unjudged = NAME_NOT_MEANT;
		return;
	}
	match_name(j->ev.leaf, n->reference, &n->match);
	if (n->match.state == MATCH_NOT_DNS_IDENTITY)
		n->unjudged = NAME_NOT_DNS_IDENTITY;
	else if (n->match.state == MATCH_NO_REFERENCE)
		n->unjudged = NAME_NO_NAME;
	else if (n->match.state == MATCH_FALSE && hs->ech == TLS_ECH_OFFERED &&
		 source == NAME_SNI)
		n->unjudged = NAME_ECH; /* the outer name proves nothing */
}

bool judgement_hello_whole(const struct tls_handshake *hs)
{
	return hs->client.count && !hs->client.cut;
}

/* CONTRACT.md: sni, connect, proxy; the server's address is a reference only
 * where the client stated it. */
static void find_name(struct judgement *j)
{
	const struct tls_handshake *hs = j->obs->hs;
	struct name_evidence *n = &j->ev.name;

	if (tls_hello(hs)->has_sni && tls_hello(hs)->sni.len) {
		judgement_set_name(j, tls_hello(hs)->sni, NAME_SNI);
	} else if (!judgement_hello_whole(hs)) {
		/* a lost hello may have had a name: no other one speaks for it */
		n->unjudged = j->ev.leaf && !j->ev.leaf->error ? NAME_NO_NAME
							       : NAME_HIDDEN;
	} else if (hs->prelude.connect.len) {
		judgement_set_name(j, hs->prelude.connect, NAME_CONNECT);
	} else if (hs->prelude.proxy_authority.len) {
		judgement_set_name(j, hs->prelude.proxy_authority, NAME_PROXY);
	} else {
		n->unjudged = j->ev.leaf && !j->ev.leaf->error ? NAME_NO_NAME
							       : NAME_HIDDEN;
	}
}

/* Without a name: the bare address may say true, never false. */
static void check_address(struct judgement *j)
{
	char text[ADDR_TEXT];
	struct match m;

	if (j->ev.name.unjudged != NAME_NO_NAME || j->ev.name.source)
		return;
	addr_format(&observation_server(j->obs)->addr, text);
	match_name(j->ev.leaf, bytes_str(text), &m);
	j->ev.name.address_listed = m.state == MATCH_TRUE;
	if (j->ev.name.address_listed)
		j->ev.name.match = m;
}

bool judgement_clock_known(struct stamp at)
{
	return stamp_to_sec(at) >= CLOCK_FIRST;
}

struct judgement *judgement_new(struct observation *obs,
				const struct policy *policy)
{
	struct judgement *j = mem_take(sizeof *j);
	const struct tls_handshake *hs = obs->hs;
	struct evidence *ev;

	if (!j)
		return NULL;
	memset(j, 0, offsetof(struct judgement, findings));
	arena_init(&j->arena, 1u << 20);
	j->refs = 1;
	j->obs = observation_ref(obs);
	ev = &j->ev;
	ev->obs = obs;
	ev->policy = policy;
	ev->leaf = observation_leaf(obs, TLS_SERVER);
	ev->client_leaf = observation_leaf(obs, TLS_CLIENT);
	ev->at = ev->leaf ? hs->chain[TLS_SERVER].time : hs->last;
	if (policy->now_fixed)
		ev->at = policy->now;
	ev->clock_known = judgement_clock_known(ev->at);
	ev->opportunistic = hs->prelude.opportunistic;
	ev->not_meant = tls_hello(hs)->srtp || offers_acme(hs) ||
			tor_is_link(hs, ev->leaf);
	find_name(j);
	check_address(j);
	make_handshake_id(j);
	return j;
}

void judgement_carry(struct judgement *j, struct cert *leaf,
		     const char *handshake_id)
{
	struct evidence *ev = &j->ev;

	j->carried = cert_ref(leaf);
	ev->leaf = leaf;
	ev->carried = true;
	snprintf(ev->carried_from, sizeof ev->carried_from, "%s",
		 handshake_id);
	find_name(j);
	check_address(j);
}

void judgement_unseen(struct judgement *j, const struct unseen_news *news)
{
	j->ev.unseen = *news;
	if (news->elsewhere)
		j->elsewhere = cert_ref(news->elsewhere);
}

struct judgement *judgement_ref(struct judgement *j)
{
	j->refs++;
	return j;
}

void judgement_unref(struct judgement *j)
{
	if (!j || --j->refs)
		return;
	cert_unref(j->carried);
	cert_unref(j->elsewhere);
	observation_unref(j->obs);
	arena_fini(&j->arena);
	mem_give(j, sizeof *j);
}

size_t judgement_memory(const struct judgement *j)
{
	const struct observation *o = j->obs;
	size_t n = sizeof *j + j->arena.used + sizeof *o;

	n += tls_handshake_memory(o->hs);
	if (o->packets)
		n += o->packets->size;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < o->num_chain[side]; i++)
			n += o->chain[side][i]->memory;
	return n;
}

static void key_name(struct buf *b, struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		buf_add_char(b, (char)tolower(name.p[i]));
	buf_add_char(b, '\0');
}

static void key_leaf(struct buf *b, const struct cert *c)
{
	if (c)
		buf_add(b, c->sha256, 32);
}

static bool is_name_or_client(const char *code)
{
	return !strncmp(code, "name.", 5) || !strncmp(code, "client.", 7);
}

/* A portal answers for a thousand names: one finding. A gateway's default
 * certificate is a mistake of each name. */
static bool is_of_every_name(const char *code)
{
	return !strcmp(code, "name.mismatch") ||
	       !strcmp(code, "client.accepts_invalid");
}

void judgement_id(const struct judgement *j, const char *code,
		  enum check_key key, char out[static 33])
{
	const struct evidence *ev = &j->ev;
	struct buf b;

	/* scanners ask for a thousand names: one finding an endpoint */
	if (ev->stranger && is_name_or_client(code))
		key = KEY_ENDPOINT;
	else if (ev->catch_all && is_of_every_name(code))
		key = KEY_LEAF;

	buf_init(&b, 1u << 17);
	buf_add_str(&b, code);
	buf_add_char(&b, '\0');
	switch (key) {
	case KEY_LEAF:
		key_leaf(&b, ev->leaf);
		break;
	case KEY_CLIENT_LEAF:
		key_leaf(&b, ev->client_leaf);
		if (!ev->client_leaf) /* none, or not to be seen */
			key_endpoint(&b, observation_server(ev->obs));
		break;
	case KEY_NAME_LEAF:
		key_name(&b, ev->name.reference);
		key_leaf(&b, ev->leaf);
		break;
	case KEY_NAME_ENDPOINT:
		key_name(&b, ev->name.reference);
		key_endpoint(&b, observation_server(ev->obs));
		break;
	case KEY_ENDPOINT:
		key_endpoint(&b, observation_server(ev->obs));
		break;
	case KEY_ISSUER:
		buf_add_str(&b, ev->chain.top_issuer ? ev->chain.top_issuer
						     : "");
		break;
	case KEY_NAME_TARGET:
		key_name(&b, ev->name.reference);
		for (size_t i = 0; i < ev->num_dns_chain; i++)
			buf_add_str(&b, ev->dns_chain[i]);
		break;
	}
	hex_id(out, &b);
	buf_fini(&b);
}

static bool is_silenced(const struct judgement *j, const struct finding *f)
{
	for (size_t i = 0; i < j->num_findings; i++) {
		const char *const *s = j->findings[i].check->silences;

		for (int k = 0; k < MAX_SILENCES && s[k]; k++)
			if (!strcmp(s[k], f->check->code))
				return true;
	}
	return false;
}

/* Is a client's rejection explained by a finding about the certificate? Not by
 * one that the configuration switched off. */
static bool is_explained(const struct judgement *j, const struct finding *f,
			 const bool *off)
{
	if (!f->check->explainable)
		return false;
	for (size_t i = 0; i < j->num_findings; i++)
		if (!off[i] && explain_refusal(&j->findings[i], j->obs))
			return true;
	return false;
}

/* Scanners and opportunistic TLS: at most low (CONTRACT.md). */
static void soften(const struct judgement *j, struct finding *f)
{
	bool low = j->ev.opportunistic ||
		   (j->ev.stranger && is_name_or_client(f->check->code));

	if (low && f->severity > SEVERITY_LOW)
		f->severity = SEVERITY_LOW;
}

/* What is switched off is not told, but still silences what is more general;
 * the rest weighs what the configuration says. */
static void settle(struct judgement *j, bool off[static MAX_FINDINGS])
{
	for (size_t i = 0; i < j->num_findings; i++) {
		struct finding *f = &j->findings[i];

		off[i] = !policy_settle(&j->ev, f->check->code, &f->severity,
					&f->settled);
	}
}

void judgement_run(struct judgement *j)
{
	struct finding kept[MAX_FINDINGS];
	bool off[MAX_FINDINGS];
	size_t num_kept = 0;

	for (size_t i = 0; i < num_checks && j->num_findings < MAX_FINDINGS;
	     i++) {
		struct finding *f = &j->findings[j->num_findings];

		if (j->ev.again && !checks[i]->ages)
			continue;
		*f = (struct finding){ .check = checks[i],
				       .explains = checks[i]->explains };
		if (checks[i]->run(&j->ev, NULL, f))
			j->num_findings++;
	}
	settle(j, off);
	for (size_t i = 0; i < j->num_findings; i++) {
		struct finding *f = &kept[num_kept];

		if (is_silenced(j, &j->findings[i]) ||
		    is_explained(j, &j->findings[i], off))
			continue;
		if (off[i]) {
			j->excepted[j->num_excepted++] = j->findings[i].check;
			continue;
		}
		*f = j->findings[i];
		soften(j, f);
		judgement_id(j, f->check->code, f->check->key, f->id);
		num_kept++;
	}
	memcpy(j->findings, kept, num_kept * sizeof *kept);
	j->num_findings = num_kept;
}

void judgement_word(struct judgement *j)
{
	if (j->worded)
		return;
	j->worded = true;
	for (size_t i = 0; i < j->num_findings; i++) {
		struct finding *f = &j->findings[i];
		struct finding words = { .check = f->check };

		/* thresholds may have been reloaded since it was found */
		(void)f->check->run(&j->ev, &j->arena, &words);
		f->message = words.message ? words.message : f->check->title;
		f->reason = words.reason;
		f->hint = words.hint;
		client_errors_add(&j->ev, &j->arena, f);
	}
}
