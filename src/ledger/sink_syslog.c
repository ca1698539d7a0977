/*
 * sink_syslog.c: the local syslog daemon, in the format of RFC 5424, and
 * journald by its own protocol. Both get an event a datagram.
 */
#include "ledger/sink.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
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

static void syslog_begin(struct sink *s, const struct log_event *e,
			 const struct observer *o)
{
	struct stamp t = { .ns = e->time.ns - e->time.ns % 1000 };
	char text[STAMP_TEXT];

	stamp_format(t, text); /* six digits at most (6.2.3) */
	buf_printf(&s->pending, "<%d>1 %s ", FACILITY * 8 + priority(e), text);
	put_word(&s->pending, o->name ? o->name : "", 255);
	buf_printf(&s->pending, " wirecert %ld %s - ", (long)getpid(),
		   dataset_words[e->dataset]);
}

static bool syslog_open(struct sink *s)
{
	return sink_unix_open(s, SOCK_DGRAM);
}

static ssize_t syslog_write(struct sink *s, struct bytes waiting)
{
	struct bytes text = sink_text(waiting);

	if (s->fd < 0 && !syslog_open(s))
		return -1;
	return sink_unix_send(s, &text, 1, text.len + 1);
}

static void journald_begin(struct sink *s, const struct log_event *e,
			   const struct observer *o)
{
	(void)o;
	buf_printf(&s->pending, "%d%c", priority(e),
		   (char)('0' + (int)e->dataset));
}

/* Fields, a line each (systemd.journal-fields(7)); the message, which may have
 * several, behind its length. */
static ssize_t journald_write(struct sink *s, struct bytes waiting)
{
	static const char *const datasets[] = {
		"\nWIRECERT_DATASET=handshake\n",
		"\nWIRECERT_DATASET=certificate\n",
		"\nWIRECERT_DATASET=finding\n",
		"\nWIRECERT_DATASET=status\n",
	};
	struct bytes text = sink_text(waiting);
	unsigned dataset = text.len > 1 ? text.p[1] - (unsigned)'0' : 0;
	uint64_t len = htole64(text.len > 2 ? text.len - 2 : 0);
	struct bytes parts[] = {
		bytes_str("SYSLOG_IDENTIFIER=wirecert\nPRIORITY="),
		bytes_head(text, 1),
		bytes_str(datasets[dataset < DATASET_NUM ? dataset : 0]),
		bytes_str("MESSAGE\n"),
		bytes_of(&len, sizeof len),
		bytes_tail(text, 2),
		bytes_str("\n"),
	};

	if (s->fd < 0 && !syslog_open(s))
		return -1;
	return sink_unix_send(s, parts, sizeof parts / sizeof *parts,
			      text.len + 1);
}

const struct sink_row sink_syslog = {
	.name = "syslog",
	.open = syslog_open,
	.begin = syslog_begin,
	.write = syslog_write,
	.close = sink_unix_close,
	.comes_back = true,
	.datagrams = true,
	.one_line = true,
};

const struct sink_row sink_journald = {
	.name = "journald",
	.open = syslog_open,
	.begin = journald_begin,
	.write = journald_write,
	.close = sink_unix_close,
	.comes_back = true,
	.datagrams = true,
};
