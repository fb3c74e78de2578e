#include "nodes.h"

/* Nodes emptied in thought, one after the other: where their pods would go, and what their budgets would still allow.
 */

/* ---- room ---- */

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

/* ---- a node ---- */

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

/* Those that came in thought since `first` are known by their hosts. */
static void settle(struct nodes *nodes, uint32_t first)
{
	for (uint32_t g = first; g < nodes->n_guests; g++) {
		nodes->guests[g].before = nodes->hosts[nodes->guests[g].host];
		nodes->hosts[nodes->guests[g].host] = g;
	}
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

int can_empty(struct nodes *nodes, const struct snapshot *snapshot, uint32_t slot, struct err *err)
{
	struct room own = nodes->rooms[slot];
	uint32_t first = nodes->n_guests;
	if (reserve_guests(nodes, snapshot->nodes[slot].n_placed + nodes->n_guests, err) < 0)
		return -1;
	nodes->rooms[slot] = (struct room){0};
	if (move_all(nodes, snapshot, slot)) {
		settle(nodes, first);
		return 1;
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
	return 0;
}

/* ---- what nodes on their way out still need ---- */

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

/* Pods that are still to be evicted from leaving nodes will need room, too (injectOngoingActuation). */
static int place_leaving(struct nodes *nodes, const struct snapshot *snapshot, struct err *err)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		uint32_t first = nodes->n_guests, from = slot;
		if (node->state != NODE_LEAVING)
			continue;
		if (reserve_guests(nodes, node->n_placed, err) < 0)
			return -1;
		for (uint32_t i = 0; i < node->n_placed; i++) {
			const struct placed *pod = &node->placed[i];
			const struct guest guest = {.cpu_milli = pod->cpu_milli,
						    .memory_bytes = pod->memory_bytes,
						    .shape = pod->shape,
						    .budget = NO_BUDGET};
			if (must_move(pod))
				move(nodes, snapshot, &guest, &from);
		}
		settle(nodes, first);
	}
	return 0;
}

int emptying_begin(struct nodes *nodes, const struct snapshot *snapshot, struct err *err)
{
	nodes->n_guests = 0;
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++)
		nodes->hosts[slot] = NO_GUEST;
	return open_budgets(nodes, snapshot, err) < 0 ? -1 : place_leaving(nodes, snapshot, err);
}
