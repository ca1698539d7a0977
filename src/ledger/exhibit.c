/* exhibit.c: see exhibit.h. */
#include "ledger/exhibit.h"
#include "ledger/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".pcapng"
/* each packet's block has 32 bytes, the answers of DNS come on top */
#define FILE_MOST                                                              \
	(LIMIT_EXHIBIT_BYTES + 40 * LIMIT_EXHIBIT_PACKETS + (1u << 18))

struct counts {
	uint32_t files; /* that are there, of any run */
	uint64_t written, again, failed, refused;
};

struct exhibits {
	char *folder;
	int fd;
	struct counts counts;
	int told; /* errno of the last failure that was told */
	/* the file that is being written, which may take long: what stands
	 * above is the job's meanwhile */
	struct io_job job;
	char file[EXHIBIT_NAME];
	size_t head;
	struct buf text;
	bool kept;
	struct counts counted; /* when no job was at it */
	uint64_t missed; /* came meanwhile */
	bool missed_told;
};

/* ID.pcapng or ID-ACTION.pcapng, of 32 digits. */
static bool is_ours(const char *name)
{
	return strspn(name, "0123456789abcdef") == 32 &&
	       (name[32] == '.' || name[32] == '-') &&
	       strlen(name) < EXHIBIT_NAME && strstr(name, ENDING);
}

static bool open_folder(struct exhibits *x)
{
	struct dirent *d;
	DIR *dir;
	int fd = open(x->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return false;
	dir = opendir(x->folder);
	if (!dir) {
		(void)close(fd);
		return false;
	}
	if (x->fd >= 0)
		(void)close(x->fd);
	x->fd = fd;
	x->counts.files = 0;
	while ((d = readdir(dir)))
		x->counts.files += is_ours(d->d_name);
	(void)closedir(dir);
	return true;
}

/* One line for each new reason; the same one again is only counted. */
static void tell_failure(struct exhibits *x, const char *name, int error)
{
	x->counts.failed++;
	if (x->told == error)
		return;
	x->told = error;
	if (error == EEXIST)
		fprintf(stderr,
			"wirecert: %s/%s: another file has this name; it is "
			"left alone, the finding's evidence is not kept\n",
			x->folder, name);
	else
		fprintf(stderr,
			"wirecert: %s/%s: %s; evidence is not kept for now\n",
			x->folder, name, strerror(error));
}

static int create(const struct exhibits *x, const char *name)
{
	return openat(x->fd, name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0640);
}

/* Is what has the name this finding's, by how it begins? */
static bool is_same(const struct exhibits *x, const char *name, size_t head)
{
	int fd = openat(x->fd, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t there[1500];
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (head <= sizeof there && !fstat(fd, &st) && S_ISREG(st.st_mode))
		n = read(fd, there, head);
	(void)close(fd);
	return n == (ssize_t)head && !memcmp(there, x->text.p, head);
}

/* False and errno: it is not there. */
static bool write_file(struct exhibits *x, const char *name, size_t head)
{
	int fd = create(x, name), error;

	/* the folder went away, and is there again, maybe another one */
	if (fd < 0 && errno == ENOENT && open_folder(x))
		fd = create(x, name);
	if (fd < 0 && errno == EEXIST) {
		bool same = is_same(x, name, head);

		x->counts.again += same;
		errno = EEXIST;
		return same;
	}
	if (fd < 0)
		return false;
	if (fd_write_all(fd, buf_bytes(&x->text))) {
		(void)close(fd);
		x->counts.written++;
		x->counts.files++;
		return true;
	}
	error = errno;
	(void)close(fd);
	(void)unlinkat(x->fd, name, 0);
	errno = error;
	return false;
}

static bool is_full(struct exhibits *x, const char *name)
{
	struct stat st;

	if (x->counts.files < LIMIT_EXHIBIT_FILES ||
	    !fstatat(x->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	if (!x->counts.refused++)
		fprintf(stderr,
			"wirecert: %s has %u files of evidence; no more are "
			"kept until some are taken away and wirecert is "
			"started anew\n",
			x->folder, LIMIT_EXHIBIT_FILES);
	return true;
}

/* The job. */
static void write_exhibit(void *what)
{
	struct exhibits *x = what;

	x->kept = false;
	if (is_full(x, x->file))
		return;
	x->kept = write_file(x, x->file, x->head);
	if (!x->kept)
		tell_failure(x, x->file, errno);
}

struct exhibits *exhibits_new(const char *folder,
			      const struct io_threads *threads, char *err)
{
	struct exhibits *x = calloc(1, sizeof *x);

	if (x)
		x->folder = strdup(folder);
	if (!x || !x->folder) {
		snprintf(err, 256, "out of memory");
		free(x);
		return NULL;
	}
	x->fd = -1;
	buf_init(&x->text, FILE_MOST);
	io_job_init(&x->job, threads, write_exhibit, x);
	if (open_folder(x))
		return x;
	snprintf(err, 256, "--evidence %.150s: %s; it takes a folder that is "
			   "there", folder, strerror(errno));
	exhibits_free(x);
	return NULL;
}

void exhibits_free(struct exhibits *x)
{
	/* what hangs ends with the program */
	if (!x || !io_job_end(&x->job))
		return;
	if (x->fd >= 0)
		(void)close(x->fd);
	buf_fini(&x->text);
	free(x->folder);
	free(x);
}

/* One at a time: those that come while a disk hangs have none. */
static void note_missed(struct exhibits *x)
{
	x->missed++;
	if (x->missed_told || !io_job_hangs(&x->job))
		return;
	x->missed_told = true;
	fprintf(stderr, "wirecert: %s does not answer; evidence is not kept "
			"for now\n", x->folder);
}

void exhibits_keep(struct exhibits *x, const struct log_event *e,
		   char name[static EXHIBIT_NAME])
{
	const struct packets *p = e->judgement->obs->packets;
	bool good;

	if (!p)
		return;
	if (!io_job_done(&x->job)) {
		note_missed(x);
		return;
	}
	x->missed_told = false;
	x->counts.failed += x->missed;
	x->missed = 0;
	snprintf(x->file, sizeof x->file, "%s%s" ENDING, e->finding->id,
		 e->action == ACTION_ESCALATED ? "-escalated" : "");
	buf_reset(&x->text);
	good = exhibit_head(e, &x->text);
	x->head = x->text.len;
	if (!good || !exhibit_body(p, &x->text))
		x->counts.failed++;
	else if (io_job_do(&x->job) && x->kept)
		memcpy(name, x->file, sizeof x->file);
}

void exhibits_status(struct exhibits *x, struct status *s)
{
	if (io_job_done(&x->job)) /* else those of before */
		x->counted = x->counts;
	status_count(s, "evidence", "files", x->counted.files);
	status_count(s, "evidence", "written", x->counted.written);
	status_count(s, "evidence", "there_before", x->counted.again);
	status_count(s, "evidence", "failed", x->counted.failed + x->missed);
	status_count(s, "evidence", "refused", x->counted.refused);
}
