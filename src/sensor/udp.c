/* udp.c: datagrams: offered to each protocol until one recognises the flow. */
#include "sensor/worker.h"

static const struct protocol *recognise(const struct packet *p, uint8_t dir)
{
	for (size_t i = 0; i < num_protocols; i++) {
		const struct protocol *row = protocols[i];

		if (row->transport == PACKET_UDP &&
		    row->recognise(p->payload, dir, p->src.port,
				   p->dst.port) == RECOGNISE_YES)
			return row;
	}
	return NULL;
}

/* A client may begin again from the same port. */
static bool begins_anew(struct bytes datagram)
{
	for (size_t i = 0; i < num_protocols; i++)
		if (protocols[i]->begins && protocols[i]->begins(datagram))
			return true;
	return false;
}

/* The looked-at flow; NULL while nobody knows what it carries. */
static struct conn *udp_conn(struct worker *w, struct flow *f,
			     const struct packet *p, uint8_t dir)
{
	const struct protocol *row;
	struct conn *c;

	if (f->state == FLOW_OPEN)
		return f->owner;
	row = recognise(p, dir);
	if (!row) {
		/* syn_seq of a UDP flow counts what was offered in vain,
		 * since the last that was known */
		if (++f->syn_seq >= LIMIT_PROBE_DATAGRAMS) {
			f->state = FLOW_DONE;
			w->counters.reached.probe[REACHED_DATAGRAMS]++;
		}
		return NULL;
	}
	f->syn_seq = 0;
	c = conn_open(w, f, p, dir);
	if (!c)
		return NULL;
	c->protocol = row;
	c->session = row->open((void *)(uintptr_t)w->config->keys, p->time);
	if (!c->session) {
		w->counters.dropped_memory++;
		conn_close(w, c, CLOSE_PRESSURE);
		return NULL;
	}
	return c;
}

void udp_packet(struct worker *w, struct flow *f, const struct packet *p,
		uint8_t dir)
{
	struct chunk chunk = { .dir = dir,
			       .data = p->payload,
			       .cut = p->cut,
			       .time = p->time };
	struct conn *c;

	if (f->state == FLOW_DONE) {
		if (!begins_anew(p->payload))
			return;
		f->state = FLOW_FRESH;
		f->syn_seq = 0;
	}
	c = udp_conn(w, f, p, dir);
	if (!c)
		return;
	c->last = p->time;
	/* what nobody answers may be made up: only its form was looked at */
	c->heard[dir] = true;
	if (c->heard[!dir] && !c->protocol->brief)
		conn_known(w, c);
	if (w->keep)
		keep_packet(w->keep, &c->kept, p);
	c->protocol->feed(c->session, &chunk);
	(void)conn_collect(w, c);
}
