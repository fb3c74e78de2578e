#include "world.h"

int64_t load_value(const struct workload *workload, const char *name, uint32_t point)
{
	const struct load_series *series = workload->series;
	if (!series)
		return -1;
	for (uint32_t m = 0; m < series->n_metrics; m++)
		if (!strcmp(series->metrics[m].name, name))
			return series->metrics[m].milli[point];
	return series->requests_milli ? series->requests_milli[point] : -1;
}

/* Pods that bring one metric to its target; -1 when that cannot be told: the value of an Object or External metric
 * that is not per pod says only whether there are enough of them. */
static int64_t pods_for(const struct workload *workload, uint32_t m, uint32_t point)
{
	const struct metric_spec *metric = &workload->autoscaler->metrics[m];
	const struct load_series *series = workload->series;
	if (metric->target_type == TARGET_VALUE)
		return -1;
	if (metric->type != METRIC_RESOURCE && metric->type != METRIC_CONTAINER_RESOURCE)
		return divide_up(max64(load_value(workload, metric->name, point), 0), metric->target);
	if (!series || (!metric->is_cpu && !series->memory_bytes))
		return -1;
	int64_t each = metric->target; /* milli-units */
	if (metric->target_type == TARGET_UTILIZATION)
		each = (int64_t)((wide_t)workload->requests[m] * metric->target / 100);
	int64_t part = 1, whole = 1;
	if (metric->type == METRIC_CONTAINER_RESOURCE)
		container_share(workload, metric, &part, &whole);
	if (metric->is_cpu)
		return divide_up((int64_t)((wide_t)series->cpu_nano[point] * part / whole), each * (NANO / 1000));
	return divide_up((int64_t)((wide_t)series->memory_bytes[point] * part / whole), each / 1000);
}

int32_t sizing_pods(const struct workload *workload, uint32_t point)
{
	const struct hpa_spec *hpa = workload->autoscaler;
	int64_t pods = -1;
	if (!hpa)
		return workload->spec->replicas;
	for (uint32_t m = 0; m < hpa->n_metrics; m++)
		pods = max64(pods, pods_for(workload, m, point));
	if (pods < 0 && workload->series)
		pods = divide_up(workload->series->cpu_nano[point], workload->pod_capacity_nano);
	return (int32_t)min64(max64(pods, hpa->min_replicas), hpa->max_replicas);
}
