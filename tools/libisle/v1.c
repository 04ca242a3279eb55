// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations that every DEVICE of the module types V1 has, by their names
 * there: connect, disconnect, id.  Owns nothing.
 */
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
