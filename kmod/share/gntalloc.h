/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_GNTALLOC_H
#define ISLE_SHARE_GNTALLOC_H

int isle_gntalloc_init(void);
void isle_gntalloc_exit(void);

#endif /* ISLE_SHARE_GNTALLOC_H */
