#include "trials.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

/* A small cluster under a load that makes it grow and shrink, run many times over threads. */

static const char yaml[] =
    "apiVersion: apps/v1\n"
    "kind: Deployment\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  replicas: 2\n"
    "  selector: {matchLabels: {app: web}}\n"
    "  template:\n"
    "    metadata: {labels: {app: web}}\n"
    "    spec:\n"
    "      containers:\n"
    "      - {name: web, image: web, resources: {requests: {cpu: 500m, memory: 1Gi}}}\n"
    "---\n"
    "apiVersion: autoscaling/v2\n"
    "kind: HorizontalPodAutoscaler\n"
    "metadata: {name: web}\n"
    "spec:\n"
    "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"
    "  minReplicas: 2\n"
    "  maxReplicas: 40\n"
    "  metrics:\n"
    "  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}\n";
static const char csv[] = "time,cpu\n0,1\n600,6\n1800,2\n3600,9\n5400,1\n10800,1\n";

static const struct instance_type type = {.provider = PROVIDER_AWS,
					  .region = "aws/x",
					  .name = "big",
					  .family = "m5",
					  .arch = "amd64",
					  .vcpu_milli = 4000,
					  .memory_bytes = 16 * GIB,
					  .price_nano_per_hour = 200000000};
static const struct region_fees fees = {.disk_nano_per_gib_month = 80000000,
					.disk_name = "disk",
					.control_plane_name = "control plane",
					.default_disk_gib = 20,
					.min_charge_ms = 60000,
					.currency = "USD"};
static const struct sim_group group = {"big", &type, 1, 20};

#define RUNS 24

struct experiment {
	struct manifests manifests;
	struct load load;
	struct settings settings[RUNS]; /* each its seed */
	struct trial trials[RUNS];
	size_t steps, last_done;
};

static struct experiment *open_experiment(void)
{
	struct err err = {""};
	struct experiment *e = calloc(1, sizeof *e);
	assert_non_null(e);
	if (manifests_parse("t.yaml", yaml, strlen(yaml), &e->manifests, &err) < 0 ||
	    load_parse("t.csv", csv, strlen(csv), 1, 0, &e->load, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < RUNS; i++) {
		settings_default(&e->settings[i]);
		e->settings[i].sim.seed = (int64_t)i + 1;
		e->trials[i].params = (struct sim_params){.manifests = &e->manifests,
							  .load = &e->load,
							  .groups = &group,
							  .n_groups = 1,
							  .fees = &fees,
							  .settings = &e->settings[i],
							  .from = e->load.from,
							  .until = e->load.until};
	}
	return e;
}

static void close_experiment(struct experiment *e)
{
	for (size_t i = 0; i < RUNS; i++)
		sim_result_free(&e->trials[i].result);
	load_free(&e->load);
	manifests_free(&e->manifests);
	free(e);
}

static void run(struct experiment *e, unsigned threads)
{
	struct err err = {""};
	struct trials trials = {.trials = e->trials, .n = RUNS, .threads = threads};
	if (trials_run(&trials, &err) < 0)
		fail_msg("%s", err.message);
}

static void assert_same(const struct sim_result *a, const struct sim_result *b)
{
	assert_int_equal(a->events, b->events);
	assert_int_equal(a->n_usage, b->n_usage);
	for (size_t i = 0; i < a->n_usage; i++) {
		assert_int_equal(a->usage[i].start, b->usage[i].start);
		assert_int_equal(a->usage[i].end, b->usage[i].end);
	}
	assert_memory_equal(&a->total.theta_u, &b->total.theta_u, sizeof a->total.theta_u);
	assert_memory_equal(&a->total.pod_hours, &b->total.pod_hours, sizeof a->total.pod_hours);
}

static void test_results_do_not_depend_on_threads(void **state)
{
	static const unsigned threads[] = {0, 2, 3, 8, RUNS + 10};
	(void)state;
	struct experiment *one = open_experiment();
	run(one, 1);
	for (size_t t = 0; t < COUNT(threads); t++) {
		struct experiment *many = open_experiment();
		run(many, threads[t]);
		for (size_t i = 0; i < RUNS; i++)
			assert_same(&one->trials[i].result, &many->trials[i].result);
		close_experiment(many);
	}
	close_experiment(one);
}

/* Each run has its own luck: were results mixed up, the test above would compare equals. */
static void test_seeds_differ(void **state)
{
	(void)state;
	struct experiment *e = open_experiment();
	size_t different = 0;
	run(e, 4);
	const struct workload_result *first = &e->trials[0].result.total;
	for (size_t i = 1; i < RUNS; i++) {
		const struct workload_result *other = &e->trials[i].result.total;
		different += other->pod_hours != first->pod_hours || other->theta_u != first->theta_u;
	}
	assert_true(different > RUNS / 2);
	close_experiment(e);
}

static void test_first_failure_by_index(void **state)
{
	static const unsigned threads[] = {1, 2, 8};
	(void)state;
	for (size_t t = 0; t < COUNT(threads); t++) {
		struct err err = {""};
		struct experiment *e = open_experiment();
		struct sim_group impossible[2] = {group, group};
		struct instance_type tiny = type;
		tiny.vcpu_milli = 10;
		impossible[0] = (struct sim_group){"seventh", &tiny, 1, 20};
		impossible[1] = (struct sim_group){"eighth", &tiny, 1, 20};
		e->trials[7].params.groups = &impossible[0];
		e->trials[8].params.groups = &impossible[1];
		struct trials trials = {.trials = e->trials, .n = RUNS, .threads = threads[t]};
		assert_true(trials_run(&trials, &err) < 0);
		assert_non_null(strstr(err.message, "seventh"));
		close_experiment(e);
	}
}

static int keep_none(void *self, size_t index, struct trial *trial, struct err *err)
{
	(void)self;
	sim_result_free(&trial->result);
	return index == 5 ? err_set(err, "the fifth is not wanted") : 0;
}

static void test_keeping_may_fail(void **state)
{
	(void)state;
	struct err err = {""};
	struct experiment *e = open_experiment();
	struct trials trials = {.trials = e->trials, .n = RUNS, .threads = 3, .keep = keep_none};
	assert_true(trials_run(&trials, &err) < 0);
	assert_string_equal(err.message, "the fifth is not wanted");
	close_experiment(e);
}

static void count_steps(void *self, size_t done, size_t n)
{
	struct experiment *e = self;
	assert_int_equal(n, RUNS);
	assert_int_equal(done, e->last_done + 1);
	e->last_done = done;
	e->steps++;
}

static void test_progress_counts_every_run_once(void **state)
{
	(void)state;
	struct err err = {""};
	struct experiment *e = open_experiment();
	struct trials trials = {.trials = e->trials, .n = RUNS, .threads = 4, .progress = count_steps, .self = e};
	assert_int_equal(trials_run(&trials, &err), 0);
	assert_int_equal(e->steps, RUNS);
	close_experiment(e);
}

static void test_nothing_to_run(void **state)
{
	(void)state;
	struct err err = {""};
	struct trials trials = {.threads = 4};
	assert_int_equal(trials_run(&trials, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_results_do_not_depend_on_threads), cmocka_unit_test(test_seeds_differ),
	    cmocka_unit_test(test_first_failure_by_index),           cmocka_unit_test(test_keeping_may_fail),
	    cmocka_unit_test(test_progress_counts_every_run_once),   cmocka_unit_test(test_nothing_to_run),
	};
	return cmocka_run_group_tests_name("trials", tests, NULL, NULL);
}
