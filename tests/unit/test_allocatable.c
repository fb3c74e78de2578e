#include "price.h"

#include <setjmp.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define MIB ((int64_t)1 << 20)
#define KIB ((int64_t)1024)

static struct allocatable node_of(enum provider provider, const char *name, const char *family, int64_t vcpu_milli,
				  int64_t memory_bytes)
{
	struct instance_type type = {.provider = provider,
				     .name = name,
				     .family = family,
				     .vcpu_milli = vcpu_milli,
				     .memory_bytes = memory_bytes};
	struct allocatable node;
	node_allocatable(&type, &node);
	return node;
}

static void near(const char *what, int64_t got, int64_t want, int64_t tolerance)
{
	if (got < want - tolerance || got > want + tolerance)
		fail_msg("%s: %lld, want %lld within %lld", what, (long long)got, (long long)want,
			 (long long)tolerance);
}

/* What `kubectl describe node` showed for such nodes. */
static void eks_nodes_as_seen(void **state)
{
	(void)state;
	struct allocatable node = node_of(PROVIDER_AWS, "m5.large", "m5", 2000, 8 * GIB);
	assert_int_equal(node.cpu_milli, 1930);
	assert_int_equal(node.pods, 29);
	near("m5.large", node.memory_bytes, 7134132 * KIB, 16 * MIB);
	node = node_of(PROVIDER_AWS, "m5.xlarge", "m5", 4000, 16 * GIB);
	assert_int_equal(node.cpu_milli, 3920);
	assert_int_equal(node.pods, 58);
	near("m5.xlarge", node.memory_bytes, 14880156 * KIB, 16 * MIB);
	node = node_of(PROVIDER_AWS, "t3.small", "t3", 2000, 2 * GIB);
	assert_int_equal(node.pods, 11);
	assert_int_equal(node.agents_cpu_milli, 150);
	assert_int_equal(node.agents_pods, 2);
}

static void eks_pods_by_size(void **state)
{
	(void)state;
	static const struct {
		const char *name, *family;
		int64_t vcpu, gib, pods;
	} cases[] = {{"t3.micro", "t3", 2, 1, 4},         {"t3.medium", "t3", 2, 4, 17},
		     {"t3.large", "t3", 2, 8, 35},        {"t3.2xlarge", "t3", 8, 32, 58},
		     {"m6g.medium", "m6g", 1, 4, 8},      {"m5.2xlarge", "m5", 8, 32, 58},
		     {"m5.4xlarge", "m5", 16, 64, 110},   {"m5.8xlarge", "m5", 32, 128, 234},
		     {"trn1.2xlarge", "trn1", 8, 32, 58}, {"m5.24xlarge", "m5", 96, 384, 250}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct allocatable node =
		    node_of(PROVIDER_AWS, cases[i].name, cases[i].family, cases[i].vcpu * 1000, cases[i].gib * GIB);
		if (node.pods != cases[i].pods)
			fail_msg("%s: %lld pods, want %lld", cases[i].name, (long long)node.pods,
				 (long long)cases[i].pods);
	}
}

/* Published for n1-standard nodes; memory in GiB as nodes showed it. */
static void gke_nodes_as_seen(void **state)
{
	(void)state;
	static const struct {
		int64_t vcpu, cpu_milli;
		double gib;
	} cases[] = {{1, 940, 2.56}, {2, 1930, 5.48}, {4, 3920, 12.07}, {8, 7910, 25.89}, {16, 15890, 53.57}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct allocatable node =
		    node_of(PROVIDER_GCP, "n1-standard", "n1", cases[i].vcpu * 1000, cases[i].vcpu * 375 * GIB / 100);
		assert_int_equal(node.cpu_milli, cases[i].cpu_milli);
		near("n1-standard", node.memory_bytes, (int64_t)(cases[i].gib * (double)GIB), GIB / 25);
		assert_int_equal(node.pods, 110);
	}
	assert_int_equal(node_of(PROVIDER_GCP, "n1-standard-96", "n1", 96000, 360 * GIB).cpu_milli, 95690);
	assert_int_equal(node_of(PROVIDER_GCP, "e2-medium", "e2", 2000, 4 * GIB).cpu_milli, 940);
	assert_int_equal(node_of(PROVIDER_GCP, "e2-standard-2", "e2", 2000, 8 * GIB).cpu_milli, 1930);
}

static void aks_reserves(void **state)
{
	(void)state;
	static const int64_t table[][2] = {{1, 60}, {2, 100}, {4, 140}, {8, 180}, {16, 260}, {32, 420}, {64, 740}};
	for (size_t i = 0; i < COUNT(table); i++)
		assert_int_equal(node_of(PROVIDER_AZURE, "x", "x", table[i][0] * 1000, 64 * GIB).cpu_milli,
				 table[i][0] * 1000 - table[i][1]);
	assert_int_equal(node_of(PROVIDER_AZURE, "x", "x", 20000, 64 * GIB).cpu_milli, 20000 - 300);
	assert_int_equal(node_of(PROVIDER_AZURE, "x", "x", 96000, 64 * GIB).cpu_milli, 96000 - 1060);
	/* 28 GiB: 28740840 KiB seen by the kubelet; 110 pods keep 2250 MiB, eviction 100 MiB. */
	near("28 GiB", node_of(PROVIDER_AZURE, "x", "x", 4000, 28 * GIB).memory_bytes, 28740840 * KIB - 2350 * MIB,
	     40 * MIB);
	/* Small: a quarter is less than 2250 MiB. */
	int64_t seen = 8 * GIB - 64 * MIB - 8 * GIB / 50;
	near("8 GiB", node_of(PROVIDER_AZURE, "x", "x", 2000, 8 * GIB).memory_bytes, seen - seen / 4 - 100 * MIB, 1);
}

static void more_machine_never_gives_less(void **state)
{
	(void)state;
	for (int provider = 0; provider < PROVIDER_COUNT; provider++) {
		int64_t cpu = 0, memory = 0;
		for (int64_t i = 1; i <= 600; i++) {
			struct allocatable node =
			    node_of((enum provider)provider, "x", "x", 250 * i, 8 * GIB + GIB * i);
			assert_true(node.cpu_milli >= cpu && node.cpu_milli < 250 * i);
			assert_true(node.memory_bytes >= memory - 500 * 11 * MIB &&
				    node.memory_bytes < 8 * GIB + GIB * i);
			cpu = node.cpu_milli;
			memory = node.memory_bytes;
		}
	}
}

static void tiny_and_absurd_machines(void **state)
{
	(void)state;
	for (int provider = 0; provider < PROVIDER_COUNT; provider++) {
		struct allocatable node = node_of((enum provider)provider, "e2-micro", "t1", 1, 1);
		assert_true(node.cpu_milli >= 0 && node.memory_bytes == 0);
		node = node_of((enum provider)provider, "x", "x", 100000000, 1000000 * GIB);
		assert_true(node.cpu_milli > 90000000 && node.memory_bytes > 900000 * GIB);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(eks_nodes_as_seen),
	    cmocka_unit_test(eks_pods_by_size),
	    cmocka_unit_test(gke_nodes_as_seen),
	    cmocka_unit_test(aks_reserves),
	    cmocka_unit_test(more_machine_never_gives_less),
	    cmocka_unit_test(tiny_and_absurd_machines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
