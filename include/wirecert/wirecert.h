/*
 * wirecert.h: the certificate sensor as a library: frames in, events out.
 *
 * No clock, socket, file (but trust stores, once) or thread of its own: time
 * comes with the frames and the ticks. A sensor belongs to one thread at a
 * time; several sensors are independent. Texts are UTF-8. See README.md, and
 * tests/api/expired.c for a whole program.
 */
#ifndef WIRECERT_WIRECERT_H
#define WIRECERT_WIRECERT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define WIRECERT_API __attribute__((visibility("default")))
#else
#define WIRECERT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct wirecert;
struct wirecert_event;
struct wirecert_options;

/* The library's version, like "0.1.0". */
WIRECERT_API const char *wirecert_version(void);

/*
 * Options. Texts are copied. Each setter gives 0, or -1 where the value cannot
 * be taken. NULL without memory.
 */
WIRECERT_API struct wirecert_options *wirecert_options_new(void);
WIRECERT_API void wirecert_options_free(struct wirecert_options *o);
/* What observer.name says; default "wirecert". */
WIRECERT_API int wirecert_options_name(struct wirecert_options *o,
				       const char *name);
/* A network of ours, "10.0.0.0/8"; the first one replaces the default (the
 * private, loopback, link-local and shared ranges). */
WIRECERT_API int wirecert_options_network(struct wirecert_options *o,
					  const char *network);
/* A glob of names that are ours, "*.example.com". */
WIRECERT_API int wirecert_options_own_name(struct wirecert_options *o,
					   const char *glob);
/* A trust store: a PEM file, a folder, or "system". None: chains are not
 * judged. */
WIRECERT_API int wirecert_options_trust(struct wirecert_options *o,
					const char *path);
/* Judge dates by this time (nanoseconds since 1970), not the packets'. */
WIRECERT_API int wirecert_options_now(struct wirecert_options *o, int64_t ns);
/* 1: VLAN ids tell apart connections of the same addresses. */
WIRECERT_API int wirecert_options_vlan_in_key(struct wirecert_options *o,
					      int yes);
/* Which events are made: a list of finding, certificate, handshake; default
 * all. */
WIRECERT_API int wirecert_options_events(struct wirecert_options *o,
					 const char *list);

/* A sensor. The options (NULL: defaults) may be freed afterwards. NULL and one
 * line in error (of size bytes, may be NULL) if it cannot be made. */
WIRECERT_API struct wirecert *wirecert_new(const struct wirecert_options *o,
					   char *error, size_t size);
WIRECERT_API void wirecert_free(struct wirecert *w);

/*
 * TLS secrets: lines of a key log (RFC 9850, what SSLKEYLOGFILE writes), in
 * pieces of any size; they open handshakes of TLS 1.3 and QUIC whose packets
 * come later, or came less than five seconds of packet time before. Packets
 * wait for secrets from the first call on, which may bring none (len 0). Only
 * handshake secrets and those of Encrypted Client Hello are kept: nothing here
 * opens what was said. Gives -1 where a line that ends in this piece is none;
 * the others count all the same.
 */
WIRECERT_API int wirecert_keylog(struct wirecert *w, const void *data,
				 size_t len);

/*
 * One captured frame: linktype is a LINKTYPE_ value of capture files (1 is
 * Ethernet) or what libpcap's pcap_datalink() gives, wire_len what was on the
 * wire (at least len), time_ns nanoseconds since 1970. The data is borrowed
 * during the call. Take the events after it.
 */
WIRECERT_API void wirecert_feed(struct wirecert *w, int linktype,
				int64_t time_ns, const void *data, size_t len,
				size_t wire_len);
/* Time passed without frames: about once a second on an idle line. */
WIRECERT_API void wirecert_tick(struct wirecert *w, int64_t now_ns);
/* Nothing more will come: what is still open is told. */
WIRECERT_API void wirecert_end(struct wirecert *w);

/*
 * The next event, borrowed until the next call with this sensor; NULL: none
 * now. A finding comes with each handshake that shows it; wirecert.finding.id
 * tells which are the same.
 */
WIRECERT_API const struct wirecert_event *wirecert_next(struct wirecert *w);
/* One JSON object (Elastic Common Schema) without a newline; its length is
 * stored unless len is NULL. NULL without memory. */
WIRECERT_API const char *
wirecert_event_json(const struct wirecert_event *e, size_t *len);
/* "finding", "certificate" or "handshake". */
WIRECERT_API const char *
wirecert_event_dataset(const struct wirecert_event *e);
/* Packet time, nanoseconds since 1970. */
WIRECERT_API int64_t wirecert_event_time(const struct wirecert_event *e);
/* Of findings, else NULL: "cert.expired"; "high"; a sentence for people. */
WIRECERT_API const char *wirecert_event_code(const struct wirecert_event *e);
WIRECERT_API const char *
wirecert_event_severity(const struct wirecert_event *e);
WIRECERT_API const char *
wirecert_event_message(const struct wirecert_event *e);

/* All counters as one JSON object, as the program's status events have them;
 * borrowed until the next call. NULL without memory. */
WIRECERT_API const char *wirecert_status(struct wirecert *w);

#ifdef __cplusplus
}
#endif

#endif
