// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the layout of the ABI, in numbers
 *
 * Written out by hand from the headers: a change of a header that programs
 * would notice does not compile here.  abi/check compiles it as 64-bit, 32-bit
 * and x32, with -Wpadded.
 *
 * STRUCT() takes the struct's name and its size, and its fields with offset
 * and size, in order.  That each begins where the one before ends, and the
 * last one ends where the struct does, is what "no holes" means.
 */
#include <stddef.h>

#include <isle/blk.h>
#include <isle/console.h>
#include <isle/control.h>
#include <isle/kv.h>
#include <isle/fs.h>
#include <isle/net.h>
#include <isle/task.h>
#include <isle/vchan.h>

#define SAME(value, expected) \
	_Static_assert((value) == (expected), #value " is not " #expected)

#define FIELD(type, field, offset, bytes)				\
	SAME(offsetof(struct type, field), offset);			\
	SAME(sizeof(((struct type *)0)->field), bytes)

#define STRUCT(type, bytes)	SAME(sizeof(struct type), bytes)

/* As FIELD, and @field follows right upon @before */
#define NEXT(type, before, field, offset, bytes)			\
	FIELD(type, field, offset, bytes);				\
	SAME(offsetof(struct type, before) +				\
	     sizeof(((struct type *)0)->before), offset)

#define LAST(type, field)						\
	SAME(offsetof(struct type, field) +				\
	     sizeof(((struct type *)0)->field), sizeof(struct type))

/* isle/control.h */

STRUCT(isle_ctl_info, 16);
FIELD(isle_ctl_info, size, 0, 4);
NEXT(isle_ctl_info, size, abi_version, 4, 4);
NEXT(isle_ctl_info, abi_version, domains, 8, 4);
NEXT(isle_ctl_info, domains, max_domains, 12, 4);
LAST(isle_ctl_info, max_domains);

STRUCT(isle_domain_create, 56);
FIELD(isle_domain_create, size, 0, 4);
NEXT(isle_domain_create, size, flags, 4, 4);
NEXT(isle_domain_create, flags, name, 8, 32);
NEXT(isle_domain_create, name, domid, 40, 4);
NEXT(isle_domain_create, domid, fd, 44, 4);
NEXT(isle_domain_create, fd, unique, 48, 8);
LAST(isle_domain_create, unique);

STRUCT(isle_domain_publish, 24);
FIELD(isle_domain_publish, size, 0, 4);
NEXT(isle_domain_publish, size, domid, 4, 4);
NEXT(isle_domain_publish, domid, mode, 8, 4);
NEXT(isle_domain_publish, mode, uid, 12, 4);
NEXT(isle_domain_publish, uid, gid, 16, 4);
NEXT(isle_domain_publish, gid, flags, 20, 4);
LAST(isle_domain_publish, flags);

STRUCT(isle_domain_destroy, 16);
FIELD(isle_domain_destroy, size, 0, 4);
NEXT(isle_domain_destroy, size, domid, 4, 4);
NEXT(isle_domain_destroy, domid, flags, 8, 4);
NEXT(isle_domain_destroy, flags, reserved, 12, 4);
LAST(isle_domain_destroy, reserved);

STRUCT(isle_domain_open, 16);
FIELD(isle_domain_open, size, 0, 4);
NEXT(isle_domain_open, size, domid, 4, 4);
NEXT(isle_domain_open, domid, flags, 8, 4);
NEXT(isle_domain_open, flags, fd, 12, 4);
LAST(isle_domain_open, fd);

STRUCT(isle_link, 16);
FIELD(isle_link, size, 0, 4);
NEXT(isle_link, size, domid, 4, 4);
NEXT(isle_link, domid, peer, 8, 4);
NEXT(isle_link, peer, flags, 12, 4);
LAST(isle_link, flags);

STRUCT(isle_device_add, 64);
FIELD(isle_device_add, size, 0, 4);
NEXT(isle_device_add, size, domid, 4, 4);
NEXT(isle_device_add, domid, dev_class, 8, 4);
NEXT(isle_device_add, dev_class, flags, 12, 4);
NEXT(isle_device_add, flags, name, 16, 32);
NEXT(isle_device_add, name, config, 48, 8);
NEXT(isle_device_add, config, unique, 56, 8);
LAST(isle_device_add, unique);

STRUCT(isle_device_del, 48);
FIELD(isle_device_del, size, 0, 4);
NEXT(isle_device_del, size, domid, 4, 4);
NEXT(isle_device_del, domid, dev_class, 8, 4);
NEXT(isle_device_del, dev_class, flags, 12, 4);
NEXT(isle_device_del, flags, name, 16, 32);
LAST(isle_device_del, name);

STRUCT(isle_device_connect, 88);
FIELD(isle_device_connect, size, 0, 4);
NEXT(isle_device_connect, size, dev_class, 4, 4);
NEXT(isle_device_connect, dev_class, domid, 8, 4);
NEXT(isle_device_connect, domid, peer, 12, 4);
NEXT(isle_device_connect, peer, flags, 16, 4);
NEXT(isle_device_connect, flags, reserved, 20, 4);
NEXT(isle_device_connect, reserved, name, 24, 32);
NEXT(isle_device_connect, name, peer_name, 56, 32);
LAST(isle_device_connect, peer_name);

/* isle/domain.h */

STRUCT(isle_domain_info, 72);
FIELD(isle_domain_info, size, 0, 4);
NEXT(isle_domain_info, size, flags, 4, 4);
NEXT(isle_domain_info, flags, domid, 8, 4);
NEXT(isle_domain_info, domid, state, 12, 4);
NEXT(isle_domain_info, state, name, 16, 32);
NEXT(isle_domain_info, name, unique, 48, 8);
NEXT(isle_domain_info, unique, devices, 56, 4);
NEXT(isle_domain_info, devices, links, 60, 4);
NEXT(isle_domain_info, links, files, 64, 4);
NEXT(isle_domain_info, files, reserved, 68, 4);
LAST(isle_domain_info, reserved);

STRUCT(isle_quota, 32);
FIELD(isle_quota, size, 0, 4);
NEXT(isle_quota, size, domid, 4, 4);
NEXT(isle_quota, domid, kind, 8, 4);
NEXT(isle_quota, kind, flags, 12, 4);
NEXT(isle_quota, flags, limit, 16, 8);
NEXT(isle_quota, limit, used, 24, 8);
LAST(isle_quota, used);

STRUCT(isle_link_next, 48);
FIELD(isle_link_next, size, 0, 4);
NEXT(isle_link_next, size, domid, 4, 4);
NEXT(isle_link_next, domid, peer, 8, 4);
NEXT(isle_link_next, peer, flags, 12, 4);
NEXT(isle_link_next, flags, name, 16, 32);
LAST(isle_link_next, name);

STRUCT(isle_device_next, 56);
FIELD(isle_device_next, size, 0, 4);
NEXT(isle_device_next, size, domid, 4, 4);
NEXT(isle_device_next, domid, unique, 8, 8);
NEXT(isle_device_next, unique, dev_class, 16, 4);
NEXT(isle_device_next, dev_class, flags, 20, 4);
NEXT(isle_device_next, flags, name, 24, 32);
LAST(isle_device_next, name);

STRUCT(isle_device_attach, 56);
FIELD(isle_device_attach, size, 0, 4);
NEXT(isle_device_attach, size, domid, 4, 4);
NEXT(isle_device_attach, domid, dev_class, 8, 4);
NEXT(isle_device_attach, dev_class, flags, 12, 4);
NEXT(isle_device_attach, flags, name, 16, 32);
NEXT(isle_device_attach, name, fd, 48, 4);
NEXT(isle_device_attach, fd, reserved, 52, 4);
LAST(isle_device_attach, reserved);

STRUCT(isle_device_open, 48);
FIELD(isle_device_open, size, 0, 4);
NEXT(isle_device_open, size, flags, 4, 4);
NEXT(isle_device_open, flags, dev_class, 8, 4);
NEXT(isle_device_open, dev_class, fd, 12, 4);
NEXT(isle_device_open, fd, name, 16, 32);
LAST(isle_device_open, name);

STRUCT(isle_part_open, 16);
FIELD(isle_part_open, size, 0, 4);
NEXT(isle_part_open, size, flags, 4, 4);
NEXT(isle_part_open, flags, part, 8, 4);
NEXT(isle_part_open, part, fd, 12, 4);
LAST(isle_part_open, fd);

/* isle/device.h */

STRUCT(isle_device_id, 88);
FIELD(isle_device_id, size, 0, 4);
NEXT(isle_device_id, size, domid, 4, 4);
NEXT(isle_device_id, domid, dev_class, 8, 4);
NEXT(isle_device_id, dev_class, reserved, 12, 4);
NEXT(isle_device_id, reserved, unique, 16, 8);
NEXT(isle_device_id, unique, domain, 24, 32);
NEXT(isle_device_id, domain, name, 56, 32);
LAST(isle_device_id, name);

/* isle/blk.h */

STRUCT(isle_blk_config, 32);
FIELD(isle_blk_config, size, 0, 4);
NEXT(isle_blk_config, size, flags, 4, 4);
NEXT(isle_blk_config, flags, sector_size, 8, 4);
NEXT(isle_blk_config, sector_size, backing, 12, 4);
NEXT(isle_blk_config, backing, fd, 16, 4);
NEXT(isle_blk_config, fd, reserved, 20, 4);
NEXT(isle_blk_config, reserved, bytes, 24, 8);
LAST(isle_blk_config, bytes);

STRUCT(isle_blk_info, 24);
FIELD(isle_blk_info, size, 0, 4);
NEXT(isle_blk_info, size, flags, 4, 4);
NEXT(isle_blk_info, flags, sector_size, 8, 4);
NEXT(isle_blk_info, sector_size, backing, 12, 4);
NEXT(isle_blk_info, backing, size_sectors, 16, 8);
LAST(isle_blk_info, size_sectors);

/* isle/fs.h */

STRUCT(isle_fs_config, 40);
FIELD(isle_fs_config, size, 0, 4);
NEXT(isle_fs_config, size, flags, 4, 4);
NEXT(isle_fs_config, flags, backing, 8, 4);
NEXT(isle_fs_config, backing, fd, 12, 4);
NEXT(isle_fs_config, fd, type, 16, 4);
NEXT(isle_fs_config, type, helper_len, 20, 4);
NEXT(isle_fs_config, helper_len, helper, 24, 8);
NEXT(isle_fs_config, helper, timeout_s, 32, 4);
NEXT(isle_fs_config, timeout_s, reserved, 36, 4);
LAST(isle_fs_config, reserved);

STRUCT(isle_fs_info, 48);
FIELD(isle_fs_info, size, 0, 4);
NEXT(isle_fs_info, size, flags, 4, 4);
NEXT(isle_fs_info, flags, backing, 8, 4);
NEXT(isle_fs_info, backing, type, 12, 4);
NEXT(isle_fs_info, type, state, 16, 4);
NEXT(isle_fs_info, state, block_size, 20, 4);
NEXT(isle_fs_info, block_size, bytes, 24, 8);
NEXT(isle_fs_info, bytes, free_bytes, 32, 8);
NEXT(isle_fs_info, free_bytes, device_bytes, 40, 8);
LAST(isle_fs_info, device_bytes);

STRUCT(isle_fs_format, 16);
FIELD(isle_fs_format, size, 0, 4);
NEXT(isle_fs_format, size, flags, 4, 4);
NEXT(isle_fs_format, flags, bytes, 8, 8);
LAST(isle_fs_format, bytes);

STRUCT(isle_fs_path, 24);
FIELD(isle_fs_path, size, 0, 4);
NEXT(isle_fs_path, size, flags, 4, 4);
NEXT(isle_fs_path, flags, path, 8, 8);
NEXT(isle_fs_path, path, path_len, 16, 4);
NEXT(isle_fs_path, path_len, reserved, 20, 4);
LAST(isle_fs_path, reserved);

STRUCT(isle_fs_stat, 40);
FIELD(isle_fs_stat, size, 0, 4);
NEXT(isle_fs_stat, size, flags, 4, 4);
NEXT(isle_fs_stat, flags, path, 8, 8);
NEXT(isle_fs_stat, path, path_len, 16, 4);
NEXT(isle_fs_stat, path_len, type, 20, 4);
NEXT(isle_fs_stat, type, read_only, 24, 4);
NEXT(isle_fs_stat, read_only, reserved, 28, 4);
NEXT(isle_fs_stat, reserved, bytes, 32, 8);
LAST(isle_fs_stat, bytes);

STRUCT(isle_fs_entry, 4);
FIELD(isle_fs_entry, length, 0, 2);
NEXT(isle_fs_entry, length, type, 2, 1);
NEXT(isle_fs_entry, type, name_len, 3, 1);
LAST(isle_fs_entry, name_len);
/* what follows has no size of its own */
SAME(offsetof(struct isle_fs_entry, name), 4);

STRUCT(isle_fs_list, 48);
FIELD(isle_fs_list, size, 0, 4);
NEXT(isle_fs_list, size, flags, 4, 4);
NEXT(isle_fs_list, flags, path, 8, 8);
NEXT(isle_fs_list, path, path_len, 16, 4);
NEXT(isle_fs_list, path_len, buffer_len, 20, 4);
NEXT(isle_fs_list, buffer_len, buffer, 24, 8);
NEXT(isle_fs_list, buffer, cookie, 32, 8);
NEXT(isle_fs_list, cookie, used, 40, 4);
NEXT(isle_fs_list, used, count, 44, 4);
LAST(isle_fs_list, count);

STRUCT(isle_fs_rw, 48);
FIELD(isle_fs_rw, size, 0, 4);
NEXT(isle_fs_rw, size, flags, 4, 4);
NEXT(isle_fs_rw, flags, path, 8, 8);
NEXT(isle_fs_rw, path, path_len, 16, 4);
NEXT(isle_fs_rw, path_len, reserved, 20, 4);
NEXT(isle_fs_rw, reserved, offset, 24, 8);
NEXT(isle_fs_rw, offset, buffer, 32, 8);
NEXT(isle_fs_rw, buffer, length, 40, 8);
LAST(isle_fs_rw, length);
/* isle/net.h */

STRUCT(isle_net_config, 56);
FIELD(isle_net_config, size, 0, 4);
NEXT(isle_net_config, size, flags, 4, 4);
NEXT(isle_net_config, flags, mtu, 8, 4);
NEXT(isle_net_config, mtu, offloads, 12, 4);
NEXT(isle_net_config, offloads, mac, 16, 6);
NEXT(isle_net_config, mac, host_mac, 22, 6);
NEXT(isle_net_config, host_mac, netns_fd, 28, 4);
NEXT(isle_net_config, netns_fd, queue_bytes, 32, 4);
NEXT(isle_net_config, queue_bytes, reserved, 36, 4);
NEXT(isle_net_config, reserved, ifname, 40, 16);
LAST(isle_net_config, ifname);

STRUCT(isle_net_info, 96);
FIELD(isle_net_info, size, 0, 4);
NEXT(isle_net_info, size, state, 4, 4);
NEXT(isle_net_info, state, mtu, 8, 4);
NEXT(isle_net_info, mtu, offloads, 12, 4);
NEXT(isle_net_info, offloads, mac, 16, 6);
NEXT(isle_net_info, mac, host_mac, 22, 6);
NEXT(isle_net_info, host_mac, ifindex, 28, 4);
NEXT(isle_net_info, ifindex, queue_bytes, 32, 4);
NEXT(isle_net_info, queue_bytes, queued, 36, 4);
NEXT(isle_net_info, queued, peer, 40, 4);
NEXT(isle_net_info, peer, reserved, 44, 4);
NEXT(isle_net_info, reserved, ifname, 48, 16);
NEXT(isle_net_info, ifname, peer_name, 64, 32);
LAST(isle_net_info, peer_name);

STRUCT(isle_net_stats, 64);
FIELD(isle_net_stats, size, 0, 4);
NEXT(isle_net_stats, size, flags, 4, 4);
NEXT(isle_net_stats, flags, rx_bytes, 8, 8);
NEXT(isle_net_stats, rx_bytes, rx_packets, 16, 8);
NEXT(isle_net_stats, rx_packets, rx_dropped, 24, 8);
NEXT(isle_net_stats, rx_dropped, tx_bytes, 32, 8);
NEXT(isle_net_stats, tx_bytes, tx_packets, 40, 8);
NEXT(isle_net_stats, tx_packets, tx_dropped, 48, 8);
NEXT(isle_net_stats, tx_dropped, tx_errors, 56, 8);
LAST(isle_net_stats, tx_errors);

STRUCT(isle_net_mac, 12);
FIELD(isle_net_mac, size, 0, 4);
NEXT(isle_net_mac, size, mac, 4, 6);
NEXT(isle_net_mac, mac, reserved, 10, 2);
LAST(isle_net_mac, reserved);

STRUCT(isle_net_mode, 16);
FIELD(isle_net_mode, size, 0, 4);
NEXT(isle_net_mode, size, flags, 4, 4);
NEXT(isle_net_mode, flags, offloads, 8, 4);
NEXT(isle_net_mode, offloads, reserved, 12, 4);
LAST(isle_net_mode, reserved);

STRUCT(isle_net_record, 8);
FIELD(isle_net_record, len, 0, 4);
NEXT(isle_net_record, len, flags, 4, 4);
LAST(isle_net_record, flags);

STRUCT(isle_net_rings, 128);
FIELD(isle_net_rings, tx_prod, 0, 4);
NEXT(isle_net_rings, tx_prod, rx_cons, 4, 4);
NEXT(isle_net_rings, rx_cons, quiet, 8, 4);
NEXT(isle_net_rings, quiet, program_reserved, 12, 52);
NEXT(isle_net_rings, program_reserved, tx_cons, 64, 4);
NEXT(isle_net_rings, tx_cons, rx_prod, 68, 4);
NEXT(isle_net_rings, rx_prod, kick, 72, 4);
NEXT(isle_net_rings, kick, kernel_reserved, 76, 52);
LAST(isle_net_rings, kernel_reserved);

STRUCT(isle_net_ring_setup, 32);
FIELD(isle_net_ring_setup, size, 0, 4);
NEXT(isle_net_ring_setup, size, flags, 4, 4);
NEXT(isle_net_ring_setup, flags, tx_size, 8, 4);
NEXT(isle_net_ring_setup, tx_size, rx_size, 12, 4);
NEXT(isle_net_ring_setup, rx_size, tx_offset, 16, 8);
NEXT(isle_net_ring_setup, tx_offset, rx_offset, 24, 8);
LAST(isle_net_ring_setup, rx_offset);

STRUCT(isle_net_wait, 16);
FIELD(isle_net_wait, size, 0, 4);
NEXT(isle_net_wait, size, events, 4, 4);
NEXT(isle_net_wait, events, timeout_ns, 8, 8);
LAST(isle_net_wait, timeout_ns);

STRUCT(isle_net_none, 8);
FIELD(isle_net_none, size, 0, 4);
NEXT(isle_net_none, size, flags, 4, 4);
LAST(isle_net_none, flags);

/* isle/vchan.h */

STRUCT(isle_vchan_ring, 8);
FIELD(isle_vchan_ring, cons, 0, 4);
NEXT(isle_vchan_ring, cons, prod, 4, 4);
LAST(isle_vchan_ring, prod);

STRUCT(isle_vchan_page, 24);
FIELD(isle_vchan_page, left, 0, 8);
NEXT(isle_vchan_page, left, right, 8, 8);
NEXT(isle_vchan_page, right, left_order, 16, 2);
NEXT(isle_vchan_page, left_order, right_order, 18, 2);
NEXT(isle_vchan_page, right_order, cli_live, 20, 1);
NEXT(isle_vchan_page, cli_live, srv_live, 21, 1);
NEXT(isle_vchan_page, srv_live, cli_notify, 22, 1);
NEXT(isle_vchan_page, cli_notify, srv_notify, 23, 1);
LAST(isle_vchan_page, srv_notify);

STRUCT(isle_vchan_listen, 96);
FIELD(isle_vchan_listen, size, 0, 4);
NEXT(isle_vchan_listen, size, flags, 4, 4);
NEXT(isle_vchan_listen, flags, peer, 8, 4);
NEXT(isle_vchan_listen, peer, read_size, 12, 4);
NEXT(isle_vchan_listen, read_size, write_size, 16, 4);
NEXT(isle_vchan_listen, write_size, reserved, 20, 4);
NEXT(isle_vchan_listen, reserved, timeout_ns, 24, 8);
NEXT(isle_vchan_listen, timeout_ns, port, 32, 64);
LAST(isle_vchan_listen, port);

STRUCT(isle_vchan_connect, 88);
FIELD(isle_vchan_connect, size, 0, 4);
NEXT(isle_vchan_connect, size, flags, 4, 4);
NEXT(isle_vchan_connect, flags, server, 8, 4);
NEXT(isle_vchan_connect, server, reserved, 12, 4);
NEXT(isle_vchan_connect, reserved, timeout_ns, 16, 8);
NEXT(isle_vchan_connect, timeout_ns, port, 24, 64);
LAST(isle_vchan_connect, port);

STRUCT(isle_vchan_info, 112);
FIELD(isle_vchan_info, size, 0, 4);
NEXT(isle_vchan_info, size, state, 4, 4);
NEXT(isle_vchan_info, state, server, 8, 4);
NEXT(isle_vchan_info, server, peer, 12, 4);
NEXT(isle_vchan_info, peer, read_size, 16, 4);
NEXT(isle_vchan_info, read_size, write_size, 20, 4);
NEXT(isle_vchan_info, write_size, data_ready, 24, 4);
NEXT(isle_vchan_info, data_ready, buffer_space, 28, 4);
NEXT(isle_vchan_info, buffer_space, read_offset, 32, 8);
NEXT(isle_vchan_info, read_offset, write_offset, 40, 8);
NEXT(isle_vchan_info, write_offset, port, 48, 64);
LAST(isle_vchan_info, port);

STRUCT(isle_vchan_wait, 32);
FIELD(isle_vchan_wait, size, 0, 4);
NEXT(isle_vchan_wait, size, flags, 4, 4);
NEXT(isle_vchan_wait, flags, data, 8, 4);
NEXT(isle_vchan_wait, data, space, 12, 4);
NEXT(isle_vchan_wait, space, timeout_ns, 16, 8);
NEXT(isle_vchan_wait, timeout_ns, data_ready, 24, 4);
NEXT(isle_vchan_wait, data_ready, buffer_space, 28, 4);
LAST(isle_vchan_wait, buffer_space);

STRUCT(isle_vchan_none, 16);
FIELD(isle_vchan_none, size, 0, 4);
NEXT(isle_vchan_none, size, flags, 4, 4);
NEXT(isle_vchan_none, flags, timeout_ns, 8, 8);
LAST(isle_vchan_none, timeout_ns);

STRUCT(isle_vchan_list, 120);
FIELD(isle_vchan_list, size, 0, 4);
NEXT(isle_vchan_list, size, number, 4, 4);
NEXT(isle_vchan_list, number, state, 8, 4);
NEXT(isle_vchan_list, state, flags, 12, 4);
NEXT(isle_vchan_list, flags, peer, 16, 4);
NEXT(isle_vchan_list, peer, read_size, 20, 4);
NEXT(isle_vchan_list, read_size, write_size, 24, 4);
NEXT(isle_vchan_list, write_size, read_used, 28, 4);
NEXT(isle_vchan_list, read_used, write_used, 32, 4);
NEXT(isle_vchan_list, write_used, pid, 36, 4);
NEXT(isle_vchan_list, pid, port, 40, 64);
NEXT(isle_vchan_list, port, comm, 104, 16);
LAST(isle_vchan_list, comm);

/* Commands: direction << 30 | size << 16 | 0xe7 << 8 | number */

SAME(ISLE_CTL_INFO, 0xc010e700);
SAME(ISLE_CTL_DOMAIN_CREATE, 0xc038e701);
SAME(ISLE_CTL_DOMAIN_PUBLISH, 0x4018e702);
SAME(ISLE_CTL_DOMAIN_DESTROY, 0x4010e703);
SAME(ISLE_CTL_DOMAIN_OPEN, 0xc010e704);
SAME(ISLE_CTL_DOMAIN_INFO, 0xc048e705);
SAME(ISLE_CTL_LINK, 0x4010e706);
SAME(ISLE_CTL_UNLINK, 0x4010e707);
SAME(ISLE_CTL_LINK_NEXT, 0xc030e708);
SAME(ISLE_CTL_QUOTA_GET, 0xc020e709);
SAME(ISLE_CTL_QUOTA_SET, 0x4020e70a);
SAME(ISLE_CTL_DEVICE_ADD, 0xc040e70b);
SAME(ISLE_CTL_DEVICE_DEL, 0x4030e70c);
SAME(ISLE_CTL_DEVICE_NEXT, 0xc038e70d);
SAME(ISLE_CTL_DEVICE_ATTACH, 0xc038e710);
SAME(ISLE_CTL_DEVICE_CONNECT, 0x4058e70e);
SAME(ISLE_CTL_DEVICE_DISCONNECT, 0x4058e70f);

SAME(ISLE_DOMAIN_INFO, 0xc048e720);
SAME(ISLE_DOMAIN_QUOTA, 0xc020e721);
SAME(ISLE_DOMAIN_LINK_NEXT, 0xc030e722);
SAME(ISLE_DOMAIN_DEVICE_NEXT, 0xc038e723);
SAME(ISLE_DOMAIN_DEVICE_OPEN, 0xc030e724);
SAME(ISLE_DOMAIN_PART_OPEN, 0xc010e725);

SAME(ISLE_DEVICE_ID, 0xc058e740);

SAME(ISLE_BLK_INFO, 0xc018e750);
SAME(ISLE_NET_INFO, 0xc060e780);
SAME(ISLE_NET_STATS, 0xc040e781);
SAME(ISLE_NET_SET_MAC, 0x400ce782);
SAME(ISLE_NET_MODE, 0x4010e783);
SAME(ISLE_NET_RING_SETUP, 0xc020e784);
SAME(ISLE_NET_KICK, 0x4008e785);
SAME(ISLE_NET_WAIT, 0xc010e786);

SAME(ISLE_VCHAN_LISTEN, 0xc060e760);
SAME(ISLE_VCHAN_CONNECT, 0xc058e761);
SAME(ISLE_VCHAN_INFO, 0xc070e762);
SAME(ISLE_VCHAN_WAIT, 0xc020e763);
SAME(ISLE_VCHAN_NOTIFY, 0x4010e764);
SAME(ISLE_VCHAN_NEXT, 0x4010e765);
SAME(ISLE_VCHAN_LIST, 0xc078e766);

/* Numbers that programs were compiled with */

SAME(ISLE_ABI_VERSION, 1);
SAME(ISLE_NAME_SIZE, 32);
SAME(ISLE_DOMID_MIN, 1);
SAME(ISLE_DOMID_MAX, 0x7fef);
SAME(ISLE_CLASS_BLK, 1);
SAME(ISLE_CLASS_NET, 2);
SAME(ISLE_CLASS_FS, 3);
SAME(ISLE_CLASS_KV, 4);
SAME(ISLE_CLASS_CONSOLE, 5);
SAME(ISLE_DEL_NOWAIT, 1);
SAME(ISLE_DOMAIN_PUBLISHED, 1);
SAME(ISLE_DOMAIN_XEN, 2);
SAME(ISLE_FIND_DOMID, 0);
SAME(ISLE_FIND_NAME, 1);
SAME(ISLE_FIND_NEXT, 2);
SAME(ISLE_QUOTA_DEVICES, 0);
SAME(ISLE_QUOTA_LINKS, 1);
SAME(ISLE_QUOTA_FILES, 2);
SAME(ISLE_QUOTA_MEMORY, 3);
SAME(ISLE_QUOTA_REQUESTS, 4);
SAME(ISLE_QUOTA_GRANTS, 5);
SAME(ISLE_QUOTA_MAPPINGS, 6);
SAME(ISLE_QUOTA_PORTS, 7);
SAME(ISLE_QUOTA_STORE, 8);
SAME(ISLE_QUOTA_WATCHES, 9);
SAME(ISLE_QUOTA_TASKS, 10);
SAME(ISLE_QUOTA_MESSAGES, 11);
SAME(ISLE_QUOTA_KINDS, 12);
SAME(ISLE_PUBLISH_XEN, 1);
SAME(ISLE_OPEN_VCHAN, 1);
SAME(ISLE_OPEN_TASK, 2);
SAME(ISLE_OPEN_GNTALLOC, 3);
SAME(ISLE_OPEN_GNTDEV, 4);
SAME(ISLE_OPEN_EVTCHN, 5);
SAME(ISLE_OPEN_XENBUS, 6);
SAME(ISLE_OPEN_PRIVCMD, 7);
SAME(ISLE_VCHAN_ORDER_MAX, 20);
SAME(ISLE_VCHAN_PORT_SIZE, 64);
SAME(ISLE_VCHAN_LIST_SELF, 1);
SAME(ISLE_VCHAN_LIST_SERVER, 2);
SAME(ISLE_VCHAN_LIST_PERSISTENT, 4);
SAME(ISLE_OPEN_READ, 1);
SAME(ISLE_OPEN_WRITE, 2);
SAME(ISLE_OPEN_NONBLOCK, 4);
SAME(ISLE_BLK_READ_ONLY, 1);
SAME(ISLE_BLK_WRITE_CACHE, 2);
SAME(ISLE_BLK_DIRECT, 4);
SAME(ISLE_BLK_DISCARD, 8);
SAME(ISLE_BLK_MEMORY, 1);
SAME(ISLE_BLK_FILE, 2);
SAME(ISLE_BLK_DEVICE, 3);
SAME(ISLE_BLK_SECTOR_MIN, 512);
SAME(ISLE_BLK_SECTOR_MAX, 4096);

/* isle/kv.h */

STRUCT(isle_kv_entry, 24);
FIELD(isle_kv_entry, offset, 0, 8);
NEXT(isle_kv_entry, offset, length, 8, 8);
NEXT(isle_kv_entry, length, key, 16, 4);
NEXT(isle_kv_entry, key, key_length, 20, 4);
LAST(isle_kv_entry, key_length);

STRUCT(isle_kv_config, 40);
FIELD(isle_kv_config, size, 0, 4);
NEXT(isle_kv_config, size, flags, 4, 4);
NEXT(isle_kv_config, flags, backing, 8, 4);
NEXT(isle_kv_config, backing, fd, 12, 4);
NEXT(isle_kv_config, fd, index, 16, 8);
NEXT(isle_kv_config, index, keys, 24, 8);
NEXT(isle_kv_config, keys, entries, 32, 4);
NEXT(isle_kv_config, entries, keys_length, 36, 4);
LAST(isle_kv_config, keys_length);

STRUCT(isle_kv_info, 16);
FIELD(isle_kv_info, size, 0, 4);
NEXT(isle_kv_info, size, flags, 4, 4);
NEXT(isle_kv_info, flags, backing, 8, 4);
NEXT(isle_kv_info, backing, entries, 12, 4);
LAST(isle_kv_info, entries);

STRUCT(isle_kv_open, 40);
FIELD(isle_kv_open, size, 0, 4);
NEXT(isle_kv_open, size, key_length, 4, 4);
NEXT(isle_kv_open, key_length, key, 8, 8);
NEXT(isle_kv_open, key, flags, 16, 4);
NEXT(isle_kv_open, flags, fd, 20, 4);
NEXT(isle_kv_open, fd, bytes, 24, 8);
NEXT(isle_kv_open, bytes, page_offset, 32, 4);
NEXT(isle_kv_open, page_offset, reserved, 36, 4);
LAST(isle_kv_open, reserved);

STRUCT(isle_kv_read, 48);
FIELD(isle_kv_read, size, 0, 4);
NEXT(isle_kv_read, size, key_length, 4, 4);
NEXT(isle_kv_read, key_length, key, 8, 8);
NEXT(isle_kv_read, key, offset, 16, 8);
NEXT(isle_kv_read, offset, buffer, 24, 8);
NEXT(isle_kv_read, buffer, length, 32, 8);
NEXT(isle_kv_read, length, bytes, 40, 8);
LAST(isle_kv_read, bytes);

STRUCT(isle_kv_name, 8);
FIELD(isle_kv_name, record, 0, 2);
NEXT(isle_kv_name, record, length, 2, 2);
NEXT(isle_kv_name, length, kind, 4, 4);
LAST(isle_kv_name, kind);

STRUCT(isle_kv_list, 40);
FIELD(isle_kv_list, size, 0, 4);
NEXT(isle_kv_list, size, key_length, 4, 4);
NEXT(isle_kv_list, key_length, key, 8, 8);
NEXT(isle_kv_list, key, cursor, 16, 8);
NEXT(isle_kv_list, cursor, buffer, 24, 8);
NEXT(isle_kv_list, buffer, length, 32, 4);
NEXT(isle_kv_list, length, flags, 36, 4);
LAST(isle_kv_list, flags);

SAME(ISLE_FS_INFO, 0xc030e790);
SAME(ISLE_FS_FORMAT, 0x4010e791);
SAME(ISLE_FS_CREATE, 0x4018e792);
SAME(ISLE_FS_MKDIR, 0x4018e793);
SAME(ISLE_FS_DESTROY, 0x4018e794);
SAME(ISLE_FS_STAT, 0xc028e795);
SAME(ISLE_FS_LIST, 0xc030e796);
SAME(ISLE_FS_READ, 0x4030e797);
SAME(ISLE_FS_WRITE, 0x4030e798);
SAME(ISLE_KV_INFO, 0xc010e7a0);
SAME(ISLE_KV_OPEN, 0xc028e7a1);
SAME(ISLE_KV_READ, 0xc030e7a2);
SAME(ISLE_KV_LIST, 0xc028e7a3);
SAME(ISLE_KV_DIR, 1);
SAME(ISLE_KV_INDEX, 2);
SAME(ISLE_KV_KEY_MAX, 4095);
SAME(ISLE_KV_NAME_MAX, 255);
SAME(ISLE_KV_ENTRIES_MAX, 1048576);
SAME(ISLE_KV_KEYS_MAX, 67108864);
SAME(ISLE_KV_UNKNOWN, 0);
SAME(ISLE_KV_VALUE, 1);
SAME(ISLE_KV_PREFIX, 2);
SAME(ISLE_KV_LIST_MIN, 512);

/* isle/console.h */

STRUCT(isle_console_config, 16);
FIELD(isle_console_config, size, 0, 4);
NEXT(isle_console_config, size, flags, 4, 4);
NEXT(isle_console_config, flags, fd, 8, 4);
NEXT(isle_console_config, fd, reserved, 12, 4);
LAST(isle_console_config, reserved);

STRUCT(isle_console_info, 40);
FIELD(isle_console_info, size, 0, 4);
NEXT(isle_console_info, size, flags, 4, 4);
NEXT(isle_console_info, flags, written, 8, 8);
NEXT(isle_console_info, written, dropped, 16, 8);
NEXT(isle_console_info, dropped, input, 24, 4);
NEXT(isle_console_info, input, hosts, 28, 4);
NEXT(isle_console_info, hosts, sink_error, 32, 4);
NEXT(isle_console_info, sink_error, space, 36, 4);
LAST(isle_console_info, space);

STRUCT(isle_console_log, 24);
FIELD(isle_console_log, size, 0, 4);
NEXT(isle_console_log, size, flags, 4, 4);
NEXT(isle_console_log, flags, text, 8, 8);
NEXT(isle_console_log, text, length, 16, 4);
NEXT(isle_console_log, length, written, 20, 4);
LAST(isle_console_log, written);

SAME(ISLE_CONSOLE_INFO, 0xc028e7a8);
SAME(ISLE_CONSOLE_LOG, 0xc018e7a9);
SAME(ISLE_CONSOLE_HOLD, 1);
SAME(ISLE_CONSOLE_SINK, 2);
SAME(ISLE_CONSOLE_SOURCE, 4);
SAME(ISLE_CONSOLE_OUTPUT_SIZE, 65536);
SAME(ISLE_CONSOLE_INPUT_SIZE, 4096);
SAME(ISLE_CONSOLE_ATOMIC, 4096);
SAME(ISLE_CONSOLE_HOSTS_MAX, 16);
SAME(ISLE_ATTACH_NO_REPLAY, 1);
SAME(ISLE_ATTACH_NONBLOCK, 2);

/* isle/task.h */

STRUCT(isle_payload, 16);
FIELD(isle_payload, address, 0, 8);
NEXT(isle_payload, address, length, 8, 8);
LAST(isle_payload, length);

STRUCT(isle_message, 256);
FIELD(isle_message, type, 0, 4);
NEXT(isle_message, type, src, 4, 4);
NEXT(isle_message, src, data, 8, 248);
LAST(isle_message, data);
FIELD(isle_message, value, 8, 4);
FIELD(isle_message, payload, 8, 16);

STRUCT(isle_ipc, 56);
FIELD(isle_ipc, size, 0, 4);
NEXT(isle_ipc, size, flags, 4, 4);
NEXT(isle_ipc, flags, dst, 8, 4);
NEXT(isle_ipc, dst, src, 12, 4);
NEXT(isle_ipc, src, bits, 16, 4);
NEXT(isle_ipc, bits, reserved, 20, 4);
NEXT(isle_ipc, reserved, timeout_ns, 24, 8);
NEXT(isle_ipc, timeout_ns, message, 32, 8);
NEXT(isle_ipc, message, buffer, 40, 8);
NEXT(isle_ipc, buffer, buffer_size, 48, 8);
LAST(isle_ipc, buffer_size);

STRUCT(isle_task_page, 4096);
FIELD(isle_task_page, ipc, 0, 56);
NEXT(isle_task_page, ipc, pending, 56, 4);
NEXT(isle_task_page, pending, task, 60, 4);
NEXT(isle_task_page, task, reserved, 64, 192);
NEXT(isle_task_page, reserved, message, 256, 256);
NEXT(isle_task_page, message, unused, 512, 3584);
LAST(isle_task_page, unused);

STRUCT(isle_task_buffer, 24);
FIELD(isle_task_buffer, size, 0, 4);
NEXT(isle_task_buffer, size, flags, 4, 4);
NEXT(isle_task_buffer, flags, address, 8, 8);
NEXT(isle_task_buffer, address, length, 16, 8);
LAST(isle_task_buffer, length);

STRUCT(isle_task_timer, 8);
FIELD(isle_task_timer, size, 0, 4);
NEXT(isle_task_timer, size, milliseconds, 4, 4);
LAST(isle_task_timer, milliseconds);

STRUCT(isle_task_info, 64);
FIELD(isle_task_info, size, 0, 4);
NEXT(isle_task_info, size, flags, 4, 4);
NEXT(isle_task_info, flags, task, 8, 4);
NEXT(isle_task_info, task, state, 12, 4);
NEXT(isle_task_info, state, peer, 16, 4);
NEXT(isle_task_info, peer, domid, 20, 4);
NEXT(isle_task_info, domid, pending, 24, 4);
NEXT(isle_task_info, pending, senders, 28, 4);
NEXT(isle_task_info, senders, callers, 32, 4);
NEXT(isle_task_info, callers, asyncs, 36, 4);
NEXT(isle_task_info, asyncs, pid, 40, 4);
NEXT(isle_task_info, pid, reserved, 44, 4);
NEXT(isle_task_info, reserved, comm, 48, 16);
LAST(isle_task_info, comm);

STRUCT(isle_task_shm, 16);
FIELD(isle_task_shm, size, 0, 4);
NEXT(isle_task_shm, size, id, 4, 4);
NEXT(isle_task_shm, id, length, 8, 8);
LAST(isle_task_shm, length);

SAME(ISLE_TASK_IPC, 0xc038e770);
SAME(ISLE_TASK_TIMER, 0x4008e771);
SAME(ISLE_TASK_BUFFER, 0x4018e772);
SAME(ISLE_TASK_INFO, 0xc040e773);
SAME(ISLE_TASK_SHM_CREATE, 0xc010e774);
SAME(ISLE_TASK_SHM_CLOSE, 0x4010e775);
