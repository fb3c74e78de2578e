#include "node_picture.h"

static struct pod_budget *slot_of(const struct drawing *drawing, const struct live_pod *pod)
{
	size_t at = mix64((uint64_t)(uintptr_t)pod) & (drawing->n_budget_slots - 1);
	while (drawing->budgets[at].pod && drawing->budgets[at].pod != pod)
		at = (at + 1) & (drawing->n_budget_slots - 1);
	return &drawing->budgets[at];
}

/* Each budget finds its pods through the index of their labels: it costs what it finds. */
static void mark_pods(struct drawing *drawing)
{
	struct live_nodes *nodes = drawing->nodes;
	for (size_t i = 0; i < nodes->n_budgets; i++) {
		const struct live_pod **pods;
		uint32_t n = live_pods_select(nodes->config.pods, nodes->budgets[i]->namespace_,
					      nodes->budgets[i]->selector, &pods);
		for (uint32_t p = 0; p < n; p++) {
			struct pod_budget *slot = slot_of(drawing, pods[p]);
			slot->several = slot->pod != NULL;
			slot->pod = pods[p];
			slot->budget = (uint32_t)i;
		}
	}
}

int draw_budgets(struct drawing *drawing, struct err *err)
{
	const struct live_nodes *nodes = drawing->nodes;
	struct node_picture *picture = drawing->picture;
	picture->budgets = drawing_make(drawing, nodes->n_budgets, sizeof(int32_t), err);
	picture->n_budgets = (uint32_t)nodes->n_budgets;
	if (!picture->budgets)
		return -1;
	for (size_t i = 0; i < nodes->n_budgets; i++)
		picture->budgets[i] = nodes->budgets[i]->allowed;
	if (nodes->n_budgets == 0)
		return 0;
	drawing->n_budget_slots = 64;
	while (drawing->n_budget_slots < 2 * (size_t)live_pods_count(nodes->config.pods))
		drawing->n_budget_slots *= 2;
	drawing->budgets = drawing_make(drawing, drawing->n_budget_slots, sizeof *drawing->budgets, err);
	if (!drawing->budgets)
		return -1;
	mark_pods(drawing);
	return 0;
}

uint32_t budget_of(const struct drawing *drawing, const struct live_pod *pod, bool *several)
{
	*several = false;
	if (!drawing->budgets)
		return NO_BUDGET;
	const struct pod_budget *slot = slot_of(drawing, pod);
	*several = slot->pod && slot->several;
	return slot->pod ? slot->budget : NO_BUDGET;
}
