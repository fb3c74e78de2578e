#include "world.h"

/* Demand onto pods. Ready pods share a workload's demand evenly. A pod uses at most its limit, and no more than its
 * node can give: where the pods of a node want more CPU than it has, it is shared in proportion to their requests, as
 * the kernel's CPU weights do, what one does not want going to the others.
 *
 *        demand D ---> each = min(D/ready, cap) ---> node: sum(each) <= allocatable ? each : throttled ---> rate
 *                 \--> what the pods cannot serve: queued (they then run at their cap until it is gone) or dropped
 *
 * Events only touch workloads; once an event is over, service_flush works out the touched ones. */

static void set_rate(struct world *world, struct workload *workload, uint32_t index, int64_t rate)
{
	workload->used[index] = pod_used(world, workload, index);
	workload->used_at[index] = world->now;
	workload->rate_sum += rate - workload->rate[index];
	workload->rate[index] = rate;
}

/* The end of the queue, as far as it can be seen now. One event is under way for a workload, unless an earlier end
 * replaces it: when it comes and something is queued still, it is put off. */
static void expect_end(struct world *world, struct workload *workload)
{
	if (workload->lost_nano >= 0)
		return;
	wide_t drain = -(wide_t)workload->lost_nano, wait = (workload->backlog + drain - 1) / drain;
	if (wait >= (wide_t)1 << 45 || world->now + (ms_t)wait >= workload->backlog_end_at)
		return;
	workload->backlog_end_at = world->now + (ms_t)wait;
	world_push(world, workload->backlog_end_at, EVENT_BACKLOG_EMPTY, (uint32_t)(workload - world->workloads),
		   ++workload->backlog_version);
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
	expect_end(world, workload);
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

/* The kernel's least CPU weight, as a request. */
#define LEAST_REQUEST_NANO (2 * (NANO / 1000))

static int64_t weight_of(const struct workload *workload)
{
	return max64(workload->request_nano, LEAST_REQUEST_NANO);
}

/* shares[p]: CPU for the p-th pod of a node that has less than its pods want. Pods that want no more than their part
 * get what they want, and leave the rest to the others, until none is left that does. */
static void divide_node(const struct world *world, const struct node_view *view, int64_t *shares)
{
	int64_t left = allocatable_nano(view), weights = 0;
	for (uint32_t p = 0; p < view->n_placed; p++) {
		weights += weight_of(&world->workloads[view->placed[p].workload]);
		shares[p] = -1;
	}
	for (bool again = true; again;) {
		again = false;
		for (uint32_t p = 0; p < view->n_placed; p++) {
			const struct workload *workload = &world->workloads[view->placed[p].workload];
			int64_t want = workload->want[world->lives[view->placed[p].pod].index],
				weight = weight_of(workload);
			if (shares[p] >= 0 || (wide_t)want * weights > (wide_t)left * weight)
				continue;
			shares[p] = want;
			left -= want;
			weights -= weight;
			again = true;
		}
	}
	for (uint32_t p = 0; p < view->n_placed; p++)
		if (shares[p] < 0)
			shares[p] =
			    (int64_t)((wide_t)left * weight_of(&world->workloads[view->placed[p].workload]) / weights);
}

static bool is_short(const struct world *world, uint32_t slot)
{
	return world->nodes[slot].wanted_nano > allocatable_nano(&world->views[slot]);
}

static void touch(struct world *world, struct workload *workload)
{
	if (workload->touched)
		return;
	workload->touched = true;
	world->touched[world->n_touched++] = (uint32_t)(workload - world->workloads);
}

/* Sets the rates of all pods of a node from what they want and what it has. */
static void share_node(struct world *world, uint32_t slot)
{
	struct node *node = &world->nodes[slot];
	const struct node_view *view = &world->views[slot];
	node->throttled = is_short(world, slot);
	node->listed = false;
	world->shares = world_grow(world, world->shares, &world->shares_room, view->n_placed, sizeof *world->shares);
	if (world->out_of_memory)
		return;
	if (node->throttled)
		divide_node(world, view, world->shares);
	for (uint32_t p = 0; p < view->n_placed; p++) {
		uint32_t index = world->lives[view->placed[p].pod].index;
		struct workload *workload = &world->workloads[view->placed[p].workload];
		int64_t rate = node->throttled ? world->shares[p] : workload->want[index];
		if (rate == workload->rate[index])
			continue;
		account(world, workload);
		set_rate(world, workload, index, rate);
		touch(world, workload);
	}
}

static void list_node(struct world *world, uint32_t slot)
{
	if (world->nodes[slot].listed)
		return;
	world->nodes[slot].listed = true;
	world->listed[world->n_listed++] = slot;
}

/* What each pod wants now. On nodes that have plenty that is what it gets; the others are listed. */
static void want_now(struct world *world, struct workload *workload)
{
	workload->each_nano = want_each(workload);
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		const struct pod *pod = &workload->pods[i];
		int64_t want = pod->ready == POD_READY_TRUE && !pod->deleted ? workload->each_nano : 0;
		if (want == workload->want[i])
			continue;
		uint32_t slot = workload->slots[i];
		world->nodes[slot].wanted_nano += want - workload->want[i];
		workload->want[i] = want;
		set_rate(world, workload, i, want);
		if (world->nodes[slot].throttled || is_short(world, slot))
			list_node(world, slot);
	}
}

void service_touch(struct world *world, struct workload *workload)
{
	account(world, workload);
	touch(world, workload);
}

void service_flush(struct world *world)
{
	for (uint32_t i = 0, n = world->n_touched; i < n; i++)
		want_now(world, &world->workloads[world->touched[i]]);
	for (uint32_t i = 0; i < world->n_listed; i++)
		share_node(world, world->listed[i]);
	for (uint32_t i = 0; i < world->n_touched; i++) {
		struct workload *workload = &world->workloads[world->touched[i]];
		workload->touched = false;
		after_rates(world, workload);
	}
	world->n_touched = world->n_listed = 0;
}

/* The queue should have ended, if the rates are what they were when that was reckoned. */
void service_backlog_empty(struct world *world, struct workload *workload)
{
	workload->backlog_end_at = MS_NEVER;
	account(world, workload);
	if (workload->backlog > 0)
		expect_end(world, workload);
	else
		service_touch(world, workload);
}

/* The next point of the load. */
void service_load(struct world *world, struct workload *workload)
{
	const struct load_series *series = workload->series;
	uint32_t point = workload->next_point++;
	service_touch(world, workload);
	workload->demand_nano = series->cpu_nano[point];
	workload->memory_bytes = series->memory_bytes ? series->memory_bytes[point] : 0;
	if (workload->next_point < series->n)
		world_push(world, series->time[workload->next_point], EVENT_LOAD,
			   (uint32_t)(workload - world->workloads), 0);
}
