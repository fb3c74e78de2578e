#include "run_shadow.h"

#include <stdlib.h>
#include <unistd.h>

#define WINDOW_SLACK (2 * SECOND_MS) /* what it takes to be told of a change */

struct shadow *shadow_open(const struct run *run, struct err *err)
{
	struct shadow *shadow = calloc(1, sizeof *shadow);
	if (!shadow) {
		err_set(err, "out of memory");
		return NULL;
	}
	shadow->run = run;
	shadow->started = live_mono();
	shadow->quiet = (struct log){.file = stderr, .level = LOG_ERROR};
	shadow->on_terminal = isatty(STDERR_FILENO);
	return shadow;
}

void shadow_close(struct shadow *shadow)
{
	if (!shadow)
		return;
	for (size_t i = 0; i < shadow->n; i++) {
		shadow_pods_free(&shadow->ones[i]->pods);
		free(shadow->ones[i]->row.name);
		free(shadow->ones[i]);
	}
	free(shadow->ones);
	free(shadow->of);
	arena_free(&shadow->lasting);
	arena_free(&shadow->arena);
	free(shadow);
}

struct log *shadow_log(struct run *run)
{
	return run->shadow && !run->options.log.json && !run->options.has_log_level ? &run->shadow->quiet
										    : &run->options.log;
}

/* ---- the autoscalers that were seen ---- */

static struct shadow_one *one_new(struct shadow *shadow, const char *name)
{
	if (shadow->n == shadow->room) {
		size_t room = shadow->room ? 2 * shadow->room : 64;
		struct shadow_one **ones = realloc(shadow->ones, room * sizeof *ones);
		if (!ones)
			return NULL;
		shadow->ones = ones;
		shadow->room = room;
	}
	struct shadow_one *one = calloc(1, sizeof *one);
	if (!one)
		return NULL;
	one->row.name = strdup(name);
	if (!one->row.name) {
		free(one);
		return NULL;
	}
	one->row.last = one->row.priced_at = MS_UNSET;
	one->row.pod_nano_per_hour = -1;
	one->watched_from = live_mono();
	one->told_hpa = one->told_ours = one->ticked = -1;
	one->pods.joined = true;
	shadow->ones[shadow->n++] = one;
	return one;
}

static struct shadow_one *one_of(struct shadow *shadow, const struct hpa_spec *spec)
{
	char name[SHADOW_WHY_SIZE];
	snprintf(name, sizeof name, "%s/%s", spec->namespace_, spec->name);
	for (size_t i = 0; i < shadow->n; i++)
		if (strcmp(shadow->ones[i]->row.name, name) == 0)
			return shadow->ones[i];
	return one_new(shadow, name);
}

static int inherit(struct core *to, const struct core *from, struct err *err)
{
	size_t size = core_save(from, NULL, 0);
	unsigned char *bytes = malloc(size + 1);
	if (!bytes)
		return err_set(err, "out of memory for %zu bytes of history", size);
	core_save(from, bytes, size);
	int status = core_restore(to, bytes, size, err);
	free(bytes);
	return status;
}

int shadow_adopt(struct shadow *shadow, const struct core_config *config, struct err *err)
{
	struct arena arena = {0};
	struct shadow_one **of = calloc((size_t)config->n_autoscalers + 1, sizeof(struct shadow_one *));
	struct core *core = of ? core_new(config, &arena, err) : NULL;
	bool made = core && (!shadow->core || inherit(core, shadow->core, err) == 0);
	for (uint32_t i = 0; made && i < config->n_autoscalers; i++) {
		of[i] = one_of(shadow, &config->autoscalers[i]);
		made = of[i] || err_set(err, "out of memory") == 0;
		if (made)
			of[i]->row.per_decision |= !shadow_pods_can(&config->autoscalers[i]);
	}
	if (!made) {
		free(of);
		arena_free(&arena);
		return of ? -1 : err_set(err, "out of memory");
	}
	free(shadow->of);
	arena_free(&shadow->lasting);
	shadow->of = of;
	shadow->n_of = config->n_autoscalers;
	shadow->lasting = arena;
	shadow->core = core;
	return 0;
}

/* ---- the cluster's own changes ---- */

/* Scale events are what policies count: the HPA's own, for a core that never acts. */
static bool remembers_changes(const struct hpa_spec *spec)
{
	return spec->has_behavior || spec->min_replicas == 0;
}

int shadow_observe(struct run *run, ms_t now, const struct snapshot *snapshot, struct err *err)
{
	struct shadow *shadow = run->shadow;
	const bool accepted = true;
	bool changed = false;
	for (uint32_t i = 0; i < shadow->n_of && i < snapshot->n_workloads; i++) {
		struct shadow_one *one = shadow->of[i];
		int32_t replicas = snapshot->workloads[i].spec_replicas, before = one->ticked;
		ms_t ago = max64(live_mono() - one->changed_at, 0), at = max64(now - ago, one->ticked_at);
		if (snapshot->workloads[i].lost)
			continue;
		one->ticked = replicas;
		one->ticked_at = now;
		if (before < 0 || before == replicas || !remembers_changes(&run->now.specs[i]))
			continue;
		const struct action action = {ACTION_SCALE, i, before, replicas, i};
		const struct plan plan = {.time = min64(at, now), .actions = &action, .n_actions = 1};
		core_settle(run->loop.core, &plan, &accepted);
		changed = true;
	}
	/* What the core knows now does not follow from the ticks that were kept. */
	return changed && run->journal ? journal_begin(run->journal, run->loop.core, &run->config, now, err) : 0;
}

/* ---- between ticks ---- */

static ms_t window_of(const struct run *run)
{
	return run->settings.hpa.sync_period + WINDOW_SLACK;
}

static int32_t ours_now(const struct shadow_one *one)
{
	return one->row.per_decision ? one->decided : (int32_t)one->pods.n;
}

static void look(struct run *run, uint32_t index, ms_t now)
{
	struct shadow_one *one = run->shadow->of[index];
	const struct live_target *target = live_target(run->targets, index);
	if (!one->seen || !target || !target->found)
		return;
	if (target->spec_replicas != one->row.hpa.pods)
		one->changed_at = now;
	shadow_row_see(&one->row, now, target->spec_replicas, ours_now(one));
}

void shadow_wait(struct run *run)
{
	struct shadow *shadow = run->shadow;
	ms_t now = live_mono();
	if (now - shadow->looked_at < SECOND_MS / 2)
		return;
	shadow->looked_at = now;
	for (uint32_t i = 0; i < shadow->n_of; i++)
		look(run, i, now);
	shadow_say_waiting(run, now);
}

/* ---- a tick ---- */

/* How far back a decision to go down looks. Before it has watched for so long, the HPA remembers what we cannot. */
static ms_t memory_of(const struct run *run, const struct hpa_spec *spec)
{
	return spec->has_behavior && spec->scale_down.window_s >= 0 ? spec->scale_down.window_s * SECOND_MS
								    : run->settings.hpa.downscale_stabilization;
}

static bool held_by_start(const struct run *run, const struct shadow_one *one, uint32_t index,
			  const struct hpa_decision *decision, ms_t now)
{
	return decision->stabilized > decision->proposed &&
	       now - one->watched_from <= memory_of(run, &run->now.specs[index]);
}

static void scale_ours(struct run *run, uint32_t index, const struct hpa_decision *decision, ms_t tick, ms_t now)
{
	struct shadow_one *one = run->shadow->of[index];
	struct err err;
	if (held_by_start(run, one, index, decision, now) && one->pods.n > (uint32_t)max64(one->row.hpa.pods, 0))
		shadow_pods_join(&one->pods);
	else if (decision->desired != (int32_t)one->pods.n &&
		 shadow_pods_scale(&one->pods, tick, decision->desired, &err) < 0) {
		one->row.per_decision = true;
		shadow_say_trouble(run, one, err.message);
	}
}

static void measure(struct shadow_side *side, const struct hpa_spec *spec, const struct hpa_decision *decision)
{
	if (decision->active.status && decision->metric < spec->n_metrics)
		shadow_side_measure(side, decision->proposal.ratio);
}

/* A target that cannot be read: what both had before holds on. */
static void take_loss(struct run *run, uint32_t index, ms_t now)
{
	struct shadow_one *one = run->shadow->of[index];
	struct shadow_row *row = &one->row;
	run_trouble(run, index, &run->plan.decisions[index], row->trouble, sizeof row->trouble);
	row->not_compared++;
	shadow_row_compare(row, now, window_of(run), live_wall() - now);
	shadow_say_trouble(run, one, row->trouble);
}

static void take_decision(struct run *run, uint32_t index, const struct hpa_decision *acted, ms_t tick, ms_t now)
{
	struct shadow_one *one = run->shadow->of[index];
	const struct hpa_spec *spec = &run->now.specs[index];
	const struct hpa_decision *decision = &run->plan.decisions[index];
	char why[SHADOW_WHY_SIZE], trouble[SHADOW_WHY_SIZE];
	if (hpa_is_lost(decision)) {
		take_loss(run, index, now);
		return;
	}
	one->decided = decision->desired;
	one->seen = true;
	look(run, index, now);
	scale_ours(run, index, acted, tick, now);
	look(run, index, now);
	shadow_price(run, index, &one->row, now);
	measure(&one->row.hpa, spec, decision);
	measure(&one->row.ours, spec, one->row.per_decision ? decision : acted);
	hpa_explain(spec, decision, why, sizeof why);
	run_trouble(run, index, decision, trouble, sizeof trouble);
	snprintf(one->row.trouble, sizeof one->row.trouble, "%s", trouble);
	if (held_by_start(run, one, index, decision, now) || !decision->active.status)
		one->row.not_compared++;
	else
		shadow_row_decide(&one->row, now, window_of(run), decision->desired, why);
	shadow_row_compare(&one->row, now, window_of(run), live_wall() - now);
	if (trouble[0])
		shadow_say_trouble(run, one, trouble);
	if (!one->row.per_decision)
		hpa_explain(spec, acted, why, sizeof why);
	shadow_say_change(run, one, why);
}

/* The views of the pods there would have been. */
static int view(struct run *run, ms_t tick, struct snapshot *snapshot, struct err *err)
{
	struct shadow *shadow = run->shadow;
	arena_free(&shadow->arena);
	struct workload_view *views = arena_alloc(&shadow->arena, shadow->n_of, sizeof *views);
	if (!views)
		return err_set(err, "out of memory for %u workloads", shadow->n_of);
	for (uint32_t i = 0; i < shadow->n_of; i++)
		if (shadow_pods_view(&shadow->of[i]->pods, &run->now.specs[i], &run->snapshot.workloads[i], tick,
				     &shadow->arena, &views[i], err) < 0)
			return -1;
	*snapshot =
	    (struct snapshot){.time = tick, .due = DUE_REPLICAS, .workloads = views, .n_workloads = shadow->n_of};
	return 0;
}

void shadow_tick(struct run *run)
{
	struct shadow *shadow = run->shadow;
	struct snapshot snapshot;
	struct plan plan;
	struct err err;
	ms_t now = live_mono(), tick = run->plan.time;
	if (run->plan.n_decisions == 0 || run->plan.n_decisions != shadow->n_of ||
	    run->snapshot.n_workloads < shadow->n_of)
		return;
	if (view(run, tick, &snapshot, &err) < 0 || core_step(shadow->core, &snapshot, &plan, &err) < 0) {
		shadow_say_trouble(run, NULL, err.message);
		return;
	}
	bool *accepted = core_accepted(shadow->core);
	memset(accepted, true, plan.n_actions * sizeof *accepted);
	core_settle(shadow->core, &plan, accepted);
	for (uint32_t i = 0; i < shadow->n_of; i++)
		take_decision(run, i, &plan.decisions[i], tick, now);
}

/* ---- the end ---- */

int shadow_finish(struct run *run, struct err *err)
{
	struct shadow *shadow = run->shadow;
	const struct shadow_head head = {
	    .watched = live_mono() - shadow->started,
	    .window = run->settings.hpa.sync_period,
	    .currency = run->has_prices ? run->book.fees.currency : NULL,
	    .prices = run->options.price,
	    .nodes_trouble = run->has_prices ? live_nodes_trouble(run->nodes) : "",
	};
	if (shadow_say_unseen(run, err) < 0)
		return -1;
	struct shadow_row *rows = calloc(shadow->n + 1, sizeof *rows);
	if (!rows)
		return err_set(err, "out of memory");
	size_t n = 0;
	for (size_t i = 0; i < shadow->n; i++)
		if (shadow->ones[i]->seen || shadow->ones[i]->row.trouble[0])
			rows[n++] = shadow->ones[i]->row;
	int status = shadow_report_print(rows, n, &head, run->options.format, stdout, err);
	free(rows);
	return status;
}
