/* test_room.h: a handshake's observation with room for all that fits. */
#ifndef TEST_ROOM_H
#define TEST_ROOM_H

#include "know/observation.h"

static inline struct observation *room_observation(void)
{
	static const struct observation_room all = {
		.certs = { LIMIT_EVENT_CHAIN, LIMIT_EVENT_CHAIN },
		.tunnels = LIMIT_TUNNEL_DEPTH,
	};

	return observation_new(OBSERVATION_HANDSHAKE, &all);
}

#endif
