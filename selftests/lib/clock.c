// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle's clocks
 *
 * Nothing here needs the module.  The only statements about how long something
 * takes are that a sleep is not too short.
 */
#include <kselftest_harness.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <libisle.h>

#include "../lib.h"

#define SECOND	1000000000LL

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* for the time that a test may take */
FIXTURE(clocks) {
};

FIXTURE_SETUP(clocks)
{
}

FIXTURE_TEARDOWN(clocks)
{
}

TEST_F_TIMEOUT(clocks, reading, TIMEOUT)
{
	int64_t before, after, wall;
	uint64_t last, t;
	double time;
	int i;

	before = clock_ns(CLOCK_REALTIME);
	wall = isle_clock_wall();
	time = isle_clock_time();
	after = clock_ns(CLOCK_REALTIME);
	EXPECT_LE(before, wall);
	EXPECT_LE(wall, after);
	/* a double has a quarter of a microsecond there */
	EXPECT_LE(before / 1e9 - 1e-6, time);
	EXPECT_LE(time, after / 1e9 + 1e-6);

	before = clock_ns(CLOCK_MONOTONIC);
	last = isle_clock_monotonic();
	EXPECT_LE((uint64_t)before, last);
	for (i = 0; i < 100000; i++) {
		t = isle_clock_monotonic();
		if (t < last)
			break;
		last = t;
	}
	EXPECT_EQ(100000, i);
	after = clock_ns(CLOCK_MONOTONIC);
	EXPECT_LE(last, (uint64_t)after);
}

struct date {
	double time;
	int sec, min, hour, mday, mon, year, wday, yday;
};

static const struct date dates[] = {
	{ 0, 0, 0, 0, 1, 0, 70, 4, 0 },
	{ 0.999, 0, 0, 0, 1, 0, 70, 4, 0 },
	{ -0.001, 59, 59, 23, 31, 11, 69, 3, 364 },
	{ -1, 59, 59, 23, 31, 11, 69, 3, 364 },
	{ 951782400, 0, 0, 0, 29, 1, 100, 2, 59 },		/* 2000: leap */
	{ 978220800, 0, 0, 0, 31, 11, 100, 0, 365 },
	{ 4107542400.0, 0, 0, 0, 1, 2, 200, 1, 59 },		/* 2100: not */
	{ 2147483647.75, 7, 14, 3, 19, 0, 138, 2, 18 },
	{ 2147483648.0, 8, 14, 3, 19, 0, 138, 2, 18 },
	{ 253402300799.0, 59, 59, 23, 31, 11, 8099, 5, 364 },	/* end of 9999 */
	{ -2208988800.0, 0, 0, 0, 1, 0, 0, 1, 0 },		/* 1900 */
};

TEST_F_TIMEOUT(clocks, gmtime, TIMEOUT)
{
	struct rng r = { 42 };
	struct tm tm, untouched;
	const struct date *d;
	int64_t t;
	size_t i;

	for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		d = &dates[i];
		memset(&tm, 0x55, sizeof(tm));
		ASSERT_EQ(0, isle_clock_gmtime(d->time, &tm));
		EXPECT_EQ(d->sec, tm.tm_sec) TH_LOG("date %zu", i);
		EXPECT_EQ(d->min, tm.tm_min) TH_LOG("date %zu", i);
		EXPECT_EQ(d->hour, tm.tm_hour) TH_LOG("date %zu", i);
		EXPECT_EQ(d->mday, tm.tm_mday) TH_LOG("date %zu", i);
		EXPECT_EQ(d->mon, tm.tm_mon) TH_LOG("date %zu", i);
		EXPECT_EQ(d->year, tm.tm_year) TH_LOG("date %zu", i);
		EXPECT_EQ(d->wday, tm.tm_wday) TH_LOG("date %zu", i);
		EXPECT_EQ(d->yday, tm.tm_yday) TH_LOG("date %zu", i);
		EXPECT_EQ(0, tm.tm_isdst);
	}
	/* UTC, whatever the machine's zone */
	setenv("TZ", "XXX-5", 1);
	tzset();
	ASSERT_EQ(0, isle_clock_gmtime(0, &tm));
	EXPECT_EQ(0, tm.tm_hour);
	for (i = 0; i < 1000; i++) {
		t = ((int64_t)rnd(&r) << 6) - (1LL << 36);
		ASSERT_EQ(0, isle_clock_gmtime((double)t + 0.25, &tm));
		EXPECT_EQ(t, timegm(&tm));
	}

	memset(&tm, 0x55, sizeof(tm));
	untouched = tm;
	EXPECT_EQ(-EINVAL, isle_clock_gmtime(NAN, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(INFINITY, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(-INFINITY, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(1e300, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(-1e300, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(7e16, &tm));
	EXPECT_EQ(-EOVERFLOW, isle_clock_gmtime(-7e16, &tm));
	EXPECT_EQ(0, memcmp(&tm, &untouched, sizeof(tm)));
	EXPECT_EQ(0, isle_clock_gmtime(6.7e16, &tm));
	EXPECT_EQ(0, isle_clock_gmtime(-6.7e16, &tm));
}

TEST_F_TIMEOUT(clocks, sleep, TIMEOUT)
{
	uint64_t start = isle_clock_monotonic();
	int64_t left = -7;

	EXPECT_EQ(0, isle_clock_sleep(20000000, &left));
	EXPECT_LE(start + 20000000, isle_clock_monotonic());
	EXPECT_EQ(0, isle_clock_sleep(1, NULL));
	/* these would never end if they were taken for a time to wait */
	EXPECT_EQ(0, isle_clock_sleep(0, &left));
	EXPECT_EQ(0, isle_clock_sleep(-1, &left));
	EXPECT_EQ(0, isle_clock_sleep(INT64_MIN, &left));
	EXPECT_EQ(-7, left);

	start = isle_clock_monotonic();
	EXPECT_EQ(0, isle_clock_sleep_until(start + 20000000));
	EXPECT_LE(start + 20000000, isle_clock_monotonic());
	EXPECT_EQ(0, isle_clock_sleep_until(start));
	EXPECT_EQ(0, isle_clock_sleep_until(0));
}

static void nothing(int sig)
{
	(void)sig;
}

/* Signals come again and again: one that comes before the sleep does no harm */
static void signals(int ms)
{
	struct itimerval timer = {
		.it_interval = { .tv_usec = ms * 1000 }, .it_value = { .tv_usec = ms * 1000 },
	};
	struct sigaction act = { .sa_handler = nothing };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

TEST_F_TIMEOUT(clocks, interrupted, TIMEOUT)
{
	const int64_t want = 100000 * SECOND;
	uint64_t start, end;
	int64_t left = -1;
	int ret;

	signals(20);
	start = isle_clock_monotonic();
	EXPECT_EQ(-EINTR, isle_clock_sleep(want, &left));
	end = isle_clock_monotonic();
	EXPECT_LE(left, want);
	EXPECT_GE(left, want - (int64_t)(end - start));

	EXPECT_EQ(-EINTR, isle_clock_sleep(want, NULL));
	EXPECT_EQ(-EINTR, isle_clock_sleep(INT64_MAX, &left));
	EXPECT_EQ(-EINTR, isle_clock_sleep_until(isle_clock_monotonic() + want));

	/* what is left, again and again, is as long as the whole */
	left = 200000000;
	start = isle_clock_monotonic();
	do {
		ret = isle_clock_sleep(left, &left);
	} while (ret == -EINTR);
	EXPECT_EQ(0, ret);
	EXPECT_LE(start + 200000000, isle_clock_monotonic());

	start = isle_clock_monotonic();
	do {
		ret = isle_clock_sleep_until(start + 200000000);
	} while (ret == -EINTR);
	EXPECT_EQ(0, ret);
	EXPECT_LE(start + 200000000, isle_clock_monotonic());
}

static void by_libisle(void)
{
	struct tm tm;

	isle_clock_monotonic();
	isle_clock_wall();
	isle_clock_gmtime(isle_clock_time(), &tm);
}

static void by_the_c_library(void)
{
	clock_ns(CLOCK_MONOTONIC);
	clock_ns(CLOCK_REALTIME);
}

/* 0: @read works where the system calls for it kill */
static int without_calls(void (*read)(void))
{
#define KILLS(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		KILLS(SYS_clock_gettime),
		KILLS(SYS_gettimeofday),
		KILLS(SYS_time),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(2);
		read();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Where the vDSO can read the clock, we do it through the vDSO.  Whether it can
 * may change while the machine runs, hence before and after.
 */
TEST_F_TIMEOUT(clocks, no_system_call, TIMEOUT)
{
	int before = without_calls(by_the_c_library);
	int ours = without_calls(by_libisle);
	int after = without_calls(by_the_c_library);

	TH_LOG("the vDSO can %sread this machine's clock", before || after ? "not " : "");
	if (!before && !after)
		EXPECT_EQ(0, ours);
}

TEST_HARNESS_MAIN
