/*
 * fuzz_pcapng.c: source_open_file(), source_next(), source_secrets(),
 * source_interface() over any bytes as a capture: pcapng, pcap, gzip, zstd.
 *
 * Demands: frames and secrets lie within the limits, the end is stable, every
 * failure and every warning has one line.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "capture/source.h"
#include "demand.h"

/* a compressed input may be long; what matters is found before */
#define FRAMES_MOST 100000

/* what is read must not be optimised away */
static volatile uint64_t touched;

static void check_frame(struct source *s, const struct frame *f)
{
	const char *name = source_interface(s, f->interface);
	struct bytes secrets;
	uint64_t sum = 0;

	demand(f->data.len <= LIMIT_FRAME);
	demand(f->data.len <= f->len);
	for (size_t i = 0; i < f->data.len; i++)
		sum += f->data.p[i];
	if (name)
		sum += strlen(name);
	touched = sum;
	demand(source_linktype(s) != NULL);
	while (source_secrets(s, &secrets))
		demand(secrets.len <= LIMIT_PCAPNG_SECRETS);
}

static void check_line(const char *line)
{
	demand(line != NULL && *line);
	demand(strchr(line, '\n') == NULL);
}

static void read_all(const char *path)
{
	char err[SOURCE_ERROR_TEXT];
	struct source *s = source_open_file(path, NULL, err);
	enum source_result r = SOURCE_END;
	struct source_stats st;
	struct frame f;
	unsigned frames = 0;

	if (!s) {
		check_line(err);
		return;
	}
	while (frames++ < FRAMES_MOST &&
	       (r = source_next(s, &f)) == SOURCE_FRAME)
		check_frame(s, &f);
	demand(r != SOURCE_AGAIN);
	if (r != SOURCE_FRAME)
		demand(source_next(s, &f) == r);
	if (r == SOURCE_FAILED || source_is_warning(s))
		check_line(source_error(s));
	source_stats(s, &st);
	demand(st.frames < frames);
	source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];

	demand(fd >= 0);
	demand(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_all(path);
	close(fd);
	return 0;
}
