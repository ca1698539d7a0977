/*
 * stream.h: the bytes of a capture file, plain or compressed, as they come.
 *
 * A window over a regular file, a pipe or standard input: stream_need() makes
 * the next n bytes visible, stream_take() passes over them. STREAM_AGAIN says
 * that a file or pipe that is followed has no more yet, or that a signal came
 * while we waited for a pipe; a pipe ends when its writer closes it, followed
 * or not. Memory grows with what arrives, never with what is claimed.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "capture/source.h"

enum stream_result {
	STREAM_OK,
	STREAM_AGAIN,
	STREAM_END,    /* fewer than asked for are left */
	STREAM_FAILED, /* see stream_error() */
};

struct stream;

/* "-" is standard input; NULL and errno where it cannot be opened. */
struct stream *stream_open(const char *path, bool follow);
void stream_close(struct stream *s);
/* From now on; nothing that was handed out before stands any more. */
void stream_borrow(struct stream *s, const struct source_buffers *from);
/* At least n bytes in *out with STREAM_OK; what there is otherwise. Valid
 * until the next stream_need(). */
enum stream_result stream_need(struct stream *s, size_t n, struct bytes *out);
void stream_take(struct stream *s, size_t n);
/* Passes over n bytes that need not be in memory at once; *done counts on
 * where it was left by STREAM_AGAIN. */
enum stream_result stream_skip(struct stream *s, uint64_t n, uint64_t *done);
/* Bytes taken so far, of what was compressed: the place to name in errors. */
uint64_t stream_offset(const struct stream *s);
/* Bytes read of the file itself, and its size (0: unknown). */
void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size);
/* True for pipes: what it is may show later. */
/* A followed file's path names another one by now, or it has become shorter
 * than what was read of it. */
bool stream_replaced(const struct stream *s, const char *path);
bool stream_is_pipe(const struct stream *s);
int stream_fd(const struct stream *s);
/* "gzip", "zstd" or NULL; known once the first bytes were seen. */
const char *stream_compression(const struct stream *s);
/* True when compressed data ended in the middle. */
bool stream_is_cut(const struct stream *s);
const char *stream_error(const struct stream *s);

#endif
