/* version.c: see version.h. WIRECERT_VERSION comes from meson.build. */
#include "app/version.h"

#include "capture/source.h"

#include <event2/event.h>
#include <openssl/crypto.h>
#include <stdio.h>

const char version_text[] = WIRECERT_VERSION;

void version_print(void)
{
	printf("wirecert %s\n%s\n%s\nlibevent %s\n", version_text,
	       source_library(), OpenSSL_version(OPENSSL_VERSION),
	       event_get_version());
}
