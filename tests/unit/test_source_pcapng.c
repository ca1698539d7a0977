/*
 * test_source_pcapng.c: pcapng: interfaces of several kinds, clocks, sections
 * of either byte order, secrets, damaged and unknown blocks.
 */
#include "base/limits.h"
#include "base/linktype.h"
#include "test_source_make.h"
#include "test_run.h"

static char err[SOURCE_ERROR_TEXT];
static struct buf b, body;
static bool little;

static void setup(void)
{
	buf_init(&b, 64u << 20);
	buf_init(&body, 64u << 20);
	little = true;
	enter_folder();
}

static void teardown(void)
{
	leave_folder();
	buf_fini(&b);
	buf_fini(&body);
}

static void put_section(void)
{
	buf_reset(&body);
	put_u32(&body, little, 0x1a2b3c4d);
	put_u16(&body, little, 1);
	put_u16(&body, little, 0);
	put_u32(&body, little, 0xffffffff);
	put_u32(&body, little, 0xffffffff);
	put_block(&b, little, 0x0a0d0d0a, &body);
}

static void put_option(uint16_t code, const void *p, uint16_t len)
{
	put_u16(&body, little, code);
	put_u16(&body, little, len);
	buf_add(&body, p, len);
	buf_add(&body, "\0\0\0", -len & 3);
}

/* resolution 0 and offset 0: the option is left out */
static void put_interface(uint16_t linktype, const char *name,
			  uint8_t resolution, int64_t offset, uint32_t snaplen)
{
	uint8_t o[8];

	buf_reset(&body);
	put_u16(&body, little, linktype);
	put_u16(&body, little, 0);
	put_u32(&body, little, snaplen);
	for (int i = 0; i < 8; i++)
		o[i] = (uint8_t)(offset >> (little ? 8 * i : 56 - 8 * i));
	if (name)
		put_option(2, name, (uint16_t)strlen(name));
	put_option(1, "a comment", 9);
	if (resolution)
		put_option(9, &resolution, 1);
	if (offset)
		put_option(14, o, 8);
	put_option(0, "", 0);
	put_block(&b, little, 1, &body);
}

static void put_packet(uint32_t interface, uint64_t ticks, const char *data,
		       uint32_t len)
{
	buf_reset(&body);
	put_u32(&body, little, interface);
	put_u32(&body, little, (uint32_t)(ticks >> 32));
	put_u32(&body, little, (uint32_t)ticks);
	put_u32(&body, little, (uint32_t)strlen(data));
	put_u32(&body, little, len);
	buf_add_str(&body, data);
	buf_add(&body, "\0\0\0", -strlen(data) & 3);
	put_option(2, "\1\0\0\0", 4);
	put_block(&b, little, 6, &body);
}

static struct source *open_it(void)
{
	struct source *s;

	write_file("f", b.p, b.len);
	s = source_open_file("f", NULL, err);
	ck_assert_msg(s != NULL, "%s", err);
	return s;
}

static struct frame expect(struct source *s, const char *data, uint32_t len,
			   int64_t ns, int linktype)
{
	struct frame f;

	ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
	ck_assert(bytes_is(f.data, data));
	ck_assert_uint_eq(f.len, len);
	ck_assert_int_eq(f.time.ns, ns);
	ck_assert_int_eq(f.linktype, linktype);
	return f;
}

static void expect_end(struct source *s)
{
	struct frame f;

	ck_assert_int_eq(source_next(s, &f), SOURCE_END);
}

static uint64_t bad_blocks(struct source *s)
{
	struct source_stats st;

	source_stats(s, &st);
	return st.bad_blocks;
}

START_TEST(several_interfaces)
{
	struct source *s;
	struct frame f;

	little = _i;
	put_section();
	put_interface(LINKTYPE_ETHERNET, "eth0", 0, 0, 0);
	put_interface(12, NULL, 9, 0, 0); /* DLT_RAW, seen in the wild */
	put_packet(1, 1700000000123456789, "raw", 3);
	put_interface(LINKTYPE_LINUX_SLL, "wlan0", 0x80 | 10, -3600, 0);
	put_packet(2, 1700000000ull * 1024 + 512, "cooked", 60);
	put_packet(0, 1700000001000001, "ether", 5);
	s = open_it();
	f = expect(s, "raw", 3, 1700000000123456789, LINKTYPE_RAW);
	ck_assert_ptr_null(source_interface(s, f.interface));
	ck_assert_uint_ne(f.interface, 0);
	f = expect(s, "cooked", 60, 1699996400500000000, LINKTYPE_LINUX_SLL);
	ck_assert_str_eq(source_interface(s, f.interface), "wlan0");
	ck_assert_str_eq(source_linktype(s), "LINUX_SLL");
	f = expect(s, "ether", 5, 1700000001000001000, LINKTYPE_ETHERNET);
	ck_assert_str_eq(source_interface(s, f.interface), "eth0");
	expect_end(s);
	ck_assert_ptr_null(source_error(s));
	ck_assert_ptr_null(source_interface(s, 0));
	ck_assert_ptr_null(source_interface(s, 4));
	ck_assert_uint_eq(bad_blocks(s), 0);
	source_close(s);
}
END_TEST

/* A second section, of the other byte order, numbers its interfaces anew. */
START_TEST(sections)
{
	struct source *s;
	struct frame f, g;

	put_section();
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	put_packet(0, 1000000, "a", 1);
	little = false;
	put_section();
	put_interface(LINKTYPE_RAW, "two", 0, 0, 0);
	put_packet(0, 2000000, "b", 1);
	put_packet(1, 2000000, "of the first section", 1);
	s = open_it();
	f = expect(s, "a", 1, NSEC_PER_SEC, LINKTYPE_ETHERNET);
	g = expect(s, "b", 1, 2 * NSEC_PER_SEC, LINKTYPE_RAW);
	ck_assert_str_eq(source_interface(s, f.interface), "one");
	ck_assert_str_eq(source_interface(s, g.interface), "two");
	expect_end(s);
	ck_assert_uint_eq(bad_blocks(s), 1);
	source_close(s);
}
END_TEST

/* Simple packets and the packets of the first drafts. */
START_TEST(other_packets)
{
	struct source *s;

	put_section();
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 4);
	buf_reset(&body);
	put_u16(&body, little, 0);
	put_u16(&body, little, 17); /* drops */
	put_u32(&body, little, 0);
	put_u32(&body, little, 5000000);
	put_u32(&body, little, 3);
	put_u32(&body, little, 9);
	buf_add_str(&body, "old");
	put_block(&b, little, 2, &body);
	buf_reset(&body);
	put_u32(&body, little, 7);
	buf_add_str(&body, "simp"); /* cut at the snap length */
	put_block(&b, little, 3, &body);
	s = open_it();
	expect(s, "old", 9, 5 * NSEC_PER_SEC, LINKTYPE_ETHERNET);
	expect(s, "simp", 7, 5 * NSEC_PER_SEC, LINKTYPE_ETHERNET);
	expect_end(s);
	source_close(s);
}
END_TEST

static void put_secrets(uint32_t type, const char *text)
{
	buf_reset(&body);
	put_u32(&body, little, type);
	put_u32(&body, little, (uint32_t)strlen(text));
	buf_add_str(&body, text);
	put_block(&b, little, 10, &body);
}

START_TEST(secrets)
{
	struct bytes out;
	struct source *s;

	put_section();
	put_secrets(0x544c534b, "CLIENT_RANDOM 01 02\n");
	put_secrets(0x57474b4c, "wireguard");
	put_secrets(0x544c534b, "no newline");
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	put_packet(0, 1000000, "a", 1);
	put_secrets(0x544c534b, "late\n");
	put_packet(0, 1000000, "a", 1);
	s = open_it();
	ck_assert(!source_secrets(s, &out));
	expect(s, "a", 1, NSEC_PER_SEC, LINKTYPE_ETHERNET);
	ck_assert(source_secrets(s, &out));
	ck_assert(bytes_is(out, "CLIENT_RANDOM 01 02\nno newline\n"));
	ck_assert(!source_secrets(s, &out));
	expect(s, "a", 1, NSEC_PER_SEC, LINKTYPE_ETHERNET);
	ck_assert(source_secrets(s, &out));
	ck_assert(bytes_is(out, "late\n"));
	expect_end(s);
	source_close(s);
}
END_TEST

START_TEST(statistics)
{
	struct source_stats st;
	struct source *s;

	put_section();
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	for (int i = 1; i <= 2; i++) {
		uint8_t v[8] = { (uint8_t)(100 * i) }, d[8] = { (uint8_t)i };

		buf_reset(&body);
		put_u32(&body, little, 0);
		put_u32(&body, little, 0);
		put_u32(&body, little, 0);
		put_option(4, v, 8);
		put_option(5, d, 8);
		put_option(5, d, 3); /* too short to be a count */
		put_block(&b, little, 5, &body);
	}
	s = open_it();
	expect_end(s);
	source_stats(s, &st);
	ck_assert_uint_eq(st.received, 200);
	ck_assert_uint_eq(st.dropped, 2);
	source_close(s);
}
END_TEST

/* Each is one bad block; the packet behind it is still read. */
START_TEST(damaged_blocks)
{
	struct source *s;
	size_t at;

	put_section();
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	put_packet(7, 1, "no such interface", 17);
	at = b.len;
	put_packet(0, 1, "length lies", 11);
	b.p[at + 20] = 0xff; /* captured length: beyond the block */
	at = b.len;
	put_packet(0, 1, "lengths differ", 14);
	b.p[b.len - 4] ^= 4;
	buf_reset(&body);
	put_u32(&body, little, 0);
	put_block(&b, little, 6, &body); /* too small for its header */
	put_packet(0, 9000000, "good", 4);
	s = open_it();
	expect(s, "good", 4, 9 * NSEC_PER_SEC, LINKTYPE_ETHERNET);
	expect_end(s);
	ck_assert_uint_eq(bad_blocks(s), 4);
	source_close(s);
}
END_TEST

/* Options without end cost their block's rest, not the interface. */
START_TEST(option_bomb)
{
	struct source *s;

	put_section();
	buf_reset(&body);
	put_u16(&body, little, LINKTYPE_ETHERNET);
	put_u16(&body, little, 0);
	put_u32(&body, little, 0);
	put_option(2, "bomb", 4);
	for (unsigned i = 0; i < 100000; i++)
		put_option(1, "", 0);
	put_option(9, "\x09", 1); /* too late to count */
	put_block(&b, little, 1, &body);
	put_packet(0, 9000000, "good", 4);
	s = open_it();
	ck_assert_str_eq(source_interface(s, expect(s, "good", 4,
						    9 * NSEC_PER_SEC,
						    LINKTYPE_ETHERNET)
						     .interface),
			 "bomb");
	expect_end(s);
	ck_assert_uint_eq(bad_blocks(s), 1);
	source_close(s);
}
END_TEST

START_TEST(unknown_blocks)
{
	struct source *s;

	put_section();
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	buf_reset(&body);
	/* larger than any block that we keep in memory */
	for (size_t i = 0; i < (20u << 20); i += 4)
		put_u32(&body, little, 0x0a0d0d0a);
	put_block(&b, little, 0xbad, &body);
	put_packet(0, 9000000, "good", 4);
	s = open_it();
	expect(s, "good", 4, 9 * NSEC_PER_SEC, LINKTYPE_ETHERNET);
	expect_end(s);
	source_close(s);
}
END_TEST

static const struct fatal {
	size_t at; /* in the second block */
	uint32_t value;
	const char *says;
} fatals[] = {
	{ 4, 11, "a block of 11 bytes" },
	{ 4, 0, "a block of 0 bytes" },
	{ 4, 0x7ffffffc, "a block of 2147483644 bytes" },
	{ 0, 0x0a0d0d0a, "a section without a byte order" },
};

START_TEST(cannot_go_on)
{
	const struct fatal *row = &fatals[_i];
	struct source *s;
	struct frame f;
	size_t second;

	put_section();
	second = b.len;
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	for (unsigned i = 0; i < 4; i++)
		b.p[second + row->at + i] = (uint8_t)(row->value >> 8 * i);
	s = open_it();
	ck_assert_int_eq(source_next(s, &f), SOURCE_FAILED);
	ck_assert_msg(strstr(source_error(s), row->says) != NULL, "%s",
		      source_error(s));
	ck_assert_ptr_nonnull(strstr(source_error(s), "f: damaged at byte 28"));
	source_close(s);
}
END_TEST

START_TEST(cut_anywhere)
{
	size_t ends[4];

	put_section();
	ends[0] = b.len;
	put_interface(LINKTYPE_ETHERNET, "one", 0, 0, 0);
	ends[1] = b.len;
	put_packet(0, 1, "first", 5);
	ends[2] = b.len;
	put_packet(0, 1, "second", 6);
	ends[3] = b.len;
	for (size_t n = 4; n <= ends[3]; n++) {
		bool clean = n == ends[0] || n == ends[1] || n == ends[2] ||
			     n == ends[3];
		unsigned frames = 0;
		struct source *s;
		struct frame f;

		write_file("f", b.p, n);
		s = source_open_file("f", NULL, err);
		ck_assert_ptr_nonnull(s);
		while (source_next(s, &f) == SOURCE_FRAME)
			frames++;
		ck_assert_uint_eq(frames, n < ends[2]	? 0u
					  : n < ends[3] ? 1u
							: 2u);
		ck_assert_int_eq(source_is_warning(s), !clean);
		source_close(s);
	}
}
END_TEST

/* Clocks at the edge: no overflow, and a time that can be reckoned with. */
START_TEST(strange_clocks)
{
	static const uint8_t resolution[] = { 0x7f, 0xff, 0x80, 1, 0x8a, 19 };
	struct source *s;
	struct frame f;

	put_section();
	for (uint32_t i = 0; i < 6; i++) {
		put_interface(1, NULL, resolution[i], INT64_MAX - i, 0);
		put_interface(1, NULL, resolution[i], INT64_MIN + i, 0);
		put_packet(2 * i, UINT64_MAX, "a", 1);
		put_packet(2 * i + 1, UINT64_MAX, "a", 1);
		put_packet(2 * i + 1, 0, "a", 1);
	}
	s = open_it();
	for (int i = 0; i < 18; i++) {
		ck_assert_int_eq(source_next(s, &f), SOURCE_FRAME);
		ck_assert(f.time.ns < INT64_MAX - LIMIT_FLOW_IDLE);
		ck_assert(f.time.ns > INT64_MIN + LIMIT_FLOW_IDLE);
	}
	source_close(s);
}
END_TEST

START_TEST(interfaces_without_end)
{
	struct source *s;
	struct frame f;
	char name[16];

	put_section();
	for (unsigned i = 0; i <= LIMIT_PCAPNG_INTERFACES; i++)
		put_interface(1, "x", 0, 0, 0);
	s = open_it();
	ck_assert_int_eq(source_next(s, &f), SOURCE_FAILED);
	source_close(s);
	/* over many sections it is no harm */
	buf_reset(&b);
	for (unsigned i = 0; i < 3 * LIMIT_PCAPNG_INTERFACES; i++) {
		put_section();
		snprintf(name, sizeof name, "if%u", i);
		put_interface(1, name, 0, 0, 0);
		put_packet(0, 1, "a", 1);
	}
	s = open_it();
	for (unsigned i = 0; i < 3 * LIMIT_PCAPNG_INTERFACES; i++) {
		f = expect(s, "a", 1, 1000, 1);
		snprintf(name, sizeof name, "if%u", i);
		ck_assert_str_eq(source_interface(s, f.interface), name);
		ck_assert_uint_le(f.interface, LIMIT_PCAPNG_INTERFACES);
	}
	expect_end(s);
	source_close(s);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, several_interfaces, 0, 2);
	tcase_add_test(t, sections);
	tcase_add_test(t, other_packets);
	tcase_add_test(t, secrets);
	tcase_add_test(t, statistics);
	tcase_add_test(t, damaged_blocks);
	tcase_add_test(t, option_bomb);
	tcase_add_test(t, unknown_blocks);
	tcase_add_loop_test(t, cannot_go_on, 0, 4);
	tcase_add_test(t, cut_anywhere);
	tcase_add_test(t, strange_clocks);
	tcase_add_test(t, interfaces_without_end);
}

TEST_MAIN("pcapng", cases)
