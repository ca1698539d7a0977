/*
 * inflate.h: decompressors of capture files, one file each.
 *
 * Recognised by content. Streamed; several members or frames behind each other
 * are one stream.
 */
#ifndef CAPTURE_INFLATE_H
#define CAPTURE_INFLATE_H

#include "base/bytes.h"

struct inflate_kind {
	const char *name;
	uint8_t magic[4];
	size_t magic_len;
	/* NULL: this build does not have it */
	void *(*open)(void);
	/*
	 * Takes from *in (moving it on) and puts at most room bytes to out;
	 * false if the data are damaged. *between is set while no member is
	 * begun: a file may end here.
	 */
	bool (*run)(void *state, struct bytes *in, uint8_t *out, size_t room,
		    size_t *put, bool *between);
	void (*close)(void *state);
};

extern const struct inflate_kind inflate_gzip, inflate_zstd;

#endif
