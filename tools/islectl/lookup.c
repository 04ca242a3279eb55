// SPDX-License-Identifier: GPL-2.0
/*
 * Finding the module, domains and quotas, and saying what to do if that fails.
 * Owns nothing; islectl ends too soon to close anything.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libisle-task.h>

#include "islectl.h"

struct isle_control *open_control(void)
{
	struct isle_control *control;
	int rc = isle_control_open(&control);

	switch (rc) {
	case 0:
		return control;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		if (!access("/dev/isle/self", F_OK))
			die("cannot open /dev/isle/control: it is not there inside a domain");
		die("cannot open /dev/isle/control: %s: is the module loaded? try: modprobe isle",
		    because(rc));
	case -EACCES:
	case -EPERM:
		die("cannot open /dev/isle/control: %s: run it as root (sudo)", because(rc));
	default:
		die("cannot open /dev/isle/control: %s", because(rc));
	}
}

void no_such_domain(const char *name)
{
	die("domain '%s' does not exist; create it with: islectl domain add %s", name, name);
}

void find_domain_info(struct isle_control *control, const char *name,
		      struct isle_domain_info *info)
{
	int rc = isle_control_domain_find(control, name, info);

	if (rc == -ENOENT)
		no_such_domain(name);
	if (rc)
		die("cannot look up domain '%s': %s", name, because(rc));
}

uint32_t find_domain(struct isle_control *control, const char *name)
{
	struct isle_domain_info info = { .size = sizeof(info) };

	find_domain_info(control, name, &info);
	return info.domid;
}

void set_quota(struct isle_control *control, uint32_t domid, const char *name,
	       struct quota_setting setting)
{
	int rc = isle_control_quota_set(control, domid, setting.kind, setting.limit);

	if (rc == -EINVAL)
		die("cannot set quota '%s' of domain '%s' to %" PRIu64 ": out of range",
		    isle_quota_name(setting.kind), name, setting.limit);
	if (rc)
		die("cannot set quota '%s' of domain '%s': %s", isle_quota_name(setting.kind),
		    name, because(rc));
}

/**
 * explain_quota() - if @kind is what does not allow for @more, say so
 *
 * EDQUOT does not tell which quota it was, so ask.  The answer may come too
 * late: then it returns false, and the caller says what is known.
 */
bool explain_quota(struct isle_control *control, uint32_t domid, const char *name,
		   uint32_t kind, uint64_t more)
{
	struct isle_quota quota = { .size = sizeof(quota) };
	const char *what = isle_quota_name(kind);
	uint64_t used, limit, need;

	if (isle_control_quota_get(control, domid, kind, &quota))
		return false;
	used = quota.used;
	limit = quota.limit;
	if (used <= limit && more <= limit - used)
		return false;
	if (__builtin_add_overflow(used, more, &need))
		need = UINT64_MAX;
	complain("domain '%s' has %" PRIu64 " of %" PRIu64 " %s%s in use, and needs %" PRIu64
		 " more; raise the quota with: islectl quota %s %s=%" PRIu64,
		 name, used, limit, kind == ISLE_QUOTA_MEMORY ? "bytes of " : "",
		 what, more, name, what, need);
	return true;
}

/**
 * explain_device_quota() - say which quotas do not allow for one more device
 * @bytes: of memory that it takes
 *
 * Ends islectl if none can be told.
 */
void explain_device_quota(struct isle_control *control, uint32_t domid, const char *name,
			  uint64_t bytes)
{
	bool told = explain_quota(control, domid, name, ISLE_QUOTA_DEVICES, 1);

	told |= explain_quota(control, domid, name, ISLE_QUOTA_MEMORY, bytes);
	if (!told)
		die("domain '%s' is over a quota; see: islectl quota %s", name, name);
}

/**
 * open_domain_by_control() - act as a domain that need not have nodes
 *
 * 0 or a negative errno; ends islectl if there is no such domain.
 */
int open_domain_by_control(const char *name, struct isle_domain **domain)
{
	struct isle_control *control = open_control();

	return isle_control_domain_open(control, find_domain(control, name), domain);
}

/** open_task() - a task of a domain, by its node, or if it has none by the control */
struct isle_task *open_task(const char *name)
{
	struct isle_domain *domain;
	struct isle_task *task;
	int rc = isle_task_open(name, &task);

	if (rc == -ENOENT && strcmp(name, "self")) {
		rc = open_domain_by_control(name, &domain);
		if (!rc)
			rc = isle_task_open_in(domain, &task);
	}
	if (rc == -EACCES)
		die("cannot open '/dev/isle/%s/task': %s; run it as the owner of the node, or as "
		    "root", name, because(rc));
	if (rc)
		die("cannot make a task of domain '%s': %s", name, because(rc));
	return task;
}

/** open_domain() - act as a domain, by its node, or if it has none by the control */
struct isle_domain *open_domain(const char *name)
{
	struct isle_domain *domain;
	int rc = isle_domain_open(name, &domain);

	if (rc == -ENOENT && !strcmp(name, "self"))
		die("there is no /dev/isle/self; it is the domain of a program that \"islectl "
		    "run\" started");
	if (rc == -ENOENT)
		rc = open_domain_by_control(name, &domain);
	if (rc == -EACCES)
		die("cannot act as domain '%s': %s; run it as the owner of its nodes, or as root",
		    name, because(rc));
	if (rc == -EDQUOT)
		die("domain '%s' is out of files, and this needs some; raise the quota with: "
		    "islectl quota %s files=N",
		    name, name);
	if (rc)
		die("cannot act as domain '%s': %s", name, because(rc));
	return domain;
}
