/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made by isle-idl from sample.idl: change that one, not this.
 *
 * What a message carries follows its type and source, at byte 8.
 */
#ifndef _SAMPLE_INTERFACE_H
#define _SAMPLE_INTERFACE_H

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
#define SAMPLE_MSG_PING	1000
#define SAMPLE_MSG_CHANGED	1001
#define SAMPLE_MSG_DOOR_ALL	0x600003ea	/* 1002 and a string */
#define SAMPLE_MSG_DOOR_ALL_REPLY	0x200003eb	/* 1003 and out of line */
#define SAMPLE_MSG_DOOR_NOTHING	1004
#define SAMPLE_MSG_DOOR_NOTHING_REPLY	1005
#define SAMPLE_MSG_DOOR_ECHO	0x600003ee	/* 1006 and a string */
#define SAMPLE_MSG_DOOR_ECHO_REPLY	0x600003ef	/* 1007 and a string */
#define SAMPLE_MSG_DOOR_FULL	1008
#define SAMPLE_MSG_DOOR_FULL_REPLY	1009
#define SAMPLE_MSG_DOOR_NOTE	0x200003f2	/* 1010 and out of line */
#define SAMPLE_MSG_DOOR_LAST	1011
#define SAMPLE_MSG_DOOR_LAST_REPLY	1012

/* Numbers of this interface, without the bits */
#define SAMPLE_MSG_NR_FIRST	1000
#define SAMPLE_MSG_NR_LAST	1012

/*
 * How many there may be
 */
#define SAMPLE_LIMIT	16

#define SAMPLE_LEAST	(-9223372036854775807LL - 1)

#define SAMPLE_MOST	18446744073709551615ULL

#define SAMPLE_BELOW	(-16)

/*
 * What a door is like;
 * in two lines, with the end of a comment: * / and a beginning / *
 */
enum sample_state {
	/*
	 * nobody passes
	 */
	SAMPLE_STATE_SHUT = 0,
	SAMPLE_STATE_OPEN = 4,
	SAMPLE_STATE_AJAR = 5,
	SAMPLE_STATE_LEAST = (-2147483647 - 1)
};

/**
 * struct sample_msg_changed - what is in changed, number 1001
 * @state: state
 * @key: key
 * @_pad0: zero
 */
struct sample_msg_changed {
	__s32 state;
	__u8 _pad0[4];
	__u64 key;
};

ISLE_IDL_STRUCT(sample_msg_changed, 16);
ISLE_IDL_FIELD(sample_msg_changed, state, 0, 4);
ISLE_IDL_FIELD(sample_msg_changed, key, 8, 8);

enum sample_door_side {
	SAMPLE_DOOR_SIDE_LEFT = 1,
	SAMPLE_DOOR_SIDE_RIGHT = 5
};

/**
 * struct sample_msg_door_all - what is in door.all, number 1002
 * @text: str: address
 * @text_len: and its bytes
 * @flag: bool
 * @small: int8
 * @medium: int16
 * @letter: char
 * @large: uint32
 * @huge: int64
 * @label: label
 * @list: uint16[3]
 * @state: state
 * @side: door.side
 * @size: door.size
 * @_pad0: zero
 * @_pad1: zero
 * @_pad2: zero
 * @_pad3: zero
 *
 * Everything that there is, in an order that needs gaps.
 */
struct sample_msg_door_all {
	__u64 text;
	__u64 text_len;
	__u8 flag;
	__s8 small;
	__s16 medium;
	char letter;
	__u8 _pad0[3];
	__u32 large;
	__u8 _pad1[4];
	__s64 huge;
	char label[16];
	__u16 list[3];
	__u8 _pad2[2];
	__s32 state;
	__s32 side;
	__u8 size;
	__u8 _pad3[7];
};

ISLE_IDL_STRUCT(sample_msg_door_all, 80);
ISLE_IDL_FIELD(sample_msg_door_all, text, 0, 8);
ISLE_IDL_FIELD(sample_msg_door_all, text_len, 8, 8);
ISLE_IDL_FIELD(sample_msg_door_all, flag, 16, 1);
ISLE_IDL_FIELD(sample_msg_door_all, small, 17, 1);
ISLE_IDL_FIELD(sample_msg_door_all, medium, 18, 2);
ISLE_IDL_FIELD(sample_msg_door_all, letter, 20, 1);
ISLE_IDL_FIELD(sample_msg_door_all, large, 24, 4);
ISLE_IDL_FIELD(sample_msg_door_all, huge, 32, 8);
ISLE_IDL_FIELD(sample_msg_door_all, label, 40, 16);
ISLE_IDL_FIELD(sample_msg_door_all, list, 56, 6);
ISLE_IDL_FIELD(sample_msg_door_all, state, 64, 4);
ISLE_IDL_FIELD(sample_msg_door_all, side, 68, 4);
ISLE_IDL_FIELD(sample_msg_door_all, size, 72, 1);

/**
 * struct sample_msg_door_all_reply - reply of door.all, number 1003
 * @data: bytes: address
 * @data_len: and its bytes
 * @flag: bool
 * @list: int32[2]
 * @label: label
 * @most: uint64
 * @small: uint8
 * @_pad0: zero
 * @_pad1: zero
 * @_pad2: zero
 */
struct sample_msg_door_all_reply {
	__u64 data;
	__u64 data_len;
	__u8 flag;
	__u8 _pad0[3];
	__s32 list[2];
	char label[16];
	__u8 _pad1[4];
	__u64 most;
	__u8 small;
	__u8 _pad2[7];
};

ISLE_IDL_STRUCT(sample_msg_door_all_reply, 64);
ISLE_IDL_FIELD(sample_msg_door_all_reply, data, 0, 8);
ISLE_IDL_FIELD(sample_msg_door_all_reply, data_len, 8, 8);
ISLE_IDL_FIELD(sample_msg_door_all_reply, flag, 16, 1);
ISLE_IDL_FIELD(sample_msg_door_all_reply, list, 20, 8);
ISLE_IDL_FIELD(sample_msg_door_all_reply, label, 28, 16);
ISLE_IDL_FIELD(sample_msg_door_all_reply, most, 48, 8);
ISLE_IDL_FIELD(sample_msg_door_all_reply, small, 56, 1);

/**
 * struct sample_msg_door_echo - what is in door.echo, number 1006
 * @text: str: address
 * @text_len: and its bytes
 */
struct sample_msg_door_echo {
	__u64 text;
	__u64 text_len;
};

ISLE_IDL_STRUCT(sample_msg_door_echo, 16);
ISLE_IDL_FIELD(sample_msg_door_echo, text, 0, 8);
ISLE_IDL_FIELD(sample_msg_door_echo, text_len, 8, 8);

/**
 * struct sample_msg_door_echo_reply - reply of door.echo, number 1007
 * @text: str: address
 * @text_len: and its bytes
 */
struct sample_msg_door_echo_reply {
	__u64 text;
	__u64 text_len;
};

ISLE_IDL_STRUCT(sample_msg_door_echo_reply, 16);
ISLE_IDL_FIELD(sample_msg_door_echo_reply, text, 0, 8);
ISLE_IDL_FIELD(sample_msg_door_echo_reply, text_len, 8, 8);

/**
 * struct sample_msg_door_full - what is in door.full, number 1008
 * @words: uint64[31]
 */
struct sample_msg_door_full {
	__u64 words[31];
};

ISLE_IDL_STRUCT(sample_msg_door_full, 248);
ISLE_IDL_FIELD(sample_msg_door_full, words, 0, 248);

/**
 * struct sample_msg_door_full_reply - reply of door.full, number 1009
 * @letters: char[248]
 */
struct sample_msg_door_full_reply {
	char letters[248];
};

ISLE_IDL_STRUCT(sample_msg_door_full_reply, 248);
ISLE_IDL_FIELD(sample_msg_door_full_reply, letters, 0, 248);

/**
 * struct sample_msg_door_note - what is in door.note, number 1010
 * @data: bytes: address
 * @data_len: and its bytes
 * @wide: bool
 * @_pad0: zero
 */
struct sample_msg_door_note {
	__u64 data;
	__u64 data_len;
	__u8 wide;
	__u8 _pad0[7];
};

ISLE_IDL_STRUCT(sample_msg_door_note, 24);
ISLE_IDL_FIELD(sample_msg_door_note, data, 0, 8);
ISLE_IDL_FIELD(sample_msg_door_note, data_len, 8, 8);
ISLE_IDL_FIELD(sample_msg_door_note, wide, 16, 1);

/**
 * struct sample_msg_door_last - what is in door.last, number 1011
 * @key: key
 *
 * The namespace may go on
 */
struct sample_msg_door_last {
	__u64 key;
};

ISLE_IDL_STRUCT(sample_msg_door_last, 8);
ISLE_IDL_FIELD(sample_msg_door_last, key, 0, 8);

/**
 * struct sample_msg_door_last_reply - reply of door.last, number 1012
 * @key: key
 */
struct sample_msg_door_last_reply {
	__u64 key;
};

ISLE_IDL_STRUCT(sample_msg_door_last_reply, 8);
ISLE_IDL_FIELD(sample_msg_door_last_reply, key, 0, 8);

#endif /* _SAMPLE_INTERFACE_H */
