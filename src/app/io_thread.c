/* io_thread.c: see io_thread.h. */
#include "app/io_thread.h"

#include "base/limits.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct io_thread {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool busy, ending;
	void (*run)(void *what);
	void *what;
};

static void *loop(void *arg)
{
	struct io_thread *t = arg;

	(void)pthread_mutex_lock(&t->lock);
	for (;;) {
		while (!t->busy && !t->ending)
			(void)pthread_cond_wait(&t->changed, &t->lock);
		if (!t->busy)
			break;
		(void)pthread_mutex_unlock(&t->lock);
		t->run(t->what);
		(void)pthread_mutex_lock(&t->lock);
		t->busy = false;
		(void)pthread_cond_broadcast(&t->changed);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Signals are for the thread that reads packets. */
static bool create(struct io_thread *t)
{
	sigset_t all, before;
	int error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&t->thread, NULL, loop, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !error;
}

static void *io_thread_open(void (*run)(void *what), void *what)
{
	struct io_thread *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;

	if (!t)
		return NULL;
	t->run = run;
	t->what = what;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (create(t))
		return t;
	free(t);
	return NULL;
}

static void io_thread_start(void *thread)
{
	struct io_thread *t = thread;

	(void)pthread_mutex_lock(&t->lock);
	t->busy = true;
	(void)pthread_cond_broadcast(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
}

static bool io_thread_wait(void *thread, int64_t ns)
{
	struct io_thread *t = thread;
	struct timespec until;
	bool done;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	ns += until.tv_nsec;
	until.tv_sec += ns / NSEC_PER_SEC;
	until.tv_nsec = ns % NSEC_PER_SEC;
	(void)pthread_mutex_lock(&t->lock);
	while (t->busy &&
	       !pthread_cond_timedwait(&t->changed, &t->lock, &until))
		;
	done = !t->busy;
	(void)pthread_mutex_unlock(&t->lock);
	return done;
}

static void io_thread_close(void *thread)
{
	struct io_thread *t = thread;

	(void)pthread_mutex_lock(&t->lock);
	t->ending = true;
	(void)pthread_cond_broadcast(&t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	(void)pthread_join(t->thread, NULL);
	(void)pthread_cond_destroy(&t->changed);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static int64_t io_thread_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

const struct io_threads io_threads = {
	.open = io_thread_open,
	.start = io_thread_start,
	.wait = io_thread_wait,
	.close = io_thread_close,
	.clock = io_thread_clock,
};
