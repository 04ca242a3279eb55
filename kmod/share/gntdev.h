/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_GNTDEV_H
#define ISLE_SHARE_GNTDEV_H

int isle_gntdev_init(void);
void isle_gntdev_exit(void);

#endif /* ISLE_SHARE_GNTDEV_H */
