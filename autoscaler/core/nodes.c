#include "nodes.h"

/* A productive scan is followed by another as soon as it has ended: this much later. */
#define LOOP_AGAIN_MS 100

int nodes_init(struct nodes *nodes, const struct core_config *config, struct arena *arena, struct err *err)
{
	uint32_t slots = config->max_nodes + 1;
	*nodes = (struct nodes){
	    .settings = &config->settings->ca,
	    .seed = (uint64_t)config->settings->sim.seed,
	    .next_scan = config->settings->ca.enabled ? config->start + config->settings->ca.phase : MS_NEVER,
	    .last_scale_up = MS_UNSET,
	    .last_delete = MS_UNSET,
	    .quiet_until = MS_UNSET,
	    .memory = arena_alloc(arena, slots, sizeof *nodes->memory),
	    .rooms = arena_alloc(arena, slots, sizeof *nodes->rooms),
	    .fresh = arena_alloc(arena, slots, sizeof *nodes->fresh),
	    .candidates = arena_alloc(arena, slots, sizeof *nodes->candidates),
	    .hosts = arena_alloc(arena, slots, sizeof *nodes->hosts),
	    .options = arena_alloc(arena, config->max_groups + 1, sizeof *nodes->options),
	    .max_nodes = config->max_nodes,
	    .max_groups = config->max_groups,
	    .arena = arena,
	};
	if (!nodes->memory || !nodes->rooms || !nodes->fresh || !nodes->candidates || !nodes->hosts || !nodes->options)
		return err_set(err, "out of memory for %u nodes", config->max_nodes);
	return 0;
}

static int reserve_demands(struct nodes *nodes, uint32_t count, struct err *err)
{
	if (count <= nodes->max_demands)
		return 0;
	uint32_t room = count > 2 * nodes->max_demands ? count : 2 * nodes->max_demands;
	nodes->demands = arena_alloc(nodes->arena, room, sizeof *nodes->demands);
	if (!nodes->demands)
		return err_set(err, "out of memory for %u pending pods", count);
	nodes->max_demands = room;
	return 0;
}

static int larger_first(const struct demand *a, const struct demand *b)
{
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return (a->since > b->since) - (a->since < b->since);
}

/* Room only gets less while pods are placed in thought: what asks for no less than one that found none finds none. */
static bool asks_no_less(const struct demand *demand, const struct demand *refused)
{
	return demand->cpu_milli >= refused->cpu_milli && demand->memory_bytes >= refused->memory_bytes;
}

/* Pending pods that find no room on the nodes that are there or on their way (filterOutSchedulable). */
static uint32_t unhelped(struct nodes *nodes, const struct snapshot *snapshot, struct node_decision *decision)
{
	struct demand refused = {0, INT64_MAX, INT64_MAX, 0, 0};
	uint32_t n = 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		bool open = node->state == NODE_READY || node->state == NODE_UPCOMING;
		nodes->rooms[slot] = (struct room){0};
		if (open)
			nodes->rooms[slot] =
			    (struct room){node->cpu_milli - node->used_cpu_milli,
					  node->memory_bytes - node->used_memory_bytes, node->pods - node->used_pods};
		decision->upcoming += node->state == NODE_UPCOMING;
	}
	for (uint32_t i = 0; i < snapshot->n_pending; i++) {
		const struct pending_view *pending = &snapshot->pending[i];
		if (snapshot->time - pending->since < nodes->settings->new_pod_delay) {
			nodes->quiet_until = min64(nodes->quiet_until, pending->since + nodes->settings->new_pod_delay);
			continue;
		}
		struct demand demand = {pending->count, pending->cpu_milli, pending->memory_bytes, pending->since, 0};
		decision->pending += pending->count;
		bool hopeless = asks_no_less(&demand, &refused);
		for (uint32_t slot = 0; slot < snapshot->n_nodes && demand.count && !hopeless; slot++)
			demand.count -= room_take(&nodes->rooms[slot], &demand, demand.count);
		if (demand.count == 0)
			continue;
		nodes->demands[n++] = demand;
		if (asks_no_less(&refused, &demand))
			refused = demand;
	}
	return n;
}

static void sort_demands(struct nodes *nodes, uint32_t n, const struct group_view *group)
{
	struct demand *demands = nodes->demands;
	for (uint32_t i = 0; i < n; i++)
		demands[i].size = (double)demands[i].cpu_milli / (double)max64(group->cpu_milli, 1) +
				  (double)demands[i].memory_bytes / (double)max64(group->memory_bytes, 1);
	for (uint32_t i = 1; i < n; i++) {
		struct demand moved = demands[i];
		uint32_t to = i;
		for (; to > 0 && larger_first(&moved, &demands[to - 1]) < 0; to--)
			demands[to] = demands[to - 1];
		demands[to] = moved;
	}
}

/* Every group that could help, with what it would add. */
static uint32_t find_options(struct nodes *nodes, const struct snapshot *snapshot, uint32_t n_demands)
{
	uint32_t n = 0;
	for (uint32_t g = 0; g < snapshot->n_groups; g++) {
		const struct group_view *group = &snapshot->groups[g];
		struct option *option = &nodes->options[n];
		int64_t most = min64(group->max - group->size, nodes->settings->max_nodes_per_scale_up);
		most = min64(most, nodes->max_nodes);
		if (most <= 0)
			continue;
		sort_demands(nodes, n_demands, group);
		option->group = g;
		estimate(group, nodes->demands, n_demands, nodes->fresh, (int32_t)most, option);
		n += option->pods > 0;
	}
	return n;
}

static bool all_very_new(const struct nodes *nodes, uint32_t n, ms_t now)
{
	ms_t oldest = MS_NEVER;
	for (uint32_t i = 0; i < n; i++)
		oldest = min64(oldest, nodes->demands[i].since);
	return oldest + nodes->settings->new_pod_age > now;
}

static void grow(struct nodes *nodes, const struct snapshot *snapshot, uint32_t n_demands, struct action *actions,
		 uint32_t *n_actions, struct node_decision *decision)
{
	uint32_t n_options = find_options(nodes, snapshot, n_demands);
	if (n_options == 0) {
		decision->reason = NODES_NO_GROUP_HELPS;
		return;
	}
	uint64_t random = mix64(nodes->seed ^ mix64((uint64_t)snapshot->time));
	uint32_t chosen = expander_choose((enum expander)nodes->settings->expander, nodes->options, n_options, random);
	const struct option *option = &nodes->options[chosen];
	int32_t size = snapshot->groups[option->group].size;
	actions[(*n_actions)++] = (struct action){ACTION_ADD_NODES, option->group, size, size + option->nodes, 0};
	nodes->last_scale_up = snapshot->time;
	decision->reason = NODES_SCALED_UP;
	decision->group = option->group;
	decision->added = (uint32_t)option->nodes;
}

/* A node that has not come in time is given up; what it was for will be asked for again. A group keeps its minimum
 * (removeOldUnregisteredNodes). */
static void give_up_late_nodes(struct nodes *nodes, const struct snapshot *snapshot, struct action *actions,
			       uint32_t *n_actions)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		if (node->state != NODE_UPCOMING)
			continue;
		ms_t due = node->created_at + nodes->settings->max_node_provision_time;
		if (due <= snapshot->time && group_spare(snapshot, node->group, actions, *n_actions) > 0)
			actions[(*n_actions)++] = (struct action){ACTION_REMOVE_NODE, slot, 0, 0, 0};
		else if (due > snapshot->time)
			nodes->quiet_until = min64(nodes->quiet_until, due);
	}
}

int nodes_step(struct nodes *nodes, const struct snapshot *snapshot, struct action *actions, uint32_t *n_actions,
	       struct node_decision *decision, struct err *err)
{
	ms_t now = snapshot->time;
	if (snapshot->n_nodes > nodes->max_nodes || snapshot->n_groups > nodes->max_groups)
		return err_set(err, "%u nodes in %u groups, more than the core was made for", snapshot->n_nodes,
			       snapshot->n_groups);
	nodes->next_scan = now + nodes->settings->scan_interval;
	decision->reason = NODES_NOTHING_TO_DO;
	if (snapshot->generation == nodes->seen_generation && now < nodes->quiet_until) {
		*decision = nodes->quiet;
		return 0;
	}
	if (reserve_demands(nodes, snapshot->n_pending, err) < 0)
		return -1;
	uint32_t before = *n_actions;
	nodes->seen_generation = snapshot->generation;
	nodes->quiet_until = MS_NEVER;
	give_up_late_nodes(nodes, snapshot, actions, n_actions);
	uint32_t n_demands = unhelped(nodes, snapshot, decision);
	if (n_demands) {
		nodes->quiet_until = now; /* pods grow old: the next scan may see it differently */
		if (all_very_new(nodes, n_demands, now))
			decision->reason = NODES_PODS_VERY_NEW;
		else
			grow(nodes, snapshot, n_demands, actions, n_actions, decision);
	}
	if (decision->reason != NODES_SCALED_UP && scale_down(nodes, snapshot, actions, n_actions, decision, err) < 0)
		return -1;
	if (*n_actions > before) {
		nodes->quiet_until = now; /* what was asked for may be refused: look again */
		if (nodes->settings->frequent_loops)
			nodes->next_scan = now + LOOP_AGAIN_MS;
	}
	nodes->quiet = *decision;
	return 0;
}
