/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in /sys/kernel/tracing/events/isle.  Domains and devices appear
 * by number; their creation gives the names.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM isle

#if !defined(ISLE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define ISLE_TRACE_H

#include <linux/tracepoint.h>

#include "core/compat.h"
#include "core/device.h"
#include "ipc/task.h"

DECLARE_EVENT_CLASS(isle_domain,
	TP_PROTO(u32 domid, u64 unique, const char *name),
	TP_ARGS(domid, unique, name),
	TP_STRUCT__entry(
		__field(u32, domid)
		__field(u64, unique)
		__string(name, name)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->unique = unique;
		isle_assign_str(name, name);
	),
	TP_printk("domid=%u unique=%llu name=%s", __entry->domid,
		  __entry->unique, __get_str(name))
);

DEFINE_EVENT(isle_domain, isle_domain_create,
	TP_PROTO(u32 domid, u64 unique, const char *name),
	TP_ARGS(domid, unique, name)
);

DEFINE_EVENT(isle_domain, isle_domain_destroy,
	TP_PROTO(u32 domid, u64 unique, const char *name),
	TP_ARGS(domid, unique, name)
);

DECLARE_EVENT_CLASS(isle_pair,
	TP_PROTO(u32 domid, u32 peer),
	TP_ARGS(domid, peer),
	TP_STRUCT__entry(
		__field(u32, domid)
		__field(u32, peer)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->peer = peer;
	),
	TP_printk("domid=%u peer=%u", __entry->domid, __entry->peer)
);

DEFINE_EVENT(isle_pair, isle_link,
	TP_PROTO(u32 domid, u32 peer),
	TP_ARGS(domid, peer)
);

DEFINE_EVENT(isle_pair, isle_unlink,
	TP_PROTO(u32 domid, u32 peer),
	TP_ARGS(domid, peer)
);

DECLARE_EVENT_CLASS(isle_device,
	TP_PROTO(u32 domid, u64 unique, u32 class, const char *name),
	TP_ARGS(domid, unique, class, name),
	TP_STRUCT__entry(
		__field(u32, domid)
		__field(u64, unique)
		__field(u32, class)
		__string(name, name)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->unique = unique;
		__entry->class = class;
		isle_assign_str(name, name);
	),
	TP_printk("domid=%u unique=%llu class=%u name=%s", __entry->domid,
		  __entry->unique, __entry->class, __get_str(name))
);

DEFINE_EVENT(isle_device, isle_device_add,
	TP_PROTO(u32 domid, u64 unique, u32 class, const char *name),
	TP_ARGS(domid, unique, class, name)
);

DEFINE_EVENT(isle_device, isle_device_del,
	TP_PROTO(u32 domid, u64 unique, u32 class, const char *name),
	TP_ARGS(domid, unique, class, name)
);

DECLARE_EVENT_CLASS(isle_vchan,
	TP_PROTO(u32 domid, u32 peer, const char *port),
	TP_ARGS(domid, peer, port),
	TP_STRUCT__entry(
		__field(u32, domid)
		__field(u32, peer)
		__string(port, port)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->peer = peer;
		isle_assign_str(port, port);
	),
	TP_printk("domid=%u peer=%u port=%s", __entry->domid, __entry->peer,
		  __get_str(port))
);

DEFINE_EVENT(isle_vchan, isle_vchan_listen,
	TP_PROTO(u32 domid, u32 peer, const char *port),
	TP_ARGS(domid, peer, port)
);

DEFINE_EVENT(isle_vchan, isle_vchan_connect,
	TP_PROTO(u32 domid, u32 peer, const char *port),
	TP_ARGS(domid, peer, port)
);

DEFINE_EVENT(isle_vchan, isle_vchan_close,
	TP_PROTO(u32 domid, u32 peer, const char *port),
	TP_ARGS(domid, peer, port)
);

/* @how: enum isle_channel_end */
TRACE_EVENT(isle_vchan_end,
	TP_PROTO(u32 domid, bool server, u32 how),
	TP_ARGS(domid, server, how),
	TP_STRUCT__entry(
		__field(u32, domid)
		__field(bool, server)
		__field(u32, how)
	),
	TP_fast_assign(
		__entry->domid = domid;
		__entry->server = server;
		__entry->how = how;
	),
	TP_printk("domid=%u %s %s", __entry->domid,
		  __entry->server ? "server" : "client",
		  __print_symbolic(__entry->how, { 1, "gone" },
				   { 2, "broken" }, { 3, "aborted" },
				   { 4, "dead" }))
);

/*
 * These two are on the way of every request, so they get the device and not its
 * number: arguments are evaluated even while nobody traces.
 */
TRACE_EVENT(isle_blk_begin,
	TP_PROTO(const struct isle_device *device, bool write, u64 pos,
		 u64 len),
	TP_ARGS(device, write, pos, len),
	TP_STRUCT__entry(
		__field(u64, unique)
		__field(u64, pos)
		__field(u64, len)
		__field(bool, write)
	),
	TP_fast_assign(
		__entry->unique = device->unique;
		__entry->pos = pos;
		__entry->len = len;
		__entry->write = write;
	),
	TP_printk("unique=%llu %s pos=%llu len=%llu", __entry->unique,
		  __entry->write ? "write" : "read", __entry->pos,
		  __entry->len)
);

TRACE_EVENT(isle_blk_end,
	TP_PROTO(const struct isle_device *device, bool write, u64 pos,
		 s64 ret),
	TP_ARGS(device, write, pos, ret),
	TP_STRUCT__entry(
		__field(u64, unique)
		__field(u64, pos)
		__field(s64, ret)
		__field(bool, write)
	),
	TP_fast_assign(
		__entry->unique = device->unique;
		__entry->pos = pos;
		__entry->ret = ret;
		__entry->write = write;
	),
	TP_printk("unique=%llu %s pos=%llu ret=%lld", __entry->unique,
		  __entry->write ? "write" : "read", __entry->pos,
		  __entry->ret)
);

DECLARE_EVENT_CLASS(isle_task,
	TP_PROTO(const struct isle_task *task),
	TP_ARGS(task),
	TP_STRUCT__entry(
		__field(s32, task)
		__field(u32, domid)
	),
	TP_fast_assign(
		__entry->task = task->id;
		__entry->domid = task->domain->id;
	),
	TP_printk("task=%d domid=%u", __entry->task, __entry->domid)
);

DEFINE_EVENT(isle_task, isle_task_create,
	TP_PROTO(const struct isle_task *task),
	TP_ARGS(task)
);

DEFINE_EVENT(isle_task, isle_task_end,
	TP_PROTO(const struct isle_task *task),
	TP_ARGS(task)
);

/* A message has come to whoever receives it */
TRACE_EVENT(isle_message,
	TP_PROTO(const struct isle_task *src, const struct isle_task *dst,
		 s32 type, u32 length),
	TP_ARGS(src, dst, type, length),
	TP_STRUCT__entry(
		__field(s32, src)
		__field(s32, dst)
		__field(s32, type)
		__field(u32, length)
	),
	TP_fast_assign(
		__entry->src = src->id;
		__entry->dst = dst->id;
		__entry->type = type;
		__entry->length = length;
	),
	TP_printk("src=%d dst=%d type=%d length=%u", __entry->src,
		  __entry->dst, __entry->type, __entry->length)
);

TRACE_EVENT(isle_notify,
	TP_PROTO(const struct isle_task *task, u32 bits),
	TP_ARGS(task, bits),
	TP_STRUCT__entry(
		__field(s32, task)
		__field(u32, bits)
	),
	TP_fast_assign(
		__entry->task = task->id;
		__entry->bits = bits;
	),
	TP_printk("task=%d bits=%#x", __entry->task, __entry->bits)
);

#endif /* ISLE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
