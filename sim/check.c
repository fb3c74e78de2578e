#include "calendar.h"
#include "world.h"

/* Every number the world keeps twice is counted again. For tests: a run costs pods times events. */

#define REFUSE(...) return err_set(err, __VA_ARGS__)

/* ---- pods ---- */

struct count {
	int32_t alive, ready, pending, starting;
	int64_t rate;
};

static int check_pod(const struct world *world, const struct workload *workload, uint32_t i, struct count *count,
		     struct err *err)
{
	const char *name = workload->spec->name;
	uint32_t id = workload->lives[i];
	if (id >= world->n_lives)
		REFUSE("%s: pod %u has no life", name, i);
	const struct life_record *life = &world->lives[id];
	const struct pod *pod = &workload->pods[i];
	if (life->index != i || &world->workloads[life->workload] != workload)
		REFUSE("%s: life %u does not point back to pod %u", name, id, i);
	if (life->life == LIFE_GONE || pod->deleted != (life->life == LIFE_LEAVING))
		REFUSE("%s: pod %u is in life %d, deleted %d", name, i, (int)life->life, pod->deleted);
	if (workload->slots[i] != life->node)
		REFUSE("%s: pod %u is on node %u, its life on %u", name, i, workload->slots[i], life->node);
	if ((life->node == NONE) != (life->life == LIFE_PENDING))
		REFUSE("%s: pod %u is in life %d on node %u", name, i, (int)life->life, life->node);
	if (life->life != LIFE_LEAVING && (pod->ready == POD_READY_TRUE) != (life->life == LIFE_READY))
		REFUSE("%s: pod %u is in life %d, its condition Ready is %d", name, i, (int)life->life, pod->ready);
	int64_t want = workload->want[i], rate = workload->rate[i];
	if (want != (life->life == LIFE_READY ? workload->each_nano : 0))
		REFUSE("%s: pod %u wants %lld, each of the ready ones %lld", name, i, (long long)want,
		       (long long)workload->each_nano);
	if (rate < 0 || rate > want || rate > workload->cap_nano)
		REFUSE("%s: pod %u uses %lld of %lld nano-cores", name, i, (long long)rate, (long long)want);
	count->alive += life->life != LIFE_LEAVING;
	count->ready += life->life == LIFE_READY;
	count->pending += life->life == LIFE_PENDING;
	count->starting += life->life == LIFE_BOUND || life->life == LIFE_RUNNING;
	count->rate += rate;
	return 0;
}

static int check_workload(const struct world *world, const struct workload *workload, struct err *err)
{
	struct count count = {0};
	const struct hpa_spec *hpa = workload->autoscaler;
	const char *name = workload->spec->name;
	for (uint32_t i = 0; i < workload->n_pods; i++)
		if (check_pod(world, workload, i, &count, err) < 0)
			return -1;
	if (count.alive != workload->alive || count.ready != workload->ready || count.pending != workload->pending ||
	    count.starting != workload->starting)
		REFUSE("%s: alive %d ready %d pending %d starting %d are kept, %d %d %d %d are there", name,
		       workload->alive, workload->ready, workload->pending, workload->starting, count.alive,
		       count.ready, count.pending, count.starting);
	if (count.rate != workload->rate_sum)
		REFUSE("%s: its pods use %lld nano-cores, %lld is kept", name, (long long)count.rate,
		       (long long)workload->rate_sum);
	if (workload->backlog < 0 || (workload->backlog > 0 && world->settings->load.overload == OVERLOAD_DROP))
		REFUSE("%s: a queue that cannot be", name);
	if (hpa && (workload->desired < hpa->min_replicas || workload->desired > hpa->max_replicas))
		REFUSE("%s: %d replicas, of %d to %d", name, workload->desired, hpa->min_replicas, hpa->max_replicas);
	if (!workload->spec->ordered && workload->alive != workload->desired)
		REFUSE("%s: %d pods for %d replicas", name, workload->alive, workload->desired);
	return 0;
}

/* Every pending pod waits in the queue, once. */
static int check_queue(const struct world *world, struct err *err)
{
	uint32_t waiting = 0, pending = 0;
	for (uint32_t w = 0; w < world->n_workloads; w++)
		pending += (uint32_t)world->workloads[w].pending;
	for (uint32_t i = 0; i < world->n_queue; i++)
		waiting += queue_waits(world, i);
	if (waiting != pending)
		REFUSE("%u pods are pending, %u are in the queue", pending, waiting);
	return 0;
}

/* ---- nodes ---- */

static int check_placed(const struct world *world, uint32_t slot, uint32_t p, struct node_view *sum, int64_t *want,
			int64_t *rate, struct err *err)
{
	const struct placed *placed = &world->views[slot].placed[p];
	const struct life_record *life = &world->lives[placed->pod];
	const struct workload *workload = &world->workloads[life->workload];
	if (life->node != slot || life->placed != p || life->workload != placed->workload)
		REFUSE("node %u: place %u and life %u do not point to each other", slot, p, placed->pod);
	if (placed->leaving != (life->life == LIFE_LEAVING))
		REFUSE("node %u: place %u is seen leaving %d, in life %d", slot, p, placed->leaving, (int)life->life);
	if (placed->cpu_milli != workload->cpu_request_milli || placed->memory_bytes != workload->memory_request_bytes)
		REFUSE("node %u: place %u holds another request than its pod's", slot, p);
	sum->used_cpu_milli += placed->cpu_milli;
	sum->used_memory_bytes += placed->memory_bytes;
	sum->used_pods++;
	*want += workload->want[life->index];
	*rate += workload->rate[life->index];
	return 0;
}

static int check_node(const struct world *world, uint32_t slot, struct err *err)
{
	const struct node_view *view = &world->views[slot];
	const struct group *group = &world->groups[view->group];
	struct node_view sum = {.used_cpu_milli = group->agents_cpu,
				.used_memory_bytes = group->agents_memory,
				.used_pods = group->agents_pods};
	int64_t want = 0, rate = 0;
	if (view->state == NODE_GONE || view->state == NODE_UPCOMING) {
		if (view->n_placed)
			REFUSE("node %u: %u pods on a node in state %d", slot, view->n_placed, (int)view->state);
		return 0;
	}
	for (uint32_t p = 0; p < view->n_placed; p++)
		if (check_placed(world, slot, p, &sum, &want, &rate, err) < 0)
			return -1;
	if (sum.used_cpu_milli != view->used_cpu_milli || sum.used_memory_bytes != view->used_memory_bytes ||
	    sum.used_pods != view->used_pods)
		REFUSE("node %u: its pods request %lldm, %lld bytes, %lldm and %lld are kept", slot,
		       (long long)sum.used_cpu_milli, (long long)sum.used_memory_bytes, (long long)view->used_cpu_milli,
		       (long long)view->used_memory_bytes);
	if (sum.used_cpu_milli > view->cpu_milli || sum.used_memory_bytes > view->memory_bytes ||
	    sum.used_pods > view->pods)
		REFUSE("node %u: more is requested than it can give", slot);
	if (want != world->nodes[slot].wanted_nano)
		REFUSE("node %u: its pods want %lld nano-cores, %lld is kept", slot, (long long)want,
		       (long long)world->nodes[slot].wanted_nano);
	if (rate > view->cpu_milli * (NANO / 1000))
		REFUSE("node %u: its pods use %lld nano-cores of %lldm", slot, (long long)rate,
		       (long long)view->cpu_milli);
	return 0;
}

static int check_groups(const struct world *world, struct err *err)
{
	uint32_t total = 0, upcoming = 0;
	for (uint32_t slot = 0; slot < world->n_nodes; slot++)
		upcoming += world->views[slot].state == NODE_UPCOMING;
	if (upcoming != world->n_upcoming)
		REFUSE("%u nodes are on their way, %u are kept", upcoming, world->n_upcoming);
	for (uint32_t g = 0; g < world->n_groups; g++) {
		const struct group_view *view = &world->group_views[g];
		int32_t nodes = 0;
		for (uint32_t slot = 0; slot < world->n_nodes; slot++)
			nodes += world->views[slot].state != NODE_GONE && world->views[slot].group == g;
		total += (uint32_t)nodes;
		if (nodes != view->size || (uint32_t)nodes != world->groups[g].tally.current)
			REFUSE("group %u: %d nodes, size %d is kept, %u counted", g, nodes, view->size,
			       world->groups[g].tally.current);
		if (nodes < view->min || nodes > view->max)
			REFUSE("group %u: %d nodes, of %d to %d", g, nodes, view->min, view->max);
	}
	if (total != world->cost.nodes)
		REFUSE("%u nodes, %u are charged", total, world->cost.nodes);
	return 0;
}

int world_check(const struct world *world, struct err *err)
{
	for (uint32_t w = 0; w < world->n_workloads; w++)
		if (check_workload(world, &world->workloads[w], err) < 0)
			return -1;
	for (uint32_t slot = 0; slot < world->n_nodes; slot++)
		if (check_node(world, slot, err) < 0)
			return -1;
	return check_groups(world, err) < 0 ? -1 : check_queue(world, err);
}

/* ---- the sums over time, added up again event by event ---- */

void audit_elapse(struct world *world, ms_t until)
{
	ms_t span = until - world->now;
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		const struct workload *workload = &world->workloads[w];
		struct audit *audit = &world->audits[w];
		audit->pods += (wide_t)workload->alive * span;
		audit->pending += (wide_t)workload->pending * span;
		audit->starting += (wide_t)workload->starting * span;
		audit->demand += (wide_t)workload->demand_nano * span;
		audit->served += (wide_t)workload->rate_sum * span;
		/* what may go to rounding: a nano-core a pod, and a millisecond at the end of a queue */
		audit->rounding += (wide_t)workload->ready * span;
		if (audit->queued && workload->backlog == 0)
			audit->rounding += audit->rate;
		audit->queued = workload->backlog > 0;
		audit->rate = workload->rate_sum;
	}
}

int audit_check(const struct world *world, struct err *err)
{
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		const struct workload *workload = &world->workloads[w];
		const struct tally *tally = &workload->tally;
		const struct audit *audit = &world->audits[w];
		wide_t served = tally->demand - tally->dropped - workload->backlog, off = served - audit->served;
		if (tally->pods != audit->pods || tally->pending != audit->pending ||
		    tally->starting != audit->starting || tally->demand != audit->demand)
			REFUSE("%s: pod-hours or demand are not the sum over time", workload->spec->name);
		if (off > audit->rounding + audit->rate || off < -audit->rounding - audit->rate)
			REFUSE("%s: %g core-hours were served, the pods used %g", workload->spec->name,
			       (double)served / 3.6e15, (double)audit->served / 3.6e15);
	}
	return 0;
}

int check_failed(const struct world *world, const struct event *event, struct err *err)
{
	static const char *const names[] = {
	    [EVENT_LOAD] = "load",
	    [EVENT_BACKLOG_EMPTY] = "queue empty",
	    [EVENT_NODE_READY] = "node ready",
	    [EVENT_NODE_DRAIN] = "drain",
	    [EVENT_POD_RUNNING] = "pod running",
	    [EVENT_POD_READY] = "pod ready",
	    [EVENT_POD_GONE] = "pod gone",
	    [EVENT_SCHEDULE] = "schedule",
	    [EVENT_SCRAPE] = "scrape",
	    [EVENT_TICK] = "tick",
	    [EVENT_REPORT] = "report",
	};
	char when[CALENDAR_TEXT];
	return err_wrap(err, "check failed at %s (%lld ms), seed %lld, after event %llu, %s",
			calendar_format(world->now, when), (long long)world->now, (long long)world->settings->sim.seed,
			(unsigned long long)world->n_events, event ? names[event_kind(event)] : "the end");
}
