/*
 * source.h: where frames come from: files, folders' files, interfaces, mirrors.
 *
 * One handle, whatever is behind it. Uses base/ only; the only place with
 * <pcap.h>. A source never blocks when it is live; a file is read to its end.
 * Errors are one line: what, where, what would be right.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "base/frame.h"

#define SOURCE_ERROR_TEXT 512

struct source;

enum source_result {
	SOURCE_FRAME, /* *out is filled, valid until the next call */
	SOURCE_AGAIN, /* live, or a file that is followed: nothing now */
	SOURCE_END,
	SOURCE_FAILED, /* see source_error(); what came before stands */
};

struct source_options {
	const char *filter;  /* BPF expression or NULL */
	int snaplen;	     /* 0: default */
	size_t buffer;	     /* ring of live captures, 0: default 64 MiB */
	bool no_promiscuous;
	bool follow; /* a file that is still being written */
};

struct source_stats {
	uint64_t received, dropped, if_dropped; /* by the kernel's count */
	uint64_t frames, bytes;			/* handed out */
	uint64_t filtered;			/* not wanted by the filter */
	uint64_t cut;	   /* frames shorter than they were on the wire */
	uint32_t cut_len;  /* the largest captured length of a cut frame */
	uint64_t bad_blocks; /* pcapng blocks skipped as damaged */
	uint64_t failed;     /* 1: damaged, a bomb, gone */
	uint64_t ended_early; /* 1: its last packet is cut */
	int linktype;	      /* of all frames; -1: of several kinds */
};

/*
 * path "-" is standard input. pcap in all kinds libpcap reads, pcapng, each
 * plain or compressed with gzip or zstd. NULL and a line in err if it cannot
 * be opened or is no capture. An empty file is no capture.
 */
struct source *source_open_file(const char *path,
				const struct source_options *o,
				char err[static SOURCE_ERROR_TEXT]);
/* An interface ("any" too), or "udp:ADDR:PORT" to take a cloud mirror. */
struct source *source_open_live(const char *spec,
				const struct source_options *o,
				char err[static SOURCE_ERROR_TEXT]);
void source_close(struct source *s);

enum source_result source_next(struct source *s, struct frame *out);
/*
 * For those who look at frames of a file after the next call: from now on it is
 * read to buffers that next() lends, of at least so many bytes (*size in all;
 * NULL: no memory). One is asked for at once and whenever the last is full;
 * frames stand in it for as long as the lender does not use it again, for this
 * source or elsewhere. What was handed out before does not stand any more.
 */
struct source_buffers {
	uint8_t *(*next)(void *arg, size_t least, size_t *size);
	void *arg;
};
void source_borrow(struct source *s, const struct source_buffers *from);
/* To be watched for reading; -1 for files. */
int source_fd(const struct source *s);
/* Frames are at hand that were read already: source_fd() says nothing of
 * them. */
bool source_pending(const struct source *s);
/* Packets that the interface has counted since it was opened, whatever the
 * filter took of them; false where that is not known. */
bool source_seen(const struct source *s, uint64_t *packets);
/* A file that is followed was replaced (log rotation) or cut to begin anew:
 * once there is nothing more, it is to be opened again. */
bool source_replaced(const struct source *s);
/* Bytes read of a plain file, and its size (0 if unknown): for progress. */
void source_progress(const struct source *s, uint64_t *done, uint64_t *size);
void source_stats(struct source *s, struct source_stats *out);
/* After SOURCE_FAILED, or after SOURCE_END where a warning is due (the last
 * packet is cut); else NULL. */
const char *source_error(const struct source *s);
/* True when source_error() after the end is a warning, not a failure. */
bool source_is_warning(const struct source *s);
/* The file or interface as named by the user. */
const char *source_name(const struct source *s);
/* Name of frame.interface, or NULL. */
const char *source_interface(const struct source *s, uint32_t interface);
/* The link type of the next frames, for people ("EN10MB"). */
const char *source_linktype(const struct source *s);
/*
 * Secrets found (pcapng Decryption Secrets Blocks of type TLS key log) since
 * the last call; false when there are no more. Borrowed until the next call.
 */
bool source_secrets(struct source *s, struct bytes *out);

/* Every capture below a folder, recursively, ordered by the time of its first
 * packet, then by name; a file's own name alone. Fills *paths (each and the
 * array to be freed); false and a line in err where it cannot be read. Files
 * that are no capture are left out of a folder, and counted in *skipped. True
 * and a line in err: a folder in it could not be read; else err is empty. */
bool source_list(const char *path, char ***paths, size_t *num_paths,
		 size_t *skipped, char err[static SOURCE_ERROR_TEXT]);

/* One line per interface, name and description, to out (at most size bytes). */
bool source_interfaces(char *out, size_t size);

/* The capture library and its version, for --version. */
const char *source_library(void);

/* BPF on bare IP packets, for --inner-filter. */
struct source_filter;
struct source_filter *source_filter_new(const char *expr,
					char err[static SOURCE_ERROR_TEXT]);
bool source_filter_match(const struct source_filter *f, struct bytes ip,
			 uint32_t ip_len);
void source_filter_free(struct source_filter *f);
/* False and a line in err where no link type takes the expression. */
bool source_filter_check(const char *expr, char err[static SOURCE_ERROR_TEXT]);
/*
 * What a capture filter on Ethernet leaves out of what a TLS sensor wants, by
 * trying it on one packet of each: "dns, quic, vlan, ..."; "" for nothing or an
 * expression that does not compile.
 */
void source_filter_excludes(const char *expr, char *out, size_t size);

#endif
