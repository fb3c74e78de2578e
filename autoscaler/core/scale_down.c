#include "nodes.h"

static double utilization(const struct node_view *node)
{
	double cpu = node->cpu_milli > 0 ? (double)node->used_cpu_milli / (double)node->cpu_milli : 0;
	double memory = node->memory_bytes > 0 ? (double)node->used_memory_bytes / (double)node->memory_bytes : 0;
	return cpu > memory ? cpu : memory;
}

static bool must_move(const struct placed *pod)
{
	return !pod->daemon && !pod->leaving;
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

static int reserve_moves(struct nodes *nodes, uint32_t count, struct err *err)
{
	if (count <= nodes->max_moves)
		return 0;
	nodes->moves = arena_alloc(nodes->arena, 2 * (size_t)count, sizeof *nodes->moves);
	if (!nodes->moves)
		return err_set(err, "out of memory for the %u pods of a node", count);
	nodes->max_moves = 2 * count;
	return 0;
}

/* The next node after `from`, round the ring, that has room for the pod; or none. */
static bool find_room(struct nodes *nodes, uint32_t n_nodes, const struct placed *pod, uint32_t from, uint32_t *found)
{
	const struct demand demand = {1, pod->cpu_milli, pod->memory_bytes, 0, 0};
	for (uint32_t tried = 0, to = from; tried < n_nodes; tried++, to = to + 1 < n_nodes ? to + 1 : 0)
		if (room_take(&nodes->rooms[to], &demand, 1)) {
			*found = to;
			return true;
		}
	return false;
}

static void give_back(struct room *room, const struct placed *pod)
{
	room->cpu_milli += pod->cpu_milli;
	room->memory_bytes += pod->memory_bytes;
	room->pods++;
}

/* Whether every pod of the node finds room on another one. If so they are put there in thought, and the node is no
 * longer a place to move to; if not, nothing has changed. */
static bool can_empty(struct nodes *nodes, const struct snapshot *snapshot, uint32_t slot)
{
	const struct node_view *node = &snapshot->nodes[slot];
	struct room own = nodes->rooms[slot];
	uint32_t from = slot, moved = 0;
	nodes->rooms[slot] = (struct room){0};
	for (uint32_t i = 0; i < node->n_placed; i++) {
		if (!must_move(&node->placed[i]))
			continue;
		if (node->placed[i].pinned || !find_room(nodes, snapshot->n_nodes, &node->placed[i], from, &from)) {
			for (uint32_t undo = 0, at = 0; undo < i; undo++)
				if (must_move(&node->placed[undo]))
					give_back(&nodes->rooms[nodes->moves[at++]], &node->placed[undo]);
			nodes->rooms[slot] = own;
			return false;
		}
		nodes->moves[moved++] = from;
	}
	return true;
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
			bool low = utilization(node) < nodes->settings->utilization_threshold;
			bool empty = low && pods_to_move(node) == 0;
			if (!low || (!empty && (non_empty >= nodes->settings->non_empty_candidates || looked_at++ >= pool))) {
				memory->unneeded_since = MS_UNSET;
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
	for (uint32_t i = 0; i < *n_candidates; i++) {
		uint32_t slot = nodes->candidates[i];
		const struct node_view *node = &snapshot->nodes[slot];
		struct node_memory *memory = memory_of(nodes, node, slot);
		if (reserve_moves(nodes, node->n_placed, err) < 0)
			return -1;
		if (can_empty(nodes, snapshot, slot)) {
			if (memory->unneeded_since == MS_UNSET)
				memory->unneeded_since = snapshot->time;
			nodes->candidates[kept++] = slot;
		} else {
			memory->unneeded_since = MS_UNSET;
			memory->unremovable_until = snapshot->time + nodes->settings->unremovable_recheck;
			wake_at(nodes, memory->unremovable_until);
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
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		leaving += snapshot->nodes[slot].state == NODE_LEAVING && snapshot->nodes[slot].group == group;
	for (uint32_t i = 0; i < n_actions; i++)
		leaving += actions[i].kind == ACTION_REMOVE_NODE && snapshot->nodes[actions[i].target].group == group;
	return snapshot->groups[group].size - leaving - snapshot->groups[group].min;
}

static void remove_ripe(struct nodes *nodes, const struct snapshot *snapshot, uint32_t n_unneeded, struct action *actions,
                        uint32_t *n_actions, struct node_decision *decision)
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
