/*
 * test_config.c: the configuration file: what it gives, what is refused and
 * how, and that manual and example know every row.
 */
#include "app/config.h"
#include "test_run.h"

#include <stdio.h>
#include <stdlib.h>

static char err[CONFIG_ERROR_TEXT];

static struct config *good(const char *text)
{
	struct config *c = config_parse(bytes_str(text), "f.conf", err);

	ck_assert_msg(c != NULL, "%s: %s", text, err);
	return c;
}

START_TEST(sensor)
{
	struct config *c = good(
		"\xef\xbb\xbf# comment\r\n[sensor] ; one\r\n  name = tap 1\r\n"
		"interface = eth0, eth1\ninterface: any\n"
		"filter = tcp ; both\nfilter = or udp\nworkers = 3\n"
		"snaplen = 2000\nbuffer = 2M\npromiscuous = no\n"
		"keylog = /a b\ntrust = none\nnow = 2026-11-23\n"
		"[tunnels]\nvxlan_ports = 1, 2\nvlan_in_key = yes\n");
	struct options o = { .workers = 7 };

	config_fill(c, &o);
	ck_assert_str_eq(o.name, "tap 1");
	ck_assert_uint_eq(o.num_interfaces, 3);
	ck_assert_str_eq(o.interfaces[2], "any");
	ck_assert_str_eq(o.filter, "tcp or udp");
	ck_assert_uint_eq(o.workers, 7); /* the command line's */
	ck_assert_int_eq(o.snaplen, 2000);
	ck_assert_uint_eq(o.buffer, 2u << 20);
	ck_assert(o.no_promiscuous && o.now_fixed);
	ck_assert_str_eq(o.keylogs[0], "/a b");
	ck_assert_uint_eq(c->decode.vxlan_ports[1], 2);
	ck_assert_uint_eq(c->decode.vxlan_ports[2], 0);
	ck_assert(c->decode.vlan_in_key);
	options_fini(&o);
	o = (struct options){ .num_files = 1, .now_given = true };
	config_fill(c, &o); /* a replay listens to nothing */
	ck_assert(!o.num_interfaces && !o.now_fixed);
	options_fini(&o);
	config_free(c);
}
END_TEST

START_TEST(policy)
{
	struct config *c = good(
		"[networks]\nown = 192.0.2.0/24\nown = 2001:db8::/32\n"
		"[names]\nown = *.a.example b.example\n"
		"[thresholds]\nexpiring = 2w\nexpiring_high = 12h\n"
		"[severity]\ntls.obsolete = off\nname.* = low\n"
		"[except \"a \xc3\xa9 [x] reason; that is longer than what "
		"libinih keeps of a section\"]\n"
		"code = cert.*, name.mismatch\nuntil = 2026-11-23\n"
		"certificate = " "00112233445566778899aabbccddeeff"
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\n"
		"[gateway \"g\"]\nnames = g.example\nissuer = *O=X, C=Y\n"
		"severity = low\n[gateway \"h\"]\nnetworks = ::1\n"
		"severity = off\n");
	const struct policy *p = &c->policy;
	const struct policy_except *x = p->excepts;

	ck_assert_uint_eq(p->num_own, 2);
	ck_assert_uint_eq(p->num_own_names, 2);
	ck_assert_int_eq(p->expiring, 14 * 86400);
	ck_assert_int_eq(p->expiring_high, 43200);
	ck_assert_int_eq(p->mixed_after, 86400); /* the default */
	ck_assert(p->severities->off && !p->severities->next->off);
	ck_assert_uint_eq(x->codes.num, 2);
	ck_assert_uint_eq(x->num_certificates, 1);
	ck_assert_uint_eq(x->certificates[0][31], 0xff);
	ck_assert_int_eq(stamp_to_sec(x->until),
			 (stamp_days(2026, 11, 23) + 1) * 86400);
	ck_assert_str_eq(p->gateways->issuers.text[0], "*O=X, C=Y");
	ck_assert(p->gateways->limited && !p->gateways->off);
	ck_assert(p->gateways->next->off);
	ck_assert_ptr_null(p->gateways->next->next);
	config_free(c);
}
END_TEST

START_TEST(outputs)
{
	struct config *c = good(
		"[output \"a\"]\npath = /x\nevents = finding, handshake\n"
		"rotate_size = 1M\nrotate_age = 1d\nkeep = 3\n"
		"min_severity = high\n[output \"b\"]\ntype = syslog\n"
		"format = eve\n");
	struct options o = { .workers = 0 };

	config_fill(c, &o);
	ck_assert_uint_eq(o.num_sinks, 2);
	ck_assert_int_eq(o.sinks[0].type, SINK_FILE);
	ck_assert_uint_eq(o.sinks[0].datasets,
			  1u << DATASET_FINDING | 1u << DATASET_HANDSHAKE);
	ck_assert_uint_eq(o.sinks[0].rotate_size, 1u << 20);
	ck_assert_uint_eq(o.sinks[0].keep, 3);
	ck_assert_int_eq(o.sinks[1].type, SINK_SYSLOG);
	ck_assert(o.sinks[1].datasets & 1u << DATASET_HANDSHAKE);
	o = (struct options){ .output = "-" };
	config_fill(c, &o); /* the command line's alone */
	ck_assert_uint_eq(o.num_sinks, 0);
	config_free(c);
}
END_TEST

struct refusal {
	const char *text, *line; /* begins with, contains */
	const char *has;
};

static const struct refusal refusals[] = {
	{ "[sensor]\nworker = 4\n", "f.conf:2: ", "nearest is workers" },
	{ "name = x\n", "f.conf:1: ", "[sensor]" },
	{ "[sensors]\n", "f.conf:1: ", "nearest is [sensor]" },
	{ "[zzzzzzzzzzzz]\n", "f.conf:1: ", "nearest is" },
	{ "[]\n", "f.conf:1: ", "nearest is" },
	{ "[", "f.conf:1: ", "[word]" },
	{ "[sensor] x\n", "f.conf:1: ", "[word]" },
	{ "[gateway \"x]\n", "f.conf:1: ", "[word]" },
	{ "[gateway]\nnames = x\n", "f.conf:1: ", "[gateway \"NAME\"]" },
	{ "[sensor \"x\"]\n", "f.conf:1: ", "[sensor] is right" },
	{ "[sensor]\nworkers = 4000\n", "f.conf:2: ", "from 1 to 64" },
	{ "[sensor]\nworkers = 1\n\nworkers = 1\n", "f.conf:4: ", "line 2" },
	{ "[sensor]\nfoo\nname = x\nfo = 1\n", "f.conf:2: ", "key = value" },
	{ "[sensor]\n= x\n", "f.conf:2: ", "key = value" },
	{ "[sensor]\nname =\n", "f.conf:2: ", "needs a value" },
	{ "[sensor]\ninterface = ,\n", "f.conf:2: ", "needs a value" },
	{ "[sensor]\nbuffer = nan\n", "f.conf:2: ", "from 64K to 4G" },
	{ "[sensor]\nname = a # b\n", "f.conf:2: ", "\" ;\"" },
	{ "[sensor]\nname = \"a ; b\"\n", "f.conf:2: ", "quotes" },
	{ "[sensor]\nname = \xff\n", "f.conf:2: ", "UTF-8" },
	{ "[sensor]\nname = \xed\xa0\x80\n", "f.conf:2: ", "UTF-8" },
	{ "[sensor]\nname = \x1b[31m\n", "f.conf:2: ", "0x1b" },
	{ "[sensor]\nexpiring = 30d\n", "f.conf:2: ", "[thresholds] has it" },
	{ "[sensor]\nown = 10.0.0.0/8\n", "f.conf:2: ",
	  "nearest is now, and [networks] has it" },
	{ "[gateway \"a\"]\nname = x\n", "f.conf:2: ", "nearest is names, " },
	{ "[sensor]\nmemory_limit = much\n", "f.conf:2: ", "like 512K" },
	{ "[state]\ndirectory = x\n", "f.conf:2: ", "whole path" },
	{ "[state]\nretention = 90d\n", "f.conf:1: ", "it needs directory" },
	{ "[state]\nretention = 1h\n", "f.conf:2: ", "a day at least" },
	{ "[web]\nlisten = :1\n", "f.conf:2: ", "does not have it" },
	{ "[thresholds]\nexpiring = 30\n", "f.conf:2: ", "like 30d" },
	{ "[thresholds]\nexpiring = 99999999999999999999d\n", "f.conf:2: ",
	  "like 30d" },
	{ "[thresholds]\nexpiring = -1d\n", "f.conf:2: ", "like 30d" },
	{ "[networks]\nown = 10.0.0.0/33\n", "f.conf:2: ", "10.0.0.0/8" },
	{ "[severity]\ncert.expird = off\n", "f.conf:2: ", "cert.expired" },
	{ "[severity]\ncert.expired = bad\n", "f.conf:2: ", "or off" },
	{ "[severity]\ncert.expired = low\ncert.expired = low\n", "f.conf:3: ",
	  "each once" },
	{ "[gateway \"a\"]\nowner = x\n", "f.conf:1: ", "names or networks" },
	{ "[gateway \"a\"]\nnames = x\n[gateway \"a\"]\n", "f.conf:3: ",
	  "each named once" },
	{ "[except \"a\"]\nuntil = 2026-01-01\n[names]\n", "f.conf:1: ",
	  "every finding" },
	{ "[except \"a\"]\ncode = a.b\n", "f.conf:2: ", "--list-findings" },
	{ "[except \"a\"]\nuntil = tomorrow\n", "f.conf:2: ", "2027-03-31" },
	{ "[except \"a\"]\ncertificate = 00ff\n", "f.conf:2: ", "64 hex" },
	{ "[output \"a\"]\ntype = kafka\n", "f.conf:2: ", "journald" },
	{ "[output \"a\"]\ntype = file\n", "f.conf:1: ", "a path" },
	{ "[output \"a\"]\npath = x\n", "f.conf:2: ", "slash" },
	{ "[output \"a\"]\npath = /x\nevents = \",\"\n", "f.conf:3: ",
	  "needs a value" },
	{ "[output \"a\"]\ntype = stdout\nrotate_age = 1d\n", "f.conf:1: ",
	  "type file" },
	{ "[output \"a\"]\npath = /x\n[output \"b\"]\npath = /x\n",
	  "f.conf:3: ", "another path" },
	{ "[tunnels]\nvxlan_ports = 0\n", "f.conf:2: ", "1 to 65535" },
	{ "[tunnels]\nvxlan_ports = 7\ngeneve_ports = 8 7\n", "f.conf:3: ",
	  "7 is listed for another tunnel" },
	{ "[tunnels]\nvxlan_ports = 1 2 3 4 5 6 7 8\n", "f.conf:2: ",
	  "at most 7" },
};

START_TEST(refused)
{
	const struct refusal *r = &refusals[_i];
	struct config *c = config_parse(bytes_str(r->text), "f.conf", err);

	ck_assert_msg(c == NULL, "%s", r->text);
	ck_assert_msg(!strncmp(err, r->line, strlen(r->line)), "%s", err);
	ck_assert_msg(strstr(err, r->has) != NULL, "%s", err);
	ck_assert_ptr_null(strchr(err, '\n'));
}
END_TEST

/* Bounded in every direction; a NUL ends nothing. */
START_TEST(bounds)
{
	static const char nul[] = "[sensor]\nname = a\0b\n";
	struct buf b;

	ck_assert_ptr_null(config_parse(bytes_of(nul, sizeof nul - 1), "f.conf",
					err));
	ck_assert(strstr(err, "f.conf:2: byte 0x00"));
	buf_init(&b, 4u << 20);
	buf_add_str(&b, "[names]\nown = ");
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&b, 'a');
	ck_assert_ptr_null(config_parse(buf_bytes(&b), "f.conf", err));
	ck_assert(strstr(err, "f.conf:2: a line of"));
	buf_reset(&b);
	for (int i = 0; i < 60000; i++)
		buf_printf(&b, "[except \"%d\"]\ncode = *\n", i);
	ck_assert_ptr_null(config_parse(buf_bytes(&b), "f.conf", err));
	ck_assert(strstr(err, "f.conf:2049: "));
	buf_reset(&b);
	buf_add_str(&b, "[names]\n");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "own = a%d\n", i);
	ck_assert_ptr_null(config_parse(buf_bytes(&b), "f.conf", err));
	ck_assert(strstr(err, "at most 256"));
	buf_fini(&b);
	ck_assert_ptr_null(config_read("/dev/zero", err));
	ck_assert(strstr(err, "too large"));
	ck_assert_ptr_null(config_read("/", err));
	ck_assert_ptr_null(config_read("/nonexistent", err));
	ck_assert(strstr(err, "/nonexistent: "));
}
END_TEST

START_TEST(differs)
{
	struct config *a = good("[sensor]\nworkers = 2\n[names]\nown = a\n");
	struct config *b = good("[names]\nown = b\n[sensor]\nworkers = 2\n");
	struct config *c = good("[sensor]\nworkers = 3\nname = x\n");
	char keys[512];

	config_differs(a, b, keys, sizeof keys); /* names may change */
	ck_assert_str_eq(keys, "");
	config_differs(a, c, keys, sizeof keys);
	ck_assert_str_eq(keys, "[sensor] name, [sensor] workers");
	config_differs(a, c, keys, 12); /* cut, not overrun */
	ck_assert_uint_lt(strlen(keys), 12);
	config_free(a);
	config_free(b);
	config_free(c);
}
END_TEST

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1u << 20);
	size_t n;

	ck_assert_msg(f != NULL, "%s", path);
	n = fread(text, 1, (1u << 20) - 1, f);
	ck_assert_uint_gt(n, 0);
	(void)fclose(f);
	return text;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* The manual has every row in its order, with its type, and none besides; the
 * example shows every key. */
START_TEST(manual)
{
	char *man = slurp("man/wirecert.conf.5");
	char *example = slurp("contrib/wirecert.conf");
	const char *at = man, *section = "";

	for (size_t i = 0; i < num_config_rows; i++) {
		const struct config_row *r = &config_rows[i];
		const char *key = r->key ? r->key : "CODE";
		char text[256];

		if (strcmp(section, r->section) != 0) {
			section = r->section;
			snprintf(text, sizeof text, ".SS [%s", section);
			at = strstr(at, text);
			ck_assert_msg(at != NULL, "%s", text);
		}
		snprintf(text, sizeof text, ".BI \"%s = \" %s\n", key,
			 r->type);
		at = strstr(at, text);
		ck_assert_msg(at != NULL, "%s", text);
		snprintf(text, sizeof text, "%s = ", r->key ? r->key : ".");
		ck_assert_msg(!r->key || strstr(example, text), "%s", text);
	}
	ck_assert_uint_eq(count_of(man, "\n.BI \""), num_config_rows);
	free(man);
	free(example);
}
END_TEST

/* Every line of the example is right, also those that are commented out. */
START_TEST(example)
{
	char *text = slurp("contrib/wirecert.conf"), *end;
	struct config *c;

	config_free(good(text));
	end = strstr(text, "# Not in this version");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	for (char *p = text; *p; p++)
		if (*p == ';' && (p == text || p[-1] == '\n'))
			*p = ' ';
	c = good(text);
	ck_assert_ptr_nonnull(c->policy.gateways);
	ck_assert_ptr_nonnull(c->policy.excepts);
	ck_assert_uint_eq(c->num_outputs, 3);
	config_free(c);
	free(text);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_test(t, sensor);
	tcase_add_test(t, policy);
	tcase_add_test(t, outputs);
	tcase_add_loop_test(t, refused, 0, NUM(refusals));
	tcase_add_test(t, bounds);
	tcase_add_test(t, differs);
	tcase_add_test(t, manual);
	tcase_add_test(t, example);
}

TEST_MAIN("config", cases)
