#include "live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* ---- the clock ---- */

#define NOON (1700000000000 + 12 * HOUR_MS)

static void test_clock_steps(void **state)
{
	static const ms_t steps[] = {HOUR_MS, -HOUR_MS, 5 * SECOND_MS, -SECOND_MS};
	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct live_clock clock = {0};
		assert_int_equal(live_clock_read(&clock, 1000, NOON), NOON);
		ms_t now = live_clock_read(&clock, 16000, NOON + 15000 + steps[i]);
		assert_int_equal(now, NOON + 15000);
		assert_int_equal(clock.ahead, -steps[i]);
		assert_int_equal(clock.steps, 1);
		now = live_clock_read(&clock, 31000, NOON + 30000 + steps[i]);
		assert_int_equal(now, NOON + 30000);
		assert_int_equal(clock.steps, 1);
	}
}

/* A clock that is a little off is followed slowly, and never turns back. */
static void test_clock_slews(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		struct live_clock clock = {0};
		ms_t before = live_clock_read(&clock, 0, NOON), off = 0;
		for (ms_t mono = 10; mono <= 200 * SECOND_MS; mono += 10) {
			ms_t wall = NOON + mono + sign * 500;
			ms_t now = live_clock_read(&clock, mono, wall);
			assert_true(now >= before);
			assert_true(now - before <= 20);
			before = now;
			off = now - wall;
		}
		assert_int_equal(off, 0);
		assert_int_equal(clock.steps, 0);
		assert_int_equal(clock.ahead, 0);
	}
}

/* ---- specs that change while it runs ---- */

static const struct metric_spec cpu = {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true};
static const struct scaling_rules rules = {.select = SELECT_MAX, .tolerance = -1};
static const struct hpa_spec specs[] = {
    {.name = "a", .namespace_ = "x", .min_replicas = 1, .max_replicas = 9, .metrics = &cpu, .n_metrics = 1},
    {.name = "b", .namespace_ = "x", .min_replicas = 1, .max_replicas = 9, .metrics = &cpu, .n_metrics = 1},
};

struct rig {
	struct loop loop;
	struct settings settings;
	struct hpa_spec specs[2];
	uint32_t workload_of[2];
	uint64_t generation;
	uint32_t n;
	struct workload_view workloads[2];
	struct metric_input metric;
	int turns, adopted, ticks;
	bool first[8], refuse_next;
};

static int wait_a_little(void *self, ms_t wait, struct err *err)
{
	struct rig *rig = self;
	(void)wait, (void)err;
	rig->turns++;
	return 0;
}

static bool yes(void *self)
{
	(void)self;
	return true;
}

static bool no(void *self)
{
	(void)self;
	return false;
}

static int configure(void *self, struct core_config *config, uint64_t *generation, struct err *err)
{
	struct rig *rig = self;
	(void)err;
	config->autoscalers = rig->specs;
	config->workload_of = rig->workload_of;
	config->n_autoscalers = rig->n;
	config->settings = &rig->settings;
	*generation = rig->generation;
	return 0;
}

static int adopt(void *self, struct core *core, const struct core_config *config, bool first, ms_t now, struct err *err)
{
	struct rig *rig = self;
	(void)core, (void)now;
	assert_int_equal(config->n_autoscalers, rig->n);
	if (rig->refuse_next) {
		rig->refuse_next = false;
		return err_set(err, "no room");
	}
	rig->first[rig->adopted++] = first;
	return 0;
}

static void ticked(void *self, const struct loop *loop, ms_t now, ms_t took)
{
	struct rig *rig = self;
	(void)now, (void)took;
	rig->ticks++;
	if (rig->ticks == 2) {
		rig->n = 2;
		rig->generation++;
		rig->refuse_next = true;
	}
	if (rig->ticks == 3)
		assert_string_equal(loop->last_error.message, "no room");
}

static bool stop(void *self)
{
	const struct rig *rig = self;
	return rig->ticks >= 5;
}

static int observe(void *self, ms_t now, struct snapshot *snapshot, struct err *err)
{
	struct rig *rig = self;
	(void)now, (void)err;
	snapshot->workloads = rig->workloads;
	snapshot->n_workloads = rig->n;
	return 0;
}

/* A new set of specs makes a new core; a refused one is tried again, and the old one makes no tick meanwhile. */
static void test_specs_change(void **state)
{
	struct rig rig = {.n = 1, .generation = 1, .workload_of = {0, 1}, .metric = {.unavailable = true}};
	const struct live_world world = {&rig, wait_a_little, yes, configure, adopt, ticked, no, stop};
	struct live_clock clock = {0};
	struct err err;
	(void)state;
	settings_default(&rig.settings);
	rig.settings.hpa.sync_period = 10; /* faster than a user may ask for */
	rig.settings.hpa.phase = 0;
	rig.settings.ca.enabled = false;
	for (int i = 0; i < 2; i++) {
		rig.specs[i] = specs[i];
		rig.specs[i].scale_up = rig.specs[i].scale_down = rules;
		rig.workloads[i] =
		    (struct workload_view){.spec_replicas = 3, .status_replicas = 3, .metrics = &rig.metric};
	}
	rig.loop = (struct loop){.source = {&rig, observe}};
	assert_int_equal(live_run(&rig.loop, &clock, &world, &err), 0);
	assert_int_equal(rig.adopted, 2);
	assert_true(rig.first[0]);
	assert_false(rig.first[1]);
	assert_int_equal(rig.loop.ticks, 4);
	assert_int_equal(rig.loop.decisions, 1 + 1 + 2 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clock_steps),
	    cmocka_unit_test(test_clock_slews),
	    cmocka_unit_test(test_specs_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
