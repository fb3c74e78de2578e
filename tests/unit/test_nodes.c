#include "../../autoscaler/core/nodes.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* The node controller, driven by snapshots made by hand. A node of these has 4 cores, 16 GiB and 10 pods. */

#define NODES 32

struct cluster {
	struct settings settings;
	struct arena arena;
	struct core *core;
	struct node_view nodes[NODES];
	struct placed placed[NODES][16];
	struct pending_view pending[16];
	struct group_view groups[4];
	struct snapshot snapshot;
	struct plan plan;
};

static void set(struct cluster *cluster, const char *words)
{
	struct err err;
	char copy[1024];
	snprintf(copy, sizeof copy, "%s", words);
	for (char *rest = copy, *word; (word = strtok_r(rest, " ", &rest));)
		if (settings_set(&cluster->settings, word, &err) < 0)
			fail_msg("%s", err.message);
}

/* Delays off, so that a test turns on the one it is about. */
#define BARE "ca.phase=0s ca.unneeded_time=0s ca.delay_after_add=0s ca.new_pod_age=0s ca.expander=least-nodes"

static void open_cluster(struct cluster *cluster, const char *words)
{
	struct err err;
	memset(cluster, 0, sizeof *cluster);
	settings_default(&cluster->settings);
	set(cluster, BARE);
	set(cluster, words);
	cluster->groups[0] = (struct group_view){
	    .min = 0, .max = 20, .cpu_milli = 4000, .memory_bytes = 16 * GIB, .pods = 10, .price_nano_per_hour = 200};
	cluster->snapshot = (struct snapshot){.nodes = cluster->nodes,
					      .pending = cluster->pending,
					      .groups = cluster->groups,
					      .n_groups = 1,
					      .generation = 1,
					      .due = DUE_NODES};
	const struct core_config config = {.max_nodes = NODES, .max_groups = 4, .settings = &cluster->settings};
	cluster->core = core_new(&config, &cluster->arena, &err);
	assert_non_null(cluster->core);
}

static void close_cluster(struct cluster *cluster)
{
	arena_free(&cluster->arena);
}

static uint32_t add_node(struct cluster *cluster, uint32_t group, enum node_state state)
{
	uint32_t slot = cluster->snapshot.n_nodes++;
	cluster->nodes[slot] = (struct node_view){.uid = slot + 100,
						  .group = group,
						  .state = state,
						  .cpu_milli = 4000,
						  .memory_bytes = 16 * GIB,
						  .pods = 10,
						  .placed = cluster->placed[slot]};
	cluster->groups[group].size++;
	return slot;
}

static struct placed *add_pod(struct cluster *cluster, uint32_t slot, int64_t cpu)
{
	struct node_view *node = &cluster->nodes[slot];
	struct placed *pod = &cluster->placed[slot][node->n_placed++];
	*pod = (struct placed){.cpu_milli = cpu, .memory_bytes = GIB};
	node->used_cpu_milli += cpu;
	node->used_memory_bytes += GIB;
	node->used_pods++;
	return pod;
}

static void add_pending(struct cluster *cluster, uint32_t count, int64_t cpu, ms_t since)
{
	cluster->pending[cluster->snapshot.n_pending++] =
	    (struct pending_view){.count = count, .cpu_milli = cpu, .memory_bytes = GIB, .since = since};
}

/* One scan at a time; generation moves unless told otherwise. */
static const struct plan *scan_same(struct cluster *cluster, ms_t time)
{
	struct err err;
	cluster->snapshot.time = time;
	if (core_step(cluster->core, &cluster->snapshot, &cluster->plan, &err) < 0)
		fail_msg("%s", err.message);
	return &cluster->plan;
}

static const struct plan *scan(struct cluster *cluster, ms_t time)
{
	cluster->snapshot.generation++;
	return scan_same(cluster, time);
}

static void adds(const struct plan *plan, uint32_t group, int32_t nodes)
{
	assert_int_equal(plan->n_actions, 1);
	assert_int_equal(plan->actions[0].kind, ACTION_ADD_NODES);
	assert_int_equal(plan->actions[0].target, group);
	assert_int_equal(plan->actions[0].to - plan->actions[0].from, nodes);
	assert_int_equal(plan->nodes.reason, NODES_SCALED_UP);
	assert_int_equal(plan->nodes.added, nodes);
}

static uint32_t removals(const struct plan *plan)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < plan->n_actions; i++)
		n += plan->actions[i].kind == ACTION_REMOVE_NODE;
	return n;
}

static void removes(const struct plan *plan, uint32_t slot)
{
	assert_int_equal(plan->n_actions, 1);
	assert_int_equal(plan->actions[0].kind, ACTION_REMOVE_NODE);
	assert_int_equal(plan->actions[0].target, slot);
}

static void does_nothing(const struct plan *plan, enum node_reason reason)
{
	assert_int_equal(plan->n_actions, 0);
	assert_int_equal(plan->nodes.reason, reason);
}

/* ---- first-fit-decreasing ---- */

static const struct group_view ten = {.cpu_milli = 10, .memory_bytes = 1000, .pods = 100, .price_nano_per_hour = 1};

#define DEMAND(pods, cpu, memory)                                                                                      \
	{                                                                                                              \
		.count = (pods), .cpu_milli = (cpu), .memory_bytes = (memory)                                          \
	}

static struct option pack(const struct group_view *group, const struct demand *demands, uint32_t n, int32_t most)
{
	struct room rooms[256];
	struct option option = {0};
	estimate(group, demands, n, rooms, most, &option);
	return option;
}

/* Bins of 10; the sizes come sorted, as the controller sorts them. */
static void test_packing_examples(void **state)
{
	(void)state;
	/* 8 7 | 6 4: Johnson's kind of case where decreasing order is needed */
	const struct demand a[] = {DEMAND(1, 8, 0), DEMAND(1, 7, 0), DEMAND(1, 6, 0),
				   DEMAND(1, 4, 0), DEMAND(1, 3, 0), DEMAND(1, 2, 0)};
	assert_int_equal(pack(&ten, a, 6, 100).nodes, 3);
	/* where FFD is not optimal: 6 of 0.51, 6 of 0.27, 6 of 0.26, 12 of 0.23: 9 are enough, FFD takes 11 (Johnson
	 * 1973) */
	const struct group_view hundred = {.cpu_milli = 100, .memory_bytes = 1000, .pods = 100};
	const struct demand b[] = {DEMAND(6, 51, 0), DEMAND(6, 27, 0), DEMAND(6, 26, 0), DEMAND(12, 23, 0)};
	assert_int_equal(pack(&hundred, b, 4, 100).nodes, 11);
	/* the count of pods and the memory bind as CPU does */
	const struct group_view three = {.cpu_milli = 10, .memory_bytes = 10, .pods = 3};
	const struct demand c[] = {DEMAND(10, 1, 1)}, d[] = {DEMAND(10, 1, 5)};
	assert_int_equal(pack(&three, c, 1, 100).nodes, 4);
	assert_int_equal(pack(&three, d, 1, 100).nodes, 5);
	/* what is too large is left, and takes no node */
	const struct demand e[] = {DEMAND(2, 11, 0), DEMAND(3, 5, 0)};
	struct option option = pack(&ten, e, 2, 100);
	assert_int_equal(option.nodes, 2);
	assert_int_equal(option.pods, 3);
	/* not more than asked for */
	const struct demand f[] = {DEMAND(9, 10, 0)};
	option = pack(&ten, f, 1, 4);
	assert_int_equal(option.nodes, 4);
	assert_int_equal(option.pods, 4);
}

/* Pod by pod, in the plainest way. */
static int plain_first_fit(const struct group_view *group, const struct demand *demands, uint32_t n, int most,
			   uint32_t *pods, int *empty)
{
	int64_t cpu[256] = {0}, memory[256] = {0};
	int count[256] = {0}, nodes = 0;
	*pods = 0;
	for (uint32_t d = 0; d < n; d++)
		for (uint32_t p = 0; p < demands[d].count; p++) {
			int at = 0;
			for (; at < most; at++)
				if (cpu[at] + demands[d].cpu_milli <= group->cpu_milli &&
				    memory[at] + demands[d].memory_bytes <= group->memory_bytes &&
				    count[at] < group->pods)
					break;
			if (at == most)
				continue;
			nodes = at >= nodes ? at + 1 : nodes;
			cpu[at] += demands[d].cpu_milli;
			memory[at] += demands[d].memory_bytes;
			count[at]++;
			(*pods)++;
		}
	*empty = 0;
	for (int i = 0; i < nodes; i++)
		*empty += count[i] == 0;
	return nodes;
}

struct random {
	uint64_t seed, n;
};

static int64_t pick(struct random *random, int64_t low, int64_t high)
{
	return low + (int64_t)(mix64(random->seed ^ mix64(random->n++)) % (uint64_t)(high - low + 1));
}

static uint64_t first_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 20261124;
	print_message("seed %llu (SEED=... for another)\n", (unsigned long long)seed);
	return seed;
}

static void test_packing_is_first_fit(void **state)
{
	(void)state;
	struct random random = {first_seed(), 0};
	for (int round = 0; round < 5000; round++) {
		struct group_view group = {.cpu_milli = pick(&random, 1, 40),
					   .memory_bytes = pick(&random, 1, 40),
					   .pods = (int32_t)pick(&random, 1, 12)};
		struct demand demands[6];
		uint32_t n = (uint32_t)pick(&random, 1, 6), pods;
		int most = (int)pick(&random, 1, 20), empty;
		for (uint32_t i = 0; i < n; i++)
			demands[i] = (struct demand)DEMAND((uint32_t)pick(&random, 1, 15), pick(&random, 0, 45),
							   pick(&random, 0, 30));
		struct option option = pack(&group, demands, n, most);
		int nodes = plain_first_fit(&group, demands, n, most, &pods, &empty);
		if (option.nodes != nodes || option.pods != pods || empty)
			fail_msg("round %d: %d nodes for %u pods, pod by pod %d for %u, %d of them empty", round,
				 option.nodes, option.pods, nodes, pods, empty);
	}
}

/* ---- expanders ---- */

static void test_expanders(void **state)
{
	(void)state;
	const struct option options[] = {
	    {.group = 0, .nodes = 4, .pods = 8, .waste = 0.10, .price_per_hour = 800},
	    {.group = 1, .nodes = 1, .pods = 8, .waste = 0.90, .price_per_hour = 900},
	    {.group = 2, .nodes = 2, .pods = 9, .waste = 0.50, .price_per_hour = 1000},
	    {.group = 3, .nodes = 3, .pods = 5, .waste = 0.60, .price_per_hour = 450},
	};
	assert_int_equal(expander_choose(EXPANDER_LEAST_WASTE, options, 4, 0), 0);
	assert_int_equal(expander_choose(EXPANDER_LEAST_NODES, options, 4, 0), 1);
	assert_int_equal(expander_choose(EXPANDER_MOST_PODS, options, 4, 0), 2);
	assert_int_equal(expander_choose(EXPANDER_PRICE, options, 4, 0), 3); /* 90 a pod */
	for (uint64_t random = 0; random < 100; random++)
		assert_int_equal(expander_choose(EXPANDER_RANDOM, options, 4, random), random % 4);
}

/* The waste of an option is what stays free on its nodes. */
static void test_waste(void **state)
{
	(void)state;
	const struct group_view group = {.cpu_milli = 10, .memory_bytes = 100, .pods = 10, .price_nano_per_hour = 7};
	const struct demand demands[] = {DEMAND(3, 5, 20)};
	struct option option = pack(&group, demands, 1, 10);
	assert_int_equal(option.nodes, 2);
	assert_int_equal(option.price_per_hour, 14);
	/* CPU 5 of 20, memory 140 of 200 */
	assert_true(option.waste > 0.25 + 0.70 - 1e-12 && option.waste < 0.25 + 0.70 + 1e-12);
}

static uint32_t group_drawn(const char *seed, ms_t time)
{
	struct cluster cluster;
	char words[64];
	snprintf(words, sizeof words, "ca.expander=random sim.seed=%s", seed);
	open_cluster(&cluster, words);
	cluster.snapshot.n_groups = 4;
	for (int g = 1; g < 4; g++)
		cluster.groups[g] = cluster.groups[0];
	add_pending(&cluster, 3, 1000, 0);
	const struct plan *plan = scan(&cluster, time);
	uint32_t group = plan->actions[0].target;
	adds(plan, group, 1);
	close_cluster(&cluster);
	return group;
}

static void test_random_expander(void **state)
{
	(void)state;
	uint32_t drawn = 0, by_seed = 0;
	for (ms_t time = 10000; time < 500000; time += 10000) {
		assert_int_equal(group_drawn("1", time), group_drawn("1", time));
		drawn |= 1u << group_drawn("1", time);
		by_seed += group_drawn("1", time) != group_drawn("2", time);
	}
	assert_int_equal(drawn, 15);
	assert_in_range(by_seed, 25, 49);
}

/* ---- growing ---- */

static void test_limits_of_growth(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.max_nodes_per_scale_up=5");
	cluster.groups[0].max = 8;
	add_pending(&cluster, 100, 4000, 0);
	adds(scan(&cluster, 10000), 0, 5);
	cluster.groups[0].size = 5;
	adds(scan(&cluster, 20000), 0, 3);
	cluster.groups[0].size = 8;
	does_nothing(scan(&cluster, 30000), NODES_NO_GROUP_HELPS);
	close_cluster(&cluster);
	open_cluster(&cluster, "");
	add_pending(&cluster, 1, 4001, 0); /* fits no node */
	does_nothing(scan(&cluster, 10000), NODES_NO_GROUP_HELPS);
	add_pending(&cluster, 1, 100, 0); /* the other is helped all the same */
	adds(scan(&cluster, 20000), 0, 1);
	close_cluster(&cluster);
}

/* The largest first: 3 + 1 on each of three, and three small ones on the fourth. In the order they came it would be
 * five. */
static void test_decreasing(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	add_pending(&cluster, 6, 1000, 0);
	add_pending(&cluster, 3, 3000, 0);
	adds(scan(&cluster, 10000), 0, 4);
	close_cluster(&cluster);
}

/* A full group leaves it to the other. */
static void test_other_group(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	cluster.snapshot.n_groups = 2;
	cluster.groups[1] = cluster.groups[0];
	cluster.groups[1].cpu_milli = 2000;
	cluster.groups[0].max = cluster.groups[0].size = 3;
	add_pending(&cluster, 3, 1000, 0);
	adds(scan(&cluster, 10000), 1, 2);
	cluster.groups[0].max = 4;
	adds(scan(&cluster, 20000), 0, 1);
	close_cluster(&cluster);
}

/* A pod that finds no room speaks for those that ask for no less, not for one that asks for less of something. */
static void test_smaller_than_refused(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 3000);
	add_pending(&cluster, 1, 3500, -1000);
	add_pending(&cluster, 1, 3600, -1000); /* hopeless, too */
	add_pending(&cluster, 1, 1000, -1000); /* goes to the node that is there */
	cluster.pending[2].memory_bytes = 15 * GIB;
	adds(scan(&cluster, 0), 0, 2);
	close_cluster(&cluster);
	open_cluster(&cluster, "");
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 1000);
	add_pending(&cluster, 1, 500, -1000); /* refused for its memory */
	add_pending(&cluster, 1, 3000, -1000);
	add_pending(&cluster, 1, 500, -1000);
	cluster.pending[0].memory_bytes = cluster.pending[2].memory_bytes = 16 * GIB;
	adds(scan(&cluster, 0), 0, 2);
	close_cluster(&cluster);
}

static void test_upcoming_is_room(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	add_node(&cluster, 0, NODE_UPCOMING);
	add_pending(&cluster, 4, 1000, 0);
	const struct plan *plan = scan(&cluster, 10000);
	does_nothing(plan, NODES_NOTHING_TO_DO);
	assert_int_equal(plan->nodes.pending, 4);
	assert_int_equal(plan->nodes.upcoming, 1);
	cluster.pending[0].count = 9; /* four on the one to come, five more on two */
	adds(scan(&cluster, 20000), 0, 2);
	cluster.nodes[0].state = NODE_LEAVING;
	adds(scan(&cluster, 30000), 0, 3);
	close_cluster(&cluster);
}

static void test_very_new_pods(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.new_pod_age=2s");
	add_pending(&cluster, 4, 1000, 9000);
	does_nothing(scan(&cluster, 10000), NODES_PODS_VERY_NEW);
	assert_int_equal(core_next(cluster.core), 20000);
	adds(scan_same(&cluster, 20000), 0, 1);
	/* one old pod is enough for all */
	cluster.pending[0].since = 29000;
	cluster.pending[0].count = 6;
	add_pending(&cluster, 1, 1000, 28000);
	adds(scan(&cluster, 30000), 0, 2);
	/* exactly as old is not younger */
	close_cluster(&cluster);
	open_cluster(&cluster, "ca.new_pod_age=2s");
	add_pending(&cluster, 4, 1000, 8000);
	adds(scan(&cluster, 10000), 0, 1);
	close_cluster(&cluster);
}

static void test_new_pod_delay(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.new_pod_delay=30s");
	add_pending(&cluster, 4, 1000, 0);
	add_pending(&cluster, 4, 1000, 15000);
	does_nothing(scan(&cluster, 20000), NODES_NOTHING_TO_DO);
	adds(scan_same(&cluster, 30000), 0, 1);
	adds(scan_same(&cluster, 50000), 0, 2);
	close_cluster(&cluster);
}

static void test_wake(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.phase=4s");
	assert_int_equal(core_next(cluster.core), 4000);
	scan(&cluster, 4000);
	assert_int_equal(core_next(cluster.core), 14000);
	core_wake_nodes(cluster.core, 6000);
	assert_int_equal(core_next(cluster.core), 6000);
	scan(&cluster, 6000); /* the timer starts again from there */
	assert_int_equal(core_next(cluster.core), 16000);
	core_wake_nodes(cluster.core, 20000);
	assert_int_equal(core_next(cluster.core), 16000);
	add_pending(&cluster, 4, 1000, 0);
	adds(scan(&cluster, 16000), 0, 1);
	assert_in_range(core_next(cluster.core), 16001, 17000); /* a productive scan is followed by another */
	close_cluster(&cluster);
	open_cluster(&cluster, "ca.phase=4s ca.frequent_loops=false");
	core_wake_nodes(cluster.core, 1000);
	assert_int_equal(core_next(cluster.core), 4000);
	add_pending(&cluster, 4, 1000, 0);
	adds(scan(&cluster, 4000), 0, 1);
	assert_int_equal(core_next(cluster.core), 14000);
	close_cluster(&cluster);
	open_cluster(&cluster, "ca.enabled=false");
	assert_int_equal(core_next(cluster.core), MS_NEVER);
	core_wake_nodes(cluster.core, 1000);
	assert_int_equal(core_next(cluster.core), MS_NEVER);
	close_cluster(&cluster);
}

/* ---- shrinking ---- */

/* Two nodes, a pod on each: one can take both. */
static void open_pair(struct cluster *cluster, const char *words, int64_t cpu)
{
	open_cluster(cluster, words);
	add_pod(cluster, add_node(cluster, 0, NODE_READY), 3000);
	add_pod(cluster, add_node(cluster, 0, NODE_READY), cpu);
}

static void test_unneeded_time(void **state)
{
	(void)state;
	struct cluster cluster;
	open_pair(&cluster, "ca.unneeded_time=60s", 500);
	const struct plan *plan = scan(&cluster, 10000);
	does_nothing(plan, NODES_WAITING);
	assert_int_equal(plan->nodes.unneeded, 1);
	assert_int_equal(scan_same(&cluster, 69999)->n_actions, 0);
	removes(scan_same(&cluster, 70000), 1);
	/* needed for a moment: it begins again */
	close_cluster(&cluster);
	open_pair(&cluster, "ca.unneeded_time=60s ca.unremovable_recheck=0s", 500);
	scan(&cluster, 10000);
	cluster.nodes[0].used_cpu_milli = 3800;
	scan(&cluster, 30000);
	cluster.nodes[0].used_cpu_milli = 3000;
	scan(&cluster, 40000);
	assert_int_equal(scan(&cluster, 99000)->n_actions, 0);
	removes(scan(&cluster, 100000), 1);
	close_cluster(&cluster);
	/* another node in the same slot is another node */
	open_pair(&cluster, "ca.unneeded_time=60s", 500);
	scan(&cluster, 10000);
	cluster.nodes[1].uid = 999;
	assert_int_equal(scan(&cluster, 70000)->n_actions, 0);
	removes(scan(&cluster, 130000), 1);
	close_cluster(&cluster);
}

static void test_threshold(void **state)
{
	(void)state;
	static const struct {
		int64_t cpu, memory;
		bool goes;
	} cases[] = {{1999, 0, true}, {2000, 0, false}, {100, 8 * GIB - 1, true}, {100, 8 * GIB, false}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cluster cluster;
		open_pair(&cluster, "", 100);
		cluster.nodes[1].used_cpu_milli = cases[i].cpu;
		cluster.nodes[1].used_memory_bytes = cases[i].memory;
		assert_int_equal(removals(scan(&cluster, 10000)), cases[i].goes);
		close_cluster(&cluster);
	}
}

static void test_delay_after_add(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.delay_after_add=60s");
	add_pending(&cluster, 1, 1000, 0);
	adds(scan(&cluster, 10000), 0, 1);
	cluster.snapshot.n_pending = 0;
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 3000);
	add_node(&cluster, 0, NODE_READY);
	does_nothing(scan(&cluster, 20000), NODES_COOLING_DOWN);
	assert_int_equal(scan_same(&cluster, 69999)->n_actions, 0);
	removes(scan_same(&cluster, 70000), 1);
	close_cluster(&cluster);
}

static void test_delay_after_delete(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.delay_after_delete=60s ca.max_parallel_deletions=1");
	cluster.groups[0].min = 1;
	for (int i = 0; i < 3; i++)
		add_node(&cluster, 0, NODE_READY);
	removes(scan(&cluster, 10000), 0);
	cluster.nodes[0].state = NODE_GONE;
	cluster.groups[0].size = 2;
	does_nothing(scan(&cluster, 20000), NODES_COOLING_DOWN);
	removes(scan_same(&cluster, 70000), 1);
	close_cluster(&cluster);
}

static void test_pinned(void **state)
{
	(void)state;
	struct cluster cluster;
	open_pair(&cluster, "", 100);
	cluster.placed[1][0].pinned = true;
	assert_int_equal(scan(&cluster, 10000)->n_actions, 0);
	close_cluster(&cluster);
	/* DaemonSet pods and pods that are leaving stay behind, pinned or not */
	open_pair(&cluster, "", 100);
	cluster.placed[1][0].pinned = cluster.placed[1][0].daemon = true;
	removes(scan(&cluster, 10000), 1);
	close_cluster(&cluster);
}

/* Not two candidates into the same room: only one of the two half-full nodes can go. */
static void test_room_is_used_once(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.max_parallel_drains=10");
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 2500);
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 1500);
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 1500);
	add_node(&cluster, 0, NODE_LEAVING);  /* no place to move to */
	add_node(&cluster, 0, NODE_UPCOMING); /* nor this */
	const struct plan *plan = scan(&cluster, 10000);
	assert_int_equal(removals(plan), 1);
	assert_int_equal(plan->nodes.unneeded, 1);
	close_cluster(&cluster);
	/* room that pending pods will take is no room */
	open_pair(&cluster, "", 500);
	add_pending(&cluster, 1, 1000, 0); /* takes what is left of node 0 */
	assert_int_equal(scan(&cluster, 10000)->n_actions, 0);
	close_cluster(&cluster);
	/* nor is a place where the count of pods is full */
	open_pair(&cluster, "", 500);
	cluster.nodes[0].used_pods = 10;
	assert_int_equal(scan(&cluster, 10000)->n_actions, 0);
	close_cluster(&cluster);
}

/* A node that cannot go leaves everything as it was: its own room, and the places its pods were tried in. */
static void test_failed_move_is_undone(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 1000)->pinned = true;
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 100);
	removes(scan(&cluster, 10000), 1);
	close_cluster(&cluster);

	open_cluster(&cluster, "");
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 100);
	add_pod(&cluster, 0, 100)->pinned = true;
	cluster.nodes[0].used_pods = 10; /* takes nobody */
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 3500);
	cluster.nodes[1].used_pods = 9; /* takes one more: tried for node 0's pod, and free again for node 2's */
	add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 100);
	removes(scan(&cluster, 10000), 2);
	close_cluster(&cluster);
}

static void test_candidates(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		uint32_t unneeded;
	} cases[] = {{"ca.non_empty_candidates=2", 2 + 2},
		     {"ca.candidate_pool_min=1 ca.candidate_pool_ratio=0", 1 + 2},
		     {"ca.candidate_pool_min=1 ca.candidate_pool_ratio=0.5", 4 + 2},
		     {"", 5 + 2}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cluster cluster;
		char words[128];
		snprintf(words, sizeof words, "ca.unneeded_time=1h %s", cases[i].words);
		open_cluster(&cluster, words);
		add_node(&cluster, 0, NODE_READY);
		cluster.nodes[0].used_cpu_milli = 2000; /* room for all, and stays */
		for (int n = 0; n < 5; n++)
			add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 100);
		for (int n = 0; n < 2; n++)
			add_node(&cluster, 0, NODE_READY); /* empty ones always count */
		for (int n = 1; n < 4; n++)
			scan(&cluster, n * 10000);
		assert_int_equal(cluster.plan.nodes.unneeded, cases[i].unneeded);
		close_cluster(&cluster);
	}
}

static void test_unremovable_recheck(void **state)
{
	(void)state;
	struct cluster cluster;
	open_pair(&cluster, "ca.unremovable_recheck=5m", 1500); /* does not fit beside 3000 */
	assert_int_equal(scan(&cluster, 10000)->n_actions, 0);
	cluster.nodes[0].used_cpu_milli = 2000;
	assert_int_equal(scan(&cluster, 300000)->n_actions, 0);
	assert_int_equal(scan_same(&cluster, 309999)->n_actions, 0);
	removes(scan_same(&cluster, 310000), 1);
	close_cluster(&cluster);
}

static void test_group_min(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "");
	cluster.groups[0].min = 2;
	for (int i = 0; i < 5; i++)
		add_node(&cluster, 0, NODE_READY);
	add_node(&cluster, 0, NODE_LEAVING); /* is in the size, but as good as gone */
	assert_int_equal(removals(scan(&cluster, 10000)), 3);
	close_cluster(&cluster);
}

/* Ten empty nodes at a time, and of those with pods to move one. */
static void test_parallel(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.max_parallel_deletions=4 ca.max_parallel_drains=2");
	for (int i = 0; i < 8; i++)
		add_node(&cluster, 0, NODE_READY);
	const struct plan *plan = scan(&cluster, 10000);
	assert_int_equal(removals(plan), 4);
	assert_int_equal(plan->nodes.removed, 4);
	cluster.nodes[0].state = cluster.nodes[1].state = cluster.nodes[2].state = NODE_LEAVING;
	assert_int_equal(removals(scan(&cluster, 20000)), 1);
	close_cluster(&cluster);

	open_cluster(&cluster, "ca.max_parallel_drains=2");
	cluster.groups[0].min = 1;
	add_node(&cluster, 0, NODE_READY);
	cluster.nodes[0].used_cpu_milli = 2000; /* room for all, and stays */
	for (int i = 0; i < 6; i++)
		add_pod(&cluster, add_node(&cluster, 0, NODE_READY), 100);
	assert_int_equal(removals(scan(&cluster, 10000)), 2);
	/* one is drained already, its pod ending still: one more */
	cluster.nodes[1].state = NODE_LEAVING;
	cluster.placed[1][0].leaving = true;
	assert_int_equal(removals(scan(&cluster, 20000)), 1);
	cluster.nodes[1].n_placed = 0;
	assert_int_equal(removals(scan(&cluster, 30000)), 2);
	close_cluster(&cluster);
}

static void test_late_node(void **state)
{
	(void)state;
	struct cluster cluster;
	open_cluster(&cluster, "ca.max_node_provision_time=15m");
	uint32_t slot = add_node(&cluster, 0, NODE_UPCOMING);
	cluster.nodes[slot].created_at = 5000;
	assert_int_equal(scan(&cluster, 10000)->n_actions, 0);
	assert_int_equal(scan_same(&cluster, 904999)->n_actions, 0);
	removes(scan_same(&cluster, 905000), slot);
	close_cluster(&cluster);
	/* the group keeps its minimum */
	open_cluster(&cluster, "ca.max_node_provision_time=15m");
	cluster.groups[0].min = 1;
	add_node(&cluster, 0, NODE_UPCOMING);
	assert_int_equal(scan(&cluster, 2000000)->n_actions, 0);
	add_node(&cluster, 0, NODE_READY);
	removes(scan(&cluster, 3000000), 0); /* not the empty one on top of it */
	close_cluster(&cluster);
}

/* What was asked for and not done is asked for again, though nothing has changed. */
static void test_asks_again(void **state)
{
	(void)state;
	struct cluster cluster;
	open_pair(&cluster, "", 500);
	removes(scan(&cluster, 10000), 1);
	removes(scan_same(&cluster, 20000), 1);
	close_cluster(&cluster);
	open_cluster(&cluster, "");
	add_pending(&cluster, 4, 1000, 0);
	adds(scan(&cluster, 10000), 0, 1);
	adds(scan_same(&cluster, 20000), 0, 1);
	close_cluster(&cluster);
}

static void test_too_many(void **state)
{
	(void)state;
	struct cluster cluster;
	struct err err = {""};
	open_cluster(&cluster, "");
	cluster.snapshot.n_nodes = NODES + 1;
	assert_true(core_step(cluster.core, &cluster.snapshot, &cluster.plan, &err) < 0);
	assert_non_null(strstr(err.message, "nodes"));
	close_cluster(&cluster);
}

/* ---- the shortcut of a quiet cluster ---- */

static void random_cluster(struct random *random, struct cluster *cluster)
{
	cluster->snapshot.n_groups = 2;
	cluster->groups[1] = cluster->groups[0];
	cluster->groups[0].max = (int32_t)pick(random, 3, 12);
	cluster->groups[0].min = (int32_t)pick(random, 0, 2);
	for (int64_t i = pick(random, 2, 8); i > 0; i--) {
		uint32_t slot = add_node(cluster, (uint32_t)pick(random, 0, 1), (enum node_state)pick(random, 1, 3));
		cluster->nodes[slot].created_at = -pick(random, 0, 600000);
		if (cluster->nodes[slot].state != NODE_UPCOMING)
			for (int64_t p = pick(random, 0, 4); p > 0; p--) {
				struct placed *pod = add_pod(cluster, slot, pick(random, 1, 15) * 100);
				pod->pinned = pick(random, 0, 15) == 0;
				pod->leaving = pick(random, 0, 15) == 0;
			}
	}
}

/* Something happens: a pod comes or goes, a node comes up or is lost. */
static void random_change(struct random *random, struct cluster *cluster, ms_t now)
{
	uint32_t slot = (uint32_t)pick(random, 0, cluster->snapshot.n_nodes - 1);
	struct node_view *node = &cluster->nodes[slot];
	cluster->snapshot.generation++;
	switch (pick(random, 0, 4)) {
	case 0:
		cluster->snapshot.n_pending = 0;
		for (int64_t n = pick(random, 0, 2); n > 0; n--)
			add_pending(cluster, (uint32_t)pick(random, 1, 5), pick(random, 1, 45) * 100,
				    now - pick(random, 0, 9000));
		break;
	case 1:
		if (node->state == NODE_UPCOMING)
			node->state = NODE_READY;
		break;
	case 2:
		if (node->state == NODE_READY && node->n_placed) {
			node->used_cpu_milli -= cluster->placed[slot][--node->n_placed].cpu_milli;
			node->used_memory_bytes -= GIB;
			node->used_pods--;
		}
		break;
	case 3:
		if (node->state == NODE_READY && node->n_placed < 9)
			add_pod(cluster, slot, pick(random, 1, 10) * 100);
		break;
	default:
		if (node->state == NODE_LEAVING) {
			node->state = NODE_GONE;
			cluster->groups[node->group].size--;
		}
	}
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
	if (a->n_actions != b->n_actions || a->nodes.reason != b->nodes.reason ||
	    a->nodes.unneeded != b->nodes.unneeded || a->nodes.pending != b->nodes.pending ||
	    a->nodes.upcoming != b->nodes.upcoming)
		return false;
	for (uint32_t i = 0; i < a->n_actions; i++)
		if (a->actions[i].kind != b->actions[i].kind || a->actions[i].target != b->actions[i].target ||
		    a->actions[i].to != b->actions[i].to)
			return false;
	return true;
}

/* The same cluster before two controllers, one of which is told each time that it may have changed. */
static void test_quiet_shortcut(void **state)
{
	(void)state;
	uint64_t first = first_seed(), acted = 0;
	for (uint64_t seed = first; seed < first + 400; seed++) {
		struct random random = {seed, 0};
		struct cluster a, b;
		static const char *const words[] = {
		    "ca.unneeded_time=60s ca.delay_after_add=30s ca.new_pod_age=2s",
		    "ca.unneeded_time=0s ca.unremovable_recheck=45s ca.max_parallel_drains=1",
		    "ca.unneeded_time=35s ca.delay_after_delete=90s ca.new_pod_delay=25s ca.max_parallel_deletions=1",
		    ("ca.unneeded_time=20s ca.max_node_provision_time=10m ca.non_empty_candidates=1 "
		     "ca.candidate_pool_min=2")};
		const char *chosen = words[pick(&random, 0, 3)];
		open_cluster(&a, chosen);
		open_cluster(&b, chosen);
		random_cluster(&random, &a);
		uint64_t fresh = 1000000;
		for (int step = 0; step < 120; step++) {
			ms_t now = 10000 * (step + 1);
			if (pick(&random, 0, 9) == 0)
				random_change(&random, &a, now);
			memcpy(b.nodes, a.nodes, sizeof b.nodes);
			memcpy(b.groups, a.groups, sizeof b.groups);
			memcpy(b.pending, a.pending, sizeof b.pending);
			struct snapshot seen = a.snapshot;
			seen.nodes = b.nodes, seen.groups = b.groups, seen.pending = b.pending;
			seen.generation = fresh++;
			b.snapshot = seen;
			scan_same(&a, now);
			scan_same(&b, now);
			if (!same_plan(&a.plan, &b.plan))
				fail_msg("seed %llu, step %d (%s): reason %d, %u actions, %u unneeded; without the "
					 "shortcut %d, %u, %u",
					 (unsigned long long)seed, step, chosen, a.plan.nodes.reason, a.plan.n_actions,
					 a.plan.nodes.unneeded, b.plan.nodes.reason, b.plan.n_actions,
					 b.plan.nodes.unneeded);
			acted += a.plan.n_actions;
			for (uint32_t i = 0; i < a.plan.n_actions; i++) {
				const struct action *action = &a.plan.actions[i];
				if (action->kind == ACTION_REMOVE_NODE && pick(&random, 0, 3))
					a.nodes[action->target].state = NODE_LEAVING, a.snapshot.generation++;
				else if (action->kind == ACTION_ADD_NODES && a.snapshot.n_nodes < NODES - 1 &&
					 pick(&random, 0, 3)) {
					a.nodes[add_node(&a, action->target, NODE_UPCOMING)].created_at = now;
					a.snapshot.generation++;
				}
			}
		}
		close_cluster(&a);
		close_cluster(&b);
	}
	assert_true(acted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_packing_examples),
	    cmocka_unit_test(test_packing_is_first_fit),
	    cmocka_unit_test(test_expanders),
	    cmocka_unit_test(test_waste),
	    cmocka_unit_test(test_random_expander),
	    cmocka_unit_test(test_limits_of_growth),
	    cmocka_unit_test(test_failed_move_is_undone),
	    cmocka_unit_test(test_candidates),
	    cmocka_unit_test(test_decreasing),
	    cmocka_unit_test(test_other_group),
	    cmocka_unit_test(test_smaller_than_refused),
	    cmocka_unit_test(test_upcoming_is_room),
	    cmocka_unit_test(test_very_new_pods),
	    cmocka_unit_test(test_new_pod_delay),
	    cmocka_unit_test(test_wake),
	    cmocka_unit_test(test_unneeded_time),
	    cmocka_unit_test(test_threshold),
	    cmocka_unit_test(test_delay_after_add),
	    cmocka_unit_test(test_delay_after_delete),
	    cmocka_unit_test(test_pinned),
	    cmocka_unit_test(test_room_is_used_once),
	    cmocka_unit_test(test_unremovable_recheck),
	    cmocka_unit_test(test_group_min),
	    cmocka_unit_test(test_parallel),
	    cmocka_unit_test(test_late_node),
	    cmocka_unit_test(test_asks_again),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_quiet_shortcut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
