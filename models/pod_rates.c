#include "billing.h"

#define MIB ((int64_t)1 << 20)

static int64_t round_up(int64_t value, int64_t step)
{
	return (value + step - 1) / step * step;
}

/* ---- AWS Fargate: EKS guide, fargate-pod-configuration, 2026-03 ---- */

/* Memory that Kubernetes' own agents in the pod get on top of what the pod asks for. */
#define FARGATE_AGENTS (256 * MIB)

/* The pairs that can be bought: memory from least to most by step, or doubling where step is 0. */
static const struct fargate_size {
	int64_t cpu_milli, least, most, step;
} fargate_sizes[] = {
    {250, GIB / 2, 2 * GIB, 0},
    {500, GIB, 4 * GIB, GIB},
    {1000, 2 * GIB, 8 * GIB, GIB},
    {2000, 4 * GIB, 16 * GIB, GIB},
    {4000, 8 * GIB, 30 * GIB, GIB},
    {8000, 16 * GIB, 60 * GIB, 4 * GIB},
    {16000, 32 * GIB, 120 * GIB, 8 * GIB},
};

static int64_t fargate_memory(const struct fargate_size *size, int64_t bytes)
{
	if (size->step)
		return max64(size->least, round_up(bytes, size->step));
	int64_t memory = size->least;
	while (memory < bytes)
		memory *= 2;
	return memory;
}

/* The smallest pair that holds the pod; of a pod that fits none, the largest. */
void fargate_pod(int64_t cpu_milli, int64_t memory_bytes, int64_t *charged_milli, int64_t *charged_bytes)
{
	const struct fargate_size *size = fargate_sizes, *largest = &fargate_sizes[COUNT(fargate_sizes) - 1];
	int64_t memory = min64(memory_bytes, largest->most) + FARGATE_AGENTS;
	while (size < largest && (size->cpu_milli < cpu_milli || size->most < memory))
		size++;
	*charged_milli = size->cpu_milli;
	*charged_bytes = fargate_memory(size, min64(memory, size->most));
}

/* ---- GKE Autopilot, general-purpose pods: GKE guide, autopilot-resource-requests, 2026-11 ---- */

#define AUTOPILOT_DEFAULT_MILLI  500
#define AUTOPILOT_DEFAULT_MEMORY (2 * GIB)
#define AUTOPILOT_MOST_MEMORY    ((int64_t)1 << 46) /* far beyond any pod: no overflow below */

/* Clusters with bursting (1.30.2 and later) take any CPU request of 50m and more; others steps of 250m. */
static const struct autopilot_rule {
	int64_t least_milli, step_milli, least_memory;
} autopilot_rules[2] = {{250, 250, 512 * MIB}, {50, 1, 52 * MIB}};

/* From 1 to 6.5 GiB a vCPU: what is too small for the other is raised. */
void autopilot_pod(int64_t cpu_milli, int64_t memory_bytes, bool bursting, int64_t *charged_milli,
		   int64_t *charged_bytes)
{
	const struct autopilot_rule *rule = &autopilot_rules[bursting];
	int64_t cpu = cpu_milli > 0 ? min64(cpu_milli, INT32_MAX) : AUTOPILOT_DEFAULT_MILLI;
	int64_t memory = memory_bytes > 0 ? min64(memory_bytes, AUTOPILOT_MOST_MEMORY) : AUTOPILOT_DEFAULT_MEMORY;
	memory = max64(memory, rule->least_memory);
	int64_t milli_for_memory = (memory * 2000 + 13 * GIB - 1) / (13 * GIB);
	cpu = max64(cpu, max64(rule->least_milli, milli_for_memory));
	cpu = round_up(cpu, rule->step_milli);
	*charged_milli = cpu;
	*charged_bytes = max64(memory, (cpu * GIB + 999) / 1000);
}
