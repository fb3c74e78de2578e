#include "world.h"

/* kube-scheduler: filter by requests, score by LeastAllocated, first of equals. */

void schedule_ask(struct world *world)
{
	if (world->schedule_asked || world->n_queue == 0)
		return;
	world->schedule_asked =
	    world_push(world, world->now + world->settings->pod.schedule_latency, EVENT_SCHEDULE, 0, 0);
}

uint32_t schedule_pick(const struct world *world, const struct workload *workload)
{
	uint32_t best = NONE;
	double best_score = -1;
	for (uint32_t slot = 0; slot < world->n_nodes; slot++) {
		const struct node_view *view = &world->views[slot];
		int64_t cpu = view->cpu_milli - view->used_cpu_milli - workload->cpu_request_milli;
		int64_t memory = view->memory_bytes - view->used_memory_bytes - workload->memory_request_bytes;
		if (view->state != NODE_READY || cpu < 0 || memory < 0 || view->used_pods >= view->pods)
			continue;
		double score =
		    (double)cpu * world->nodes[slot].inverse_cpu + (double)memory * world->nodes[slot].inverse_memory;
		if (score > best_score) {
			best_score = score;
			best = slot;
		}
	}
	return best;
}

void pod_place(struct world *world, uint32_t id, uint32_t slot)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	struct node_view *view = &world->views[slot];
	struct node *node = &world->nodes[slot];
	node->placed = world_grow(world, node->placed, &node->room, view->n_placed + 1, sizeof *node->placed);
	view->placed = node->placed;
	if (world->out_of_memory)
		return;
	node->placed[view->n_placed] = (struct placed){
	    .cpu_milli = workload->cpu_request_milli,
	    .memory_bytes = workload->memory_request_bytes,
	    .workload = life->workload,
	    .pod = id,
	    .pinned = workload->spec->pinned,
	};
	life->node = workload->slots[life->index] = slot;
	life->placed = view->n_placed++;
	view->used_cpu_milli += workload->cpu_request_milli;
	view->used_memory_bytes += workload->memory_request_bytes;
	view->used_pods++;
	account_placed(world, workload, view->group, 1);
	world->generation++;
}

void pod_unplace(struct world *world, uint32_t id)
{
	struct life_record *life = &world->lives[id];
	uint32_t slot = life->node;
	struct node_view *view = &world->views[slot];
	struct placed *placed = world->nodes[slot].placed;
	view->used_cpu_milli -= placed[life->placed].cpu_milli;
	view->used_memory_bytes -= placed[life->placed].memory_bytes;
	view->used_pods--;
	account_placed(world, &world->workloads[life->workload], view->group, -1);
	placed[life->placed] = placed[--view->n_placed];
	world->lives[placed[life->placed].pod].placed = life->placed;
	life->node = world->workloads[life->workload].slots[life->index] = NONE;
	world->generation++;
	if (view->state == NODE_LEAVING && view->n_placed == 0)
		node_empty(world, slot);
}

bool queue_waits(const struct world *world, uint32_t entry)
{
	const struct life_record *life = &world->lives[world->queue[entry].life];
	return life->version == world->queue[entry].version && life->life == LIFE_PENDING;
}

/* The least that found no room in this pass. A pass only takes room, so what asks for no less finds none either. */
struct refused {
	int64_t cpu_milli, memory_bytes;
};

static bool asks_no_less(const struct workload *workload, const struct refused *refused)
{
	return workload->cpu_request_milli >= refused->cpu_milli &&
	       workload->memory_request_bytes >= refused->memory_bytes;
}

static uint32_t pass_pick(const struct world *world, struct workload *workload, struct refused *refused)
{
	if (workload->full_pass == world->schedule_passes)
		return NONE;
	uint32_t slot = asks_no_less(workload, refused) ? NONE : schedule_pick(world, workload);
	if (slot != NONE)
		return slot;
	workload->full_pass = world->schedule_passes;
	if (workload->cpu_request_milli <= refused->cpu_milli &&
	    workload->memory_request_bytes <= refused->memory_bytes)
		*refused = (struct refused){workload->cpu_request_milli, workload->memory_request_bytes};
	return NONE;
}

/* One pass over all that wait, oldest first. */
void schedule_pass(struct world *world)
{
	struct refused refused = {INT64_MAX, INT64_MAX};
	uint32_t kept = 0;
	bool newly_unschedulable = false;
	world->schedule_asked = false;
	world->schedule_passes++;
	for (uint32_t i = 0; i < world->n_queue; i++) {
		uint32_t id = world->queue[i].life;
		if (!queue_waits(world, i))
			continue;
		struct life_record *life = &world->lives[id];
		struct workload *workload = &world->workloads[life->workload];
		uint32_t slot = pass_pick(world, workload, &refused);
		if (slot == NONE) {
			newly_unschedulable |= !life->seen_unschedulable;
			life->seen_unschedulable = true;
			world->queue[kept++] = world->queue[i];
			continue;
		}
		account(world, workload);
		workload->pending--;
		workload->starting++;
		life->life = LIFE_BOUND;
		pod_place(world, id, slot);
		kubelet_bind(world, id);
	}
	world->n_queue = kept;
	if (newly_unschedulable) {
		world->generation++;
		core_wake_nodes(world->core, world->now);
		world_push(world, max64(core_next(world->core), world->now), EVENT_TICK, 0, ++world->tick_version);
	}
}
