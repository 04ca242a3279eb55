// SPDX-License-Identifier: GPL-2.0
/*
 * islectl list, islectl domain list: all domains, with and without all they
 * have.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "islectl.h"

static const struct argp list_argp = {
	json_options, parse_json, NULL,
	"Print all domains with their links, devices and quotas.",
	NULL, NULL, NULL
};

static const struct argp domain_list_argp = {
	json_options, parse_json, NULL,
	"Print all domains in a table.\v"
	"FILES is how many open files act as the domain.",
	NULL, NULL, NULL
};

static void add_contents(struct isle_control *control, struct json_object *domain)
{
	uint32_t domid = (uint32_t)field_number(domain, "domid");

	json_object_object_add(domain, "devices", describe_devices(control, domid));
	json_object_object_add(domain, "links", describe_links(control, domid));
	json_object_object_add(domain, "quotas", describe_quotas(control, domid));
}

static void show_links(struct json_object *links)
{
	size_t count = json_object_array_length(links);

	for (size_t i = 0; i < count; i++)
		printf("%s%s", i ? ", " : "  links    ",
		       field_string(json_object_array_get_idx(links, i), "name"));
	if (count)
		printf("\n");
}

static void show_device(struct json_object *device)
{
	const char *cls = field_string(device, "class"), *error = field_string(device, "error");
	const struct device_class *class = device_class((uint32_t)isle_class_from_name(cls));

	printf("  %-8s %s%s", cls, field_string(device, "name"), class ? ": " : "\n");
	if (error)
		printf("cannot be opened: %s\n", error);
	else if (class)
		class->show(device);
}

static void show_devices(struct json_object *devices)
{
	for (size_t i = 0; i < json_object_array_length(devices); i++)
		show_device(json_object_array_get_idx(devices, i));
}

static void show_domain(struct json_object *domain)
{
	uint64_t files = field_number(domain, "file_count");

	printf("%s: number %" PRIu64 ", %s%s, %" PRIu64 " open file%s\n",
	       field_string(domain, "name"), field_number(domain, "domid"),
	       field_bool(domain, "published") ? "published" : "unpublished",
	       field_bool(domain, "xen") ? " with Xen's nodes" : "",
	       files, files == 1 ? "" : "s");
	show_links(field_object(domain, "links"));
	show_devices(field_object(domain, "devices"));
	printf("  quotas   ");
	show_quotas(field_object(domain, "quotas"), ", ");
}

static int run_list(int argc, char **argv)
{
	struct isle_ctl_info info = { .size = sizeof(info) };
	struct isle_control *control;
	struct json_object *domains, *all;
	bool json = false;
	int rc;

	parse_args(&list_argp, argc, argv, &json);
	control = open_control();
	rc = isle_control_info(control, &info);
	if (rc)
		die("cannot ask the module: %s", because(rc));
	domains = describe_domains(control);
	for (size_t i = 0; i < json_object_array_length(domains); i++)
		add_contents(control, json_object_array_get_idx(domains, i));
	if (!json) {
		for (size_t i = 0; i < json_object_array_length(domains); i++)
			show_domain(json_object_array_get_idx(domains, i));
		/* For a person who looks; a script gets no lines for no domains. */
		if (!json_object_array_length(domains) && isatty(STDOUT_FILENO))
			printf("no domains; make one with: islectl domain add NAME\n");
		return 0;
	}
	all = json_object_new_object();
	json_object_object_add(all, "abi_version", json_object_new_int(info.abi_version));
	json_object_object_add(all, "max_domains", json_object_new_int(info.max_domains));
	json_object_object_add(all, "domains", domains);
	print_json(all);
	return 0;
}

static int run_domain_list(int argc, char **argv)
{
	struct json_object *domains, *domain;
	bool json = false;

	parse_args(&domain_list_argp, argc, argv, &json);
	domains = describe_domains(open_control());
	if (json) {
		print_json(domains);
		return 0;
	}
	printf("%-32s%7s%9s%7s%7s  %s\n", "NAME", "NUMBER", "DEVICES", "LINKS", "FILES",
	       "PUBLISHED");
	for (size_t i = 0; i < json_object_array_length(domains); i++) {
		domain = json_object_array_get_idx(domains, i);
		printf("%-32s%7" PRIu64 "%9" PRIu64 "%7" PRIu64 "%7" PRIu64 "  %s\n",
		       field_string(domain, "name"), field_number(domain, "domid"),
		       field_number(domain, "device_count"), field_number(domain, "link_count"),
		       field_number(domain, "file_count"),
		       field_bool(domain, "published") ? "yes" : "no");
	}
	return 0;
}

const struct command list_command = {
	.group = "list",
	.summary = "print all domains with all they have",
	.argp = &list_argp,
	.run = run_list,
};

const struct command domain_list_command = {
	.group = "domain",
	.verb = "list",
	.summary = "print all domains",
	.argp = &domain_list_argp,
	.run = run_domain_list,
};
