/*
 * reached.h: limits of limits.h that handshakes and connections reached, for
 * status events (group "limits", or the protocol's own); those never reached
 * are left out.
 */
#ifndef SENSOR_REACHED_H
#define SENSOR_REACHED_H

#include "event/event.h"
#include "flow/protocol.h"
#include "probe/probe.h"
#include "tls/handshake.h"

enum reached_probe {
	REACHED_DATAGRAMS,
	REACHED_PROBE, /* + a bit of enum probe_limit */
	REACHED_PROBE_NUM = REACHED_PROBE + PROBE_NUM_LIMITS
};

#define REACHED_CODES 9
#define REACHED_DROPS 8 /* rows of protocols that drop something */

struct reached {
	uint64_t code[REACHED_CODES]; /* of anomalies, in reached.c's order */
	uint64_t anomalies;	      /* left out, told by no name */
	uint64_t probe[REACHED_PROBE_NUM];
	struct {
		const struct protocol *row; /* NULL: free */
		uint64_t n;
	} drop[REACHED_DROPS];
};

void reached_note(struct reached *r, const struct tls_handshake *hs);
void reached_probe(struct reached *r, const struct probe *p);
/* Asks the session what it dropped. */
void reached_drops(struct reached *r, const struct protocol *row,
		   void *session);
void reached_status(const struct reached *r, struct status *s);

#endif
