/*
 * test_decode_wrap.h: frames made from recipes, for test_decode*.c.
 *
 * A recipe names the headers from the outermost in, "E:0800 V4:47 X:00000800
 * T4": lengths and versions are filled in, what is special stands as hex.
 */
#ifndef TEST_DECODE_WRAP_H
#define TEST_DECODE_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wrapped {
	uint8_t b[8192];
	size_t len;
};

#define WRAP_PAYLOAD "hello, this is no TLS at all"

/*
 * E:TYPE Ethernet; L the same with a length; V4:PROTO V6:NEXT (decimal);
 * U:PORT UDP to it; X:HEX bytes; P:PPP PPPoE session 7 and that protocol;
 * G:TEID GTP-U; B a length of 16 bits; Z:N N bytes of padding at the very end;
 * T4, T6, U4, U6: the innermost TCP or UDP packet.
 */
void wrap(const char *recipe, struct wrapped *out);

#endif
