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

static int reserve_guests(struct nodes *nodes, uint32_t more, struct err *err)
{
	uint32_t need = nodes->n_guests + more;
	if (need <= nodes->max_guests)
		return 0;
	struct guest *guests = arena_alloc(nodes->arena, 2 * (size_t)need, sizeof *guests);
	if (!guests)
		return err_set(err, "out of memory for the %u pods of nodes that may go", need);
	if (nodes->n_guests)
		memcpy(guests, nodes->guests, nodes->n_guests * sizeof *guests);
	nodes->guests = guests;
	nodes->max_guests = 2 * need;
	return 0;
}

/* The next node after `from`, round the ring, that admits the pod and has room for it; or none. */
static bool find_room(struct nodes *nodes, const struct snapshot *snapshot, const struct demand *pod, uint32_t from,
		      uint32_t *found)
{
	uint32_t n_nodes = snapshot->n_nodes;
	for (uint32_t tried = 0, to = from; tried < n_nodes; tried++, to = to + 1 < n_nodes ? to + 1 : 0)
		if (nodes->rooms[to].pods > 0 && may_be_on(snapshot, pod->shape, snapshot->nodes[to].kind) &&
		    room_take(&nodes->rooms[to], pod, 1)) {
			*found = to;
			return true;
		}
	return false;
}

/* Moves one pod in thought, to the next node that takes it after the one before it went to. */
static bool move(struct nodes *nodes, const struct snapshot *snapshot, const struct guest *guest, uint32_t *from)
{
	const struct demand pod = {
	    .count = 1, .cpu_milli = guest->cpu_milli, .memory_bytes = guest->memory_bytes, .shape = guest->shape};
	if (!find_room(nodes, snapshot, &pod, *from, from))
		return false;
	struct guest *moved = &nodes->guests[nodes->n_guests++];
	*moved = *guest;
	moved->host = *from;
	return true;
}

static uint32_t budget_of(const struct snapshot *snapshot, const struct placed *pod)
{
	return snapshot->budgets ? pod->budget : NO_BUDGET;
}

/* Moves one that is on the node in fact: a disruption. */
static bool evict(struct nodes *nodes, const struct snapshot *snapshot, const struct placed *pod, uint32_t *from)
{
	const struct guest guest = {.cpu_milli = pod->cpu_milli,
				    .memory_bytes = pod->memory_bytes,
				    .shape = pod->shape,
				    .budget = budget_of(snapshot, pod)};
	if (!move(nodes, snapshot, &guest, from))
		return false;
	if (guest.budget != NO_BUDGET)
		nodes->budgets[guest.budget]--;
	return true;
}

/* Each budget of the node's pods has to allow one disruption: several are then evicted in turn, as the first ones come
 * back elsewhere. (cluster-autoscaler's CanRemovePods.) */
static bool may_leave(const struct nodes *nodes, const struct snapshot *snapshot, const struct node_view *node)
{
	for (uint32_t i = 0; i < node->n_placed; i++) {
		const struct placed *pod = &node->placed[i];
		uint32_t budget = budget_of(snapshot, pod);
		if (must_move(pod) && (pod->pinned || (budget != NO_BUDGET && nodes->budgets[budget] <= 0)))
			return false;
	}
	return true;
}

static bool move_all(struct nodes *nodes, const struct snapshot *snapshot, uint32_t slot)
{
	const struct node_view *node = &snapshot->nodes[slot];
	uint32_t from = slot;
	if (!may_leave(nodes, snapshot, node))
		return false;
	for (uint32_t i = 0; i < node->n_placed; i++) {
		const struct placed *pod = &node->placed[i];
		if (must_move(pod) && !evict(nodes, snapshot, pod, &from))
			return false;
	}
	for (uint32_t g = nodes->hosts[slot]; g != NO_GUEST; g = nodes->guests[g].before) {
		struct guest again = nodes->guests[g];
		again.budget = NO_BUDGET; /* evicted once only */
		if (!move(nodes, snapshot, &again, &from))
			return false;
	}
	return true;
}

/* Whether every pod of the node, and those that others would move to it, find room elsewhere. If so they are put there
 * in thought, and the node is no longer a place to move to; if not, nothing has changed. */
static bool can_empty(struct nodes *nodes, const struct snapshot *snapshot, uint32_t slot)
{
	struct room own = nodes->rooms[slot];
	uint32_t first = nodes->n_guests;
	nodes->rooms[slot] = (struct room){0};
	if (move_all(nodes, snapshot, slot)) {
		for (uint32_t g = first; g < nodes->n_guests; g++) {
			nodes->guests[g].before = nodes->hosts[nodes->guests[g].host];
			nodes->hosts[nodes->guests[g].host] = g;
		}
		return true;
	}
	while (nodes->n_guests > first) {
		const struct guest *guest = &nodes->guests[--nodes->n_guests];
		struct room *room = &nodes->rooms[guest->host];
		room->cpu_milli += guest->cpu_milli;
		room->memory_bytes += guest->memory_bytes;
		room->pods++;
		if (guest->budget != NO_BUDGET)
			nodes->budgets[guest->budget]++;
	}
	nodes->rooms[slot] = own;
	return false;
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
				   !is_held(snapshot, node->group);
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

static int reserve_budgets(struct nodes *nodes, uint32_t count, struct err *err)
{
	if (count <= nodes->max_budgets)
		return 0;
	nodes->budgets = arena_alloc(nodes->arena, 2 * (size_t)count, sizeof *nodes->budgets);
	if (!nodes->budgets)
		return err_set(err, "out of memory for %u disruption budgets", count);
	nodes->max_budgets = 2 * count;
	return 0;
}

/* What the budgets allow, less the evictions that nodes on their way out still have to come. */
static int open_budgets(struct nodes *nodes, const struct snapshot *snapshot, struct err *err)
{
	if (!snapshot->budgets)
		return 0;
	if (reserve_budgets(nodes, snapshot->n_budgets, err) < 0)
		return -1;
	memcpy(nodes->budgets, snapshot->budgets, snapshot->n_budgets * sizeof *nodes->budgets);
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		for (uint32_t i = 0; node->state == NODE_LEAVING && i < node->n_placed; i++) {
			const struct placed *pod = &node->placed[i];
			if (must_move(pod) && pod->budget != NO_BUDGET && nodes->budgets[pod->budget] > 0)
				nodes->budgets[pod->budget]--;
		}
	}
	return 0;
}

/* Keeps of the candidates those that can go, all of them together. */
static int find_unneeded(struct nodes *nodes, const struct snapshot *snapshot, uint32_t *n_candidates, struct err *err)
{
	uint32_t kept = 0;
	if (open_budgets(nodes, snapshot, err) < 0)
		return -1;
	nodes->n_guests = 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		nodes->hosts[slot] = NO_GUEST;
	for (uint32_t i = 0; i < *n_candidates; i++) {
		uint32_t slot = nodes->candidates[i];
		const struct node_view *node = &snapshot->nodes[slot];
		struct node_memory *memory = memory_of(nodes, node, slot);
		if (reserve_guests(nodes, node->n_placed + nodes->n_guests, err) < 0)
			return -1;
		if (can_empty(nodes, snapshot, slot)) {
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
