/* source.c: see source.h. What all kinds of sources have in common, and the
 * recognition of files by their content. */
#include "capture/source.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/linktype.h"
#include "capture/internal.h"

struct source *source_new(const char *name)
{
	struct source *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->linktype = -1;
	s->name = strdup(name);
	if (!s->name) {
		free(s);
		return NULL;
	}
	return s;
}

static void source_say(struct source *s, const char *fmt, va_list ap)
{
	int n = snprintf(s->error, sizeof s->error, "%s: ", source_name(s));

	if (n >= 0 && (size_t)n < sizeof s->error)
		vsnprintf(s->error + n, sizeof s->error - (size_t)n, fmt, ap);
}

enum source_result source_fail(struct source *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_say(s, fmt, ap);
	va_end(ap);
	s->failed = true;
	s->stats.failed = 1;
	return SOURCE_FAILED;
}

enum source_result source_warn(struct source *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	source_say(s, fmt, ap);
	va_end(ap);
	s->warning = true;
	s->stats.ended_early = 1;
	return SOURCE_END;
}

enum source_result source_stream_end(struct source *s, enum stream_result r)
{
	switch (r) {
	case STREAM_OK:
	case STREAM_AGAIN:
		return SOURCE_AGAIN;
	case STREAM_FAILED:
		return source_fail(s, "%s", stream_error(s->stream));
	case STREAM_END:
		break;
	}
	if (stream_is_cut(s->stream))
		return source_warn(s, "its %s data end in the middle: the file "
				      "was cut",
				   stream_compression(s->stream));
	return SOURCE_END;
}

/* The first call: what is this? Then the right reader takes over. */
static enum source_result file_recognise(struct source *s, struct frame *out)
{
	const char *how = "";
	enum stream_result sr;
	struct bytes head;

	(void)out;
	sr = stream_need(s->stream, 4, &head);
	if (sr == STREAM_AGAIN || sr == STREAM_FAILED)
		return source_stream_end(s, sr);
	if (stream_compression(s->stream))
		how = "uncompressed, ";
	if (head.len == 0)
		return source_fail(s, "%sempty: not a capture", how);
	if (pcap_file_magic(head))
		return pcap_file_open(s);
	if (pcapng_magic(head))
		return pcapng_open(s);
	return source_fail(s,
			   "%snot a capture: pcap and pcapng are read, plain "
			   "or compressed with gzip or zstd",
			   how);
}

static const struct source_ops file_ops = {
	.next = file_recognise,
};

struct source *source_open_file(const char *path,
				const struct source_options *o,
				char err[static SOURCE_ERROR_TEXT])
{
	struct source *s = source_new(path);

	if (!s) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		return NULL;
	}
	s->ops = &file_ops;
	s->follow = o && o->follow;
	s->stream = stream_open(path, s->follow);
	if (!s->stream) {
		snprintf(err, SOURCE_ERROR_TEXT, "%s: %s", source_name(s),
			 strerror(errno));
		goto fail;
	}
	if (o && o->filter && *o->filter) {
		s->filter = filter_new(o->filter, LINKTYPE_ETHERNET, err);
		if (!s->filter)
			goto fail;
	}
	/* a pipe says later what it is; a file says it now */
	if (!stream_is_pipe(s->stream) &&
	    file_recognise(s, NULL) == SOURCE_FAILED) {
		memcpy(err, s->error, SOURCE_ERROR_TEXT);
		goto fail;
	}
	return s;
fail:
	source_close(s);
	return NULL;
}

struct source *source_open_live(const char *spec,
				const struct source_options *o,
				char err[static SOURCE_ERROR_TEXT])
{
	static const struct source_options defaults;

	if (!o)
		o = &defaults;
	if (!strncmp(spec, "udp:", 4))
		return mirror_open(spec, o, err);
	if (!strcmp(spec, "any"))
		return any_open(spec, o, err);
	return ether_is(spec) ? ether_open(spec, o, err)
			      : live_open(spec, o, err);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->ops && s->ops->close)
		s->ops->close(s);
	stream_close(s->stream);
	filter_free(s->filter);
	free(s->name);
	free(s);
}

enum source_result source_next(struct source *s, struct frame *out)
{
	enum source_result r;
	struct frame f;
	int match = 1;

	if (s->failed)
		return SOURCE_FAILED;
	for (;;) {
		const struct source_ops *ops = s->ops;

		r = ops->next(s, &f);
		if (r == SOURCE_AGAIN && s->ops != ops)
			continue; /* recognised: now read it */
		if (r != SOURCE_FRAME)
			return r;
		if (s->filter)
			match = filter_match(s->filter, &f, s->error);
		if (match < 0) {
			s->failed = true;
			s->stats.failed = 1;
			return SOURCE_FAILED;
		}
		if (match > 0)
			break;
		s->stats.filtered++;
		/* what was handed out may move with the next one */
		if (ops->pending && !ops->pending(s))
			return SOURCE_AGAIN;
	}
	if (!s->stats.frames++)
		s->stats.linktype = f.linktype;
	else if (s->stats.linktype != f.linktype)
		s->stats.linktype = -1;
	s->stats.bytes += f.data.len;
	if (f.data.len < f.len) {
		s->stats.cut++;
		if (f.data.len > s->stats.cut_len)
			s->stats.cut_len = (uint32_t)f.data.len;
	}
	s->linktype = f.linktype;
	*out = f;
	return SOURCE_FRAME;
}

void source_borrow(struct source *s, const struct source_buffers *from)
{
	if (s->stream)
		stream_borrow(s->stream, from);
}

int source_fd(const struct source *s)
{
	if (s->ops->fd)
		return s->ops->fd(s);
	if (s->stream && stream_is_pipe(s->stream))
		return stream_fd(s->stream);
	return -1;
}

bool source_pending(const struct source *s)
{
	return s->ops->pending && s->ops->pending(s);
}

bool source_seen(const struct source *s, uint64_t *packets)
{
	return s->ops->seen && s->ops->seen(s, packets);
}

bool source_replaced(const struct source *s)
{
	return s->stream && strcmp(s->name, "-") != 0 &&
	       stream_replaced(s->stream, s->name);
}

void source_progress(const struct source *s, uint64_t *done, uint64_t *size)
{
	*done = *size = 0;
	if (s->stream)
		stream_progress(s->stream, done, size);
}

void source_stats(struct source *s, struct source_stats *out)
{
	if (s->ops->stats)
		s->ops->stats(s);
	*out = s->stats;
}

const char *source_error(const struct source *s)
{
	return s->failed || s->warning ? s->error : NULL;
}

bool source_is_warning(const struct source *s)
{
	return s->warning && !s->failed;
}

const char *source_name(const struct source *s)
{
	return strcmp(s->name, "-") ? s->name : "standard input";
}

const char *source_interface(const struct source *s, uint32_t interface)
{
	if (interface == 0 || !s->ops->interface)
		return NULL;
	return s->ops->interface(s, interface);
}

const char *source_linktype(const struct source *s)
{
	const char *name = NULL;

	switch (s->linktype) {
	case LINKTYPE_MIRROR_VXLAN:
		return "VXLAN";
	case LINKTYPE_MIRROR_GENEVE:
		return "GENEVE";
	case -1:
		return "unknown";
	default:
		name = pcap_datalink_val_to_name(
			linktype_to_dlt(s->linktype));
	}
	return name ? name : "unknown";
}

bool source_secrets(struct source *s, struct bytes *out)
{
	return s->ops->secrets && s->ops->secrets(s, out);
}
