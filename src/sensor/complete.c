/* complete.c: see complete.h. */
#include "sensor/complete.h"

#include "judge/gateways.h"

#define PORT_MDNS  5353
#define PORT_LLMNR 5355

/* RFC 6762, RFC 4795: nobody vouches for what is said there. */
static bool is_multicast(const struct observation *o)
{
	return o->source.port == PORT_MDNS ||
	       o->destination.port == PORT_MDNS ||
	       o->source.port == PORT_LLMNR ||
	       o->destination.port == PORT_LLMNR;
}

void complete_learn(struct know_dns *k, const struct observation *o)
{
	/* an answer goes to who asked */
	const struct endpoint *client = o->dns->dir == 0 ? &o->destination
							 : &o->source;

	know_dns_take(k, o->dns, is_multicast(o) ? NULL : &client->addr);
}

/* Who called, and where to: behind a PROXY protocol the true ends. */
struct call {
	struct addr client, address;
};

static struct call call_of(const struct observation *o)
{
	const struct prelude *p = &o->hs->prelude;
	struct call c = { .client = observation_client(o)->addr,
			  .address = observation_server(o)->addr };
	struct addr target;

	if (p->has_proxy) {
		c.client = p->proxy_source.addr;
		c.address = p->proxy_destination.addr;
	}
	/* CONNECT or SOCKS to an address: the client knew it from DNS */
	if (p->connect.len && addr_parse((const char *)p->connect.p,
					 p->connect.len, &target))
		c.address = target;
	return c;
}

/*
 * Only where nothing was stated: neither a name nor, by listing it, the address
 * itself speaks for the certificate.
 */
static void find_name(struct know_dns *k, struct judgement *v,
		      const struct call *c)
{
	struct bytes name;

	if (v->ev.name.source || v->ev.name.address_listed ||
	    !judgement_hello_whole(v->obs->hs))
		return;
	name = know_dns_name(k, &c->client, &c->address, v->obs->time);
	if (name.len)
		name = arena_copy(&v->arena, name);
	if (name.len)
		judgement_set_name(v, name, NAME_DNS);
}

static void find_chain(struct know_dns *k, struct judgement *v,
		       const struct call *c)
{
	struct evidence *ev = &v->ev;
	struct know_dns_chain chain;

	know_dns_chain(k, &c->client, ev->name.reference, &c->address,
		       v->obs->time, &v->arena, &chain);
	if (!chain.num)
		return;
	memcpy(ev->dns_chain, chain.name, chain.num * sizeof *chain.name);
	ev->num_dns_chain = chain.num;
	ev->dns_own = chain.own;
}

/* A certificate for the name behind its alias: the alias is no mistake. */
static void note_served(struct know_dns *k, struct evidence *ev)
{
	const struct name_evidence *n = &ev->name;
	const char *target;

	if (ev->num_dns_chain < 2)
		return;
	target = ev->dns_chain[ev->num_dns_chain - 1];
	if (n->unjudged == NAME_JUDGED && n->match.state == MATCH_TRUE)
		know_dns_served(k, n->reference, target);
	ev->dns_served = know_dns_is_served(k, n->reference, target);
}

void complete_dns(struct know_dns *k, struct judgement *v)
{
	struct call c = call_of(v->obs);

	find_name(k, v, &c);
	if (v->ev.name.reference.len)
		find_chain(k, v, &c);
	note_served(k, &v->ev);
	gateway_complete(&v->ev);
}
