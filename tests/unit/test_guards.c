#include "core.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* Autoscalers on CPU and memory behind the core's guards. */

enum { PODS = 12, SCALERS = 3 };
#define NOW (10 * DAY_MS)

static const struct metric_spec metrics[] = {
    {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true},
    {METRIC_RESOURCE, TARGET_AVERAGE_VALUE, 1000 * GIB, "memory", NULL, false},
};
static const uint32_t workload_of[] = {0, 1, 2};

struct rig {
	struct settings settings;
	struct arena arena;
	struct hpa_spec specs[SCALERS];
	struct core *core;
	struct pod pods[SCALERS][PODS];
	struct sample cpu[SCALERS][PODS], memory[SCALERS][PODS];
	int64_t request;
	struct metric_input inputs[SCALERS][2];
	struct workload_view workloads[SCALERS];
	struct snapshot snapshot;
	struct plan plan;
	uint32_t n;
};

static void assign(struct settings *settings, const char *words)
{
	struct err err;
	char copy[512];
	snprintf(copy, sizeof copy, "%s", words);
	for (char *rest = copy, *word; (word = strtok_r(rest, " ", &rest));)
		if (settings_set(settings, word, &err) < 0)
			fail_msg("%s", err.message);
}

/* n autoscalers of 10 ready pods each at `use` milli-cores of a request of 1000. */
static void open_rig(struct rig *rig, uint32_t n, int64_t use, const char *words)
{
	struct err err;
	memset(rig, 0, sizeof *rig);
	settings_default(&rig->settings);
	assign(&rig->settings, "ca.enabled=false hpa.downscale_stabilization=0s");
	assign(&rig->settings, words);
	rig->n = n;
	rig->request = 1000;
	for (uint32_t a = 0; a < n; a++) {
		rig->specs[a] = (struct hpa_spec){.name = "a",
						  .namespace_ = "x",
						  .min_replicas = 1,
						  .max_replicas = 100,
						  .metrics = metrics,
						  .n_metrics = 2,
						  .scale_up = {.window_s = -1, .tolerance = -1},
						  .scale_down = {.window_s = -1, .tolerance = -1}};
		for (uint32_t i = 0; i < PODS; i++) {
			rig->pods[a][i] = (struct pod){NOW - DAY_MS, NOW - DAY_MS, POD_RUNNING, POD_READY_TRUE, false};
			rig->cpu[a][i] = (struct sample){use, NOW - 10 * SECOND_MS, 15000};
			rig->memory[a][i] = (struct sample){GIB, NOW - 10 * SECOND_MS, 15000};
		}
		rig->inputs[a][0] = (struct metric_input){.samples = rig->cpu[a], .requests = &rig->request};
		rig->inputs[a][1] = (struct metric_input){.samples = rig->memory[a]};
		rig->workloads[a] = (struct workload_view){10, 10, rig->pods[a], 10, false, rig->inputs[a]};
	}
	rig->snapshot =
	    (struct snapshot){.time = NOW, .due = DUE_REPLICAS, .workloads = rig->workloads, .n_workloads = n};
	const struct core_config config = {
	    .autoscalers = rig->specs, .workload_of = workload_of, .n_autoscalers = n, .settings = &rig->settings};
	rig->core = core_new(&config, &rig->arena, &err);
	assert_non_null(rig->core);
}

static void close_rig(struct rig *rig)
{
	arena_free(&rig->arena);
}

static const struct hpa_decision *step(struct rig *rig)
{
	struct err err;
	if (core_step(rig->core, &rig->snapshot, &rig->plan, &err) < 0)
		fail_msg("%s", err.message);
	return rig->plan.decisions;
}

static void says(const struct rig *rig, uint32_t index, const char *words)
{
	char text[600];
	hpa_explain(&rig->specs[index], &rig->plan.decisions[index], text, sizeof text);
	if (!strstr(text, words))
		fail_msg("'%s' is not in '%s'", words, text);
}

static void right_samples_pass(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	const struct hpa_decision *decision = step(&rig);
	assert_int_equal(decision->desired, 4);
	assert_int_equal(decision->guard.reason, GUARD_NONE);
	assert_int_equal(decision->guard.samples, 0);
	assert_int_equal(rig.plan.n_actions, 1);
	close_rig(&rig);
}

static void stale_samples_hold(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	for (int i = 2; i < 5; i++)
		rig.cpu[0][i].at = NOW - 2 * MINUTE_MS - 1;
	rig.cpu[0][3].at = NOW - 14 * MINUTE_MS;
	const struct hpa_decision *decision = step(&rig);
	assert_int_equal(decision->desired, 10);
	assert_false(decision->rescale);
	assert_int_equal(rig.plan.n_actions, 0);
	assert_int_equal(decision->guard.reason, GUARD_HELD);
	assert_int_equal(decision->guard.samples, 20);
	assert_int_equal(decision->guard.stale, 3);
	assert_true(decision->guard.oldest == 14 * MINUTE_MS);
	assert_int_equal(decision->proposal.missing, 3);
	assert_true(decision->limited.status);
	assert_string_equal(hpa_reason_text(decision->limited.reason), "StaleMetrics");
	says(&rig, 0, "stays at 10: cpu is 20% of 50% wanted");
	says(&rig, 0, "; held: 3 of 20 samples older than 2m (the oldest 14m) (StaleMetrics)");
	assert_int_equal(rig.cpu[0][2].value, 200); /* the world's own arrays are left as they are */
	close_rig(&rig);
}

/* The last moment that is believed, either way. */
static void ages_at_the_edge(void **state)
{
	(void)state;
	const struct {
		ms_t at;
		const char *words;
		bool held;
	} cases[] = {
	    {NOW - 2 * MINUTE_MS, "", false},
	    {NOW - 2 * MINUTE_MS - 1, "", true},
	    {NOW + MINUTE_MS, "", false},
	    {NOW + MINUTE_MS + 1, "", true},
	    {MS_UNSET, "", true},
	    {INT64_MAX, "", true},
	    {0, "", true},
	    {NOW - HOUR_MS, "guard.max_metric_age=0s", false},
	    {NOW + HOUR_MS, "guard.max_metric_age=0s", false},
	    {NOW - HOUR_MS, "guard.max_metric_age=1h", false},
	    {NOW - HOUR_MS - 1, "guard.max_metric_age=1h", true},
	    {NOW - 9 * MINUTE_MS, "metrics.resolution=5m", false}, /* a slow pipeline is no broken one */
	    {NOW - 11 * MINUTE_MS, "metrics.resolution=5m", true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig;
		open_rig(&rig, 1, 200, cases[i].words);
		rig.cpu[0][7].at = cases[i].at;
		const struct hpa_decision *decision = step(&rig);
		if ((decision->desired == 10) != cases[i].held ||
		    (decision->guard.reason == GUARD_HELD) != cases[i].held)
			fail_msg("case %zu: %d", i, decision->desired);
		close_rig(&rig);
	}
}

/* Nothing that the calculator would look at. */
static void what_does_not_count_is_not_missed(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	rig.workloads[0].n_pods = 12;
	rig.pods[0][10].deleted = true;
	rig.pods[0][11].phase = POD_FAILED;
	rig.cpu[0][10].at = rig.cpu[0][11].at = rig.memory[0][10].at = 0;
	rig.pods[0][9].phase = POD_PENDING;
	rig.cpu[0][9] = (struct sample){INT64_MAX, 0, 0};
	rig.cpu[0][8] = (struct sample){-1, MS_UNSET, 0}; /* fresh, not measured yet */
	const struct hpa_decision *decision = step(&rig);
	assert_int_equal(decision->guard.samples, 0);
	assert_true(decision->desired < 10);
	close_rig(&rig);
}

static void absurd_samples_hold(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	rig.cpu[0][1].value = 1000001;
	rig.memory[0][4].value = INT64_MAX;
	rig.cpu[0][5].at = NOW + HOUR_MS;
	const struct hpa_decision *decision = step(&rig);
	assert_int_equal(decision->desired, 10);
	assert_int_equal(decision->guard.absurd, 2);
	assert_int_equal(decision->guard.ahead, 1);
	says(&rig, 0, "held: 1 of 20 samples more than 1m ahead, 2 of more than a pod can use");
	close_rig(&rig);
	open_rig(&rig, 1, 200, "");
	rig.cpu[0][1].value = 1000000; /* the most, and the others less than nothing in comparison */
	assert_int_equal(step(&rig)->desired, 20);
	assert_int_equal(rig.plan.decisions->guard.samples, 0);
	close_rig(&rig);
	open_rig(&rig, 1, 200, "guard.max_pod_cpu=150m");
	decision = step(&rig);
	assert_int_equal(decision->desired, 10);
	assert_int_equal(decision->guard.absurd, 10);
	close_rig(&rig);
	open_rig(&rig, 1, 200, "guard.max_pod_memory=2Mi");
	rig.memory[0][4].value = 2001 * 1024 * 1024LL;
	assert_int_equal(step(&rig)->guard.absurd, 1);
	assert_string_equal(hpa_reason_text(rig.plan.decisions->limited.reason), "AbsurdMetrics");
	close_rig(&rig);
	open_rig(&rig, 1, 200, "guard.max_pod_memory=0 guard.max_pod_cpu=0");
	rig.memory[0][4].value = INT64_MAX;
	rig.cpu[0][4].value = INT64_MAX;
	assert_int_equal(step(&rig)->guard.samples, 0);
	close_rig(&rig);
}

/* Upwards it goes on with what is left; all stale, it stays, and says so. */
static void up_is_not_held(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 900, "");
	rig.cpu[0][2].at = 0;
	const struct hpa_decision *decision = step(&rig);
	assert_true(decision->desired > 10);
	assert_true(decision->rescale);
	assert_int_equal(decision->guard.reason, GUARD_NONE);
	assert_int_equal(decision->guard.stale, 1);
	says(&rig, 0, "; left out: 1 of 20 samples older than 2m (the oldest 10d)");
	close_rig(&rig);
	open_rig(&rig, 1, 900, "");
	for (int i = 0; i < 10; i++)
		rig.cpu[0][i].at = rig.memory[0][i].at = NOW - 5 * MINUTE_MS;
	decision = step(&rig);
	assert_int_equal(decision->desired, 10);
	assert_false(decision->active.status);
	says(&rig, 0, "no ready pod has a sample");
	says(&rig, 0, "left out: 20 of 20 samples older than 2m (the oldest 5m)");
	close_rig(&rig);
}

/* The limits of the spec hold whatever the metrics are. */
static void the_maximum_needs_no_metrics(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	rig.specs[0].max_replicas = 8;
	rig.cpu[0][2].at = 0;
	assert_int_equal(step(&rig)->desired, 8);
	close_rig(&rig);
}

static void one_metric_unavailable(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 200, "");
	rig.inputs[0][1] = (struct metric_input){.unavailable = true};
	assert_int_equal(step(&rig)->desired, 10);
	says(&rig, 0, "the metrics API has no answer");
	rig.cpu[0][2].at = 0;
	assert_int_equal(step(&rig)->desired, 10);
	close_rig(&rig);
}

static void changes_are_limited(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 1, 1000, "guard.max_change=3");
	const struct hpa_decision *decision = step(&rig);
	assert_int_equal(decision->desired, 13);
	assert_int_equal(decision->guard.wanted, 20);
	assert_int_equal(rig.plan.actions[0].to, 13);
	says(&rig, 0, "from 10 to 13: cpu is 100% of 50% wanted");
	says(&rig, 0, "; of the change to 20, guard.max_change lets 3 pass in this tick (ChangeLimit)");
	close_rig(&rig);
	open_rig(&rig, 1, 100, "guard.max_change=3");
	assert_int_equal(step(&rig)->desired, 7);
	close_rig(&rig);
	open_rig(&rig, 1, 800, "guard.max_change=6");
	assert_int_equal(step(&rig)->desired, 16);
	assert_int_equal(rig.plan.decisions->guard.reason, GUARD_NONE);
	close_rig(&rig);
	open_rig(&rig, 1, 1000, "guard.max_change=3");
	rig.specs[0].max_replicas = 15; /* the limit that came before it is told, too */
	assert_int_equal(step(&rig)->desired, 13);
	says(&rig, 0, "maxReplicas is 15 (TooManyReplicas); of the change to 15, guard.max_change");
	close_rig(&rig);
}

/* First come, first served; whoever got nothing waits, and has his turn. */
static void all_changes_are_limited(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, 3, 1000, "guard.max_total_change=13");
	const struct hpa_decision *decisions = step(&rig);
	assert_int_equal(decisions[0].desired, 20);
	assert_int_equal(decisions[1].desired, 13);
	assert_int_equal(decisions[2].desired, 10);
	assert_false(decisions[2].rescale);
	assert_int_equal(rig.plan.n_actions, 2);
	assert_int_equal(decisions[0].guard.reason, GUARD_NONE);
	assert_int_equal(decisions[2].guard.reason, GUARD_MAX_TOTAL_CHANGE);
	says(&rig, 1, "of the change to 20, guard.max_total_change lets 3 pass in this tick (TotalChangeLimit)");
	says(&rig, 2, "of the change to 20, guard.max_total_change lets 0 pass in this tick (TotalChangeLimit)");
	for (int a = 0; a < 2; a++)
		for (int i = 0; i < PODS; i++)
			rig.cpu[a][i].value = 500;
	rig.snapshot.time += 15 * SECOND_MS;
	decisions = step(&rig);
	assert_int_equal(decisions[2].desired, 20);
	close_rig(&rig);
	open_rig(&rig, 3, 100, "guard.max_total_change=10 guard.max_change=4");
	decisions = step(&rig);
	assert_int_equal(decisions[0].desired, 6);
	assert_int_equal(decisions[1].desired, 6);
	assert_int_equal(decisions[2].desired, 8);
	assert_int_equal(decisions[2].guard.wanted, 2);
	close_rig(&rig);
}

/* ---- at random ---- */

static uint64_t draw(uint64_t *state, uint64_t n)
{
	*state += 1;
	return mix64(*state) % n;
}

static void random_samples(struct rig *rig, uint64_t *random, uint32_t a, bool wrong)
{
	uint64_t odd = draw(random, 3); /* none, few, or many are peculiar */
	int64_t level = (int64_t)draw(random, 1200);
	for (uint32_t i = 0; i < PODS; i++) {
		struct pod *pod = &rig->pods[a][i];
		*pod = (struct pod){NOW - DAY_MS, NOW - DAY_MS, POD_RUNNING, POD_READY_TRUE, false};
		if (odd && draw(random, 8) == 0)
			*pod = (struct pod){NOW - (ms_t)draw(random, 400000), NOW - (ms_t)draw(random, 400000),
					    (uint8_t)draw(random, 4), (uint8_t)draw(random, 3), draw(random, 4) == 0};
		struct sample *samples[] = {&rig->cpu[a][i], &rig->memory[a][i]};
		for (int m = 0; m < 2; m++) {
			*samples[m] = (struct sample){m ? level * GIB : level, rig->snapshot.time - 5000, 15000};
			if (odd && draw(random, 6) == 0)
				samples[m]->at -= (ms_t)draw(random, 100000);
			if (odd && draw(random, 8) == 0)
				samples[m]->value = -1;
			if (odd == 2 && wrong && draw(random, 4) == 0)
				samples[m]->at -= 2 * MINUTE_MS + (ms_t)draw(random, 10 * MINUTE_MS);
			if (odd == 2 && wrong && draw(random, 9) == 0)
				samples[m]->value = INT64_MAX - (int64_t)draw(random, 9);
		}
	}
	rig->workloads[a].n_pods = (uint32_t)draw(random, PODS + 1);
}

/* How many samples that count are wrong, found in the plainest way. */
static uint32_t count_wrong(const struct rig *rig, uint32_t a)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < rig->workloads[a].n_pods; i++) {
		const struct pod *pod = &rig->pods[a][i];
		if (pod->deleted || pod->phase == POD_PENDING || pod->phase == POD_FAILED)
			continue;
		const struct sample *both[] = {&rig->cpu[a][i], &rig->memory[a][i]};
		for (int m = 0; m < 2; m++)
			n += both[m]->value >= 0 && (both[m]->at < rig->snapshot.time - 2 * MINUTE_MS ||
						     both[m]->value > (m ? ((int64_t)64 << 40) * 1000 : 1000000));
	}
	return n;
}

/* Whatever comes: with nothing wrong the answer is the plain autoscaler's to the bit; with something wrong it never
 * goes down; always within the limits, and no further than the guards allow. */
static void random_worlds(void **state)
{
	(void)state;
	uint64_t random = 1;
	uint32_t clean = 0, held = 0, capped = 0, up = 0;
	for (int world = 0; world < 60; world++) {
		struct rig rig;
		struct err err;
		bool limits = world % 3 == 2;
		open_rig(&rig, SCALERS, 500, limits ? "guard.max_change=4 guard.max_total_change=6" : "");
		struct arena arena = {0};
		struct hpa *plain[SCALERS];
		for (uint32_t a = 0; a < SCALERS; a++)
			plain[a] = hpa_new(&rig.specs[a], &rig.settings.hpa, &arena, &err);
		for (int tick = 0; tick < 60; tick++) {
			rig.snapshot.time += 15000;
			for (uint32_t a = 0; a < SCALERS; a++)
				random_samples(&rig, &random, a, world % 3 != 0);
			const struct hpa_decision *decisions = step(&rig);
			int32_t total = 0;
			for (uint32_t a = 0; a < SCALERS; a++) {
				const struct hpa_decision *d = &decisions[a];
				uint32_t wrong = count_wrong(&rig, a);
				const struct workload_view *w = &rig.workloads[a];
				const struct hpa_input input = {rig.snapshot.time,
								w->spec_replicas,
								w->status_replicas,
								w->pods,
								w->n_pods,
								w->metrics,
								false};
				struct hpa_decision expected;
				memset(&expected, 0, sizeof expected);
				hpa_step(plain[a], &input, &expected);
				assert_int_equal(d->guard.stale + d->guard.ahead + d->guard.absurd, wrong);
				assert_in_range(d->desired, 1, 100);
				if (world % 3 == 0) {
					clean++;
					assert_int_equal(d->desired, expected.desired);
					assert_int_equal(d->proposed, expected.proposed);
					assert_int_equal(d->able.reason, expected.able.reason);
					assert_int_equal(d->limited.reason, expected.limited.reason);
					assert_memory_equal(&d->proposal.ratio, &expected.proposal.ratio,
							    sizeof(double));
					assert_int_equal(d->guard.reason, GUARD_NONE);
				}
				if (wrong && d->desired < d->current)
					fail_msg("world %d, tick %d: down on wrong samples", world, tick);
				held += d->guard.reason == GUARD_HELD;
				capped += d->guard.reason > GUARD_HELD;
				up += wrong && d->desired > d->current;
				int32_t change = abs(d->desired - d->current);
				total += change;
				assert_true(!limits || change <= 4);
				rig.workloads[a].spec_replicas = rig.workloads[a].status_replicas = d->desired;
				assert_int_equal(d->rescale, d->desired != d->current);
			}
			assert_true(!limits || total <= 6);
		}
		arena_free(&arena);
		close_rig(&rig);
	}
	assert_true(clean > 3000 && held > 100 && capped > 100 && up > 100);
}

/* Short of memory in the middle of it all: a message. */
static void memory_runs_out(void **state)
{
	(void)state;
	struct rig rig;
	struct err err = {""};
	open_rig(&rig, 1, 200, "");
	rig.cpu[0][2].at = 0;
	rig.arena.limit = rig.arena.total;
	assert_true(core_step(rig.core, &rig.snapshot, &rig.plan, &err) < 0);
	assert_non_null(strstr(err.message, "out of memory"));
	close_rig(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(right_samples_pass),
	    cmocka_unit_test(stale_samples_hold),
	    cmocka_unit_test(ages_at_the_edge),
	    cmocka_unit_test(what_does_not_count_is_not_missed),
	    cmocka_unit_test(absurd_samples_hold),
	    cmocka_unit_test(up_is_not_held),
	    cmocka_unit_test(the_maximum_needs_no_metrics),
	    cmocka_unit_test(one_metric_unavailable),
	    cmocka_unit_test(changes_are_limited),
	    cmocka_unit_test(all_changes_are_limited),
	    cmocka_unit_test(random_worlds),
	    cmocka_unit_test(memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
