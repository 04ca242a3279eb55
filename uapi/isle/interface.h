/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Made by isle-idl from interface.idl: change that one, not this.
 *
 * What a message carries follows its type and source, at byte 8.
 */
#ifndef _ISLE_INTERFACE_H
#define _ISLE_INTERFACE_H

#include <linux/types.h>

/* Whatever the language: an error where the layout is another one */
#ifndef ISLE_IDL_ASSERT
#if defined(__cplusplus) && __cplusplus >= 201103L
#define ISLE_IDL_ASSERT(cond) static_assert(cond, #cond)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ISLE_IDL_ASSERT(cond) _Static_assert(cond, #cond)
#else
#define ISLE_IDL_ASSERT(cond) extern char isle_idl_assert[(cond) ? 1 : -1]
#endif
#define ISLE_IDL_STRUCT(type, bytes) \
	ISLE_IDL_ASSERT(sizeof(struct type) == (bytes))
#define ISLE_IDL_FIELD(type, field, offset, bytes) \
	ISLE_IDL_ASSERT(__builtin_offsetof(struct type, field) == (offset) && \
			sizeof(((struct type *)0)->field) == (bytes))
#endif

/*
 * Types: the number of a message, bit 29 if part of it is out of line, bit 30 if
 * that is a string.
 */
#define ISLE_MSG_NOTIFICATIONS	1
#define ISLE_MSG_ASYNC	2
#define ISLE_MSG_INVALID	3
#define ISLE_MSG_EXCEPTION	4
#define ISLE_MSG_PAGE_FAULT	5
#define ISLE_MSG_PAGE_FAULT_REPLY	6
#define ISLE_MSG_ABI_HOOK	7
#define ISLE_MSG_ABI_HOOK_REPLY	8
#define ISLE_MSG_HV_X64_START	9
#define ISLE_MSG_HV_X64_START_REPLY	10
#define ISLE_MSG_HV_HALT	11
#define ISLE_MSG_HV_HALT_REPLY	12
#define ISLE_MSG_HV_GUEST_PAGE_FAULT	13
#define ISLE_MSG_HV_GUEST_PAGE_FAULT_REPLY	14
#define ISLE_MSG_HV_IOPORT_READ	15
#define ISLE_MSG_HV_IOPORT_READ_REPLY	16
#define ISLE_MSG_HV_IOPORT_WRITE	17
#define ISLE_MSG_HV_IOPORT_WRITE_REPLY	18
#define ISLE_MSG_HV_AWAIT	19
#define ISLE_MSG_HV_INJECT_IRQ	20
#define ISLE_MSG_BENCHMARK_NOP	21
#define ISLE_MSG_BENCHMARK_NOP_REPLY	22
#define ISLE_MSG_BENCHMARK_NOP_WITH_OOL	0x20000017	/* 23 and out of line */
#define ISLE_MSG_BENCHMARK_NOP_WITH_OOL_REPLY	0x20000018	/* 24 and out of line */
#define ISLE_MSG_VM_ALLOC_PAGES	25
#define ISLE_MSG_VM_ALLOC_PAGES_REPLY	26
#define ISLE_MSG_DISCOVERY_SERVE	0x6000001b	/* 27 and a string */
#define ISLE_MSG_DISCOVERY_SERVE_REPLY	28
#define ISLE_MSG_DISCOVERY_LOOKUP	0x6000001d	/* 29 and a string */
#define ISLE_MSG_DISCOVERY_LOOKUP_REPLY	30
#define ISLE_MSG_TASK_ALLOC	31
#define ISLE_MSG_TASK_ALLOC_REPLY	32
#define ISLE_MSG_TASK_FREE	33
#define ISLE_MSG_TASK_FREE_REPLY	34
#define ISLE_MSG_TASK_LAUNCH	0x60000023	/* 35 and a string */
#define ISLE_MSG_TASK_LAUNCH_REPLY	36
#define ISLE_MSG_TASK_WATCH	37
#define ISLE_MSG_TASK_WATCH_REPLY	38
#define ISLE_MSG_TASK_UNWATCH	39
#define ISLE_MSG_TASK_UNWATCH_REPLY	40
#define ISLE_MSG_TASK_EXITED	41
#define ISLE_MSG_OOL_RECV	42
#define ISLE_MSG_OOL_RECV_REPLY	43
#define ISLE_MSG_OOL_SEND	44
#define ISLE_MSG_OOL_SEND_REPLY	45
#define ISLE_MSG_OOL_VERIFY	46
#define ISLE_MSG_OOL_VERIFY_REPLY	47
#define ISLE_MSG_FS_OPEN	0x60000030	/* 48 and a string */
#define ISLE_MSG_FS_OPEN_REPLY	49
#define ISLE_MSG_FS_CREATE	0x60000032	/* 50 and a string */
#define ISLE_MSG_FS_CREATE_REPLY	51
#define ISLE_MSG_FS_CLOSE	52
#define ISLE_MSG_FS_CLOSE_REPLY	53
#define ISLE_MSG_FS_READ	54
#define ISLE_MSG_FS_READ_REPLY	0x20000037	/* 55 and out of line */
#define ISLE_MSG_FS_WRITE	0x20000038	/* 56 and out of line */
#define ISLE_MSG_FS_WRITE_REPLY	57
#define ISLE_MSG_FS_STAT	0x6000003a	/* 58 and a string */
#define ISLE_MSG_FS_STAT_REPLY	59
#define ISLE_MSG_BLK_READ	60
#define ISLE_MSG_BLK_READ_REPLY	0x2000003d	/* 61 and out of line */
#define ISLE_MSG_BLK_WRITE	0x2000003e	/* 62 and out of line */
#define ISLE_MSG_BLK_WRITE_REPLY	63
#define ISLE_MSG_NET_RX	0x20000040	/* 64 and out of line */
#define ISLE_MSG_NET_TX	0x20000041	/* 65 and out of line */
#define ISLE_MSG_RTC_READ	66
#define ISLE_MSG_RTC_READ_REPLY	67
#define ISLE_MSG_TIME_GETTIMEOFDAY	68
#define ISLE_MSG_TIME_GETTIMEOFDAY_REPLY	69
#define ISLE_MSG_SHM_CREATE	70
#define ISLE_MSG_SHM_CREATE_REPLY	71
#define ISLE_MSG_SHM_MAP	72
#define ISLE_MSG_SHM_MAP_REPLY	73
#define ISLE_MSG_SHM_CLOSE	74
#define ISLE_MSG_SHM_CLOSE_REPLY	75
#define ISLE_MSG_SHM_TEST_READ	76
#define ISLE_MSG_SHM_TEST_READ_REPLY	77

/* Numbers of this interface, without the bits */
#define ISLE_MSG_NR_FIRST	1
#define ISLE_MSG_NR_LAST	77

/**
 * struct isle_msg_notifications - what is in notifications, number 1
 * @data: notifications
 * @_pad0: zero
 *
 * Delivered to a task that has notifications which it has not received, by the module,
 * before anything else it could receive. The bits of all that were raised meanwhile are
 * OR-ed into one message.
 */
struct isle_msg_notifications {
	__u32 data;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_notifications, 8);
ISLE_IDL_FIELD(isle_msg_notifications, data, 0, 4);

/*
 * Why an abi_hook call came
 */
enum isle_abi_hook_type {
	/*
	 * The task is about to run its first instruction
	 */
	ISLE_ABI_HOOK_TYPE_INITIAL = 1,
	/*
	 * The task has made a system call
	 */
	ISLE_ABI_HOOK_TYPE_SYSCALL = 2
};

/**
 * struct isle_msg_exception - what is in exception, number 4
 * @task: task
 * @exception: exception_type
 *
 * Tells a pager that a task of its has come to an end by an exception.
 */
struct isle_msg_exception {
	__s32 task;
	__s32 exception;
};

ISLE_IDL_STRUCT(isle_msg_exception, 8);
ISLE_IDL_FIELD(isle_msg_exception, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_exception, exception, 4, 4);

/**
 * struct isle_msg_page_fault - what is in page_fault, number 5
 * @task: task
 * @vaddr: vaddr
 * @ip: vaddr
 * @fault: uint
 * @_pad0: zero
 * @_pad1: zero
 *
 * Asks a pager for the page at an address that a task has touched. The task goes on when the
 * reply comes.
 */
struct isle_msg_page_fault {
	__s32 task;
	__u8 _pad0[4];
	__u64 vaddr;
	__u64 ip;
	__u32 fault;
	__u8 _pad1[4];
};

ISLE_IDL_STRUCT(isle_msg_page_fault, 32);
ISLE_IDL_FIELD(isle_msg_page_fault, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_page_fault, vaddr, 8, 8);
ISLE_IDL_FIELD(isle_msg_page_fault, ip, 16, 8);
ISLE_IDL_FIELD(isle_msg_page_fault, fault, 24, 4);

/**
 * struct isle_msg_abi_hook - what is in abi_hook, number 7
 * @task: task
 * @type: int
 * @frame: trap_frame
 *
 * Hands a task's registers to its pager, who may change them, when the task makes a system
 * call of another system.
 */
struct isle_msg_abi_hook {
	__s32 task;
	__s32 type;
	__u64 frame[27];
};

ISLE_IDL_STRUCT(isle_msg_abi_hook, 224);
ISLE_IDL_FIELD(isle_msg_abi_hook, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_abi_hook, type, 4, 4);
ISLE_IDL_FIELD(isle_msg_abi_hook, frame, 8, 216);

/**
 * struct isle_msg_abi_hook_reply - reply of abi_hook, number 8
 * @frame: trap_frame
 */
struct isle_msg_abi_hook_reply {
	__u64 frame[27];
};

ISLE_IDL_STRUCT(isle_msg_abi_hook_reply, 216);
ISLE_IDL_FIELD(isle_msg_abi_hook_reply, frame, 0, 216);

/**
 * struct isle_msg_hv_x64_start - what is in hv.x64_start, number 9
 * @task: task
 * @_pad0: zero
 *
 * The first thing a guest asks: where it begins, and with which page table.
 */
struct isle_msg_hv_x64_start {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_x64_start, 8);
ISLE_IDL_FIELD(isle_msg_hv_x64_start, task, 0, 4);

/**
 * struct isle_msg_hv_x64_start_reply - reply of hv.x64_start, number 10
 * @guest_rip: uint64
 * @ept_pml4: paddr
 * @initial_rbx: uint64
 */
struct isle_msg_hv_x64_start_reply {
	__u64 guest_rip;
	__u64 ept_pml4;
	__u64 initial_rbx;
};

ISLE_IDL_STRUCT(isle_msg_hv_x64_start_reply, 24);
ISLE_IDL_FIELD(isle_msg_hv_x64_start_reply, guest_rip, 0, 8);
ISLE_IDL_FIELD(isle_msg_hv_x64_start_reply, ept_pml4, 8, 8);
ISLE_IDL_FIELD(isle_msg_hv_x64_start_reply, initial_rbx, 16, 8);

/**
 * struct isle_msg_hv_halt - what is in hv.halt, number 11
 * @task: task
 * @_pad0: zero
 *
 * The guest has nothing to do until an interrupt comes.
 */
struct isle_msg_hv_halt {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_halt, 8);
ISLE_IDL_FIELD(isle_msg_hv_halt, task, 0, 4);

/**
 * struct isle_msg_hv_guest_page_fault - what is in hv.guest_page_fault, number 13
 * @task: task
 * @gpaddr: gpaddr
 * @frame: hv_frame
 * @_pad0: zero
 *
 * The guest has touched physical memory that it does not have; the server may change its
 * registers.
 */
struct isle_msg_hv_guest_page_fault {
	__s32 task;
	__u8 _pad0[4];
	__u64 gpaddr;
	__u64 frame[18];
};

ISLE_IDL_STRUCT(isle_msg_hv_guest_page_fault, 160);
ISLE_IDL_FIELD(isle_msg_hv_guest_page_fault, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_hv_guest_page_fault, gpaddr, 8, 8);
ISLE_IDL_FIELD(isle_msg_hv_guest_page_fault, frame, 16, 144);

/**
 * struct isle_msg_hv_guest_page_fault_reply - reply of hv.guest_page_fault, number 14
 * @frame: hv_frame
 */
struct isle_msg_hv_guest_page_fault_reply {
	__u64 frame[18];
};

ISLE_IDL_STRUCT(isle_msg_hv_guest_page_fault_reply, 144);
ISLE_IDL_FIELD(isle_msg_hv_guest_page_fault_reply, frame, 0, 144);

/**
 * struct isle_msg_hv_ioport_read - what is in hv.ioport_read, number 15
 * @task: task
 * @port: uint16
 * @size: size
 * @_pad0: zero
 *
 * The guest reads an I/O port.
 */
struct isle_msg_hv_ioport_read {
	__s32 task;
	__u16 port;
	__u8 _pad0[2];
	__u64 size;
};

ISLE_IDL_STRUCT(isle_msg_hv_ioport_read, 16);
ISLE_IDL_FIELD(isle_msg_hv_ioport_read, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_hv_ioport_read, port, 4, 2);
ISLE_IDL_FIELD(isle_msg_hv_ioport_read, size, 8, 8);

/**
 * struct isle_msg_hv_ioport_read_reply - reply of hv.ioport_read, number 16
 * @value: uint32
 * @_pad0: zero
 */
struct isle_msg_hv_ioport_read_reply {
	__u32 value;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_ioport_read_reply, 8);
ISLE_IDL_FIELD(isle_msg_hv_ioport_read_reply, value, 0, 4);

/**
 * struct isle_msg_hv_ioport_write - what is in hv.ioport_write, number 17
 * @task: task
 * @port: uint16
 * @size: size
 * @value: uint32
 * @_pad0: zero
 * @_pad1: zero
 *
 * The guest writes to an I/O port.
 */
struct isle_msg_hv_ioport_write {
	__s32 task;
	__u16 port;
	__u8 _pad0[2];
	__u64 size;
	__u32 value;
	__u8 _pad1[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_ioport_write, 24);
ISLE_IDL_FIELD(isle_msg_hv_ioport_write, task, 0, 4);
ISLE_IDL_FIELD(isle_msg_hv_ioport_write, port, 4, 2);
ISLE_IDL_FIELD(isle_msg_hv_ioport_write, size, 8, 8);
ISLE_IDL_FIELD(isle_msg_hv_ioport_write, value, 16, 4);

/**
 * struct isle_msg_hv_await - what is in hv.await, number 19
 * @task: task
 * @_pad0: zero
 *
 * The guest is ready for what the server has for it.
 */
struct isle_msg_hv_await {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_await, 8);
ISLE_IDL_FIELD(isle_msg_hv_await, task, 0, 4);

/**
 * struct isle_msg_hv_inject_irq - what is in hv.inject_irq, number 20
 * @irq_bitmap: uint32
 * @_pad0: zero
 *
 * The server raises interrupts in the guest, a bit for each.
 */
struct isle_msg_hv_inject_irq {
	__u32 irq_bitmap;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_hv_inject_irq, 8);
ISLE_IDL_FIELD(isle_msg_hv_inject_irq, irq_bitmap, 0, 4);

/**
 * struct isle_msg_benchmark_nop - what is in benchmark.nop, number 21
 * @value: int
 * @_pad0: zero
 *
 * Answers with the number that was sent.
 */
struct isle_msg_benchmark_nop {
	__s32 value;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_benchmark_nop, 8);
ISLE_IDL_FIELD(isle_msg_benchmark_nop, value, 0, 4);

/**
 * struct isle_msg_benchmark_nop_reply - reply of benchmark.nop, number 22
 * @value: int
 * @_pad0: zero
 */
struct isle_msg_benchmark_nop_reply {
	__s32 value;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_benchmark_nop_reply, 8);
ISLE_IDL_FIELD(isle_msg_benchmark_nop_reply, value, 0, 4);

/**
 * struct isle_msg_benchmark_nop_with_ool - what is in benchmark.nop_with_ool, number 23
 * @data: bytes: address
 * @data_len: and its bytes
 *
 * Answers with the bytes that were sent, none to 16 MiB of them.
 */
struct isle_msg_benchmark_nop_with_ool {
	__u64 data;
	__u64 data_len;
};

ISLE_IDL_STRUCT(isle_msg_benchmark_nop_with_ool, 16);
ISLE_IDL_FIELD(isle_msg_benchmark_nop_with_ool, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_benchmark_nop_with_ool, data_len, 8, 8);

/**
 * struct isle_msg_benchmark_nop_with_ool_reply - reply of benchmark.nop_with_ool, number 24
 * @data: bytes: address
 * @data_len: and its bytes
 */
struct isle_msg_benchmark_nop_with_ool_reply {
	__u64 data;
	__u64 data_len;
};

ISLE_IDL_STRUCT(isle_msg_benchmark_nop_with_ool_reply, 16);
ISLE_IDL_FIELD(isle_msg_benchmark_nop_with_ool_reply, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_benchmark_nop_with_ool_reply, data_len, 8, 8);

/**
 * struct isle_msg_vm_alloc_pages - what is in vm.alloc_pages, number 25
 * @num_pages: size
 * @paddr: paddr
 *
 * Gives the caller zeroed pages at an address that was free. With `paddr` 0 they are any
 * pages, which come with no physical address (the reply's `paddr` is 0); otherwise they
 * are the physical pages from there on, for callers with CAP_SYS_RAWIO.
 */
struct isle_msg_vm_alloc_pages {
	__u64 num_pages;
	__u64 paddr;
};

ISLE_IDL_STRUCT(isle_msg_vm_alloc_pages, 16);
ISLE_IDL_FIELD(isle_msg_vm_alloc_pages, num_pages, 0, 8);
ISLE_IDL_FIELD(isle_msg_vm_alloc_pages, paddr, 8, 8);

/**
 * struct isle_msg_vm_alloc_pages_reply - reply of vm.alloc_pages, number 26
 * @vaddr: vaddr
 * @paddr: paddr
 */
struct isle_msg_vm_alloc_pages_reply {
	__u64 vaddr;
	__u64 paddr;
};

ISLE_IDL_STRUCT(isle_msg_vm_alloc_pages_reply, 16);
ISLE_IDL_FIELD(isle_msg_vm_alloc_pages_reply, vaddr, 0, 8);
ISLE_IDL_FIELD(isle_msg_vm_alloc_pages_reply, paddr, 8, 8);

/**
 * struct isle_msg_discovery_serve - what is in discovery.serve, number 27
 * @name: str: address
 * @name_len: and its bytes
 *
 * Makes the caller known by a name to its own domain and to those that are linked to it.
 * The name goes when the caller ends.
 */
struct isle_msg_discovery_serve {
	__u64 name;
	__u64 name_len;
};

ISLE_IDL_STRUCT(isle_msg_discovery_serve, 16);
ISLE_IDL_FIELD(isle_msg_discovery_serve, name, 0, 8);
ISLE_IDL_FIELD(isle_msg_discovery_serve, name_len, 8, 8);

/**
 * struct isle_msg_discovery_lookup - what is in discovery.lookup, number 29
 * @name: str: address
 * @name_len: and its bytes
 *
 * Answers with the task that serves a name, and waits for it if there is none yet.
 */
struct isle_msg_discovery_lookup {
	__u64 name;
	__u64 name_len;
};

ISLE_IDL_STRUCT(isle_msg_discovery_lookup, 16);
ISLE_IDL_FIELD(isle_msg_discovery_lookup, name, 0, 8);
ISLE_IDL_FIELD(isle_msg_discovery_lookup, name_len, 8, 8);

/**
 * struct isle_msg_discovery_lookup_reply - reply of discovery.lookup, number 30
 * @task: task
 * @_pad0: zero
 */
struct isle_msg_discovery_lookup_reply {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_discovery_lookup_reply, 8);
ISLE_IDL_FIELD(isle_msg_discovery_lookup_reply, task, 0, 4);

/**
 * struct isle_msg_task_alloc - what is in task.alloc, number 31
 * @pager: task
 * @_pad0: zero
 *
 * Makes a task that has a number and does nothing, and ends with the caller or by
 * task.free. `pager` is 0 or the caller.
 */
struct isle_msg_task_alloc {
	__s32 pager;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_alloc, 8);
ISLE_IDL_FIELD(isle_msg_task_alloc, pager, 0, 4);

/**
 * struct isle_msg_task_alloc_reply - reply of task.alloc, number 32
 * @task: task
 * @_pad0: zero
 */
struct isle_msg_task_alloc_reply {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_alloc_reply, 8);
ISLE_IDL_FIELD(isle_msg_task_alloc_reply, task, 0, 4);

/**
 * struct isle_msg_task_free - what is in task.free, number 33
 * @task: task
 * @_pad0: zero
 *
 * Ends a task that the caller has allocated.
 */
struct isle_msg_task_free {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_free, 8);
ISLE_IDL_FIELD(isle_msg_task_free, task, 0, 4);

/**
 * struct isle_msg_task_launch - what is in task.launch, number 35
 * @name_and_cmdline: str: address
 * @name_and_cmdline_len: and its bytes
 *
 * Has the launcher of the caller's domain start a program: a name and arguments,
 * separated by spaces. Answers with the program's task.
 */
struct isle_msg_task_launch {
	__u64 name_and_cmdline;
	__u64 name_and_cmdline_len;
};

ISLE_IDL_STRUCT(isle_msg_task_launch, 16);
ISLE_IDL_FIELD(isle_msg_task_launch, name_and_cmdline, 0, 8);
ISLE_IDL_FIELD(isle_msg_task_launch, name_and_cmdline_len, 8, 8);

/**
 * struct isle_msg_task_launch_reply - reply of task.launch, number 36
 * @task: task
 * @_pad0: zero
 */
struct isle_msg_task_launch_reply {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_launch_reply, 8);
ISLE_IDL_FIELD(isle_msg_task_launch_reply, task, 0, 4);

/**
 * struct isle_msg_task_watch - what is in task.watch, number 37
 * @task: task
 * @_pad0: zero
 *
 * From now on the caller gets task.exited when the task ends.
 */
struct isle_msg_task_watch {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_watch, 8);
ISLE_IDL_FIELD(isle_msg_task_watch, task, 0, 4);

/**
 * struct isle_msg_task_unwatch - what is in task.unwatch, number 39
 * @task: task
 * @_pad0: zero
 *
 * Takes task.watch back.
 */
struct isle_msg_task_unwatch {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_unwatch, 8);
ISLE_IDL_FIELD(isle_msg_task_unwatch, task, 0, 4);

/**
 * struct isle_msg_task_exited - what is in task.exited, number 41
 * @task: task
 * @_pad0: zero
 *
 * Sent by the module to whoever watches a task when the task has ended.
 */
struct isle_msg_task_exited {
	__s32 task;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_task_exited, 8);
ISLE_IDL_FIELD(isle_msg_task_exited, task, 0, 4);

/**
 * struct isle_msg_ool_recv - what is in ool.recv, number 42
 * @addr: vaddr
 * @len: size
 *
 * Names the memory into which the next payload for the caller may be written.
 */
struct isle_msg_ool_recv {
	__u64 addr;
	__u64 len;
};

ISLE_IDL_STRUCT(isle_msg_ool_recv, 16);
ISLE_IDL_FIELD(isle_msg_ool_recv, addr, 0, 8);
ISLE_IDL_FIELD(isle_msg_ool_recv, len, 8, 8);

/**
 * struct isle_msg_ool_send - what is in ool.send, number 44
 * @dst: task
 * @addr: vaddr
 * @len: size
 * @_pad0: zero
 *
 * Copies memory of the caller into what `dst` has named with ool.recv. Answers with a
 * number by which `dst` can tell what it got.
 */
struct isle_msg_ool_send {
	__s32 dst;
	__u8 _pad0[4];
	__u64 addr;
	__u64 len;
};

ISLE_IDL_STRUCT(isle_msg_ool_send, 24);
ISLE_IDL_FIELD(isle_msg_ool_send, dst, 0, 4);
ISLE_IDL_FIELD(isle_msg_ool_send, addr, 8, 8);
ISLE_IDL_FIELD(isle_msg_ool_send, len, 16, 8);

/**
 * struct isle_msg_ool_send_reply - reply of ool.send, number 45
 * @id: vaddr
 */
struct isle_msg_ool_send_reply {
	__u64 id;
};

ISLE_IDL_STRUCT(isle_msg_ool_send_reply, 8);
ISLE_IDL_FIELD(isle_msg_ool_send_reply, id, 0, 8);

/**
 * struct isle_msg_ool_verify - what is in ool.verify, number 46
 * @src: task
 * @id: vaddr
 * @len: size
 * @_pad0: zero
 *
 * Answers where the payload that `src` has sent under that number is in the caller's
 * memory, if there is one and it has that length.
 */
struct isle_msg_ool_verify {
	__s32 src;
	__u8 _pad0[4];
	__u64 id;
	__u64 len;
};

ISLE_IDL_STRUCT(isle_msg_ool_verify, 24);
ISLE_IDL_FIELD(isle_msg_ool_verify, src, 0, 4);
ISLE_IDL_FIELD(isle_msg_ool_verify, id, 8, 8);
ISLE_IDL_FIELD(isle_msg_ool_verify, len, 16, 8);

/**
 * struct isle_msg_ool_verify_reply - reply of ool.verify, number 47
 * @received_at: vaddr
 */
struct isle_msg_ool_verify_reply {
	__u64 received_at;
};

ISLE_IDL_STRUCT(isle_msg_ool_verify_reply, 8);
ISLE_IDL_FIELD(isle_msg_ool_verify_reply, received_at, 0, 8);

/**
 * struct isle_msg_fs_open - what is in fs.open, number 48
 * @path: str: address
 * @path_len: and its bytes
 *
 * Opens a file that exists.
 */
struct isle_msg_fs_open {
	__u64 path;
	__u64 path_len;
};

ISLE_IDL_STRUCT(isle_msg_fs_open, 16);
ISLE_IDL_FIELD(isle_msg_fs_open, path, 0, 8);
ISLE_IDL_FIELD(isle_msg_fs_open, path_len, 8, 8);

/**
 * struct isle_msg_fs_open_reply - reply of fs.open, number 49
 * @handle: handle
 * @_pad0: zero
 */
struct isle_msg_fs_open_reply {
	__s32 handle;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_fs_open_reply, 8);
ISLE_IDL_FIELD(isle_msg_fs_open_reply, handle, 0, 4);

/**
 * struct isle_msg_fs_create - what is in fs.create, number 50
 * @path: str: address
 * @path_len: and its bytes
 * @exist_ok: bool
 * @_pad0: zero
 *
 * Makes a file and opens it; one that exists already is opened if `exist_ok` says so.
 */
struct isle_msg_fs_create {
	__u64 path;
	__u64 path_len;
	__u8 exist_ok;
	__u8 _pad0[7];
};

ISLE_IDL_STRUCT(isle_msg_fs_create, 24);
ISLE_IDL_FIELD(isle_msg_fs_create, path, 0, 8);
ISLE_IDL_FIELD(isle_msg_fs_create, path_len, 8, 8);
ISLE_IDL_FIELD(isle_msg_fs_create, exist_ok, 16, 1);

/**
 * struct isle_msg_fs_create_reply - reply of fs.create, number 51
 * @handle: handle
 * @_pad0: zero
 */
struct isle_msg_fs_create_reply {
	__s32 handle;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_fs_create_reply, 8);
ISLE_IDL_FIELD(isle_msg_fs_create_reply, handle, 0, 4);

/**
 * struct isle_msg_fs_close - what is in fs.close, number 52
 * @handle: handle
 * @_pad0: zero
 *
 * Gives a handle back.
 */
struct isle_msg_fs_close {
	__s32 handle;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_fs_close, 8);
ISLE_IDL_FIELD(isle_msg_fs_close, handle, 0, 4);

/**
 * struct isle_msg_fs_read - what is in fs.read, number 54
 * @handle: handle
 * @offset: offset
 * @len: size
 * @_pad0: zero
 *
 * Answers with up to `len` bytes of the file, fewer where it ends.
 */
struct isle_msg_fs_read {
	__s32 handle;
	__u8 _pad0[4];
	__u64 offset;
	__u64 len;
};

ISLE_IDL_STRUCT(isle_msg_fs_read, 24);
ISLE_IDL_FIELD(isle_msg_fs_read, handle, 0, 4);
ISLE_IDL_FIELD(isle_msg_fs_read, offset, 8, 8);
ISLE_IDL_FIELD(isle_msg_fs_read, len, 16, 8);

/**
 * struct isle_msg_fs_read_reply - reply of fs.read, number 55
 * @data: bytes: address
 * @data_len: and its bytes
 */
struct isle_msg_fs_read_reply {
	__u64 data;
	__u64 data_len;
};

ISLE_IDL_STRUCT(isle_msg_fs_read_reply, 16);
ISLE_IDL_FIELD(isle_msg_fs_read_reply, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_fs_read_reply, data_len, 8, 8);

/**
 * struct isle_msg_fs_write - what is in fs.write, number 56
 * @data: bytes: address
 * @data_len: and its bytes
 * @handle: handle
 * @offset: offset
 * @_pad0: zero
 *
 * Writes into the file, and makes it longer if need be.
 */
struct isle_msg_fs_write {
	__u64 data;
	__u64 data_len;
	__s32 handle;
	__u8 _pad0[4];
	__u64 offset;
};

ISLE_IDL_STRUCT(isle_msg_fs_write, 32);
ISLE_IDL_FIELD(isle_msg_fs_write, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_fs_write, data_len, 8, 8);
ISLE_IDL_FIELD(isle_msg_fs_write, handle, 16, 4);
ISLE_IDL_FIELD(isle_msg_fs_write, offset, 24, 8);

/**
 * struct isle_msg_fs_stat - what is in fs.stat, number 58
 * @path: str: address
 * @path_len: and its bytes
 *
 * Answers how long a file is.
 */
struct isle_msg_fs_stat {
	__u64 path;
	__u64 path_len;
};

ISLE_IDL_STRUCT(isle_msg_fs_stat, 16);
ISLE_IDL_FIELD(isle_msg_fs_stat, path, 0, 8);
ISLE_IDL_FIELD(isle_msg_fs_stat, path_len, 8, 8);

/**
 * struct isle_msg_fs_stat_reply - reply of fs.stat, number 59
 * @size: size
 */
struct isle_msg_fs_stat_reply {
	__u64 size;
};

ISLE_IDL_STRUCT(isle_msg_fs_stat_reply, 8);
ISLE_IDL_FIELD(isle_msg_fs_stat_reply, size, 0, 8);

/**
 * struct isle_msg_blk_read - what is in blk.read, number 60
 * @sector: offset
 * @num_sectors: size
 *
 * Answers with sectors of the device, from one on.
 */
struct isle_msg_blk_read {
	__u64 sector;
	__u64 num_sectors;
};

ISLE_IDL_STRUCT(isle_msg_blk_read, 16);
ISLE_IDL_FIELD(isle_msg_blk_read, sector, 0, 8);
ISLE_IDL_FIELD(isle_msg_blk_read, num_sectors, 8, 8);

/**
 * struct isle_msg_blk_read_reply - reply of blk.read, number 61
 * @data: bytes: address
 * @data_len: and its bytes
 */
struct isle_msg_blk_read_reply {
	__u64 data;
	__u64 data_len;
};

ISLE_IDL_STRUCT(isle_msg_blk_read_reply, 16);
ISLE_IDL_FIELD(isle_msg_blk_read_reply, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_blk_read_reply, data_len, 8, 8);

/**
 * struct isle_msg_blk_write - what is in blk.write, number 62
 * @data: bytes: address
 * @data_len: and its bytes
 * @sector: offset
 *
 * Writes sectors, from one on; the payload is a whole number of them.
 */
struct isle_msg_blk_write {
	__u64 data;
	__u64 data_len;
	__u64 sector;
};

ISLE_IDL_STRUCT(isle_msg_blk_write, 24);
ISLE_IDL_FIELD(isle_msg_blk_write, data, 0, 8);
ISLE_IDL_FIELD(isle_msg_blk_write, data_len, 8, 8);
ISLE_IDL_FIELD(isle_msg_blk_write, sector, 16, 8);

/**
 * struct isle_msg_net_rx - what is in net.rx, number 64
 * @payload: bytes: address
 * @payload_len: and its bytes
 *
 * A frame that the device has received, on its way to who uses it.
 */
struct isle_msg_net_rx {
	__u64 payload;
	__u64 payload_len;
};

ISLE_IDL_STRUCT(isle_msg_net_rx, 16);
ISLE_IDL_FIELD(isle_msg_net_rx, payload, 0, 8);
ISLE_IDL_FIELD(isle_msg_net_rx, payload_len, 8, 8);

/**
 * struct isle_msg_net_tx - what is in net.tx, number 65
 * @payload: bytes: address
 * @payload_len: and its bytes
 *
 * A frame for the device to send.
 */
struct isle_msg_net_tx {
	__u64 payload;
	__u64 payload_len;
};

ISLE_IDL_STRUCT(isle_msg_net_tx, 16);
ISLE_IDL_FIELD(isle_msg_net_tx, payload, 0, 8);
ISLE_IDL_FIELD(isle_msg_net_tx, payload_len, 8, 8);

/**
 * struct isle_msg_rtc_read_reply - reply of rtc.read, number 67
 * @year: uint32
 * @month: uint8
 * @day: uint8
 * @day_of_week: uint8
 * @hour: uint8
 * @minute: uint8
 * @second: uint8
 * @_pad0: zero
 */
struct isle_msg_rtc_read_reply {
	__u32 year;
	__u8 month;
	__u8 day;
	__u8 day_of_week;
	__u8 hour;
	__u8 minute;
	__u8 second;
	__u8 _pad0[6];
};

ISLE_IDL_STRUCT(isle_msg_rtc_read_reply, 16);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, year, 0, 4);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, month, 4, 1);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, day, 5, 1);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, day_of_week, 6, 1);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, hour, 7, 1);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, minute, 8, 1);
ISLE_IDL_FIELD(isle_msg_rtc_read_reply, second, 9, 1);

/**
 * struct isle_msg_time_gettimeofday_reply - reply of time.gettimeofday, number 69
 * @unixtime: uint64
 */
struct isle_msg_time_gettimeofday_reply {
	__u64 unixtime;
};

ISLE_IDL_STRUCT(isle_msg_time_gettimeofday_reply, 8);
ISLE_IDL_FIELD(isle_msg_time_gettimeofday_reply, unixtime, 0, 8);

/**
 * struct isle_msg_shm_create - what is in shm.create, number 70
 * @size: size
 *
 * Makes zeroed memory of so many bytes or a little more, and answers with its number.
 */
struct isle_msg_shm_create {
	__u64 size;
};

ISLE_IDL_STRUCT(isle_msg_shm_create, 8);
ISLE_IDL_FIELD(isle_msg_shm_create, size, 0, 8);

/**
 * struct isle_msg_shm_create_reply - reply of shm.create, number 71
 * @shm_id: int
 * @_pad0: zero
 */
struct isle_msg_shm_create_reply {
	__s32 shm_id;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_shm_create_reply, 8);
ISLE_IDL_FIELD(isle_msg_shm_create_reply, shm_id, 0, 4);

/**
 * struct isle_msg_shm_map - what is in shm.map, number 72
 * @shm_id: int
 * @writable: bool
 * @_pad0: zero
 *
 * Maps it into the caller's memory, all of it, where there is room.
 */
struct isle_msg_shm_map {
	__s32 shm_id;
	__u8 writable;
	__u8 _pad0[3];
};

ISLE_IDL_STRUCT(isle_msg_shm_map, 8);
ISLE_IDL_FIELD(isle_msg_shm_map, shm_id, 0, 4);
ISLE_IDL_FIELD(isle_msg_shm_map, writable, 4, 1);

/**
 * struct isle_msg_shm_map_reply - reply of shm.map, number 73
 * @vaddr: vaddr
 */
struct isle_msg_shm_map_reply {
	__u64 vaddr;
};

ISLE_IDL_STRUCT(isle_msg_shm_map_reply, 8);
ISLE_IDL_FIELD(isle_msg_shm_map_reply, vaddr, 0, 8);

/**
 * struct isle_msg_shm_close - what is in shm.close, number 74
 * @shm_id: int
 * @_pad0: zero
 *
 * Nobody can map it any more. Who has it mapped keeps it.
 */
struct isle_msg_shm_close {
	__s32 shm_id;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_shm_close, 8);
ISLE_IDL_FIELD(isle_msg_shm_close, shm_id, 0, 4);

/**
 * struct isle_msg_shm_test_read_reply - reply of shm_test.read, number 77
 * @shm_id: int
 * @_pad0: zero
 */
struct isle_msg_shm_test_read_reply {
	__s32 shm_id;
	__u8 _pad0[4];
};

ISLE_IDL_STRUCT(isle_msg_shm_test_read_reply, 8);
ISLE_IDL_FIELD(isle_msg_shm_test_read_reply, shm_id, 0, 4);

#endif /* _ISLE_INTERFACE_H */
