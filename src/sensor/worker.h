/* worker.h: inside of the worker half; see sensor.h. */
#ifndef SENSOR_WORKER_H
#define SENSOR_WORKER_H

#include "cert/cert.h"
#include "flow/protocol.h"
#include "flow/stream.h"
#include "flow/table.h"
#include "know/observation.h"
#include "probe/probe.h"
#include "probe/ws.h"
#include "sensor/keep.h"
#include "sensor/reached.h"
#include "sensor/sensor.h"
#include "tls/open.h"
#include "tls/session.h"

/* A flow that is being looked at. */
struct conn {
	struct conn *older, *newer; /* of all, in the order of opening */
	/* ... of those not known to be TLS, which go first under pressure */
	struct conn *older_unknown, *newer_unknown;
	bool known;
	struct flow *flow;
	struct endpoint end[2]; /* initiator, target */
	uint64_t first_frame;
	struct stamp begin, last;
	uint32_t interface, input, part;
	uint8_t transport;
	uint8_t num_tunnels;
	struct tunnel *tunnels; /* owned; most flows have none */
	size_t memory; /* of its session and probe, as counted in the worker */
	/* TCP */
	struct stream *stream; /* two of them, behind this; NULL: UDP */
	bool closed[2], midstream[2], truncated[2], conflict_told[2];
	struct stamp rst_at[2]; /* when the last RST of the stream came */
	bool other_syn[2]; /* SYNs with different sequence numbers */
	/* a SYN of another connection, that nobody has answered yet */
	bool syn_waits;
	uint8_t syn_dir;
	uint32_t syn_seq;
	bool gapped[2]; /* bytes are lost before its TLS */
	bool tls_started[2];
	bool maybe; /* a protocol of the rows, when more of it has come */
	struct probe *probe;
	struct tls_session *tls;
	struct ws *frames; /* of both directions, where TLS is in such */
	bool heard[2]; /* UDP: something came that way */
	/* UDP, and protocols over TCP other than TLS */
	const struct protocol *protocol;
	void *session;
	struct keep_chain kept;
};

/* Taken together: as many as a core has misses under way, or some more. */
#define WORKER_AHEAD 16

struct queued {
	struct packet packet;
	struct flow_key key;
	uint64_t hash, number;
	struct stamp stream_time;
	bool swapped; /* its source is the key's second endpoint */
};

struct worker_counters {
	uint64_t tcp, udp, outside, conns, conns_evicted, conns_refused;
	uint64_t gaps, gap_bytes, conflicts, handshakes, dropped_memory;
	uint64_t not_tls, truncated;
	struct reached reached;
};

struct worker {
	const struct sensor_config *config;
	struct sensor_pools pools;
	struct decoder *decoder;
	struct flow_table *flows;
	struct stream_pool pool;
	struct cert_cache *certs;
	struct tls_keys *keys; /* NULL: none can come */
	struct keep *keep;     /* NULL: no evidence is wanted */
	struct conn *oldest, *newest;
	struct conn *free_conns[2]; /* with streams: [1] */
	struct conn *oldest_unknown, *newest_unknown;
	uint32_t num_conns, num_tcp; /* of them */
	size_t session_memory; /* of all conns */
	struct observation_home *home; /* NULL: of a worker alone */
	struct observation **ready; /* a ring that grows */
	size_t ready_first, ready_num, ready_size;
	struct stamp now;   /* stream time */
	uint64_t frame;
	struct worker_counters counters;
	struct queued queue[WORKER_AHEAD];
	unsigned num_queued;
};

extern const struct protocol *const protocols[];
extern const size_t num_protocols;

/* conn.c: the life of a looked-at flow. */
/* What one takes, but for its session; the most. */
#define CONN_BYTES (sizeof(struct conn) + 2 * sizeof(struct stream))
struct conn *conn_open(struct worker *w, struct flow *f,
		       const struct packet *p, uint8_t dir);
/* Tells all that is known and forgets it; the flow is done. */
void conn_close(struct worker *w, struct conn *c, enum protocol_close how);
/* Asks the memory for what a segment of the flow will need. */
void conn_prefetch(const struct conn *c);
/* ... and next, what hangs on it. */
void conn_prefetch_session(const struct conn *c);
/* Too much memory of them all: some have to go. */
void conn_shed(struct worker *w);
/* It is TLS. */
void conn_known(struct worker *w, struct conn *c);
/* Counts what the sessions of the connection hold now. */
void conn_measure(struct worker *w, struct conn *c);
/* Hands over what the connection's sessions found; closes it when done. */
bool conn_collect(struct worker *w, struct conn *c);

/* tcp.c, udp.c: packets of a conn. */
void tcp_packet(struct worker *w, struct flow *f, const struct packet *p,
		uint8_t dir);
/* False: the connection is gone. */
bool tcp_tick(struct worker *w, struct conn *c);
/* Gives up all holes and tells the ends. */
void tcp_flush(struct worker *w, struct conn *c);
void udp_packet(struct worker *w, struct flow *f, const struct packet *p,
		uint8_t dir);

/* tcp_chunk.c: the next bytes or gap of a direction; false: of no interest. */
bool tcp_chunk(struct worker *w, struct conn *c, const struct chunk *chunk);
/* Nothing more will come: what one side alone tells has to do. */
void tcp_chunk_end(struct worker *w, struct conn *c);

/* What is kept of its packets, for an observation of it. */
struct packets *conn_packets(struct worker *w, const struct conn *c);

/* observe.c: a finished handshake -> observation, in w->ready. */
void observe_handshake(struct worker *w, struct conn *c,
		       struct tls_handshake *hs);
/* Which connection it is of, its packets, and its place in the one order. */
void observe_place(struct worker *w, struct conn *c, struct observation *o);
void observe_put(struct worker *w, struct observation *o);

#endif
