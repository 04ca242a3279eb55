/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of islectl share.
 */
#ifndef ISLECTL_H
#define ISLECTL_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libisle.h>

#define ISLECTL_VERSION LIBISLE_VERSION

/* Exit statuses.  What a program run in a domain ends with comes on top. */
enum {
	EXIT_FAILED	= 1,	/* it could not be done */
	EXIT_USAGE	= 2,	/* it was not understood */
	EXIT_RUN_FAILED	= 125,	/* run: the program could not be started */
	EXIT_NO_EXEC	= 126,	/* run: it is there, but cannot be run */
	EXIT_NO_PROGRAM	= 127,	/* run: it is not there */
};

/**
 * struct command - a subcommand, one file each
 * @group: first word
 * @verb: second word, or NULL
 * @summary: one line for the list of commands
 * @argp: its options and arguments
 * @run: does it; argv[0] is "islectl GROUP VERB"; returns an exit status
 */
struct command {
	const char *group;
	const char *verb;
	const char *summary;
	const struct argp *argp;
	int (*run)(int argc, char **argv);
};

extern const struct command domain_add_command, domain_del_command, domain_list_command;
extern const struct command link_command, unlink_command, list_command, quota_command;
extern const struct command blk_add_command, blk_del_command, blk_info_command;
extern const struct command kv_add_command, kv_del_command, kv_get_command, kv_list_command;
extern const struct command kv_info_command, console_info_command;
extern const struct command console_add_command, console_del_command, console_attach_command;
extern const struct command fs_add_command, fs_del_command, fs_info_command, fs_format_command;
extern const struct command net_add_command, net_del_command, net_info_command;
extern const struct command net_connect_command, net_disconnect_command, net_tap_command;
extern const struct command vchan_listen_command, vchan_connect_command, vchan_proxy_command;
extern const struct command vchan_info_command;
extern const struct command msg_command, launcher_command, tasks_command;
extern const struct command run_command, version_command;

/* Keys of options that have no short form. */
enum {
	OPT_JSON = 0x100,
	OPT_NO_WAIT,
	OPT_MODE,
	OPT_USER,
	OPT_GROUP,
	OPT_QUOTA,
	OPT_XEN,
	OPT_MEMORY,
	OPT_FILE,
	OPT_DEVICE,
	OPT_READ_ONLY,
	OPT_SECTOR_SIZE,
	OPT_WRITE_CACHE,
	OPT_DIR,
	OPT_IMAGE,
	OPT_TYPE,
	OPT_SIZE,
	OPT_HELPER,
	OPT_NO_FORMAT,
	OPT_LIST_COMMANDS,
	OPT_READ_SIZE,
	OPT_WRITE_SIZE,
	OPT_TIMEOUT,
	OPT_PERSISTENT,
	OPT_KEEP,
	OPT_RECEIVE,
	OPT_LISTEN_TCP,
	OPT_LISTEN_UNIX,
	OPT_CONNECT_TCP,
	OPT_CONNECT_UNIX,
	OPT_ONCE,
	OPT_TAR,
	OPT_TO,
	OPT_HOLD,
	OPT_NO_REPLAY,
	OPT_DETACH_KEY,
	OPT_MAC,
	OPT_HOST_MAC,
	OPT_MTU,
	OPT_QUEUE,
	OPT_NO_OFFLOADS,
	OPT_IFNAME,
	OPT_NETNS,
	OPT_BRIDGE,
	OPT_RESET,
};

#define OPTION_JSON { "json", OPT_JSON, NULL, 0, "Print JSON, as described in islectl(8)", 0 }
#define OPTION_NO_WAIT \
	{ "no-wait", OPT_NO_WAIT, NULL, 0, "Do not wait for requests that have begun", 0 }

/* ---- report.c ------------------------------------------------------------- */

extern int die_status;

void report_command(const char *group, const char *verb);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
const char *because(int rc);

/* ---- parse.c -------------------------------------------------------------- */

struct quota_setting {
	uint32_t kind;
	uint64_t limit;
};

void parse_args(const struct argp *argp, int argc, char **argv, void *input);
const char *parse_name(struct argp_state *state, const char *what, const char *arg);
uint64_t parse_size(struct argp_state *state, const char *arg);
int64_t parse_seconds(struct argp_state *state, const char *arg);
struct quota_setting parse_quota(struct argp_state *state, const char *arg);
mode_t parse_mode(struct argp_state *state, const char *arg);
uid_t parse_user(struct argp_state *state, const char *arg, gid_t *group);
gid_t parse_group(struct argp_state *state, const char *arg);
void parse_domain_device(struct argp_state *state, char *arg, const char **domain,
			 const char **name);
void parse_device(struct argp_state *state, char *arg, const char **domain, const char **name);
void check_device(struct argp_state *state, const char *domain, const char *name);

/**
 * struct look_args - what to look at
 * @domain: NULL: all
 */
struct look_args {
	const char *domain;
	bool json;
};

extern const struct argp_option json_options[];
error_t parse_json(int key, char *arg, struct argp_state *state);
error_t parse_look(int key, char *arg, struct argp_state *state);

struct isle_task;

/* ---- lookup.c ------------------------------------------------------------- */

struct isle_control *open_control(void);
uint32_t find_domain(struct isle_control *control, const char *name);
void find_domain_info(struct isle_control *control, const char *name,
		      struct isle_domain_info *info);
void no_such_domain(const char *name) __attribute__((noreturn));
void set_quota(struct isle_control *control, uint32_t domid, const char *name,
	       struct quota_setting setting);
struct isle_task *open_task(const char *domain);
struct isle_domain *open_domain(const char *name);
int open_domain_by_control(const char *name, struct isle_domain **domain);
bool explain_quota(struct isle_control *control, uint32_t domid, const char *name,
		   uint32_t kind, uint64_t more);
void explain_device_quota(struct isle_control *control, uint32_t domid, const char *name,
			  uint64_t bytes);

/* ---- describe.c: what there is, as JSON; show.c: the same for people ------ */

struct json_object;
struct isle_kv_info;
struct isle_console_info;

struct json_object *describe_domains(struct isle_control *control);
struct json_object *describe_links(struct isle_control *control, uint32_t domid);
struct json_object *describe_quotas(struct isle_control *control, uint32_t domid);
struct json_object *describe_devices(struct isle_control *control, uint32_t domid);
void describe_id(struct json_object *to, const struct isle_device_id *id);
void describe_blk(struct json_object *to, const struct isle_blk_info *info);
void describe_fs(struct json_object *to, const struct isle_fs_info *info);
void describe_kv(struct json_object *to, const struct isle_kv_info *info);
void describe_console(struct json_object *to, const struct isle_console_info *info);

void print_json(struct json_object *object);
struct json_object *field_object(struct json_object *object, const char *key);
const char *field_string(struct json_object *object, const char *key);
uint64_t field_number(struct json_object *object, const char *key);
bool field_bool(struct json_object *object, const char *key);
const char *human_size(uint64_t bytes, char *buf, size_t size);
void show_blk(struct json_object *blk);
void show_fs(struct json_object *fs);
void show_kv(struct json_object *kv);
void show_console(struct json_object *console);
void show_quotas(struct json_object *quotas, const char *separator);

/* ---- device.c ------------------------------------------------------------- */

/**
 * struct device_class - devices of a class
 * @what: what they are called
 * @missing: the same, where it says that there is none
 * @add: what "islectl CLASS add DOMAIN NAME" needs besides
 * @by_domain: by its name, one is opened through the domain's node, not its own
 * @flags: ISLE_OPEN_* with which it is opened to be asked what it is like
 * @ask: does so; @fd is taken over; see ask_device()
 * @show: what @ask has found, in a line that begins with the name already
 */
struct device_class {
	const char *what;
	const char *missing;
	const char *add;
	bool by_domain;
	uint32_t flags;
	int (*ask)(int fd, bool id, struct json_object *to);
	void (*show)(struct json_object *device);
};

/**
 * struct device_file - a device that was opened
 * @fd: the caller's
 * @as: by what: the path of its node, or its name
 * @domain: with a name, of which domain; NULL: messages leave that out
 */
struct device_file {
	int fd;
	const char *as;
	const char *domain;
};

const struct device_class *device_class(uint32_t cls);
struct device_file open_device(uint32_t cls, const char *domain, const char *name,
			       uint32_t flags);
int ask_device(uint32_t cls, int fd, bool id, struct json_object *to);
void not_a_device(uint32_t cls, const struct device_file *file) __attribute__((noreturn));
void cannot_open(const struct device_file *file, int rc) __attribute__((noreturn));

/* ---- net_open.c; net_describe.c ------------------------------------------- */

struct isle_net;
struct isle_net_info;
struct isle_net_stats;

const char *parse_ifname(struct argp_state *state, const char *arg);
struct isle_net *open_net(const char *domain, const char *name, uint32_t flags);
int open_netns(const char *name);
void enter_netns(const char *name);
int bridge_add(const char *bridge, const char *ifname);
int set_up_interface(const char *ifname, const uint8_t mac[6], int mtu);

void describe_net(struct json_object *to, const struct isle_net_info *info);
void describe_net_stats(struct json_object *to, const struct isle_net_stats *stats);
void show_net(struct json_object *net);
void show_net_stats(struct json_object *net);

/* ---- slow.c --------------------------------------------------------------- */

struct slow {
	int (*call)(void *arg);
	void *arg;
	const char *what;	/* what is waited for, should it take long */
};

int call_slow(const struct slow *slow);

/* ---- vchan_end.c: one end of a channel, as the command line gives it -------- */

/**
 * struct vchan_end - which channel, and how it is joined
 * @domain: who we are
 * @peer: who is on the other side
 * @port: name of the channel
 * @read_size: bytes that our ring for reading shall hold; servers only
 * @write_size: likewise, for writing
 * @timeout_ns: how long to wait for the peer; negative: for ever
 * @keep: the end of the input does not end the channel
 * @opened: handle of @domain
 * @domid: number of @peer
 */
struct vchan_end {
	const char *domain;
	const char *peer;
	const char *port;
	size_t read_size;
	size_t write_size;
	int64_t timeout_ns;
	bool keep;
	struct isle_domain *opened;
	uint32_t domid;
};

#define VCHAN_END_DEFAULT \
	{ .read_size = 65536, .write_size = 65536, .timeout_ns = -1 }

#define OPTIONS_VCHAN \
	{ "timeout", OPT_TIMEOUT, "SECONDS", 0, "How long to wait for the peer; for ever if " \
	  "not given", 0 }, \
	{ "keep", OPT_KEEP, NULL, 0, "At the end of the input keep the channel open, until " \
	  "the peer closes it", 0 }
#define OPTIONS_VCHAN_SERVER \
	{ "read-size", OPT_READ_SIZE, "SIZE", 0, "What the ring from the client holds at " \
	  "least; 64K if not given", 0 }, \
	{ "write-size", OPT_WRITE_SIZE, "SIZE", 0, "What the ring to the client holds at " \
	  "least; 64K if not given", 0 }

bool parse_vchan_option(struct argp_state *state, struct vchan_end *end, int key, char *arg);
void parse_vchan_argument(struct argp_state *state, struct vchan_end *end, char *arg);
void open_vchan_domain(struct vchan_end *end);
int listen_vchan(const struct vchan_end *end, uint32_t flags, struct isle_vchan **vchan);
int connect_vchan(const struct vchan_end *end, struct isle_vchan **vchan);
void explain_vchan(const struct vchan_end *end, bool server, int rc);

/* ---- vchan_pump.c: moving data between a channel and files ----------------- */

/* pump() found a program or a socket that takes no more; not an error of ours */
#define PUMP_REFUSED	1

int pump(struct isle_vchan *vchan, int in, int out, bool keep);

/* ---- socket.c -------------------------------------------------------------- */

int socket_listen_tcp(const char *address);
int socket_listen_unix(const char *path);
int socket_connect_tcp(const char *address);
int socket_connect_unix(const char *path);
int socket_accept(int listener);
void socket_close(int fd);

/* ---- sandbox.c ------------------------------------------------------------ */

void enter_sandbox(const char *domain);

#endif /* ISLECTL_H */
