/* template.h: what make_template.py made: flights and certificates. */
#ifndef BENCH_TEMPLATE_H
#define BENCH_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Eight bytes of a leaf's serial number begin here: any will do. */
#define LEAF_SERIAL 16u

/* The next three are of no use before it. */
bool tls_load(const char *folder);
uint32_t tls_num_leaves(void);
/* DER of a leaf; of the issuer (0) and of who is above it (1). */
const uint8_t *tls_leaf(uint32_t index, size_t *len);
const uint8_t *tls_above(int index, size_t *len);

#endif
