/*
 * internal.h: what the files of capture/ share.
 *
 * A source is a head (names, counters, the filter) and a reader behind a small
 * table of functions: pcap, pcapng, an interface, a mirror's socket.
 */
#ifndef CAPTURE_INTERNAL_H
#define CAPTURE_INTERNAL_H

#include "capture/source.h"
#include "capture/stream.h"

#define SOURCE_SNAPLEN 262144	   /* what tcpdump takes: every packet whole */
#define SOURCE_BUFFER  (64u << 20) /* ring of an interface */

#define SLL2_LEN 20 /* header of LINKTYPE_LINUX_SLL2 */

/* What an interface says that may not be listened on. */
#define LIVE_NOT_PERMITTED \
	"not permitted: run as root, or give the program CAP_NET_RAW"

#define LIVE_NO_SUCH "no such interface (see --list-interfaces)"

struct filter;
struct bpf_program;

struct source_ops {
	enum source_result (*next)(struct source *s, struct frame *out);
	void (*close)(struct source *s);
	/* these may be NULL */
	int (*fd)(const struct source *s);
	void (*stats)(struct source *s);
	const char *(*interface)(const struct source *s, uint32_t interface);
	bool (*secrets)(struct source *s, struct bytes *out);
	bool (*pending)(const struct source *s);
	bool (*seen)(const struct source *s, uint64_t *packets);
};

struct source {
	const struct source_ops *ops;
	void *impl;
	struct stream *stream; /* of files, else NULL */
	char *name;
	struct filter *filter; /* for what the kernel does not filter */
	int linktype;
	struct source_stats stats;
	struct stamp latest; /* for blocks without a time of their own */
	bool follow, failed, warning;
	char error[SOURCE_ERROR_TEXT];
};

/* NULL without memory. */
struct source *source_new(const char *name);
/* "NAME: ..." into source_error(); gives SOURCE_FAILED. */
enum source_result source_fail(struct source *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same as a warning at the end of the file; gives SOURCE_END. */
enum source_result source_warn(struct source *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What a stream that has nothing more means for the source. */
enum source_result source_stream_end(struct source *s, enum stream_result r);

/* Both take the source's stream, whose first bytes say what it is. */
enum source_result pcap_file_open(struct source *s);
enum source_result pcapng_open(struct source *s);
bool pcap_file_magic(struct bytes head);
bool pcapng_magic(struct bytes head);

struct source *live_open(const char *spec, const struct source_options *o,
			 char err[static SOURCE_ERROR_TEXT]);
/* Is it an Ethernet interface (or the loopback) that is up? */
bool ether_is(const char *spec);
struct source *ether_open(const char *spec, const struct source_options *o,
			  char err[static SOURCE_ERROR_TEXT]);
/* The filter for an interface's own packets: VLAN tags are asked of the kernel. */
bool live_compile(const char *spec, const struct source_options *o,
		  struct bpf_program *out, char err[static SOURCE_ERROR_TEXT]);
size_t live_snaplen(const struct source_options *o);
struct source *any_open(const char *spec, const struct source_options *o,
			char err[static SOURCE_ERROR_TEXT]);
struct source *mirror_open(const char *spec, const struct source_options *o,
			   char err[static SOURCE_ERROR_TEXT]);

/* An interface's own counts ("any": of all): packets in and out, and those that
 * it had no room for. */
struct live_count {
	uint64_t packets, dropped;
	bool counted;
};

void live_count_begin(struct live_count *c, const char *name);
/* What was added since; false where the system has no counts, or new ones. */
bool live_count_since(const struct live_count *c, const char *name,
		      struct live_count *out);

/* LINKTYPE_* of files <-> DLT_* of this platform. */
int linktype_of_dlt(int dlt);
int linktype_to_dlt(int linktype);

/* A BPF expression, compiled for each link type that turns up. */
struct filter *filter_new(const char *expr, int linktype,
			  char err[static SOURCE_ERROR_TEXT]);
/* 1, 0; -1 and a line in err if it does not suit this link type. */
int filter_match(struct filter *f, const struct frame *frame,
		 char err[static SOURCE_ERROR_TEXT]);
void filter_free(struct filter *f);
/* That of the link type that it was made for. */
const struct bpf_program *filter_program(const struct filter *f);
/*
 * Lets the kernel filter for a cooked socket and cut to snaplen; code is made
 * for SLL2, NULL for everything. False where the kernel cannot do the same.
 */
bool cooked_attach(int fd, const struct bpf_program *code, uint32_t snaplen);

#endif
