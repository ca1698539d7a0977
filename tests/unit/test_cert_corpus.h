/*
 * test_cert_corpus.h: the corpus that the differential tests of cert/ run over.
 * It is not part of the project: WIRECERT_CORPUS says where it is; without it
 * such a test says "skipped" (exit status 77, which meson knows).
 */
#ifndef TEST_CERT_CORPUS_H
#define TEST_CERT_CORPUS_H

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "cert/cert.h"

#define TEST_SKIPPED 77

static inline const char *corpus_root(void)
{
	const char *root = getenv("WIRECERT_CORPUS");

	return root ? root : "../shared/corpus";
}

/* NULL where there is none. */
static inline json_t *corpus_json(const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", corpus_root(), name);
	return json_load_file(path, JSON_ALLOW_NUL, NULL);
}

static inline struct bytes json_bytes(const json_t *s)
{
	return bytes_of(json_string_value(s), json_string_length(s));
}

/* A certificate in PEM; its bytes are not parsed on the way. */
static inline struct cert *corpus_pem(const json_t *pem)
{
	BIO *in = BIO_new_mem_buf(json_string_value(pem),
				  (int)json_string_length(pem));
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	struct cert *c = NULL;
	long len;

	if (PEM_read_bio(in, &name, &header, &der, &len) == 1)
		c = cert_read(bytes_of(der, (size_t)len));
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(in);
	return c;
}

/* "2024-01-01T00:00:00+00:00" or with Z: seconds; all of the corpus is UTC. */
static inline int64_t corpus_time(const json_t *text)
{
	const char *s = json_string_value(text);
	int y, mo, d, h, mi, sec;

	if (!s || sscanf(s, "%d-%d-%dT%d:%d:%d", &y, &mo, &d, &h, &mi,
			 &sec) != 6) {
		fprintf(stderr, "corpus: bad time %s\n", s ? s : "(none)");
		exit(1);
	}
	return stamp_days(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 +
	       mi * 60 + sec;
}

#endif
