/*
 * hello.h: what the files of src/probe share about TLS on the wire.
 *
 * Pure functions over windows; dialects and the engine use them, nobody else.
 */
#ifndef PROBE_HELLO_H
#define PROBE_HELLO_H

#include "probe/dialect.h"

enum hello_kind {
	HELLO_NONE,
	HELLO_CLIENT, /* SSLv2 format too */
	HELLO_SERVER,
	HELLO_CERTIFICATE,
};

/* probe_is_hello(), telling which one. */
enum probe_step hello_read(struct bytes b, enum hello_kind *kind);
/* The same; the bytes that it read are added to *looked. */
enum probe_step hello_read_counted(struct bytes b, size_t *looked,
				   enum hello_kind *kind);
/* The same, or a Certificate message where the hello before it is not. */
enum probe_step hello_read_first(struct bytes b, size_t *looked,
				 enum hello_kind *kind);
/* hello_read() with the lengths inside of the hello (it needs more bytes), and a
 * Certificate message: for bytes found in the middle of others. The bytes that
 * it read are added to *looked. */
enum probe_step hello_read_strict(struct bytes b, size_t *looked,
				  enum hello_kind *kind);
/*
 * Where the last of a run of handshake records is, of which all before it have
 * nothing in them: what is found at one of them is found there.
 */
size_t hello_pass_empty(struct bytes b, size_t at, size_t *looked);
/* Can a TLS record of any type begin here? */
enum probe_step hello_is_record(struct bytes b);
/* A whole fatal alert record (RFC 8446 6.2). */
enum probe_step hello_is_fatal(struct bytes b);

/* A search in bytes that more may follow. */
struct hello_scan {
	size_t from;   /* where it goes on */
	size_t looked; /* bytes that it has read */
};

/*
 * The first strict record of one of the kinds (a mask of 1 << kind). A search
 * waits at the first place that may still become one and reads on there, so
 * that all of it costs a multiple of the bytes at most: up to
 * LIMIT_PROBE_RECORDS headers where six bytes are those of a hello.
 */
bool hello_find(struct bytes b, unsigned kinds, struct hello_scan *scan,
		size_t *at, enum hello_kind *kind);
/* at, or where ChangeCipherSpec begins that stands before it: a hello behind
 * one is the second (RFC 8446 D.4). */
size_t hello_with_ccs(struct bytes b, size_t at);
/* The first fatal alert record, likewise. */
bool hello_find_fatal(struct bytes b, struct hello_scan *scan, size_t *at);

#endif
