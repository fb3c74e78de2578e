#include "world.h"

/* The load again, sized by rules that no controller can follow. Each holds every autoscaler's metric at its target
 * (within its minReplicas and maxReplicas) at every moment:
 *
 *   never scaling      replicas and nodes for the highest demand, all the time
 *   no delay           pods and nodes appear and go in no time
 *   perfect foresight  nodes are asked for the mean boot time ahead, and kept where asking again would cost more:
 *                      the exact optimum for nodes of one type that are billed from request to end
 *
 * Nodes have room for what the pods request, and the CPU that they use. Groups may grow beyond their maximum. Pods are
 * packed by volume (no room is lost at the edges of nodes), on the one group for which that comes out cheapest, and no
 * minimum charge is made: so the last two are lower bounds on the cost of holding the target. */

/* Nodes needed, as a step function of time. */
struct step {
	ms_t time;
	int64_t nodes;
};

struct need {
	struct step *steps;
	uint32_t n, room;
	int64_t peak;
};

struct totals {
	int64_t cpu, memory, pods;
	int64_t used_nano; /* CPU that is used: may be more than is requested */
};

static void add_pods(struct totals *totals, const struct workload *workload, int64_t pods)
{
	totals->cpu += pods * workload->cpu_request_milli;
	totals->memory += pods * workload->memory_request_bytes;
	totals->pods += pods;
}

/* Room for what is requested, and CPU for what is used. */
static int64_t nodes_for(const struct world *world, uint32_t index, const struct totals *totals)
{
	const struct group_view *group = &world->group_views[index];
	int64_t node_nano = world->groups[index].allocatable.cpu_milli * (NANO / 1000);
	int64_t nodes = max64(divide_up(totals->cpu, group->cpu_milli), divide_up(totals->memory, group->memory_bytes));
	nodes = max64(nodes, divide_up(totals->used_nano, node_nano));
	return max64(max64(nodes, divide_up(totals->pods, group->pods)), group->min);
}

static void add_step(struct world *world, struct need *need, ms_t time, int64_t nodes)
{
	need->peak = max64(need->peak, nodes);
	if (need->n && need->steps[need->n - 1].nodes == nodes)
		return;
	if (need->n && need->steps[need->n - 1].time == time) {
		need->steps[need->n - 1].nodes = nodes;
		return;
	}
	need->steps = world_grow(world, need->steps, &need->room, need->n + 1, sizeof *need->steps);
	if (!world->out_of_memory)
		need->steps[need->n++] = (struct step){time, nodes};
}

/* What following the load would take, and what the largest size would. */
struct survey {
	struct need *needs;        /* by group */
	int64_t *used, *used_most; /* by workload: CPU its pods use now, and at most, nano-cores */
	struct totals peak;        /* every workload at its own largest size */
	double pod_ms, peak_pods;
	struct loss {
		double unserved, delayed; /* nano-cores*ms */
	} following, constant;
};

/* Demand beyond what so many pods can serve is lost, or waits its turn. */
static void serve(const struct world *world, struct workload *workload, int64_t demand, int64_t pods, ms_t span,
		  struct loss *loss)
{
	wide_t lost = ((wide_t)demand - (wide_t)pods * workload->cap_nano) * span;
	if (world->settings->load.overload == OVERLOAD_DROP) {
		loss->unserved += lost > 0 ? (double)lost : 0;
		return;
	}
	loss->delayed += lost > 0 ? (double)lost : 0;
	workload->backlog = workload->backlog + lost > 0 ? workload->backlog + lost : 0;
}

/* What is queued at the end was not served late: it was not served. */
static void end_queue(struct workload *workload, struct loss *loss)
{
	loss->unserved += (double)workload->backlog;
	loss->delayed -= (double)workload->backlog;
	workload->backlog = 0;
}

/* CPU that so many pods use of the demand. */
static int64_t used_by(const struct workload *workload, int64_t demand, int64_t pods)
{
	wide_t most = (wide_t)pods * workload->cap_nano;
	return demand < most ? demand : (int64_t)most;
}

/* The whole load on the largest number of pods. */
static void serve_constant(const struct world *world, struct workload *workload, struct loss *loss)
{
	const struct load_series *series = workload->series;
	for (uint32_t point = 0; series && point < series->n; point++) {
		ms_t from = max64(series->time[point], world->params->from);
		ms_t until =
		    point + 1 < series->n ? min64(series->time[point + 1], world->params->until) : world->params->until;
		if (until > from)
			serve(world, workload, series->cpu_nano[point], workload->tally.replicas_max, until - from,
			      loss);
	}
	end_queue(workload, loss);
}

static void survey_load(struct world *world, struct survey *survey)
{
	struct totals now = {0};
	ms_t until = world->params->until;
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		struct workload *workload = &world->workloads[w];
		const struct load_series *series = workload->series;
		while (series && workload->next_point + 1 < series->n &&
		       series->time[workload->next_point + 1] <= world->now)
			workload->next_point++;
		workload->desired = 0;
		world_push(world, world->now, EVENT_LOAD, w, 0);
	}
	while (world->events.count && world->events.heap[0].time < until && !world->out_of_memory) {
		struct event event = world->events.heap[0];
		struct workload *workload = &world->workloads[event.subject];
		const struct load_series *series = workload->series;
		uint32_t point = workload->next_point++;
		int32_t pods = sizing_pods(workload, point);
		bool more = series && workload->next_point < series->n;
		ms_t next = more ? min64(series->time[workload->next_point], until) : until;
		add_pods(&now, workload, pods - workload->desired);
		workload->desired = pods;
		workload->tally.replicas_max = (int32_t)max64(workload->tally.replicas_max, pods);
		survey->pod_ms += (double)pods * (double)(next - event.time);
		if (series) {
			int64_t *used = &survey->used[event.subject], *most = &survey->used_most[event.subject];
			now.used_nano -= *used;
			*used = used_by(workload, series->cpu_nano[point], pods);
			*most = max64(*most, *used);
			now.used_nano += *used;
			serve(world, workload, series->cpu_nano[point], pods, next - event.time, &survey->following);
		}
		if (more)
			event_repeat(&world->events, next);
		else
			event_pop(&world->events);
		if (world->events.count == 0 || world->events.heap[0].time > event.time)
			for (uint32_t g = 0; g < world->n_groups; g++)
				add_step(world, &survey->needs[g], event.time, nodes_for(world, g, &now));
	}
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		add_pods(&survey->peak, &world->workloads[w], world->workloads[w].tally.replicas_max);
		survey->peak.used_nano += survey->used_most[w];
		survey->peak_pods += world->workloads[w].tally.replicas_max;
		end_queue(&world->workloads[w], &survey->following);
		serve_constant(world, &world->workloads[w], &survey->constant);
	}
}

/* ---- from steps to usage ---- */

struct record {
	struct world *world;
	uint32_t group;
	double node_ms;
};

static void record_node(struct record *record, ms_t from, ms_t until)
{
	struct world *world = record->world;
	uint32_t room = (uint32_t)world->usage_room, n = (uint32_t)world->n_usage;
	world->usage = world_grow(world, world->usage, &room, n + 2, sizeof *world->usage);
	world->usage_room = room;
	if (world->out_of_memory || until <= from)
		return;
	record->node_ms += (double)(until - from);
	world->usage[n] = (struct usage_record){USAGE_INSTANCE, record->group, 1, from, until};
	world->usage[n + 1] = (struct usage_record){USAGE_DISK, 0, world->disk_gib, from, until};
	world->n_usage += 2;
}

/* Node by node: the k-th is needed while the need is k or more. It is asked for `ahead` before it is needed, and kept
 * over a gap that is no longer than that. */
static void record_levels(struct record *record, const struct need *need, ms_t ahead)
{
	struct world *world = record->world;
	ms_t begin = world->params->from, end = world->params->until;
	ms_t *from = calloc((size_t)need->peak + 1, sizeof *from),
	     *until = calloc((size_t)need->peak + 1, sizeof *until);
	int64_t on = 0;
	if (!from || !until) {
		world->out_of_memory = true;
		goto out;
	}
	for (int64_t k = 0; k < need->peak; k++)
		from[k] = MS_UNSET;
	for (uint32_t i = 0; i < need->n; i++) {
		ms_t time = need->steps[i].time;
		for (; on < need->steps[i].nodes; on++) {
			if (from[on] != MS_UNSET && time - until[on] <= ahead)
				continue;
			if (from[on] != MS_UNSET)
				record_node(record, from[on], until[on]);
			from[on] = max64(begin, time - ahead);
		}
		while (on > need->steps[i].nodes)
			until[--on] = time;
	}
	for (int64_t k = 0; k < need->peak; k++)
		record_node(record, from[k], k < on ? end : until[k]);
out:
	free(from);
	free(until);
}

static int rate(struct world *world, const struct instance_type *const *types, double *cost, struct err *err)
{
	struct region_fees fees = *world->params->fees;
	struct arena arena = {0};
	struct invoice invoice;
	fees.min_charge_ms = 0;
	uint32_t room = (uint32_t)world->usage_room;
	world->usage = world_grow(world, world->usage, &room, (uint32_t)world->n_usage + 1, sizeof *world->usage);
	world->usage_room = room;
	if (world->out_of_memory)
		return err_set(err, "out of memory");
	world->usage[world->n_usage++] =
	    (struct usage_record){USAGE_CONTROL_PLANE, 0, 1, world->params->from, world->params->until};
	int status = usage_rate(world->usage, world->n_usage, types, world->n_groups, &fees, &arena, &invoice, err);
	if (status == 0)
		*cost = (double)invoice.total_nano / (double)NANO;
	arena_free(&arena);
	return status;
}

static const struct {
	const char *name, *meaning;
	bool constant, ahead;
} rules[] = {
    {"never scaling",
     "sized for the highest demand all the time; this and the next two on one node type, as many as that takes", true,
     false},
    {"perfect foresight",
     "lower bound; holds the target, nodes asked for the mean boot time ahead, pods packed by volume", false, true},
    {"no delay", "lower bound; holds the target, pods and nodes come and go in no time, pods packed by volume", false,
     false},
};

/* One rule on one group; kept when it is the cheapest so far. */
static int measure(struct world *world, const struct survey *survey, size_t rule, uint32_t group,
		   const struct instance_type *const *types, struct yardstick *best, struct err *err)
{
	struct need constant = {0};
	struct record record = {world, group, 0};
	const struct need *need = &survey->needs[group];
	const struct loss *loss = rules[rule].constant ? &survey->constant : &survey->following;
	double span = (double)(world->params->until - world->params->from), cost = 0;
	world->n_usage = 0;
	if (rules[rule].constant) {
		add_step(world, &constant, world->params->from, nodes_for(world, group, &survey->peak));
		need = &constant;
	}
	if (!world->out_of_memory)
		record_levels(&record, need, rules[rule].ahead ? dist_mean(&world->settings->node.boot) : 0);
	int64_t peak = need->peak;
	free(constant.steps);
	if (rate(world, types, &cost, err) < 0)
		return -1;
	if (best->name && best->cost <= cost)
		return 0;
	*best = (struct yardstick){
	    .name = rules[rule].name,
	    .meaning = rules[rule].meaning,
	    .cost = cost,
	    .node_hours = record.node_ms / (double)HOUR_MS,
	    .pod_hours = (rules[rule].constant ? survey->peak_pods * span : survey->pod_ms) / (double)HOUR_MS,
	    .unserved_core_hours = loss->unserved / (double)NANO / (double)HOUR_MS,
	    .delayed_core_hours = loss->delayed / (double)NANO / (double)HOUR_MS,
	    .nodes_peak = peak,
	};
	return 0;
}

static int measure_all(struct world *world, struct sim_result *result, struct err *err)
{
	struct survey survey = {
	    .needs = arena_alloc(&world->arena, world->n_groups, sizeof *survey.needs),
	    .used = arena_alloc(&world->arena, world->n_workloads, sizeof *survey.used),
	    .used_most = arena_alloc(&world->arena, world->n_workloads, sizeof *survey.used_most),
	};
	const struct instance_type **types = arena_alloc(&world->arena, world->n_groups, sizeof *types);
	result->yardsticks = arena_alloc(&result->arena, COUNT(rules), sizeof *result->yardsticks);
	if (!survey.needs || !survey.used || !survey.used_most || !types || !result->yardsticks)
		return err_set(err, "out of memory");
	for (uint32_t g = 0; g < world->n_groups; g++)
		types[g] = world->groups[g].spec->type;
	survey_load(world, &survey);
	int status = world->out_of_memory ? err_set(err, "out of memory") : 0;
	for (size_t rule = 0; rule < COUNT(rules) && status == 0; rule++)
		for (uint32_t g = 0; g < world->n_groups && status == 0; g++)
			status = measure(world, &survey, rule, g, types, &result->yardsticks[rule], err);
	result->n_yardsticks = COUNT(rules);
	for (uint32_t g = 0; g < world->n_groups; g++)
		free(survey.needs[g].steps);
	return status;
}

int sim_yardsticks(const struct sim_params *params, struct sim_result *result, struct err *err)
{
	struct world world;
	int status = world_init(&world, params, err);
	if (status == 0)
		status = measure_all(&world, result, err);
	world_free(&world);
	return status;
}
