// SPDX-License-Identifier: GPL-2.0
/*
 * rtc and time: what time it is, by the system's clock.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/time.h>
#include <linux/timekeeping.h>

#include "ipc/service.h"

static int rtc_read(struct isle_service_call *call)
{
	struct isle_msg_rtc_read_reply *out = (void *)call->reply->data;
	struct tm tm;

	time64_to_tm(ktime_get_real_seconds(), 0, &tm);
	out->year = tm.tm_year + 1900;
	out->month = tm.tm_mon + 1;
	out->day = tm.tm_mday;
	out->day_of_week = tm.tm_wday;
	out->hour = tm.tm_hour;
	out->minute = tm.tm_min;
	out->second = tm.tm_sec;
	return 0;
}

static int gettimeofday(struct isle_service_call *call)
{
	struct isle_msg_time_gettimeofday_reply *out = (void *)call->reply->data;

	out->unixtime = ktime_get_real_seconds();
	return 0;
}

static const struct isle_service services[] = {
	{ ISLE_MSG_RTC_READ, rtc_read },
	{ ISLE_MSG_TIME_GETTIMEOFDAY, gettimeofday },
};

const struct isle_service_group isle_service_clock = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
