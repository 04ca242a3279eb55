/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_CONTROL_H
#define ISLE_CORE_CONTROL_H

int isle_control_init(void);
void isle_control_exit(void);

#endif /* ISLE_CORE_CONTROL_H */
