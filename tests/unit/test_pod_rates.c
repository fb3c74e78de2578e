#include "billing.h"

#include <setjmp.h>
#include <time.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define MIB ((int64_t)1 << 20)

struct pod {
	int64_t cpu_milli, memory_bytes, charged_milli, charged_bytes;
};

/* Pairs and the example of 1 vCPU and 8 GB: EKS guide, fargate-pod-configuration. */
static void fargate(void **state)
{
	(void)state;
	static const struct pod pods[] = {
	    {0, 0, 250, GIB / 2},
	    {250, 256 * MIB, 250, GIB / 2},
	    {250, 257 * MIB, 250, GIB},
	    {250, 1024 * MIB, 250, 2 * GIB},
	    {250, 2 * GIB, 500, 3 * GIB},
	    {251, 100 * MIB, 500, GIB},
	    {500, 4 * GIB - 256 * MIB, 500, 4 * GIB},
	    {1000, 8 * GIB, 2000, 9 * GIB},
	    {1000, 100 * MIB, 1000, 2 * GIB},
	    {4000, 29 * GIB, 4000, 30 * GIB},
	    {4000, 30 * GIB, 8000, 32 * GIB},
	    {8000, 17 * GIB, 8000, 20 * GIB},
	    {16000, 100 * GIB, 16000, 104 * GIB},
	    {16000, 119 * GIB, 16000, 120 * GIB},
	    {64000, 500 * GIB, 16000, 120 * GIB},
	    {1, INT64_MAX, 16000, 120 * GIB},
	};
	for (size_t i = 0; i < COUNT(pods); i++) {
		int64_t milli, bytes;
		fargate_pod(pods[i].cpu_milli, pods[i].memory_bytes, &milli, &bytes);
		if (milli != pods[i].charged_milli || bytes != pods[i].charged_bytes)
			fail_msg("pod %zu: %lldm and %lld MiB", i, (long long)milli, (long long)(bytes / MIB));
	}
}

/* GKE guide, autopilot-resource-requests: defaults, least requests, steps, 1 to 6.5 GiB a vCPU. */
static void autopilot(void **state)
{
	(void)state;
	static const struct {
		struct pod pod;
		bool bursting;
	} cases[] = {
	    {{0, 0, 500, 2 * GIB}, true},
	    {{10, MIB, 50, 52 * MIB}, true},
	    {{10, MIB, 250, 512 * MIB}, false},
	    {{300, 512 * MIB, 500, 512 * MIB}, false},
	    {{300, 512 * MIB, 300, 512 * MIB}, true},
	    {{2000, GIB, 2000, 2 * GIB}, true},
	    {{1000, 10 * GIB, 1539, 10 * GIB}, true},
	    {{1000, 10 * GIB, 1750, 10 * GIB}, false},
	    {{1000, 13 * GIB / 2, 1000, 13 * GIB / 2}, true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t milli, bytes, least = cases[i].pod.charged_bytes;
		autopilot_pod(cases[i].pod.cpu_milli, cases[i].pod.memory_bytes, cases[i].bursting, &milli, &bytes);
		if (milli != cases[i].pod.charged_milli || bytes < least || bytes > least + MIB)
			fail_msg("case %zu: %lldm and %lld MiB", i, (long long)milli, (long long)(bytes / MIB));
	}
}

static uint64_t draw(uint64_t *state)
{
	return mix64((*state)++);
}

/* Nobody is charged for less than asked for, and more is never cheaper. */
static void monotone(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 20000; i++) {
		int64_t cpu = (int64_t)(draw(&seed) % 15000), memory = (int64_t)(draw(&seed) % (100 * (uint64_t)GIB));
		int64_t milli[2], bytes[2];
		fargate_pod(cpu, memory, &milli[0], &bytes[0]);
		fargate_pod(cpu + 500, memory + 200 * MIB, &milli[1], &bytes[1]);
		assert_true(milli[0] >= cpu && bytes[0] >= memory && milli[1] >= milli[0] && bytes[1] >= bytes[0]);
		bool bursting = draw(&seed) & 1;
		autopilot_pod(cpu + 1, memory + 1, bursting, &milli[0], &bytes[0]);
		autopilot_pod(cpu + 501, memory + 200 * MIB, bursting, &milli[1], &bytes[1]);
		assert_true(milli[0] > cpu && bytes[0] > memory && milli[1] >= milli[0] && bytes[1] >= bytes[0]);
		assert_true((wide_t)bytes[0] * 2000 <= (wide_t)milli[0] * 13 * GIB);
		assert_true((wide_t)bytes[0] * 1000 >= (wide_t)milli[0] * GIB);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(fargate), cmocka_unit_test(autopilot),
					   cmocka_unit_test(monotone)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
