/*
 * standing.h: how much a finding about a certificate weighs, by who asked for
 * what; shared by chain.*, key.*, signature.* and cert.wrong_usage.
 */
#ifndef JUDGE_STANDING_H
#define JUDGE_STANDING_H

#include "judge/check.h"

/*
 * Can the name be one of the public DNS, so that a public authority is
 * expected? Two labels at least, no address, and not under a suffix that is
 * reserved or customary inside networks (the list is in standing.c).
 * example.com and its like count as public; the suffix .example does not.
 */
bool standing_is_public_name(struct bytes name);
/* Is the chain to be judged, and what came out? Not where nobody stated a name,
 * nor for WebRTC and ACME challenges (CONTRACT.md). */
bool standing_chain_is(const struct evidence *ev, enum chain_state state);
/*
 * Not from the trust store: medium where a client refused it, or where the
 * client stated a public name or one of ours; else info, since a private
 * authority is somebody's choice and a device's own certificate is usual. Info
 * too where the store is younger than the handshake: authorities leave.
 */
enum severity standing_distrust(const struct evidence *ev);
/* medium where the client stated a name; info for peers and devices. */
enum severity standing_hygiene(const struct evidence *ev);

#endif
