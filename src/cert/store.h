/* store.h: inside a trust store. Private to cert/. */
#ifndef CERT_STORE_H
#define CERT_STORE_H

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "cert/authority.h"
#include "cert/roots.h"
#include "cert/sibling.h"

struct chain_store {
	X509_STORE *x;
	struct authorities *authorities; /* locks itself, as do the next */
	struct siblings *siblings;
	struct roots *roots;
	size_t num;
	int64_t newest; /* the latest notBefore; INT64_MIN: unknown */
};

#endif
