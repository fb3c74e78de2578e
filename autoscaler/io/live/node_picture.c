#include "node_classes.h"

#include <stdlib.h>

#define NOBODY UINT32_MAX /* a pod of no autoscaler's target */

/* One drawing of the cluster as the core is to see it. */
struct drawing {
	struct live_nodes *nodes;
	struct node_picture *picture;
	struct node_classes classes;
	ms_t now, ahead;
	const struct live_pod **daemons; /* one of each DaemonSet */
	uint32_t n_daemons;
};

static void *make(struct drawing *drawing, size_t n, size_t size, struct err *err)
{
	void *memory = arena_alloc(&drawing->picture->arena, n, size);
	if (!memory)
		err_set(err, "out of memory for a picture of %zu nodes", drawing->nodes->n_nodes);
	return memory;
}

/* Instants of the API are wall clock. */
static ms_t at_core(const struct drawing *drawing, ms_t wall)
{
	return wall == MS_UNSET ? MS_UNSET : wall + drawing->ahead;
}

static bool counts(const struct live_pod *pod)
{
	return pod->view.phase != POD_SUCCEEDED && pod->view.phase != POD_FAILED;
}

static bool waits(const struct live_pod *pod)
{
	return !pod->node && !pod->view.deleted && counts(pod) && pod->unschedulable_at != MS_UNSET;
}

/* ---- budgets ---- */

/* The budget of a pod; of several, one that allows nothing: the API refuses to evict it. */
static uint32_t budget_of(const struct live_nodes *nodes, const struct live_pod *pod, bool *several)
{
	uint32_t found = NO_BUDGET;
	*several = false;
	for (size_t i = 0; i < nodes->n_budgets; i++) {
		const struct live_budget *budget = nodes->budgets[i];
		if (strcmp(budget->namespace_, pod->namespace_) != 0 ||
		    !live_selector_matches(budget->selector, pod->labels, pod->n_labels))
			continue;
		*several |= found != NO_BUDGET;
		found = (uint32_t)i;
	}
	return found;
}

static int draw_budgets(struct drawing *drawing, struct err *err)
{
	const struct live_nodes *nodes = drawing->nodes;
	drawing->picture->budgets = make(drawing, nodes->n_budgets, sizeof(int32_t), err);
	if (!drawing->picture->budgets)
		return -1;
	for (size_t i = 0; i < nodes->n_budgets; i++)
		drawing->picture->budgets[i] = nodes->budgets[i]->allowed;
	return 0;
}

/* ---- what keeps a node ---- */

static const char *const keep_texts[] = {
    [KEEP_NOT] = "",
    [KEEP_UNSAFE] = "must not be evicted: safe-to-evict is false",
    [KEEP_LOCAL_STORAGE] = "has local storage",
    [KEEP_BARE] = "has no controller that would make it again",
    [KEEP_UNMODELLED] = "asks for what is not followed",
    [KEEP_SYSTEM] = "is of kube-system, without a disruption budget",
};

static void keep(struct drawing *drawing, const struct live_node *node, const struct live_pod *pod, const char *why)
{
	struct node_picture *picture = drawing->picture;
	size_t room = picture->kept_room;
	struct live_kept *kept =
	    arena_grown(&picture->arena, picture->kept, picture->n_kept, &room, sizeof *picture->kept);
	if (!kept)
		return;
	picture->kept = kept;
	picture->kept_room = (uint32_t)room;
	kept[picture->n_kept++] = (struct live_kept){node ? node->name : NULL, pod->namespace_, pod->name, why};
}

static const char *why_kept(struct drawing *drawing, const struct live_pod *pod)
{
	if (!pod->unmodelled)
		return keep_texts[pod->keep];
	char text[300];
	snprintf(text, sizeof text, "asks for %.200s, which is not followed", pod->unmodelled);
	const char *copy = arena_strdup(&drawing->picture->arena, text);
	return copy ? copy : keep_texts[KEEP_UNMODELLED];
}

static bool is_pinned(struct drawing *drawing, const struct live_node *node, const struct live_pod *pod,
		      uint32_t budget, bool several)
{
	if (pod->daemon || pod->mirror || pod->view.deleted)
		return false;
	bool system = pod->keep == KEEP_NOT && strcmp(pod->namespace_, "kube-system") == 0 && budget == NO_BUDGET;
	if (pod->keep != KEEP_NOT || pod->unmodelled)
		keep(drawing, node, pod, why_kept(drawing, pod));
	else if (system)
		keep(drawing, node, pod, keep_texts[KEEP_SYSTEM]);
	else if (several)
		keep(drawing, node, pod, "has several disruption budgets");
	else
		return false;
	return true;
}

/* ---- nodes ---- */

static enum node_state state_of(const struct drawing *drawing, const struct live_node *node)
{
	ms_t age = drawing->now - at_core(drawing, node->created_at);
	if (node->leaving_at != MS_UNSET)
		return NODE_LEAVING;
	if (node->ready)
		return NODE_READY;
	bool starting = !node->was_ready && age < drawing->nodes->config.settings->ca.max_node_provision_time;
	return starting ? NODE_UPCOMING : NODE_UNREADY;
}

static int draw_pods(struct drawing *drawing, const struct live_node *node, struct node_view *view, struct err *err)
{
	const struct live_pod **pods;
	uint32_t n = live_pods_on(drawing->nodes->config.pods, node->name, &pods);
	struct placed *placed = make(drawing, n, sizeof *placed, err);
	if (!placed)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod = pods[i];
		bool several;
		if (!counts(pod))
			continue;
		int64_t shape = pod->daemon || pod->mirror ? 0 : shape_of(&drawing->classes, pod, err);
		if (shape < 0)
			return -1;
		uint32_t budget = budget_of(drawing->nodes, pod, &several);
		placed[view->n_placed++] = (struct placed){
		    .cpu_milli = pod->cpu_milli,
		    .memory_bytes = pod->memory_bytes,
		    .workload = NOBODY,
		    .pod = i,
		    .daemon = pod->daemon || pod->mirror,
		    .leaving = pod->view.deleted,
		    .pinned = is_pinned(drawing, node, pod, budget, several),
		    .shape = (uint32_t)shape,
		    .budget = budget,
		};
		view->used_cpu_milli += pod->cpu_milli;
		view->used_memory_bytes += pod->memory_bytes;
	}
	view->used_pods = (int32_t)view->n_placed;
	view->placed = placed;
	return 0;
}

static uint32_t group_of(const struct live_nodes *nodes, const struct live_node *node)
{
	for (uint32_t i = 0; i < nodes->n_sources; i++) {
		const struct group_source *source = &nodes->sources[i];
		int32_t group = source->driver->group_of(source->self, node->provider_id, node->name);
		if (group >= 0 && (uint32_t)group < source->n)
			return source->first + (uint32_t)group;
	}
	return NO_GROUP;
}

/* kind is set when all shapes are known. */
static int draw_node(struct drawing *drawing, struct live_node *node, struct err *err)
{
	struct node_view *view = &drawing->picture->views[node->slot];
	drawing->picture->by_slot[node->slot] = node;
	node->group = group_of(drawing->nodes, node);
	*view = (struct node_view){
	    .uid = node->id,
	    .group = node->group,
	    .state = state_of(drawing, node),
	    .created_at = at_core(drawing, node->created_at),
	    .cpu_milli = node->cpu_milli,
	    .memory_bytes = node->memory_bytes,
	    .pods = (int32_t)node->pods,
	};
	drawing->picture->n_unready += view->state == NODE_UNREADY;
	return draw_pods(drawing, node, view, err);
}

/* ---- pods that wait ---- */

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

static int draw_pending(struct drawing *drawing, struct err *err)
{
	struct live_pods *pods = drawing->nodes->config.pods;
	struct node_picture *picture = drawing->picture;
	uint32_t n = 0, n_pods = live_pods_count(pods);
	for (uint32_t i = 0; i < n_pods; i++)
		n += waits(live_pod_at(pods, i));
	const struct live_pod **waiting = make(drawing, n, sizeof *waiting, err);
	picture->pending = make(drawing, n, sizeof *picture->pending, err);
	if (!waiting || !picture->pending)
		return -1;
	n = 0;
	for (uint32_t i = 0; i < n_pods; i++)
		if (waits(live_pod_at(pods, i)))
			waiting[n++] = live_pod_at(pods, i);
	qsort(waiting, n, sizeof *waiting, by_age);
	picture->n_pending_pods = n;
	for (uint32_t i = 0; i < n; i++) {
		int64_t shape = shape_of(&drawing->classes, waiting[i], err);
		if (shape < 0)
			return -1;
		const struct pending_view view = {
		    .workload = NOBODY,
		    .count = 1,
		    .since = at_core(drawing, waiting[i]->created_at),
		    .cpu_milli = waiting[i]->cpu_milli,
		    .memory_bytes = waiting[i]->memory_bytes,
		    .shape = (uint32_t)shape,
		    .unmodelled = waiting[i]->unmodelled != NULL,
		};
		if (view.unmodelled)
			keep(drawing, NULL, waiting[i], why_kept(drawing, waiting[i]));
		if (picture->n_pending && alike(&picture->pending[picture->n_pending - 1], &view))
			picture->pending[picture->n_pending - 1].count++;
		else
			picture->pending[picture->n_pending++] = view;
	}
	return 0;
}

/* ---- groups ---- */

static int find_daemons(struct drawing *drawing, struct err *err)
{
	struct live_pods *pods = drawing->nodes->config.pods;
	uint32_t n_pods = live_pods_count(pods), room = 0;
	for (uint32_t i = 0; i < n_pods; i++)
		room += live_pod_at(pods, i)->daemon;
	drawing->daemons = make(drawing, room, sizeof *drawing->daemons, err);
	if (!drawing->daemons)
		return -1;
	for (uint32_t i = 0; i < n_pods; i++) {
		const struct live_pod *pod = live_pod_at(pods, i);
		bool known = !pod->daemon || pod->view.deleted;
		for (uint32_t d = 0; d < drawing->n_daemons && !known; d++)
			known = drawing->daemons[d]->namespace_ == pod->namespace_ &&
				drawing->daemons[d]->owner_name == pod->owner_name;
		if (!known)
			drawing->daemons[drawing->n_daemons++] = pod;
	}
	return 0;
}

/* A Ready node of the group that is not going: what a fresh one will be like. */
static const struct live_node *sample_of(const struct live_nodes *nodes, uint32_t group)
{
	const struct live_node *best = NULL;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		const struct live_node *node = nodes->nodes[i];
		bool usable =
		    node->group == group && node->ready && node->leaving_at == MS_UNSET && !node->unschedulable;
		if (usable && (!best || strcmp(node->name, best->name) < 0))
			best = node;
	}
	return best;
}

static int less_daemons(struct drawing *drawing, struct group_view *view, struct err *err)
{
	for (uint32_t d = 0; d < drawing->n_daemons; d++) {
		bool fits;
		if (daemon_fits(&drawing->classes, drawing->daemons[d], view->kind, &fits, err) < 0)
			return -1;
		if (!fits)
			continue;
		view->cpu_milli = max64(view->cpu_milli - drawing->daemons[d]->cpu_milli, 0);
		view->memory_bytes = max64(view->memory_bytes - drawing->daemons[d]->memory_bytes, 0);
		view->pods -= view->pods > 0;
	}
	return 0;
}

static int draw_group(struct drawing *drawing, uint32_t g, struct err *err)
{
	struct live_nodes *nodes = drawing->nodes;
	struct group_source *source;
	const struct node_group *group = group_at(nodes, g, &source);
	const struct live_node *sample = sample_of(nodes, g);
	struct group_view *view = &drawing->picture->groups[g];
	int64_t kind =
	    sample ? kind_like(&drawing->classes, sample, err) : kind_of_group(&drawing->classes, group, err);
	if (kind < 0)
		return -1;
	*view = (struct group_view){
	    .min = group->min,
	    .max = group->max,
	    .size = group->size,
	    .cpu_milli = sample ? sample->cpu_milli : group->cpu_milli,
	    .memory_bytes = sample ? sample->memory_bytes : group->memory_bytes,
	    .pods = (int32_t)min64(sample ? sample->pods : group->pods, INT32_MAX),
	    .price_nano_per_hour = max64(node_price(nodes, sample ? sample->instance_type : group->instance_type), 0),
	    .kind = (uint32_t)kind,
	    .held = group->trouble || source->trouble[0] || (!sample && !group->has_template),
	};
	return less_daemons(drawing, view, err);
}

/* Nodes that were asked for and have not registered: they come, for so long as one may take. */
static void draw_coming(struct drawing *drawing, uint32_t g)
{
	struct node_picture *picture = drawing->picture;
	struct group_view *group = &picture->groups[g];
	ms_t asked_at = drawing->nodes->memories[g].asked_at;
	int32_t registered = 0;
	for (size_t i = 0; i < drawing->nodes->n_nodes; i++)
		registered += drawing->nodes->nodes[i]->group == g;
	int32_t missing = group->size - registered;
	bool late = asked_at == MS_UNSET ||
		    drawing->now - asked_at >= drawing->nodes->config.settings->ca.max_node_provision_time;
	if (missing > 0 && late) {
		group->held = true;
		return;
	}
	for (uint32_t slot = 0; missing > 0 && slot < picture->n_slots; slot++) {
		if (picture->views[slot].state != NODE_GONE)
			continue;
		picture->views[slot] = (struct node_view){
		    .uid = (uint32_t)mix64(((uint64_t)g << 32) ^ (uint64_t)asked_at ^ slot),
		    .group = g,
		    .state = NODE_UPCOMING,
		    .created_at = asked_at,
		    .cpu_milli = group->cpu_milli,
		    .memory_bytes = group->memory_bytes,
		    .pods = group->pods,
		    .kind = group->kind,
		};
		missing--;
	}
}

/* ---- all of it ---- */

static int draw_kinds(struct drawing *drawing, struct err *err)
{
	struct live_nodes *nodes = drawing->nodes;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		int64_t kind = kind_of(&drawing->classes, nodes->nodes[i], err);
		if (kind < 0)
			return -1;
		drawing->picture->views[nodes->nodes[i]->slot].kind = (uint32_t)kind;
	}
	return 0;
}

static int draw_groups(struct drawing *drawing, struct err *err)
{
	struct node_picture *picture = drawing->picture;
	picture->n_groups = drawing->nodes->n_groups;
	picture->groups = make(drawing, picture->n_groups, sizeof *picture->groups, err);
	if (!picture->groups || find_daemons(drawing, err) < 0)
		return -1;
	for (uint32_t g = 0; g < picture->n_groups; g++) {
		if (draw_group(drawing, g, err) < 0)
			return -1;
		draw_coming(drawing, g);
	}
	return 0;
}

int node_picture_draw(struct live_nodes *nodes, ms_t now, ms_t ahead, struct err *err)
{
	struct node_picture *picture = &nodes->picture;
	arena_free(&picture->arena);
	*picture = (struct node_picture){.n_slots = live_nodes_max(nodes)};
	struct drawing drawing = {
	    .nodes = nodes, .picture = picture, .classes = {.arena = &picture->arena}, .now = now, .ahead = ahead};
	picture->views = make(&drawing, picture->n_slots, sizeof *picture->views, err);
	picture->by_slot = make(&drawing, picture->n_slots, sizeof *picture->by_slot, err);
	if (!picture->views || !picture->by_slot || draw_budgets(&drawing, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes->n_nodes; i++)
		if (draw_node(&drawing, nodes->nodes[i], err) < 0)
			return -1;
	if (draw_pending(&drawing, err) < 0 || draw_kinds(&drawing, err) < 0 || draw_groups(&drawing, err) < 0)
		return -1;
	picture->n_shapes = (uint32_t)drawing.classes.n_shapes;
	picture->n_kinds = (uint32_t)drawing.classes.n_kinds;
	picture->fits = classes_fit(&drawing.classes, err);
	return picture->fits ? 0 : -1;
}
