/* One drawing of the cluster as the core is to see it. Private to the files that draw. */
#ifndef PLIMSOLL_NODE_PICTURE_H
#define PLIMSOLL_NODE_PICTURE_H

#include "node_classes.h"

#define NOBODY UINT32_MAX /* a pod of no autoscaler's target */

/* Which budget a pod is under. */
struct pod_budget {
	const struct live_pod *pod;
	uint32_t budget;
	bool several;
};

struct drawing {
	struct live_nodes *nodes;
	struct node_picture *picture;
	struct node_classes classes;
	ms_t now, ahead;
	struct pod_budget *budgets; /* open hash by pointer; of pods that are under one */
	size_t n_budget_slots;
};

static inline void *drawing_make(struct drawing *drawing, size_t n, size_t size, struct err *err)
{
	void *memory = arena_alloc(&drawing->picture->arena, n, size);
	if (!memory)
		err_set(err, "out of memory for a picture of %zu nodes", drawing->nodes->n_nodes);
	return memory;
}

/* Instants of the API are wall clock. */
static inline ms_t at_core(const struct drawing *drawing, ms_t wall)
{
	return wall == MS_UNSET ? MS_UNSET : wall + drawing->ahead;
}

static inline bool pod_counts(const struct live_pod *pod)
{
	return pod->view.phase != POD_SUCCEEDED && pod->view.phase != POD_FAILED;
}

/* What was drawn is good until then only. */
static inline void good_until(struct drawing *drawing, ms_t time)
{
	drawing->picture->good_until = min64(drawing->picture->good_until, time);
}

/* node_budgets.c */
int draw_budgets(struct drawing *, struct err *);
/* The budget of a pod, or NO_BUDGET; several: it is under more than one, and the API refuses to evict it. */
uint32_t budget_of(const struct drawing *, const struct live_pod *, bool *several);

/* node_pods.c: the pods of a node, and those that wait. */
int draw_pods(struct drawing *, const struct live_node *, struct node_view *, struct err *);
int draw_pending(struct drawing *, struct err *);

/* node_fresh.c: groups, what a fresh node of each has for pods, and nodes that are yet to come. After the kinds of the
 * nodes that are there; note_daemons before them. */
struct daemon_set;
struct daemon_sets {
	struct daemon_set *list;
	uint32_t n;
};
int note_daemons(struct drawing *, struct daemon_sets *, struct err *);
int draw_groups(struct drawing *, const struct daemon_sets *, struct err *);

/* node_kept.c */
void draw_kept(struct drawing *, const struct live_kept *); /* texts are copied */

#endif
