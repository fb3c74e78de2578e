#include "node_store.h"

#include <stdlib.h>

#define ASK_EVERY (10 * SECOND_MS) /* clouds limit how often one may ask */

static const struct node_group_driver *driver_named(const char *text, const char **config, struct err *err)
{
	size_t length = strcspn(text, ":");
	char known[200] = "";
	for (size_t i = 0; node_group_drivers[i]; i++) {
		const char *name = node_group_drivers[i]->name;
		size_t used = strlen(known);
		*config = text[length] ? text + length + 1 : "";
		if (strlen(name) == length && memcmp(name, text, length) == 0)
			return node_group_drivers[i];
		snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", name);
	}
	err_set(err, "--node-group: found '%.60s', allowed is one of %s", text, known);
	return NULL;
}

int groups_open(struct live_nodes *nodes, struct err *err)
{
	const struct live_nodes_config *config = &nodes->config;
	nodes->sources = calloc(config->n_groups + 1, sizeof *nodes->sources);
	if (!nodes->sources)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < config->n_groups; i++) {
		const char *rest;
		struct group_source *source = &nodes->sources[i];
		source->driver = driver_named(config->groups[i], &rest, err);
		if (!source->driver)
			return -1;
		source->self = source->driver->open(config->net, config->kube, rest, config->log, err);
		if (!source->self)
			return err_wrap(err, "--node-group %s", source->driver->name);
		nodes->n_sources++;
	}
	return 0;
}

static void forget(struct live_nodes *nodes)
{
	for (uint32_t g = 0; g < nodes->n_groups; g++)
		free(nodes->memories[g].name);
	free(nodes->memories);
	nodes->memories = NULL;
	nodes->n_groups = 0;
}

void groups_close(struct live_nodes *nodes)
{
	for (uint32_t i = 0; i < nodes->n_sources; i++)
		nodes->sources[i].driver->close(nodes->sources[i].self);
	forget(nodes);
	free(nodes->sources);
}

const struct node_group *group_at(const struct live_nodes *nodes, uint32_t group, struct group_source **source)
{
	for (uint32_t i = 0; i < nodes->n_sources; i++) {
		struct group_source *one = &nodes->sources[i];
		if (group >= one->first && group < one->first + one->n) {
			*source = one;
			return &one->groups[group - one->first];
		}
	}
	return NULL;
}

/* All of a group but its size. */
static uint64_t hash_of(const struct node_group *group)
{
	const int64_t numbers[] = {group->min,          group->max,  group->has_template, group->cpu_milli,
				   group->memory_bytes, group->pods, group->n_labels,     group->n_taints};
	uint64_t hash = table_hash_text(table_hash_text(0, group->instance_type), group->trouble);
	for (size_t i = 0; i < COUNT(numbers); i++)
		hash = mix64(hash ^ (uint64_t)numbers[i]);
	for (uint32_t i = 0; i < group->n_labels; i++)
		hash = table_hash_text(table_hash_text(hash, group->labels[i].key), group->labels[i].value);
	for (uint32_t i = 0; i < group->n_taints; i++)
		hash = table_hash_text(
		    table_hash_text(table_hash_text(hash, group->taints[i].key), group->taints[i].value),
		    group->taints[i].effect);
	return hash;
}

static const struct group_memory *memory_named(const struct live_nodes *nodes, const char *name, uint32_t guess)
{
	if (guess < nodes->n_groups && strcmp(nodes->memories[guess].name, name) == 0)
		return &nodes->memories[guess];
	for (uint32_t g = 0; g < nodes->n_groups; g++)
		if (strcmp(nodes->memories[g].name, name) == 0)
			return &nodes->memories[g];
	return NULL;
}

/* What is known of each goes over by name: groups come and go. Of one that is seen for the first time, nodes that are
 * missing may have been asked for just before. */
static int remember(struct live_nodes *nodes, uint32_t n, ms_t now)
{
	struct group_memory *memories = calloc(n + 1, sizeof *memories);
	struct group_source *source;
	bool fine = memories != NULL, changed = n != nodes->n_groups;
	for (uint32_t g = 0; fine && g < n; g++) {
		const struct node_group *group = group_at(nodes, g, &source);
		const struct group_memory *old = memory_named(nodes, group->name, g);
		struct group_memory *new = &memories[g];
		*new = (struct group_memory){
		    .name = strdup(group->name), .size = group->size, .traits = hash_of(group), .asked_at = now};
		if (old && group->size <= old->size)
			new->asked_at = old->asked_at;
		changed |= !old || old->size != new->size || old->traits != new->traits ||
			   old - nodes->memories != (ptrdiff_t)g;
		fine = new->name != NULL;
	}
	if (!fine) {
		for (uint32_t g = 0; memories && g < n; g++)
			free(memories[g].name);
		free(memories);
		forget(nodes); /* what they are of is not there any more */
		return -1;
	}
	nodes->changes += changed;
	forget(nodes);
	nodes->memories = memories;
	nodes->n_groups = n;
	return 0;
}

/* A driver that does not answer keeps its groups as they were, and they are held. */
static void ask(struct live_nodes *nodes, struct group_source *source)
{
	struct err err;
	char before[sizeof source->trouble];
	memcpy(before, source->trouble, sizeof before);
	source->trouble[0] = 0;
	if (source->driver->groups(source->self, &source->groups, &source->n, &err) < 0)
		snprintf(source->trouble, sizeof source->trouble, "%.255s", err.message);
	if (source->trouble[0] && strcmp(source->trouble, before) != 0)
		log_line(nodes->config.log, LOG_WARN, "node groups not known", "driver", source->driver->name, "reason",
			 source->trouble, NULL);
	nodes->changes += !before[0] != !source->trouble[0];
}

void groups_refresh(struct live_nodes *nodes, ms_t now)
{
	uint32_t n = 0;
	if (nodes->groups_asked_at != MS_UNSET && now - nodes->groups_asked_at < ASK_EVERY)
		return;
	for (uint32_t i = 0; i < nodes->n_sources; i++) {
		ask(nodes, &nodes->sources[i]);
		nodes->sources[i].first = n;
		n += nodes->sources[i].n;
	}
	nodes->refreshes++;
	nodes->groups_asked_at = remember(nodes, n, now) < 0 ? MS_UNSET : now;
}

static void find_group(struct live_nodes *nodes, struct live_node *node)
{
	uint32_t before = node->group;
	node->refresh = nodes->refreshes;
	node->group = NO_GROUP;
	for (uint32_t s = 0; s < nodes->n_sources && node->group == NO_GROUP; s++) {
		const struct group_source *source = &nodes->sources[s];
		int32_t group = source->driver->group_of(source->self, node->provider_id, node->name);
		if (group >= 0 && (uint32_t)group < source->n)
			node->group = source->first + (uint32_t)group;
	}
	nodes->changes += node->group != before;
}

void groups_of_nodes(struct live_nodes *nodes, ms_t now)
{
	for (uint32_t g = 0; g < nodes->n_groups; g++)
		nodes->memories[g].registered = 0;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		struct live_node *node = nodes->nodes[i];
		if (node->refresh != nodes->refreshes)
			find_group(nodes, node);
		if (node->group < nodes->n_groups)
			nodes->memories[node->group].registered += !node->given_up;
	}
	for (uint32_t g = 0; g < nodes->n_groups; g++)
		if (nodes->memories[g].registered >= nodes->memories[g].size)
			nodes->memories[g].asked_at = now;
}

int64_t node_price(const struct live_nodes *nodes, const char *instance_type)
{
	const struct price_book *book = nodes->config.prices;
	if (!book || !instance_type || !*instance_type)
		return -1;
	for (uint32_t i = 0; i < book->n_types; i++)
		if (strcmp(book->types[i].name, instance_type) == 0)
			return book->types[i].price_nano_per_hour;
	return -1;
}
