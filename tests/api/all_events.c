/*
 * all_events.c: every option and every function of the API over one capture;
 * prints the events' JSON, then the status; its fields must say what the JSON
 * says (tests/api/run.py compares them with the program's own events).
 * all_events CAPTURE TRUST|"" [KEYLOG [late]]; late: the log comes last.
 */
#include <stdio.h>
#include <string.h>

#include <pcap.h>
#include <wirecert/wirecert.h>

#undef NDEBUG
#include <assert.h>

static void check_fields(const struct wirecert_event *e, const char *json)
{
	const char *dataset = wirecert_event_dataset(e);
	const char *code = wirecert_event_code(e);
	char member[128];

	snprintf(member, sizeof member, "\"dataset\":\"wirecert.%s\"", dataset);
	assert(strstr(json, member));
	assert((code != NULL) == !strcmp(dataset, "finding"));
	assert((wirecert_event_severity(e) != NULL) == (code != NULL));
	assert((wirecert_event_message(e) != NULL) == (code != NULL));
	assert(wirecert_event_time(e) > 0);
	if (!code)
		return;
	snprintf(member, sizeof member, "\"code\":\"%s\"", code);
	assert(strstr(json, member));
	snprintf(member, sizeof member, "\"severity\":\"%s\"",
		 wirecert_event_severity(e));
	assert(strstr(json, member));
}

static void print_events(struct wirecert *w)
{
	const struct wirecert_event *e;

	while ((e = wirecert_next(w))) {
		size_t len = 0;
		const char *json = wirecert_event_json(e, &len);

		assert(json && strlen(json) == len && !strchr(json, '\n'));
		assert(wirecert_event_json(e, NULL) == json);
		check_fields(e, json);
		puts(json);
	}
}

static struct wirecert *make(const char *trust, char *error, size_t size)
{
	struct wirecert_options *o = wirecert_options_new();
	struct wirecert *w;

	assert(o);
	assert(wirecert_options_network(o, "10.0.0.0/8") == 0);
	assert(wirecert_options_network(o, "fc00::/7") == 0);
	assert(wirecert_options_network(o, "10.0.0.0/33") == -1);
	assert(wirecert_options_own_name(o, "*.example.com") == 0);
	assert(wirecert_options_vlan_in_key(o, 1) == 0);
	assert(wirecert_options_events(o, "finding,nothing") == -1);
	assert(wirecert_options_events(o, "finding,certificate,handshake") ==
	       0);
	assert(wirecert_options_name(o, "embedded") == 0);
	if (trust)
		assert(wirecert_options_trust(o, trust) == 0);
	w = wirecert_new(o, error, size);
	wirecert_options_free(o);
	return w;
}

/* The log in pieces that end anywhere, behind a line that is none. */
static void give_keys(struct wirecert *w, const char *path)
{
	FILE *f = fopen(path, "rb");
	char piece[7];
	size_t n;

	assert(f);
	assert(wirecert_keylog(w, NULL, 0) == 0);
	assert(wirecert_keylog(w, "no key log\n", 11) == -1);
	while ((n = fread(piece, 1, sizeof piece, f)))
		assert(wirecert_keylog(w, piece, n) == 0);
	fclose(f);
}

static void refuse(void)
{
	struct wirecert_options *o = wirecert_options_new();
	char error[256] = "";

	assert(o && wirecert_options_trust(o, "/nonexistent/store") == 0);
	assert(!wirecert_new(o, error, sizeof error) && error[0]);
	assert(!wirecert_new(o, NULL, 0));
	wirecert_options_free(o);
	wirecert_options_free(NULL);
	wirecert_free(NULL);
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	struct wirecert *w;
	int64_t now = 0;
	pcap_t *p;

	assert(argc >= 3 && argc <= 5);
	refuse();
	p = pcap_open_offline_with_tstamp_precision(
		argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
	assert(p && wirecert_version()[0]);
	w = make(argv[2][0] ? argv[2] : NULL, error, sizeof error);
	assert(w);
	if (argc == 4)
		give_keys(w, argv[3]);
	else if (argc == 5)
		assert(wirecert_keylog(w, NULL, 0) == 0);
	while (pcap_next_ex(p, &h, &data) == 1) {
		now = h->ts.tv_sec * 1000000000LL + h->ts.tv_usec;
		wirecert_feed(w, pcap_datalink(p), now, data, h->caplen,
			      h->len);
		print_events(w);
	}
	if (argc == 5)
		give_keys(w, argv[3]);
	wirecert_tick(w, now);
	print_events(w);
	wirecert_end(w);
	print_events(w);
	puts(wirecert_status(w));
	wirecert_free(w);
	pcap_close(p);
	return 0;
}
