// SPDX-License-Identifier: GPL-2.0
/*
 * One end of a channel, as the command line gives it: options, opening, and
 * what to do when that fails.  Owns nothing; the handles are the caller's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "islectl.h"

#define RING_MAX (1u << ISLE_VCHAN_ORDER_MAX)

static size_t parse_ring(struct argp_state *state, const char *arg)
{
	uint64_t size = parse_size(state, arg);

	if (!size || size > RING_MAX)
		argp_error(state, "a ring of '%s' is not possible: 1 to 1M", arg);
	return (size_t)size;
}

static const char *parse_port(struct argp_state *state, const char *arg)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(arg);

	if (!len || len >= ISLE_VCHAN_PORT_SIZE || strspn(arg, allowed) != len)
		argp_error(state,
			   "'%s' cannot be the name of a port: a name has 1 to %d letters, "
			   "digits, '_' and '-'",
			   arg, ISLE_VCHAN_PORT_SIZE - 1);
	return arg;
}

/** parse_vchan_option() - true if it was one of ours */
bool parse_vchan_option(struct argp_state *state, struct vchan_end *end, int key, char *arg)
{
	switch (key) {
	case OPT_READ_SIZE:
		end->read_size = parse_ring(state, arg);
		break;
	case OPT_WRITE_SIZE:
		end->write_size = parse_ring(state, arg);
		break;
	case OPT_TIMEOUT:
		end->timeout_ns = parse_seconds(state, arg);
		break;
	case OPT_KEEP:
		end->keep = true;
		break;
	default:
		return false;
	}
	return true;
}

/** parse_vchan_argument() - the first three: DOMAIN PEER PORT */
void parse_vchan_argument(struct argp_state *state, struct vchan_end *end, char *arg)
{
	if (state->arg_num == 0)
		end->domain = parse_name(state, "domain", arg);
	else if (state->arg_num == 1)
		end->peer = parse_name(state, "domain", arg);
	else
		end->port = parse_port(state, arg);
}

/** open_vchan_domain() - act as the domain; does not return if that fails */
void open_vchan_domain(struct vchan_end *end)
{
	int rc = isle_domain_open(end->domain, &end->opened);

	if (rc == -ENOENT && !strcmp(end->domain, "self"))
		die("there is no /dev/isle/self; it is the domain of a program that \"islectl "
		    "run\" started");
	if (rc == -EACCES)
		die("cannot act as domain '%s': %s; run it as the owner of its nodes, or as root",
		    end->domain, because(rc));
	if (rc == -ENOENT)
		no_such_domain(end->domain);
	if (rc)
		die("cannot act as domain '%s': %s", end->domain, because(rc));
	rc = isle_domain_peer(end->opened, end->peer);
	if (rc == -ENOENT)
		die("domain '%s' sees no domain '%s'; make them see each other with: islectl link "
		    "%s %s",
		    end->domain, end->peer, end->domain, end->peer);
	if (rc < 0)
		die("cannot look up domain '%s': %s", end->peer, because(rc));
	end->domid = (uint32_t)rc;
}

int listen_vchan(const struct vchan_end *end, uint32_t flags, struct isle_vchan **vchan)
{
	return isle_vchan_listen(end->opened, end->domid, end->port, end->read_size,
				 end->write_size, flags, end->timeout_ns, vchan);
}

int connect_vchan(const struct vchan_end *end, struct isle_vchan **vchan)
{
	return isle_vchan_connect(end->opened, end->domid, end->port, 0, end->timeout_ns, vchan);
}

/* Which quota it was that EDQUOT means, as far as can be told now. */
static void explain_full(const struct vchan_end *end)
{
	static const uint32_t kinds[] = {
		ISLE_QUOTA_FILES, ISLE_QUOTA_GRANTS, ISLE_QUOTA_MAPPINGS, ISLE_QUOTA_PORTS,
		ISLE_QUOTA_STORE, ISLE_QUOTA_WATCHES,
	};
	/* Two rings of the largest kind and the page that describes them. */
	const uint64_t pages = 2 * (RING_MAX / 4096) + 1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct isle_quota quota = { .size = sizeof(quota) };
		const char *name = isle_quota_name(kinds[i]);
		bool many = kinds[i] == ISLE_QUOTA_GRANTS || kinds[i] == ISLE_QUOTA_MAPPINGS;

		if (isle_domain_get_quota(end->opened, kinds[i], &quota) ||
		    quota.limit >= quota.used + (many ? pages : 1))
			continue;
		complain("domain '%s' has %llu of %llu %s in use; raise the quota with: islectl "
			 "quota %s %s=N",
			 end->domain, (unsigned long long)quota.used,
			 (unsigned long long)quota.limit, name, end->domain, name);
		return;
	}
	complain("domain '%s' is over one of its quotas; see: islectl quota %s", end->domain,
		 end->domain);
}

/** explain_vchan() - why there is no channel, and what to do about it */
void explain_vchan(const struct vchan_end *end, bool server, int rc)
{
	switch (rc) {
	case -EPERM:
		complain("domains '%s' and '%s' are not linked; link them with: islectl link %s %s",
			 end->domain, end->peer, end->domain, end->peer);
		break;
	case -EADDRINUSE:
		complain("a program in domain '%s' listens on port '%s' for '%s' already; choose "
			 "another port",
			 end->domain, end->port, end->peer);
		break;
	case -EDQUOT:
		explain_full(end);
		break;
	case -ETIMEDOUT:
		if (server)
			complain("no program in domain '%s' has connected to port '%s' in time; "
				 "it would do so with: islectl vchan connect %s %s %s",
				 end->peer, end->port, end->peer, end->domain, end->port);
		else
			complain("no program in domain '%s' listens on port '%s'; it would do so "
				 "with: islectl vchan listen %s %s %s",
				 end->peer, end->port, end->peer, end->domain, end->port);
		break;
	case -EBUSY:
		complain("port '%s' of domain '%s' has a client already; try again later",
			 end->port, end->peer);
		break;
	case -ECONNREFUSED:
		complain("what domain '%s' offers as port '%s' is no channel for '%s'; is the "
			 "server there still alive?",
			 end->peer, end->port, end->domain);
		break;
	case -EOPNOTSUPP:
		complain("the module that is loaded has no channels; load a newer one");
		break;
	case -ENODEV:
		complain("domain '%s' was removed", end->domain);
		break;
	default:
		complain("cannot %s port '%s' of domain '%s': %s",
			 server ? "listen on" : "connect to", end->port,
			 server ? end->domain : end->peer, because(rc));
	}
}
