#include "core_internal.h"

struct core *core_new(const struct core_config *config, struct arena *arena, struct err *err)
{
	struct core made = {.config = *config};
	struct core *core = arena_alloc(arena, 1, sizeof *core);
	size_t n = config->n_autoscalers;
	made.phase =
	    (struct phase){.due = n ? config->start + config->settings->hpa.phase : MS_NEVER, .newest = MS_UNSET};
	made.autoscalers = arena_alloc(arena, n, sizeof(struct hpa *));
	made.decisions = arena_alloc(arena, n, sizeof(struct hpa_decision));
	made.actions = arena_alloc(arena, n + config->max_nodes + 1, sizeof(struct action));
	made.accepted = arena_alloc(arena, n + config->max_nodes + 1, sizeof(bool));
	if (!core || !made.autoscalers || !made.decisions || !made.actions || !made.accepted) {
		err_set(err, "out of memory for %zu autoscalers", n);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		made.autoscalers[i] = hpa_new(&config->autoscalers[i], &config->settings->hpa, arena, err);
		if (!made.autoscalers[i])
			return NULL;
	}
	if (nodes_init(&made.nodes, config, arena, err) < 0 || guards_init(&made.guards, config, arena, err) < 0)
		return NULL;
	memcpy(core, &made, sizeof *core);
	return core;
}

ms_t core_next(const struct core *core)
{
	return min64(core->phase.due, core->nodes.next_scan);
}

unsigned core_due(const struct core *core, ms_t now)
{
	return (core->phase.due <= now ? DUE_REPLICAS : 0u) | (core->nodes.next_scan <= now ? DUE_NODES : 0u);
}

void core_wake_nodes(struct core *core, ms_t now)
{
	if (core->config.settings->ca.enabled && core->config.settings->ca.frequent_loops)
		core->nodes.next_scan = min64(core->nodes.next_scan, now);
}

void core_postpone(struct core *core, ms_t now)
{
	if (core->phase.due <= now)
		phase_keep(&core->phase, core->config.settings->hpa.sync_period, now);
	if (core->nodes.next_scan <= now)
		core->nodes.next_scan = now + core->config.settings->ca.scan_interval;
}

static int decide_replicas(struct core *core, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	const struct core_config *config = &core->config;
	guards_begin(&core->guards, snapshot->time);
	for (uint32_t i = 0; i < config->n_autoscalers; i++) {
		uint32_t index = config->workload_of[i];
		if (index >= snapshot->n_workloads)
			return err_set(err, "autoscaler %s: its workload is not in the snapshot",
				       config->autoscalers[i].name);
		const struct workload_view *workload = &snapshot->workloads[index];
		struct hpa_input input = {
		    .now = snapshot->time,
		    .spec_replicas = workload->spec_replicas,
		    .status_replicas = workload->status_replicas,
		    .pods = workload->pods,
		    .n_pods = workload->n_pods,
		    .metrics = workload->metrics,
		    .lost = workload->lost,
		};
		struct hpa_decision *decision = &core->decisions[i];
		input.metrics = guards_sift(&core->guards, &config->autoscalers[i], &input, err);
		if (!input.metrics)
			return -1;
		hpa_step(core->autoscalers[i], &input, decision);
		if (input.metrics != workload->metrics || decision->rescale)
			guards_judge(&core->guards, input.metrics != workload->metrics, decision);
		if (decision->rescale)
			core->actions[plan->n_actions++] =
			    (struct action){ACTION_SCALE, index, decision->current, decision->desired, i};
	}
	plan->decisions = core->decisions;
	plan->n_decisions = config->n_autoscalers;
	return 0;
}

int core_step(struct core *core, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	memset(plan, 0, sizeof *plan);
	plan->time = snapshot->time;
	plan->actions = core->actions;
	if (snapshot->due & DUE_REPLICAS) {
		if (decide_replicas(core, snapshot, plan, err) < 0)
			return -1;
		if (core->config.settings->hpa.follow_scrapes)
			phase_follow(&core->phase, &core->config, snapshot);
		else
			phase_keep(&core->phase, core->config.settings->hpa.sync_period, snapshot->time);
	}
	if (snapshot->due & DUE_NODES &&
	    nodes_step(&core->nodes, snapshot, core->actions, &plan->n_actions, &plan->nodes, err) < 0)
		return -1;
	return 0;
}

void core_settle(struct core *core, const struct plan *plan, const bool *accepted)
{
	for (uint32_t i = 0; i < plan->n_actions; i++) {
		const struct action *action = &plan->actions[i];
		if (accepted[i] && action->kind == ACTION_SCALE)
			hpa_rescaled(core->autoscalers[action->source], plan->time, action->from, action->to);
	}
}

bool *core_accepted(struct core *core)
{
	return core->accepted;
}
