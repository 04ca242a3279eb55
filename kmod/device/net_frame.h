/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_FRAME_H
#define ISLE_DEVICE_NET_FRAME_H

#include <linux/skbuff.h>
#include <linux/uio.h>

struct isle_net;

struct sk_buff *isle_net_frame_from_user(struct isle_net *net,
					 const void __user *from, u32 len);
struct sk_buff *isle_net_frame_from_iter(struct isle_net *net,
					 struct iov_iter *from, u32 len,
					 gfp_t gfp);
struct sk_buff *isle_net_frame_from_memory(struct isle_net *net,
					   const void *from, u32 len);

#endif /* ISLE_DEVICE_NET_FRAME_H */
