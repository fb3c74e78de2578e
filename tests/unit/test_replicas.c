/* The replica calculator: the shipped vectors, and what no vector can hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int conformance_main(int argc, char **argv);
#define main conformance_main
#include "../vectors/conformance.c"
#undef main

#define PODS 40

struct bench {
	struct metric_spec spec;
	struct metric_input metric;
	struct hpa_input input;
	struct calc_options options;
	struct pod pods[PODS];
	struct sample samples[PODS];
	int64_t requests[PODS];
	struct proposal proposal;
};

/* n old and ready pods that ask for 500m and use usage, against 50%. */
static void prepare(struct bench *it, uint32_t n, int64_t usage)
{
	static const ms_t now = 1000 * HOUR_MS;
	*it = (struct bench){0};
	it->spec = (struct metric_spec){METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true};
	it->options = (struct calc_options){0.1, 0.1, 5 * MINUTE_MS, 30 * SECOND_MS};
	for (uint32_t i = 0; i < PODS; i++) {
		it->pods[i] = (struct pod){.start_at = now - HOUR_MS,
					   .ready_changed_at = now - HOUR_MS + 20 * SECOND_MS,
					   .phase = POD_RUNNING,
					   .ready = POD_READY_TRUE};
		it->samples[i] = (struct sample){usage, now - 10 * SECOND_MS, 30 * SECOND_MS};
		it->requests[i] = 500;
	}
	it->metric = (struct metric_input){.samples = it->samples, .requests = it->requests, .request_step = 1};
	it->input = (struct hpa_input){now, (int32_t)n, (int32_t)n, it->pods, n, &it->metric, false};
}

static int32_t calculate(struct bench *it)
{
	replicas_for_metric(&it->spec, &it->metric, &it->input, &it->options, &it->proposal);
	return it->proposal.error ? -(int32_t)it->proposal.error : it->proposal.replicas;
}

static void shipped_vectors_agree(void **state)
{
	(void)state;
	char program[] = "conformance", replicas[] = "tests/vectors/ours_replicas.jsonl",
	     behavior[] = "tests/vectors/ours_behavior.jsonl";
	char *argv[] = {program, replicas, behavior, NULL};
	assert_int_equal(conformance_main(3, argv), 0);
}

static void the_formula(void **state)
{
	(void)state;
	struct bench it;
	prepare(&it, 4, 400); /* 80% of 50%: 1.6 x 4 */
	assert_int_equal(calculate(&it), 7);
	assert_int_equal(it.proposal.usage, 80);
	assert_true(it.proposal.ratio == 1.6);
	prepare(&it, 4, 125); /* half */
	assert_int_equal(calculate(&it), 2);
	prepare(&it, 4, 0);
	assert_int_equal(calculate(&it), 0);
}

static void tolerance_has_two_sides(void **state)
{
	(void)state;
	struct bench it;
	prepare(&it, 10, 275); /* 55%: ratio 1.1, on the edge */
	assert_int_equal(calculate(&it), 10);
	it.options.tolerance_up = 0.09;
	assert_int_equal(calculate(&it), 11);
	prepare(&it, 10, 225); /* 45%: ratio 0.9 */
	assert_int_equal(calculate(&it), 10);
	it.options.tolerance_down = 0.05;
	assert_int_equal(calculate(&it), 9);
}

static void unmeasured_pods_are_judged_cautiously(void **state)
{
	(void)state;
	struct bench it;
	prepare(&it, 4, 400);
	it.samples[3].value = -1; /* (3 x 80% + 0) / 4 = 60%: 1.2 x 4 */
	assert_int_equal(calculate(&it), 5);
	assert_int_equal(it.proposal.missing, 1);
	assert_int_equal(it.proposal.usage, 80);
	prepare(&it, 4, 100);
	it.samples[3].value = -1; /* (3 x 20% + 100%) / 4 = 40%: 0.8 x 4 */
	assert_int_equal(calculate(&it), 4);
	prepare(&it, 4, 300);
	it.samples[3].value = -1; /* 60%, but 45% with the missing one: the direction turns, so nothing */
	assert_int_equal(calculate(&it), 4);
	prepare(&it, 4, 400);
	it.pods[3].phase = POD_PENDING;
	assert_int_equal(calculate(&it), 5);
	assert_int_equal(it.proposal.unready, 1);
	prepare(&it, 4, 100);
	it.pods[3].phase = POD_PENDING; /* down: it is left out */
	assert_int_equal(calculate(&it), 2);
	prepare(&it, 4, 400);
	it.pods[3].phase = POD_FAILED;
	it.pods[2].deleted = true;
	assert_int_equal(calculate(&it), 4); /* 1.6 x 2 */
	assert_int_equal(it.proposal.ignored, 2);
}

static void young_cpu_samples_wait(void **state)
{
	(void)state;
	struct bench it;
	prepare(&it, 2, 400);
	it.pods[1].start_at = it.input.now - 5 * MINUTE_MS + 1;
	it.pods[1].ready_changed_at = it.samples[1].at - it.samples[1].window + 1;
	calculate(&it);
	assert_int_equal(it.proposal.unready, 1); /* no whole window since it became ready */
	it.pods[1].ready_changed_at--;
	calculate(&it);
	assert_int_equal(it.proposal.unready, 0);
	it.pods[1].ready_changed_at++;
	it.pods[1].start_at--; /* no longer young */
	calculate(&it);
	assert_int_equal(it.proposal.unready, 0);
	it.pods[1].ready = POD_READY_FALSE; /* once ready, now not: counts */
	calculate(&it);
	assert_int_equal(it.proposal.unready, 0);
	it.pods[1].ready_changed_at = it.pods[1].start_at + 29 * SECOND_MS; /* never ready */
	calculate(&it);
	assert_int_equal(it.proposal.unready, 1);
	it.spec.is_cpu = false;
	calculate(&it);
	assert_int_equal(it.proposal.unready, 0);
}

static void errors_come_in_upstreams_order(void **state)
{
	(void)state;
	struct bench it;
	prepare(&it, 0, 400);
	assert_int_equal(calculate(&it), -CALC_NO_PODS);
	prepare(&it, 3, -1);
	it.requests[1] = -1;
	assert_int_equal(calculate(&it), -CALC_NO_METRICS);
	prepare(&it, 3, 400);
	it.requests[1] = it.requests[2] = -1;
	it.pods[1].deleted = true; /* counts all the same */
	assert_int_equal(calculate(&it), -CALC_MISSING_REQUEST);
	assert_int_equal(it.proposal.error_pod, 1);
	prepare(&it, 3, 400);
	memset(it.requests, 0, sizeof it.requests);
	assert_int_equal(calculate(&it), -CALC_NO_METRICS_FOR_READY);
	it.metric.unavailable = true;
	assert_int_equal(calculate(&it), -CALC_UNAVAILABLE);
	it.spec.target_type = TARGET_VALUE;
	assert_int_equal(calculate(&it), -CALC_BAD_SPEC);
}

static int32_t shared_metric(struct bench *it, enum metric_type type, enum target_type target, const int64_t *values,
			     uint32_t n)
{
	it->spec = (struct metric_spec){.type = type, .target_type = target, .target = 1000, .name = "queue"};
	it->metric.values = values;
	it->metric.n_values = n;
	return calculate(it);
}

static void shared_metrics(void **state)
{
	(void)state;
	struct bench it;
	int64_t values[] = {2500, 500}, huge[] = {INT64_MAX, INT64_MAX}, negative[] = {-1, 5};
	prepare(&it, 4, 0);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_VALUE, values, 2), 12);
	assert_int_equal(shared_metric(&it, METRIC_OBJECT, TARGET_VALUE, values, 2), 10);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, values, 2), 3);
	assert_int_equal(it.proposal.usage, 750);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_VALUE, huge, 2), INT32_MAX);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, huge, 2), INT32_MAX);
	assert_true(it.proposal.usage == INT64_MAX);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, negative, 2), INT32_MAX);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_VALUE, values, 0), -CALC_UNAVAILABLE);
	it.pods[0].ready = POD_READY_FALSE;
	it.pods[1].phase = POD_PENDING;
	assert_int_equal(shared_metric(&it, METRIC_OBJECT, TARGET_VALUE, values, 1), 5);
}

static void from_zero_the_ratio_is_the_answer(void **state)
{
	(void)state;
	struct bench it;
	int64_t values[] = {2500};
	prepare(&it, 0, 0);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_VALUE, values, 1), 3);
	assert_int_equal(shared_metric(&it, METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, values, 1), 3);
	assert_int_equal(it.proposal.usage, 0);
	values[0] = 0;
	assert_int_equal(shared_metric(&it, METRIC_OBJECT, TARGET_VALUE, values, 1), 0);
}

static void any_number_is_survived(void **state)
{
	(void)state;
	static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, 1000, INT64_MAX / 100, INT64_MAX};
	struct bench it;
	for (size_t a = 0; a < COUNT(numbers); a++)
		for (size_t b = 0; b < COUNT(numbers); b++)
			for (size_t c = 0; c < COUNT(numbers); c++) {
				prepare(&it, 3, numbers[a]);
				it.requests[0] = it.requests[1] = it.requests[2] = numbers[b];
				it.spec.target = numbers[c];
				it.pods[1].start_at = numbers[b];
				it.pods[1].ready = POD_READY_FALSE;
				it.pods[1].ready_changed_at = numbers[c];
				it.pods[2].start_at = it.input.now;
				it.samples[2].window = numbers[c];
				it.samples[1].value = -1;
				calculate(&it);
				it.options.cpu_initialization_period = it.options.initial_readiness_delay = numbers[c];
				it.input.now = numbers[b];
				calculate(&it);
				int64_t values[] = {numbers[a], numbers[b], numbers[c]};
				it.input.status_replicas = (int32_t)numbers[b];
				for (int target = TARGET_AVERAGE_VALUE; target <= TARGET_VALUE; target++) {
					shared_metric(&it, METRIC_EXTERNAL, (enum target_type)target, values, 3);
					shared_metric(&it, METRIC_OBJECT, (enum target_type)target, values, 3);
				}
			}
}

/* A request given once means the same as one given for each pod. */
static void one_request_for_all(void **state)
{
	(void)state;
	unsigned seed = 7;
	srand(seed);
	print_message("seed %u\n", seed);
	for (int round = 0; round < 5000; round++) {
		struct bench it;
		struct proposal each;
		prepare(&it, (uint32_t)(1 + rand() % PODS), 0);
		it.spec.is_cpu = rand() % 2;
		it.spec.target = 1 + rand() % 150;
		for (uint32_t i = 0; i < PODS; i++) {
			it.samples[i].value = rand() % 8 ? rand() % 900 : -1;
			it.pods[i].phase = (uint8_t)(rand() % 6 ? POD_RUNNING : rand() % 4);
			it.pods[i].ready = (uint8_t)(rand() % 6 ? POD_READY_TRUE : rand() % 3);
			it.pods[i].start_at = it.input.now - rand() % 400 * SECOND_MS;
			it.pods[i].deleted = rand() % 10 == 0;
			it.requests[i] = 333;
		}
		calculate(&it);
		each = it.proposal;
		it.metric.request_step = 0;
		calculate(&it);
		assert_memory_equal(&each, &it.proposal, sizeof each);
	}
}

static void messages(void **state)
{
	(void)state;
	struct metric_spec spec = {.type = METRIC_CONTAINER_RESOURCE, .name = "cpu", .container = "app"};
	struct proposal proposal = {.error = CALC_MISSING_REQUEST};
	char text[200], small[8];
	hpa_error_text(&spec, &proposal, "p0", "app", text, sizeof text);
	assert_string_equal(text, "missing request for cpu in container app of Pod p0");
	hpa_error_text(&spec, &proposal, "p0", NULL, text, sizeof text);
	assert_string_equal(text, "container app not found in Pod p0");
	assert_int_equal(hpa_error_text(&spec, &proposal, "p0", NULL, small, sizeof small), strlen(text));
	assert_string_equal(small, "contain");
	assert_int_equal(hpa_error_text(&spec, &proposal, "p0", NULL, NULL, 0), strlen(text));
	proposal.error = CALC_OK;
	assert_int_equal(hpa_error_text(&spec, &proposal, "", NULL, text, sizeof text), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shipped_vectors_agree),
	    cmocka_unit_test(the_formula),
	    cmocka_unit_test(tolerance_has_two_sides),
	    cmocka_unit_test(unmeasured_pods_are_judged_cautiously),
	    cmocka_unit_test(young_cpu_samples_wait),
	    cmocka_unit_test(errors_come_in_upstreams_order),
	    cmocka_unit_test(shared_metrics),
	    cmocka_unit_test(from_zero_the_ratio_is_the_answer),
	    cmocka_unit_test(any_number_is_survived),
	    cmocka_unit_test(one_request_for_all),
	    cmocka_unit_test(messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
