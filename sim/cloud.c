#include "world.h"

/* Node groups as a cloud gives them: a node is billed from the moment it is asked for until it has terminated. */

void nodes_price(struct world *world)
{
	const struct node_prices *prices = &world->params->prices;
	if (!prices->of)
		return;
	for (uint32_t g = 0; g < world->n_groups; g++)
		world->sizes[g] = world->group_views[g].size;
	prices->of(prices->self, world->now, world->sizes, world->prices);
	for (uint32_t g = 0; g < world->n_groups; g++)
		world->group_views[g].price_nano_per_hour = world->prices[g];
}

static bool start_usage(struct world *world, uint32_t slot, uint32_t group)
{
	uint32_t room = (uint32_t)world->usage_room;
	world->usage = world_grow(world, world->usage, &room, (uint32_t)world->n_usage + 1, sizeof *world->usage);
	world->usage_room = room;
	if (world->out_of_memory)
		return false;
	world->usage[world->n_usage] = (struct usage_record){USAGE_INSTANCE, group, 1, world->now, MS_NEVER};
	world->usage_of[slot] = (uint32_t)world->n_usage++;
	return true;
}

static uint32_t free_slot(struct world *world)
{
	for (uint32_t slot = 0; slot < world->n_nodes; slot++)
		if (world->views[slot].state == NODE_GONE)
			return slot;
	return world->n_nodes < world->max_nodes ? world->n_nodes++ : NONE;
}

uint32_t node_create(struct world *world, uint32_t group_index, bool ready_now)
{
	struct group *group = &world->groups[group_index];
	uint32_t slot = free_slot(world);
	if (slot == NONE || !start_usage(world, slot, group_index))
		return NONE;
	struct node_view *view = &world->views[slot];
	struct node *node = &world->nodes[slot];
	*view = (struct node_view){
	    .uid = world->next_uid++,
	    .group = group_index,
	    .state = NODE_UPCOMING,
	    .created_at = world->now,
	    .cpu_milli = group->allocatable.cpu_milli,
	    .memory_bytes = group->allocatable.memory_bytes,
	    .pods = (int32_t)group->allocatable.pods,
	    .used_cpu_milli = group->agents_cpu,
	    .used_memory_bytes = group->agents_memory,
	    .used_pods = group->agents_pods,
	    .placed = world->nodes[slot].placed,
	};
	node->version++;
	node->wanted_nano = 0;
	node->throttled = false;
	node->pull_free_at = MS_UNSET;
	node->inverse_cpu = view->cpu_milli > 0 ? 1.0 / (double)view->cpu_milli : 0;
	node->inverse_memory = view->memory_bytes > 0 ? 1.0 / (double)view->memory_bytes : 0;
	if (!node->image_at)
		node->image_at = arena_alloc(&world->arena, world->n_images, sizeof *node->image_at);
	if (!node->image_at) {
		world->out_of_memory = true;
		return NONE;
	}
	for (uint32_t i = 0; i < world->n_images; i++)
		node->image_at[i] = MS_UNSET;
	world->group_views[group_index].size++;
	nodes_price(world);
	account_nodes(world, group_index, 1);
	world->generation++;
	world->n_upcoming += !ready_now;
	if (ready_now)
		view->state = NODE_READY;
	else
		world_push(world, world->now + world_draw(world, STREAM_NODE_BOOT, &world->settings->node.boot),
			   EVENT_NODE_READY, slot, node->version);
	return slot;
}

void node_ready(struct world *world, uint32_t slot)
{
	world->views[slot].state = NODE_READY;
	world->n_upcoming--;
	world->generation++;
	schedule_ask(world);
}

/* Tainted now; its pods are evicted a little later, so that the scheduler has seen the taint. */
void node_leave(struct world *world, uint32_t slot)
{
	struct node_view *view = &world->views[slot];
	bool was_ready = view->state == NODE_READY;
	if (view->state == NODE_GONE || view->state == NODE_LEAVING)
		return;
	view->state = NODE_LEAVING;
	world->n_upcoming -= !was_ready;
	world->n_given_up += !was_ready;
	world->nodes[slot].version++;
	world->generation++;
	ms_t wait = was_ready ? world->settings->ca.delete_delay_after_taint : 0;
	world_push(world, world->now + wait, EVENT_NODE_DRAIN, slot, world->nodes[slot].version);
}

void node_drain(struct world *world, uint32_t slot)
{
	struct node_view *view = &world->views[slot];
	if (view->n_placed == 0) {
		node_empty(world, slot);
		return;
	}
	for (uint32_t i = 0; i < view->n_placed; i++) {
		uint32_t id = view->placed[i].pod;
		struct workload *workload = &world->workloads[world->lives[id].workload];
		if (world->lives[id].life == LIFE_LEAVING)
			continue;
		workload->tally.evictions++;
		pod_delete(world, id, world->settings->ca.max_graceful_termination);
		workload_reconcile(world, workload);
	}
}

/* The last pod has left: the instance is terminated, and billed until it has. */
void node_empty(struct world *world, uint32_t slot)
{
	struct node_view *view = &world->views[slot];
	ms_t end = world->now + world_draw(world, STREAM_NODE_TERMINATE, &world->settings->node.terminate);
	world->nodes[slot].version++;
	world->group_views[view->group].size--;
	nodes_price(world);
	world->generation++;
	view->state = NODE_GONE;
	account_nodes(world, view->group, -1);
	world->usage[world->usage_of[slot]].end = end;
}
