// SPDX-License-Identifier: GPL-2.0
/*
 * Adverts: how the client of a channel finds the server, in the store, where
 * every implementation of vchan looks:
 *
 *	/local/domain/SERVER/data/vchan/CLIENT/PORT/ring-ref
 *	/local/domain/SERVER/data/vchan/CLIENT/PORT/event-channel
 *
 * Both are decimal numbers.  They are written one after the other, ring-ref
 * last, and read one after the other: a reader that joins what it has found
 * looks once more afterwards.
 *
 * Nothing is kept here.  The store's own locks are all there are.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <isle/vchan.h>

#include "channel/advert.h"
#include "core/domain.h"
#include "core/name.h"
#include "share/store.h"

#define REF	"/ring-ref"
#define PORT	"/event-channel"

/* The longest path, with its end */
#define PATH_SIZE	(sizeof("/local/domain/65535/data/vchan/65535/" PORT) + \
			 ISLE_VCHAN_PORT_SIZE)

static void make_path(char path[PATH_SIZE], u32 server, u32 client,
		      const char *name, const char *leaf)
{
	snprintf(path, PATH_SIZE, "/local/domain/%u/data/vchan/%u/%s%s",
		 server, client, name, leaf);
}

/**
 * isle_advert_name_valid() - whether a port can have a name
 * @name: ISLE_VCHAN_PORT_SIZE bytes
 *
 * Return: true if it can.
 */
bool isle_advert_name_valid(const char *name)
{
	size_t len = strnlen(name, ISLE_VCHAN_PORT_SIZE);
	size_t i;

	if (!len || len == ISLE_VCHAN_PORT_SIZE)
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) ||
		    !(isalnum(name[i]) || name[i] == '_' || name[i] == '-'))
			return false;
	return isle_is_zero(name + len, ISLE_VCHAN_PORT_SIZE - len);
}

static int publish(struct isle_domain *server, u32 client, const char *name,
		   const char *leaf, u32 value)
{
	char path[PATH_SIZE], text[12];
	int len, err;

	make_path(path, server->id, client, name, leaf);
	len = snprintf(text, sizeof(text), "%u", value);
	err = isle_store_write(server, path, text, len);
	if (err)
		return err;
	err = isle_store_let_read(server, path, client);
	/* There is no such domain: it has just been unlinked */
	return err == -ENOENT ? -EPERM : err;
}

/**
 * isle_advert_publish() - let the client find a server
 * @server: its domain; the caller has a reference
 * @client: number of the client's domain
 * @name: of the port
 * @advert: what to say
 *
 * Context: process; sleeps.
 * Return: 0, or what the store says and there is no advert.
 */
int isle_advert_publish(struct isle_domain *server, u32 client,
			const char *name, const struct isle_advert *advert)
{
	int err;

	err = publish(server, client, name, PORT, advert->port);
	if (!err)
		err = publish(server, client, name, REF, advert->ref);
	if (err)
		isle_advert_withdraw(server, client, name);
	return err;
}

/**
 * isle_advert_withdraw() - undo isle_advert_publish()
 * @server: its domain; the caller has a reference
 * @client: number of the client's domain
 * @name: of the port
 *
 * Context: process; sleeps.
 */
void isle_advert_withdraw(struct isle_domain *server, u32 client,
			  const char *name)
{
	char path[PATH_SIZE];

	make_path(path, server->id, client, name, "");
	/* If there is none it is because somebody has removed it */
	isle_store_remove(server, path);
}

static int find(struct isle_domain *client, u32 server, const char *name,
		const char *leaf, u32 *value)
{
	char path[PATH_SIZE], text[12];
	ssize_t len;

	make_path(path, server, client->id, name, leaf);
	len = isle_store_read(client, path, text, sizeof(text) - 1);
	/* What is not there may be below what cannot be read */
	if (len == -EACCES || len == -EPERM)
		return -ENOENT;
	if (len == -E2BIG)
		return -ECONNREFUSED;
	if (len < 0)
		return len;
	text[len] = '\0';
	if (strlen(text) != len || !isdigit(text[0]) ||
	    kstrtou32(text, 10, value) || !*value)
		return -ECONNREFUSED;
	return 0;
}

/**
 * isle_advert_find() - find a server
 * @client: domain of the client; the caller has a reference
 * @server: number of the server's domain
 * @name: of the port
 * @advert: what it says
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT if there is none; -ECONNREFUSED if something else is in its
 * place; or what the store says.
 */
int isle_advert_find(struct isle_domain *client, u32 server, const char *name,
		     struct isle_advert *advert)
{
	int err = find(client, server, name, REF, &advert->ref);

	return err ?: find(client, server, name, PORT, &advert->port);
}

/**
 * isle_advert_watch() - be told when an advert may have changed
 * @client: domain of the client; the caller has a reference
 * @server: number of the server's domain
 * @name: of the port
 * @changed: as in isle_store_watch()
 * @private: for @changed
 *
 * Return: the watch, to be given back with isle_store_unwatch(), or an ERR_PTR.
 */
struct isle_store_watch *isle_advert_watch(struct isle_domain *client,
					   u32 server, const char *name,
					   void (*changed)(void *private),
					   void *private)
{
	struct isle_store_watch *watch;
	char path[PATH_SIZE];

	make_path(path, server, client->id, name, "");
	watch = isle_store_watch(client, path, changed, private);
	/* The store says it as Xen's does */
	return watch == ERR_PTR(-E2BIG) ? ERR_PTR(-EDQUOT) : watch;
}
