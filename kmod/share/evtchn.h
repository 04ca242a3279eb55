/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_EVTCHN_H
#define ISLE_SHARE_EVTCHN_H

int isle_evtchn_init(void);
void isle_evtchn_exit(void);

#endif /* ISLE_SHARE_EVTCHN_H */
