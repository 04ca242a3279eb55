/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_CABLE_H
#define ISLE_DEVICE_NET_CABLE_H

#include <linux/types.h>

struct isle_device;
struct isle_net;

int isle_net_cable_connect(struct isle_device *a, struct isle_device *b);
int isle_net_cable_disconnect(struct isle_device *device);
void isle_net_cable_end(struct isle_net *net);
u32 isle_net_cable_peer(struct isle_net *net, char *name);

int isle_net_cable_init(void);
void isle_net_cable_exit(void);

#endif /* ISLE_DEVICE_NET_CABLE_H */
