/* keylog.c: see keylog.h. */
#include "app/keylog.h"

#include "app/no_dump.h"
#include "base/limits.h"
#include "crypt/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP 65536u
/* What was read last is compared, to see whether it is still there: more than
 * half of a line, in which no two are alike. */
#define TAIL 64u

struct follow {
	const char *path;
	int fd; /* -1: not open */
	bool regular, told;
	dev_t dev;
	ino_t ino;
	off_t offset;
	struct timespec changed;
	uint8_t tail[TAIL]; /* the last bytes read */
	size_t tail_len;
	struct keylog log;
};

/* All of it is one mapping that is in no core dump. */
struct keylogs {
	struct keyring *ring;
	size_t num;
	struct follow files[LIMIT_KEYLOG_FILES];
	struct keylog inside; /* of captures */
	uint8_t step[STEP];
};

struct keylogs *keylogs_new(const char *const *paths, size_t num,
			    struct keyring *ring)
{
	struct keylogs *k = mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (k == MAP_FAILED)
		return NULL;
	(void)madvise(k, sizeof *k, MADV_DONTDUMP);
	k->ring = ring;
	k->num = num < LIMIT_KEYLOG_FILES ? num : LIMIT_KEYLOG_FILES;
	keylog_init(&k->inside, ring);
	for (size_t i = 0; i < k->num; i++) {
		k->files[i].path = paths[i];
		k->files[i].fd = -1;
		keylog_init(&k->files[i].log, ring);
	}
	if (num) {
		keyring_set_given(ring);
		no_dump();
	}
	return k;
}

void keylogs_free(struct keylogs *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->num; i++)
		if (k->files[i].fd >= 0)
			(void)close(k->files[i].fd);
	OPENSSL_cleanse(k, sizeof *k);
	(void)munmap(k, sizeof *k);
}

static void complain(struct follow *f, const char *why)
{
	if (!f->told)
		fprintf(stderr, "wirecert: %s: %s\n", f->path, why);
	f->told = true;
}

static bool follow_open(struct follow *f, int flags)
{
	struct stat st;

	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
	if (f->fd < 0) {
		complain(f, strerror(errno));
		return false;
	}
	if (fstat(f->fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		complain(f, "not a key log file");
		(void)close(f->fd);
		f->fd = -1;
		return false;
	}
	f->told = false;
	f->regular = S_ISREG(st.st_mode);
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->offset = 0;
	f->tail_len = 0;
	if (f->regular && st.st_mode & S_IROTH)
		fprintf(stderr,
			"wirecert: %s: TLS secrets that every user can read; "
			"chmod 600 keeps them\n", f->path);
	return true;
}

/* The file goes on as another one, or from its beginning. */
static void follow_close(struct follow *f)
{
	keylog_end(&f->log);
	(void)close(f->fd);
	f->fd = -1;
}

static void tail_add(struct follow *f, struct bytes b)
{
	size_t keep;

	b = bytes_tail(b, b.len > TAIL ? b.len - TAIL : 0);
	keep = f->tail_len + b.len > TAIL ? TAIL - b.len : f->tail_len;
	memmove(f->tail, &f->tail[f->tail_len - keep], keep);
	memcpy(&f->tail[keep], b.p, b.len);
	f->tail_len = keep + b.len;
}

/* Up to max bytes; false: it cannot be read. */
static bool follow_read(struct keylogs *k, struct follow *f, uint64_t max)
{
	while (max) {
		ssize_t n = read(f->fd, k->step, sizeof k->step);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == EAGAIN;
		keylog_feed(&f->log, bytes_of(k->step, (size_t)n));
		tail_add(f, bytes_of(k->step, (size_t)n));
		OPENSSL_cleanse(k->step, (size_t)n);
		f->offset += n;
		max -= (uint64_t)n < max ? (uint64_t)n : max;
	}
	return true;
}

bool keylogs_read(struct keylogs *k)
{
	bool sound = true;

	for (size_t i = 0; i < k->num; i++) {
		struct follow *f = &k->files[i];

		if (!follow_open(f, 0)) {
			sound = false;
			continue;
		}
		if (!follow_read(k, f, UINT64_MAX)) {
			complain(f, strerror(errno));
			sound = false;
		}
		/* a last line may lack its end; it may also be half written:
		 * then its other half makes it whole later */
		if (!f->regular)
			keylog_end(&f->log);
	}
	return sound;
}

/* Is what was read last still where it was? A file that was cut may have grown
 * beyond that place since. */
static bool is_same(const struct follow *f)
{
	uint8_t there[TAIL];
	ssize_t n = pread(f->fd, there, f->tail_len,
			  f->offset - (off_t)f->tail_len);
	bool same = n == (ssize_t)f->tail_len &&
		    !memcmp(there, f->tail, f->tail_len);

	OPENSSL_cleanse(there, sizeof there);
	return same;
}

/* Was what is open cut, or did another file take its name? */
static void follow_check(struct keylogs *k, struct follow *f)
{
	struct stat now, named;

	if (!f->regular || fstat(f->fd, &now) != 0)
		return;
	if (now.st_mtim.tv_sec != f->changed.tv_sec ||
	    now.st_mtim.tv_nsec != f->changed.tv_nsec ||
	    now.st_size != f->offset) {
		f->changed = now.st_mtim;
		if (!is_same(f)) {
			/* a half line of what was there before is none */
			keylog_drop(&f->log);
			f->offset = 0;
			f->tail_len = 0;
			(void)lseek(f->fd, 0, SEEK_SET);
		}
	}
	if (stat(f->path, &named) != 0 ||
	    (named.st_dev == f->dev && named.st_ino == f->ino))
		return;
	(void)follow_read(k, f, LIMIT_KEYLOG_POLL);
	follow_close(f);
	(void)follow_open(f, O_NONBLOCK);
}

bool keylogs_poll(struct keylogs *k)
{
	uint64_t before = keyring_generation(k->ring);

	for (size_t i = 0; i < k->num; i++) {
		struct follow *f = &k->files[i];

		if (f->fd >= 0)
			follow_check(k, f);
		else
			(void)follow_open(f, O_NONBLOCK);
		if (f->fd >= 0 && !follow_read(k, f, LIMIT_KEYLOG_POLL)) {
			complain(f, strerror(errno));
			follow_close(f);
		}
	}
	return keyring_generation(k->ring) != before;
}

void keylogs_feed(struct keylogs *k, struct bytes log)
{
	keyring_set_given(k->ring);
	no_dump();
	keylog_feed(&k->inside, log);
	keylog_end(&k->inside);
}

static void add(struct keylog_counters *sum, const struct keylog_counters *c)
{
	sum->lines += c->lines;
	sum->used += c->used;
	sum->skipped += c->skipped;
	sum->malformed += c->malformed;
	sum->too_long += c->too_long;
}

void keylogs_status(const struct keylogs *k, struct status *s)
{
	struct keylog_counters sum = k->inside.counters;
	struct keyring_counters ring;

	if (!keyring_is_given(k->ring))
		return;
	for (size_t i = 0; i < k->num; i++)
		add(&sum, &k->files[i].log.counters);
	keyring_counters(k->ring, &ring);
	status_count(s, "keys", "lines", sum.lines);
	status_count(s, "keys", "used", sum.used);
	status_count(s, "keys", "skipped", sum.skipped);
	status_count(s, "keys", "malformed", sum.malformed);
	status_count(s, "keys", "too_long", sum.too_long);
	status_count(s, "keys", "sessions", ring.sessions);
	status_count(s, "keys", "evicted", ring.evicted);
}
