/*
 * filter.c: BPF expressions, for frames of any link type and for bare IP.
 *
 * Files may mix link types, so an expression is compiled for each that turns
 * up. linktype_of_dlt() is here because DLT_ values are only good for this.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/linktype.h"
#include "capture/internal.h"

/* link types of one file that are kept compiled; the last is reused */
#define FILTER_PROGRAMS 8

struct filter {
	char *expr;
	size_t num;
	struct {
		int linktype;
		struct bpf_program code;
	} program[FILTER_PROGRAMS];
};

struct source_filter {
	struct bpf_program code;
};

int linktype_of_dlt(int dlt)
{
	switch (dlt) {
	case DLT_RAW: /* 12 on Linux; 14 on OpenBSD, seen in files */
	case 14:
		return LINKTYPE_RAW;
	default:
		return dlt;
	}
}

int linktype_to_dlt(int linktype)
{
	return linktype == LINKTYPE_RAW ? DLT_RAW : linktype;
}

/* Compiles expr for one link type; a line in err where it does not. */
static bool filter_compile(const char *expr, int dlt, struct bpf_program *out,
			   char err[static SOURCE_ERROR_TEXT])
{
	pcap_t *p = pcap_open_dead(dlt, SOURCE_SNAPLEN);
	bool ok = false;

	if (!p) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		return false;
	}
	if (!pcap_compile(p, out, expr, 1, PCAP_NETMASK_UNKNOWN))
		ok = true;
	else
		snprintf(err, SOURCE_ERROR_TEXT,
			 "filter '%.300s': %s (see pcap-filter(7))", expr,
			 pcap_geterr(p));
	pcap_close(p);
	return ok;
}

struct filter *filter_new(const char *expr, int linktype,
			  char err[static SOURCE_ERROR_TEXT])
{
	struct filter *f = calloc(1, sizeof *f);

	if (f)
		f->expr = strdup(expr);
	if (!f || !f->expr) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		filter_free(f);
		return NULL;
	}
	f->program[0].linktype = linktype;
	if (!filter_compile(expr, linktype_to_dlt(linktype),
			    &f->program[0].code, err)) {
		filter_free(f);
		return NULL;
	}
	f->num = 1;
	return f;
}

static const struct bpf_program *filter_for(struct filter *f, int linktype,
					    char err[static SOURCE_ERROR_TEXT])
{
	struct bpf_program code;

	for (size_t i = 0; i < f->num; i++)
		if (f->program[i].linktype == linktype)
			return &f->program[i].code;
	if (!filter_compile(f->expr, linktype_to_dlt(linktype), &code, err))
		return NULL;
	if (f->num == FILTER_PROGRAMS)
		pcap_freecode(&f->program[--f->num].code);
	f->program[f->num].linktype = linktype;
	f->program[f->num].code = code;
	return &f->program[f->num++].code;
}

static bool filter_run(const struct bpf_program *code, struct bytes b,
		       uint32_t len)
{
	struct pcap_pkthdr h = { .caplen = (bpf_u_int32)b.len, .len = len };

	return pcap_offline_filter(code, &h, b.p) != 0;
}

int filter_match(struct filter *f, const struct frame *frame,
		 char err[static SOURCE_ERROR_TEXT])
{
	const struct bpf_program *code = filter_for(f, frame->linktype, err);

	if (!code)
		return -1;
	return filter_run(code, frame->data, frame->len);
}

const struct bpf_program *filter_program(const struct filter *f)
{
	return &f->program[0].code;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->num; i++)
		pcap_freecode(&f->program[i].code);
	free(f->expr);
	free(f);
}

struct source_filter *source_filter_new(const char *expr,
					char err[static SOURCE_ERROR_TEXT])
{
	struct source_filter *f = calloc(1, sizeof *f);

	if (!f) {
		snprintf(err, SOURCE_ERROR_TEXT, "out of memory");
		return NULL;
	}
	if (!filter_compile(expr, DLT_RAW, &f->code, err)) {
		free(f);
		return NULL;
	}
	return f;
}

bool source_filter_match(const struct source_filter *f, struct bytes ip,
			 uint32_t ip_len)
{
	return filter_run(&f->code, ip, ip_len);
}

void source_filter_free(struct source_filter *f)
{
	if (!f)
		return;
	pcap_freecode(&f->code);
	free(f);
}
