/* Stabilisation and rate limits: against plain lists as upstream keeps them, and the cases that lists do not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hpa.h"

#include <math.h>
#include <stdlib.h>

/* ---- the plain form: everything is remembered, everything is looked at ---- */

#define HISTORY 4000

struct entry {
	ms_t at;
	int32_t value;
};

struct list {
	struct entry entries[HISTORY];
	int count;
};

struct plain {
	const struct hpa_spec *spec;
	ms_t down_default;
	struct list history, added, removed;
};

static void append(struct list *list, ms_t at, int32_t value)
{
	assert_true(list->count < HISTORY);
	list->entries[list->count++] = (struct entry){at, value};
}

static int32_t since(const struct list *list, ms_t cutoff)
{
	int32_t sum = 0;
	for (int i = 0; i < list->count; i++)
		if (list->entries[i].at > cutoff)
			sum += list->entries[i].value;
	return sum;
}

static void keep(struct list *list, const struct scaling_rules *rules, ms_t now, int32_t value)
{
	int64_t longest = 0;
	int place = -1;
	for (uint32_t i = 0; i < rules->n_policies; i++)
		longest = max64(longest, rules->policies[i].period_s);
	for (int i = 0; i < list->count; i++)
		if (list->entries[i].at <= now - longest * SECOND_MS)
			place = i;
	if (place < 0)
		append(list, now, value);
	else
		list->entries[place] = (struct entry){now, value};
}

static int32_t rate(const struct plain *plain, const struct scaling_rules *rules, ms_t now, int32_t current, bool up)
{
	bool largest = up == (rules->select == SELECT_MAX);
	int32_t best = largest ? INT32_MIN : INT32_MAX;
	if (rules->select == SELECT_DISABLED)
		return current;
	for (uint32_t i = 0; i < rules->n_policies; i++) {
		const struct scaling_policy *policy = &rules->policies[i];
		ms_t cutoff = now - policy->period_s * SECOND_MS;
		int32_t start = current - since(&plain->added, cutoff) + since(&plain->removed, cutoff), limit;
		if (policy->type == POLICY_PODS)
			limit = up ? start + policy->value : start - policy->value;
		else if (up)
			limit = (int32_t)ceil(start * (1 + (double)policy->value / 100));
		else
			limit = (int32_t)trunc(start * (1 - (double)policy->value / 100));
		if (largest ? limit > best : limit < best)
			best = limit;
	}
	if (up ? best < current : best > current)
		best = current;
	return best;
}

static int32_t plain_stable(struct plain *plain, ms_t now, int32_t current, int32_t raw)
{
	const struct hpa_spec *spec = plain->spec;
	bool behavior = spec->has_behavior;
	ms_t up = behavior ? spec->scale_up.window_s * SECOND_MS : 0, down = plain->down_default;
	if (behavior && spec->scale_down.window_s >= 0)
		down = spec->scale_down.window_s * SECOND_MS;
	int32_t least = raw, most = raw;
	for (int i = 0; i < plain->history.count; i++) {
		struct entry entry = plain->history.entries[i];
		if (entry.at > now - up && entry.value < least)
			least = entry.value;
		if (entry.at > now - down && entry.value > most)
			most = entry.value;
	}
	append(&plain->history, now, raw);
	if (!behavior)
		return most;
	return current < least ? least : current > most ? most : current;
}

static int32_t clamp(int32_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : value;
}

static int32_t plain_desired(struct plain *plain, ms_t now, int32_t current, int32_t raw)
{
	const struct hpa_spec *spec = plain->spec;
	int32_t stable = plain_stable(plain, now, current, raw), low = spec->min_replicas, high = spec->max_replicas;
	if (!spec->has_behavior) {
		int32_t doubled = current < 2 ? 4 : 2 * current;
		return stable < low ? low : clamp(stable, low, doubled < high ? doubled : high);
	}
	if (stable > current)
		return clamp(stable, INT32_MIN, (int32_t)min64(high, rate(plain, &spec->scale_up, now, current, true)));
	if (stable < current)
		return clamp(stable, (int32_t)max64(low, rate(plain, &spec->scale_down, now, current, false)),
			     INT32_MAX);
	return stable;
}

/* ---- both side by side ---- */

static uint32_t dice(uint64_t *state, uint32_t sides)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % sides;
}

static struct scaling_rules random_rules(uint64_t *state, struct scaling_policy *policies)
{
	static const int32_t windows[] = {0, 0, 15, 60, 300, 3600}, periods[] = {1, 15, 30, 60, 600, 1800};
	struct scaling_rules rules = {.window_s = windows[dice(state, COUNT(windows))],
				      .select = (enum policy_select)(dice(state, 8) ? dice(state, 2) : 2),
				      .policies = policies,
				      .n_policies = 1 + dice(state, 3),
				      .tolerance = -1};
	for (uint32_t i = 0; i < rules.n_policies; i++)
		policies[i] = (struct scaling_policy){(enum policy_type)dice(state, 2), 1 + (int32_t)dice(state, 120),
						      periods[dice(state, COUNT(periods))]};
	return rules;
}

static void run_side_by_side(uint64_t seed)
{
	static struct plain plain;
	uint64_t state = seed;
	struct scaling_policy up[3], down[3];
	struct hpa_spec spec = {.name = "x", .min_replicas = (int32_t)dice(&state, 4)};
	spec.max_replicas = spec.min_replicas + (int32_t)dice(&state, 100);
	spec.has_behavior = dice(&state, 4) != 0;
	spec.scale_up = random_rules(&state, up);
	spec.scale_down = random_rules(&state, down);
	if (dice(&state, 3) == 0)
		spec.scale_down.window_s = -1;
	struct hpa_settings settings = {.sync_period = SECOND_MS, .downscale_stabilization = 300 * SECOND_MS};
	struct arena arena = {0};
	struct err err;
	struct hpa *hpa = hpa_new(&spec, &settings, &arena, &err);
	ms_t now = 1000000000000;
	int32_t current = spec.min_replicas, raw = current;
	plain = (struct plain){.spec = &spec, .down_default = settings.downscale_stabilization};
	hpa_record_initial(hpa, now, current);
	append(&plain.history, now, current);
	for (int step = 0; step < 1500; step++) {
		static const ms_t gaps[] = {1, 1, 15, 15, 15, 15, 30, 300, 1800};
		struct hpa_decision decision = {0};
		raw = clamp(dice(&state, 4) ? raw + (int32_t)dice(&state, 7) - 3 : (int32_t)dice(&state, 130), 0, 200);
		int32_t expected = plain_desired(&plain, now, current, raw);
		hpa_normalize(hpa, now, current, raw, &decision);
		if (decision.desired != expected)
			fail_msg("seed %llu step %d: %d, plainly %d", (unsigned long long)seed, step, decision.desired,
				 expected);
		if (expected != current) {
			hpa_record_scale(hpa, now, current, expected);
			keep(expected > current ? &plain.added : &plain.removed,
			     expected > current ? &spec.scale_up : &spec.scale_down, now, abs(expected - current));
		}
		current = expected;
		now += gaps[dice(&state, COUNT(gaps))] * SECOND_MS;
	}
	arena_free(&arena);
}

static void lists_and_queues_agree(void **state)
{
	(void)state;
	print_message("seeds 1..150\n");
	for (uint64_t seed = 1; seed <= 150; seed++)
		run_side_by_side(seed);
}

/* ---- single cases ---- */

struct fixture {
	struct hpa_spec spec;
	struct hpa_settings settings;
	struct scaling_policy up[2], down[1];
	struct arena arena;
	struct hpa *hpa;
};

static struct hpa *make(struct fixture *it, int32_t up_window_s, int32_t down_window_s, ms_t period)
{
	struct err err;
	*it = (struct fixture){
	    .up = {{POLICY_PERCENT, 100, 15}, {POLICY_PODS, 4, 15}},
	    .down = {{POLICY_PERCENT, 100, 15}},
	    .settings = {.sync_period = period, .downscale_stabilization = 300 * SECOND_MS},
	};
	it->spec = (struct hpa_spec){.name = "x", .min_replicas = 1, .max_replicas = 100, .has_behavior = true};
	it->spec.scale_up = (struct scaling_rules){up_window_s, SELECT_MAX, it->up, 2, -1};
	it->spec.scale_down = (struct scaling_rules){down_window_s, SELECT_MAX, it->down, 1, -1};
	it->hpa = hpa_new(&it->spec, &it->settings, &it->arena, &err);
	assert_non_null(it->hpa);
	return it->hpa;
}

static int32_t ask(struct hpa *hpa, ms_t now, int32_t current, int32_t raw, struct hpa_decision *decision)
{
	*decision = (struct hpa_decision){0};
	hpa_normalize(hpa, now, current, raw, decision);
	return decision->desired;
}

static void default_behavior_reasons(void **state)
{
	(void)state;
	struct fixture it;
	struct hpa_decision decision;
	struct hpa *hpa = make(&it, 0, -1, 15 * SECOND_MS);
	hpa_record_initial(hpa, 0, 10);
	assert_int_equal(ask(hpa, 0, 10, 3, &decision), 10);
	assert_int_equal(decision.able.reason, REASON_SCALE_DOWN_STABILIZED);
	assert_int_equal(ask(hpa, 299999, 10, 3, &decision), 10);
	assert_int_equal(ask(hpa, 300000, 10, 3, &decision), 3);
	assert_int_equal(decision.able.reason, REASON_READY_FOR_NEW_SCALE);
	assert_int_equal(ask(hpa, 310000, 10, 50, &decision), 20);
	assert_int_equal(decision.limited.reason, REASON_SCALE_UP_LIMIT);
	assert_true(decision.limited.status);
	assert_int_equal(ask(hpa, 310000, 60, 500, &decision), 100);
	assert_int_equal(decision.limited.reason, REASON_TOO_MANY_REPLICAS);
	arena_free(&it.arena);
}

/* More steps than there is room for: a higher recommendation is never forgotten early. */
static void a_full_history_holds(void **state)
{
	(void)state;
	struct fixture it;
	struct hpa_decision decision;
	struct hpa *hpa = make(&it, 300, 300, HOUR_MS); /* room for a handful */
	int32_t falling = 1000;
	hpa_record_initial(hpa, 0, 1000);
	it.spec.max_replicas = 1000;
	for (ms_t now = 0; now < 300 * SECOND_MS; now += 3 * SECOND_MS)
		ask(hpa, now, 1000, falling--, &decision);
	for (ms_t now = 300 * SECOND_MS; now < 597 * SECOND_MS; now += 3 * SECOND_MS) {
		int32_t truth = 1000 - (int32_t)((now - 300 * SECOND_MS) / (3 * SECOND_MS)) - 1;
		assert_true(ask(hpa, now, 1000, 0, &decision) >= truth);
	}
	assert_int_equal(ask(hpa, 1000 * SECOND_MS, 1000, 0, &decision), 1);
	arena_free(&it.arena);
}

static void full_events_are_all_counted(void **state)
{
	(void)state;
	struct fixture it;
	struct hpa_decision decision;
	struct hpa *hpa = make(&it, 0, 0, HOUR_MS);
	it.up[0].value = 1;
	it.up[1].value = 20;
	it.spec.scale_up.n_policies = 2;
	int32_t current = 10;
	for (ms_t now = 0; now < 15 * SECOND_MS; now += 500) { /* 30 steps of one pod within the period */
		int32_t desired = ask(hpa, now, current, current + 1, &decision);
		if (desired != current)
			hpa_record_scale(hpa, now, current, desired);
		current = desired;
	}
	assert_int_equal(current, 30);
	arena_free(&it.arena);
}

/* The clock is set back an hour: as if no time had passed, neither forgotten nor held for an hour. */
static void a_step_back_of_the_clock(void **state)
{
	(void)state;
	struct fixture it;
	struct hpa_decision decision;
	struct hpa *hpa = make(&it, 0, 300, 15 * SECOND_MS);
	ms_t start = 1000 * HOUR_MS, back = start - HOUR_MS;
	ask(hpa, start, 10, 10, &decision);
	hpa_record_scale(hpa, start, 5, 10);
	assert_int_equal(ask(hpa, back, 10, 3, &decision), 10);
	assert_int_equal(ask(hpa, back, 10, 30, &decision), 10); /* 5 were added just now: 2 x 5, or 5 + 4 */
	assert_int_equal(decision.limited.reason, REASON_SCALE_UP_LIMIT);
	assert_int_equal(ask(hpa, back + 15 * SECOND_MS, 10, 30, &decision), 20);
	assert_int_equal(ask(hpa, back + 299 * SECOND_MS, 10, 3, &decision), 10);
	assert_int_equal(ask(hpa, back + 700 * SECOND_MS, 10, 3, &decision), 3);
	assert_int_equal(ask(hpa, INT64_MIN, 10, 3, &decision), 3);
	assert_int_equal(ask(hpa, INT64_MAX, 10, 4, &decision), 4);
	assert_int_equal(ask(hpa, INT64_MIN + 1, 10, 3, &decision), 4);
	arena_free(&it.arena);
}

static void extreme_numbers(void **state)
{
	(void)state;
	static const int32_t numbers[] = {INT32_MIN, -1, 0, 1, INT32_MAX / 2 + 1, INT32_MAX};
	for (int behavior = 0; behavior < 2; behavior++)
		for (size_t a = 0; a < COUNT(numbers); a++)
			for (size_t b = 0; b < COUNT(numbers); b++)
				for (size_t c = 0; c < COUNT(numbers); c++) {
					struct fixture it;
					struct hpa_decision decision;
					struct hpa *hpa = make(&it, 30, 30, 15 * SECOND_MS);
					it.spec.has_behavior = behavior;
					it.spec.max_replicas = numbers[c];
					it.up[0].value = it.up[1].value = it.down[0].value = numbers[b];
					hpa_record_scale(hpa, 0, numbers[a], numbers[b]);
					hpa_record_scale(hpa, 0, numbers[b], numbers[c]);
					ask(hpa, 0, numbers[a], numbers[b], &decision);
					ask(hpa, 1, numbers[b], numbers[c], &decision);
					arena_free(&it.arena);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_and_queues_agree),   cmocka_unit_test(default_behavior_reasons),
	    cmocka_unit_test(a_full_history_holds),     cmocka_unit_test(full_events_are_all_counted),
	    cmocka_unit_test(a_step_back_of_the_clock), cmocka_unit_test(extreme_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
