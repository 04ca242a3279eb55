// SPDX-License-Identifier: GPL-2.0
/*
 * islectl vchan info: the channels of a domain, from its side.
 *
 * Those that are endpoints of the module's.  A program that makes channels with
 * Xen's interfaces has grants and ports, and what they are for is its affair.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "islectl.h"

static const struct argp argp = {
	json_options, parse_look, "[DOMAIN]",
	"Print channels: with whom, what each is doing, and what waits in it.\v"
	"Without DOMAIN those of all domains. DOMAIN can be \"self\" inside \"islectl run\". "
	"A channel of two domains is there twice, as each sees it; READ is what has come and "
	"was not read yet, WRITE what the peer has not read yet, of how much the ring holds.",
	NULL, NULL, NULL
};

/* A client that waits for its server is joined to nothing, but says to what. */
static const char *state_name(const struct isle_vchan_list *list)
{
	static const char *const names[] = {
		[ISLE_VCHAN_STATE_IDLE] = "idle",
		[ISLE_VCHAN_STATE_LISTENING] = "listening",
		[ISLE_VCHAN_STATE_CONNECTED] = "connected",
		[ISLE_VCHAN_STATE_CLOSED] = "closed",
		[ISLE_VCHAN_STATE_BROKEN] = "broken",
	};

	if (list->state == ISLE_VCHAN_STATE_IDLE && *list->port)
		return "connecting";
	return list->state < sizeof(names) / sizeof(names[0]) ? names[list->state] : "unknown";
}

static const char *role_name(const struct isle_vchan_list *list)
{
	if (list->flags & ISLE_VCHAN_LIST_SERVER)
		return "server";
	return *list->port ? "client" : "none";
}

/* The name of the peer, or NULL if the domain does not see it any more */
static const char *peer_name(struct isle_domain *domain, uint32_t domid,
			     struct isle_link_next *link)
{
	static struct isle_domain_info info;
	uint64_t cursor = 0;

	info.size = sizeof(info);
	if (!isle_domain_get_info(domain, &info) && info.domid == domid)
		return info.name;
	link->size = sizeof(*link);
	while (isle_domain_link_next(domain, &cursor, link) > 0) {
		if (link->peer == domid)
			return link->name;
		link->size = sizeof(*link);
	}
	return NULL;
}

static struct json_object *describe(const struct isle_vchan_list *list, const char *domain,
				    const char *peer)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "domain", json_object_new_string(domain));
	json_object_object_add(object, "number", json_object_new_int64(list->number));
	json_object_object_add(object, "state", json_object_new_string(state_name(list)));
	json_object_object_add(object, "role", json_object_new_string(role_name(list)));
	json_object_object_add(object, "persistent",
			       json_object_new_boolean(list->flags & ISLE_VCHAN_LIST_PERSISTENT));
	json_object_object_add(object, "peer", peer ? json_object_new_string(peer) : NULL);
	json_object_object_add(object, "peer_domid", json_object_new_int64(list->peer));
	json_object_object_add(object, "port", json_object_new_string(list->port));
	json_object_object_add(object, "read_size", json_object_new_int64(list->read_size));
	json_object_object_add(object, "read_used", json_object_new_int64(list->read_used));
	json_object_object_add(object, "write_size", json_object_new_int64(list->write_size));
	json_object_object_add(object, "write_used", json_object_new_int64(list->write_used));
	json_object_object_add(object, "pid", json_object_new_int64(list->pid));
	json_object_object_add(object, "comm", json_object_new_string(list->comm));
	return object;
}

/* 0, or a negative errno that the caller can do nothing about but has been told */
static int look(struct json_object *to, struct isle_domain *domain, const char *name)
{
	struct isle_vchan_list list = { .size = sizeof(list) };
	struct isle_link_next link;
	uint64_t cursor = 0;
	const char *peer;
	int rc;

	while ((rc = isle_domain_vchan_next(domain, &cursor, &list)) > 0) {
		peer = *list.port ? peer_name(domain, list.peer, &link) : NULL;
		json_object_array_add(to, describe(&list, name, peer));
		list.size = sizeof(list);
	}
	isle_domain_close(domain);
	if (rc == -EOPNOTSUPP || rc == -ENOTTY)
		die("the module that is loaded cannot list channels; load a newer one");
	if (rc == -EDQUOT)
		complain("cannot look into domain '%s': it is out of files, and this needs one; "
			 "raise the quota with: islectl quota %s files=N",
			 name, name);
	else if (rc)
		complain("cannot look into domain '%s': %s", name, because(rc));
	return rc;
}

static int look_everywhere(struct json_object *to)
{
	struct isle_control *control = open_control();
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_domain *domain;
	int rc, status = 0;
	uint64_t cursor = 0;

	while (isle_control_domain_next(control, &cursor, &info) > 0) {
		rc = isle_control_domain_open(control, info.domid, &domain);
		if (!rc)
			rc = look(to, domain, info.name);
		else if (rc == -EDQUOT)
			complain("cannot look into domain '%s': it is out of files, and this "
				 "needs two; raise the quota with: islectl quota %s files=N",
				 info.name, info.name);
		/* Otherwise it has gone */
		if (rc == -EDQUOT)
			status = EXIT_FAILED;
		info.size = sizeof(info);
	}
	return status;
}

static const char *string(struct json_object *channel, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(channel, key));

	return text && *text ? text : "-";
}

static unsigned int number(struct json_object *channel, const char *key)
{
	return (unsigned int)json_object_get_int64(json_object_object_get(channel, key));
}

static void show(struct json_object *channel)
{
	char peer[16], in[24] = "-", out[24] = "-";

	snprintf(peer, sizeof(peer), "%u", number(channel, "peer_domid"));
	if (number(channel, "read_size")) {
		snprintf(in, sizeof(in), "%u/%u", number(channel, "read_used"),
			 number(channel, "read_size"));
		snprintf(out, sizeof(out), "%u/%u", number(channel, "write_used"),
			 number(channel, "write_size"));
	}
	printf("%-16s %-10s %-6s %-16s %-16s %15s %15s %7u %s\n", string(channel, "domain"),
	       string(channel, "state"), string(channel, "role"),
	       json_object_object_get(channel, "peer") || !number(channel, "peer_domid") ?
	       string(channel, "peer") : peer,
	       string(channel, "port"), in, out, number(channel, "pid"),
	       string(channel, "comm"));
}

static int run(int argc, char **argv)
{
	struct json_object *array;
	struct look_args args = { 0 };
	int status;

	parse_args(&argp, argc, argv, &args);
	array = json_object_new_array();
	if (args.domain)
		status = look(array, open_domain(args.domain), args.domain) ? EXIT_FAILED : 0;
	else
		status = look_everywhere(array);
	if (args.json) {
		print_json(array);
		return status;
	}
	printf("%-16s %-10s %-6s %-16s %-16s %15s %15s %7s %s\n", "DOMAIN", "STATE", "ROLE",
	       "PEER", "PORT", "READ", "WRITE", "PID", "COMMAND");
	for (size_t i = 0; i < json_object_array_length(array); i++)
		show(json_object_array_get_idx(array, i));
	return status;
}

const struct command vchan_info_command = {
	.group = "vchan",
	.verb = "info",
	.summary = "print channels and what waits in them",
	.argp = &argp,
	.run = run,
};
