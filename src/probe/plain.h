/* plain.h: what is known not to be TLS by its first bytes. Pure. */
#ifndef PROBE_PLAIN_H
#define PROBE_PLAIN_H

#include "base/bytes.h"

/* Protocols that many flows are and that never start TLS. */
bool plain_known(struct bytes b);
/* OpenVPN over TCP, whose packets cut TLS to pieces. */
bool plain_openvpn(struct bytes b);

#endif
