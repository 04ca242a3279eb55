/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made by isle-idl from sample.idl: change that one, not this.
 *
 * sample_call_*() call a server, sample_send_*() send what has no reply, and
 * sample_dispatch_*() give what a server has received to the functions of a table;
 * isle_rpc.h says how they are used.
 */
#ifndef _SAMPLE_STUBS_H
#define _SAMPLE_STUBS_H

#include <errno.h>
#include <string.h>

#include <isle_rpc.h>
#include <sample.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Outside of any namespace
 */
static __inline__ int sample_send_ping(
	const struct isle_transport *_via, __s32 _to)
{
	struct isle_message _m;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_PING;
	return _via->send(_via->handle, _to, &_m);
}

static __inline__ int sample_send_changed(
	const struct isle_transport *_via, __s32 _to,
	__s32 state,
	__u64 key)
{
	struct sample_msg_changed _out;
	struct isle_message _m;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_CHANGED;
	memset(&_out, 0, sizeof(_out));
	_out.state = state;
	_out.key = key;
	memcpy(_m.data, &_out, sizeof(_out));
	return _via->async_send(_via->handle, _to, &_m);
}

/*
 * Everything that there is, in an order that needs gaps.
 */
static __inline__ int sample_call_door_all(
	const struct isle_transport *_via, __s32 _to,
	__u8 flag,
	__s8 small,
	const char *text,
	__s16 medium,
	char letter,
	__u32 large,
	__s64 huge,
	const char *label,
	const __u16 *list,
	__s32 state,
	__s32 side,
	__u8 size,
	__u8 *flag_,
	void *data_, __u64 *data_len_,
	__s32 *list_,
	char *label_,
	__u64 *most_,
	__u8 *small_)
{
	struct sample_msg_door_all _out;
	struct sample_msg_door_all_reply _in;
	struct isle_message _m;
	int _err;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_ALL;
	memset(&_out, 0, sizeof(_out));
	_out.flag = !!flag;
	_out.small = small;
	_out.text = (unsigned long)text;
	_out.text_len = strlen(text) + 1;
	_out.medium = medium;
	_out.letter = letter;
	_out.large = large;
	_out.huge = huge;
	memcpy(_out.label, label, sizeof(_out.label));
	memcpy(_out.list, list, sizeof(_out.list));
	_out.state = state;
	_out.side = side;
	_out.size = size;
	memcpy(_m.data, &_out, sizeof(_out));
	_err = _via->call(_via->handle, _to, &_m, data_, *data_len_);
	if (_err)
		return _err;
	if (_m.type != SAMPLE_MSG_DOOR_ALL_REPLY)
		return isle_rpc_error(_m.type);
	memcpy(&_in, _m.data, sizeof(_in));
	_err = isle_rpc_payload(_in.data, _in.data_len, data_, data_len_, 0);
	if (_err)
		return _err;
	if (flag_)
		*flag_ = !!_in.flag;
	if (list_)
		memcpy(list_, _in.list, sizeof(_in.list));
	if (label_)
		memcpy(label_, _in.label, sizeof(_in.label));
	if (most_)
		*most_ = _in.most;
	if (small_)
		*small_ = _in.small;
	return 0;
}

static __inline__ int sample_call_door_nothing(
	const struct isle_transport *_via, __s32 _to)
{
	struct isle_message _m;
	int _err;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_NOTHING;
	_err = _via->call(_via->handle, _to, &_m, NULL, 0);
	if (_err)
		return _err;
	if (_m.type != SAMPLE_MSG_DOOR_NOTHING_REPLY)
		return isle_rpc_error(_m.type);
	return 0;
}

static __inline__ int sample_call_door_echo(
	const struct isle_transport *_via, __s32 _to,
	const char *text,
	char *text_, __u64 *text_len_)
{
	struct sample_msg_door_echo _out;
	struct sample_msg_door_echo_reply _in;
	struct isle_message _m;
	int _err;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_ECHO;
	memset(&_out, 0, sizeof(_out));
	_out.text = (unsigned long)text;
	_out.text_len = strlen(text) + 1;
	memcpy(_m.data, &_out, sizeof(_out));
	_err = _via->call(_via->handle, _to, &_m, text_, *text_len_);
	if (_err)
		return _err;
	if (_m.type != SAMPLE_MSG_DOOR_ECHO_REPLY)
		return isle_rpc_error(_m.type);
	memcpy(&_in, _m.data, sizeof(_in));
	_err = isle_rpc_payload(_in.text, _in.text_len, text_, text_len_, 1);
	if (_err)
		return _err;
	return 0;
}

static __inline__ int sample_call_door_full(
	const struct isle_transport *_via, __s32 _to,
	const __u64 *words,
	char *letters_)
{
	struct sample_msg_door_full _out;
	struct sample_msg_door_full_reply _in;
	struct isle_message _m;
	int _err;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_FULL;
	memset(&_out, 0, sizeof(_out));
	memcpy(_out.words, words, sizeof(_out.words));
	memcpy(_m.data, &_out, sizeof(_out));
	_err = _via->call(_via->handle, _to, &_m, NULL, 0);
	if (_err)
		return _err;
	if (_m.type != SAMPLE_MSG_DOOR_FULL_REPLY)
		return isle_rpc_error(_m.type);
	memcpy(&_in, _m.data, sizeof(_in));
	if (letters_)
		memcpy(letters_, _in.letters, sizeof(_in.letters));
	return 0;
}

static __inline__ int sample_send_door_note(
	const struct isle_transport *_via, __s32 _to,
	const void *data, __u64 data_len,
	__u8 wide)
{
	struct sample_msg_door_note _out;
	struct isle_message _m;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_NOTE;
	memset(&_out, 0, sizeof(_out));
	_out.data = (unsigned long)data;
	_out.data_len = data_len;
	_out.wide = !!wide;
	memcpy(_m.data, &_out, sizeof(_out));
	return _via->send(_via->handle, _to, &_m);
}

/*
 * The namespace may go on
 */
static __inline__ int sample_call_door_last(
	const struct isle_transport *_via, __s32 _to,
	__u64 key,
	__u64 *key_)
{
	struct sample_msg_door_last _out;
	struct sample_msg_door_last_reply _in;
	struct isle_message _m;
	int _err;

	memset(&_m, 0, sizeof(_m));
	_m.type = SAMPLE_MSG_DOOR_LAST;
	memset(&_out, 0, sizeof(_out));
	_out.key = key;
	memcpy(_m.data, &_out, sizeof(_out));
	_err = _via->call(_via->handle, _to, &_m, NULL, 0);
	if (_err)
		return _err;
	if (_m.type != SAMPLE_MSG_DOOR_LAST_REPLY)
		return isle_rpc_error(_m.type);
	memcpy(&_in, _m.data, sizeof(_in));
	if (key_)
		*key_ = _in.key;
	return 0;
}

struct sample_ops_top {
	int (*ping)(void *arg, __s32 src);
	int (*changed)(void *arg, __s32 src,
		const struct sample_msg_changed *request);
};

static __inline__ int sample_dispatch_top(
	const struct sample_ops_top *_ops, void *_arg, struct isle_message *_m)
{
	switch (_m->type) {
	case SAMPLE_MSG_PING: {
		if (!_ops->ping)
			return 0;
		(void)_ops->ping(_arg, _m->src);
		return 0;
	}
	case SAMPLE_MSG_CHANGED: {
		struct sample_msg_changed _in;

		if (!_ops->changed)
			return 0;
		memcpy(&_in, _m->data, sizeof(_in));
		(void)_ops->changed(_arg, _m->src, &_in);
		return 0;
	}
	}
	return -ENOMSG;
}

struct sample_ops_door {
	int (*all)(void *arg, __s32 src,
		const struct sample_msg_door_all *request,
		struct sample_msg_door_all_reply *reply);
	int (*nothing)(void *arg, __s32 src);
	int (*echo)(void *arg, __s32 src,
		const struct sample_msg_door_echo *request,
		struct sample_msg_door_echo_reply *reply);
	int (*full)(void *arg, __s32 src,
		const struct sample_msg_door_full *request,
		struct sample_msg_door_full_reply *reply);
	int (*note)(void *arg, __s32 src,
		const struct sample_msg_door_note *request);
	int (*last)(void *arg, __s32 src,
		const struct sample_msg_door_last *request,
		struct sample_msg_door_last_reply *reply);
};

static __inline__ int sample_dispatch_door(
	const struct sample_ops_door *_ops, void *_arg, struct isle_message *_m)
{
	int _err;

	switch (_m->type) {
	case SAMPLE_MSG_DOOR_ALL: {
		struct sample_msg_door_all _in;
		struct sample_msg_door_all_reply _out;

		if (!_ops->all)
			return isle_rpc_failed(_m, -EOPNOTSUPP);
		memcpy(&_in, _m->data, sizeof(_in));
		_in.flag = !!_in.flag;
		if (!isle_rpc_is_string(_in.text, _in.text_len))
			return isle_rpc_failed(_m, -EBADMSG);
		memset(&_out, 0, sizeof(_out));
		_err = _ops->all(_arg, _m->src, &_in, &_out);
		if (_err)
			return isle_rpc_failed(_m, _err);
		memset(_m->data, 0, sizeof(_m->data));
		_m->type = SAMPLE_MSG_DOOR_ALL_REPLY;
		memcpy(_m->data, &_out, sizeof(_out));
		return 1;
	}
	case SAMPLE_MSG_DOOR_NOTHING: {
		if (!_ops->nothing)
			return isle_rpc_failed(_m, -EOPNOTSUPP);
		_err = _ops->nothing(_arg, _m->src);
		if (_err)
			return isle_rpc_failed(_m, _err);
		memset(_m->data, 0, sizeof(_m->data));
		_m->type = SAMPLE_MSG_DOOR_NOTHING_REPLY;
		return 1;
	}
	case SAMPLE_MSG_DOOR_ECHO: {
		struct sample_msg_door_echo _in;
		struct sample_msg_door_echo_reply _out;

		if (!_ops->echo)
			return isle_rpc_failed(_m, -EOPNOTSUPP);
		memcpy(&_in, _m->data, sizeof(_in));
		if (!isle_rpc_is_string(_in.text, _in.text_len))
			return isle_rpc_failed(_m, -EBADMSG);
		memset(&_out, 0, sizeof(_out));
		_err = _ops->echo(_arg, _m->src, &_in, &_out);
		if (_err)
			return isle_rpc_failed(_m, _err);
		memset(_m->data, 0, sizeof(_m->data));
		_m->type = SAMPLE_MSG_DOOR_ECHO_REPLY;
		memcpy(_m->data, &_out, sizeof(_out));
		return 1;
	}
	case SAMPLE_MSG_DOOR_FULL: {
		struct sample_msg_door_full _in;
		struct sample_msg_door_full_reply _out;

		if (!_ops->full)
			return isle_rpc_failed(_m, -EOPNOTSUPP);
		memcpy(&_in, _m->data, sizeof(_in));
		memset(&_out, 0, sizeof(_out));
		_err = _ops->full(_arg, _m->src, &_in, &_out);
		if (_err)
			return isle_rpc_failed(_m, _err);
		memset(_m->data, 0, sizeof(_m->data));
		_m->type = SAMPLE_MSG_DOOR_FULL_REPLY;
		memcpy(_m->data, &_out, sizeof(_out));
		return 1;
	}
	case SAMPLE_MSG_DOOR_NOTE: {
		struct sample_msg_door_note _in;

		if (!_ops->note)
			return 0;
		memcpy(&_in, _m->data, sizeof(_in));
		_in.wide = !!_in.wide;
		(void)_ops->note(_arg, _m->src, &_in);
		return 0;
	}
	case SAMPLE_MSG_DOOR_LAST: {
		struct sample_msg_door_last _in;
		struct sample_msg_door_last_reply _out;

		if (!_ops->last)
			return isle_rpc_failed(_m, -EOPNOTSUPP);
		memcpy(&_in, _m->data, sizeof(_in));
		memset(&_out, 0, sizeof(_out));
		_err = _ops->last(_arg, _m->src, &_in, &_out);
		if (_err)
			return isle_rpc_failed(_m, _err);
		memset(_m->data, 0, sizeof(_m->data));
		_m->type = SAMPLE_MSG_DOOR_LAST_REPLY;
		memcpy(_m->data, &_out, sizeof(_out));
		return 1;
	}
	}
	return -ENOMSG;
}

#ifdef __cplusplus
}
#endif

#endif /* _SAMPLE_STUBS_H */
