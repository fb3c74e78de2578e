#include "nodes.h"

static double utilization(const struct node_view *node)
{
	double cpu = node->cpu_milli > 0 ? (double)node->used_cpu_milli / (double)node->cpu_milli : 0;
	double memory = node->memory_bytes > 0 ? (double)node->used_memory_bytes / (double)node->memory_bytes : 0;
	return cpu > memory ? cpu : memory;
}

static uint32_t pods_to_move(const struct node_view *node)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < node->n_placed; i++)
		n += must_move(&node->placed[i]);
	return n;
}

/* A drain lasts until the last pod has ended. */
static bool is_draining(const struct node_view *node)
{
	for (uint32_t i = 0; i < node->n_placed; i++)
		if (!node->placed[i].daemon)
			return true;
	return false;
}

static struct node_memory *memory_of(struct nodes *nodes, const struct node_view *node, uint32_t slot)
{
	struct node_memory *memory = &nodes->memory[slot];
	if (!memory->known || memory->uid != node->uid)
		*memory = (struct node_memory){node->uid, true, MS_UNSET, MS_UNSET};
	return memory;
}

static void wake_at(struct nodes *nodes, ms_t time)
{
	nodes->quiet_until = min64(nodes->quiet_until, time);
}

/* What is found of a node changes which nodes are looked at next, and in which order: the next scan may find more. */
static void unneeded(struct nodes *nodes, struct node_memory *memory, ms_t now)
{
	if (memory->unneeded_since != MS_UNSET)
		return;
	memory->unneeded_since = now;
	wake_at(nodes, now);
}

static void needed(struct nodes *nodes, struct node_memory *memory, ms_t now)
{
	if (memory->unneeded_since == MS_UNSET)
		return;
	memory->unneeded_since = MS_UNSET;
	wake_at(nodes, now);
}

/* A group at its least size gives no candidates: they would take room and budgets from those of others
 * (PreFilteringScaleDownNodeProcessor). */
static bool may_shrink(const struct snapshot *snapshot, uint32_t group)
{
	return !is_held(snapshot, group) && snapshot->groups[group].size > snapshot->groups[group].min;
}

/* One that was leaving and is back could not be emptied: it is left alone for a while, and has to be unneeded anew. */
static void note_returns(struct nodes *nodes, const struct snapshot *snapshot)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		if (node->state != NODE_LEAVING && node->state != NODE_READY)
			continue;
		struct node_memory *memory = memory_of(nodes, node, slot);
		if (node->state == NODE_LEAVING)
			*memory = (struct node_memory){node->uid, true, MS_UNSET, MS_NEVER};
		else if (memory->unremovable_until == MS_NEVER)
			memory->unremovable_until = snapshot->time + nodes->settings->unremovable_recheck;
	}
}

/* Nodes to look at, those found unneeded before and empty ones first; in the order of their slots otherwise. */
static uint32_t gather(struct nodes *nodes, const struct snapshot *snapshot)
{
	int64_t looked_at = 0, non_empty = 0, ready = 0;
	uint32_t n = 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		ready += snapshot->nodes[slot].state == NODE_READY;
	int64_t pool = max64(nodes->settings->candidate_pool_min,
			     (int64_t)((double)ready * nodes->settings->candidate_pool_ratio));
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
			const struct node_view *node = &snapshot->nodes[slot];
			if (node->state != NODE_READY)
				continue;
			struct node_memory *memory = memory_of(nodes, node, slot);
			if ((memory->unneeded_since != MS_UNSET) != (pass == 0))
				continue;
			if (memory->unremovable_until > snapshot->time) {
				wake_at(nodes, memory->unremovable_until);
				continue;
			}
			bool low = utilization(node) < nodes->settings->utilization_threshold &&
				   may_shrink(snapshot, node->group);
			bool empty = low && pods_to_move(node) == 0;
			if (!low ||
			    (!empty && (non_empty >= nodes->settings->non_empty_candidates || looked_at++ >= pool))) {
				needed(nodes, memory, snapshot->time);
				continue;
			}
			non_empty += !empty;
			nodes->candidates[n++] = slot;
		}
	return n;
}

/* Keeps of the candidates those that can go, all of them together. */
static int find_unneeded(struct nodes *nodes, const struct snapshot *snapshot, uint32_t *n_candidates, struct err *err)
{
	uint32_t kept = 0;
	if (emptying_begin(nodes, snapshot, err) < 0)
		return -1;
	for (uint32_t i = 0; i < *n_candidates; i++) {
		uint32_t slot = nodes->candidates[i];
		struct node_memory *memory = memory_of(nodes, &snapshot->nodes[slot], slot);
		int can = can_empty(nodes, snapshot, slot, err);
		if (can < 0)
			return -1;
		if (can) {
			unneeded(nodes, memory, snapshot->time);
			nodes->candidates[kept++] = slot;
		} else {
			needed(nodes, memory, snapshot->time);
			memory->unremovable_until = snapshot->time + nodes->settings->unremovable_recheck;
			wake_at(nodes, snapshot->time);
		}
	}
	*n_candidates = kept;
	return 0;
}

static ms_t cool_until(const struct nodes *nodes)
{
	ms_t until = MS_UNSET;
	if (nodes->last_scale_up != MS_UNSET)
		until = nodes->last_scale_up + nodes->settings->delay_after_add;
	if (nodes->last_delete != MS_UNSET)
		until = max64(until, nodes->last_delete + nodes->settings->delay_after_delete);
	return until;
}

int32_t group_spare(const struct snapshot *snapshot, uint32_t group, const struct action *actions, uint32_t n_actions)
{
	int32_t leaving = 0;
	if (is_held(snapshot, group))
		return 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		leaving += snapshot->nodes[slot].state == NODE_LEAVING && snapshot->nodes[slot].group == group;
	for (uint32_t i = 0; i < n_actions; i++)
		leaving += actions[i].kind == ACTION_REMOVE_NODE && snapshot->nodes[actions[i].target].group == group;
	return snapshot->groups[group].size - leaving - snapshot->groups[group].min;
}

static void remove_ripe(struct nodes *nodes, const struct snapshot *snapshot, uint32_t n_unneeded,
			struct action *actions, uint32_t *n_actions, struct node_decision *decision)
{
	int64_t leaving = 0, draining = 0;
	uint32_t before = *n_actions;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		if (snapshot->nodes[slot].state == NODE_LEAVING) {
			leaving++;
			draining += is_draining(&snapshot->nodes[slot]);
		}
	for (uint32_t i = 0; i < n_unneeded; i++) {
		uint32_t slot = nodes->candidates[i];
		const struct node_view *node = &snapshot->nodes[slot];
		ms_t ripe = nodes->memory[slot].unneeded_since + nodes->settings->unneeded_time;
		bool drain = pods_to_move(node) > 0;
		if (group_spare(snapshot, node->group, actions, *n_actions) <= 0)
			continue;
		if (ripe > snapshot->time) {
			wake_at(nodes, ripe);
			continue;
		}
		if (leaving >= nodes->settings->max_parallel_deletions ||
		    (drain && draining >= nodes->settings->max_parallel_drains)) {
			wake_at(nodes, snapshot->time);
			continue;
		}
		leaving++;
		draining += drain;
		actions[(*n_actions)++] = (struct action){ACTION_REMOVE_NODE, slot, 0, 0, 0};
	}
	decision->removed = *n_actions - before;
}

int scale_down(struct nodes *nodes, const struct snapshot *snapshot, struct action *actions, uint32_t *n_actions,
	       struct node_decision *decision, struct err *err)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		if (snapshot->nodes[slot].state != NODE_READY)
			nodes->rooms[slot] = (struct room){0};
	note_returns(nodes, snapshot);
	uint32_t n_unneeded = gather(nodes, snapshot);
	if (find_unneeded(nodes, snapshot, &n_unneeded, err) < 0)
		return -1;
	decision->unneeded = n_unneeded;
	if (n_unneeded == 0)
		return 0;
	bool pods_wait = decision->reason != NODES_NOTHING_TO_DO;
	if (decision->reason == NODES_PODS_VERY_NEW)
		return 0; /* nothing goes while it is not known whether these pods need it */
	ms_t cool = cool_until(nodes);
	if (cool > snapshot->time) {
		wake_at(nodes, cool);
		decision->reason = pods_wait ? decision->reason : NODES_COOLING_DOWN;
		return 0;
	}
	remove_ripe(nodes, snapshot, n_unneeded, actions, n_actions, decision);
	if (decision->removed) {
		nodes->last_delete = snapshot->time;
		decision->reason = NODES_SCALED_DOWN;
	} else if (!pods_wait) {
		decision->reason = NODES_WAITING;
	}
	return 0;
}
