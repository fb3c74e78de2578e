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

/* What is known of each goes over by name: groups come and go. */
static void remember(struct live_nodes *nodes, uint32_t n, ms_t now)
{
	struct group_memory *memories = calloc(n + 1, sizeof *memories);
	struct group_source *source;
	if (!memories)
		return;
	for (uint32_t g = 0; g < n; g++) {
		const struct node_group *group = group_at(nodes, g, &source);
		memories[g] =
		    (struct group_memory){.name = strdup(group->name), .size = group->size, .asked_at = MS_UNSET};
		for (uint32_t old = 0; memories[g].name && old < nodes->n_groups; old++) {
			const struct group_memory *memory = &nodes->memories[old];
			if (!memory->name || strcmp(memory->name, group->name) != 0)
				continue;
			bool grown = group->size > memory->size;
			memories[g].asked_at = grown ? now : memory->asked_at;
			nodes->changes += group->size != memory->size;
		}
	}
	nodes->changes += n != nodes->n_groups;
	forget(nodes);
	nodes->memories = memories;
	nodes->n_groups = n;
}

/* A driver that does not answer keeps its groups as they were, and they are held. */
void groups_refresh(struct live_nodes *nodes, ms_t now)
{
	uint32_t n = 0;
	if (nodes->groups_asked_at != MS_UNSET && now - nodes->groups_asked_at < ASK_EVERY)
		return;
	for (uint32_t i = 0; i < nodes->n_sources; i++) {
		struct group_source *source = &nodes->sources[i];
		struct err err;
		bool held = source->trouble[0] != 0;
		source->trouble[0] = 0;
		if (source->driver->groups(source->self, &source->groups, &source->n, &err) < 0) {
			snprintf(source->trouble, sizeof source->trouble, "%.255s", err.message);
			log_line(nodes->config.log, LOG_WARN, "node groups not known", "driver", source->driver->name,
				 "reason", err.message, NULL);
		}
		nodes->changes += held != (source->trouble[0] != 0);
		source->first = n;
		n += source->n;
	}
	nodes->groups_asked_at = now;
	remember(nodes, n, now);
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
