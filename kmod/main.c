// SPDX-License-Identifier: GPL-2.0
/*
 * isle: domains with typed devices for ordinary processes.
 *
 * Loading and unloading, nothing else. Each part has an init and an exit; the
 * exits mirror the inits. Unloading comes only when no file is open, because
 * every file_operations has an owner.
 */
#include <linux/module.h>

#include "core/control.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/node.h"
#include "core/observe.h"
#include "device/blk.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __init isle_init(void)
{
	int err;

	err = isle_node_init(isle_class_groups);
	if (err)
		return err;
	err = isle_device_base_init();
	if (err)
		goto err_node;
	err = isle_blk_init();
	if (err)
		goto err_device;
	isle_observe_init();
	err = isle_control_init();
	if (err)
		goto err_observe;
	return 0;

err_observe:
	isle_observe_exit();
	isle_blk_exit();
err_device:
	isle_device_base_exit();
err_node:
	isle_node_exit();
	return err;
}

static void __exit isle_exit(void)
{
	isle_control_exit();
	isle_observe_exit();
	isle_domain_exit();
	isle_device_base_drain();
	isle_blk_exit();
	isle_device_base_exit();
	isle_node_exit();
}

module_init(isle_init);
module_exit(isle_exit);

MODULE_DESCRIPTION("Domains with typed devices for ordinary processes");
MODULE_AUTHOR("The isle developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
