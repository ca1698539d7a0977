/* tunnel.c: the list of tunnels a packet came through, and its key. */
#include "base/hash.h"
#include "decode/walk.h"

const char *const tunnel_names[TUNNEL_NUM] = {
	[TUNNEL_VLAN] = "vlan",	      [TUNNEL_MPLS] = "mpls",
	[TUNNEL_GRE] = "gre",	      [TUNNEL_NVGRE] = "nvgre",
	[TUNNEL_ERSPAN] = "erspan",   [TUNNEL_IPIP] = "ipip",
	[TUNNEL_TEREDO] = "teredo",   [TUNNEL_VXLAN] = "vxlan",
	[TUNNEL_GENEVE] = "geneve",   [TUNNEL_GTPU] = "gtpu",
	[TUNNEL_L2TP] = "l2tp",	      [TUNNEL_PPPOE] = "pppoe",
	[TUNNEL_CAPWAP] = "capwap",   [TUNNEL_NSH] = "nsh",
	[TUNNEL_TZSP] = "tzsp",	      [TUNNEL_LISP] = "lisp",
	[TUNNEL_GUE] = "gue",	      [TUNNEL_AYIYA] = "ayiya",
	[TUNNEL_ETHERIP] = "etherip",
};

/*
 * Whose id names a network, the same for both directions. The others' ids are
 * chosen by the receiver (GTP-U TEID, L2TP and PPTP sessions, MPLS labels, NSH
 * paths), so that in the key they would part the two halves of a flow.
 */
static const bool tunnel_in_key[TUNNEL_NUM] = {
	[TUNNEL_GRE] = true,   [TUNNEL_NVGRE] = true,  [TUNNEL_ERSPAN] = true,
	[TUNNEL_VXLAN] = true, [TUNNEL_GENEVE] = true, [TUNNEL_PPPOE] = true,
	[TUNNEL_LISP] = true,
};

struct tunnel *tunnel_push(struct walk *w, enum tunnel_type type)
{
	struct packet *out = w->out;
	struct tunnel *t;

	if (out->num_tunnels == LIMIT_TUNNEL_DEPTH)
		return NULL;
	t = &out->tunnels[out->num_tunnels++];
	*t = (struct tunnel){ .type = (uint8_t)type };
	return t;
}

struct tunnel *tunnel_push_id(struct walk *w, enum tunnel_type type,
			      uint64_t id)
{
	struct tunnel *t = tunnel_push(w, type);

	if (t) {
		t->has_id = true;
		t->in_key = tunnel_in_key[type] ||
			    (type == TUNNEL_VLAN && w->d->config.vlan_in_key);
		t->id = id;
	}
	return t;
}

uint64_t tunnel_key(const struct walk *w)
{
	/* not secret: every worker and every replay must agree on it; tables
	 * hash it once more with a key of their own */
	static const struct hash_key fixed = { 0x77697265, 0x63657274 };
	uint64_t key = 0;

	for (unsigned i = 0; i < w->out->num_tunnels; i++) {
		const struct tunnel *t = &w->out->tunnels[i];

		if (!t->in_key)
			continue;
		key = hash_u64(&fixed, key, (uint64_t)t->type << 56 ^ t->id);
		if (t->gwlb_endpoint)
			key = hash_u64(&fixed, key, t->gwlb_endpoint);
		if (!key)
			key = 1; /* 0 is for none */
	}
	return key;
}
