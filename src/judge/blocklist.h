/*
 * blocklist.h: RSA keys that are known to be weak: those that Debian's OpenSSL
 * made from 2006 to 2008 (CVE-2008-0166), as the package openssl-blacklist
 * lists them, and the user's own in the same form.
 *
 * A line is the last 20 hexadecimal digits of the SHA-1 of "Modulus=HEX\n", as
 * "openssl rsa -modulus" prints it; # begins a comment.
 */
#ifndef JUDGE_BLOCKLIST_H
#define JUDGE_BLOCKLIST_H

#include "judge/gateways.h"

/* The files named, and those of the package where it is installed ("none": not
 * those). False and one line in err where one is not right. */
bool blocklist_load(struct knowledge *k, const struct knowledge_files *files,
		    char *err, size_t err_len);
bool blocklist_has(const struct knowledge *k, const struct cert *c);

#endif
