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

static ms_t due_at(const struct nodes *nodes, const struct node_view *node)
{
	return node->created_at + nodes->settings->max_node_provision_time;
}

/* Whether pods may be thought of on a node. One that is late is not counted on where it cannot be given up. */
static bool is_open(const struct nodes *nodes, const struct snapshot *snapshot, const struct node_view *node)
{
	if (node->state == NODE_UPCOMING)
		return !is_held(snapshot, node->group) || due_at(nodes, node) > snapshot->time;
	return node->state == NODE_READY;
}

static void find_rooms(struct nodes *nodes, const struct snapshot *snapshot, struct node_decision *decision)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		nodes->rooms[slot] = (struct room){0};
		if (is_open(nodes, snapshot, node))
			nodes->rooms[slot] =
			    (struct room){node->cpu_milli - node->used_cpu_milli,
					  node->memory_bytes - node->used_memory_bytes, node->pods - node->used_pods};
		decision->upcoming += node->state == NODE_UPCOMING;
	}
}

/* Room only gets less while pods are placed in thought: what asks for no less than one that found none, under the same
 * constraints, finds none. */
static bool asks_no_less(const struct demand *demand, const struct demand *refused)
{
	return demand->cpu_milli >= refused->cpu_milli && demand->memory_bytes >= refused->memory_bytes &&
	       demand->shape == refused->shape;
}

static void place(struct nodes *nodes, const struct snapshot *snapshot, struct demand *demand)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes && demand->count; slot++)
		if (nodes->rooms[slot].pods > 0 && may_be_on(snapshot, demand->shape, snapshot->nodes[slot].kind))
			demand->count -= room_take(&nodes->rooms[slot], demand, demand->count);
}

/* Pending pods that find no room on the nodes that are there or on their way (filterOutSchedulable). */
static uint32_t unhelped(struct nodes *nodes, const struct snapshot *snapshot, struct node_decision *decision)
{
	struct demand refused = {.cpu_milli = INT64_MAX, .memory_bytes = INT64_MAX};
	uint32_t n = 0;
	find_rooms(nodes, snapshot, decision);
	for (uint32_t i = 0; i < snapshot->n_pending; i++) {
		const struct pending_view *pending = &snapshot->pending[i];
		if (snapshot->time - pending->since < nodes->settings->new_pod_delay) {
			nodes->quiet_until = min64(nodes->quiet_until, pending->since + nodes->settings->new_pod_delay);
			continue;
		}
		struct demand demand = {.count = pending->count,
					.cpu_milli = pending->cpu_milli,
					.memory_bytes = pending->memory_bytes,
					.since = pending->since,
					.shape = snapshot->fits ? pending->shape : 0};
		decision->pending += pending->count;
		if (pending->unmodelled) {
			decision->unmodelled += pending->count;
			continue;
		}
		if (!asks_no_less(&demand, &refused))
			place(nodes, snapshot, &demand);
		if (demand.count == 0)
			continue;
		nodes->demands[n++] = demand;
		if (demand.shape != refused.shape || asks_no_less(&refused, &demand))
			refused = demand;
	}
	return n;
}

static void sort_demands(struct nodes *nodes, const struct snapshot *snapshot, uint32_t n,
			 const struct group_view *group)
{
	struct demand *demands = nodes->demands;
	for (uint32_t i = 0; i < n; i++) {
		demands[i].barred = !may_be_on(snapshot, demands[i].shape, group->kind);
		demands[i].size = (double)demands[i].cpu_milli / (double)max64(group->cpu_milli, 1) +
				  (double)demands[i].memory_bytes / (double)max64(group->memory_bytes, 1);
	}
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
		if (most <= 0 || group->held)
			continue;
		sort_demands(nodes, snapshot, n_demands, group);
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
		ms_t due = due_at(nodes, node);
		if (due <= snapshot->time && group_spare(snapshot, node->group, actions, *n_actions) > 0)
			actions[(*n_actions)++] = (struct action){ACTION_REMOVE_NODE, slot, 0, 0, 0};
		else if (due > snapshot->time)
			nodes->quiet_until = min64(nodes->quiet_until, due);
	}
}

/* Every shape, kind and budget is one that the snapshot has. */
static int check_placed(const struct snapshot *snapshot, uint32_t slot, struct err *err)
{
	const struct node_view *node = &snapshot->nodes[slot];
	if (snapshot->fits && node->kind >= snapshot->n_kinds)
		return err_set(err, "node in slot %u: kind %u of %u", slot, node->kind, snapshot->n_kinds);
	for (uint32_t i = 0; i < node->n_placed; i++) {
		const struct placed *pod = &node->placed[i];
		if (snapshot->fits && pod->shape >= snapshot->n_shapes)
			return err_set(err, "node in slot %u: a pod of shape %u of %u", slot, pod->shape,
				       snapshot->n_shapes);
		if (snapshot->budgets && pod->budget != NO_BUDGET && pod->budget >= snapshot->n_budgets)
			return err_set(err, "node in slot %u: a pod of budget %u of %u", slot, pod->budget,
				       snapshot->n_budgets);
	}
	return 0;
}

static int check_constraints(const struct snapshot *snapshot, struct err *err)
{
	if (!snapshot->fits && !snapshot->budgets)
		return 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		if (snapshot->nodes[slot].state != NODE_GONE && check_placed(snapshot, slot, err) < 0)
			return -1;
	for (uint32_t i = 0; snapshot->fits && i < snapshot->n_pending; i++)
		if (snapshot->pending[i].shape >= snapshot->n_shapes)
			return err_set(err, "pending pods of shape %u of %u", snapshot->pending[i].shape,
				       snapshot->n_shapes);
	for (uint32_t g = 0; snapshot->fits && g < snapshot->n_groups; g++)
		if (snapshot->groups[g].kind >= snapshot->n_kinds)
			return err_set(err, "group %u: kind %u of %u", g, snapshot->groups[g].kind, snapshot->n_kinds);
	return 0;
}

/* IsClusterHealthy: of the nodes that have come, few enough are not Ready. */
static bool is_healthy(const struct nodes *nodes, const struct snapshot *snapshot)
{
	if (snapshot->n_unready <= nodes->settings->ok_unready)
		return true;
	uint32_t total = 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		total += snapshot->nodes[slot].state != NODE_GONE && snapshot->nodes[slot].state != NODE_UPCOMING;
	return snapshot->n_unready <= nodes->settings->max_unready_ratio * (double)max64(total, snapshot->n_unready);
}

/* Nothing is done, and nothing is known of what is unneeded once it is over (CleanUpUnneededNodes). */
static void leave_alone(struct nodes *nodes, const struct snapshot *snapshot, struct node_decision *decision)
{
	for (uint32_t slot = 0; slot < nodes->max_nodes; slot++)
		nodes->memory[slot].unneeded_since = MS_UNSET;
	nodes->quiet_until = MS_UNSET;
	decision->reason = NODES_UNHEALTHY;
	decision->unready = snapshot->n_unready;
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
	if (!is_healthy(nodes, snapshot)) {
		leave_alone(nodes, snapshot, decision);
		return 0;
	}
	if (snapshot->generation == nodes->seen_generation && now < nodes->quiet_until) {
		*decision = nodes->quiet;
		return 0;
	}
	if (check_constraints(snapshot, err) < 0 || reserve_demands(nodes, snapshot->n_pending, err) < 0)
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
	decision->unready = snapshot->n_unready;
	nodes->quiet = *decision;
	return 0;
}
