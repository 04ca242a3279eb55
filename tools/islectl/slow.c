// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that may take long: after a second it says what it waits for, and ^C
 * ends the wait.  Owns the handlers of SIGINT and SIGTERM while it runs.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "islectl.h"

struct notice {
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;		/* protected by @lock */
	const char *what;
};

/*
 * A thread and not a timer: its signal would end the wait.  Signals are blocked
 * in it, so that they go to the one that waits.
 */
static void *notify(void *arg)
{
	struct notice *notice = arg;
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&notice->lock);
	while (!notice->done && !rc)
		rc = pthread_cond_clockwait(&notice->over, &notice->lock, CLOCK_MONOTONIC,
					    &until);
	if (!notice->done)
		complain("waiting for %s; ^C stops the waiting", notice->what);
	pthread_mutex_unlock(&notice->lock);
	return NULL;
}

static void wake(int signal)
{
	(void)signal;
}

/*
 * Without SA_RESTART the call ends; a second ^C ends islectl.  Who started us
 * with the signal ignored, as nohup(1) does, wants it so.
 */
static void catch_signal(int signal, struct sigaction *before)
{
	struct sigaction act = { .sa_handler = wake, .sa_flags = SA_RESETHAND };

	sigaction(signal, NULL, before);
	if (before->sa_handler != SIG_IGN)
		sigaction(signal, &act, NULL);
}

/** call_slow() - returns what the call does; -EINTR after ^C */
int call_slow(const struct slow *slow)
{
	struct notice notice = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.over = PTHREAD_COND_INITIALIZER,
		.what = slow->what,
	};
	struct sigaction interrupt, terminate;
	sigset_t all, before;
	pthread_t thread;
	bool started;
	int rc;

	catch_signal(SIGINT, &interrupt);
	catch_signal(SIGTERM, &terminate);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	started = !pthread_create(&thread, NULL, notify, &notice);
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	rc = slow->call(slow->arg);

	if (started) {
		pthread_mutex_lock(&notice.lock);
		notice.done = true;
		pthread_cond_signal(&notice.over);
		pthread_mutex_unlock(&notice.lock);
		pthread_join(thread, NULL);
	}
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &terminate, NULL);
	return rc;
}
