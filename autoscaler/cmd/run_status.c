#include "run.h"

#include <stdlib.h>

#define TEXT       1024
#define TELL_AGAIN (5 * MINUTE_MS) /* what goes on failing for the same reason */

/* One telling. */
struct telling {
	struct run *run;
	ms_t wall;
	const struct live_autoscaler *all;
	uint32_t n_valid, n_all;
	uint32_t next_action; /* the first that may be of an autoscaler not yet told of */
};

static const char *copy(struct arena *arena, const char *text)
{
	const char *kept = arena_strdup(arena, text);
	return kept ? kept : "";
}

/* ---- one decision ---- */

static void demand_text(const struct hpa_spec *spec, const struct hpa_decision *decision, char *text, size_t size)
{
	text[0] = 0;
	if (decision->metric >= spec->n_metrics)
		return;
	const struct metric_spec *metric = &spec->metrics[decision->metric];
	const struct proposal *proposal = &decision->proposal;
	if (metric->target_type == TARGET_UTILIZATION)
		snprintf(text, size, "%s %lld%% of %lld%%", metric->name, (long long)proposal->usage,
			 (long long)metric->target);
	else
		snprintf(text, size, "%s %.6g of %.6g", metric->name, (double)proposal->usage / 1000,
			 (double)metric->target / 1000);
}

void run_trouble(const struct run *run, uint32_t index, const struct hpa_decision *decision, char *text, size_t size)
{
	const struct hpa_spec *spec = &run->now.specs[index];
	text[0] = 0;
	if (decision->active.status && !hpa_is_lost(decision)) /* some samples may be in trouble, the metric is not */
		return;
	for (uint32_t m = 0; m < spec->n_metrics && !text[0]; m++) {
		const char *trouble = live_replicas_trouble(run->replicas, index, m);
		if (trouble && *trouble)
			snprintf(text, size, "%s", trouble);
	}
	const struct live_target *target = live_target(run->targets, index);
	if (!text[0] && target && !target->found)
		snprintf(text, size, "%s", target->trouble);
	const struct guard_note *guard = &decision->guard;
	bool left_out = guard->stale + guard->ahead + guard->absurd > 0; /* the explanation says so, and how many */
	if (text[0] || decision->proposal.error == CALC_OK || spec->n_metrics == 0 || left_out)
		return;
	const struct metric_spec *metric = &spec->metrics[decision->metric < spec->n_metrics ? decision->metric : 0];
	uint32_t n;
	const char *const *pods = live_replicas_pods(run->replicas, index, &n);
	bool named = decision->proposal.error == CALC_MISSING_REQUEST && decision->proposal.error_pod < n;
	hpa_error_text(
	    metric, &decision->proposal, named ? pods[decision->proposal.error_pod] : NULL,
	    named ? live_replicas_container_without_request(run->replicas, index, decision->proposal.error_pod, metric)
		  : NULL,
	    text, size);
}

/* The action of a decision, or n_actions. Scales come first in a plan, in the order of their autoscalers, in which
 * these are told of, too. */
static uint32_t action_of(struct telling *telling, uint32_t index)
{
	const struct plan *plan = &telling->run->plan;
	uint32_t *at = &telling->next_action;
	while (*at < plan->n_actions && plan->actions[*at].kind == ACTION_SCALE && plan->actions[*at].source < index)
		++*at;
	bool found =
	    *at < plan->n_actions && plan->actions[*at].kind == ACTION_SCALE && plan->actions[*at].source == index;
	return found ? *at : plan->n_actions;
}

static const char *telling_reason(const struct hpa_decision *decision)
{
	const struct condition *condition = !decision->able.status     ? &decision->able
					    : !decision->active.status ? &decision->active
					    : decision->limited.status ? &decision->limited
								       : &decision->able;
	return hpa_reason_text(condition->reason);
}

static int64_t all_of(int64_t each, int32_t n)
{
	int64_t all;
	return __builtin_mul_overflow(each, n, &all) ? INT64_MAX : all;
}

/* Why the metrics were not looked at, when it is for pods that are another's, too. */
static const char *shared_with(const struct run *run, uint32_t index)
{
	const struct condition *active = &run->plan.decisions[index].active;
	bool failed = !active->status && active->reason != REASON_NONE && active->reason != REASON_SCALING_DISABLED;
	return failed ? live_replicas_shared(run->replicas, index) : NULL;
}

/* Its numbers. */
static void fill_row(const struct telling *telling, uint32_t index, struct status_autoscaler *row)
{
	struct run *run = telling->run;
	const struct hpa_decision *decision = &run->plan.decisions[index];
	ms_t sampled_at = live_replicas_sampled_at(run->replicas, index);
	int64_t worth = run_worth(run, index);
	*row = (struct status_autoscaler){
	    .current = decision->current,
	    .desired = decision->desired,
	    .in_trouble = !decision->active.status && decision->active.reason != REASON_SCALING_DISABLED,
	    .sampled_at = sampled_at == MS_UNSET ? MS_UNSET : sampled_at - run->clock.ahead,
	    .scaled_at = run->scaled_at[index],
	    .cost_nano_per_hour = worth < 0 ? -1 : all_of(worth, decision->current),
	    .hpa_desired = telling->all[index].hpa_desired,
	};
}

/* Tells all who want to know of one decision, and fills in its row. */
static void tell_decision(struct telling *telling, uint32_t index, struct status_autoscaler *row)
{
	struct run *run = telling->run;
	const struct hpa_spec *spec = &run->now.specs[index];
	const struct hpa_decision *decision = &run->plan.decisions[index];
	char explained[TEXT], trouble[TEXT], demand[TEXT];
	uint32_t action = decision->rescale ? action_of(telling, index) : run->plan.n_actions;
	bool rescaled = action < run->plan.n_actions && run->accepted[action];
	bool lost = hpa_is_lost(decision);
	hpa_explain(spec, decision, explained, sizeof explained);
	run_trouble(run, index, decision, trouble, sizeof trouble);
	if (action < run->plan.n_actions && !rescaled && !trouble[0] && !run->shadow)
		snprintf(trouble, sizeof trouble, "%s",
			 run->n_failing ? run->failing.message : live_scale_trouble(run->actuate, action));
	demand_text(spec, decision, demand, sizeof demand);
	if (rescaled) {
		run->scaled_at[index] = telling->wall;
		*(decision->desired > decision->current ? &run->status.scaled_up : &run->status.scaled_down) += 1;
	}
	const struct live_said said = {
	    .autoscaler = &telling->all[index],
	    .decision = lost ? NULL : decision,
	    .metrics = run->snapshot.workloads[index].metrics,
	    .n_pods = run->snapshot.workloads[index].n_pods,
	    .trouble = trouble[0] ? trouble : NULL,
	    .shared = lost ? NULL : shared_with(run, index),
	    .explained = explained,
	    .rescaled = rescaled,
	    .unkept = run->n_failing > 0,
	};
	if (!run->options.from_hpa)
		live_say(run->actuate, telling->wall, &said);
	ms_t sampled_at = live_replicas_sampled_at(run->replicas, index);
	if (sampled_at != MS_UNSET)
		status_observe(&run->status.lag, run->plan.time - sampled_at);
	fill_row(telling, index, row);
	row->reason = said.shared ? "AmbiguousSelector" : telling_reason(decision);
	row->in_trouble |= lost;
	row->demand = copy(&run->told.arena, demand);
	row->explained = copy(&run->told.arena, trouble[0] ? trouble : explained);
}

/* ---- all of them ---- */

static void name_row(struct status_autoscaler *row, const struct hpa_spec *spec)
{
	row->namespace_ = spec->namespace_;
	row->name = spec->name;
	row->target_kind = spec->target_kind;
	row->target_name = spec->target_name;
	row->min = spec->min_replicas;
	row->max = spec->max_replicas;
}

static void tell_invalid(struct telling *telling, const struct live_autoscaler *autoscaler,
			 struct status_autoscaler *row)
{
	const struct live_said said = {.autoscaler = autoscaler, .trouble = autoscaler->invalid};
	*row = (struct status_autoscaler){.demand = "",
					  .reason = autoscaler->held ? "AmbiguousSelector" : "InvalidSpec",
					  .explained = autoscaler->invalid,
					  .in_trouble = true,
					  .sampled_at = MS_UNSET,
					  .scaled_at = MS_UNSET,
					  .cost_nano_per_hour = -1,
					  .hpa_desired = autoscaler->hpa_desired};
	if (!telling->run->options.from_hpa)
		live_say(telling->run->actuate, telling->wall, &said);
}

static const struct status_autoscaler undecided = {.demand = "",
						   .reason = "",
						   .explained = "no decision yet",
						   .sampled_at = MS_UNSET,
						   .scaled_at = MS_UNSET,
						   .cost_nano_per_hour = -1,
						   .hpa_desired = -1};

/* The rows of the specs that are valid: those of this tick where it decided about them, else those told before. */
static const struct status_autoscaler *valid_rows(struct telling *telling)
{
	struct run *run = telling->run;
	struct run_told *told = &run->told;
	bool same = run->now.generation == live_autoscalers_generation(run->autoscalers);
	if (!same || !run->decided || run->plan.n_decisions != telling->n_valid)
		return same ? told->rows : NULL;
	arena_free(&told->arena);
	told->rows = arena_alloc(&told->arena, telling->n_valid, sizeof *told->rows);
	for (uint32_t i = 0; told->rows && i < telling->n_valid; i++)
		tell_decision(telling, i, &told->rows[i]);
	return told->rows;
}

static void tell_autoscalers(struct telling *telling, struct status *status, struct arena *arena)
{
	telling->all = live_autoscalers_take(telling->run->autoscalers, &telling->n_valid, &telling->n_all);
	const struct status_autoscaler *valid = valid_rows(telling);
	struct status_autoscaler *rows = arena_alloc(arena, telling->n_all, sizeof *rows);
	if (!rows)
		return;
	for (uint32_t i = 0; i < telling->n_all; i++) {
		if (i >= telling->n_valid)
			tell_invalid(telling, &telling->all[i], &rows[i]);
		else
			rows[i] = valid ? valid[i] : undecided;
		name_row(&rows[i], &telling->all[i].spec);
	}
	status->autoscalers = rows;
	status->n_autoscalers = telling->n_all;
}

static void tell_nodes(struct telling *telling, struct status *status)
{
	struct run *run = telling->run;
	const struct live_nodes_sum sum = live_nodes_sum(run->nodes);
	status->n_nodes = sum.nodes;
	status->n_nodes_ready = sum.ready;
	status->n_pending = sum.pending;
	status->n_unpriced = sum.unpriced;
	status->cost_nano_per_hour = sum.cost_nano_per_hour;
	status->n_pods = live_pods_count(run->pods);
	if (!run->decided || run->plan.nodes.reason == NODES_NOT_DUE)
		return;
	status->nodes = run->plan.nodes;
	status->nodes_added += run->plan.nodes.added;
	status->nodes_removed += run->plan.nodes.removed;
}

static void tell_process(struct telling *telling, struct status *status, ms_t took)
{
	struct run *run = telling->run;
	const struct log *log = &run->options.log;
	status->version = PLIMSOLL_VERSION;
	status->stuck_after = 3 * run->settings.hpa.sync_period;
	status->mode = run->shadow ? "shadow" : run->options.dry != DRY_NOT ? "dry-run" : "live";
	status->now = telling->wall;
	status->synced = run_synced(run);
	status->leader = run_may_act(run);
	status->holder = run->lease ? lease_holder(run->lease) : "";
	status->trouble = run->n_failing ? run->failing.message : "";
	if (took)
		status_observe(&status->tick, took);
	status->ticks = run->loop.ticks;
	status->failed_ticks = run->loop.failed_ticks;
	status->decisions = run->loop.decisions;
	status->actions = run->loop.actions - status->withheld_actions;
	status->failed_actions = run->loop.failed_actions - status->withheld_actions;
	status->watch_lists = watch_lists(live_pods_watch(run->pods));
	status->leader_transitions = run->lease ? lease_transitions(run->lease) : 0;
	status->log_errors = log->lines[LOG_ERROR];
	status->log_warnings = log->lines[LOG_WARN];
	status->clock_steps = run->clock.steps;
	status->currency = run->has_prices ? run->book.fees.currency : "USD";
	if (run->journal)
		journal_size(run->journal, &status->journal_ticks, &status->journal_bytes);
}

void run_count_failures(struct run *run)
{
	struct log *log = &run->options.log;
	struct log_number n;
	uint64_t failed = run->loop.failed_ticks - run->failed_ticks;
	run->failed_ticks = run->loop.failed_ticks;
	if (failed == 0) {
		if (run->n_failing)
			log_line(log, LOG_INFO, "ticks are made again", "failed", log_int(&n, (int64_t)run->n_failing),
				 NULL);
		run->n_failing = 0;
		return;
	}
	bool another = run->n_failing == 0 || strcmp(run->failing.message, run->loop.last_error.message) != 0;
	run->n_failing += failed;
	run->failing = run->loop.last_error;
	if (!another && live_mono() - run->told_failing_at < TELL_AGAIN)
		return;
	run->told_failing_at = live_mono();
	log_line(log, LOG_WARN, "tick failed", "times", log_int(&n, (int64_t)run->n_failing), "reason",
		 run->failing.message, NULL);
}

void run_tell(struct run *run, ms_t took)
{
	struct telling telling = {.run = run, .wall = live_wall()};
	struct arena arena = {0};
	struct call_count calls[64];
	struct err err;
	struct status *status = &run->status;
	tell_autoscalers(&telling, status, &arena);
	tell_nodes(&telling, status);
	run_tell_groups(run, status);
	tell_process(&telling, status, took);
	status->calls = calls;
	status->n_calls = server_counts(kube_server(run->kube), calls, COUNT(calls));
	if (run->web && web_publish(run->web, status, &err) < 0)
		log_line(&run->options.log, LOG_WARN, "status not published", "reason", err.message, NULL);
	status->autoscalers = NULL;
	status->groups = NULL;
	status->calls = NULL;
	status->n_autoscalers = status->n_groups = status->n_calls = 0;
	run->published_at = live_mono();
	arena_free(&arena);
}
