#include "calendar.h"
#include "duration.h"
#include "world.h"

/* Time-weighted statistics: before anything changes, what held so far is added up. */

int32_t demand_pods(const struct workload *workload)
{
	int64_t capacity = workload->pod_capacity_nano;
	int64_t pods = capacity > 0 ? (workload->demand_nano + capacity - 1) / capacity : 0;
	int64_t least = workload->autoscaler && workload->autoscaler->min_replicas == 0 ? 0 : 1;
	return (int32_t)min64(max64(pods, least), INT32_MAX);
}

static wide_t max_wide(wide_t a, wide_t b)
{
	return a > b ? a : b;
}

/* ---- shortages: where it was too small, and why ---- */

const char *shortage_cause_text(enum shortage_cause cause)
{
	static const char *const texts[] = {
	    [SHORT_NOT_SEEN] = "not scaled yet",    [SHORT_STARTING] = "pods starting",
	    [SHORT_OF_NODES] = "waiting for nodes", [SHORT_OF_MAX_NODES] = "node groups at max",
	    [SHORT_OF_CPU] = "node CPU all used",   [SHORT_AT_MAX] = "at maxReplicas",
	    [SHORT_FIXED] = "fixed replicas",       [SHORT_NO_METRIC] = "autoscaler without metric",
	};
	return texts[cause];
}

static bool nodes_can_come(const struct world *world, const struct workload *workload)
{
	if (world->n_upcoming)
		return true;
	for (uint32_t g = 0; world->settings->ca.enabled && g < world->n_groups; g++) {
		const struct group_view *group = &world->group_views[g];
		if (group->size < group->max && workload->cpu_request_milli <= group->cpu_milli &&
		    workload->memory_request_bytes <= group->memory_bytes)
			return true;
	}
	return false;
}

/* The scheduler's last pass had no room for its pods. */
static bool was_refused(const struct world *world, const struct workload *workload)
{
	return world->schedule_passes > 0 && workload->full_pass == world->schedule_passes;
}

static enum shortage_cause cause_now(const struct world *world, const struct workload *workload)
{
	if (workload->pending > 0)
		return nodes_can_come(world, workload) ? SHORT_OF_NODES : SHORT_OF_MAX_NODES;
	if (workload->starting > 0)
		return SHORT_STARTING;
	if (workload->autoscaler && workload->desired >= workload->autoscaler->max_replicas)
		return SHORT_AT_MAX;
	if (workload->blind)
		return SHORT_NO_METRIC;
	return workload->autoscaler ? SHORT_NOT_SEEN : SHORT_FIXED;
}

/* Keeps the worst ones, worst first; n: how many there have been. */
static void keep_worst(struct shortage *worst, uint64_t n, const struct shortage *shortage)
{
	uint32_t at = (uint32_t)min64((int64_t)n, SHORTAGES_KEPT);
	while (at > 0 && worst[at - 1].missed_nano_ms < shortage->missed_nano_ms) {
		if (at < SHORTAGES_KEPT)
			worst[at] = worst[at - 1];
		at--;
	}
	if (at < SHORTAGES_KEPT)
		worst[at] = *shortage;
}

static void end_shortage(struct tally *tally, ms_t now)
{
	struct shortage ended = tally->open;
	tally->longest_shortage = max64(tally->longest_shortage, now - ended.from);
	tally->open.from = MS_UNSET;
	ended.until = now;
	for (uint32_t c = 1; c < SHORTAGE_CAUSES; c++)
		if (ended.missed[c] > ended.missed[ended.cause])
			ended.cause = (enum shortage_cause)c;
	keep_worst(tally->shortages, tally->n_shortages++, &ended);
}

static void account_shortage(const struct world *world, struct workload *workload, ms_t span)
{
	struct tally *tally = &workload->tally;
	if (workload->lost_nano > 0) {
		if (tally->open.from == MS_UNSET)
			tally->open = (struct shortage){.from = world->now - span};
		/* what ready pods were denied by their nodes, and the rest */
		int64_t denied = min64(workload->each_nano * workload->ready - workload->rate_sum, workload->lost_nano);
		tally->open.missed[SHORT_OF_CPU] += (double)denied * (double)span;
		tally->open.missed[cause_now(world, workload)] += (double)(workload->lost_nano - denied) * (double)span;
		tally->open.missed_nano_ms += (double)workload->lost_nano * (double)span;
		tally->open.worst_nano = max64(tally->open.worst_nano, workload->lost_nano);
	} else if (workload->backlog == 0) {
		end_shortage(tally, workload->lost_nano < 0 ? world->now : world->now - span);
	}
}

/* Demand that the pods could not serve for a while, or, with the queue draining, served late. */
static void account_loss(const struct world *world, struct workload *workload, ms_t span)
{
	struct tally *tally = &workload->tally;
	wide_t lost = (wide_t)workload->lost_nano * span;
	if (world->settings->load.overload == OVERLOAD_DROP) {
		tally->dropped += lost;
	} else {
		workload->backlog = max_wide(workload->backlog + lost, 0);
		tally->delayed += max_wide(lost, 0);
	}
	account_shortage(world, workload, span);
}

void account(struct world *world, struct workload *workload)
{
	struct tally *tally = &workload->tally;
	ms_t span = world->now - tally->since;
	if (span <= 0)
		return;
	tally->since = world->now;
	tally->pods += (wide_t)workload->alive * span;
	tally->pending += (wide_t)workload->pending * span;
	if (workload->pending && was_refused(world, workload) && !nodes_can_come(world, workload))
		tally->blocked += (wide_t)workload->pending * span;
	tally->starting += (wide_t)workload->starting * span;
	tally->demand += (wide_t)workload->demand_nano * span;
	tally->memory += (wide_t)workload->memory_bytes * span;
	if (workload->lost_nano || tally->open.from != MS_UNSET)
		account_loss(world, workload, span);
	tally->replicas_min = (int32_t)min64(tally->replicas_min, workload->alive);
	tally->replicas_max = (int32_t)max64(tally->replicas_max, workload->alive);
	int32_t demand = demand_pods(workload), supply = workload->ready;
	if (supply < demand) {
		tally->under_time += span;
		tally->under += (double)(demand - supply) / demand * (double)span;
	} else if (supply > demand) {
		tally->over_time += span;
		tally->over += (double)(supply - demand) / (double)max64(demand, 1) * (double)span;
	}
}

void account_alive(struct world *world, struct workload *workload, int32_t change)
{
	struct tally_all *all = &world->all;
	workload->alive += change;
	all->alive += change;
	if (world->now == world->params->from)
		all->alive_min = all->alive;
	all->alive_min = min64(all->alive_min, all->alive);
	all->alive_max = max64(all->alive_max, all->alive);
}

void account_placed(struct world *world, struct workload *workload, uint32_t group, int32_t change)
{
	struct presence *presence = &workload->on_group[group];
	presence->pod_ms += (wide_t)presence->pods * (world->now - max64(presence->since, world->params->from));
	presence->since = world->now;
	presence->pods += change;
}

void account_nodes(struct world *world, uint32_t index, int32_t change)
{
	struct tally_nodes *tally = &world->groups[index].tally;
	account_cost(world);
	tally->current = (uint32_t)((int32_t)tally->current + change);
	if (change > 0) {
		tally->added++;
		tally->peak = tally->current > tally->peak ? tally->current : tally->peak;
	} else {
		tally->removed++;
	}
	world->cost.nodes = (uint32_t)((int32_t)world->cost.nodes + change);
	world->cost.nano_per_hour += change * world->groups[index].spec->type->price_nano_per_hour;
}

/* The running cost of the timeline: a meter. The bill itself is rated from usage records, with minimum charges. */
void account_cost(struct world *world)
{
	struct cost_meter *cost = &world->cost;
	const struct region_fees *fees = world->params->fees;
	ms_t span = world->now - cost->since;
	if (span <= 0)
		return;
	double month = (double)calendar_month_ms(cost->since);
	double disk = (double)cost->nodes * (double)world->disk_gib * (double)fees->disk_nano_per_gib_month / month;
	double hourly = (double)(cost->nano_per_hour + fees->control_plane_nano_per_hour) / (double)HOUR_MS;
	cost->total += (hourly + disk) * (double)span / (double)NANO;
	cost->since = world->now;
}

/* total * part / whole, without leaving 128 bits: exact for one group, and to 1e-9 else. */
static wide_t spread(wide_t total, wide_t part, wide_t whole)
{
	if (part == whole)
		return total;
	wide_t share = part * NANO / whole;
	return total / NANO * share + total % NANO * share / NANO;
}

static int sign(int64_t value)
{
	return (value > 0) - (value < 0);
}

static int report_row(struct world *world, const struct workload *workload, struct err *err)
{
	const struct timeline *timeline = &world->params->timeline;
	int64_t usage = workload->lost_nano > 0 ? workload->rate_sum : workload->demand_nano - workload->lost_nano;
	const struct timeline_row row = {
	    .time = world->now,
	    .workload = workload->label,
	    .demand_nano = workload->demand_nano,
	    .usage_nano = usage,
	    .capacity_nano = workload->ready * workload->pod_capacity_nano,
	    .lost_nano = max64(workload->lost_nano, 0),
	    .desired = workload->desired,
	    .replicas = workload->alive,
	    .ready = workload->ready,
	    .pending = workload->pending,
	    .nodes = world->cost.nodes,
	    .cost = world->cost.total,
	};
	return timeline->row(timeline->self, &row, err);
}

/* Every workload as it is now. */
int account_rows(struct world *world, struct err *err)
{
	for (uint32_t w = 0; world->params->timeline.row && w < world->n_workloads; w++)
		if (report_row(world, &world->workloads[w], err) < 0)
			return -1;
	return 0;
}

struct moment {
	int64_t demand, ready, lacking, idle;
};

static void account_all(struct world *world, const struct moment *moment)
{
	struct tally_all *all = &world->all;
	all->under += (double)moment->lacking / (double)max64(moment->demand, 1);
	all->over += (double)moment->idle / (double)max64(moment->demand, 1);
	all->under_steps += moment->lacking > 0;
	all->over_steps += moment->idle > 0;
	if (all->steps++ > 0)
		all->unstable_steps +=
		    sign(moment->ready - all->last_ready) != sign(moment->demand - all->last_demand_pods);
	all->last_ready = moment->ready;
	all->last_demand_pods = moment->demand;
}

/* The grid of the report: instability needs equal steps. */
int account_report(struct world *world, struct err *err)
{
	struct moment moment = {0};
	account_cost(world);
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		struct workload *workload = &world->workloads[w];
		struct tally *tally = &workload->tally;
		int32_t demand = demand_pods(workload);
		if (tally->steps++ > 0)
			tally->unstable_steps +=
			    sign(workload->ready - tally->last_ready) != sign(demand - tally->last_demand_pods);
		tally->last_ready = workload->ready;
		tally->last_demand_pods = demand;
		moment.demand += demand;
		moment.ready += workload->ready;
		moment.lacking += max64(demand - workload->ready, 0);
		moment.idle += max64(workload->ready - demand, 0);
	}
	account_all(world, &moment);
	return account_rows(world, err);
}

static double hours(wide_t ms)
{
	return (double)ms / (double)HOUR_MS;
}

static double core_hours(wide_t nano_ms)
{
	return (double)nano_ms / (double)NANO / (double)HOUR_MS;
}

static void workload_result(struct world *world, struct workload *workload, struct workload_result *result)
{
	struct tally *tally = &workload->tally;
	double span = (double)(world->params->until - world->params->from);
	account(world, workload);
	wide_t unserved = tally->dropped + workload->backlog;
	if (tally->open.from != MS_UNSET)
		end_shortage(tally, world->now);
	*result = (struct workload_result){
	    .name = workload->spec->name,
	    .label = workload->label,
	    .namespace_ = workload->spec->namespace_,
	    .autoscaled = workload->autoscaler != NULL,
	    .replicas_min = tally->replicas_min,
	    .replicas_max = tally->replicas_max,
	    .replicas_mean = (double)tally->pods / span,
	    .pod_hours = hours(tally->pods),
	    .scale_ups = tally->scale_ups,
	    .scale_downs = tally->scale_downs,
	    .evictions = tally->evictions,
	    .theta_u = 100 * tally->under / span,
	    .theta_o = 100 * tally->over / span,
	    .tau_u = 100 * (double)tally->under_time / span,
	    .tau_o = 100 * (double)tally->over_time / span,
	    .instability = tally->steps > 1 ? 100 * (double)tally->unstable_steps / (double)(tally->steps - 1) : 0,
	    .demand_core_hours = core_hours(tally->demand),
	    .served_core_hours = core_hours(tally->demand - unserved),
	    .unserved_core_hours = core_hours(unserved),
	    .delayed_core_hours = core_hours(tally->delayed - workload->backlog),
	    .pending_pod_hours = hours(tally->pending),
	    .starting_pod_hours = hours(tally->starting),
	    .wait_mean_s = tally->started ? (double)tally->wait / (double)tally->started / 1000 : 0,
	    .wait_max_s = (double)tally->wait_max / 1000,
	    .n_shortages = tally->n_shortages,
	    .longest_shortage_s = (double)tally->longest_shortage / 1000,
	};
	memcpy(result->shortages, tally->shortages, sizeof result->shortages);
}

/* Requests by where the pods were; CPU and memory used are spread over the groups as the pods were. */
static void workload_uses(struct world *world, struct workload *workload, struct workload_use *uses)
{
	const struct tally *tally = &workload->tally;
	wide_t pods = 0, served = tally->demand - tally->dropped - workload->backlog;
	wide_t cpu = max_wide(served, 0) / (NANO / 1000);
	for (uint32_t g = 0; g < world->n_groups; g++) {
		account_placed(world, workload, g, 0);
		pods += workload->on_group[g].pod_ms;
	}
	for (uint32_t g = 0; g < world->n_groups && pods > 0; g++) {
		wide_t here = workload->on_group[g].pod_ms;
		uses[g] = (struct workload_use){
		    .cpu_request = here * workload->cpu_request_milli,
		    .cpu_usage = spread(cpu, here, pods),
		    .memory_request = here * workload->memory_request_bytes,
		    .memory_usage = spread(tally->memory, here, pods),
		};
	}
}

static double percent(double part, uint64_t whole)
{
	return whole ? 100 * part / (double)whole : 0;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static void total_result(const struct world *world, struct sim_result *result)
{
	const struct tally_all *all = &world->all;
	struct workload_result *total = &result->total;
	wide_t wait = 0;
	uint64_t started = 0, kept = 0;
	*total = (struct workload_result){
	    .name = "all",
	    .label = "all",
	    .namespace_ = "",
	    .replicas_min = (int32_t)all->alive_min,
	    .replicas_max = (int32_t)all->alive_max,
	    .theta_u = percent(all->under, all->steps),
	    .theta_o = percent(all->over, all->steps),
	    .tau_u = percent((double)all->under_steps, all->steps),
	    .tau_o = percent((double)all->over_steps, all->steps),
	    .instability = percent((double)all->unstable_steps, all->steps - 1),
	};
	if (result->n_workloads == 1) { /* no grid is needed */
		*total = result->workloads[0];
		total->name = total->label = "all";
		return;
	}
	for (uint32_t w = 0; w < result->n_workloads; w++) {
		const struct workload_result *workload = &result->workloads[w];
		total->replicas_mean += workload->replicas_mean;
		total->pod_hours += workload->pod_hours;
		total->scale_ups += workload->scale_ups;
		total->scale_downs += workload->scale_downs;
		total->evictions += workload->evictions;
		total->demand_core_hours += workload->demand_core_hours;
		total->served_core_hours += workload->served_core_hours;
		total->unserved_core_hours += workload->unserved_core_hours;
		total->delayed_core_hours += workload->delayed_core_hours;
		total->pending_pod_hours += workload->pending_pod_hours;
		total->starting_pod_hours += workload->starting_pod_hours;
		total->wait_max_s = larger(workload->wait_max_s, total->wait_max_s);
		total->longest_shortage_s = larger(workload->longest_shortage_s, total->longest_shortage_s);
		total->n_shortages += workload->n_shortages;
		for (uint64_t i = 0; i < workload->n_shortages && i < SHORTAGES_KEPT; i++) {
			struct shortage shortage = workload->shortages[i];
			shortage.workload = workload->label;
			keep_worst(total->shortages, kept++, &shortage);
		}
		wait += world->workloads[w].tally.wait;
		started += world->workloads[w].tally.started;
	}
	total->wait_mean_s = started ? (double)wait / (double)started / 1000 : 0;
}

void account_notes(struct world *world)
{
	const struct ca_settings *ca = &world->settings->ca;
	wide_t blocked = 0;
	char limit[48];
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		account(world, &world->workloads[w]);
		blocked += world->workloads[w].tally.blocked;
	}
	if (blocked)
		world_note(world, "pods waited %.1f pod-hours %s", hours(blocked),
			   ca->enabled ? "while every node group that could hold them was at its maximum"
				       : "for nodes, and none is added with ca.enabled=false");
	duration_format(ca->max_node_provision_time, limit, sizeof limit);
	if (world->n_given_up)
		world_note(world,
			   "%llu nodes had not come %s after they were asked for, and were given up "
			   "(ca.max_node_provision_time)",
			   (unsigned long long)world->n_given_up, limit);
}

static wide_t node_time(const struct world *world, uint32_t group)
{
	wide_t total = 0;
	for (size_t i = 0; i < world->n_usage; i++)
		if (world->usage[i].kind == USAGE_INSTANCE && world->usage[i].sku == group)
			total += world->usage[i].end - world->usage[i].start;
	return total;
}

/* Ends what still runs, and adds what comes with the instances: their disks, and the control plane. */
static int close_usage(struct world *world, struct sim_result *result, struct err *err)
{
	ms_t until = world->params->until;
	size_t n = world->n_usage;
	struct usage_record *usage = arena_alloc(&result->arena, 2 * n + 1, sizeof *usage);
	if (!usage)
		return err_set(err, "out of memory for %zu usage records", n);
	for (size_t i = 0; i < n; i++) {
		world->usage[i].end = min64(world->usage[i].end, until);
		usage[i] = world->usage[i];
		usage[n + i] = (struct usage_record){USAGE_DISK, 0, world->disk_gib, usage[i].start, usage[i].end};
	}
	usage[2 * n] = (struct usage_record){USAGE_CONTROL_PLANE, 0, 1, world->params->from, until};
	result->usage = usage;
	result->n_usage = 2 * n + 1;
	return 0;
}

int account_result(struct world *world, struct sim_result *result, struct err *err)
{
	if (close_usage(world, result, err) < 0)
		return -1;
	result->workloads = arena_alloc(&result->arena, world->n_workloads, sizeof *result->workloads);
	result->groups = arena_alloc(&result->arena, world->n_groups, sizeof *result->groups);
	result->types = arena_alloc(&result->arena, world->n_groups, sizeof *result->types);
	result->uses = arena_alloc(&result->arena, (size_t)world->n_workloads * world->n_groups, sizeof *result->uses);
	if (!result->workloads || !result->groups || !result->types || !result->uses)
		return err_set(err, "out of memory for the result");
	result->n_workloads = world->n_workloads;
	result->n_groups = world->n_groups;
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		workload_result(world, &world->workloads[w], &result->workloads[w]);
		workload_uses(world, &world->workloads[w], &result->uses[(size_t)w * world->n_groups]);
	}
	total_result(world, result);
	for (uint32_t g = 0; g < world->n_groups; g++) {
		const struct group *group = &world->groups[g];
		result->types[g] = group->spec->type;
		wide_t time = node_time(world, g);
		result->groups[g] = (struct group_result){
		    .name = group->spec->name,
		    .node_hours = hours(time),
		    .node_ms = (int64_t)time,
		    .agents_cpu_milli = group->agents_cpu,
		    .agents_memory_bytes = group->agents_memory,
		    .peak = group->tally.peak,
		    .added = group->tally.added,
		    .removed = group->tally.removed,
		};
	}
	result->simulated_seconds = (double)(world->params->until - world->params->from) / 1000;
	result->events = world->n_events;
	return 0;
}
