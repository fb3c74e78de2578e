#include "world.h"

/* The kubelet: pull (one at a time on a node, as serializeImagePulls does), start, probe, ready. */

static ms_t image_on_disk(struct world *world, uint32_t slot, uint32_t image)
{
	struct node *node = &world->nodes[slot];
	if (world->settings->node.cached_images)
		return world->now;
	if (node->image_at[image] == MS_UNSET) {
		const struct pod_settings *pod = &world->settings->pod;
		int64_t per_ms = max64(pod->pull_bytes_per_second / 1000, 1);
		node->image_at[image] =
		    max64(world->now, node->pull_free_at) + (pod->image_bytes + per_ms - 1) / per_ms;
		node->pull_free_at = node->image_at[image];
	}
	return max64(world->now, node->image_at[image]);
}

void kubelet_bind(struct world *world, uint32_t id)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	workload->pods[life->index].start_at = world->now;
	workload->pods[life->index].ready = POD_READY_FALSE;
	workload->pods[life->index].ready_changed_at = world->now;
	ms_t image = image_on_disk(world, life->node, workload->image);
	ms_t start = world_draw(world, STREAM_POD_START, &world->settings->pod.start);
	world_push(world, image + start, EVENT_POD_RUNNING, id, life->version);
}

void kubelet_running(struct world *world, uint32_t id)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	const struct workload_spec *spec = workload->spec;
	life->life = LIFE_RUNNING;
	life->running_at = world->now;
	workload->pods[life->index].phase = POD_RUNNING;
	workload->scrape_steady = false;
	ms_t after = world_draw(world, STREAM_POD_READY, &world->settings->pod.ready);
	if (spec->readiness_period > 0) { /* seen by the first probe after it */
		ms_t late = max64(after - spec->readiness_initial_delay, 0);
		ms_t probes = (late + spec->readiness_period - 1) / spec->readiness_period;
		after = spec->readiness_initial_delay + probes * spec->readiness_period;
	}
	world_push(world, world->now + after, EVENT_POD_READY, id, life->version);
}

void kubelet_ready(struct world *world, uint32_t id)
{
	struct life_record *life = &world->lives[id];
	struct workload *workload = &world->workloads[life->workload];
	account(world, workload);
	life->life = LIFE_READY;
	workload->pods[life->index].ready = POD_READY_TRUE;
	workload->pods[life->index].ready_changed_at = world->now;
	workload->ready++;
	workload->starting--;
	ms_t wait = world->now - life->created_at;
	workload->tally.started++;
	workload->tally.wait += wait;
	workload->tally.wait_max = max64(workload->tally.wait_max, wait);
	service_touch(world, workload);
	if (workload->spec->ordered)
		workload_reconcile(world, workload);
}
