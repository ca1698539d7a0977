/*
 * micro.c: times the rows of micro.h.
 *
 *     micro [-t TEMPLATE_FOLDER] [-r ROUNDS] [-m MS] [-s MOST] [-o OPS]
 *           [-e] [NAME]
 *
 * A line for every row whose name has NAME in it (-e: is NAME) and every
 * working set of at most MOST items: name, items, operations a round, median
 * ns, least and most ns, instructions in user space by the processor's counter
 * ("-" where there is none), by tabs. A round lasts MS milliseconds or more;
 * the first one warms up and is not counted. With -o so many operations are
 * done once and nothing is timed: what another tool counts.
 */
#include "micro.h"

#include "template.h"

#include <getopt.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 101u

static struct {
	unsigned rounds;
	double least_ns; /* of a round */
	size_t most;	 /* items */
	uint64_t ops;	 /* > 0: so many, once */
	const char *name;
	bool exact; /* that one only, not all with it in theirs */
	int counter;
} micro = { .rounds = 9, .least_ns = 2e7, .most = SIZE_MAX, .name = "" };

static const struct micro *const parts[] = { micro_base, micro_flow, micro_cert,
					     micro_event };
static volatile uint64_t sink;

void *micro_alloc(size_t num, size_t size)
{
	void *p = calloc(num, size);

	if (!p) {
		fprintf(stderr, "micro: out of memory\n");
		exit(1);
	}
	return p;
}

/* Processor time: what others do at the same time shows in caches alone. */
static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* -1: there is no such counter here, as in most virtual machines */
static int open_counter(void)
{
	struct perf_event_attr a = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof a,
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static uint64_t read_counter(void)
{
	uint64_t n = 0;

	if (micro.counter < 0 ||
	    read(micro.counter, &n, sizeof n) != (ssize_t)sizeof n)
		return 0;
	return n;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double round_ns(const struct micro *m, void *state, uint64_t ops)
{
	double begin = now_ns();

	sink = m->run(state, ops);
	return now_ns() - begin;
}

static void measure(const struct micro *m, void *state, size_t size)
{
	double ns[MAX_ROUNDS];
	uint64_t ops = 16, count;

	while (round_ns(m, state, ops) < micro.least_ns)
		ops *= 2;
	(void)round_ns(m, state, ops);
	count = read_counter();
	for (unsigned i = 0; i < micro.rounds; i++)
		ns[i] = round_ns(m, state, ops) / (double)ops;
	count = read_counter() - count;
	qsort(ns, micro.rounds, sizeof *ns, compare);
	printf("%s\t%zu\t%llu\t%.2f\t%.2f\t%.2f\t", m->name, size,
	       (unsigned long long)ops, ns[micro.rounds / 2], ns[0],
	       ns[micro.rounds - 1]);
	if (micro.counter < 0)
		printf("-\n");
	else
		printf("%.1f\n", (double)count / (double)ops / micro.rounds);
	(void)fflush(stdout);
}

static void run(const struct micro *m)
{
	if (micro.exact ? strcmp(m->name, micro.name) != 0
			: !strstr(m->name, micro.name))
		return;
	for (const size_t *size = m->sizes; *size; size++) {
		void *state;

		if (*size > micro.most)
			continue;
		state = m->setup(*size);
		if (micro.ops)
			sink = m->run(state, micro.ops);
		else
			measure(m, state, *size);
		m->teardown(state);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: micro [-t TEMPLATE_FOLDER] [-r ROUNDS] "
			"[-m MS] [-s MOST] [-o OPS] [-e] [NAME]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *folder = ".";
	int c;

	while ((c = getopt(argc, argv, "t:r:m:s:o:e")) != -1) {
		if (c == 't')
			folder = optarg;
		else if (c == 'r')
			micro.rounds = (unsigned)atoi(optarg);
		else if (c == 'm')
			micro.least_ns = atof(optarg) * 1e6;
		else if (c == 's')
			micro.most = strtoull(optarg, NULL, 10);
		else if (c == 'o')
			micro.ops = strtoull(optarg, NULL, 10);
		else if (c == 'e')
			micro.exact = true;
		else
			return usage();
	}
	if (!micro.rounds || micro.rounds > MAX_ROUNDS || argc - optind > 1)
		return usage();
	if (optind < argc)
		micro.name = argv[optind];
	if (!tls_load(folder)) {
		fprintf(stderr, "micro: no template in %s (-t)\n", folder);
		return 1;
	}
	micro.counter = micro.ops ? -1 : open_counter();
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		for (const struct micro *m = parts[i]; m->name; m++)
			run(m);
	return 0;
}
