/* compressed_nobrotli.c: brotli where it is not built in. */
#include "tls/compressed.h"

const struct tls_compression tls_compression_brotli = {
	.code = 2,
	.name = "brotli",
};
