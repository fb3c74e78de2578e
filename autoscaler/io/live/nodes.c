#include "node_store.h"

#include <stdlib.h>

static int open_watches(struct live_nodes *nodes, struct err *err)
{
	if (!nodes->config.kube)
		return 0;
	if (node_watch_open(nodes, err) < 0)
		return -1;
	return nodes->n_sources ? budget_watch_open(nodes, err) : 0;
}

struct live_nodes *live_nodes_open(const struct live_nodes_config *config, struct err *err)
{
	struct live_nodes *nodes = calloc(1, sizeof *nodes);
	if (!nodes) {
		err_set(err, "out of memory");
		return NULL;
	}
	nodes->config = *config;
	nodes->groups_asked_at = MS_UNSET;
	if (groups_open(nodes, err) == 0 && open_watches(nodes, err) == 0)
		return nodes;
	live_nodes_close(nodes);
	return NULL;
}

void live_nodes_close(struct live_nodes *nodes)
{
	if (!nodes)
		return;
	node_watch_close(nodes);
	budget_watch_close(nodes);
	groups_close(nodes);
	arena_free(&nodes->picture.arena);
	free(nodes->told);
	free(nodes);
}

/* Without groups nodes are only told of: whoever may not list them can still scale workloads. */
bool live_nodes_synced(const struct live_nodes *nodes)
{
	return nodes->n_sources == 0 || (watch_synced(nodes->node_watch) && watch_synced(nodes->budget_watch));
}

uint32_t live_nodes_max(const struct live_nodes *nodes)
{
	uint32_t asked_for = 0;
	if (nodes->n_sources == 0)
		return 0;
	for (uint32_t g = 0; g < nodes->n_groups; g++)
		asked_for += (uint32_t)max64(nodes->memories[g].size - nodes->memories[g].registered, 0);
	return nodes->n_slots + asked_for;
}

uint32_t live_nodes_max_groups(const struct live_nodes *nodes)
{
	return nodes->n_groups > 64 ? 2 * nodes->n_groups : 64;
}

/* More wait than at the last look. */
bool live_nodes_woken(struct live_nodes *nodes)
{
	uint64_t generation = live_pods_generation(nodes->config.pods);
	uint32_t waiting = 0, n = live_pods_count(nodes->config.pods);
	if (nodes->n_sources == 0 || generation == nodes->woken_at)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod = live_pod_at(nodes->config.pods, i);
		waiting += !pod->node && !pod->view.deleted && pod->unschedulable_at != MS_UNSET;
	}
	bool more = waiting > nodes->seen_unschedulable;
	nodes->woken_at = generation;
	nodes->seen_unschedulable = waiting;
	return more;
}

int live_nodes_observe(struct live_nodes *nodes, ms_t now, ms_t ahead, struct snapshot *snapshot, struct err *err)
{
	const struct node_picture *picture = &nodes->picture;
	nodes->wall = now - ahead;
	groups_refresh(nodes, now);
	groups_of_nodes(nodes, now);
	if (nodes_draw(nodes, now, ahead, err) < 0)
		return -1;
	if (nodes->n_sources)
		kept_tell(nodes);
	snapshot->nodes = picture->views;
	snapshot->n_nodes = picture->n_slots;
	snapshot->pending = picture->pending;
	snapshot->n_pending = picture->n_pending;
	snapshot->groups = picture->groups;
	snapshot->n_groups = picture->n_groups;
	snapshot->fits = picture->fits;
	snapshot->n_shapes = picture->n_shapes;
	snapshot->n_kinds = picture->n_kinds;
	snapshot->budgets = picture->budgets;
	snapshot->n_budgets = picture->n_budgets;
	snapshot->n_unready = picture->n_unready;
	snapshot->generation = nodes->generation;
	return 0;
}

const char *live_node_name(const struct live_nodes *nodes, uint32_t slot)
{
	const struct node_picture *picture = &nodes->picture;
	return slot < picture->n_slots ? picture->names[slot] : NULL;
}

const char *live_node_type(const struct live_nodes *nodes, const char *name)
{
	const struct live_node *node = live_node_find(nodes, name);
	return node ? node->instance_type : "";
}

const char *live_nodes_trouble(const struct live_nodes *nodes)
{
	return watch_trouble(nodes->node_watch);
}

const char *live_group_name(const struct live_nodes *nodes, uint32_t group)
{
	return group < nodes->n_groups ? nodes->memories[group].name : NULL;
}

uint32_t live_nodes_kept(const struct live_nodes *nodes, const struct live_kept **kept)
{
	*kept = nodes->picture.kept;
	return (uint32_t)nodes->picture.n_kept;
}

struct live_nodes_sum live_nodes_sum(const struct live_nodes *nodes)
{
	struct live_nodes_sum sum = {.nodes = (uint32_t)nodes->n_nodes, .pending = nodes->picture.n_pending_pods};
	sum.cost_nano_per_hour = nodes->config.prices ? 0 : -1;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		int64_t price = node_price(nodes, nodes->nodes[i]->instance_type);
		sum.ready += nodes->nodes[i]->ready;
		sum.unpriced += price < 0;
		if (nodes->config.prices)
			sum.cost_nano_per_hour += max64(price, 0);
	}
	return sum;
}
