/*
 * replay.c: [-NUMBER] FILE|FOLDER...: runs a fuzz target over the files and
 * folders given, with any compiler: each file whole, NUMBER prefixes, and as
 * many with a few other bytes, the same in every run. Speaks TAP; a crash is a
 * test that does not end.
 * Every input is a heap block of exactly its size, so that checkers see
 * overruns. An input that aborts is left beside the program, in the build
 * folder, as PROGRAM.crash-PID: never where the test was called from.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MOST (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned num_files, variants = 40;
static const uint8_t *at;
static size_t at_size;
static char crash_path[4096];

static void on_abort(int sig)
{
	int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd >= 0 && write(fd, at, at_size) == (ssize_t)at_size)
		(void)!write(2, crash_path, strlen(crash_path));
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	at = copy;
	at_size = size;
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void run_variants(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	uint32_t seed = (uint32_t)size;

	if (!copy)
		abort();
	for (size_t i = 0; i < variants && i < size; i++)
		run(data, size * i / (size < variants ? size : variants));
	for (unsigned i = 0; size && i < variants; i++) {
		memcpy(copy, data, size);
		for (unsigned k = 0; k < 1 + i % 4; k++)
			copy[next_random(&seed) % size] =
				(uint8_t)next_random(&seed);
		run(copy, size);
	}
	free(copy);
}

static void run_file(const char *path)
{
	uint8_t *data = malloc(SIZE_MOST);
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!data || !f) {
		printf("not ok %u - %s cannot be read\n", ++num_files, path);
		free(data);
		return;
	}
	size = fread(data, 1, SIZE_MOST, f);
	fclose(f);
	run(data, size);
	run_variants(data, size);
	printf("ok %u - %s\n", ++num_files, path);
	(void)fflush(stdout);
	free(data);
}

static int is_seed(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && strcmp(d->d_name, "README") != 0 &&
	       strcmp(d->d_name, "make") != 0 &&
	       strcmp(d->d_name, "expected-reaction") != 0 &&
	       !(dot && (!strcmp(dot, ".md") || !strcmp(dot, ".pem") ||
			 !strcmp(dot, ".log") || !strcmp(dot, ".jsonl")));
}

static void run_path(const char *path)
{
	struct dirent **names;
	struct stat st;
	int n;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	n = scandir(path, &names, is_seed, alphasort);
	for (int i = 0; i < n; i++) {
		char below[4096];

		snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
		run_path(below);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	snprintf(crash_path, sizeof crash_path, "%s.crash-%ld", argv[0],
		 (long)getpid());
	(void)signal(SIGABRT, on_abort);
	run((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		if (argv[i][0] == '-')
			variants = (unsigned)strtoul(argv[i] + 1, NULL, 10);
		else
			run_path(argv[i]);
	printf("1..%u\n", num_files);
	return num_files == 0;
}
