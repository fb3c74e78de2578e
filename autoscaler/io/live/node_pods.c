#include "node_picture.h"

#include <stdlib.h>

#define USED_MAX (LIVE_AMOUNT_MAX << 10) /* what the journal can keep */

/* ---- what keeps a node ---- */

/* NULL: it may be evicted. */
static const char *why_pinned(struct drawing *drawing, const struct live_pod *pod, uint32_t budget, bool several)
{
	if (pod->daemon || pod->mirror || pod->view.deleted)
		return NULL;
	if (pod->unmodelled) {
		char text[300];
		snprintf(text, sizeof text, "asks for %.240s, which is not followed", pod->unmodelled);
		const char *copy = arena_strdup(&drawing->picture->arena, text);
		return copy ? copy : live_keep_texts[KEEP_UNMODELLED];
	}
	if (pod->keep != KEEP_NOT)
		return live_keep_texts[pod->keep];
	if (budget == NO_BUDGET && strcmp(pod->namespace_, "kube-system") == 0)
		return live_keep_texts[KEEP_SYSTEM];
	return several ? "has several disruption budgets" : NULL;
}

static double share(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

/* Nothing but a pod keeps it: it is one of a group, and little used. */
static bool could_go(const struct drawing *drawing, const struct node_view *view)
{
	double cpu = share(view->used_cpu_milli, view->cpu_milli);
	double memory = share(view->used_memory_bytes, view->memory_bytes);
	double threshold = drawing->nodes->config.settings->ca.utilization_threshold;
	return view->group != NO_GROUP && view->state == NODE_READY && cpu < threshold && memory < threshold;
}

/* ---- on a node ---- */

int draw_pods(struct drawing *drawing, const struct live_node *node, struct node_view *view, struct err *err)
{
	const struct live_pod **pods, *keeper = NULL;
	const char *why = NULL;
	uint32_t n = live_pods_on(drawing->nodes->config.pods, node->name, &pods);
	struct placed *placed = drawing_make(drawing, n, sizeof *placed, err);
	if (!placed)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod = pods[i];
		bool several, tied = pod->daemon || pod->mirror;
		if (!pod_counts(pod))
			continue;
		int64_t shape = tied ? 0 : shape_of(&drawing->classes, pod, err);
		if (shape < 0)
			return -1;
		uint32_t budget = budget_of(drawing, pod, &several);
		const char *pinned = why_pinned(drawing, pod, budget, several);
		placed[view->n_placed++] = (struct placed){
		    .cpu_milli = pod->cpu_milli,
		    .memory_bytes = pod->memory_bytes,
		    .workload = NOBODY,
		    .pod = i,
		    .daemon = tied,
		    .leaving = pod->view.deleted,
		    .pinned = pinned != NULL,
		    .shape = (uint32_t)shape,
		    .budget = budget,
		};
		view->used_cpu_milli = min64(view->used_cpu_milli + pod->cpu_milli, USED_MAX);
		view->used_memory_bytes = min64(view->used_memory_bytes + pod->memory_bytes, USED_MAX);
		keeper = why || !pinned ? keeper : pod;
		why = why ? why : pinned;
	}
	view->used_pods = (int32_t)view->n_placed;
	view->placed = placed;
	if (keeper && could_go(drawing, view))
		draw_kept(drawing, &(struct live_kept){node->name, keeper->namespace_, keeper->name, why, view->group});
	return 0;
}

/* ---- that wait ---- */

static bool waits(const struct live_pod *pod)
{
	return !pod->node && !pod->view.deleted && pod_counts(pod) && pod->unschedulable_at != MS_UNSET;
}

static int by_age(const void *a, const void *b)
{
	const struct live_pod *x = *(const struct live_pod *const *)a, *y = *(const struct live_pod *const *)b;
	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? -1 : 1;
	int order = strcmp(x->namespace_, y->namespace_);
	return order ? order : strcmp(x->name, y->name);
}

static bool alike(const struct pending_view *a, const struct pending_view *b)
{
	return a->since == b->since && a->cpu_milli == b->cpu_milli && a->memory_bytes == b->memory_bytes &&
	       a->shape == b->shape && a->unmodelled == b->unmodelled;
}

static int add_pending(struct drawing *drawing, const struct live_pod *pod, struct err *err)
{
	struct node_picture *picture = drawing->picture;
	int64_t shape = shape_of(&drawing->classes, pod, err);
	if (shape < 0)
		return -1;
	const struct pending_view view = {
	    .workload = NOBODY,
	    .count = 1,
	    .since = at_core(drawing, pod->created_at),
	    .cpu_milli = pod->cpu_milli,
	    .memory_bytes = pod->memory_bytes,
	    .shape = (uint32_t)shape,
	    .unmodelled = pod->unmodelled != NULL,
	};
	if (view.unmodelled)
		draw_kept(drawing, &(struct live_kept){.namespace_ = pod->namespace_,
						       .pod = pod->name,
						       .why = why_pinned(drawing, pod, NO_BUDGET, false),
						       .group = NO_GROUP});
	if (picture->n_pending && alike(&picture->pending[picture->n_pending - 1], &view))
		picture->pending[picture->n_pending - 1].count++;
	else
		picture->pending[picture->n_pending++] = view;
	return 0;
}

int draw_pending(struct drawing *drawing, struct err *err)
{
	struct live_pods *pods = drawing->nodes->config.pods;
	struct node_picture *picture = drawing->picture;
	uint32_t n = 0, n_pods = live_pods_count(pods);
	for (uint32_t i = 0; i < n_pods; i++)
		n += waits(live_pod_at(pods, i));
	const struct live_pod **waiting = drawing_make(drawing, n, sizeof *waiting, err);
	picture->pending = drawing_make(drawing, n, sizeof *picture->pending, err);
	if (!waiting || !picture->pending)
		return -1;
	for (uint32_t i = 0; i < n_pods; i++)
		if (waits(live_pod_at(pods, i)))
			waiting[picture->n_pending_pods++] = live_pod_at(pods, i);
	qsort(waiting, n, sizeof *waiting, by_age);
	for (uint32_t i = 0; i < n; i++)
		if (add_pending(drawing, waiting[i], err) < 0)
			return -1;
	return 0;
}
