/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_OBSERVE_H
#define ISLE_CORE_OBSERVE_H

#include <linux/sysfs.h>

extern const struct attribute_group *isle_class_groups[];

void isle_observe_init(void);
void isle_observe_exit(void);

#endif /* ISLE_CORE_OBSERVE_H */
