/*
 * rsa.h: what an RSA modulus tells of how its key was made.
 */
#ifndef CERT_RSA_H
#define CERT_RSA_H

#include "base/reader.h"

/*
 * The fingerprint of ROCA (CVE-2017-15361; Nemec and others, "The Return of
 * Coppersmith's Attack", 2017): primes of Infineon's library are of the form
 * k * M + (65537^a mod M), so their product is a power of 65537 modulo every
 * small prime in M. One key in 2^28 or so of others has that, too.
 */
bool rsa_is_roca(struct bytes modulus);

/* The modulus of a certificate's key, big endian without a sign octet; false:
 * its key is not a plain RSA one. */
bool rsa_modulus(struct bytes certificate, struct bytes *out);

#endif
