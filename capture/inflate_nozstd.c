/* inflate_nozstd.c: built without libzstd; such files are named, not read. */
#include "capture/inflate.h"

const struct inflate_kind inflate_zstd = {
	.name = "zstd",
	.magic = { 0x28, 0xb5, 0x2f, 0xfd },
	.magic_len = 4,
};
