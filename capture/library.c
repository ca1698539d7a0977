/* library.c: which libpcap this is. */
#include "capture/source.h"

#include <pcap/pcap.h>

const char *source_library(void)
{
	return pcap_lib_version();
}
