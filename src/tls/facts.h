/*
 * facts.h: what messages, alerts and sealed records add to the facts of a
 * handshake, the same for every carrier. Internal to src/tls.
 *
 * order counts the records and messages of both sides, so that facts of the
 * two can be put in a row.
 */
#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include "tls/message.h"

/* The sender of dir is the client: what was noted before moves along. */
void facts_set_client(struct tls_handshake *hs, uint8_t dir);
void facts_client_hello(struct tls_handshake *hs, const struct tls_body *body);
void facts_server_hello(struct tls_handshake *hs, const struct tls_body *body);
/* A message of TLS 1.2 and below other than the two hellos. */
void facts_message(struct tls_handshake *hs, enum tls_side side, uint8_t type,
		   const struct tls_body *body);
/* Is its body read? Of others the bytes are counted, not kept. */
bool facts_is_read(uint8_t type);
/* A readable alert; true when it is the fatal one that ends the handshake. */
bool facts_alert(struct tls_handshake *hs, enum tls_side side, uint8_t level,
		 uint8_t code, uint64_t offset, uint32_t *order);
/* The bytes of a side from this place on were not its own: what was read from
 * them is lost. */
void facts_distrust(struct tls_handshake *hs, enum tls_side side,
		    uint64_t from);
/* A record that cannot be read; type as far as it shows. */
void facts_sealed(struct tls_handshake *hs, enum tls_side side, uint8_t type,
		  uint16_t len, uint32_t *order);
/*
 * True when more records change nothing: there was data both ways, or so many
 * came that it will not be known.
 */
bool facts_enough(const struct tls_handshake *hs);

#endif
