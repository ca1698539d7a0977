/* linktype.h: the link types of capture files that decode/ knows. */
#ifndef BASE_LINKTYPE_H
#define BASE_LINKTYPE_H

enum linktype {
	LINKTYPE_NULL = 0,
	LINKTYPE_ETHERNET = 1,
	LINKTYPE_PPP = 9,
	LINKTYPE_PPP_HDLC = 50,
	LINKTYPE_PPP_ETHER = 51,
	LINKTYPE_RAW = 101,
	/* the same as pcap_datalink() has it: on Linux, on OpenBSD */
	DLT_RAW_LINUX = 12,
	DLT_RAW_OPENBSD = 14,
	LINKTYPE_C_HDLC = 104,
	LINKTYPE_IEEE802_11 = 105,
	LINKTYPE_LOOP = 108,
	LINKTYPE_LINUX_SLL = 113,
	LINKTYPE_IEEE802_11_RADIOTAP = 127,
	LINKTYPE_PPI = 192,
	LINKTYPE_IPV4 = 228,
	LINKTYPE_IPV6 = 229,
	LINKTYPE_NFLOG = 239,
	LINKTYPE_LINUX_SLL2 = 276,
	/* our own, beyond all of the registry: the payload of a datagram that
	 * a cloud mirror sent to our socket */
	LINKTYPE_MIRROR_VXLAN = 0x10001,
	LINKTYPE_MIRROR_GENEVE = 0x10002,
};

#endif
