/*
 * test_sessions.c: which certificate a resumed session began with: by ticket,
 * by renewed ticket, by session id; and where nothing may be said.
 */
#include "know/sessions.h"

#include <stdlib.h>

#include "test_cert_make.h"
#include "test_room.h"
#include "test_run.h"

static struct sessions *sessions;
static struct cert *leaf[2];
static EVP_PKEY *key;

static void setup(void)
{
	struct make m = { .cn = "a" };

	sessions = sessions_new();
	m.key = key = make_key();
	for (int i = 0; i < 2; i++)
		leaf[i] = make_cert(&m);
}

/* None was kept or lost. */
static void teardown(void)
{
	sessions_free(sessions);
	EVP_PKEY_free(key);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(leaf[i]->refs, 1);
		cert_unref(leaf[i]);
	}
}

/* What the two sides say of a session; NULL: nothing. */
struct said {
	const char *client_ticket, *new_ticket, *client_id, *server_id;
	uint16_t version, port;
	bool resumed;
};

static struct bytes bytes(const char *s)
{
	return s ? bytes_str(s) : bytes_of(NULL, 0);
}

static struct observation *talk(const struct said *s)
{
	struct observation *o = room_observation();

	ck_assert_ptr_nonnull(o);
	o->hs = tls_handshake_new(TLS_OVER_TCP, stamp_sec(0));
	o->hs->client.count = 1;
	o->hs->client.ticket = bytes(s->client_ticket);
	o->hs->client.session_id = bytes(s->client_id);
	o->hs->server.seen = true;
	o->hs->server.version = s->version ? s->version : TLS_1_2;
	o->hs->server.session_id = bytes(s->server_id);
	o->hs->new_ticket = bytes(s->new_ticket);
	o->sight.resumed = s->resumed;
	o->destination.port = s->port;
	return o;
}

static void learn(const struct said *s, struct cert *c, const char *id)
{
	struct observation *o = talk(s);

	sessions_learn(sessions, o, c, id);
	observation_unref(o);
}

/* The id of the first handshake; "" where it is not known. */
static const char *origin(const struct said *s, const struct cert *want)
{
	struct observation *o = talk(s);
	const struct session_origin *found = sessions_find(sessions, o);

	observation_unref(o);
	if (found)
		ck_assert_ptr_eq(found->leaf, want);
	return found ? found->handshake_id : "";
}

#define ID_ONE "11111111111111111111111111111111"
#define ID_TWO "22222222222222222222222222222222"

START_TEST(ticket)
{
	learn(&(struct said){ .new_ticket = "T1" }, leaf[0], ID_ONE);
	learn(&(struct said){ .new_ticket = "T2" }, leaf[1], ID_TWO);
	/* a ticket is good at any server that has its key */
	ck_assert_str_eq(origin(&(struct said){ .client_ticket = "T1",
						.resumed = true,
						.port = 8443 }, leaf[0]),
			 ID_ONE);
	ck_assert_str_eq(origin(&(struct said){ .client_ticket = "T2",
						.resumed = true }, leaf[1]),
			 ID_TWO);
	ck_assert_str_eq(origin(&(struct said){ .client_ticket = "T3",
						.resumed = true }, NULL), "");
	/* offered, but the server did not take it */
	ck_assert_str_eq(origin(&(struct said){ .client_ticket = "T1" }, NULL),
			 "");
}
END_TEST

/* RFC 5077 3.3: a resumed handshake may give out another one. */
START_TEST(renewed)
{
	static const char *const tickets[] = { "T1", "T2", "T3", "T4" };

	learn(&(struct said){ .new_ticket = "T1" }, leaf[0], ID_ONE);
	for (int i = 0; i < 3; i++) {
		struct said s = { .client_ticket = tickets[i],
				  .new_ticket = tickets[i + 1],
				  .resumed = true };
		char first[33];

		memcpy(first, origin(&s, leaf[0]), sizeof first);
		ck_assert_str_eq(first, ID_ONE);
		learn(&s, leaf[0], first);
	}
}
END_TEST

START_TEST(session_id)
{
	struct said s = { .client_id = "id", .server_id = "id", .port = 443,
			  .resumed = true };

	learn(&(struct said){ .server_id = "id", .port = 443 }, leaf[0],
	      ID_ONE);
	ck_assert_str_eq(origin(&s, leaf[0]), ID_ONE);
	s.port = 444; /* ids are the server's own */
	ck_assert_str_eq(origin(&s, NULL), "");
	s.port = 443;
	s.client_id = "other"; /* a new session */
	ck_assert_str_eq(origin(&s, NULL), "");
	/* the same id again, for another session */
	learn(&(struct said){ .server_id = "id", .port = 443 }, leaf[1],
	      ID_TWO);
	s.client_id = "id";
	ck_assert_str_eq(origin(&s, leaf[1]), ID_TWO);
}
END_TEST

/* TLS 1.3 echoes an id that means nothing, and hides its tickets. */
START_TEST(tls13)
{
	struct said s = { .client_id = "id", .server_id = "id",
			  .new_ticket = "T1", .version = TLS_1_3 };

	learn(&s, leaf[0], ID_ONE);
	s.resumed = true;
	ck_assert_str_eq(origin(&s, NULL), "");
	s.client_ticket = "T1";
	ck_assert_str_eq(origin(&s, NULL), "");
}
END_TEST

static void cases(TCase *t)
{
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, ticket);
	tcase_add_test(t, renewed);
	tcase_add_test(t, session_id);
	tcase_add_test(t, tls13);
}

TEST_MAIN("sessions", cases)
