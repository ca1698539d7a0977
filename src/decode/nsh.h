/* nsh.h: the Network Service Header; internal to decode/. */
#ifndef DECODE_NSH_H
#define DECODE_NSH_H

#include "decode/walk.h"

decode_fn nsh_decode;
/* NSH, and VXLAN-GPE, name what follows by the same numbers (RFC 8300 2.2,
 * draft-ietf-nvo3-vxlan-gpe 3.2). */
enum decode_reason nsh_next(struct walk *w, struct reader *r, uint8_t next);

#endif
