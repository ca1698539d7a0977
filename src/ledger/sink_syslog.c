/*
 * sink_syslog.c: the local syslog daemon, in the format of RFC 5424, and
 * journald by its own protocol. Both get an event a datagram.
 */
#include "ledger/sink.h"

#include <endian.h>
#include <sys/socket.h>
#include <unistd.h>

#define FACILITY 3 /* daemon (RFC 5424 6.2.1) */

static int priority(const struct log_event *e)
{
	static const int of[] = {
		[SEVERITY_INFO] = 6, /* informational */
		[SEVERITY_LOW] = 5,  /* notice */
		[SEVERITY_MEDIUM] = 4, /* warning */
		[SEVERITY_HIGH] = 3,   /* error */
	};

	if (!e->finding || e->action == ACTION_RESOLVED)
		return 6;
	return of[e->finding->severity];
}

/* RFC 5424 6: printable ASCII without blanks; "-" for none. */
static void put_word(struct buf *b, const char *word, size_t max)
{
	size_t n = 0;

	for (; *word && n < max; word++, n++)
		buf_add_char(b, *word > ' ' && *word < 0x7f ? *word : '_');
	if (!n)
		buf_add_char(b, '-');
}

static void syslog_begin(struct buf *b, const struct log_event *e,
			 const struct observer *o)
{
	struct stamp t = { .ns = e->time.ns - e->time.ns % 1000 };
	char text[STAMP_TEXT];

	stamp_format(t, text); /* six digits at most (6.2.3) */
	buf_printf(b, "<%d>1 %s ", FACILITY * 8 + priority(e), text);
	put_word(b, o->name ? o->name : "", 255);
	buf_printf(b, " wirecert %ld %s - ", (long)getpid(),
		   dataset_words[e->dataset]);
}

static bool syslog_open(struct sink *s)
{
	return sink_unix_open(s, SOCK_DGRAM);
}

/* The text stands behind its length: it may have several lines. */
#define TEXT_LEN 8

/* Fields, a line each (systemd.journal-fields(7)); the catalogue
 * (contrib/systemd/wirecert.catalog) tells more of each message id. */
static void journald_begin(struct buf *b, const struct log_event *e,
			   const struct observer *o)
{
	const char *dataset = dataset_words[e->dataset];
	char id[33];

	(void)o;
	event_message_id(e->finding ? e->finding->check->code : dataset, id);
	buf_printf(b,
		   "SYSLOG_IDENTIFIER=wirecert\nPRIORITY=%d\nMESSAGE_ID=%s\n"
		   "WIRECERT_DATASET=%s\n",
		   priority(e), id, dataset);
	if (e->finding)
		buf_printf(b, "WIRECERT_CODE=%s\nWIRECERT_FINDING_ID=%s\n",
			   e->finding->check->code, e->finding->id);
	buf_add_str(b, "MESSAGE\n");
	buf_add(b, (const uint8_t[TEXT_LEN]){ 0 }, TEXT_LEN);
}

static void journald_end(struct buf *b, size_t begun)
{
	uint64_t len = htole64(b->len - begun);

	memcpy(b->p + begun - TEXT_LEN, &len, TEXT_LEN);
	buf_add_char(b, '\n');
}

const struct sink_row sink_syslog = {
	.name = "syslog",
	.open = syslog_open,
	.begin = syslog_begin,
	.write = sink_unix_send,
	.close = sink_unix_close,
	.comes_back = true,
	.datagrams = true,
	.one_line = true,
};

const struct sink_row sink_journald = {
	.name = "journald",
	.open = syslog_open,
	.begin = journald_begin,
	.end = journald_end,
	.write = sink_unix_send,
	.close = sink_unix_close,
	.comes_back = true,
	.datagrams = true,
};
