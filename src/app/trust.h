/* trust.h: the authorities that chains are judged against. */
#ifndef APP_TRUST_H
#define APP_TRUST_H

#include "app/options.h"
#include "cert/chain.h"

/* NULL in *out: none, chains are not judged. False and a line in err (size
 * 512): what was named cannot be read. */
bool trust_open(const struct options *o, struct chain_store **out, char *err);

#endif
