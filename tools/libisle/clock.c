// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Clocks, and waiting for them.  Owns nothing.
 *
 * The C library reads them through the vDSO.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>

#include "internal.h"

#define NS	1000000000LL

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

EXPORT double isle_clock_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / (double)NS;
}

EXPORT int isle_clock_gmtime(double when, struct tm *tm)
{
	struct tm result;
	time_t seconds;

	if (isnan(when))
		return -EINVAL;
	/* A year is 31556952 seconds; what fits into the years fits into time_t. */
	if (when > 31556952.0 * INT_MAX * 1.1 || when < 31556952.0 * INT_MIN * 1.1)
		return -EOVERFLOW;
	seconds = (time_t)when;
	/* The conversion rounds towards zero, a clock towards the past. */
	if ((double)seconds > when)
		seconds--;
	if (!gmtime_r(&seconds, &result))
		return -EOVERFLOW;
	*tm = result;
	return 0;
}

EXPORT uint64_t isle_clock_monotonic(void)
{
	return (uint64_t)read_clock(CLOCK_MONOTONIC);
}

EXPORT int64_t isle_clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

EXPORT int isle_clock_sleep(int64_t ns, int64_t *left)
{
	struct timespec want, rest;
	int rc;

	if (ns <= 0)
		return 0;
	want.tv_sec = ns / NS;
	want.tv_nsec = ns % NS;
	rc = clock_nanosleep(CLOCK_MONOTONIC, 0, &want, &rest);
	if (rc == EINTR && left)
		*left = rest.tv_sec * NS + rest.tv_nsec;
	return -rc;
}

EXPORT int isle_clock_sleep_until(uint64_t deadline)
{
	struct timespec when = {
		.tv_sec = (time_t)(deadline / NS), .tv_nsec = (long)(deadline % NS),
	};

	return -clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}
