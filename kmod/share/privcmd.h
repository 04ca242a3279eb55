/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_PRIVCMD_H
#define ISLE_SHARE_PRIVCMD_H

int isle_privcmd_init(void);
void isle_privcmd_exit(void);

#endif /* ISLE_SHARE_PRIVCMD_H */
