/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transcripts: what is said about the store
 */
#ifndef ISLE_XEN_STORE_H
#define ISLE_XEN_STORE_H

#include "transcript.h"

/* The party whose number @domid is; the store speaks of dom0, too */
static inline const char *party_name(unsigned int domid)
{
	if (domid == A.domid)
		return "A";
	if (domid == B.domid)
		return "B";
	return domid ? "?" : "0";
}

/* Bytes as text, with names instead of the numbers of domains */
static inline const char *neat(const void *data, unsigned int len)
{
	static char text[8192];
	static const char mark[] = "/domain/";
	const char *p = data;
	size_t at = 0;
	unsigned int i = 0;

	while (i < len && at < sizeof(text) - 300) {
		unsigned char c = p[i++];

		if (c == 0)
			at += sprintf(text + at, "\\0");
		else if (c < ' ' || c > '~')
			at += sprintf(text + at, "\\x%02x", c);
		else
			text[at++] = c;
		text[at] = 0;
		if (at >= strlen(mark) && i < len && p[i] >= '0' && p[i] <= '9' &&
		    strcmp(text + at - strlen(mark), mark) == 0) {
			unsigned int domid = 0;

			while (i < len && p[i] >= '0' && p[i] <= '9')
				domid = domid * 10 + (p[i++] - '0');
			if (domid == NOBODY)
				at += sprintf(text + at, "NOBODY");
			else
				at += sprintf(text + at, "%s", party_name(domid));
		}
	}
	text[at] = 0;
	if (len > 100)
		sprintf(text + 60, "... %u bytes", len);
	return text;
}

static inline void said_read(const char *step, struct xs_handle *xs,
			     xs_transaction_t t, const char *path)
{
	unsigned int len = 0;
	char *value = xs_read(xs, t, path, &len);

	if (value)
		say(step, "'%s'", neat(value, len));
	else
		say(step, "%s", error_name(errno));
	free(value);
}

static inline bool said_write(const char *step, struct xs_handle *xs,
			      xs_transaction_t t, const char *path,
			      const char *value)
{
	return said_ok(step, xs_write(xs, t, path, value, strlen(value)));
}

static inline void said_directory(const char *step, struct xs_handle *xs,
				  xs_transaction_t t, const char *path)
{
	unsigned int n = 0, i;
	char **names = xs_directory(xs, t, path, &n);
	char text[512] = "";

	if (!names) {
		say(step, "%s", error_name(errno));
		return;
	}
	for (i = 0; i < n && strlen(text) < 400; i++) {
		char *end;
		unsigned int domid = strtoul(names[i], &end, 10);

		/* a number is a domain's */
		sprintf(text + strlen(text), " %.60s",
			*end ? names[i] : party_name(domid));
	}
	say(step, "%u:%s", n, text);
	free(names);
}

static inline void said_permissions(const char *step, struct xs_handle *xs,
				    const char *path)
{
	static const char *const letter[] = { "n", "r", "w", "b" };
	unsigned int n = 0, i;
	struct xs_permissions *perms;
	char text[256] = "";

	perms = xs_get_permissions(xs, XBT_NULL, path, &n);
	if (!perms) {
		say(step, "%s", error_name(errno));
		return;
	}
	for (i = 0; i < n && i < 20; i++)
		sprintf(text + strlen(text), " %s%s",
			letter[perms[i].perms & 3], party_name(perms[i].id));
	say(step, "%u:%s", n, text);
	free(perms);
}

/* The next event, which has to come; more: whether another one is there then */
static inline void said_event(const char *step, struct xs_handle *xs)
{
	unsigned int n;
	char **event;

	if (!readable(xs_fileno(xs), PATIENCE_MS)) {
		say(step, "no event");
		return;
	}
	event = xs_read_watch(xs, &n);
	if (!event) {
		say(step, "%s", error_name(errno));
		return;
	}
	say(step, "%s, token %s", neat(event[XS_WATCH_PATH],
				       strlen(event[XS_WATCH_PATH])),
	    event[XS_WATCH_TOKEN]);
	free(event);
}

/*
 * All events up to that of a write to @last, which the caller watches with the
 * token "last": a reader cannot know that none is coming.
 */
static inline void said_events(const char *step, struct xs_handle *xs,
			       const char *last)
{
	char text[1024] = "";
	unsigned int n;
	char **event;

	xs_write(xs, XBT_NULL, last, "x", 1);
	for (;;) {
		if (!readable(xs_fileno(xs), PATIENCE_MS)) {
			strcat(text, " (the last one is missing)");
			break;
		}
		event = xs_read_watch(xs, &n);
		if (!event || strcmp(event[XS_WATCH_TOKEN], "last") == 0) {
			free(event);
			break;
		}
		if (strlen(text) < sizeof(text) - 200)
			sprintf(text + strlen(text), " [%.100s %.20s]",
				neat(event[XS_WATCH_PATH],
				     strlen(event[XS_WATCH_PATH])),
				event[XS_WATCH_TOKEN]);
		free(event);
	}
	say(step, "%s", *text ? text + 1 : "none");
}

#endif /* ISLE_XEN_STORE_H */
