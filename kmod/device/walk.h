/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_WALK_H
#define ISLE_DEVICE_WALK_H

struct path;

int isle_walk(const struct path *root, const char *name, struct path *path);

#endif /* ISLE_DEVICE_WALK_H */
