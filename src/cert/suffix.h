/*
 * suffix.h: the public suffix list, where libpsl is built in (option psl).
 */
#ifndef CERT_SUFFIX_H
#define CERT_SUFFIX_H

#include "base/bytes.h"

/*
 * Do registries hand out names right below it ("com", "co.uk")? Only what the
 * list has in its ICANN part; of "github.io" and other private parts the owner
 * may well have a wildcard. Without libpsl nothing is known: false.
 */
bool suffix_is_public(struct bytes name);

#endif
