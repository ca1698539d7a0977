/* eve.h: what tests of the EVE renderer need to know. */
#ifndef EVENT_EVE_H
#define EVENT_EVE_H

#include <stdint.h>

/* Of a finding's code, from 1000000 to 1999999; the same for ever. */
uint32_t eve_signature_id(const char *code);

#endif
