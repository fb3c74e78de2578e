#include "node_picture.h"

/* ---- DaemonSets ---- */

struct daemon_set {
	const struct live_pod *pod; /* one of its pods */
	struct pod_constraints constraints;
};

int note_daemons(struct drawing *drawing, struct daemon_sets *sets, struct err *err)
{
	struct live_pods *pods = drawing->nodes->config.pods;
	size_t room = 0;
	for (uint32_t i = 0, n = live_pods_count(pods); i < n; i++) {
		const struct live_pod *pod = live_pod_at(pods, i);
		bool known = !pod->daemon || pod->view.deleted || !pod_counts(pod);
		for (uint32_t d = 0; d < sets->n && !known; d++)
			known = sets->list[d].pod->namespace_ == pod->namespace_ &&
				sets->list[d].pod->owner_name == pod->owner_name;
		if (known)
			continue;
		void *grown = arena_grown(&drawing->picture->arena, sets->list, sets->n, &room, sizeof *sets->list);
		if (!grown)
			return err_set(err, "out of memory for %u DaemonSets", sets->n);
		sets->list = grown;
		sets->list[sets->n].pod = pod;
		if (daemon_constraints(&drawing->classes, pod, &sets->list[sets->n++].constraints, err) < 0)
			return -1;
	}
	return 0;
}

static void less_daemons(const struct drawing *drawing, const struct daemon_sets *sets, struct group_view *view)
{
	const struct node_traits *fresh = &drawing->classes.traits[view->kind];
	for (uint32_t d = 0; d < sets->n; d++) {
		const struct live_pod *pod = sets->list[d].pod;
		if (!node_admits(fresh, &sets->list[d].constraints))
			continue;
		view->cpu_milli = max64(view->cpu_milli - pod->cpu_milli, 0);
		view->memory_bytes = max64(view->memory_bytes - pod->memory_bytes, 0);
		view->pods -= view->pods > 0;
	}
}

/* ---- groups ---- */

/* Of each group a Ready node that is not going: what a fresh one will be like. */
static const struct live_node **find_samples(struct drawing *drawing, struct err *err)
{
	const struct live_nodes *nodes = drawing->nodes;
	const struct live_node **samples = drawing_make(drawing, nodes->n_groups, sizeof *samples, err);
	for (size_t i = 0; samples && i < nodes->n_nodes; i++) {
		const struct live_node *node = nodes->nodes[i], *best;
		if (node->group >= nodes->n_groups || !node->ready || node->leaving_at != MS_UNSET ||
		    node->unschedulable)
			continue;
		best = samples[node->group];
		if (!best || strcmp(node->name, best->name) < 0)
			samples[node->group] = node;
	}
	return samples;
}

static int draw_group(struct drawing *drawing, uint32_t g, const struct live_node *sample,
		      const struct daemon_sets *sets, struct err *err)
{
	struct live_nodes *nodes = drawing->nodes;
	struct group_source *source;
	const struct node_group *group = group_at(nodes, g, &source);
	struct group_view *view = &drawing->picture->groups[g];
	int64_t kind =
	    sample ? kind_like(&drawing->classes, sample, err) : kind_of_group(&drawing->classes, group, err);
	if (kind < 0)
		return -1;
	*view = (struct group_view){
	    .min = group->min,
	    .max = group->max,
	    .size = group->size,
	    .cpu_milli = min64(sample ? sample->cpu_milli : group->cpu_milli, LIVE_AMOUNT_MAX),
	    .memory_bytes = min64(sample ? sample->memory_bytes : group->memory_bytes, LIVE_AMOUNT_MAX),
	    .pods = (int32_t)min64(sample ? sample->pods : group->pods, INT32_MAX),
	    .price_nano_per_hour = max64(node_price(nodes, sample ? sample->instance_type : group->instance_type), 0),
	    .kind = (uint32_t)kind,
	    .held = group->trouble || source->trouble[0] || (!sample && !group->has_template),
	};
	less_daemons(drawing, sets, view);
	return 0;
}

static uint32_t free_slot(const struct node_picture *picture, uint32_t from)
{
	while (from < picture->n_slots && picture->views[from].state != NODE_GONE)
		from++;
	return from;
}

/* Nodes that were asked for and have not registered: they come, for so long as one may take. Of a group that is in
 * trouble none comes. */
static void draw_coming(struct drawing *drawing, uint32_t g, uint32_t *slot)
{
	struct node_picture *picture = drawing->picture;
	struct group_source *source;
	struct group_view *group = &picture->groups[g];
	int32_t registered = drawing->nodes->memories[g].registered;
	ms_t asked_at = drawing->nodes->memories[g].asked_at;
	ms_t late_at = asked_at + drawing->nodes->config.settings->ca.max_node_provision_time;
	if (group->size <= registered)
		return;
	if (drawing->now >= late_at || group_at(drawing->nodes, g, &source)->trouble) {
		group->held = true;
		return;
	}
	good_until(drawing, late_at);
	for (int32_t i = registered; i < group->size; i++) {
		*slot = free_slot(picture, *slot);
		if (*slot == picture->n_slots)
			return;
		picture->views[*slot] = (struct node_view){
		    .uid = (uint32_t)mix64(((uint64_t)g << 32) ^ (uint64_t)asked_at ^ *slot),
		    .group = g,
		    .state = NODE_UPCOMING,
		    .created_at = asked_at,
		    .cpu_milli = group->cpu_milli,
		    .memory_bytes = group->memory_bytes,
		    .pods = group->pods,
		    .kind = group->kind,
		};
	}
}

int draw_groups(struct drawing *drawing, const struct daemon_sets *sets, struct err *err)
{
	struct node_picture *picture = drawing->picture;
	const struct live_node **samples = find_samples(drawing, err);
	uint32_t slot = 0;
	picture->n_groups = drawing->nodes->n_groups;
	picture->groups = drawing_make(drawing, picture->n_groups, sizeof *picture->groups, err);
	if (!samples || !picture->groups)
		return -1;
	for (uint32_t g = 0; g < picture->n_groups; g++) {
		if (draw_group(drawing, g, samples[g], sets, err) < 0)
			return -1;
		draw_coming(drawing, g, &slot);
	}
	return 0;
}
