/* Shadow mode: what it sums over time, how decisions are compared with those of the HPA, the pods there would have
 * been, and the report. */
#include "../../autoscaler/cmd/shadow.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define WINDOW (17 * SECOND_MS)

static struct shadow_row new_row(void)
{
	static char name[] = "default/web";
	return (struct shadow_row){.name = name, .last = MS_UNSET, .pod_nano_per_hour = -1};
}

/* ---- sums ---- */

static void test_what_holds_until_the_next_sight(void **state)
{
	(void)state;
	struct shadow_row row = new_row();
	row.pod_nano_per_hour = 50;
	shadow_row_see(&row, 1000, 4, 4);
	shadow_row_see(&row, 1000 + HOUR_MS, 8, 14);
	shadow_row_see(&row, 1000 + 2 * HOUR_MS, 14, 14);
	assert_true(row.hpa.pod_ms == (4 + 8) * (wide_t)HOUR_MS);
	assert_true(row.ours.pod_ms == (4 + 14) * (wide_t)HOUR_MS);
	assert_true(row.hpa.nano_ms == 50 * (4 + 8) * (wide_t)HOUR_MS);
	assert_int_equal(row.hpa.most, 14);
	assert_int_equal(row.last - row.since, 2 * HOUR_MS);
}

static void test_a_clock_that_stands_still_adds_nothing(void **state)
{
	(void)state;
	struct shadow_row row = new_row();
	shadow_row_see(&row, 5000, 4, 4);
	shadow_row_see(&row, 5000, 9, 9);
	shadow_row_see(&row, 4000, 9, 9);
	assert_true(row.hpa.pod_ms == 0);
	shadow_row_see(&row, 6000, 9, 9);
	assert_true(row.hpa.pod_ms == 9000);
}

static void test_over_target(void **state)
{
	(void)state;
	struct shadow_side side = {0};
	shadow_side_measure(&side, 1.1);
	shadow_side_measure(&side, 1.7);
	shadow_side_measure(&side, 0.4);
	assert_int_equal(side.measured, 3);
	assert_int_equal(side.over, 1);
	assert_true(side.peak == 1.7);
}

/* ---- decisions ---- */

/* The HPA has 4 and goes to 8 at 10 s, to 14 at 25 s; a decision at `at` for `ours`: whether it differs. */
static bool differs(ms_t at, int32_t ours)
{
	struct shadow_row row = new_row();
	bool decided = false;
	for (ms_t now = 0; now <= 60 * SECOND_MS; now += SECOND_MS) {
		int32_t hpa = now < 10 * SECOND_MS ? 4 : now < 25 * SECOND_MS ? 8 : 14;
		shadow_row_see(&row, now, hpa, ours);
		if (now >= at && !decided) {
			shadow_row_decide(&row, now, WINDOW, ours, "why");
			decided = true;
		}
		shadow_row_compare(&row, now, WINDOW, HOUR_MS);
	}
	assert_int_equal(row.compared, 1);
	assert_int_equal(row.n_waiting, 0);
	if (row.differed) {
		assert_string_equal(row.why, "why");
		assert_int_equal(row.differed_at, at + HOUR_MS);
	}
	return row.differed;
}

static void test_phases_do_not_make_a_difference(void **state)
{
	(void)state;
	assert_false(differs(0, 4));
	assert_false(differs(0, 8)); /* sooner, by less than a period */
	assert_false(differs(9000, 14));
	assert_false(differs(20000, 4));  /* later */
	assert_false(differs(12000, 11)); /* it passes 11 on its way */
	assert_false(differs(40000, 14));
}

static void test_differences_are_found(void **state)
{
	(void)state;
	assert_true(differs(0, 14));
	assert_true(differs(20000, 3));
	assert_true(differs(20000, 15));
	assert_true(differs(30000, 4)); /* it left 4 long ago */
	assert_true(differs(43000, 8));
}

static void test_decisions_wait_for_what_follows(void **state)
{
	(void)state;
	struct shadow_row row = new_row();
	shadow_row_see(&row, 0, 4, 4);
	shadow_row_decide(&row, 0, WINDOW, 8, "");
	shadow_row_compare(&row, WINDOW - 1, WINDOW, 0);
	assert_int_equal(row.compared, 0);
	shadow_row_see(&row, WINDOW - 1, 8, 8);
	shadow_row_compare(&row, WINDOW, WINDOW, 0);
	assert_int_equal(row.compared, 1);
	assert_int_equal(row.differed, 0);
}

static void test_more_decisions_than_can_wait(void **state)
{
	(void)state;
	struct shadow_row row = new_row();
	shadow_row_see(&row, 0, 4, 4);
	for (ms_t now = 0; now < 20; now++)
		shadow_row_decide(&row, now, WINDOW, 4, "");
	assert_int_equal(row.n_waiting, SHADOW_WAITING);
	assert_int_equal(row.not_compared, 20 - SHADOW_WAITING);
	shadow_row_compare(&row, HOUR_MS, WINDOW, 0);
	assert_int_equal(row.compared, SHADOW_WAITING);
}

static void test_changes_faster_than_are_kept(void **state)
{
	(void)state;
	struct shadow_row row = new_row();
	for (int32_t i = 0; i < 100; i++)
		shadow_row_see(&row, i, i, i);
	assert_int_equal(row.n_changes, SHADOW_CHANGES);
	assert_int_equal(row.changes[SHADOW_CHANGES - 1].pods, 99);
}

/* ---- pods that are only thought of ---- */

#define PODS 40
#define NOW  (100 * HOUR_MS)

static const struct metric_spec cpu = {METRIC_RESOURCE, TARGET_UTILIZATION, 60, "cpu", NULL, true};

struct rig {
	struct arena arena;
	struct hpa_spec spec;
	struct pod pods[PODS];
	struct sample samples[PODS];
	int64_t request;
	struct metric_input metric;
	struct workload_view cluster, view;
	struct shadow_pods ours;
	struct err err;
};

/* n old pods that use so much each of 500m. */
static void prepare(struct rig *rig, uint32_t n, int64_t usage)
{
	*rig = (struct rig){.request = 500, .ours.joined = true};
	rig->spec = (struct hpa_spec){.name = "web", .namespace_ = "default", .metrics = &cpu, .n_metrics = 1};
	for (uint32_t i = 0; i < PODS; i++) {
		rig->pods[i] = (struct pod){.start_at = NOW - HOUR_MS,
					    .ready_changed_at = NOW - HOUR_MS + 20 * SECOND_MS,
					    .phase = POD_RUNNING,
					    .ready = POD_READY_TRUE};
		rig->samples[i] = (struct sample){usage, NOW - 5 * SECOND_MS, 15 * SECOND_MS};
	}
	rig->metric = (struct metric_input){.samples = rig->samples, .requests = &rig->request};
	rig->cluster = (struct workload_view){.spec_replicas = (int32_t)n,
					      .status_replicas = (int32_t)n,
					      .pods = rig->pods,
					      .n_pods = n,
					      .metrics = &rig->metric};
}

static void look(struct rig *rig, ms_t now)
{
	assert_int_equal(
	    shadow_pods_view(&rig->ours, &rig->spec, &rig->cluster, now, &rig->arena, &rig->view, &rig->err), 0);
}

static void scale(struct rig *rig, ms_t now, int32_t to)
{
	assert_int_equal(shadow_pods_scale(&rig->ours, now, to, &rig->err), 0);
}

static void finish(struct rig *rig)
{
	shadow_pods_free(&rig->ours);
	arena_free(&rig->arena);
}

static int64_t used(const struct rig *rig)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < rig->view.n_pods; i++)
		sum += max64(rig->view.metrics[0].samples[i].value, 0);
	return sum;
}

static void test_as_many_as_the_cluster_sees_the_cluster(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 4, 300);
	look(&rig, NOW);
	assert_ptr_equal(rig.view.pods, rig.cluster.pods);
	assert_int_equal(rig.ours.n, 4);
	assert_int_equal(rig.ours.startup, 20 * SECOND_MS);
	finish(&rig);
}

static void test_usage_is_spread(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 7, 601);
	look(&rig, NOW - MINUTE_MS);
	scale(&rig, NOW - MINUTE_MS, 3);
	look(&rig, NOW);
	assert_int_equal(rig.view.spec_replicas, 3);
	assert_int_equal(rig.view.n_pods, 3);
	assert_int_equal(used(&rig), 7 * 601);
	assert_int_equal(rig.view.metrics[0].samples[0].value - rig.view.metrics[0].samples[2].value, 1);
	assert_int_equal(rig.view.metrics[0].requests[0], 500);
	finish(&rig);
}

static void test_new_pods_take_as_long_to_get_ready(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 4, 700);
	look(&rig, NOW);
	scale(&rig, NOW, 8);
	look(&rig, NOW + 19 * SECOND_MS);
	assert_int_equal(rig.view.n_pods, 8);
	assert_int_equal(rig.view.pods[3].ready, POD_READY_TRUE);
	assert_int_equal(rig.view.pods[4].ready, POD_READY_FALSE);
	assert_int_equal(rig.view.metrics[0].samples[0].value, 700);
	assert_int_equal(rig.view.metrics[0].samples[4].value, -1);
	look(&rig, NOW + 20 * SECOND_MS);
	assert_int_equal(rig.view.pods[7].ready, POD_READY_TRUE);
	assert_int_equal(rig.view.pods[7].ready_changed_at, NOW + 20 * SECOND_MS);
	assert_int_equal(rig.view.metrics[0].samples[7].value, 350);
	finish(&rig);
}

static void test_pods_without_a_sample_are_as_the_others(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 8, 300);
	look(&rig, NOW - MINUTE_MS);
	for (uint32_t i = 4; i < 8; i++)
		rig.samples[i].value = -1;
	scale(&rig, NOW - MINUTE_MS, 4);
	look(&rig, NOW);
	/* 8 * 300 on 4, of which half have no sample either */
	assert_int_equal(rig.view.metrics[0].samples[0].value, 600);
	assert_int_equal(rig.view.metrics[0].samples[1].value, 600);
	assert_int_equal(rig.view.metrics[0].samples[2].value, -1);
	/* new within the window: between their part of it and all of it, it is what was used before */
	for (uint32_t i = 4; i < 8; i++)
		rig.pods[i].ready_changed_at = NOW - 10 * SECOND_MS;
	rig.samples[0].value = rig.samples[1].value = rig.samples[2].value = rig.samples[3].value = 500;
	look(&rig, NOW);
	assert_int_equal(rig.view.metrics[0].samples[0].value, 2667 / 4 + 1);
	rig.samples[0].value = rig.samples[1].value = rig.samples[2].value = rig.samples[3].value = 400;
	look(&rig, NOW);
	assert_int_equal(rig.view.metrics[0].samples[0].value, 2666 / 4 + 1);
	/* they came after the samples: the others served it all */
	for (uint32_t i = 4; i < 8; i++)
		rig.pods[i].ready_changed_at = NOW - SECOND_MS;
	look(&rig, NOW);
	assert_int_equal(used(&rig), 4 * 400);
	finish(&rig);
}

static void test_no_metric_is_no_metric(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 4, 300);
	look(&rig, NOW);
	scale(&rig, NOW, 6);
	rig.metric.unavailable = true;
	look(&rig, NOW + MINUTE_MS);
	assert_true(rig.view.metrics[0].unavailable);
	rig.metric.unavailable = false;
	for (uint32_t i = 0; i < 4; i++)
		rig.samples[i].value = -1;
	look(&rig, NOW + MINUTE_MS);
	assert_int_equal(rig.view.metrics[0].samples[0].value, -1);
	rig.cluster.metrics = NULL; /* the target is gone */
	rig.cluster.spec_replicas = 0;
	rig.cluster.n_pods = 0;
	look(&rig, NOW + MINUTE_MS);
	assert_int_equal(rig.ours.n, 0);
	finish(&rig);
}

static void test_a_pod_without_a_request(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 4, 300);
	look(&rig, NOW);
	scale(&rig, NOW, 6);
	rig.request = -1;
	look(&rig, NOW);
	assert_int_equal(rig.view.metrics[0].requests[0], -1);
	finish(&rig);
}

static void test_more_pods_than_are_thought_of(void **state)
{
	(void)state;
	struct rig rig;
	prepare(&rig, 4, INT64_MAX / 8);
	look(&rig, NOW);
	assert_int_equal(shadow_pods_scale(&rig.ours, NOW, INT32_MAX, &rig.err), -1);
	assert_non_null(strstr(rig.err.message, "65536"));
	assert_int_equal(rig.ours.n, 4);
	finish(&rig);
}

static void test_a_value_says_nothing_of_other_replicas(void **state)
{
	(void)state;
	const struct metric_spec latency = {METRIC_OBJECT, TARGET_VALUE, 100, "latency", NULL, false},
				 queue = {METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 100, "queue", NULL, false};
	struct hpa_spec spec = {.metrics = &latency, .n_metrics = 1};
	assert_false(shadow_pods_can(&spec));
	spec.metrics = &queue;
	assert_true(shadow_pods_can(&spec));
	spec.metrics = &cpu;
	assert_true(shadow_pods_can(&spec));
}

/* ---- the report ---- */

static char *report(const struct shadow_row *rows, size_t n, const struct shadow_head *head, enum table_format format)
{
	char *text;
	size_t size;
	struct err err;
	FILE *file = open_memstream(&text, &size);
	assert_non_null(file);
	assert_int_equal(shadow_report_print(rows, n, head, format, file, &err), 0);
	fclose(file);
	return text;
}

static void test_report(void **state)
{
	(void)state;
	char names[2][16] = {"a/less", "b/more"};
	struct shadow_row rows[2];
	for (int i = 0; i < 2; i++) {
		rows[i] = new_row();
		rows[i].name = names[i];
		rows[i].pod_nano_per_hour = NANO;
		shadow_row_see(&rows[i], 0, 4, 4 - 2 * i);
		shadow_row_see(&rows[i], HOUR_MS, 4, 4 - 2 * i);
	}
	const struct shadow_head head = {HOUR_MS, 15 * SECOND_MS, "USD", "aws/us-east-1", ""};
	char *text = report(rows, 2, &head, TABLE_HUMAN);
	const char *more = strstr(text, "\nb/more"), *less = strstr(text, "\na/less"), *total = strstr(text, "\ntotal");
	assert_true(more && less && total && more < less && less < total); /* the largest difference first */
	assert_non_null(strstr(total, "8.00  6.00"));
	assert_non_null(strstr(total, "5840.00  4380.00  -1460.00"));
	free(text);
	text = report(rows, 2, &head, TABLE_CSV);
	assert_true(strncmp(text, "autoscaler,hpa_mean_pods,our_mean_pods,", 39) == 0);
	assert_null(strstr(text, "total"));
	free(text);
	const struct shadow_head unpriced = {HOUR_MS, 15 * SECOND_MS, NULL, NULL, ""};
	text = report(rows, 1, &unpriced, TABLE_HUMAN);
	assert_null(strstr(text, "$/mo"));
	assert_non_null(strstr(text, "No prices"));
	free(text);
	text = report(NULL, 0, &unpriced, TABLE_JSON);
	assert_string_equal(text, "[\n]\n");
	free(text);
	text = report(NULL, 0, &unpriced, TABLE_HUMAN);
	assert_true(strncmp(text, "0 autoscalers", 13) == 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_holds_until_the_next_sight),
	    cmocka_unit_test(test_a_clock_that_stands_still_adds_nothing),
	    cmocka_unit_test(test_over_target),
	    cmocka_unit_test(test_phases_do_not_make_a_difference),
	    cmocka_unit_test(test_differences_are_found),
	    cmocka_unit_test(test_decisions_wait_for_what_follows),
	    cmocka_unit_test(test_more_decisions_than_can_wait),
	    cmocka_unit_test(test_changes_faster_than_are_kept),
	    cmocka_unit_test(test_as_many_as_the_cluster_sees_the_cluster),
	    cmocka_unit_test(test_usage_is_spread),
	    cmocka_unit_test(test_new_pods_take_as_long_to_get_ready),
	    cmocka_unit_test(test_pods_without_a_sample_are_as_the_others),
	    cmocka_unit_test(test_no_metric_is_no_metric),
	    cmocka_unit_test(test_a_pod_without_a_request),
	    cmocka_unit_test(test_more_pods_than_are_thought_of),
	    cmocka_unit_test(test_a_value_says_nothing_of_other_replicas),
	    cmocka_unit_test(test_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
