/*
 * tor.h: links between Tor relays, which look like calls of random web sites.
 */
#ifndef JUDGE_TOR_H
#define JUDGE_TOR_H

#include "cert/cert.h"
#include "tls/handshake.h"

/*
 * The names are made up on both sides and mean nothing: the client states
 * www.RANDOM.com, the relay shows CN=www.RANDOM.net by issuer CN=www.RANDOM.com
 * and nothing else (tor, src/lib/tls/tortls.c: crypto_random_hostname with 8 to
 * 20 letters of base32). Without a server name the certificate alone counts.
 */
bool tor_is_link(const struct tls_handshake *hs, const struct cert *leaf);

#endif
