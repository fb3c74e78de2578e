#include "cluster_api.h"

#include "quantity.h"

#include <stdlib.h>

/* Cluster API (cluster.x-k8s.io): MachineDeployments, MachineSets that none owns, and MachinePools, scaled through
 * /scale. Annotations: as documented for cluster-autoscaler's provider clusterapi. */

#define GROUP    "cluster.x-k8s.io"
#define MIN_SIZE GROUP "/cluster-api-autoscaler-node-group-min-size"
#define MAX_SIZE GROUP "/cluster-api-autoscaler-node-group-max-size"
#define CAPACITY "capacity.cluster-autoscaler.kubernetes.io/"
#define MAX_PODS 110
#define TIMEOUT  (5 * SECOND_MS)

static const char *const plurals[] = {"machinedeployments", "machinesets", "machinepools"};
static const char *const kinds[] = {"MachineDeployment", "MachineSet", "MachinePool"};
static const char *const short_names[] = {"md", "ms", "mp"};

/* ---- one collection ---- */

struct collection {
	struct cluster_api *api;
	struct arena arena;
	struct node_group *groups;
	struct cluster_api_machine *machines;
	size_t n_groups, groups_room, n_machines, machines_room;
	bool failed;
};

static char *text(struct collection *collection, struct json_value value)
{
	char *copy = value.at ? json_text(value, &collection->arena) : NULL;
	return copy ? copy : arena_strdup(&collection->arena, "");
}

static char *joined(struct collection *collection, const char *a, const char *b, const char *c)
{
	char *out = arena_alloc(&collection->arena, strlen(a) + strlen(b) + strlen(c) + 3, 1);
	if (out)
		sprintf(out, "%s/%s/%s", a, b, c);
	collection->failed |= !out;
	return out;
}

/* Asks for a list; 404: there is no such kind, and nothing of it. */
static int list(struct collection *collection, const char *plural, char **body, struct json_value *items,
		struct err *err)
{
	struct cluster_api *api = collection->api;
	char path[256];
	struct answer answer;
	struct json_value object;
	kube_path(path, sizeof path, api->version, NULL, plural, NULL, NULL);
	const struct call call = {.method = "GET", .path = path, .timeout = TIMEOUT, .retries = 1};
	*body = NULL;
	*items = (struct json_value){0};
	if (server_fetch(kube_server(api->kube), &call, &answer, body, err) < 0)
		return answer.status == 404 ? 0 : -1;
	if (json_value_parse(plural, *body, answer.size, &object, err) < 0)
		return -1;
	*items = json_in(object, "items");
	return 0;
}

/* ---- groups ---- */

bool cluster_api_size(struct json_value annotations, const char *key, int32_t *out)
{
	char digits[16] = "";
	char *end;
	size_t length = json_copy(json_in(annotations, key), digits, sizeof digits);
	long value = strtol(digits, &end, 10);
	if (length == 0 || length >= sizeof digits || *end || value < 0 || value > INT32_MAX)
		return false;
	*out = (int32_t)value;
	return true;
}

static const struct label *read_labels(struct collection *collection, char *words, uint32_t *n)
{
	size_t most = 1;
	for (const char *c = words; *c; c++)
		most += *c == ',';
	struct label *labels = arena_alloc(&collection->arena, most, sizeof *labels);
	char *rest = words;
	collection->failed |= !labels;
	*n = 0;
	for (char *word; labels && (word = strtok_r(rest, ",", &rest));) {
		char *equals = strchr(word, '=');
		if (equals)
			*equals = 0;
		labels[(*n)++] = (struct label){word, equals ? equals + 1 : ""};
	}
	return labels;
}

/* "key=value:effect", "key:effect" */
static const struct node_taint *read_taints(struct collection *collection, char *words, uint32_t *n)
{
	size_t most = 1;
	for (const char *c = words; *c; c++)
		most += *c == ',';
	struct node_taint *taints = arena_alloc(&collection->arena, most, sizeof *taints);
	char *rest = words;
	collection->failed |= !taints;
	*n = 0;
	for (char *word; taints && (word = strtok_r(rest, ",", &rest));) {
		char *colon = strrchr(word, ':'), *equals = strchr(word, '=');
		if (!colon)
			continue;
		*colon = 0;
		if (equals)
			*equals = 0;
		taints[(*n)++] = (struct node_taint){word, equals ? equals + 1 : "", colon + 1};
	}
	return taints;
}

static void read_capacity(struct collection *collection, struct json_value annotations, struct node_group *group)
{
	wide_t nano;
	int32_t pods = MAX_PODS;
	struct json_value cpu = json_in(annotations, CAPACITY "cpu"), memory = json_in(annotations, CAPACITY "memory");
	group->cpu_milli = json_milli(cpu, 0);
	if (json_quantity(memory, &nano) && nano > 0 && nano / NANO <= INT64_MAX)
		group->memory_bytes = (int64_t)(nano / NANO);
	cluster_api_size(annotations, CAPACITY "maxPods", &pods);
	group->pods = pods;
	group->has_template = group->cpu_milli > 0 && group->memory_bytes > 0;
	group->labels =
	    read_labels(collection, text(collection, json_in(annotations, CAPACITY "labels")), &group->n_labels);
	group->taints =
	    read_taints(collection, text(collection, json_in(annotations, CAPACITY "taints")), &group->n_taints);
	for (uint32_t i = 0; i < group->n_labels; i++) {
		if (strcmp(group->labels[i].key, "node.kubernetes.io/instance-type") == 0)
			group->instance_type = group->labels[i].value;
		if (strcmp(group->labels[i].key, "topology.kubernetes.io/zone") == 0)
			group->zone = group->labels[i].value;
	}
}

static bool is_owned(struct json_value metadata)
{
	struct json_walk walk = json_walk(json_in(metadata, "ownerReferences"));
	struct json_value owner;
	while (json_each(&walk, NULL, &owner))
		if (json_equals(json_in(owner, "kind"), "MachineDeployment"))
			return true;
	return false;
}

static void read_group(struct collection *collection, size_t kind, struct json_value object)
{
	struct json_value metadata = json_in(object, "metadata"), annotations = json_in(metadata, "annotations");
	struct node_group group = {.min = 0, .max = 0};
	bool has_min = cluster_api_size(annotations, MIN_SIZE, &group.min);
	if (!cluster_api_size(annotations, MAX_SIZE, &group.max) || !has_min || is_owned(metadata))
		return; /* not for an autoscaler */
	void *grown = arena_grown(&collection->arena, collection->groups, collection->n_groups,
				  &collection->groups_room, sizeof group);
	const char *namespace_ = text(collection, json_in(metadata, "namespace"));
	const char *name = text(collection, json_in(metadata, "name"));
	collection->failed |= !grown || !namespace_ || !name;
	if (collection->failed)
		return;
	collection->groups = grown;
	int64_t size = json_int(json_path(object, "spec.replicas"), 1);
	group.size = (int32_t)max64(min64(size, INT32_MAX), 0);
	group.id = joined(collection, plurals[kind], namespace_, name);
	group.name = joined(collection, short_names[kind], namespace_, name);
	group.trouble = group.min > group.max ? "its least size is above its greatest" : NULL;
	read_capacity(collection, annotations, &group);
	collection->groups[collection->n_groups++] = group;
}

/* ---- machines ---- */

/* Of a MachineSet that a MachineDeployment owns: the deployment. */
struct owner {
	const char *set, *deployment; /* "namespace/name" ids of groups */
};
struct owners {
	struct owner *list;
	size_t n, room;
};

static struct json_value controller(struct json_value metadata, const char *kind)
{
	struct json_walk walk = json_walk(json_in(metadata, "ownerReferences"));
	struct json_value owner;
	while (json_each(&walk, NULL, &owner))
		if (json_equals(json_in(owner, "kind"), kind))
			return json_in(owner, "name");
	return (struct json_value){0};
}

static void read_set_owner(struct collection *collection, struct owners *owners, struct json_value object)
{
	struct json_value metadata = json_in(object, "metadata"),
			  deployment = controller(metadata, "MachineDeployment");
	if (!deployment.at)
		return;
	void *grown = arena_grown(&collection->arena, owners->list, owners->n, &owners->room, sizeof *owners->list);
	collection->failed |= !grown;
	if (!grown)
		return;
	owners->list = grown;
	const char *namespace_ = text(collection, json_in(metadata, "namespace"));
	owners->list[owners->n++] =
	    (struct owner){joined(collection, "machinesets", namespace_, text(collection, json_in(metadata, "name"))),
			   joined(collection, "machinedeployments", namespace_, text(collection, deployment))};
}

static const char *group_id(struct collection *collection, const struct owners *owners, struct json_value metadata)
{
	const char *namespace_ = text(collection, json_in(metadata, "namespace"));
	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		struct json_value owner = controller(metadata, kinds[kind]);
		if (!owner.at)
			continue;
		const char *id = joined(collection, plurals[kind], namespace_, text(collection, owner));
		for (size_t i = 0; id && i < owners->n; i++)
			if (owners->list[i].set && strcmp(owners->list[i].set, id) == 0)
				return owners->list[i].deployment;
		return id;
	}
	return NULL;
}

static void read_machine(struct collection *collection, const struct owners *owners, struct json_value object)
{
	struct json_value metadata = json_in(object, "metadata");
	const char *id = group_id(collection, owners, metadata);
	int32_t group = -1;
	for (size_t g = 0; id && g < collection->n_groups; g++)
		if (strcmp(collection->groups[g].id, id) == 0)
			group = (int32_t)g;
	if (group < 0)
		return;
	void *grown = arena_grown(&collection->arena, collection->machines, collection->n_machines,
				  &collection->machines_room, sizeof *collection->machines);
	collection->failed |= !grown;
	if (!grown)
		return;
	collection->machines = grown;
	struct cluster_api_machine machine = {
	    .group = group,
	    .namespace_ = text(collection, json_in(metadata, "namespace")),
	    .name = text(collection, json_in(metadata, "name")),
	    .node = text(collection, json_path(object, "status.nodeRef.name")),
	    .provider_id = text(collection, json_path(object, "spec.providerID")),
	};
	collection->failed |= !machine.namespace_ || !machine.name || !machine.node || !machine.provider_id;
	collection->machines[collection->n_machines++] = machine;
}

static int collect(struct collection *collection, struct err *err)
{
	struct owners owners = {0};
	struct json_value items, item;
	char *body;
	for (size_t kind = 0; kind < COUNT(plurals); kind++) {
		int listed = list(collection, plurals[kind], &body, &items, err);
		struct json_walk walk = json_walk(items);
		while (listed == 0 && json_each(&walk, NULL, &item)) {
			read_group(collection, kind, item);
			if (strcmp(plurals[kind], "machinesets") == 0)
				read_set_owner(collection, &owners, item);
		}
		free(body);
		if (listed < 0)
			return err_wrap(err, "%s", plurals[kind]);
	}
	int listed = list(collection, "machines", &body, &items, err);
	struct json_walk walk = json_walk(items);
	while (listed == 0 && json_each(&walk, NULL, &item))
		read_machine(collection, &owners, item);
	free(body);
	if (collection->failed)
		return err_set(err, "out of memory for the machines");
	return listed;
}

/* A pool whose machines are not shown cannot be told which of them to delete: it only grows. */
static void hold_pools(struct collection *collection)
{
	for (size_t g = 0; g < collection->n_groups; g++) {
		struct node_group *group = &collection->groups[g];
		bool shown = false;
		for (size_t m = 0; m < collection->n_machines; m++)
			shown |= collection->machines[m].group == (int32_t)g;
		if (strncmp(group->id, "machinepools/", 13) == 0 && !shown)
			group->min = group->size > group->min ? group->size : group->min;
	}
}

int cluster_api_groups(void *self, const struct node_group **groups, uint32_t *n, struct err *err)
{
	struct cluster_api *api = self;
	struct collection collection = {.api = api};
	if (collect(&collection, err) < 0) {
		arena_free(&collection.arena);
		return -1;
	}
	hold_pools(&collection);
	arena_free(&api->arena);
	api->arena = collection.arena;
	api->groups = collection.groups;
	api->n_groups = collection.n_groups;
	api->machines = collection.machines;
	api->n_machines = collection.n_machines;
	*groups = api->groups;
	*n = (uint32_t)api->n_groups;
	return 0;
}

const struct cluster_api_machine *cluster_api_machine(const struct cluster_api *api, const char *provider_id,
						      const char *node)
{
	for (size_t i = 0; i < api->n_machines; i++) {
		const struct cluster_api_machine *machine = &api->machines[i];
		bool by_id = provider_id && *provider_id && strcmp(machine->provider_id, provider_id) == 0;
		if (by_id || (*machine->node && strcmp(machine->node, node) == 0))
			return machine;
	}
	return NULL;
}

int32_t cluster_api_group_of(void *self, const char *provider_id, const char *node)
{
	const struct cluster_api_machine *machine = cluster_api_machine(self, provider_id, node);
	return machine ? machine->group : -1;
}
