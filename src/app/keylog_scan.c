/*
 * keylog_scan.c: the Decryption Secrets Blocks of a pcapng file, before its
 * packets: a block may stand behind what it opens. Only block headers are read;
 * what is no sound block ends it, and the replay itself tells why.
 */
#include "app/keylog.h"

#include "base/reader.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"

#define SECTION 0x0a0d0d0au
#define MAGIC	0x1a2b3c4du
#define SECRETS 10u
#define KEY_LOG 0x544c534bu
#define BUFFER	65536u

struct scan {
	FILE *file;
	bool big; /* the section's byte order */
};

static uint32_t num(const struct scan *s, struct reader *r)
{
	return s->big ? rd_u32(r) : rd_le32(r);
}

static bool get(struct scan *s, uint8_t *p, size_t n)
{
	return fread(p, 1, n, s->file) == n;
}

/* A section begins: its byte order rules all that is behind. */
static bool section(struct scan *s)
{
	uint8_t magic[4];
	struct reader big = rd_whole(bytes_of(magic, 4)), little = big;

	if (!get(s, magic, 4))
		return false;
	s->big = rd_u32(&big) == MAGIC;
	return s->big || rd_le32(&little) == MAGIC;
}

static void secrets(struct scan *s, struct keylogs *k, uint32_t len)
{
	uint8_t *body = len <= LIMIT_PCAPNG_SECRETS ? malloc(len) : NULL;
	struct reader r;
	uint32_t type, n;

	if (!body)
		return;
	if (get(s, body, len)) {
		r = rd_whole(bytes_of(body, len));
		type = num(s, &r);
		n = num(s, &r);
		if (type == KEY_LOG)
			keylogs_feed(k, rd_bytes(&r, n));
		/* the file's position is set by who called */
	}
	OPENSSL_cleanse(body, len);
	free(body);
}

/* One block; false: the end, or none. */
static bool block(struct scan *s, struct keylogs *k, bool first)
{
	off_t at = ftello(s->file);
	uint8_t head[8];
	struct reader r = rd_whole(bytes_of(head, sizeof head)), length;
	uint32_t type, len;

	if (at < 0 || !get(s, head, sizeof head))
		return false;
	type = rd_le32(&r); /* SECTION reads the same both ways */
	length = r;
	if (first && type != SECTION)
		return false;
	if (type == SECTION && !section(s))
		return false;
	r = rd_whole(bytes_of(head, 4));
	type = num(s, &r);
	len = num(s, &length);
	if (len < 12 || len % 4 || len > LIMIT_PCAPNG_BLOCK)
		return false;
	if (type == SECRETS)
		secrets(s, k, len - 12);
	return fseeko(s->file, at + (off_t)len, SEEK_SET) == 0;
}

/* Hops from block to block; true: to the end of a pcapng file. */
static bool scan(struct scan *s, struct keylogs *k)
{
	if (!block(s, k, true))
		return false;
	while (block(s, k, false))
		;
	return feof(s->file);
}

bool keylogs_scan(struct keylogs *k, const char *path)
{
	struct scan s = { .file = NULL };
	char *buffer;
	struct stat st;
	bool whole = false;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	s.file = fopen(path, "rbe");
	if (!s.file)
		return false;
	/* a buffer of our own: to be wiped, and so long that hops stay in it */
	buffer = malloc(BUFFER);
	if (buffer) {
		(void)setvbuf(s.file, buffer, _IOFBF, BUFFER);
		whole = scan(&s, k);
	}
	(void)fclose(s.file);
	if (buffer)
		OPENSSL_cleanse(buffer, BUFFER);
	free(buffer);
	return whole;
}
