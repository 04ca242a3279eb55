// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of event channels: /dev/xen/evtchn, through libxenevtchn and, where
 * that does not let wrong things through, without it.
 */
#include <xenevtchn.h>
#include <xen/sys/evtchn.h>

#include "transcript.h"

static int unbound(int fd, unsigned int domid)
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = domid };

	return ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

static int interdomain(int fd, unsigned int domid, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain arg = {
		.remote_domain = domid, .remote_port = port,
	};

	return ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

static int virq(int fd, unsigned int number)
{
	struct ioctl_evtchn_bind_virq arg = { .virq = number };

	return ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, &arg);
}

static int unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind arg = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_UNBIND, &arg);
}

static int notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify arg = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_NOTIFY, &arg);
}

static int restricted(int fd, unsigned int domid)
{
	struct ioctl_evtchn_restrict_domid arg = { .domid = domid };

	return ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &arg);
}

/* Ports that are pending, by the names they have here */
static void events(const char *step, int fd, const uint32_t *ports, int n)
{
	uint32_t got[16];
	char text[128] = "";
	ssize_t len;
	int i, j;

	len = read(fd, got, sizeof(got));
	if (len < 0) {
		say(step, "%s", error_name(errno));
		return;
	}
	for (i = 0; i < len / 4; i++) {
		for (j = 0; j < n && ports[j] != got[i]; j++)
			;
		sprintf(text + strlen(text), " %s%d", j < n ? "p" : "unknown",
			j < n ? j : 0);
	}
	say(step, "%zd bytes%s", len, text);
}

static ssize_t unmask(int fd, uint32_t port)
{
	return write(fd, &port, sizeof(port));
}

static void pairs(void)
{
	int a = open_as(&A, "evtchn", O_NONBLOCK);
	int b = open_as(&B, "evtchn", O_NONBLOCK);
	struct pollfd pfd = { .fd = b, .events = POLLIN | POLLOUT };
	uint32_t pa[1], pb[1];
	int other;

	said_some("allocate", pa[0] = unbound(a, B.domid));
	events("nothing yet", a, pa, 1);
	said("notify while unbound", notify(a, pa[0]));
	said_some("bind", pb[0] = interdomain(b, A.domid, pa[0]));
	say("binding makes pending", "%d", readable(b, PATIENCE_MS));
	events("that event", b, pb, 1);
	events("not for the other side", a, pa, 1);
	events("only once", b, pb, 1);
	said("bind what is bound", interdomain(b, A.domid, pa[0]));

	said("notify", notify(a, pa[0]));
	events("masked until it is unmasked", b, pb, 1);
	said("unmask", unmask(b, pb[0]));
	say("pending after unmasking", "%d", readable(b, PATIENCE_MS));
	events("the event held back", b, pb, 1);
	unmask(b, pb[0]);
	events("no event is left", b, pb, 1);
	said("notify 1", notify(a, pa[0]));
	said("notify 2", notify(a, pa[0]));
	say("pending", "%d", readable(b, PATIENCE_MS));
	events("event 1", b, pb, 1);
	unmask(b, pb[0]);
	say("the second one was held back", "%d", readable(b, PATIENCE_MS));
	events("event 2", b, pb, 1);
	said("notify 3", notify(a, pa[0]));
	said("notify 4", notify(a, pa[0]));
	unmask(b, pb[0]);
	say("pending, once for both", "%d", readable(b, PATIENCE_MS));
	events("event 3", b, pb, 1);
	unmask(b, pb[0]);
	events("no event 4", b, pb, 1);
	said("the other way", notify(b, pb[0]));
	say("the other way, pending", "%d", readable(a, PATIENCE_MS));
	events("the other way, event", a, pa, 1);
	unmask(a, pa[0]);
	poll(&pfd, 1, 0);
	say("poll, idle", "%#x", pfd.revents);
	notify(a, pa[0]);
	readable(b, PATIENCE_MS);
	poll(&pfd, 1, 0);
	say("poll, pending", "%#x", pfd.revents);
	events("poll, event", b, pb, 1);
	unmask(b, pb[0]);

	other = open_as(&B, "evtchn", 0);
	said("notify a port of another file", notify(other, pb[0]));
	said("unbind a port of another file", unbind(other, pb[0]));
	close(other);
	said("unbind", unbind(b, pb[0]));
	said("unbind twice", unbind(b, pb[0]));
	said("notify what was unbound", notify(b, pb[0]));
	said("notify without a peer", notify(a, pa[0]));
	said_some("bind again", pb[0] = interdomain(b, A.domid, pa[0]));
	say("bind again, pending", "%d", readable(b, PATIENCE_MS));
	events("bind again, event", b, pb, 1);
	said("the peer closes", close(b));
	said("notify after that", notify(a, pa[0]));
	b = open_as(&B, "evtchn", O_NONBLOCK);
	said_some("a new file binds", pb[0] = interdomain(b, A.domid, pa[0]));
	said("the listener closes", close(a));
	said("notify a dead peer", notify(b, pb[0]));
	said("bind to a dead port", interdomain(b, A.domid, pa[0]));
	close(b);
}

static void wrong(void)
{
	int a = open_as(&A, "evtchn", O_NONBLOCK);
	uint32_t some[1], ports[3] = { 0xfffffff0, 0, 1 };
	char junk[3] = { 0 };
	int port;

	said_some("allocate for nobody", port = unbound(a, NOBODY));
	said("bind to nobody", interdomain(a, NOBODY, 1));
	said_some("allocate for self", some[0] = unbound(a, 0x7ff0));
	if (port > 0)
		said("bind to a port for somebody else",
		     interdomain(a, A.domid, port));
	said("bind to port 0", interdomain(a, A.domid, 0));
	said("bind to a port out of range", interdomain(a, A.domid, 0x7fffffff));
	said("bind to port -1", interdomain(a, A.domid, ~0u));
	said("bind to a reserved domain", interdomain(a, 0x7ff4, 1));
	said("domain number of 32 bits", interdomain(a, 0x10000 + A.domid, 1));
	said("notify port 0", notify(a, 0));
	said("notify out of range", notify(a, ~0u));
	said("unbind port 0", unbind(a, 0));
	said("unbind out of range", unbind(a, ~0u));
	said("timer as virtual interrupt", virq(a, 0) < 0 ? -1 : 0);
	said("virtual interrupt out of range", virq(a, 1000));
	said("bad pointer", ioctl(a, IOCTL_EVTCHN_BIND_UNBOUND_PORT, nowhere));
	said("unknown command", ioctl(a, _IOC(_IOC_NONE, 'E', 99, 4), junk));
	said("foreign command", ioctl(a, _IO('Q', 1), junk));
	said("read 0", read(a, junk, 0));
	said("read 3", read(a, junk, 3));
	said("read, nothing there", read(a, some, 4));
	said("write 0", write(a, junk, 0));
	said("write 3", write(a, junk, 3));
	said("write ports that are not bound", write(a, ports, sizeof(ports)));
	said("write from nowhere", write(a, nowhere, 4));
	said("seek", lseek(a, 0, SEEK_SET));
	close(a);
}

/* Many ports on a file, in what order they come, a read that is too short */
static void many(void)
{
	int a = open_as(&A, "evtchn", O_NONBLOCK);
	int b = open_as(&B, "evtchn", O_NONBLOCK);
	uint32_t pa[8], pb[8], one[1];
	int i, order[8] = { 3, 1, 7, 0, 2, 6, 5, 4 };

	for (i = 0; i < 8; i++) {
		pa[i] = unbound(a, B.domid);
		pb[i] = interdomain(b, A.domid, pa[i]);
		readable(b, PATIENCE_MS);
		read(b, one, 4);
		unmask(b, one[0]);
	}
	for (i = 0; i < 8; i++) {
		notify(a, pa[order[i]]);
		nap(2);
	}
	said("read two and a half", read(b, one, 4) == 4 ? one[0] == pb[3] : -1);
	events("the others, as they came", b, pb, 8);
	said("reset", ioctl(b, IOCTL_EVTCHN_RESET, 0));
	said("unmask all", write(b, pb, sizeof(pb)));
	for (i = 0; i < 4; i++)
		notify(a, pa[i]);
	readable(b, PATIENCE_MS);
	said("reset with events pending", ioctl(b, IOCTL_EVTCHN_RESET, 0));
	events("nothing after reset", b, pb, 8);
	said("unmask after reset", write(b, pb, sizeof(pb)));
	notify(a, pa[5]);
	say("pending after reset", "%d", readable(b, PATIENCE_MS));
	events("event after reset", b, pb, 8);
	notify(a, pa[6]);
	nap(2);
	unbind(b, pb[6]);
	events("unbound with an event pending", b, pb, 8);
	close(a);
	close(b);
}

static void restrictions(void)
{
	int a = open_as(&A, "evtchn", O_NONBLOCK);
	int b = open_as(&B, "evtchn", O_NONBLOCK);
	uint32_t port;

	said("restrict to domain 0", restricted(b, 0));
	said("restrict to a reserved one", restricted(b, 0x7ff0));
	said("restrict to nobody", restricted(a, NOBODY));
	said("restricted, allocate for A", unbound(a, A.domid));
	said("restricted, bind to A", interdomain(a, A.domid, 1));
	said("restricted, virtual interrupt", virq(a, 0));
	said("restrict again", restricted(a, NOBODY));
	close(a);
	a = open_as(&A, "evtchn", O_NONBLOCK);
	said("restrict to B", restricted(a, B.domid));
	said("restrict to B again", restricted(a, B.domid));
	said_some("allocate for B", port = unbound(a, B.domid));
	said_some("bind to it", interdomain(b, A.domid, port));
	said("notify", notify(a, port));
	close(a);
	close(b);
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

/* Sleeping readers, and SIGIO */
static void waiting(void)
{
	int a = open_as(&A, "evtchn", 0), b = open_as(&B, "evtchn", 0);
	uint32_t pa, pb, got = 0;
	pid_t pid;
	int status;

	pa = unbound(a, B.domid);
	pb = interdomain(b, A.domid, pa);
	read(b, &got, 4);
	unmask(b, pb);
	pid = fork();
	if (pid == 0) {
		alarm(PATIENCE_MS / 1000);
		got = 0;
		_exit(read(b, &got, 4) == 4 && got == pb ? 0 : 1);
	}
	nap(20);
	notify(a, pa);
	waitpid(pid, &status, 0);
	say("a sleeping reader wakes", "%#x", status);
	unmask(b, pb);
	pid = fork();
	if (pid == 0) {
		read(b, &got, 4);
		_exit(1);
	}
	nap(20);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	say("a sleeping reader dies", "%#x", status);
	signal(SIGIO, count);
	fcntl(b, F_SETOWN, getpid());
	fcntl(b, F_SETFL, O_ASYNC);
	notify(a, pa);
	say("SIGIO", "%d", eventually(signals));
	close(a);
	close(b);
}

static void library(void)
{
	xenevtchn_handle *a, *b;
	xenevtchn_port_or_error_t pa, pb;

	as(&A);
	a = xenevtchn_open(NULL, 0);
	as(&B);
	b = xenevtchn_open(NULL, 0);
	if (!a || !b)
		give_up("xenevtchn_open");
	said_some("bind_unbound_port", pa = xenevtchn_bind_unbound_port(a, B.domid));
	said_some("bind_interdomain", pb = xenevtchn_bind_interdomain(b, A.domid, pa));
	say("pending is it", "%d", xenevtchn_pending(b) == pb);
	said("unmask by the library", xenevtchn_unmask(b, pb));
	said("notify by the library", xenevtchn_notify(a, pa));
	say("fd is readable", "%d", readable(xenevtchn_fd(b), PATIENCE_MS));
	say("pending is it again", "%d", xenevtchn_pending(b) == pb);
	said("unbind by the library", xenevtchn_unbind(b, pb));
	said("restrict by the library", xenevtchn_restrict(a, B.domid));
	said("bind_virq", xenevtchn_bind_virq(a, 0));
	said("close", xenevtchn_close(a));
	xenevtchn_close(b);
}

int main(int argc, char **argv)
{
	parties(argc, argv);
	pairs();
	wrong();
	many();
	restrictions();
	waiting();
	library();
	return 0;
}
