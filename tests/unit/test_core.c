#include "loop.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* The core's timers, and the loop around it with ports that fail when told to. One autoscaler on CPU, one node. */

static const struct metric_spec cpu = {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true};
static const struct hpa_spec specs[] = {
    {.name = "a",
     .namespace_ = "x",
     .target_kind = "Deployment",
     .target_name = "a",
     .min_replicas = 1,
     .max_replicas = 9,
     .metrics = &cpu,
     .n_metrics = 1,
     .scale_up = {.window_s = -1, .tolerance = -1},
     .scale_down = {.window_s = -1, .tolerance = -1}},
    {.name = "b",
     .namespace_ = "x",
     .target_kind = "Deployment",
     .target_name = "b",
     .min_replicas = 1,
     .max_replicas = 9,
     .metrics = &cpu,
     .n_metrics = 1,
     .scale_up = {.window_s = -1, .tolerance = -1},
     .scale_down = {.window_s = -1, .tolerance = -1}},
};

struct rig {
	struct settings settings;
	struct arena arena;
	struct loop loop;
	struct pod pods[2];
	struct sample samples[2];
	int64_t request;
	struct metric_input metric;
	struct workload_view workloads[2];
	struct group_view group;
	struct pending_view pending;
	/* what the ports saw, and when they are to fail */
	int observed, journalled, applied;
	ms_t scrape_period, scrape_phase; /* 0: a scrape at each instant */
	bool observe_fails, journal_fails, apply_fails, break_contract;
	unsigned due;
	struct action actions[256];
	bool journalled_first;
};

static int observe(void *self, ms_t now, struct snapshot *snapshot, struct err *err)
{
	struct rig *rig = self;
	rig->observed++;
	rig->due = snapshot->due;
	if (rig->observe_fails)
		return err_set(err, "no answer");
	ms_t since = rig->scrape_period ? (now - rig->scrape_phase + HOUR_MS) % rig->scrape_period : 0;
	rig->samples[0].at = rig->samples[1].at = now - since;
	snapshot->workloads = rig->workloads;
	snapshot->n_workloads = rig->break_contract ? 1 : 2;
	snapshot->groups = &rig->group;
	snapshot->n_groups = 1;
	snapshot->pending = &rig->pending;
	snapshot->n_pending = 1;
	snapshot->generation = (uint64_t)rig->observed;
	return 0;
}

static int apply(void *self, const struct action *action, uint32_t n, bool *accepted, struct err *err)
{
	struct rig *rig = self;
	for (uint32_t i = 0; i < n; i++) {
		assert_true(rig->applied < 256);
		rig->actions[rig->applied++] = action[i];
		accepted[i] = !rig->apply_fails;
	}
	rig->journalled_first = rig->journalled > 0;
	return rig->apply_fails ? err_set(err, "refused") : 0;
}

static int append(void *self, const struct tick_record *record, struct err *err)
{
	struct rig *rig = self;
	rig->journalled++;
	assert_int_equal(record->plan->time, record->snapshot->time);
	return rig->journal_fails ? err_set(err, "disk full") : 0;
}

/* Both workloads at 100 % of their request, so both want twice the replicas; four pods wait for a node. */
static void open_rig(struct rig *rig, const char *words)
{
	struct err err;
	char copy[512];
	memset(rig, 0, sizeof *rig);
	settings_default(&rig->settings);
	snprintf(copy, sizeof copy, "hpa.phase=7s ca.phase=4s ca.new_pod_age=0s %s", words);
	for (char *rest = copy, *word; (word = strtok_r(rest, " ", &rest));)
		assert_int_equal(settings_set(&rig->settings, word, &err), 0);
	rig->request = 1000;
	for (int i = 0; i < 2; i++) {
		rig->pods[i] = (struct pod){-HOUR_MS, -HOUR_MS, POD_RUNNING, POD_READY_TRUE, false};
		rig->samples[i] = (struct sample){1000, 0, 15000};
	}
	rig->metric = (struct metric_input){.samples = rig->samples, .requests = &rig->request};
	for (int w = 0; w < 2; w++)
		rig->workloads[w] = (struct workload_view){2, 2, rig->pods, 2, false, &rig->metric};
	rig->group = (struct group_view){.max = 9, .cpu_milli = 4000, .memory_bytes = GIB, .pods = 10};
	rig->pending = (struct pending_view){.count = 4, .cpu_milli = 1000, .since = -HOUR_MS};
	static const uint32_t workload_of[] = {1, 0};
	const struct core_config config = {.autoscalers = specs,
					   .workload_of = workload_of,
					   .n_autoscalers = 2,
					   .max_nodes = 9,
					   .max_groups = 1,
					   .settings = &rig->settings,
					   .start = 0};
	rig->loop = (struct loop){.core = core_new(&config, &rig->arena, &err),
				  .source = {rig, observe},
				  .actuator = {rig, "rig", apply},
				  .journal = {rig, append, NULL}};
	assert_non_null(rig->loop.core);
}

static void close_rig(struct rig *rig)
{
	arena_free(&rig->arena);
}

static void test_phases(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.frequent_loops=false");
	/* scans at 4, 14, 24 ...; syncs at 7, 22, 37 ... */
	static const struct {
		ms_t at;
		unsigned due;
	} expected[] = {{4000, DUE_NODES},  {7000, DUE_REPLICAS}, {14000, DUE_NODES},   {22000, DUE_REPLICAS},
			{24000, DUE_NODES}, {34000, DUE_NODES},   {37000, DUE_REPLICAS}};
	ms_t now = core_next(rig.loop.core);
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(now, expected[i].at);
		now = loop_tick(&rig.loop, now);
		assert_int_equal(rig.due, expected[i].due);
	}
	assert_int_equal(rig.loop.ticks, COUNT(expected));
	assert_int_equal(rig.loop.decisions, 3 * 2 + 4);
	close_rig(&rig);
}

/* A tick that comes late keeps the phase of the syncs; scans count from when they were. */
static void test_late_tick(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.frequent_loops=false");
	loop_tick(&rig.loop, 60500);
	assert_int_equal(rig.due, DUE_NODES | DUE_REPLICAS);
	assert_int_equal(core_next(rig.loop.core), 67000);
	loop_tick(&rig.loop, 67000);
	assert_int_equal(rig.due, DUE_REPLICAS);
	assert_int_equal(core_next(rig.loop.core), 70500);
	close_rig(&rig);
}

/* Both due at once: one tick; replicas in the order of the autoscalers, nodes after them; the journal before all. */
static void test_both_due(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.phase=7s");
	loop_tick(&rig.loop, 7000);
	assert_int_equal(rig.due, DUE_NODES | DUE_REPLICAS);
	assert_int_equal(rig.applied, 3);
	assert_int_equal(rig.actions[0].kind, ACTION_SCALE);
	assert_int_equal(rig.actions[0].target, 1);
	assert_int_equal(rig.actions[0].source, 0);
	assert_int_equal(rig.actions[0].from, 2);
	assert_int_equal(rig.actions[0].to, 4);
	assert_int_equal(rig.actions[1].kind, ACTION_SCALE);
	assert_int_equal(rig.actions[1].target, 0);
	assert_int_equal(rig.actions[1].source, 1);
	assert_int_equal(rig.actions[2].kind, ACTION_ADD_NODES);
	assert_int_equal(rig.actions[2].to, 1);
	assert_true(rig.journalled_first);
	assert_int_equal(rig.loop.decisions, 3);
	close_rig(&rig);
}

/* Ten minutes on, each decision comes soon after a scrape, whatever the phases were; and there are hardly more of them.
 */
static void test_follow_scrapes(void **state)
{
	(void)state;
	for (ms_t phase = 0; phase < 15000; phase += 250) {
		struct rig rig;
		open_rig(&rig, "ca.enabled=false hpa.follow_scrapes=true");
		rig.samples[0].value = rig.samples[1].value = 500; /* nothing to do */
		rig.scrape_period = 15000;
		rig.scrape_phase = phase;
		for (ms_t now = core_next(rig.loop.core); now < HOUR_MS; now = loop_tick(&rig.loop, now)) {
			ms_t age = (now - phase + HOUR_MS) % 15000;
			if (now > 10 * MINUTE_MS && (age > 1600 && age < 14900))
				fail_msg("scrapes at %lld: at %lld a sample is %lld old", (long long)phase,
					 (long long)now, (long long)age);
		}
		assert_in_range(rig.loop.ticks, 238, 255);
		close_rig(&rig);
	}
}

/* Scrapes that cannot be followed, or that have ceased: decisions stay as frequent as they are asked to be. */
static void test_follow_nothing(void **state)
{
	(void)state;
	static const struct {
		ms_t scrape_period, window;
		uint64_t low, high;
	} cases[] = {
	    {60000, 60000, 239, 240}, {1000, 1000, 239, 240}, {HOUR_MS, 15000, 239, 440}, {14000, 14000, 239, 300}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig;
		open_rig(&rig, "ca.enabled=false hpa.follow_scrapes=true");
		rig.samples[0].value = rig.samples[1].value = 500;
		rig.scrape_period = cases[i].scrape_period;
		rig.samples[0].window = rig.samples[1].window = cases[i].window;
		for (ms_t now = core_next(rig.loop.core); now < HOUR_MS;) {
			ms_t next = loop_tick(&rig.loop, now);
			assert_in_range(next - now, 1500, 15000);
			now = next;
		}
		assert_in_range(rig.loop.ticks, cases[i].low, cases[i].high);
		close_rig(&rig);
	}
}

static void test_postpone(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "");
	core_postpone(rig.loop.core, 1000); /* nothing is due: nothing moves */
	assert_int_equal(core_next(rig.loop.core), 4000);
	core_postpone(rig.loop.core, 8000);
	assert_int_equal(core_next(rig.loop.core), 18000);
	assert_int_equal(core_due(rig.loop.core, 21999), DUE_NODES);
	assert_int_equal(core_due(rig.loop.core, 22000), DUE_NODES | DUE_REPLICAS);
	close_rig(&rig);
}

/* A failed observation: nothing is decided, journalled or done, and it is tried a period later, as if nothing had been.
 */
static void test_observe_fails(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.phase=7s");
	rig.observe_fails = true;
	ms_t next = loop_tick(&rig.loop, 7000);
	assert_int_equal(next, 17000);
	assert_int_equal(core_due(rig.loop.core, 17000), DUE_NODES);
	assert_int_equal(core_due(rig.loop.core, 22000), DUE_NODES | DUE_REPLICAS);
	assert_int_equal(rig.journalled + rig.applied, 0);
	assert_int_equal(rig.loop.failed_ticks, 1);
	assert_int_equal(rig.loop.decisions, 0);
	assert_string_equal(rig.loop.last_error.message, "no answer");
	rig.observe_fails = false;
	loop_tick(&rig.loop, 22000);
	assert_int_equal(rig.applied, 3);
	assert_int_equal(rig.actions[0].to, 4);
	close_rig(&rig);
}

static void test_journal_fails(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.phase=7s");
	rig.journal_fails = true;
	ms_t next = loop_tick(&rig.loop, 7000);
	assert_true(next > 7000);
	assert_int_equal(rig.journalled, 1);
	assert_int_equal(rig.applied, 0);
	assert_int_equal(rig.loop.actions, 0);
	assert_int_equal(rig.loop.failed_ticks, 1);
	assert_string_equal(rig.loop.last_error.message, "disk full");
	rig.journal_fails = false;
	for (ms_t now = next; now <= 22000; now = next)
		next = loop_tick(&rig.loop, now);
	/* the node, and both workloads, are asked for again */
	bool scaled[2] = {false, false}, grown = false;
	for (int i = 0; i < rig.applied; i++) {
		grown |= rig.actions[i].kind == ACTION_ADD_NODES;
		if (rig.actions[i].kind == ACTION_SCALE)
			scaled[rig.actions[i].target] = rig.actions[i].to == 4;
	}
	assert_true(scaled[0] && scaled[1] && grown);
	close_rig(&rig);
}

/* One refused action does not keep the others from being tried. */
static void test_apply_fails(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "ca.phase=7s");
	rig.apply_fails = true;
	loop_tick(&rig.loop, 7000);
	assert_int_equal(rig.applied, 3);
	assert_int_equal(rig.loop.failed_actions, 3);
	assert_int_equal(rig.loop.failed_ticks, 0);
	assert_string_equal(rig.loop.last_error.message, "refused");
	close_rig(&rig);
}

static void test_broken_snapshot(void **state)
{
	(void)state;
	struct rig rig;
	open_rig(&rig, "");
	rig.break_contract = true;
	ms_t next = loop_tick(&rig.loop, 7000);
	assert_true(next > 7000);
	assert_int_equal(rig.applied + rig.journalled, 0);
	assert_non_null(strstr(rig.loop.last_error.message, "autoscaler a"));
	close_rig(&rig);
}

static void test_nothing_to_do(void **state)
{
	(void)state;
	struct settings settings;
	struct arena arena = {0};
	struct err err;
	settings_default(&settings);
	settings.ca.enabled = false;
	const struct core_config config = {.settings = &settings};
	struct core *core = core_new(&config, &arena, &err);
	assert_int_equal(core_next(core), MS_NEVER);
	assert_int_equal(core_due(core, MS_NEVER - 1), 0);
	arena_free(&arena);
}

/* Short of memory: a message, at whatever allocation it strikes. */
static void test_out_of_memory(void **state)
{
	(void)state;
	struct settings settings;
	static const uint32_t workload_of[] = {0, 1};
	settings_default(&settings);
	const struct core_config config = {.autoscalers = specs,
					   .workload_of = workload_of,
					   .n_autoscalers = 2,
					   .max_nodes = 50,
					   .max_groups = 3,
					   .settings = &settings};
	size_t failures = 0;
	for (size_t limit = 16;; limit += 16) {
		struct arena arena = {.limit = limit};
		struct err err = {""};
		struct core *core = core_new(&config, &arena, &err);
		arena_free(&arena);
		if (core)
			break;
		failures++;
		assert_true(err.message[0]);
	}
	assert_true(failures > 10);
}

/* ---- saved and restored ---- */

static struct core *new_core(const struct hpa_spec *autoscalers, uint32_t n, uint32_t max_nodes,
			     const struct settings *settings, struct arena *arena)
{
	static const uint32_t workload_of[] = {1, 0};
	struct err err;
	const struct core_config config = {.autoscalers = autoscalers,
					   .workload_of = workload_of,
					   .n_autoscalers = n,
					   .max_nodes = max_nodes,
					   .max_groups = 1,
					   .settings = settings};
	struct core *core = core_new(&config, arena, &err);
	assert_non_null(core);
	return core;
}

static size_t save(const struct core *core, unsigned char *bytes, size_t capacity)
{
	size_t size = core_save(core, bytes, capacity);
	assert_true(size <= capacity);
	return size;
}

static bool same_answers(const struct plan *a, const struct plan *b)
{
	if (a->n_actions != b->n_actions || a->n_decisions != b->n_decisions || a->nodes.reason != b->nodes.reason ||
	    a->nodes.unneeded != b->nodes.unneeded)
		return false;
	for (uint32_t i = 0; i < a->n_actions; i++)
		if (a->actions[i].kind != b->actions[i].kind || a->actions[i].target != b->actions[i].target ||
		    a->actions[i].from != b->actions[i].from || a->actions[i].to != b->actions[i].to)
			return false;
	for (uint32_t i = 0; i < a->n_decisions; i++)
		if (a->decisions[i].desired != b->decisions[i].desired ||
		    a->decisions[i].limited.reason != b->decisions[i].limited.reason)
			return false;
	return true;
}

/* A cluster whose load goes up and down, before one controller that runs on and one that is stopped and started again
 * now and then, from what it saved. */
static void test_continues_after_restore(void **state)
{
	(void)state;
	enum { NODES = 6 };
	static unsigned char bytes[1 << 16];
	struct rig rig;
	struct err err;
	open_rig(&rig, "ca.frequent_loops=false ca.unneeded_time=60s ca.delay_after_add=90s ca.unremovable_recheck=45s "
		       "hpa.downscale_stabilization=120s hpa.follow_scrapes=true");
	struct core *a = rig.loop.core, *b = a;
	struct node_view nodes[NODES] = {{0}};
	struct placed placed[NODES];
	uint32_t uid = 0, scaled = 0, removed = 0, restored = 0;
	uint64_t random = 7;
	struct snapshot snapshot = {.workloads = rig.workloads,
				    .n_workloads = 2,
				    .nodes = nodes,
				    .n_nodes = NODES,
				    .groups = &rig.group,
				    .n_groups = 1,
				    .pending = &rig.pending};
	for (int step = 0; step < 4000; step++) {
		ms_t now = core_next(a);
		assert_int_equal(core_next(b), now);
		snapshot.time = now;
		snapshot.due = core_due(a, now);
		snapshot.generation++;
		random = random * 6364136223846793005u + 1442695040888963407u;
		unsigned draw = (unsigned)(random >> 33);
		rig.samples[0] = rig.samples[1] =
		    (struct sample){300 + step / 40 % 5 * 150 + (int)(draw % 100), now / 15000 * 15000, 15000};
		snapshot.n_pending = draw / 128 % 16 == 0;
		rig.pending.since = now - MINUTE_MS;
		struct node_view *any = &nodes[draw / 16 % NODES];
		if (any->n_placed && draw / 512 % 16 == 0)
			any->used_cpu_milli = placed[draw / 16 % NODES].cpu_milli = 500 + draw % 5 * 500;
		struct plan one, two;
		assert_int_equal(core_step(a, &snapshot, &one, &err), 0);
		if (b != a) {
			assert_int_equal(core_step(b, &snapshot, &two, &err), 0);
			if (!same_answers(&one, &two))
				fail_msg("step %d: another answer after the restore", step);
		}
		for (uint32_t i = 0; i < one.n_actions; i++) {
			const struct action *action = &one.actions[i];
			scaled += action->kind == ACTION_SCALE;
			removed += action->kind == ACTION_REMOVE_NODE;
			if (action->kind == ACTION_SCALE)
				rig.workloads[action->target].spec_replicas =
				    rig.workloads[action->target].status_replicas = action->to;
			if (action->kind == ACTION_REMOVE_NODE)
				nodes[action->target].state = NODE_GONE, rig.group.size--;
			for (uint32_t slot = 0; action->kind == ACTION_ADD_NODES && slot < NODES; slot++)
				if (nodes[slot].state == NODE_GONE) {
					placed[slot] = (struct placed){.cpu_milli = 3000};
					nodes[slot] = (struct node_view){.uid = ++uid,
									 .state = NODE_READY,
									 .cpu_milli = 4000,
									 .memory_bytes = GIB,
									 .pods = 10,
									 .used_cpu_milli = 3000,
									 .used_pods = 1,
									 .n_placed = 1,
									 .placed = &placed[slot]};
					rig.group.size++;
					break;
				}
		}
		if (draw / 4096 % 20 == 0) {
			size_t size = save(b, bytes, sizeof bytes);
			b = new_core(specs, 2, 9, &rig.settings, &rig.arena);
			if (core_restore(b, bytes, size, &err) < 0)
				fail_msg("%s", err.message);
			assert_int_equal(save(b, bytes, sizeof bytes), size);
			restored++;
		}
	}
	print_message("%u scaled, %u nodes removed, %u restored\n", scaled, removed, restored);
	assert_true(scaled > 50 && removed > 20 && restored > 100);
	close_rig(&rig);
}

/* An autoscaler keeps its history whatever its place; what is new has none. */
static void test_restore_by_name(void **state)
{
	(void)state;
	static unsigned char first[1 << 14], second[1 << 14];
	struct hpa_spec turned[] = {specs[1], specs[0]}, other[] = {specs[0], specs[1]};
	struct rig rig;
	struct err err;
	open_rig(&rig, "ca.frequent_loops=false");
	while (core_next(rig.loop.core) < MINUTE_MS)
		loop_tick(&rig.loop, core_next(rig.loop.core));
	size_t size = save(rig.loop.core, first, sizeof first);
	struct core *core = new_core(turned, 2, 9, &rig.settings, &rig.arena);
	assert_int_equal(core_restore(core, first, size, &err), 0);
	assert_int_equal(save(core, second, sizeof second), size);
	struct core *back = new_core(specs, 2, 9, &rig.settings, &rig.arena);
	assert_int_equal(core_restore(back, second, size, &err), 0);
	assert_int_equal(save(back, second, sizeof second), size);
	assert_memory_equal(first, second, size);
	other[1].name = "c";
	core = new_core(other, 2, 9, &rig.settings, &rig.arena);
	assert_int_equal(core_restore(core, first, size, &err), 0);
	assert_true(save(core, second, sizeof second) < size);
	core = new_core(specs, 1, 9, &rig.settings, &rig.arena);
	assert_int_equal(core_restore(core, first, size, &err), 0);
	close_rig(&rig);
}

static void sign(unsigned char *bytes, size_t size)
{
	uint64_t sum = 0xcbf29ce484222325u;
	for (size_t i = 0; i < size - 8; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	for (size_t i = 0; i < 8; i++)
		bytes[size - 8 + i] = (unsigned char)(sum >> (8 * i));
}

/* Anything but what was saved is refused, and then nothing has changed; what is signed as good is refused or fits. */
static void test_restore_refuses(void **state)
{
	(void)state;
	static unsigned char good[1 << 14], bad[1 << 14], after[1 << 14];
	struct node_view node = {.uid = 4, .state = NODE_READY, .cpu_milli = 4000, .memory_bytes = GIB, .pods = 10};
	struct rig rig;
	struct err err;
	open_rig(&rig, "ca.frequent_loops=false");
	while (core_next(rig.loop.core) < MINUTE_MS)
		loop_tick(&rig.loop, core_next(rig.loop.core));
	struct plan plan;
	struct snapshot snapshot = {.time = core_next(rig.loop.core),
				    .due = DUE_NODES,
				    .nodes = &node,
				    .n_nodes = 1,
				    .groups = &rig.group,
				    .n_groups = 1,
				    .generation = 1000};
	assert_int_equal(core_step(rig.loop.core, &snapshot, &plan, &err), 0);
	size_t size = save(rig.loop.core, good, sizeof good);
	assert_int_equal(core_save(rig.loop.core, bad, size - 1), size); /* says what it needs, writes nothing */
	assert_int_equal(bad[0], 0);
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(core_restore(rig.loop.core, good, cut, &err), -1);
	size_t taken = 0;
	for (size_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8; bit += 7) {
			memcpy(bad, good, size);
			bad[at] ^= (unsigned char)(1 << bit);
			assert_int_equal(core_restore(rig.loop.core, bad, size, &err), -1);
			sign(bad, size);
			if (at < size - 8 && core_restore(rig.loop.core, bad, size, &err) == 0) {
				taken++;
				assert_int_equal(core_restore(rig.loop.core, good, size, &err), 0);
			}
			assert_int_equal(save(rig.loop.core, after, sizeof after), size);
			assert_memory_equal(after, good, size);
		}
	assert_true(taken > 20);
	/* slots that this core does not have */
	struct core *fewer = new_core(specs, 2, 0, &rig.settings, &rig.arena);
	assert_int_equal(core_restore(fewer, good, size, &err), -1);
	assert_non_null(strstr(err.message, "does not fit this core"));
	close_rig(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_phases),
	    cmocka_unit_test(test_late_tick),
	    cmocka_unit_test(test_both_due),
	    cmocka_unit_test(test_follow_scrapes),
	    cmocka_unit_test(test_follow_nothing),
	    cmocka_unit_test(test_postpone),
	    cmocka_unit_test(test_observe_fails),
	    cmocka_unit_test(test_journal_fails),
	    cmocka_unit_test(test_apply_fails),
	    cmocka_unit_test(test_broken_snapshot),
	    cmocka_unit_test(test_nothing_to_do),
	    cmocka_unit_test(test_out_of_memory),
	    cmocka_unit_test(test_continues_after_restore),
	    cmocka_unit_test(test_restore_by_name),
	    cmocka_unit_test(test_restore_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
