// SPDX-License-Identifier: GPL-2.0
/*
 * islectl version: of islectl, of the ABI it speaks, and of the module's.
 */
#include <json-c/json.h>
#include <stdio.h>

#include "islectl.h"

static const struct argp argp = {
	json_options, parse_json, NULL,
	"Print the versions of islectl, of the ABI it speaks, and of the ABI of the module if "
	"that is loaded and you may ask it.",
	NULL, NULL, NULL
};

static int run(int argc, char **argv)
{
	struct isle_ctl_info info = { .size = sizeof(info) };
	struct isle_control *control;
	struct json_object *object;
	bool json = false;
	bool known;

	parse_args(&argp, argc, argv, &json);
	known = !isle_control_open(&control) && !isle_control_info(control, &info);
	if (json) {
		object = json_object_new_object();
		json_object_object_add(object, "version", json_object_new_string(ISLECTL_VERSION));
		json_object_object_add(object, "abi_version",
				       json_object_new_int(ISLE_ABI_VERSION));
		json_object_object_add(object, "module_abi_version",
				       known ? json_object_new_int(info.abi_version) : NULL);
		print_json(object);
		return 0;
	}
	printf("islectl %s, ABI %d\n", ISLECTL_VERSION, ISLE_ABI_VERSION);
	if (known)
		printf("module ABI %u\n", info.abi_version);
	else
		printf("module ABI unknown: /dev/isle/control cannot be opened\n");
	return 0;
}

const struct command version_command = {
	.group = "version",
	.summary = "print versions",
	.argp = &argp,
	.run = run,
};
