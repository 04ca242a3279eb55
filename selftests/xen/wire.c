// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of the store's wire protocol on /dev/xen/xenbus: what a library does
 * not let through.
 */
#include "store.h"

#include <xen/io/xs_wire.h>

static int bus;
static uint32_t request;

static ssize_t ask_in(uint32_t tx, uint32_t type, const void *data, uint32_t len)
{
	char buf[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg msg = {
		.type = type, .req_id = ++request, .tx_id = tx, .len = len,
	};

	memcpy(buf, &msg, sizeof(msg));
	memcpy(buf + sizeof(msg), data, len);
	return write(bus, buf, sizeof(msg) + len);
}

static bool get(void *data, size_t len)
{
	char *p = data;

	while (len) {
		ssize_t ret;

		if (!readable(bus, PATIENCE_MS))
			return false;
		ret = read(bus, p, len);
		if (ret <= 0)
			return false;
		p += ret;
		len -= ret;
	}
	return true;
}

/* What comes: an answer, and before it the events that came before it */
static void answer(const char *step)
{
	char data[XENSTORE_PAYLOAD_MAX], events[256] = "";
	struct xsd_sockmsg msg;

	for (;;) {
		if (!get(&msg, sizeof(msg)) || msg.len > sizeof(data) ||
		    !get(data, msg.len)) {
			say(step, "%sno answer", events);
			return;
		}
		if (msg.type != XS_WATCH_EVENT)
			break;
		snprintf(events + strlen(events), sizeof(events) - strlen(events),
			 "event '%s', then ", neat(data, msg.len));
	}
	if (msg.type == XS_ERROR)
		say(step, "%serror %s, same request %d", events,
		    neat(data, msg.len), msg.req_id == request);
	else
		say(step, "%stype %u, same request %d, transaction %s, '%s'", events,
		    msg.type, msg.req_id == request, msg.tx_id ? "yes" : "no",
		    neat(data, msg.len));
}

/* A list begins with how often the store has changed */
static void answer_part(const char *step)
{
	char data[XENSTORE_PAYLOAD_MAX], *end;
	struct xsd_sockmsg msg;

	if (!get(&msg, sizeof(msg)) || msg.len > sizeof(data) ||
	    !get(data, msg.len)) {
		say(step, "no answer");
		return;
	}
	strtoull(data, &end, 10);
	say(step, "type %u, a number and '%s'", msg.type,
	    neat(end, data + msg.len - end));
}

static void ask(const char *step, uint32_t type, const void *data, uint32_t len)
{
	ssize_t ret = ask_in(0, type, data, len);

	if (ret < 0)
		say(step, "write: %s", error_name(errno));
	else
		answer(step);
}

#define ASK(step, type, literal) ask(step, type, literal, sizeof(literal) - 1)

/* An answer and an event, which Linux's driver may give in either order */
static void answer_and_event(const char *step)
{
	char data[XENSTORE_PAYLOAD_MAX], event[64] = "no event";
	struct xsd_sockmsg msg;
	unsigned int type = 0, i;

	for (i = 0; i < 2; i++) {
		if (!get(&msg, sizeof(msg)) || msg.len > sizeof(data) ||
		    !get(data, msg.len))
			break;
		if (msg.type == XS_WATCH_EVENT)
			snprintf(event, sizeof(event), "event '%s'", neat(data, msg.len));
		else
			type = msg.type;
	}
	say(step, "type %u, %s", type, event);
}

/* "\000" where a digit follows */
static void requests(void)
{
	ASK("write", XS_WRITE, "data/k\0value");
	ASK("read", XS_READ, "data/k\0");
	ASK("read without the end", XS_READ, "data/k");
	ASK("read of nothing", XS_READ, "");
	ASK("read of two", XS_READ, "data/k\0data/k\0");
	ASK("write without a value", XS_WRITE, "data/k\0");
	ASK("read that", XS_READ, "data/k\0");
	ASK("write without an end", XS_WRITE, "data/k");
	ASK("list", XS_DIRECTORY, "data\0");
	ASK("mkdir", XS_MKDIR, "data/k/d\0");
	ASK("mkdir with more", XS_MKDIR, "data/k/d\0more");
	ASK("permissions", XS_GET_PERMS, "data/nothing\0");
	ASK("set permissions, nonsense", XS_SET_PERMS, "data/k\0x1\0");
	ASK("set permissions, no number", XS_SET_PERMS, "data/k\0n\0");
	ASK("set permissions, huge number", XS_SET_PERMS, "data/k\0n99999999999\0");
	ASK("set permissions, no end", XS_SET_PERMS, "data/k\0n1");
	ASK("watch without a token", XS_WATCH, "data/k\0");
	ASK("unwatch nothing", XS_UNWATCH, "data/k\0a\0");
	/* not the end of no transaction: Linux's own driver drops the answer */
	ASK("transaction end, nonsense", XS_TRANSACTION_END, "X\0");
	ASK("domain path of no number", XS_GET_DOMAIN_PATH, "x\0");
	ASK("domain path of nothing", XS_GET_DOMAIN_PATH, "");
	ASK("domain path", XS_GET_DOMAIN_PATH, "0\0");
	ASK("introduced, no number", XS_IS_DOMAIN_INTRODUCED, "x\0");
	ASK("introduced, domain 0", XS_IS_DOMAIN_INTRODUCED, "0\0");
	ask_in(0, XS_DIRECTORY_PART, "data\0000", 7);
	answer_part("part of a list");
	ask_in(0, XS_DIRECTORY_PART, "data\0004000", 10);
	answer_part("part of a list, behind it");
	ASK("part of a list, no offset", XS_DIRECTORY_PART, "data\0");
	ASK("control", XS_CONTROL, "help\0");
	ASK("introduce", XS_INTRODUCE, "1\0001\0001\0");
	ASK("release", XS_RELEASE, "1\0");
	ASK("resume", XS_RESUME, "1\0");
	ASK("set target", XS_SET_TARGET, "1\0002\0");
	ASK("reset watches", XS_RESET_WATCHES, "\0");
	ASK("an event", XS_WATCH_EVENT, "a\0b\0");
	ASK("an error", XS_ERROR, "EIO\0");
	ASK("restrict", 128, "1\0");
	ASK("unknown", 200, "x\0");
	ASK("remove", XS_RM, "data/k\0");
}

static void transactions(void)
{
	char data[64] = { 0 };
	struct xsd_sockmsg msg = { 0 };
	uint32_t tx;

	ask_in(0, XS_TRANSACTION_START, "", 1);
	if (!get(&msg, sizeof(msg)) || msg.len > sizeof(data) ||
	    !get(data, msg.len) || msg.type != XS_TRANSACTION_START) {
		say("start", "type %u, %s", msg.type, neat(data, msg.len));
		return;
	}
	tx = strtoul(data, NULL, 10);
	say("start", "%s", tx ? "a number" : "0");
	ask_in(tx, XS_WRITE, "data/k\0x", 8);
	answer("write in it");
	ask_in(tx, XS_TRANSACTION_START, "", 1);
	answer("start in it");
	ask_in(tx, XS_WATCH, "data/k\0t", 9);
	answer_and_event("watch in it");
	ask_in(tx, XS_GET_DOMAIN_PATH, "0", 2);
	answer("domain path in it");
	ask_in(tx, XS_TRANSACTION_END, "X", 2);
	answer("end with nonsense");
	ask_in(tx, XS_TRANSACTION_END, "F", 2);
	answer("abort");
	ask_in(tx, XS_READ, "data/k", 7);
	answer("read after it");
	ask_in(0, XS_UNWATCH, "data/k\0t", 9);
	answer("unwatch");
	ask_in(0, XS_TRANSACTION_START, "", 0);
	answer_part("start without a byte");
}

/* The file: parts of messages, several at once, too long ones */
static void file(void)
{
	struct xsd_sockmsg msg = { .type = XS_READ, .req_id = 5, .len = 6 };
	char buf[128], got[4];
	struct pollfd pfd = { .fd = bus, .events = POLLIN | POLLOUT };

	request = 5;
	poll(&pfd, 1, 0);
	say("poll, idle", "%#x", pfd.revents);
	fcntl(bus, F_SETFL, O_NONBLOCK);
	said("read, nothing there", read(bus, got, 4));
	memcpy(buf, &msg, sizeof(msg));
	memcpy(buf + sizeof(msg), "domid", 6);
	said("write half a head", write(bus, buf, 8));
	said("write the rest of it", write(bus, buf + 8, 8));
	said("write half a request", write(bus, buf + 16, 3));
	say("no answer yet", "%d", readable(bus, 0));
	said("write the rest", write(bus, buf + 19, 3));
	say("answer", "%d", readable(bus, PATIENCE_MS));
	poll(&pfd, 1, 0);
	say("poll, answered", "%#x", pfd.revents);
	said("read 4", read(bus, got, 4));
	say("its type", "%u", got[0]);
	/* not 0 bytes: Linux's own driver never returns from that */
	said("read the rest of the head", read(bus, buf, 12));
	said("read the number", read(bus, buf, 100) > 0 ? 0 : -1);
	said("seek", lseek(bus, 0, SEEK_SET));
	said("ioctl", ioctl(bus, _IO('Q', 1)));
	fcntl(bus, F_SETFL, 0);
	msg.len = XENSTORE_PAYLOAD_MAX + 1;
	memcpy(buf, &msg, sizeof(msg));
	memset(buf + sizeof(msg), 'x', 100);
	said("a request that is too long", write(bus, buf, sizeof(buf)));
	said("write from nowhere", write(bus, nowhere, 16));
	close(bus);
	bus = open_as(&A, "xenbus", 0);
	ASK("a new file", XS_READ, "data/k\0");
}

int main(int argc, char **argv)
{
	parties(argc, argv);
	bus = open_as(&A, "xenbus", 0);
	requests();
	transactions();
	file();
	return 0;
}
