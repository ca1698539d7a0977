/*
 * test_render.c: EVE, Zeek and OCSF of handshakes made by hand: the lines to
 * the byte, hostile texts, what is absent, a buffer that is full; and the
 * numbers and names that others build on and that may never change.
 */
#include "test_judge_make.h"
#include "test_run.h"

#include <jansson.h>

#include "event/eve.h"
#include "event/event.h"
#include "event/zeek.h"

static const struct observer observer = { .name = "tap", .version = "1.0" };
static struct buf out;
static json_t *line;

typedef bool (*renderer)(const struct log_event *, const struct observer *,
			 struct buf *);
static const renderer renderers[] = { render_eve, render_zeek, render_ocsf,
				      render_ecs };

static void setup(void)
{
	scene_setup();
	obs->transport = PACKET_TCP;
	leaf.serial = (char *)(uintptr_t) "0C0099";
	leaf.signature_name = "ECDSA-SHA256";
	leaf.key_name = "ECDSA";
	leaf.key_curve = (char *)(uintptr_t) "secp256r1";
	buf_init(&out, 1u << 20);
}

static void teardown(void)
{
	json_decref(line);
	line = NULL;
	buf_fini(&out);
	scene_teardown();
}

/* Renders one event; its first line is parsed into line. */
static void render(renderer f, enum dataset dataset, enum action action,
		   const struct finding *finding)
{
	struct log_event *e = log_event_of(judged, dataset, action, finding);
	json_error_t err;

	ck_assert_ptr_nonnull(e);
	log_event_settle(e);
	buf_reset(&out);
	ck_assert(f(e, &observer, &out));
	log_event_unref(e);
	json_decref(line);
	line = json_loads((const char *)out.p,
			  JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &err);
	ck_assert_msg(line != NULL, "%s: %s", err.text, (const char *)out.p);
	ck_assert_int_eq(out.p[out.len - 1], '\n');
}

/* A member by its path, "alert.metadata.code.0"; keys hold no dots but Zeek's,
 * where '/' parts instead. */
static const json_t *at(const char *path)
{
	const char *parts = strchr(path, '/') ? "/" : ".";
	const json_t *v = line;
	char copy[128], *save = NULL;

	snprintf(copy, sizeof copy, "%s", path);
	for (char *p = strtok_r(copy, parts, &save); p && v;
	     p = strtok_r(NULL, parts, &save))
		v = json_is_array(v) ? json_array_get(v, (size_t)atoi(p))
				     : json_object_get(v, p);
	return v;
}

#define ck_text(path, want)                                                    \
	ck_assert_str_eq(at(path) ? json_string_value(at(path)) : "", want)
#define ck_number(path, want)                                                  \
	do {                                                                   \
		ck_assert_msg(json_is_integer(at(path)), path);                \
		ck_assert_int_eq(json_integer_value(at(path)), want);          \
	} while (0)
#define ck_absent(path) ck_assert_msg(!at(path), "%s is there", path)

START_TEST(eve_tls)
{
	judge();
	render(render_eve, DATASET_HANDSHAKE, ACTION_NONE, NULL);
	ck_text("timestamp", "2026-09-21T14:13:20.000000+0000");
	ck_text("event_type", "tls");
	ck_text("src_ip", "10.0.0.1");
	ck_number("src_port", 50000);
	ck_text("dest_ip", "203.0.113.20");
	ck_text("proto", "TCP");
	ck_text("tls.subject", "CN=api.example.com");
	ck_text("tls.serial", "0C:00:99");
	ck_text("tls.fingerprint",
		"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00");
	ck_text("tls.sni", "api.example.com");
	ck_text("tls.version", "TLS 1.2");
	ck_text("tls.notbefore", "2026-08-22T14:13:20");
	ck_text("tls.subjectaltname.0", "api.example.com");
	ck_text("wirecert.visibility", "cleartext");
	ck_absent("tls.session_resumed");
	ck_absent("tls.client");
	ck_absent("tls.client_alpns");
	ck_absent("vlan");
	ck_absent("in_iface");
	ck_absent("alert");
}
END_TEST

START_TEST(eve_versions)
{
	static const struct {
		uint16_t version;
		const char *word;
	} rows[] = {
		{ TLS_SSL3, "SSLv3" },	{ TLS_1_0, "TLSv1" },
		{ TLS_1_1, "TLS 1.1" }, { TLS_1_3, "TLS 1.3" },
		{ 0x7f1c, "TLS 1.3" },	{ DTLS_1_2, "DTLS 1.2" },
		{ 0x0399, "0x0399" },
	};

	hs->server.version = rows[_i].version;
	judge();
	render(render_eve, DATASET_HANDSHAKE, ACTION_NONE, NULL);
	ck_text("tls.version", rows[_i].word);
}
END_TEST

START_TEST(eve_resumed)
{
	static struct tunnel vlan = { .type = TUNNEL_VLAN,
				      .has_id = true,
				      .id = 42 };

	obs->sight.resumed = true;
	obs->tunnels[obs->num_tunnels++] = vlan;
	hs->client.alpn = bytes_of("\2h2\10http/1.1", 12);
	hs->server.alpn = bytes_str("h2");
	hs->prelude.dialect = "http_connect";
	judge();
	render(render_eve, DATASET_HANDSHAKE, ACTION_NONE, NULL);
	ck_assert(json_is_true(at("tls.session_resumed")));
	ck_absent("tls.subject");
	ck_number("vlan.0", 42);
	ck_text("tls.client_alpns.1", "http/1.1");
	ck_text("tls.server_alpns.0", "h2");
	ck_text("tls.from_proto", "http");
}
END_TEST

START_TEST(eve_alert)
{
	leaf.not_after = NOW - 10 * DAY;
	judge();
	render(render_eve, DATASET_FINDING, ACTION_OPENED,
	       find("cert.expired"));
	ck_text("event_type", "alert");
	ck_text("alert.metadata.code.0", "cert.expired");
	ck_text("alert.metadata.action.0", "opened");
	ck_number("alert.severity", 1);
	ck_number("alert.signature_id", eve_signature_id("cert.expired"));
	ck_text("tls.subject", "CN=api.example.com");
	ck_text("wirecert.severity", "high");
}
END_TEST

/* People's rules and dashboards have these numbers in them. */
START_TEST(signature_ids)
{
	ck_assert_uint_eq(eve_signature_id("cert.expired"), 1322940);
	for (size_t i = 0; i < num_checks; i++) {
		uint32_t id = eve_signature_id(checks[i]->code);

		ck_assert(id >= 1000000 && id < 2000000);
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(id,
					  eve_signature_id(checks[k]->code));
	}
}
END_TEST

START_TEST(zeek_ssl)
{
	set_alert(TLS_CLIENT, 45);
	judge();
	render(render_zeek, DATASET_HANDSHAKE, ACTION_NONE, NULL);
	ck_text("/_path", "ssl");
	ck_assert_ptr_nonnull(
		strstr((char *)out.p, "\"ts\":1790000000.000000"));
	ck_text("/id.orig_h", "10.0.0.1");
	ck_number("/id.resp_p", 443);
	ck_text("/version", "TLSv12");
	ck_text("/cipher", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	ck_text("/server_name", "api.example.com");
	ck_text("/last_alert", "certificate_expired");
	ck_text("/subject", "CN=api.example.com");
	ck_assert(json_is_true(at("/sni_matches_cert")));
	ck_assert_uint_eq(json_array_size(at("/cert_chain_fps")), 2);
	ck_absent("/validation_status");
	ck_absent("/client_subject");
	ck_absent("/next_protocol");
}
END_TEST

START_TEST(zeek_x509)
{
	const char *second;

	judge();
	render(render_zeek, DATASET_CERTIFICATE, ACTION_FIRST_SEEN, NULL);
	ck_text("/_path", "x509");
	ck_text("/certificate.serial", "0C0099");
	ck_text("/certificate.sig_alg", "ecdsa-with-SHA256");
	ck_text("/certificate.key_alg", "id-ecPublicKey");
	ck_text("/certificate.curve", "prime256v1");
	ck_text("/san.dns/0", "api.example.com");
	ck_absent("/san.ip");
	ck_assert(json_is_true(at("/host_cert")));
	second = strchr((char *)out.p, '\n') + 1;
	ck_assert_ptr_nonnull(strstr(second, "\"host_cert\":false"));
	ck_assert_ptr_null(strstr(strchr(second, '\n') + 1, "x509"));
}
END_TEST

START_TEST(zeek_notice)
{
	char note[ZEEK_NOTE];

	leaf.not_after = NOW - 10 * DAY;
	judge();
	render(render_zeek, DATASET_FINDING, ACTION_OPENED,
	       find("cert.expired"));
	ck_text("/note", "SSL::Certificate_Expired");
	ck_text("/wirecert.code", "cert.expired");
	ck_text("/sub", "CN=api.example.com");
	zeek_note("name.cn_only", note);
	ck_assert_str_eq(note, "Wirecert::Name_Cn_Only");
	for (size_t i = 0; i < num_checks; i++) {
		zeek_note(checks[i]->code, note);
		ck_assert_uint_lt(strlen(note), ZEEK_NOTE - 1);
	}
}
END_TEST

START_TEST(ocsf_life)
{
	static const struct {
		enum action action;
		int activity, status;
	} rows[] = {
		{ ACTION_OPENED, 1, 1 },
		{ ACTION_ESCALATED, 2, 2 },
		{ ACTION_REPEATED, 2, 2 },
		{ ACTION_RESOLVED, 3, 4 },
	};

	leaf.not_after = NOW - 10 * DAY;
	judge();
	render(render_ocsf, DATASET_FINDING, rows[_i].action,
	       find("cert.expired"));
	ck_number("class_uid", 2004);
	ck_number("type_uid", 200400 + rows[_i].activity);
	ck_number("activity_id", rows[_i].activity);
	ck_number("status_id", rows[_i].status);
	ck_number("severity_id", 4);
	ck_number("time", NOW * 1000);
	ck_text("finding_info.types.0", "cert.expired");
	ck_text("evidences.0.tls.certificate.serial_number", "0C0099");
	ck_text("evidences.0.dst_endpoint.hostname", "api.example.com");
	ck_text("unmapped.wirecert.severity", "high");
}
END_TEST

START_TEST(ocsf_network)
{
	obs->reaction.verdict = TLS_REJECTED;
	judge();
	render(render_ocsf, DATASET_HANDSHAKE, ACTION_NONE, NULL);
	ck_number("class_uid", 4001);
	ck_number("type_uid", 400106);
	ck_number("status_id", 2);
	ck_text("tls.version", "1.2");
	ck_text("tls.sni", "api.example.com");
	ck_text("tls.certificate_chain.0", "");
	ck_absent("finding_info");
}
END_TEST

START_TEST(status_has_no_line)
{
	struct log_event *e = log_event_new(DATASET_STATUS, ACTION_ENDED);

	status_count(e->status, "packets", "received", 7);
	ck_assert(render_zeek(e, &observer, &out));
	ck_assert(render_ocsf(e, &observer, &out));
	ck_assert_uint_eq(out.len, 0);
	ck_assert(render_eve(e, &observer, &out));
	line = json_loads((const char *)out.p, 0, NULL);
	ck_text("event_type", "stats");
	ck_number("stats.capture.kernel_packets", 7);
	ck_number("wirecert.status.packets.received", 7);
	log_event_unref(e);
}
END_TEST

/* Whatever a stranger puts into a name: one valid line, and no other key. */
START_TEST(hostile)
{
	static const char name[] = "\"},\"a\":{\\\n\x1b[31m\xff\xc0\x80\x00z";

	hs->client.sni = bytes_of(name, sizeof name - 1);
	leaf.subject.text = (char *)(uintptr_t) "CN=\"\x01\xfe\n\\,x, O=\x7f";
	leaf.issuer.text = (char *)(uintptr_t) "";
	leaf.not_after = NOW - 10 * DAY;
	judge();
	for (int d = 0; d < DATASET_STATUS; d++) {
		render(renderers[_i], (enum dataset)d, ACTION_OPENED,
		       d == DATASET_FINDING ? find("cert.expired") : NULL);
		ck_absent("a");
		for (size_t i = 0; i < out.len; i++)
			ck_assert_msg(out.p[i] >= 0x20 || out.p[i] == '\n',
				      "byte %zu is 0x%02x", i, out.p[i]);
	}
}
END_TEST

START_TEST(unparsable)
{
	leaf.error = "not DER";
	leaf.serial = NULL;
	judge();
	for (int d = 0; d < DATASET_FINDING; d++)
		render(renderers[_i], (enum dataset)d, ACTION_FIRST_SEEN, NULL);
}
END_TEST

/* A full buffer stays as it was, at every size. */
START_TEST(full)
{
	struct log_event *e;
	size_t whole;

	leaf.not_after = NOW - 10 * DAY;
	judge();
	e = log_event_of(judged, DATASET_FINDING, ACTION_OPENED,
			 find("cert.expired"));
	log_event_settle(e);
	ck_assert(renderers[_i](e, &observer, &out));
	whole = out.len;
	for (size_t cap = 8; cap < whole; cap += 97) {
		struct buf small;

		buf_init(&small, cap);
		buf_add_str(&small, "before\n");
		ck_assert(!renderers[_i](e, &observer, &small));
		ck_assert(!small.failed);
		ck_assert_uint_eq(small.len, 7);
		buf_fini(&small);
	}
	log_event_unref(e);
}
END_TEST

/* Whose it is stands in every event of it, and in a finding for people. */
START_TEST(gateway)
{
	static const enum dataset datasets[] = { DATASET_HANDSHAKE,
						 DATASET_CERTIFICATE,
						 DATASET_FINDING };
	const struct text_style plain = { .colour = false };
	struct log_event *e;
	json_t *g;

	leaf.not_after = NOW - DAY;
	judge();
	judged->ev.gateway_name = "orders";
	judged->ev.gateway_owner = "team-orders";
	for (size_t i = 0; i < 3; i++) {
		bool finding = datasets[i] == DATASET_FINDING;

		render(render_ecs, datasets[i],
		       finding ? ACTION_OPENED : ACTION_NONE,
		       finding ? &judged->findings[0] : NULL);
		g = json_object_get(json_object_get(line, "wirecert"),
				    "gateway");
		ck_assert_str_eq(json_string_value(json_object_get(g, "name")),
				 "orders");
		ck_assert_str_eq(json_string_value(json_object_get(g, "owner")),
				 "team-orders");
	}
	e = log_event_of(judged, DATASET_FINDING, ACTION_OPENED,
			 &judged->findings[0]);
	ck_assert_ptr_nonnull(e);
	log_event_settle(e);
	buf_reset(&out);
	ck_assert(render_text(e, &plain, &out));
	buf_add_char(&out, '\0');
	ck_assert_ptr_nonnull(strstr((const char *)out.p,
				     "    gateway   orders\n"));
	ck_assert_ptr_nonnull(strstr((const char *)out.p,
				     "    owner     team-orders\n"));
	log_event_unref(e);
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, eve_tls);
	tcase_add_loop_test(t, eve_versions, 0, 7);
	tcase_add_test(t, eve_resumed);
	tcase_add_test(t, eve_alert);
	tcase_add_test(t, signature_ids);
	tcase_add_test(t, zeek_ssl);
	tcase_add_test(t, zeek_x509);
	tcase_add_test(t, zeek_notice);
	tcase_add_loop_test(t, ocsf_life, 0, 4);
	tcase_add_test(t, ocsf_network);
	tcase_add_test(t, status_has_no_line);
	tcase_add_loop_test(t, hostile, 0, NUM(renderers));
	tcase_add_loop_test(t, unparsable, 0, NUM(renderers));
	tcase_add_loop_test(t, full, 0, NUM(renderers));
	tcase_add_test(t, gateway);
}

TEST_MAIN("render", cases)
