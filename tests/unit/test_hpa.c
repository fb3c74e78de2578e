/* One autoscaler as a whole: the order of its decisions, its reasons, its memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hpa.h"

#include <stdlib.h>

#define PODS 64

struct world {
	struct metric_spec specs[3];
	struct hpa_spec spec;
	struct hpa_settings settings;
	struct scaling_policy up[2], down[1];
	struct pod pods[PODS];
	struct sample samples[PODS];
	int64_t request, values[1];
	struct metric_input metrics[3];
	struct hpa_input input;
	struct arena arena;
	struct hpa *hpa;
	struct hpa_decision decision;
};

/* cpu at 50% of 500m; the second metric is external, 1000 milli a pod; the third counts per pod. */
static void prepare(struct world *it, uint32_t n_metrics, bool behavior)
{
	*it = (struct world){
	    .specs = {{METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true},
		      {METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 1000, "queue", NULL, false},
		      {METRIC_PODS, TARGET_AVERAGE_VALUE, 100, "sessions", NULL, false}},
	    .up = {{POLICY_PERCENT, 100, 15}, {POLICY_PODS, 4, 15}},
	    .down = {{POLICY_PERCENT, 100, 15}},
	    .settings = {.sync_period = 15 * SECOND_MS,
			 .tolerance = 0.1,
			 .initial_readiness_delay = 30 * SECOND_MS,
			 .cpu_initialization_period = 5 * MINUTE_MS,
			 .downscale_stabilization = 5 * MINUTE_MS},
	    .request = 500,
	};
	it->spec = (struct hpa_spec){.name = "web",
				     .namespace_ = "shop",
				     .min_replicas = 2,
				     .max_replicas = 20,
				     .metrics = it->specs,
				     .n_metrics = n_metrics,
				     .has_behavior = behavior,
				     .scale_up = {0, SELECT_MAX, it->up, 2, -1},
				     .scale_down = {-1, SELECT_MAX, it->down, 1, -1}};
	it->input = (struct hpa_input){1000 * HOUR_MS, 4, 4, it->pods, 4, it->metrics, false};
	for (uint32_t i = 0; i < PODS; i++) {
		it->pods[i] = (struct pod){
		    .start_at = 0, .ready_changed_at = 20 * SECOND_MS, .phase = POD_RUNNING, .ready = POD_READY_TRUE};
		it->samples[i].window = 15 * SECOND_MS;
	}
	for (int i = 0; i < 3; i++)
		it->metrics[i] = (struct metric_input){.samples = it->samples, .requests = &it->request};
	it->metrics[1].values = it->values;
	it->metrics[1].n_values = 1;
}

static void create(struct world *it)
{
	struct err err = {0};
	it->hpa = hpa_new(&it->spec, &it->settings, &it->arena, &err);
	if (!it->hpa)
		fail_msg("%s", err.message);
}

static int32_t step_with(struct world *it, int32_t replicas, int64_t usage)
{
	it->input.now += 15 * SECOND_MS;
	it->input.spec_replicas = it->input.status_replicas = replicas;
	it->input.n_pods = (uint32_t)replicas;
	for (int32_t i = 0; i < replicas; i++)
		it->samples[i].value = usage;
	hpa_step(it->hpa, &it->input, &it->decision);
	if (it->decision.rescale)
		hpa_rescaled(it->hpa, it->input.now, it->decision.current, it->decision.desired);
	return it->decision.desired;
}

static void a_plain_autoscaler(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 1, false);
	create(&it);
	assert_int_equal(step_with(&it, 4, 250), 4);
	assert_false(it.decision.rescale);
	assert_int_equal(it.decision.able.reason, REASON_READY_FOR_NEW_SCALE);
	assert_int_equal(it.decision.active.reason, REASON_VALID_METRIC_FOUND);
	assert_int_equal(it.decision.limited.reason, REASON_DESIRED_WITHIN_RANGE);
	assert_int_equal(step_with(&it, 4, 400), 7);
	assert_true(it.decision.rescale);
	assert_int_equal(it.decision.able.reason, REASON_SUCCEEDED_RESCALE);
	assert_int_equal(step_with(&it, 7, 500), 14);
	assert_int_equal(step_with(&it, 14, 500), 20);
	assert_int_equal(it.decision.limited.reason, REASON_TOO_MANY_REPLICAS);
	for (int i = 0; i < 19; i++)
		assert_int_equal(step_with(&it, 20, 10), 20);
	assert_int_equal(it.decision.able.reason, REASON_SCALE_DOWN_STABILIZED);
	assert_int_equal(it.decision.proposed, 1);
	assert_int_equal(step_with(&it, 20, 10), 2);
	assert_int_equal(it.decision.limited.reason, REASON_TOO_FEW_REPLICAS);
	arena_free(&it.arena);
}

static void bounds_come_before_metrics(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 1, false);
	create(&it);
	assert_int_equal(step_with(&it, 25, 250), 20);
	assert_int_equal(it.decision.metric, HPA_NO_METRIC);
	assert_int_equal(it.decision.active.reason, REASON_NONE); /* nothing was said about metrics yet */
	assert_int_equal(step_with(&it, 1, 250), 2);
	assert_int_equal(step_with(&it, 0, 250), 0);
	assert_int_equal(it.decision.active.reason, REASON_SCALING_DISABLED);
	assert_false(it.decision.active.status);
	arena_free(&it.arena);
}

/* Upstream: AbleToScale False, the other conditions as they were, and nothing stored. */
static void a_scale_that_cannot_be_read(void **state)
{
	(void)state;
	struct world it;
	char text[200];
	unsigned char before[40000], after[40000];
	prepare(&it, 1, true);
	create(&it);
	it.input.lost = true;
	assert_int_equal(step_with(&it, 0, 0), 0);
	assert_int_equal(it.decision.active.reason, REASON_NONE);
	it.input.lost = false;
	step_with(&it, 4, 250);
	size_t size = hpa_save(it.hpa, before, sizeof before);
	it.input.now -= 15 * SECOND_MS; /* the time of the last call is stored, too */
	it.input.lost = true;
	step_with(&it, 0, 0);
	assert_false(it.decision.rescale);
	assert_true(hpa_is_lost(&it.decision));
	assert_false(it.decision.able.status);
	assert_string_equal(hpa_reason_text(it.decision.able.reason), "FailedGetScale");
	assert_int_equal(it.decision.active.reason, REASON_VALID_METRIC_FOUND);
	assert_int_equal(it.decision.metric, HPA_NO_METRIC);
	assert_int_equal(hpa_save(it.hpa, after, sizeof after), size);
	assert_memory_equal(before, after, size);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text, "left as it is: unable to get the target's current scale (FailedGetScale)");
	arena_free(&it.arena);
}

static void the_largest_metric_wins(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 2, true);
	create(&it);
	it.values[0] = 6100;
	assert_int_equal(step_with(&it, 4, 300), 7);
	assert_int_equal(it.decision.metric, 1);
	it.values[0] = 100;
	assert_int_equal(step_with(&it, 4, 300), 5);
	assert_int_equal(it.decision.metric, 0);
	it.values[0] = 5000;
	assert_int_equal(step_with(&it, 4, 300), 5); /* a tie: the first */
	assert_int_equal(it.decision.metric, 0);
	arena_free(&it.arena);
}

static void a_failed_metric_only_lets_it_grow(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 2, true);
	it.spec.scale_down.window_s = 0;
	create(&it);
	it.metrics[1].unavailable = true;
	assert_int_equal(step_with(&it, 4, 400), 7);
	assert_int_equal(it.decision.active.reason, REASON_VALID_METRIC_FOUND);
	assert_int_equal(step_with(&it, 4, 250), 4);
	assert_int_equal(it.decision.active.reason, REASON_VALID_METRIC_FOUND);
	assert_int_equal(step_with(&it, 4, 10), 4);
	assert_int_equal(it.decision.active.reason, REASON_FAILED_GET_EXTERNAL_METRIC);
	assert_int_equal(it.decision.metric, HPA_NO_METRIC);
	assert_int_equal(it.decision.able.reason, REASON_SUCCEEDED_GET_SCALE);
	it.metrics[0].unavailable = true;
	assert_int_equal(step_with(&it, 4, 400), 4);
	assert_int_equal(it.decision.active.reason, REASON_FAILED_GET_RESOURCE_METRIC);
	assert_int_equal(it.decision.proposal.error, CALC_UNAVAILABLE);
	it.metrics[0].unavailable = it.metrics[1].unavailable = false;
	assert_int_equal(step_with(&it, 4, 10), 2);
	arena_free(&it.arena);
}

static void to_zero_and_back(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 2, true);
	it.spec.metrics = &it.specs[1];
	it.metrics[0] = it.metrics[1];
	it.spec.n_metrics = 1;
	it.spec.min_replicas = 0;
	it.spec.scale_down.window_s = 0;
	create(&it);
	assert_int_equal(step_with(&it, 0, 0), 0); /* someone else put it there */
	assert_int_equal(it.decision.active.reason, REASON_SCALING_DISABLED);
	it.values[0] = 0;
	assert_int_equal(step_with(&it, 2, 0), 0);
	assert_true(hpa_scaled_to_zero(it.hpa));
	assert_int_equal(step_with(&it, 0, 0), 0);
	assert_int_equal(it.decision.active.reason, REASON_VALID_METRIC_FOUND);
	it.values[0] = 2500;
	assert_int_equal(step_with(&it, 0, 0), 3);
	assert_false(hpa_scaled_to_zero(it.hpa));
	it.spec.min_replicas = 4; /* raised while at zero */
	hpa_set_scaled_to_zero(it.hpa, true);
	assert_int_equal(step_with(&it, 0, 0), 4);
	arena_free(&it.arena);
}

static void tolerance_of_the_behavior(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 1, true);
	it.spec.scale_up.tolerance = 0.5;
	create(&it);
	assert_int_equal(step_with(&it, 4, 370), 4);
	arena_free(&it.arena);
	it.arena = (struct arena){0};
	it.spec.has_behavior = false; /* then it is not in force */
	create(&it);
	assert_int_equal(step_with(&it, 4, 370), 6);
	arena_free(&it.arena);
}

/* ---- smoothing ---- */

static void our_own_scaling_is_no_change_of_load(void **state)
{
	(void)state;
	struct world it;
	prepare(&it, 1, true);
	it.spec.smoothing = "exponential,alpha=0.3";
	create(&it);
	for (int i = 0; i < 20; i++)
		step_with(&it, 4, 500);
	assert_int_equal(it.decision.proposal.usage, 100);
	step_with(&it, 8, 250); /* the same load on twice the pods */
	assert_int_equal(it.decision.proposal.usage, 50);
	assert_int_equal(it.decision.desired, 8);
	it.samples[7].value = -1; /* seven of eight measured: still the same load */
	it.input.now += 15 * SECOND_MS;
	hpa_step(it.hpa, &it.input, &it.decision);
	if (it.decision.rescale)
		hpa_rescaled(it.hpa, it.input.now, it.decision.current, it.decision.desired);
	assert_int_equal(it.decision.proposal.usage, 50);
	step_with(&it, 8, 500); /* twice the load, seen in part */
	assert_in_range(it.decision.proposal.usage, 51, 99);
	arena_free(&it.arena);
}

static void smoothing_off_changes_nothing(void **state)
{
	(void)state;
	struct world plain, none;
	prepare(&plain, 2, true);
	prepare(&none, 2, true);
	none.spec.smoothing = "none";
	snprintf(none.settings.smoothing, sizeof none.settings.smoothing, "exponential,alpha=0.3");
	create(&plain);
	create(&none);
	for (int i = 0; i < 100; i++) {
		plain.values[0] = none.values[0] = i * 77 % 9000;
		step_with(&plain, 4 + i % 9, i * 31 % 500);
		step_with(&none, 4 + i % 9, i * 31 % 500);
		assert_memory_equal(&plain.decision.proposal, &none.decision.proposal, sizeof(struct proposal));
		assert_int_equal(plain.decision.desired, none.decision.desired);
	}
	arena_free(&plain.arena);
	arena_free(&none.arena);
}

static void unknown_smoothing_is_refused(void **state)
{
	(void)state;
	struct world it;
	struct err err = {0};
	prepare(&it, 1, true);
	it.spec.smoothing = "magic";
	assert_null(hpa_new(&it.spec, &it.settings, &it.arena, &err));
	assert_non_null(strstr(err.message, "web"));
	arena_free(&it.arena);
}

static void memory_runs_out_anywhere(void **state)
{
	(void)state;
	struct world it;
	size_t needed = 0;
	for (size_t limit = 16;; limit += 16) {
		struct err err = {0};
		prepare(&it, 3, true);
		it.spec.smoothing = "exponential,alpha=0.3";
		it.arena.limit = limit;
		bool made = hpa_new(&it.spec, &it.settings, &it.arena, &err) != NULL;
		arena_free(&it.arena);
		assert_int_equal(made, err.message[0] == 0);
		if (made) {
			needed = limit;
			break;
		}
	}
	assert_in_range(needed, 100, 20000);
}

/* ---- save and restore ---- */

static uint32_t dice(uint64_t *state, uint32_t sides)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % sides;
}

static void random_step(struct world *it, uint64_t *state)
{
	it->input.now += (ms_t)dice(state, 40) * SECOND_MS;
	it->values[0] = dice(state, 15000);
	it->metrics[1].unavailable = dice(state, 10) == 0;
	step_with(it, it->decision.desired, dice(state, 500));
	if (dice(state, 30) == 0)
		it->decision.desired = (int32_t)dice(state, 25);
}

static void random_world(struct world *it, uint64_t seed)
{
	prepare(it, 3, seed % 3 != 0);
	it->spec.min_replicas = (int32_t)(seed % 2);
	it->spec.scale_up.window_s = seed % 5 ? 0 : 60;
	it->up[0].period_s = seed % 4 ? 15 : 1800;
	it->spec.smoothing = seed % 2 ? "exponential,alpha=0.3" : NULL;
	it->decision.desired = 4;
}

static void a_restored_autoscaler_goes_on(void **state)
{
	(void)state;
	print_message("seeds 1..60\n");
	for (uint64_t seed = 1; seed <= 60; seed++) {
		unsigned char bytes[40000];
		struct world one, two;
		struct err err = {0};
		uint64_t luck = seed;
		random_world(&one, seed);
		create(&one);
		for (uint32_t i = 0, n = 1 + dice(&luck, 200); i < n; i++)
			random_step(&one, &luck);
		size_t size = hpa_save(one.hpa, bytes, sizeof bytes);
		assert_in_range(size, 1, sizeof bytes);
		random_world(&two, seed);
		create(&two);
		assert_int_equal(hpa_restore(two.hpa, bytes, size, &err), 0);
		two.input.now = one.input.now;
		two.decision = one.decision;
		uint64_t luck_two = luck;
		for (int i = 0; i < 200; i++) {
			random_step(&one, &luck);
			random_step(&two, &luck_two);
			assert_memory_equal(&one.decision.proposal, &two.decision.proposal, sizeof(struct proposal));
			assert_int_equal(one.decision.desired, two.decision.desired);
			assert_int_equal(one.decision.stabilized, two.decision.stabilized);
			assert_int_equal(one.decision.able.reason, two.decision.able.reason);
			assert_int_equal(one.decision.active.reason, two.decision.active.reason);
			assert_int_equal(one.decision.limited.reason, two.decision.limited.reason);
		}
		arena_free(&one.arena);
		arena_free(&two.arena);
	}
}

static size_t saved_example(struct world *it, unsigned char *bytes, size_t capacity)
{
	uint64_t luck = 5;
	random_world(it, 5);
	create(it);
	for (int i = 0; i < 100; i++)
		random_step(it, &luck);
	size_t size = hpa_save(it->hpa, bytes, capacity);
	assert_in_range(size, 1, capacity);
	return size;
}

static void put_checksum(unsigned char *bytes, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u;
	for (size_t i = 0; i < size - 8; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	for (int i = 0; i < 8; i++)
		bytes[size - 8 + (size_t)i] = (unsigned char)(sum >> (8 * i));
}

static void damaged_states_are_refused(void **state)
{
	(void)state;
	struct world it;
	struct err err = {0};
	unsigned char bytes[40000], bad[40000], after[40000];
	size_t size = saved_example(&it, bytes, sizeof bytes);
	assert_int_equal(hpa_save(it.hpa, bad, size - 1), size); /* says what it needs, writes nothing */
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(hpa_restore(it.hpa, bytes, cut, &err), -1);
	for (size_t bit = 0; bit < size * 8; bit++) {
		memcpy(bad, bytes, size);
		bad[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(hpa_restore(it.hpa, bad, size, &err), -1);
	}
	assert_int_equal(hpa_save(it.hpa, after, sizeof after), size);
	assert_memory_equal(after, bytes, size); /* as it was */
	arena_free(&it.arena);
}

/* Whoever can compute a checksum gets no further: what is taken over is a possible history. */
static void forged_states_are_survived(void **state)
{
	(void)state;
	struct world it;
	unsigned char bytes[40000], bad[40000], first[40000], second[40000];
	size_t size = saved_example(&it, bytes, sizeof bytes);
	uint64_t luck = 99;
	print_message("seed 99\n");
	int taken = 0;
	for (int round = 0; round < 20000; round++) {
		struct err err = {0};
		size_t length = dice(&luck, 4) ? size : 12 + dice(&luck, (uint32_t)size);
		memcpy(bad, bytes, size);
		for (uint32_t i = 1 + dice(&luck, 6); i > 0; i--)
			bad[12 + dice(&luck, (uint32_t)size - 12)] =
			    (unsigned char)(dice(&luck, 3) ? dice(&luck, 256) : 255);
		put_checksum(bad, length);
		size_t before = hpa_save(it.hpa, first, sizeof first);
		if (hpa_restore(it.hpa, bad, length, &err) == 0) {
			taken++;
			it.decision.desired = 4;
			random_step(&it, &luck);
		} else {
			assert_true(err.message[0] != 0);
			assert_int_equal(hpa_save(it.hpa, second, sizeof second), before);
			assert_memory_equal(first, second, before);
		}
	}
	assert_in_range(taken, 1, 19999);
	arena_free(&it.arena);
}

/* ---- words ---- */

static void decisions_are_explained(void **state)
{
	(void)state;
	struct world it;
	char text[400], small[10];
	prepare(&it, 2, true);
	create(&it);
	it.values[0] = 6100;
	step_with(&it, 4, 300);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text,
			    "from 4 to 7: external metric queue is 1.525 a pod of 1 wanted, ratio 1.525: asks for 7");
	step_with(&it, 7, 900);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text,
			    "from 7 to 14: cpu is 180% of 50% wanted, ratio 3.6 (pods: 7 ready): asks for 26; the "
			    "scaling policies allow 14 (ScaleUpLimit)");
	it.values[0] = 0;
	step_with(&it, 14, 10);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text,
			    "stays at 14: cpu is 2% of 50% wanted, ratio 0.04 (pods: 14 ready): asks for 1; recent "
			    "recommendations make it 14 (ScaleDownStabilized)");
	it.metrics[0].unavailable = it.metrics[1].unavailable = true;
	step_with(&it, 14, 10);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text,
			    "stays at 14: no replica count can be computed (FailedGetResourceMetric): the metrics API "
			    "has no answer");
	assert_int_equal(hpa_explain(&it.spec, &it.decision, small, sizeof small), strlen(text));
	assert_string_equal(small, "stays at ");
	step_with(&it, 30, 10);
	hpa_explain(&it.spec, &it.decision, text, sizeof text);
	assert_string_equal(text, "from 30 to 20: current number of replicas above maxReplicas 20");
	arena_free(&it.arena);
}

static void every_reason_has_a_text(void **state)
{
	(void)state;
	for (int i = 1; i < REASON_COUNT; i++)
		assert_true(hpa_reason_text((enum hpa_reason)i)[0] != 0);
	assert_string_equal(hpa_reason_text(REASON_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_autoscaler),
	    cmocka_unit_test(bounds_come_before_metrics),
	    cmocka_unit_test(a_scale_that_cannot_be_read),
	    cmocka_unit_test(the_largest_metric_wins),
	    cmocka_unit_test(a_failed_metric_only_lets_it_grow),
	    cmocka_unit_test(to_zero_and_back),
	    cmocka_unit_test(tolerance_of_the_behavior),
	    cmocka_unit_test(our_own_scaling_is_no_change_of_load),
	    cmocka_unit_test(smoothing_off_changes_nothing),
	    cmocka_unit_test(unknown_smoothing_is_refused),
	    cmocka_unit_test(memory_runs_out_anywhere),
	    cmocka_unit_test(a_restored_autoscaler_goes_on),
	    cmocka_unit_test(damaged_states_are_refused),
	    cmocka_unit_test(forged_states_are_survived),
	    cmocka_unit_test(decisions_are_explained),
	    cmocka_unit_test(every_reason_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
