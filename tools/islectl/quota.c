// SPDX-License-Identifier: GPL-2.0
/*
 * islectl quota: what a domain may have, and has.
 */
#include <json-c/json.h>

#include "islectl.h"

struct args {
	const char *name;
	bool json;
	struct quota_setting settings[ISLE_QUOTA_KINDS];
	bool given[ISLE_QUOTA_KINDS];
	bool any;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct quota_setting setting;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		break;
	case ARGP_KEY_ARG:
		if (!state->arg_num) {
			args->name = parse_name(state, "domain", arg);
			break;
		}
		setting = parse_quota(state, arg);
		args->settings[setting.kind] = setting;
		args->given[setting.kind] = true;
		args->any = true;
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "give the name of a domain");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	json_options, parse, "DOMAIN [KIND=N...]",
	"Set quotas of a domain, or with no KIND=N print them all.\v"
	"KIND is devices, links, files (open at once), memory (bytes), requests (under way at "
	"once), or of what domains share: grants, mappings, ports, store (bytes), watches, tasks, "
	"messages (bytes). "
	"N may end in K, M, G or T. A limit below what is in use takes nothing away, it refuses "
	"more.",
	NULL, NULL, NULL
};

static int run(int argc, char **argv)
{
	struct isle_control *control;
	struct json_object *quotas;
	struct args args = { 0 };
	uint32_t domid;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = find_domain(control, args.name);
	for (int kind = 0; kind < ISLE_QUOTA_KINDS; kind++)
		if (args.given[kind])
			set_quota(control, domid, args.name, args.settings[kind]);
	if (args.any && !args.json)
		return 0;
	quotas = describe_quotas(control, domid);
	if (args.json)
		print_json(quotas);
	else
		show_quotas(quotas, "\n");
	return 0;
}

const struct command quota_command = {
	.group = "quota",
	.summary = "print or set what a domain may have",
	.argp = &argp,
	.run = run,
};
