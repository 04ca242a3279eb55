// SPDX-License-Identifier: GPL-2.0
/*
 * What a network device is like, as JSON and for people.  Owns nothing; the
 * objects are the caller's.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>

#include <libisle-net.h>

#include "islectl.h"

static void add_string(struct json_object *to, const char *key, const char *value)
{
	json_object_object_add(to, key, json_object_new_string(value));
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

static void add_mac(struct json_object *to, const char *key, const __u8 mac[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	add_string(to, key, text);
}

static struct json_object *describe_offloads(uint32_t offloads)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ ISLE_NET_CSUM, "csum" }, { ISLE_NET_TSO4, "tso4" },
		{ ISLE_NET_TSO6, "tso6" }, { ISLE_NET_ECN, "ecn" },
		{ ISLE_NET_USO, "uso" },
	};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (offloads & names[i].bit)
			json_object_array_add(list, json_object_new_string(names[i].name));
	return list;
}

void describe_net(struct json_object *to, const struct isle_net_info *info)
{
	add_mac(to, "mac", info->mac);
	add_number(to, "mtu", info->mtu);
	add_bool(to, "up", info->state & ISLE_NET_UP);
	add_string(to, "ifname", info->ifname);
	add_number(to, "ifindex", info->ifindex);
	add_mac(to, "host_mac", info->host_mac);
	add_bool(to, "ring", info->state & ISLE_NET_RING);
	add_bool(to, "cable", info->state & ISLE_NET_CABLE);
	if (info->state & ISLE_NET_CABLE) {
		add_number(to, "peer_domid", info->peer);
		add_string(to, "peer_name", info->peer_name);
	}
	add_number(to, "queue_bytes", info->queue_bytes);
	add_number(to, "queued", info->queued);
	json_object_object_add(to, "offloads", describe_offloads(info->offloads));
}

void describe_net_stats(struct json_object *to, const struct isle_net_stats *stats)
{
	add_number(to, "rx_packets", stats->rx_packets);
	add_number(to, "rx_bytes", stats->rx_bytes);
	add_number(to, "rx_dropped", stats->rx_dropped);
	add_number(to, "tx_packets", stats->tx_packets);
	add_number(to, "tx_bytes", stats->tx_bytes);
	add_number(to, "tx_dropped", stats->tx_dropped);
	add_number(to, "tx_errors", stats->tx_errors);
}

static struct json_object *get(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

static const char *string(struct json_object *object, const char *key)
{
	return json_object_get_string(get(object, key));
}

static uint64_t number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(get(object, key));
}

/** show_net() - one line about a network device, without its name */
void show_net(struct json_object *net)
{
	const char *error = string(net, "error");

	if (error) {
		printf("cannot be opened: %s\n", error);
		return;
	}
	printf("%s, MTU %" PRIu64 ", ", string(net, "mac"), number(net, "mtu"));
	if (json_object_get_boolean(get(net, "cable")))
		printf("cable to %s of domain %" PRIu64, string(net, "peer_name"),
		       number(net, "peer_domid"));
	else
		printf("interface %s %s", string(net, "ifname"),
		       json_object_get_boolean(get(net, "up")) ? "up" : "down");
	printf("%s\n", json_object_get_boolean(get(net, "ring")) ? ", ring" : "");
}

void show_net_stats(struct json_object *net)
{
	printf("  received %" PRIu64 " frames, %" PRIu64 " bytes, dropped %" PRIu64 "\n",
	       number(net, "rx_packets"), number(net, "rx_bytes"), number(net, "rx_dropped"));
	printf("  sent     %" PRIu64 " frames, %" PRIu64 " bytes, dropped %" PRIu64
	       ", refused %" PRIu64 "\n",
	       number(net, "tx_packets"), number(net, "tx_bytes"), number(net, "tx_dropped"),
	       number(net, "tx_errors"));
}
