/* Nanoseconds of one reconciliation of an autoscaler, by the number of its pods. */
#include "hpa.h"

#include <stdlib.h>
#include <time.h>

#define PODS_MAX 500

static double nanoseconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

struct rig {
	struct pod pods[PODS_MAX];
	struct sample samples[PODS_MAX];
	struct arena arena;
};

static void fill(struct rig *rig, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		rig->pods[i] = (struct pod){
		    .start_at = 0, .ready_changed_at = 5 * SECOND_MS, .phase = POD_RUNNING, .ready = POD_READY_TRUE};
		rig->samples[i] = (struct sample){.value = 300, .window = 15 * SECOND_MS};
	}
}

/* A load that sways, so that some steps scale and the history is used. */
static double measure(struct rig *rig, uint32_t n, int64_t steps)
{
	static const struct scaling_policy up[] = {{POLICY_PERCENT, 100, 15}, {POLICY_PODS, 4, 15}};
	static const struct scaling_policy down[] = {{POLICY_PERCENT, 100, 15}};
	static const struct metric_spec cpu = {
	    .type = METRIC_RESOURCE, .target_type = TARGET_UTILIZATION, .target = 60, .name = "cpu", .is_cpu = true};
	struct hpa_spec spec = {.name = "web",
				.namespace_ = "default",
				.target_kind = "Deployment",
				.target_name = "web",
				.min_replicas = 1,
				.max_replicas = 2 * PODS_MAX,
				.metrics = &cpu,
				.n_metrics = 1,
				.scale_up = {0, SELECT_MAX, up, COUNT(up), -1},
				.scale_down = {-1, SELECT_MAX, down, COUNT(down), -1}};
	struct settings settings;
	struct err err;
	int64_t request = 500;
	settings_default(&settings);
	struct hpa *hpa = hpa_new(&spec, &settings.hpa, &rig->arena, &err);
	if (!hpa) {
		fprintf(stderr, "%s\n", err.message);
		exit(2);
	}
	fill(rig, n);
	struct hpa_decision decision;
	double started = nanoseconds_now();
	for (int64_t i = 0; i < steps; i++) {
		ms_t now = DAY_MS + i * 15 * SECOND_MS;
		for (uint32_t p = 0; p < n; p++) {
			rig->samples[p].at = now - 5 * SECOND_MS;
			rig->samples[p].value = 280 + (i % 100);
		}
		struct metric_input metric = {.samples = rig->samples, .requests = &request};
		struct hpa_input input = {.now = now,
					  .spec_replicas = (int32_t)n,
					  .status_replicas = (int32_t)n,
					  .pods = rig->pods,
					  .n_pods = n,
					  .metrics = &metric};
		hpa_step(hpa, &input, &decision);
		if (decision.rescale)
			hpa_rescaled(hpa, input.now, decision.current, decision.desired);
	}
	double taken = nanoseconds_now() - started;
	arena_free(&rig->arena);
	return taken / (double)steps;
}

int main(void)
{
	static const uint32_t sizes[] = {20, 100, PODS_MAX};
	struct rig *rig = calloc(1, sizeof *rig);
	for (size_t i = 0; rig && i < COUNT(sizes); i++)
		printf("  hpa_step, %3u pods: %7.0f ns\n", sizes[i],
		       measure(rig, sizes[i], 20000000 / (10 * (int64_t)sizes[i])));
	free(rig);
	return rig ? 0 : 2;
}
