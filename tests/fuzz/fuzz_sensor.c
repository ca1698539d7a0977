/*
 * fuzz_sensor.c: floors 0 to 8 over a capture file's bytes: worker_frame(),
 * worker_tick(), joint_take(), render_ecs(), render_text().
 *
 * The input is a pcap file (any magic is taken for the right one; its link type
 * counts). Demands: every event has an id and renders as one line of JSON and
 * as text; handshakes that were told are counted.
 */
#include "base/limits.h"
#include "base/reader.h"
#include "demand.h"
#include "sensor/sensor.h"

#define FRAMES_MOST 20000

static struct sensor_config config;
static const struct observer observer = { .name = "fuzz", .version = "0" };

static void check_event(struct log_event *e, struct buf *text)
{
	static const struct text_style style = { .colour = true };

	log_event_settle(e); /* as the ledger does with what is told */
	buf_reset(text);
	demand(render_ecs(e, &observer, text));
	demand(text->len > 2 && text->p[0] == '{' &&
	       text->p[text->len - 1] == '\n');
	for (size_t i = 0; i + 1 < text->len; i++)
		demand(text->p[i] >= 0x20 && text->p[i] != 0x7f);
	buf_reset(text);
	demand(render_text(e, &style, text));
	demand(strlen(e->id) == 32);
	log_event_unref(e);
}

static void collect(struct worker *w, struct joint *j, struct buf *text)
{
	struct observation *o;
	struct log_event *e;

	while ((o = worker_next(w))) {
		joint_take(j, o);
		while ((e = joint_next(j)))
			check_event(e, text);
	}
}

static struct stamp feed(struct worker *w, struct joint *j, struct reader *in,
			 struct buf *text)
{
	struct stamp now = { .ns = 0 };
	struct frame f = { .len = 0 };
	uint64_t n = 0;

	rd_skip(in, 20);
	f.linktype = (int)(rd_le32(in) & 0xffff);
	while (rd_more(in) && n < FRAMES_MOST) {
		uint32_t sec = rd_le32(in), usec = rd_le32(in);
		uint32_t caplen = rd_le32(in), len = rd_le32(in);
		struct bytes left = rd_left(in);

		f.data = rd_bytes(in, caplen < left.len ? caplen : left.len);
		f.len = len > f.data.len ? len : (uint32_t)f.data.len;
		f.time.ns = sec * NSEC_PER_SEC + usec % 1000000 * 1000LL;
		if (stamp_to_sec(f.time) > stamp_to_sec(now))
			worker_tick(w, f.time, n + 1);
		if (!stamp_before(f.time, now))
			now = f.time;
		worker_frame(w, &f, ++n, now);
		collect(w, j, text);
	}
	return now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = rd_window(bytes_of(data, size));
	struct worker *w;
	struct joint *j;
	struct stamp now;
	struct buf text;

	if (!config.max_flows) {
		policy_init(&config.policy);
		config.max_flows = 1024;
	}
	w = worker_new(&config);
	j = joint_new(&config);
	demand(w && j);
	buf_init(&text, LIMIT_EVENT_BYTES);
	now = feed(w, j, &in, &text);
	while (worker_end(w, now, FRAMES_MOST + 1))
		collect(w, j, &text);
	collect(w, j, &text);
	buf_fini(&text);
	worker_free(w);
	joint_free(j);
	return 0;
}
