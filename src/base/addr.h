/*
 * addr.h: IP addresses, networks, endpoints.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR_TEXT 46

struct addr {
	uint8_t b[16]; /* network order; IPv4 uses the first four, rest 0 */
	uint8_t family; /* 4, 6 or 0 (none) */
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host order */
};

struct network {
	struct addr addr;
	uint8_t bits;
};

struct addr addr_v4(const uint8_t b[static 4]);
struct addr addr_v6(const uint8_t b[static 16]);
bool addr_eq(const struct addr *a, const struct addr *b);
/* <0, 0, >0: a total order, families apart. */
int addr_cmp(const struct addr *a, const struct addr *b);
/* RFC 5952 text. */
void addr_format(const struct addr *a, char out[static ADDR_TEXT]);
/* An IPv4 or IPv6 literal, without brackets or zone; false if it is none. */
bool addr_parse(const char *text, size_t len, struct addr *out);
/* "10.0.0.0/8", or an address alone. */
bool network_parse(const char *text, struct network *out);
bool network_has(const struct network *n, const struct addr *a);
bool endpoint_eq(const struct endpoint *a, const struct endpoint *b);

#endif
