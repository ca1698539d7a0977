/*
 * test_decode.c: every link type and every tunnel around one packet.
 *
 * Each row is decoded whole, then in every prefix, each in a heap block of
 * exactly its size (the ladder): as a frame that the capture cut, and as a
 * frame that pretends to be whole.
 */
#include "decode/decode.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/linktype.h"
#include "test_decode_wrap.h"
#include "test_run.h"

#define ETHER LINKTYPE_ETHERNET
#define SNAP  "X:aaaa030000000800"

static const struct row {
	int linktype;
	const char *recipe;
	const char *tunnels; /* "vlan:100 gre", "" for none */
	bool guesses;	     /* nothing in the header says what follows */
} rows[] = {
	{ ETHER, "E:0800 T4", "", false },
	{ ETHER, "E:86dd T6", "", false },
	{ ETHER, "E:0800 T4 Z:06", "", false }, /* Ethernet's padding */
	{ ETHER, "E:0800 T6", "", false },	/* seen in the wild */
	{ ETHER, "E:8100 X:00640800 T4", "vlan:100", false },
	{ ETHER, "E:88a8 X:00c88100 X:60640800 T4", "vlan:200 vlan:100", false },
	{ ETHER, "E:9100 X:00018100 X:000286dd T6", "vlan:1 vlan:2", false },
	{ ETHER, "E:9200 X:00019300 X:00020800 T4", "vlan:1 vlan:2", false },
	{ ETHER, "L " SNAP " T4", "", false },
	{ ETHER, "L X:aaaa030000f80800 T4", "", false },
	{ ETHER, "L X:aaaa030080c20007 E:0800 T4", "", false },
	{ ETHER, "E:8870 " SNAP " T4", "", false },
	{ ETHER, "E:8909 X:0101000100070800 T4", "", false },
	{ ETHER, "E:8926 X:800100020800 T4", "", false },
	{ ETHER, "E:893f X:0001000000020800 T4", "", false },
	{ ETHER, "E:88e7 X:00000123 E:0800 T4", "", false },
	{ ETHER, "E:8864 P:0021 T4", "pppoe:7", false },
	{ ETHER, "E:8864 P:0057 T6 Z:08", "pppoe:7", false },
	{ ETHER, "E:8864 P:0281 X:00064140 T4", "pppoe:7 mpls:100", true },
	{ ETHER, "E:8864 P:0283 X:00064140 T4", "pppoe:7 mpls:100", true },
	{ ETHER, "E:8847 X:00064140 T4", "mpls:100", true },
	{ ETHER, "E:8848 X:00064140 T4", "mpls:100", true },
	{ ETHER, "E:0800 V4:137 X:00064140 T4", "mpls:100", true },
	{ ETHER, "E:8847 X:0006404000065140 T6", "mpls:100 mpls:101", true },
	{ ETHER, "E:8847 X:00064140 X:00000000 E:0800 T4", "mpls:100", true },
	{ ETHER, "E:8847 X:00064140 E:0800 T4", "mpls:100", true },
	{ ETHER, "E:0800 V4:47 X:00000800 T4", "gre", false },
	{ ETHER, "E:0800 V4:47 X:2000080000000005 T4", "gre:5", false },
	{ ETHER, "E:0800 V4:47 X:b0000800 X:00000000 X:00000005 X:00000009 T4",
	  "gre:5", false },
	{ ETHER, "E:0800 V4:47 X:40000800 X:00000000 X:0002000401020304 "
		 "X:00000000 T4",
	  "gre", false },
	{ ETHER, "E:86dd V6:47 X:000086dd T6", "gre", false },
	{ ETHER, "E:0800 V4:47 X:00006558 E:0800 T4", "gre", false },
	{ ETHER, "E:0800 V4:47 X:20006558 X:00012307 E:0800 T4", "gre:74503",
	  true },
	{ ETHER, "E:0800 V4:47 X:20006558 X:01234507 E:0800 T4", "nvgre:74565",
	  false },
	{ ETHER, "E:0800 V4:47 X:3001880b X:004e0042 X:00000001 X:ff030021 T4",
	  "gre:66", false },
	{ ETHER, "E:0800 V4:47 X:3081880b X:004b0042 X:00000001 X:00000002 "
		 "X:21 T4",
	  "gre:66", false },
	{ ETHER, "E:0800 V4:47 X:00008847 X:00064140 T4", "gre mpls:100", true },
	{ ETHER, "E:0800 V4:47 X:0000883e X:00000000 T4", "gre", true },
	{ ETHER, "E:0800 V4:47 X:00008909 X:0800010100010007 T4", "gre", false },
	{ ETHER, "E:0800 V4:47 X:000088be E:0800 T4", "erspan", false },
	{ ETHER, "E:0800 V4:47 X:100088be X:00000001 X:1000002a00000000 "
		 "E:0800 T4",
	  "erspan:42", false },
	{ ETHER, "E:0800 V4:47 X:100022eb X:00000001 X:2000002a00000000 "
		 "X:00000000 E:0800 T4",
	  "erspan:42", false },
	{ ETHER, "E:0800 V4:47 X:100022eb X:00000001 X:2000002a00000000 "
		 "X:00000001 X:0000000000000000 E:8100 X:00050800 T4",
	  "erspan:42 vlan:5", false },
	{ ETHER, "E:0800 V4:47 X:100022eb X:00000001 X:2000002a00000000 "
		 "X:00000800 T4",
	  "erspan:42", false },
	{ ETHER, "E:0800 V4:4 T4", "ipip", false },
	{ ETHER, "E:0800 V4:41 T6", "ipip", false },
	{ ETHER, "E:86dd V6:4 T4", "ipip", false },
	{ ETHER, "E:86dd V6:41 T6", "ipip", false },
	{ ETHER, "E:0800 V4:51 X:040400000000000100000002"
		 "000000000000000000000000 T4",
	  "ipip", false },
	{ ETHER, "E:0800 V4:17 U:3544 T6", "teredo", true },
	{ ETHER, "E:0800 V4:17 U:3544 X:0000123401020304 T6", "teredo", true },
	{ ETHER, "E:0800 V4:17 U:3544 X:00010000000000000000000000 "
		 "X:0000123401020304 T6",
	  "teredo", true },
	{ ETHER, "E:0800 V4:17 U:4789 X:0800000000002a00 E:0800 T4", "vxlan:42",
	  false },
	{ ETHER, "E:86dd V6:17 U:4789 X:0800000000002a00 E:86dd T6", "vxlan:42",
	  false },
	{ ETHER, "E:0800 V4:17 U:4789 X:8800123400002a00 E:8100 X:00070800 T4",
	  "vxlan:42 vlan:7", false },
	{ ETHER, "E:0800 V4:17 U:8472 X:0800000000002a00 E:0800 T4", "vxlan:42",
	  false },
	{ ETHER, "E:0800 V4:17 U:14789 X:0800000000002a00 E:0800 T4",
	  "vxlan:42", false }, /* a port by configuration */
	{ ETHER, "E:0800 V4:17 U:4790 X:0c00000100002a00 T4", "vxlan:42",
	  false },
	{ ETHER, "E:0800 V4:17 U:4790 X:0c00000300002a00 E:0800 T4", "vxlan:42",
	  false },
	{ ETHER, "E:0800 V4:17 U:4790 X:0c00000400002a00 X:0002010100000905 T4",
	  "vxlan:42 nsh:9", false },
	{ ETHER, "E:894f X:00020103 X:00000905 E:0800 T4", "nsh:9", false },
	{ ETHER, "E:894f X:00060101 X:00000905 X:00000000000000000000000000000000 "
		 "T4",
	  "nsh:9", false },
	{ ETHER, "E:0800 V4:17 U:6081 X:0000655800002a00 E:0800 T4",
	  "geneve:42", false },
	{ ETHER, "E:0800 V4:17 U:6081 X:0200080000002a00 X:0001000100000000 T4",
	  "geneve:42", false },
	{ ETHER, "E:0800 V4:17 U:2152 G:01020304 T4", "gtpu:16909060", false },
	{ ETHER, "E:0800 V4:17 U:2152 X:34ff004c X:01020304 X:00000085 "
		 "X:01100900 T4",
	  "gtpu:16909060", false },
	{ ETHER, "E:0800 V4:17 U:1701 X:000200050006 X:ff030021 T4", "l2tp:6",
	  false },
	{ ETHER, "E:0800 V4:17 U:1701 X:4a02005a00050006 X:000000000000 "
		 "X:ff030021 T4",
	  "l2tp:6", false },
	{ ETHER, "E:0800 V4:17 U:1701 X:0003000000000009 X:00000000 E:0800 T4",
	  "l2tp:9", true },
	{ ETHER, "E:0800 V4:115 X:00000009 X:00000000 E:0800 T4", "l2tp:9",
	  true },
	{ ETHER, "E:0800 V4:115 X:00000009 E:0800 T4", "l2tp:9", true },
	{ ETHER, "E:0800 V4:17 U:5247 X:0010020000000000 E:0800 T4", "capwap",
	  false },
	{ ETHER, "E:0800 V4:17 U:5247 X:0010030000000000 X:08010000"
		 "020000000001020000000002020000000003 X:0000 " SNAP " T4",
	  "capwap", false },
	{ ETHER, "E:0800 V4:17 U:5247 X:0010030000000000 X:01080000"
		 "020000000001020000000002020000000003 X:0000 " SNAP " T4",
	  "capwap", false },
	{ ETHER, "E:0800 V4:17 U:37008 X:01000001 X:0a01ff00 X:01 E:0800 T4",
	  "tzsp", false },
	{ ETHER, "E:0800 V4:17 U:6635 X:00064140 T4", "mpls:100", true },
	{ ETHER, "E:86dd V6:0 X:2b00010400000000 X:3c00000000000000 "
		 "X:8700010400000000 X:2c003b0000000000 X:2900000000000001 T6",
	  "ipip", false }, /* ends with an atomic fragment */
	{ ETHER, "E:86dd V6:139 X:8c00000000000000 X:2900000000000000 T6",
	  "ipip", false },
	{ LINKTYPE_LINUX_SLL, "X:0000000100060200000000010000 X:0800 T4", "",
	  false },
	{ LINKTYPE_LINUX_SLL, "X:0000000100060200000000010000 X:0004 " SNAP
			      " T4",
	  "", false },
	{ LINKTYPE_LINUX_SLL2,
	  "X:86dd000000000003000100060200000000010000 T6", "", false },
	{ LINKTYPE_LINUX_SLL2, "X:8100000000000003000100060200000000010000 "
			       "X:00640800 T4",
	  "vlan:100", false },
	{ LINKTYPE_RAW, "T4", "", false },
	{ LINKTYPE_RAW, "T6", "", false },
	{ LINKTYPE_IPV4, "T4", "", false },
	{ LINKTYPE_IPV6, "T6", "", false },
	{ LINKTYPE_NULL, "X:02000000 T4", "", false },
	{ LINKTYPE_NULL, "X:0000001e T6", "", false },
	{ LINKTYPE_LOOP, "X:00000018 T6", "", false },
	{ LINKTYPE_PPP, "X:0021 T4", "", false },
	{ LINKTYPE_PPP, "X:ff030057 T6", "", false },
	{ LINKTYPE_PPP, "X:21 T4", "", false },
	{ LINKTYPE_PPP_HDLC, "X:ff030021 T4", "", false },
	{ LINKTYPE_PPP_HDLC, "X:0f000800 T4", "", false },
	{ LINKTYPE_C_HDLC, "X:8f0086dd T6", "", false },
	{ LINKTYPE_PPP_ETHER, "P:0021 T4", "pppoe:7", false },
	{ LINKTYPE_IEEE802_11, "X:08010000020000000001020000000002020000000003"
			       "1000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11, "X:88010000020000000001020000000002020000000003"
			       "10000000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11, "X:88030000020000000001020000000002020000000003"
			       "1000020000000004 X:0000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11, "X:88810000020000000001020000000002020000000003"
			       "10000000 X:00000000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11_RADIOTAP,
	  "X:0000080000000000 X:08020000020000000001020000000002020000000003"
	  "1000 " SNAP " T4",
	  "", false },
	/* TSFT, flags with "data pad": two bytes behind a QoS header */
	{ LINKTYPE_IEEE802_11_RADIOTAP,
	  "X:0000120003000000 X:0102030405060708 X:2000 "
	  "X:88020000020000000001020000000002020000000003"
	  "10000000 X:0000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_PPI, "X:0000080069000000 X:080200000200000000010200000000"
			"020200000000031000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_PPI, "X:0000080001000000 E:0800 T4", "", false },
	{ LINKTYPE_NFLOG, "X:02000000 X:0800010008000302 X:0500060041000000 "
			  "X:48000900 T4",
	  "", false },
	{ LINKTYPE_NFLOG, "X:02000000 X:0008000100080302 X:00480009 T4", "",
	  false },
	{ ETHER, "E:0800 V4:47 X:00008200 X:08010000"
		 "020000000001020000000002020000000003 X:0000 " SNAP " T4",
	  "gre", false },
	{ ETHER, "E:0800 V4:47 X:000082f0 X:08010000"
		 "020000000001020000000002020000000003 X:0000 " SNAP " T4",
	  "gre", false },
	{ ETHER, "E:0800 V4:47 X:00006559 X:184103cc T4", "gre", false },
	{ ETHER, "E:0800 V4:47 X:20016400 X:00530700 E:0800 T4", "gre:7",
	  false },
	{ ETHER, "E:0800 V4:97 X:3000 E:0800 T4", "etherip", false },
	{ ETHER, "E:0800 V4:17 U:4754 X:00000800 T4", "gre", true },
	{ ETHER, "E:86dd V6:17 U:4754 X:20006558 X:00000007 E:86dd T6",
	  "gre:7", true },
	{ ETHER, "E:0800 V4:17 U:4341 X:c012345600000001 T4", "lisp", true },
	{ ETHER, "E:0800 V4:17 U:4341 X:8812345600002a01 T6", "lisp:42",
	  true },
	{ ETHER, "E:0800 V4:17 U:6080 X:00040000 T4", "gue", true },
	{ ETHER, "E:0800 V4:17 U:6080 X:0129000012345678 T6", "gue", true },
	{ ETHER, "E:0800 V4:17 U:6080 T6", "gue", true },
	{ ETHER, "E:0800 V4:17 U:5072 X:4452112912345678 "
		 "X:00000000000000000000000000000000 "
		 "X:0000000000000000000000000000000000000000 T6",
	  "ayiya", true },
	{ LINKTYPE_PKTAP, "X:140000000100000001000000 X:0000000000000000 "
			  "E:0800 T4",
	  "", false },
	{ LINKTYPE_PKTAP, "X:0c00000001000000 X:0c000000 T6", "", false },
	{ LINKTYPE_PFLOG, "X:3d020000000000000000000000000000 "
			  "X:00000000000000000000000000000000 "
			  "X:00000000000000000000000000000000 "
			  "X:00000000000000000000000000000000 T4",
	  "", false },
	{ LINKTYPE_ENC, "X:020000001234567800000000 T4", "", false },
	{ LINKTYPE_ENC, "X:000000181234567800000000 T6", "", false },
	{ LINKTYPE_FRELAY, "X:184103cc T4", "", false },
	{ LINKTYPE_FRELAY, "X:1841038e T6", "", false },
	{ LINKTYPE_FRELAY, "X:1841030080000000 X:0800 T4", "", false },
	{ LINKTYPE_FRELAY, "X:18400001 X:0800 T4", "", false },
	{ LINKTYPE_FRELAY_WITH_DIR, "X:01 X:184103cc T4", "", false },
	{ LINKTYPE_PPP_WITH_DIR, "X:01 X:ff030021 T4", "", false },
	{ LINKTYPE_C_HDLC_WITH_DIR, "X:01 X:0f000800 T4", "", false },
	{ LINKTYPE_IEEE802_11_PRISM, "X:44000000 X:0c000000 X:00000000 "
				     "X:08010000 X:020000000001020000000002"
				     "020000000003 X:0000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11_PRISM, "X:80211001 X:0000000c X:00000000 "
				     "X:08010000 X:020000000001020000000002"
				     "020000000003 X:0000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_11_AVS, "X:80211002 X:00000008 "
				   "X:08010000 X:020000000001020000000002"
				   "020000000003 X:0000 " SNAP " T4",
	  "", false },
	{ LINKTYPE_ERF, "X:0000000000000000 X:0204000000000000 X:0000 "
			"E:0800 T4",
	  "", false },
	{ LINKTYPE_ERF, "X:0000000000000000 X:9604000000000000 "
			"X:0300000000000000 T4",
	  "", false },
	{ LINKTYPE_ERF, "X:0000000000000000 X:1704000000000000 T6", "", false },
	{ LINKTYPE_ATM_RFC1483, SNAP " T4", "", false },
	{ LINKTYPE_SUNATM, "X:02010020 " SNAP " T4", "", false },
	{ LINKTYPE_IEEE802_5, "X:1040 X:020000000002020000000001 " SNAP " T4",
	  "", false },
	{ LINKTYPE_IEEE802_5, "X:1040 X:020000000002820000000001 X:0230 " SNAP
			      " T4",
	  "", false },
	{ LINKTYPE_FDDI, "X:50 X:020000000002020000000001 " SNAP " T4", "",
	  false },
	{ LINKTYPE_IPOIB, "X:0000000000000000000000000000000000000000 "
			  "X:0000000000000000000000000000000000000000 "
			  "X:86dd0000 T6",
	  "", false },
	{ LINKTYPE_MIRROR_VXLAN, "X:0800000000002a00 E:0800 T4", "vxlan:42",
	  false },
	{ LINKTYPE_MIRROR_GENEVE, "X:0000655800002a00 E:0800 T4", "geneve:42",
	  false },
};

static struct decoder *decoder;

static void setup(void)
{
	static const struct decode_config config = { .vxlan_ports = { 14789 } };

	decoder = decode_new(&config);
	ck_assert_ptr_nonnull(decoder);
}

static void teardown(void)
{
	decode_free(decoder);
}

static void tunnels_text(const struct packet *p, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < p->num_tunnels; i++) {
		const struct tunnel *t = &p->tunnels[i];

		at += (size_t)snprintf(out + at, size - at, "%s%s",
				       i ? " " : "", tunnel_names[t->type]);
		if (t->has_id)
			at += (size_t)snprintf(out + at, size - at, ":%llu",
					       (unsigned long long)t->id);
	}
}

START_TEST(whole)
{
	const struct row *row = &rows[_i];
	struct wrapped w;
	struct packet p;
	struct frame f;
	char text[256];

	wrap(row->recipe, &w);
	f = (struct frame){ .data = bytes_of(w.b, w.len),
			    .len = (uint32_t)w.len,
			    .linktype = row->linktype,
			    .time = { 42 },
			    .input = 3,
			    .interface = 5 };
	ck_assert_msg(decode_frame(decoder, &f, &p) == DECODE_OK, "%s",
		      row->recipe);
	ck_assert_int_eq(p.protocol, PACKET_TCP);
	ck_assert_uint_eq(p.src.port, 40000);
	ck_assert_uint_eq(p.dst.port, 443);
	ck_assert_uint_eq(p.src.addr.family == 4 ? p.src.addr.b[0]
						 : p.src.addr.b[4],
			  10);
	ck_assert_uint_eq(p.seq, 0x01020304);
	ck_assert_uint_eq(p.ack, 0x05060708);
	ck_assert_uint_eq(p.tcp_flags, TCP_ACK | TCP_PSH);
	ck_assert(bytes_is(p.payload, WRAP_PAYLOAD));
	ck_assert_uint_eq(p.payload_len, strlen(WRAP_PAYLOAD));
	ck_assert(!p.cut);
	ck_assert_uint_eq(p.input, 3);
	ck_assert_uint_eq(p.interface, 5);
	ck_assert_int_eq(p.time.ns, 42);
	tunnels_text(&p, text, sizeof text);
	ck_assert_str_eq(text, row->tunnels);
	ck_assert(!decode_next(decoder, &p));
}
END_TEST

/* What a cut frame may give: a cut packet, or the word "cut". */
static void ladder_check(const struct row *row, enum decode_reason reason,
			 const struct packet *p, bool honest, size_t n)
{
	if (reason == DECODE_OK && p->protocol == PACKET_UDP) {
		ck_assert_msg(p->cut || !honest, "%s at %zu", row->recipe, n);
		ck_assert_uint_eq(p->num_tunnels, 0);
		return;
	}
	if (reason == DECODE_OK) {
		ck_assert_msg(p->cut, "%s at %zu", row->recipe, n);
		ck_assert_uint_eq(p->payload_len, strlen(WRAP_PAYLOAD));
		ck_assert(!memcmp(p->payload.p ? (const char *)p->payload.p
					       : "",
				  WRAP_PAYLOAD, p->payload.len));
		return;
	}
	if (honest && !row->guesses)
		ck_assert_msg(reason == DECODE_CUT, "%s at %zu: %s",
			      row->recipe, n, decode_reasons[reason]);
	ck_assert_int_lt(reason, DECODE_NUM_REASONS);
}

START_TEST(ladder)
{
	const struct row *row = &rows[_i];
	struct wrapped w;
	struct packet p;
	size_t full;

	wrap(row->recipe, &w);
	full = w.len;
	if (strstr(row->recipe, " Z:"))
		full -= strtoul(strstr(row->recipe, " Z:") + 3, NULL, 16);
	for (size_t n = 0; n < full; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		struct frame f = { .data = bytes_of(exact, n),
				   .len = (uint32_t)w.len,
				   .linktype = row->linktype };

		memcpy(exact, w.b, n);
		ladder_check(row, decode_frame(decoder, &f, &p), &p, true, n);
		f.len = (uint32_t)n;
		ladder_check(row, decode_frame(decoder, &f, &p), &p, false, n);
		free(exact);
	}
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, whole, 0, NUM(rows));
	tcase_add_loop_test(t, ladder, 0, NUM(rows));
}

TEST_MAIN("decode", cases)
