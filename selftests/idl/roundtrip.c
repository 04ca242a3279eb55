// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every kind of field through generated client and server, over
 * a transport that is a function call.  Compiles as C90 and as C++.
 */
#include <stdio.h>

#include <sample-stubs.h>

#define CHECK(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "line %d: %s\n", __LINE__, #cond);	\
		__builtin_exit(1);					\
	}								\
} while (0)

/* Where a test changes what the other side sees */
static void (*tamper)(struct isle_message *m);
static int seen;

static int all(void *arg, __s32 src, const struct sample_msg_door_all *in,
	       struct sample_msg_door_all_reply *out)
{
	static char data[5] = { 'd', 'a', 0, 't', 'a' };

	CHECK(arg == &seen && src == 7);
	CHECK(in->flag == 1 && in->small == -2 && in->medium == -300 && in->letter == 'x');
	CHECK(in->large == 4000000000U && in->huge == -5);
	CHECK(!strcmp((const char *)(unsigned long)in->text, "text") && in->text_len == 5);
	CHECK(!memcmp(in->label, "0123456789abcdef", 16));
	CHECK(in->list[0] == 1 && in->list[1] == 2 && in->list[2] == 65535);
	CHECK(in->state == SAMPLE_STATE_LEAST && in->side == SAMPLE_DOOR_SIDE_RIGHT);
	CHECK(in->size == 255);
	out->flag = 7;
	out->data = (unsigned long)data;
	out->data_len = sizeof(data);
	out->list[0] = -1;
	out->list[1] = 1;
	memcpy(out->label, in->label, sizeof(out->label));
	out->most = SAMPLE_MOST;
	out->small = 200;
	return 0;
}

static int nothing(void *arg, __s32 src)
{
	(void)arg;
	(void)src;
	seen++;
	return seen == 1 ? 0 : -EDQUOT;
}

static int echo(void *arg, __s32 src, const struct sample_msg_door_echo *in,
		struct sample_msg_door_echo_reply *out)
{
	(void)arg;
	(void)src;
	out->text = in->text;
	out->text_len = in->text_len;
	return 0;
}

static int full(void *arg, __s32 src, const struct sample_msg_door_full *in,
		struct sample_msg_door_full_reply *out)
{
	(void)arg;
	(void)src;
	memcpy(out->letters, in->words, sizeof(out->letters));
	return 0;
}

static int note(void *arg, __s32 src, const struct sample_msg_door_note *in)
{
	(void)arg;
	(void)src;
	CHECK(in->wide == 1);
	seen += (int)in->data_len;
	return 0;
}

static int changed(void *arg, __s32 src, const struct sample_msg_changed *in)
{
	(void)arg;
	(void)src;
	CHECK(in->key == 0x123456789abcdefULL && in->state == SAMPLE_STATE_AJAR);
	seen++;
	return 0;
}

static int call(void *handle, __s32 to, struct isle_message *m, void *buffer, size_t size)
{
	struct sample_ops_door ops;
	int rc;

	(void)buffer;
	(void)size;
	CHECK(to == 3);
	memset(&ops, 0, sizeof(ops));
	ops.all = all;
	ops.nothing = nothing;
	ops.echo = echo;
	ops.full = full;
	m->src = 7;
	rc = sample_dispatch_door(&ops, handle, m);
	if (rc == -ENOMSG)
		return rc;
	CHECK(rc == 1);
	if (tamper)
		tamper(m);
	return 0;
}

static int send_it(void *handle, __s32 to, const struct isle_message *m)
{
	struct isle_message copy = *m;
	struct sample_ops_door ops;
	struct sample_ops_top top;

	CHECK(to == 3);
	memset(&ops, 0, sizeof(ops));
	memset(&top, 0, sizeof(top));
	ops.note = note;
	top.changed = changed;
	if (!sample_dispatch_door(&ops, handle, &copy))
		return 0;
	return sample_dispatch_top(&top, handle, &copy);
}

static void other_type(struct isle_message *m)
{
	m->type = SAMPLE_MSG_DOOR_NOTHING_REPLY;
}

static void no_string(struct isle_message *m)
{
	m->payload.length--;
}

static void not_the_end(struct isle_message *m)
{
	m->payload.length++;
}

static void no_bits(struct isle_message *m)
{
	m->type &= 0xffff;
}

int main(void)
{
	struct isle_transport via;
	char label[16], text[32] = "", letters[248];
	__u16 list[3] = { 1, 2, 65535 };
	__u64 words[31], most, len = sizeof(text);
	struct isle_message m;
	__s32 pair[2];
	__u8 flag, small;

	memset(&via, 0, sizeof(via));
	via.handle = &seen;
	via.call = call;
	via.send = send_it;
	via.async_send = send_it;

	CHECK(sample_call_door_all(&via, 3, 9, -2, "text", -300, 'x', 4000000000U, -5,
				   "0123456789abcdef", list, SAMPLE_STATE_LEAST,
				   SAMPLE_DOOR_SIDE_RIGHT, 255, &flag, text, &len, pair, label,
				   &most, &small) == 0);
	CHECK(flag == 1 && len == 5 && !memcmp(text, "da\0ta", 5) && pair[0] == -1 && pair[1] == 1);
	CHECK(!memcmp(label, "0123456789abcdef", 16) && most == SAMPLE_MOST && small == 200);
	/* What is not wanted */
	len = sizeof(text);
	CHECK(sample_call_door_all(&via, 3, 9, -2, "text", -300, 'x', 4000000000U, -5,
				   "0123456789abcdef", list, SAMPLE_STATE_LEAST,
				   SAMPLE_DOOR_SIDE_RIGHT, 255, NULL, text, &len, NULL, NULL,
				   NULL, NULL) == 0);

	CHECK(sample_call_door_nothing(&via, 3) == 0);
	/* An error without a number of its own becomes the general one */
	CHECK(sample_call_door_nothing(&via, 3) == -EOPNOTSUPP);
	/* A server that has no such function */
	CHECK(sample_call_door_last(&via, 3, 1, &most) == -EOPNOTSUPP);

	len = sizeof(text);
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == 0);
	CHECK(len == 6 && !strcmp(text, "hello"));
	len = 5;
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == -EMSGSIZE);
	len = sizeof(text);
	tamper = other_type;
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == -EBADMSG);
	tamper = no_string;
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == -EBADMSG);
	tamper = not_the_end;
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == -EBADMSG);
	tamper = no_bits;
	CHECK(sample_call_door_echo(&via, 3, "hello", text, &len) == -EBADMSG);
	tamper = NULL;

	memset(words, 'w', sizeof(words));
	CHECK(sample_call_door_full(&via, 3, words, letters) == 0);
	CHECK(letters[0] == 'w' && !memcmp(letters, words, sizeof(letters)));

	seen = 0;
	CHECK(sample_send_door_note(&via, 3, "12345", 5, 1) == 0 && seen == 5);
	CHECK(sample_send_changed(&via, 3, SAMPLE_STATE_AJAR, 0x123456789abcdefULL) == 0);
	CHECK(seen == 6);
	/* A function that is not there, of what has no reply */
	CHECK(sample_send_ping(&via, 3) == 0);

	/* A type that claims to have no string, and one of no message */
	memset(&m, 0, sizeof(m));
	m.type = SAMPLE_MSG_DOOR_ECHO & 0xffff;
	CHECK(call(&seen, 3, &m, NULL, 0) == -ENOMSG);
	m.type = 0;
	CHECK(call(&seen, 3, &m, NULL, 0) == -ENOMSG);
	m.type = SAMPLE_MSG_DOOR_ECHO;
	CHECK(call(&seen, 3, &m, NULL, 0) == 0 && m.type == ISLE_ERROR_NOT_ACCEPTABLE);
	return 0;
}
