/* test_judge_make.h: a handshake to be judged, filled in by hand. */
#ifndef TEST_JUDGE_MAKE_H
#define TEST_JUDGE_MAKE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "judge/judgement.h"
#include "tls/wire.h"
#include "test_room.h"

#define NOW 1790000000LL /* 2026-09-21 */
#define DAY 86400LL

static struct policy policy;
static struct observation *obs;
static struct tls_handshake *hs;
static struct cert leaf, above, client; /* static: refs never reach 0 */
static struct judgement *judged;

static inline void name_make(struct cert *c, const char *subject,
			     const char *issuer)
{
	c->subject.text = (char *)(uintptr_t)subject;
	c->issuer.text = (char *)(uintptr_t)issuer;
	c->subject.der = bytes_str(subject);
	c->issuer.der = bytes_str(issuer);
	c->self_issued = !strcmp(subject, issuer);
}

static inline void cert_make(struct cert *c, const char *subject,
			     const char *issuer)
{
	static uint8_t number;

	*c = (struct cert){ .refs = 1u << 20, .version = 3 };
	c->sha256[0] = ++number;
	name_make(c, subject, issuer);
	c->not_before = NOW - 30 * DAY;
	c->not_after = NOW + 60 * DAY - 1;
	c->key_type = CERT_KEY_EC;
	c->key_bits = 256;
	c->signature_name = "SHA256-RSA";
	c->signature_hash = "SHA256";
}

static inline void set_name(const char *name)
{
	hs->client.has_sni = name != NULL;
	hs->client.sni = name ? bytes_str(name) : bytes_of(NULL, 0);
}

/* The leaf's SAN; static storage, one name. */
static inline void set_san(struct cert *c, const char *name)
{
	static struct cert_san san;

	san = (struct cert_san){ .type = CERT_SAN_DNS,
				 .value = bytes_str(name) };
	c->san = &san;
	c->num_san = 1;
	c->has_san = true;
}

/* A TLS 1.2 handshake of 10.0.0.1 with api.example.com, all in order. */
static inline void scene_setup(void)
{
	static const uint8_t client_ip[] = { 10, 0, 0, 1 };
	static const uint8_t server_ip[] = { 203, 0, 113, 20 };
	struct stamp now = stamp_sec(NOW);

	policy_init(&policy);
	obs = room_observation();
	hs = tls_handshake_new(TLS_OVER_TCP, now);
	ck_assert(obs && hs);
	obs->hs = hs;
	obs->time = now;
	obs->source = (struct endpoint){ addr_v4(client_ip), 50000 };
	obs->destination = (struct endpoint){ addr_v4(server_ip), 443 };
	hs->client.count = 1;
	hs->client.random[0] = 1;
	hs->server.seen = true;
	hs->server.version = hs->server.legacy_version = TLS_1_2;
	hs->server.suite = 0xc02f; /* ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
	hs->side[TLS_SERVER].seen = hs->side[TLS_CLIENT].seen = true;
	hs->side[TLS_SERVER].hello_done = true;
	hs->chain[TLS_SERVER].state = TLS_CHAIN_WHOLE;
	hs->chain[TLS_SERVER].time = now;
	set_name("api.example.com");
	cert_make(&leaf, "CN=api.example.com", "CN=Inter");
	cert_make(&above, "CN=Inter", "CN=Root");
	above.is_ca = true;
	cert_make(&client, "CN=device-17", "CN=Devices");
	set_san(&leaf, "api.example.com");
	obs->chain[TLS_SERVER][0] = &leaf;
	obs->chain[TLS_SERVER][1] = &above;
	obs->num_chain[TLS_SERVER] = obs->num_chain_sent[TLS_SERVER] = 2;
}

static inline void scene_teardown(void)
{
	judgement_unref(judged);
	judged = NULL;
	observation_unref(obs);
}

/* The client's certificate was shown. */
static inline void show_client(void)
{
	hs->side[TLS_SERVER].certificate_request = true;
	hs->chain[TLS_CLIENT].state = TLS_CHAIN_WHOLE;
	obs->chain[TLS_CLIENT][0] = &client;
	obs->num_chain[TLS_CLIENT] = obs->num_chain_sent[TLS_CLIENT] = 1;
}

static inline void set_alert(enum tls_side from, uint8_t code)
{
	hs->alert = (struct tls_alert){ .seen = true, .from = from,
					.level = 2, .code = code };
}

/* Judges; chain and staple as told, for nothing verifies here. */
static inline void judge_with(const struct chain_result *chain,
			      const struct staple *staple)
{
	judgement_unref(judged);
	judged = judgement_new(obs, &policy);
	ck_assert_ptr_nonnull(judged);
	if (chain)
		judged->ev.chain = *chain;
	if (staple)
		judged->ev.staple = *staple;
	judgement_run(judged);
	judgement_word(judged);
}

static inline void judge(void)
{
	judge_with(NULL, NULL);
}

static inline const struct finding *find(const char *code)
{
	for (size_t i = 0; i < judged->num_findings; i++)
		if (!strcmp(judged->findings[i].check->code, code))
			return &judged->findings[i];
	return NULL;
}

/* "" or the severity's word; every finding has to be told in full. */
static inline const char *told(const char *code)
{
	const struct finding *f = find(code);

	if (!f)
		return "";
	ck_assert(f->message && f->reason && f->hint.cause && f->hint.fix &&
		  f->hint.verify);
	ck_assert_msg(!strstr(f->message, "(null)") &&
			      !strstr(f->message, "  ") &&
			      !strstr(f->reason, "(null)"),
		      "%s", f->message);
	return severity_words[f->severity];
}

#define ck_told(code, word) ck_assert_str_eq(told(code), word)

#endif
