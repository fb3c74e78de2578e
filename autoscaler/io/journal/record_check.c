#include "record_walk.h"

static int refuse(const char *what, uint32_t index, uint32_t found, uint32_t n, struct err *err)
{
	return err_set(err, "damaged: %s %u points to %u, and there are %u", what, index, found, n);
}

/* The core reads samples and requests without asking. */
static bool can_be_read(const struct metric_spec *spec, const struct metric_input *input, uint32_t n_pods)
{
	if (spec->type > METRIC_PODS || input->unavailable || n_pods == 0)
		return true;
	return input->samples && (spec->target_type != TARGET_UTILIZATION || input->requests);
}

static int check_workloads(const struct core_config *config, const struct snapshot *snapshot, struct err *err)
{
	for (uint32_t a = 0; a < config->n_autoscalers; a++) {
		uint32_t w = config->workload_of[a];
		if (w >= snapshot->n_workloads)
			return refuse("autoscaler", a, w, snapshot->n_workloads, err);
		const struct workload_view *view = &snapshot->workloads[w];
		const struct hpa_spec *spec = &config->autoscalers[a];
		for (uint32_t m = 0; m < spec->n_metrics; m++)
			if (!view->metrics || !can_be_read(&spec->metrics[m], &view->metrics[m], view->n_pods))
				return err_set(err, "damaged: autoscaler %u has nothing for its metric %u", a, m);
	}
	return 0;
}

static int check_placed(const struct snapshot *snapshot, const struct node_view *node, struct err *err)
{
	for (uint32_t i = 0; i < node->n_placed; i++) {
		const struct placed *placed = &node->placed[i];
		if (snapshot->fits && placed->shape >= snapshot->n_shapes)
			return refuse("shape of pod", i, placed->shape, snapshot->n_shapes, err);
		if (placed->budget != NO_BUDGET && snapshot->n_budgets && placed->budget >= snapshot->n_budgets)
			return refuse("budget of pod", i, placed->budget, snapshot->n_budgets, err);
	}
	return 0;
}

static int check_nodes(const struct snapshot *snapshot, struct err *err)
{
	for (uint32_t i = 0; i < snapshot->n_nodes; i++) {
		const struct node_view *node = &snapshot->nodes[i];
		if (node->state != NODE_GONE && node->group >= snapshot->n_groups && node->group != NO_GROUP)
			return refuse("node", i, node->group, snapshot->n_groups, err);
		if (snapshot->fits && node->state != NODE_GONE && node->kind >= snapshot->n_kinds)
			return refuse("kind of node", i, node->kind, snapshot->n_kinds, err);
		if (check_placed(snapshot, node, err) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < snapshot->n_pending && snapshot->fits; i++)
		if (snapshot->pending[i].shape >= snapshot->n_shapes)
			return refuse("pending pod", i, snapshot->pending[i].shape, snapshot->n_shapes, err);
	for (uint32_t i = 0; i < snapshot->n_groups && snapshot->fits; i++)
		if (snapshot->groups[i].kind >= snapshot->n_kinds)
			return refuse("group", i, snapshot->groups[i].kind, snapshot->n_kinds, err);
	return 0;
}

static int check_plan(const struct core_config *config, const struct snapshot *snapshot, const struct plan *plan,
		      struct err *err)
{
	const uint32_t targets[] = {
	    [ACTION_SCALE] = snapshot->n_workloads,
	    [ACTION_ADD_NODES] = snapshot->n_groups,
	    [ACTION_REMOVE_NODE] = snapshot->n_nodes,
	};
	if (plan->n_decisions != (snapshot->due & DUE_REPLICAS ? config->n_autoscalers : 0))
		return err_set(err, "damaged: %u decisions for %u autoscalers", plan->n_decisions,
			       config->n_autoscalers);
	for (uint32_t i = 0; i < plan->n_actions; i++) {
		const struct action *action = &plan->actions[i];
		if (action->target >= targets[action->kind])
			return refuse("action", i, action->target, targets[action->kind], err);
		if (action->kind == ACTION_SCALE && action->source >= config->n_autoscalers)
			return refuse("source of action", i, action->source, config->n_autoscalers, err);
	}
	return 0;
}

int record_check(const struct core_config *config, const struct snapshot *snapshot, const struct plan *plan,
		 struct err *err)
{
	if ((snapshot->due & DUE_REPLICAS && check_workloads(config, snapshot, err) < 0) ||
	    check_nodes(snapshot, err) < 0)
		return -1;
	return check_plan(config, snapshot, plan, err);
}
