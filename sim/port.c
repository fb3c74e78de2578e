#include "world.h"

/* The world behind the loop's ports: what the core is shown are the world's own arrays. */

static void view_workloads(struct world *world)
{
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		struct workload *workload = &world->workloads[w];
		for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++) {
			struct metric_input *input = &workload->metrics[m];
			const struct metric_spec *metric = &workload->autoscaler->metrics[m];
			input->samples = workload->derived[m] ? workload->derived[m]
					 : metric->is_cpu     ? workload->cpu
							      : workload->memory;
		}
		world->workload_views[w] = (struct workload_view){
		    .spec_replicas = workload->desired,
		    .status_replicas = workload->alive,
		    .pods = workload->pods,
		    .n_pods = workload->n_pods,
		    .metrics = workload->metrics,
		};
	}
}

/* The queue, oldest first, as runs of pods that are alike. */
static uint32_t view_pending(struct world *world)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < world->n_queue; i++) {
		const struct life_record *life = &world->lives[world->queue[i].life];
		if (!queue_waits(world, i) || !life->seen_unschedulable)
			continue;
		struct pending_view *last = n ? &world->pending[n - 1] : NULL;
		if (last && last->workload == life->workload && last->since == life->created_at) {
			last->count++;
			continue;
		}
		world->pending = world_grow(world, world->pending, &world->pending_room, n + 1, sizeof *world->pending);
		if (world->out_of_memory)
			return 0;
		const struct workload *workload = &world->workloads[life->workload];
		world->pending[n++] = (struct pending_view){
		    .workload = life->workload,
		    .count = 1,
		    .since = life->created_at,
		    .cpu_milli = workload->cpu_request_milli,
		    .memory_bytes = workload->memory_request_bytes,
		};
	}
	return n;
}

static int observe(void *self, ms_t now, struct snapshot *snapshot, struct err *err)
{
	struct world *world = self;
	(void)now;
	if (snapshot->due & DUE_REPLICAS)
		view_workloads(world);
	if (snapshot->due & DUE_NODES && world->n_queue)
		snapshot->n_pending = view_pending(world);
	if (world->out_of_memory)
		return err_set(err, "out of memory");
	snapshot->workloads = world->workload_views;
	snapshot->n_workloads = world->n_workloads;
	snapshot->nodes = world->views;
	snapshot->n_nodes = world->n_nodes;
	snapshot->pending = world->pending;
	snapshot->groups = world->group_views;
	snapshot->n_groups = world->n_groups;
	snapshot->generation = world->generation;
	return 0;
}

static int scale(struct world *world, const struct action *action)
{
	workload_scale(world, &world->workloads[action->target], action->to);
	return 0;
}

static int add_nodes(struct world *world, const struct action *action)
{
	for (int32_t i = action->from; i < action->to; i++)
		if (node_create(world, action->target, false) == NONE)
			return -1;
	return 0;
}

static int remove_node(struct world *world, const struct action *action)
{
	node_leave(world, action->target);
	return 0;
}

static int (*const actions[])(struct world *, const struct action *) = {
    [ACTION_SCALE] = scale,
    [ACTION_ADD_NODES] = add_nodes,
    [ACTION_REMOVE_NODE] = remove_node,
};

static int apply(void *self, const struct action *action, uint32_t n, bool *accepted, struct err *err)
{
	int result = 0;
	for (uint32_t i = 0; i < n; i++) {
		accepted[i] = actions[action[i].kind](self, &action[i]) == 0;
		if (!accepted[i])
			result = err_set(err, "the cloud gave no more nodes");
	}
	return result;
}

void port_plug(struct world *world)
{
	world->loop = (struct loop){
	    .core = world->core,
	    .source = {world, observe},
	    .actuator = {world, "simulated cluster", apply},
	};
}
