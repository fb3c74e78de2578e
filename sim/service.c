#include "world.h"

/* Demand onto pods. Ready pods share a workload's demand evenly. A pod uses at most its limit, and no more than its
 * node can give: where the pods of a node want more CPU than it has, each keeps what it requested and the rest is
 * shared in proportion to what they want beyond that, as the kernel's CPU shares do.
 *
 *        demand D ---> each = min(D/ready, cap) ---> node: sum(each) <= allocatable ? each : throttled ---> rate
 *                 \--> what the pods cannot serve: queued (they then run at their cap until it is gone) or dropped
 */

int64_t pod_used(const struct world *world, const struct workload *workload, uint32_t index)
{
	bool scraped = workload->used_at[index] < workload->scraped_at;
	int64_t used = scraped ? 0 : workload->used[index];
	ms_t since = scraped ? workload->scraped_at : workload->used_at[index];
	return used + workload->rate[index] * (world->now - since);
}

static void set_rate(struct world *world, struct workload *workload, uint32_t index, int64_t rate)
{
	workload->used[index] = pod_used(world, workload, index);
	workload->used_at[index] = world->now;
	workload->rate_sum += rate - workload->rate[index];
	workload->rate[index] = rate;
}

/* What follows from the rates: what is lost or queued, and until when. */
static void after_rates(struct world *world, struct workload *workload)
{
	bool queued = workload->backlog > 0;
	int64_t served = workload->rate_sum;
	if (!queued && served == workload->each_nano * workload->ready && workload->each_nano < workload->cap_nano)
		served = workload->demand_nano; /* nobody is short: nothing is lost to rounding */
	if (workload->ready == 0)
		served = 0;
	workload->lost_nano = workload->demand_nano - served;
	workload->rates_changed_at = world->now;
	workload->scrape_steady = false;
	workload->backlog_version++;
	if (workload->lost_nano < 0) { /* with nothing queued: the queue has ended at this very moment */
		wide_t drain = -(wide_t)workload->lost_nano, wait = (workload->backlog + drain - 1) / drain;
		if (wait < (wide_t)1 << 45)
			world_push(world, world->now + (ms_t)wait, EVENT_BACKLOG_EMPTY,
			           (uint32_t)(workload - world->workloads), workload->backlog_version);
	}
}

static int64_t want_each(const struct workload *workload)
{
	if (workload->ready == 0)
		return 0;
	if (workload->backlog > 0)
		return workload->cap_nano;
	return min64(workload->demand_nano / workload->ready, workload->cap_nano);
}

static int64_t allocatable_nano(const struct node_view *view)
{
	return view->cpu_milli * (NANO / 1000);
}

/* Sets the rates of all pods of a node from what they want. */
static void share_node(struct world *world, uint32_t slot)
{
	struct node *node = &world->nodes[slot];
	const struct node_view *view = &world->views[slot];
	int64_t kept = 0, beyond = 0;
	for (uint32_t p = 0; p < view->n_placed; p++) {
		const struct life_record *life = &world->lives[view->placed[p].pod];
		const struct workload *workload = &world->workloads[life->workload];
		kept += min64(workload->want[life->index], workload->request_nano);
		beyond += max64(workload->want[life->index] - workload->request_nano, 0);
	}
	int64_t spare = max64(allocatable_nano(view) - kept, 0);
	node->throttled = beyond > spare;
	for (uint32_t p = 0; p < view->n_placed; p++) {
		const struct life_record *life = &world->lives[view->placed[p].pod];
		struct workload *workload = &world->workloads[life->workload];
		int64_t rate = workload->want[life->index], extra = rate - workload->request_nano;
		if (node->throttled && extra > 0)
			rate = workload->request_nano + (int64_t)((wide_t)extra * spare / beyond);
		if (rate == workload->rate[life->index])
			continue;
		account(world, workload);
		set_rate(world, workload, life->index, rate);
		after_rates(world, workload);
	}
}

void service_settle(struct world *world, struct workload *workload)
{
	account(world, workload);
	bool some_short = false;
	workload->each_nano = want_each(workload);
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		const struct pod *pod = &workload->pods[i];
		int64_t want = pod->ready == POD_READY_TRUE && !pod->deleted ? workload->each_nano : 0;
		if (want == workload->want[i] && want == workload->rate[i])
			continue;
		uint32_t slot = world->lives[workload->lives[i]].node;
		struct node *node = &world->nodes[slot];
		node->wanted_nano += want - workload->want[i];
		workload->want[i] = want;
		some_short |= node->throttled || node->wanted_nano > allocatable_nano(&world->views[slot]);
		set_rate(world, workload, i, want);
	}
	for (uint32_t i = 0; some_short && i < workload->n_pods; i++) {
		uint32_t slot = world->lives[workload->lives[i]].node;
		if (slot == NONE)
			continue;
		struct node *node = &world->nodes[slot];
		if (node->throttled || node->wanted_nano > allocatable_nano(&world->views[slot]))
			share_node(world, slot);
	}
	after_rates(world, workload);
}

void service_backlog_empty(struct world *world, struct workload *workload)
{
	account(world, workload);
	workload->backlog = 0;
	service_settle(world, workload);
}

/* The next point of the load. */
void service_load(struct world *world, struct workload *workload)
{
	const struct load_series *series = workload->series;
	uint32_t point = workload->next_point++;
	account(world, workload);
	workload->demand_nano = series->cpu_nano[point];
	workload->memory_bytes = series->memory_bytes ? series->memory_bytes[point] : 0;
	service_settle(world, workload);
	if (workload->next_point < series->n)
		world_push(world, series->time[workload->next_point], EVENT_LOAD, (uint32_t)(workload - world->workloads), 0);
}
