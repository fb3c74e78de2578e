#include "node_store.h"

#include "../text/grown.h"

#include <stdlib.h>

/* ---- a node ---- */

static void node_free(struct live_node *node)
{
	if (!node)
		return;
	char *const texts[] = {node->uid,  node->name,   node->provider_id, node->instance_type,
			       node->zone, node->traits, node->hostname,    node->taints};
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	free(node);
}

/* A text of its own, "" when there is none. */
static char *own_text(struct json_value value, bool *failed)
{
	size_t length = json_copy(value, NULL, 0);
	char *text = malloc(length + 1);
	*failed |= !text;
	if (text) {
		text[0] = 0;
		json_copy(value, text, length + 1);
	}
	return text;
}

static char *own_bytes(const char *bytes, size_t length, bool *failed)
{
	char *text = malloc(length + 1);
	*failed |= !text;
	if (text) {
		memcpy(text, bytes, length);
		text[length] = 0;
	}
	return text;
}

/* When our taint says that its leaving began, in seconds since 1970. */
static ms_t leaving_since(struct json_value taints)
{
	struct json_walk walk = json_walk(taints);
	struct json_value taint;
	while (json_each(&walk, NULL, &taint)) {
		char value[24] = "";
		if (!json_equals(json_in(taint, "key"), LIVE_LEAVING_TAINT))
			continue;
		json_copy(json_in(taint, "value"), value, sizeof value);
		long long seconds = strtoll(value, NULL, 10);
		return seconds > 0 && seconds < INT64_C(253402300800) ? seconds * SECOND_MS : 0;
	}
	return MS_UNSET;
}

/* {"labels":{...},"taints":[...],"unschedulable":true}, without the host's name, in one way of writing it. */
static char *traits_text(struct canonical *text, struct json_value labels, struct json_value taints, bool unschedulable,
			 bool *failed)
{
	static const char hostname[] = "\"kubernetes.io/hostname\":";
	text->length = 0;
	text->failed = false;
	canonical_bytes(text, "{\"labels\":", 10);
	size_t at = text->length;
	if (json_is_object(labels))
		canonical_value(text, labels);
	else
		canonical_bytes(text, "{}", 2);
	canonical_bytes(text, "", 1); /* ends it for strstr */
	char *found = text->failed ? NULL : strstr(text->text + at, hostname);
	if (!text->failed)
		text->length--;
	if (found) { /* blanked out: a label's value holds no quote */
		char *end = strchr(found + sizeof hostname, '"');
		if (end) {
			memset(found, ' ', (size_t)(end + 1 - found));
			char *comma = end[1] == ','                                 ? end + 1
				      : found > text->text + at && found[-1] == ',' ? found - 1
										    : NULL;
			if (comma)
				*comma = ' ';
		}
	}
	canonical_bytes(text, ",\"taints\":", 10);
	if (json_is_array(taints))
		canonical_value(text, taints);
	else
		canonical_bytes(text, "[]", 2);
	canonical_bytes(text, unschedulable ? ",\"unschedulable\":true}" : "}", unschedulable ? 22 : 1);
	*failed |= text->failed;
	return text->failed ? NULL : own_bytes(text->text, text->length, failed);
}

static void read_status(struct live_node *node, struct json_value status)
{
	struct json_value allocatable = json_in(status, "allocatable"), condition;
	struct json_walk walk = json_walk(json_in(status, "conditions"));
	wide_t nano;
	node->cpu_milli = json_milli(json_in(allocatable, "cpu"), 0);
	if (json_quantity(json_in(allocatable, "memory"), &nano) && nano > 0 && nano / NANO < INT64_MAX)
		node->memory_bytes = (int64_t)(nano / NANO);
	if (json_quantity(json_in(allocatable, "pods"), &nano) && nano > 0 && nano / NANO < INT32_MAX)
		node->pods = (int64_t)(nano / NANO);
	while (json_each(&walk, NULL, &condition))
		if (json_equals(json_in(condition, "type"), "Ready"))
			node->ready = json_equals(json_in(condition, "status"), "True");
}

static const char *const type_labels[] = {"node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"};
static const char *const zone_labels[] = {"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"};

static struct json_value first_label(struct json_value labels, const char *const keys[2])
{
	struct json_value value = json_in(labels, keys[0]);
	return value.at ? value : json_in(labels, keys[1]);
}

static struct live_node *node_read(struct live_nodes *nodes, const char *uid, struct json_value object)
{
	struct live_node *node = calloc(1, sizeof *node);
	bool failed = false;
	if (!node)
		return NULL;
	struct json_value metadata = json_in(object, "metadata"), spec = json_in(object, "spec");
	struct json_value labels = json_in(metadata, "labels"), taints = json_in(spec, "taints");
	node->uid = own_bytes(uid, strlen(uid), &failed);
	node->name = own_text(json_in(metadata, "name"), &failed);
	node->provider_id = own_text(json_in(spec, "providerID"), &failed);
	node->instance_type = own_text(first_label(labels, type_labels), &failed);
	node->zone = own_text(first_label(labels, zone_labels), &failed);
	node->hostname = own_text(json_in(labels, "kubernetes.io/hostname"), &failed);
	node->taints = json_is_array(taints) ? own_bytes(taints.at, (size_t)(taints.end - taints.at), &failed)
					     : own_bytes("[]", 2, &failed);
	node->unschedulable = json_bool(json_in(spec, "unschedulable"), false);
	node->traits = traits_text(&nodes->text, labels, taints, node->unschedulable, &failed);
	json_copy(json_in(metadata, "resourceVersion"), node->resource_version, sizeof node->resource_version);
	node->created_at = json_time(json_in(metadata, "creationTimestamp"));
	node->leaving_at = leaving_since(taints);
	node->group = NO_GROUP;
	read_status(node, json_in(object, "status"));
	node->was_ready = node->ready;
	if (!failed)
		return node;
	node_free(node);
	return NULL;
}

/* ---- slots: a node keeps its own as long as it is there ---- */

static bool slot_take(struct live_nodes *nodes, struct live_node *node)
{
	uint32_t slot = 0;
	while (slot < nodes->n_slots && nodes->slots[slot])
		slot++;
	if (slot == nodes->n_slots) {
		if (slot == nodes->slots_room) {
			uint32_t room = slot ? 2 * slot : 64;
			uint32_t *slots = realloc(nodes->slots, room * sizeof *slots);
			if (!slots)
				return false;
			nodes->slots = slots;
			nodes->slots_room = room;
		}
		nodes->n_slots++;
	}
	nodes->slots[slot] = 1;
	node->slot = slot;
	return true;
}

static uint32_t id_of(const char *uid)
{
	uint64_t hash = 14695981039346656037u;
	for (; *uid; uid++)
		hash = (hash ^ (unsigned char)*uid) * 1099511628211u;
	return (uint32_t)mix64(hash);
}

/* ---- the sink of nodes ---- */

static size_t index_of(const struct live_nodes *nodes, const char *uid)
{
	size_t i = 0;
	while (i < nodes->n_nodes && strcmp(nodes->nodes[i]->uid, uid) != 0)
		i++;
	return i;
}

struct live_node *live_node_find(const struct live_nodes *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->n_nodes; i++)
		if (strcmp(nodes->nodes[i]->name, name) == 0)
			return nodes->nodes[i];
	return NULL;
}

/* A heartbeat changes nothing that is looked at. */
static bool same(const struct live_node *a, const struct live_node *b)
{
	return strcmp(a->traits, b->traits) == 0 && strcmp(a->provider_id, b->provider_id) == 0 &&
	       a->cpu_milli == b->cpu_milli && a->memory_bytes == b->memory_bytes && a->pods == b->pods &&
	       a->ready == b->ready && a->leaving_at == b->leaving_at;
}

void node_put(struct live_nodes *nodes, const char *uid, struct json_value object)
{
	struct live_node *node = node_read(nodes, uid, object);
	size_t i = index_of(nodes, uid);
	if (!node)
		return;
	node->listed = true;
	if (i < nodes->n_nodes) {
		struct live_node *old = nodes->nodes[i];
		node->slot = old->slot;
		node->id = old->id;
		node->group = old->group;
		node->was_ready |= old->was_ready;
		nodes->changes += !same(old, node);
		nodes->nodes[i] = node;
		node_free(old);
		return;
	}
	void *grown = heap_grown(nodes->nodes, nodes->n_nodes, &nodes->nodes_room, sizeof(struct live_node *));
	if (!grown) {
		node_free(node);
		return;
	}
	nodes->nodes = grown;
	node->id = id_of(uid);
	if (!slot_take(nodes, node)) {
		node_free(node);
		return;
	}
	nodes->nodes[nodes->n_nodes++] = node;
	nodes->changes++;
}

static void node_remove(struct live_nodes *nodes, size_t i)
{
	nodes->slots[nodes->nodes[i]->slot] = 0;
	node_free(nodes->nodes[i]);
	nodes->nodes[i] = nodes->nodes[--nodes->n_nodes];
	nodes->changes++;
}

static void nodes_begin(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = 0; i < nodes->n_nodes; i++)
		nodes->nodes[i]->listed = false;
}

static void nodes_put(void *self, const char *uid, struct json_value object)
{
	node_put(self, uid, object);
}

static void nodes_drop(void *self, const char *uid)
{
	struct live_nodes *nodes = self;
	size_t i = index_of(nodes, uid);
	if (i < nodes->n_nodes)
		node_remove(nodes, i);
}

static void nodes_end(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = nodes->n_nodes; i-- > 0;)
		if (!nodes->nodes[i]->listed)
			node_remove(nodes, i);
}

/* ---- the sink of budgets ---- */

static void budget_free(struct live_budget *budget)
{
	live_selector_free(budget->selector);
	free(budget->uid);
	free(budget->namespace_);
	free(budget);
}

static size_t budget_index(const struct live_nodes *nodes, const char *uid)
{
	size_t i = 0;
	while (i < nodes->n_budgets && strcmp(nodes->budgets[i]->uid, uid) != 0)
		i++;
	return i;
}

static void budget_remove(struct live_nodes *nodes, size_t i)
{
	budget_free(nodes->budgets[i]);
	nodes->budgets[i] = nodes->budgets[--nodes->n_budgets];
	nodes->changes++;
}

static struct live_budget *budget_read(struct live_nodes *nodes, const char *uid, struct json_value object)
{
	struct live_budget *budget = calloc(1, sizeof *budget);
	struct err err;
	bool failed = false;
	if (!budget)
		return NULL;
	int64_t allowed = json_int(json_path(object, "status.disruptionsAllowed"), 0);
	budget->uid = own_bytes(uid, strlen(uid), &failed);
	budget->namespace_ = own_text(json_path(object, "metadata.namespace"), &failed);
	budget->selector = live_selector_of(nodes->config.pods, json_path(object, "spec.selector"), &err);
	budget->allowed = (int32_t)min64(max64(allowed, 0), INT32_MAX);
	budget->listed = true;
	if (!failed && budget->selector)
		return budget;
	if (!failed)
		log_line(nodes->config.log, LOG_WARN, "disruption budget not understood", "reason", err.message, NULL);
	budget_free(budget);
	return NULL;
}

static void budgets_put(void *self, const char *uid, struct json_value object)
{
	struct live_nodes *nodes = self;
	struct live_budget *budget = budget_read(nodes, uid, object);
	size_t i = budget_index(nodes, uid);
	if (!budget)
		return;
	nodes->changes++;
	if (i < nodes->n_budgets) {
		budget_free(nodes->budgets[i]);
		nodes->budgets[i] = budget;
		return;
	}
	void *grown = heap_grown(nodes->budgets, nodes->n_budgets, &nodes->budgets_room, sizeof(struct live_budget *));
	if (!grown) {
		budget_free(budget);
		return;
	}
	nodes->budgets = grown;
	nodes->budgets[nodes->n_budgets++] = budget;
}

static void budgets_begin(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = 0; i < nodes->n_budgets; i++)
		nodes->budgets[i]->listed = false;
}

static void budgets_drop(void *self, const char *uid)
{
	struct live_nodes *nodes = self;
	size_t i = budget_index(nodes, uid);
	if (i < nodes->n_budgets)
		budget_remove(nodes, i);
}

static void budgets_end(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = nodes->n_budgets; i-- > 0;)
		if (!nodes->budgets[i]->listed)
			budget_remove(nodes, i);
}

int node_watches_open(struct live_nodes *nodes, struct err *err)
{
	const struct live_nodes_config *config = &nodes->config;
	const struct watch_sink node_sink = {nodes, nodes_begin, nodes_put, nodes_drop, nodes_end};
	const struct watch_sink budget_sink = {nodes, budgets_begin, budgets_put, budgets_drop, budgets_end};
	nodes->node_watch = watch_open(config->kube, "/api/v1/nodes", NULL, &node_sink, config->log, err);
	if (!nodes->node_watch)
		return -1;
	if (config->n_groups == 0)
		return 0;
	nodes->budget_watch =
	    watch_open(config->kube, "/apis/policy/v1/poddisruptionbudgets", NULL, &budget_sink, config->log, err);
	return nodes->budget_watch ? 0 : -1;
}

void node_watches_close(struct live_nodes *nodes)
{
	watch_close(nodes->node_watch);
	watch_close(nodes->budget_watch);
	for (size_t i = 0; i < nodes->n_nodes; i++)
		node_free(nodes->nodes[i]);
	for (size_t i = 0; i < nodes->n_budgets; i++)
		budget_free(nodes->budgets[i]);
	free(nodes->nodes);
	free(nodes->budgets);
	free(nodes->slots);
	canonical_free(&nodes->text);
}
