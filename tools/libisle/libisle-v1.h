/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: the module types V1, each by its own operations' names
 *
 * What they have in common, as DEVICE has it: connect, disconnect, id.  The
 * other operations have their names in the headers below; docs/devices.md has
 * the whole list.
 */
#ifndef LIBISLE_V1_H
#define LIBISLE_V1_H

#include "libisle.h"
#include "libisle-block.h"
#include "libisle-clock.h"
#include "libisle-console.h"
#include "libisle-fs.h"
#include "libisle-kv.h"
#include "libisle-net.h"
#include "libisle-pages.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * isle_net_connect() - connect to a network device (DEVICE.connect)
 * @domain: whose it is; NULL: of the one that "islectl run" put the caller in
 * @name: the device's name; without a @domain it may be the path of its node
 *
 * As isle_net_open() without flags.
 */
int isle_net_connect(struct isle_domain *domain, const char *name, struct isle_net **net);

/** isle_net_disconnect() - let go of it, end listening: isle_net_close() */
void isle_net_disconnect(struct isle_net *net);

/** isle_net_id() - what the device is called: isle_net_get_id() */
int isle_net_id(struct isle_net *net, struct isle_device_id *id);

/** isle_net_get_stats_counters(), isle_net_reset_stats_counters() - NETWORK.stats */
int isle_net_get_stats_counters(struct isle_net *net, struct isle_net_stats *stats);
int isle_net_reset_stats_counters(struct isle_net *net);

/**
 * isle_fs_connect() - connect to a device with files (DEVICE.connect)
 *
 * As isle_net_connect().  For reading and writing; where the node's permissions
 * allow reading only, for that: changes are then answered with -EBADF.
 */
int isle_fs_connect(struct isle_domain *domain, const char *name, struct isle_fs **fs);

/** isle_fs_disconnect() - let go of it: isle_fs_close() */
void isle_fs_disconnect(struct isle_fs *fs);

/** isle_fs_id() - what the device is called: isle_fs_get_id() */
int isle_fs_id(struct isle_fs *fs, struct isle_device_id *id);

/**
 * isle_kv_connect() - connect to a key-value device (DEVICE.connect)
 *
 * As isle_net_connect(); for reading, because there is nothing else.
 */
int isle_kv_connect(struct isle_domain *domain, const char *name, struct isle_kv **kv);

/**
 * isle_kv_disconnect() - let go of it: isle_kv_close(); what isle_kv_map() has
 * mapped stays
 */
void isle_kv_disconnect(struct isle_kv *kv);

/** isle_kv_id() - what the device is called: isle_kv_get_id() */
int isle_kv_id(struct isle_kv *kv, struct isle_device_id *id);

/**
 * isle_console_connect() - connect to a console (DEVICE.connect)
 *
 * As isle_net_connect(), but -ENXIO (`Invalid_console): there is none, or it is
 * something else.
 */
int isle_console_connect(struct isle_domain *domain, const char *name,
			 struct isle_console **console);

/** isle_console_disconnect() - let go of it: isle_console_close() */
void isle_console_disconnect(struct isle_console *console);

/** isle_console_id() - what the device is called: isle_console_get_id() */
int isle_console_id(struct isle_console *console, struct isle_device_id *id);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_V1_H */
