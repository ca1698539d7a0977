/*
 * roots.h: the certificates of a trust store, made ready when they are needed.
 * Private to cert/.
 *
 * A system's store has some 140, most of which no chain ever leads to, and
 * OpenSSL takes 50 ms to make their keys. They are read here without
 * (cert_bare_context()); a lookup of the X509_STORE makes those of one subject
 * whole when a path comes to it. Filled at start; then safe for threads.
 */
#ifndef CERT_ROOTS_H
#define CERT_ROOTS_H

#include <openssl/x509_vfy.h>

#include "cert/authority.h"

struct roots;

/* Both outlive it, but for the store, which is freed first. */
struct roots *roots_new(X509_STORE *store, struct authorities *a);
void roots_free(struct roots *r);
/* The certificates of a PEM file; a damaged block costs only itself. How many
 * could be read. */
size_t roots_load(struct roots *r, BIO *in);
/* Copies of one certificate count once. */
size_t roots_count(const struct roots *r);
/* The latest notBefore; INT64_MIN where there is none. */
int64_t roots_newest(const struct roots *r);

#endif
