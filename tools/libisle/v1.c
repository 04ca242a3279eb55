// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations that every DEVICE of the module types V1 has, by their names
 * there: connect, disconnect, id.  Owns nothing.
 */
#include <errno.h>

#include "internal.h"
#include "libisle-v1.h"

EXPORT int isle_net_connect(struct isle_domain *domain, const char *name, struct isle_net **net)
{
	return domain ? isle_net_open_in(domain, name, 0, net) : isle_net_open(name, 0, net);
}

EXPORT void isle_net_disconnect(struct isle_net *net)
{
	isle_net_close(net);
}

EXPORT int isle_net_id(struct isle_net *net, struct isle_device_id *id)
{
	return isle_net_get_id(net, id);
}

EXPORT int isle_net_get_stats_counters(struct isle_net *net, struct isle_net_stats *stats)
{
	return isle_net_get_stats(net, stats);
}

EXPORT int isle_net_reset_stats_counters(struct isle_net *net)
{
	return isle_net_reset_stats(net);
}

static int open_fs(struct isle_domain *domain, const char *name, uint32_t flags,
		   struct isle_fs **fs)
{
	return domain ? isle_fs_open_in(domain, name, flags, fs) : isle_fs_open(name, flags, fs);
}

EXPORT int isle_fs_connect(struct isle_domain *domain, const char *name, struct isle_fs **fs)
{
	int rc = open_fs(domain, name, ISLE_OPEN_READ | ISLE_OPEN_WRITE, fs);

	if (rc == -EACCES || rc == -EROFS)
		rc = open_fs(domain, name, ISLE_OPEN_READ, fs);
	return rc;
}

EXPORT void isle_fs_disconnect(struct isle_fs *fs)
{
	isle_fs_close(fs);
}

EXPORT int isle_fs_id(struct isle_fs *fs, struct isle_device_id *id)
{
	return isle_fs_get_id(fs, id);
}

EXPORT int isle_kv_connect(struct isle_domain *domain, const char *name, struct isle_kv **kv)
{
	return domain ? isle_kv_open_in(domain, name, kv) : isle_kv_open(name, kv);
}

EXPORT void isle_kv_disconnect(struct isle_kv *kv)
{
	isle_kv_close(kv);
}

EXPORT int isle_kv_id(struct isle_kv *kv, struct isle_device_id *id)
{
	return isle_kv_get_id(kv, id);
}

EXPORT int isle_console_connect(struct isle_domain *domain, const char *name,
				struct isle_console **console)
{
	return domain ? isle_console_open_in(domain, name, console) :
			isle_console_open(name, console);
}

EXPORT void isle_console_disconnect(struct isle_console *console)
{
	isle_console_close(console);
}

EXPORT int isle_console_id(struct isle_console *console, struct isle_device_id *id)
{
	return isle_console_get_id(console, id);
}
