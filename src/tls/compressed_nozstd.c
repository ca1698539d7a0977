/* compressed_nozstd.c: zstd where it is not built in. */
#include "tls/compressed.h"

const struct tls_compression tls_compression_zstd = {
	.code = 3,
	.name = "zstd",
};
