#include "node_store.h"

#include "../text/grown.h"

#include <stdlib.h>

/* ---- slots: a node keeps its own as long as it is there ---- */

static bool slot_take(struct live_nodes *nodes, struct live_node *node)
{
	uint32_t slot = 0;
	while (slot < nodes->n_slots && nodes->slots[slot])
		slot++;
	if (slot == nodes->n_slots) {
		if (slot == nodes->slots_room) {
			uint32_t room = slot ? 2 * slot : 64;
			bool *slots = realloc(nodes->slots, room * sizeof *slots);
			if (!slots)
				return false;
			nodes->slots = slots;
			nodes->slots_room = room;
		}
		nodes->n_slots++;
	}
	nodes->slots[slot] = true;
	node->slot = slot;
	return true;
}

/* ---- found by uid and by name ---- */

static uint64_t hash_of(const struct live_nodes *nodes, const char *text)
{
	return table_hash(mix64((uintptr_t)nodes), text, strlen(text));
}

static struct live_node *find_uid(const struct live_nodes *nodes, const char *uid)
{
	uint64_t hash = hash_of(nodes, uid);
	for (struct table_link *link = table_first(&nodes->uids, hash); link; link = table_next(link)) {
		struct live_node *node = TABLE_OF(link, struct live_node, by_uid);
		if (strcmp(node->uid, uid) == 0)
			return node;
	}
	return NULL;
}

struct live_node *live_node_find(const struct live_nodes *nodes, const char *name)
{
	uint64_t hash = hash_of(nodes, name);
	for (struct table_link *link = table_first(&nodes->names, hash); link; link = table_next(link)) {
		struct live_node *node = TABLE_OF(link, struct live_node, by_name);
		if (strcmp(node->name, name) == 0)
			return node;
	}
	return NULL;
}

static void link_in(struct live_nodes *nodes, struct live_node *node)
{
	nodes->nodes[node->index] = node;
	table_add(&nodes->uids, &node->by_uid, hash_of(nodes, node->uid));
	table_add(&nodes->names, &node->by_name, hash_of(nodes, node->name));
}

static void link_out(struct live_nodes *nodes, struct live_node *node)
{
	table_remove(&nodes->uids, &node->by_uid);
	table_remove(&nodes->names, &node->by_name);
}

/* ---- the sink ---- */

/* A heartbeat changes nothing that is looked at. */
static bool same(const struct live_node *a, const struct live_node *b)
{
	return strcmp(a->traits, b->traits) == 0 && strcmp(a->provider_id, b->provider_id) == 0 &&
	       a->cpu_milli == b->cpu_milli && a->memory_bytes == b->memory_bytes && a->pods == b->pods &&
	       a->ready == b->ready && a->leaving_at == b->leaving_at && a->created_at == b->created_at;
}

static void replace(struct live_nodes *nodes, struct live_node *old, struct live_node *node)
{
	bool moved = strcmp(old->provider_id, node->provider_id) != 0;
	node->index = old->index;
	node->slot = old->slot;
	node->id = old->id;
	node->group = moved ? NO_GROUP : old->group;
	node->refresh = moved ? 0 : old->refresh;
	node->given_up = old->given_up && node->leaving_at != MS_UNSET;
	node->let_go_at = old->let_go_at;
	node->n_asked = old->n_asked;
	node->was_ready |= old->was_ready;
	nodes->changes += !same(old, node);
	link_out(nodes, old);
	node_free(old);
	link_in(nodes, node);
}

static bool add(struct live_nodes *nodes, struct live_node *node)
{
	struct live_node **grown =
	    heap_grown(nodes->nodes, nodes->n_nodes, &nodes->nodes_room, sizeof(struct live_node *));
	nodes->nodes = grown ? grown : nodes->nodes;
	if (!grown || table_reserve(&nodes->uids) < 0 || table_reserve(&nodes->names) < 0 || !slot_take(nodes, node))
		return false;
	/* The same in each process: the core's memory of a node outlives one. */
	node->id = (uint32_t)mix64(table_hash(0, node->uid, strlen(node->uid)));
	node->index = (uint32_t)nodes->n_nodes++;
	link_in(nodes, node);
	nodes->changes++;
	return true;
}

void node_put(struct live_nodes *nodes, const char *uid, struct json_value object)
{
	struct live_node *node = node_read(&nodes->text, uid, object), *old = find_uid(nodes, uid);
	if (node)
		node->listed = true;
	if (node && old) {
		replace(nodes, old, node);
	} else if (!node || !add(nodes, node)) {
		node_free(node);
		log_line(nodes->config.log, LOG_ERROR, "a node is left out", "uid", uid, "reason", "out of memory",
			 NULL);
	}
}

static void node_remove(struct live_nodes *nodes, struct live_node *node)
{
	struct live_node *last = nodes->nodes[--nodes->n_nodes];
	nodes->nodes[node->index] = last;
	last->index = node->index;
	nodes->slots[node->slot] = false;
	link_out(nodes, node);
	node_free(node);
	nodes->changes++;
}

static void on_begin(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = 0; i < nodes->n_nodes; i++)
		nodes->nodes[i]->listed = false;
}

static void on_put(void *self, const char *uid, struct json_value object)
{
	node_put(self, uid, object);
}

static void on_drop(void *self, const char *uid)
{
	struct live_node *node = find_uid(self, uid);
	if (node)
		node_remove(self, node);
}

static void on_end(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = nodes->n_nodes; i-- > 0;)
		if (!nodes->nodes[i]->listed)
			node_remove(nodes, nodes->nodes[i]);
}

struct watch_sink node_sink(struct live_nodes *nodes)
{
	return (struct watch_sink){nodes, on_begin, on_put, on_drop, on_end};
}

int node_watch_open(struct live_nodes *nodes, struct err *err)
{
	const struct watch_sink sink = node_sink(nodes);
	nodes->node_watch = watch_open(nodes->config.kube, "/api/v1/nodes", NULL, &sink, nodes->config.log, err);
	return nodes->node_watch ? 0 : -1;
}

void node_watch_close(struct live_nodes *nodes)
{
	watch_close(nodes->node_watch);
	for (size_t i = 0; i < nodes->n_nodes; i++)
		node_free(nodes->nodes[i]);
	free(nodes->nodes);
	free(nodes->slots);
	table_free(&nodes->uids);
	table_free(&nodes->names);
	canonical_free(&nodes->text);
}
