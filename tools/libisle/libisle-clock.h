/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: clocks, from C; isle_clock(3)
 *
 * CLOCK of the module types V1, and what goes with it.  Comes with libisle.h,
 * whose rules on errors hold here too.  Needs neither a domain nor the module.
 *
 * Reading a clock is no system call where the kernel's vDSO can read the
 * processor's counter, which is what it does on x86 unless the kernel found
 * that counter not to be trusted.
 */
#ifndef LIBISLE_CLOCK_H
#define LIBISLE_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/** isle_clock_time() - seconds since 1970-01-01 00:00:00 UTC (CLOCK.time) */
double isle_clock_time(void);

/**
 * isle_clock_gmtime() - a time as date and time of day, in UTC (CLOCK.gmtime)
 * @time: as isle_clock_time() returns it; before 1970: negative
 * @tm: tm_isdst is 0
 *
 * What is left of a second counts to the second that has begun.  -EINVAL: not
 * a number.  -EOVERFLOW: the year is no int.
 */
int isle_clock_gmtime(double time, struct tm *tm);

/**
 * isle_clock_monotonic() - nanoseconds since some moment of the past
 *
 * Nobody can set it, and it never goes back; it stands still while the machine
 * is suspended.
 */
uint64_t isle_clock_monotonic(void);

/** isle_clock_wall() - nanoseconds since 1970 in UTC; may be set, also back */
int64_t isle_clock_wall(void);

/**
 * isle_clock_sleep() - wait
 * @ns: nanoseconds; 0 or less: return at once
 * @left: NULL, or where to put how much was left when a signal came
 *
 * Measured by the monotonic clock.  -EINTR: a signal came; @left is written
 * then, 0 or more, and only then.
 */
int isle_clock_sleep(int64_t ns, int64_t *left);

/**
 * isle_clock_sleep_until() - wait until the monotonic clock shows @deadline
 *
 * A deadline that has passed: returns at once.  -EINTR: a signal came; calling
 * again waits for the same moment.
 */
int isle_clock_sleep_until(uint64_t deadline);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_CLOCK_H */
