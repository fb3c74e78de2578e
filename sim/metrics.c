#include "world.h"

/* metrics-server: each scrape reads a counter; a usage is the difference of two over the time between, so that a
 * pod's first one comes late, save for a container young enough to count from its start
 * (kubernetes-sigs/metrics-server pkg/storage/pod.go). Custom metrics are read at the same moments. */

static int64_t milli_up(int64_t nano)
{
	return (nano + 999999) / 1000000;
}

/* Nothing has changed for two windows: every pod that had a usage has it again. */
static void scrape_steady(struct workload *workload, ms_t now)
{
	for (uint32_t i = 0; i < workload->n_pods; i++)
		if (workload->cpu[i].value >= 0)
			workload->cpu[i].at = now;
	for (uint32_t i = 0; workload->wants_memory && i < workload->n_pods; i++)
		if (workload->memory[i].value >= 0)
			workload->memory[i].at = now;
}

/* Returns whether every pod now counts over a whole window at an unchanged rate. */
static bool scrape_pods(struct world *world, struct workload *workload, ms_t window)
{
	const struct metrics_settings *metrics = &world->settings->metrics;
	bool steady = workload->rates_changed_at <= world->now - window;
	int64_t memory = 0;
	if (workload->series && workload->series->memory_bytes && workload->ready > 0)
		memory = workload->memory_bytes / workload->ready * 1000;
	else if (workload->memory_request_bytes > 0)
		memory = (int64_t)((double)workload->memory_request_bytes * world->settings->pod.memory_use) * 1000;
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		if (workload->pods[i].phase != POD_RUNNING || workload->pods[i].deleted)
			continue;
		int64_t used = pod_used(world, workload, i);
		ms_t over = window;
		if (workload->scrapes[i] == 0) {
			over = world->now - world->lives[workload->lives[i]].running_at;
			steady = false;
		}
		bool fresh = over > 0 && over >= metrics->fresh_container_min && over < metrics->resolution;
		if (workload->scrapes[i] > 0 || fresh) {
			workload->cpu[i] = (struct sample){milli_up(used / over), world->now, over};
			if (workload->wants_memory)
				workload->memory[i] = (struct sample){memory, world->now, over};
		}
		workload->scrapes[i] = 1;
		workload->used[i] = 0; /* a rate set at this very moment has put the past there */
	}
	return steady;
}

void container_share(const struct workload *workload, const struct metric_spec *metric, int64_t *part, int64_t *whole)
{
	*part = *whole = 0;
	for (uint32_t c = 0; c < workload->spec->n_containers; c++) {
		const struct container_spec *container = &workload->spec->containers[c];
		if (container->init)
			continue;
		int64_t request = metric->is_cpu ? container->cpu_request_milli : container->memory_request_bytes;
		*whole += max64(request, 0);
		if (!strcmp(container->name, metric->container))
			*part = max64(request, 0);
	}
	if (*whole == 0)
		*part = *whole = 1;
}

static void derive(struct world *world, struct workload *workload, uint32_t m)
{
	const struct metric_spec *metric = &workload->autoscaler->metrics[m];
	int64_t value = 0, part = 1, whole = 1;
	if (metric->type == METRIC_CONTAINER_RESOURCE) {
		container_share(workload, metric, &part, &whole);
	} else {
		value = workload->next_point ? load_value(workload, metric->name, workload->next_point - 1) : -1;
		workload->values[m] = value;
		workload->metrics[m].unavailable = value < 0;
		if (metric->type != METRIC_PODS)
			return;
	}
	const struct sample *from = metric->is_cpu ? workload->cpu : workload->memory;
	for (uint32_t i = 0; i < workload->n_pods; i++) {
		struct sample *to = &workload->derived[m][i];
		if (metric->type == METRIC_CONTAINER_RESOURCE) {
			*to = from[i];
			if (to->value >= 0)
				to->value = (int64_t)((wide_t)to->value * part / whole);
		} else if (workload->scrapes[i] > 0) {
			bool serving = workload->pods[i].ready == POD_READY_TRUE && !workload->pods[i].deleted;
			int64_t each = value >= 0 && workload->ready > 0 ? value / workload->ready : value;
			*to = (struct sample){serving ? each : min64(value, 0), world->now, MINUTE_MS};
		}
	}
}

void metrics_scrape(struct world *world)
{
	ms_t window = world->settings->metrics.resolution;
	for (uint32_t w = 0; w < world->n_workloads; w++) {
		struct workload *workload = &world->workloads[w];
		if (workload->autoscaler && workload->scrape_steady)
			scrape_steady(workload, world->now);
		else if (workload->autoscaler)
			workload->scrape_steady = scrape_pods(world, workload, window);
		workload->scraped_at = world->now;
		for (uint32_t m = 0; workload->autoscaler && m < workload->autoscaler->n_metrics; m++)
			if (workload->autoscaler->metrics[m].type != METRIC_RESOURCE)
				derive(world, workload, m);
	}
}
