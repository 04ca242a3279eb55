// SPDX-License-Identifier: GPL-2.0
/*
 * isle: domains with typed devices for ordinary processes.
 *
 * Loading and unloading, nothing else. Each part has an init and an exit; the
 * exits mirror the inits. Unloading comes only when no file is open, because
 * every file_operations has an owner.
 */
#include <linux/module.h>

#include "channel/endpoint.h"
#include "core/control.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/node.h"
#include "core/observe.h"
#include "device/bdev.h"
#include "device/blk.h"
#include "device/console.h"
#include "device/kv.h"
#include "device/fs.h"
#include "device/net.h"
#include "device/request.h"
#include "share/event.h"
#include "share/evtchn.h"
#include "share/gntalloc.h"
#include "share/gntdev.h"
#include "share/grant.h"
#include "ipc/task.h"
#include "share/privcmd.h"
#include "share/store.h"
#include "share/xenbus.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int node_init(void)
{
	return isle_node_init(isle_class_groups);
}

/* What has to be there before a domain can be made, from the ground up */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} steps[] = {
	{ node_init, isle_node_exit },
	{ isle_device_base_init, isle_device_base_exit },
	{ isle_event_init, isle_event_exit },
	{ isle_evtchn_init, isle_evtchn_exit },
	{ isle_grant_init, isle_grant_exit },
	{ isle_gntalloc_init, isle_gntalloc_exit },
	{ isle_gntdev_init, isle_gntdev_exit },
	{ isle_store_init, isle_store_exit },
	{ isle_xenbus_init, isle_xenbus_exit },
	{ isle_privcmd_init, isle_privcmd_exit },
	{ isle_request_init, isle_request_exit },
	{ isle_bdev_init, isle_bdev_exit },
	{ isle_endpoint_init, isle_endpoint_exit },
	{ isle_task_init, isle_task_exit },
	{ isle_blk_init, isle_blk_exit },
	{ isle_console_init, isle_console_exit },
	{ isle_kv_init, isle_kv_exit },
	{ isle_fs_init, isle_fs_exit },
	{ isle_net_init, isle_net_exit },
};

static void step_down(int from)
{
	while (--from >= 0)
		steps[from].exit();
}

static int __init isle_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		err = steps[i].init();
		if (err)
			goto err_steps;
	}
	isle_observe_init();
	err = isle_control_init();
	if (!err)
		return 0;
	isle_observe_exit();
err_steps:
	step_down(i);
	return err;
}

static void __exit isle_exit(void)
{
	isle_control_exit();
	isle_observe_exit();
	isle_domain_exit();
	isle_device_base_drain();
	step_down(ARRAY_SIZE(steps));
}

module_init(isle_init);
module_exit(isle_exit);

MODULE_DESCRIPTION("Domains with typed devices for ordinary processes");
MODULE_AUTHOR("The isle developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
