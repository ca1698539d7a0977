/* test_source_make.h: capture files made in memory, for test_source*.c. */
#ifndef TEST_SOURCE_MAKE_H
#define TEST_SOURCE_MAKE_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "capture/source.h"

static inline void put_u32(struct buf *b, bool little, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		buf_add_char(b, (char)(v >> (little ? 8 * i : 24 - 8 * i)));
}

static inline void put_u16(struct buf *b, bool little, uint16_t v)
{
	buf_add_char(b, (char)(little ? v : v >> 8));
	buf_add_char(b, (char)(little ? v >> 8 : v));
}

static inline void put_header(struct buf *b, bool little, uint32_t magic,
			      uint32_t linktype)
{
	put_u32(b, little, magic);
	put_u16(b, little, 2);
	put_u16(b, little, 4);
	put_u32(b, little, 0);
	put_u32(b, little, 0);
	put_u32(b, little, 65535);
	put_u32(b, little, linktype);
}

static inline void put_bytes(struct buf *b, bool little, uint32_t sec,
			     uint32_t frac, struct bytes data, uint32_t len)
{
	uint32_t cap = (uint32_t)data.len;

	put_u32(b, little, sec);
	put_u32(b, little, frac);
	put_u32(b, little, cap);
	put_u32(b, little, len);
	buf_add(b, data.p, cap);
}

static inline void put_record(struct buf *b, bool little, uint32_t sec,
			      uint32_t frac, const char *data, uint32_t len)
{
	put_bytes(b, little, sec, frac, bytes_str(data), len);
}

/* One pcapng block: type, length, body padded to 4, length. */
static inline void put_block(struct buf *b, bool little, uint32_t type,
			     const struct buf *body)
{
	uint32_t pad = (uint32_t)(-body->len & 3);
	uint32_t total = (uint32_t)body->len + pad + 12;

	put_u32(b, little, type);
	put_u32(b, little, total);
	buf_add(b, body->p, body->len);
	buf_add(b, "\0\0\0", pad);
	put_u32(b, little, total);
}

/* A fresh file in the test's folder, with these bytes. */
static inline void write_file(const char *path, const void *p, size_t len)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void enter_folder(void)
{
	char folder[] = "/tmp/wirecert-source-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static inline void leave_folder(void)
{
	char folder[4096], command[5000];

	ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

#endif
