#include "node_picture.h"

static enum node_state state_of(struct drawing *drawing, const struct live_node *node)
{
	ms_t late_at = at_core(drawing, node->created_at) + drawing->nodes->config.settings->ca.max_node_provision_time;
	if (node->leaving_at != MS_UNSET)
		return NODE_LEAVING;
	if (node->ready)
		return NODE_READY;
	if (node->was_ready || node->created_at == MS_UNSET || drawing->now >= late_at)
		return NODE_UNREADY;
	good_until(drawing, late_at);
	return NODE_UPCOMING;
}

/* kind is set when all shapes are known. */
static int draw_node(struct drawing *drawing, const struct live_node *node, struct err *err)
{
	struct node_picture *picture = drawing->picture;
	struct node_view *view = &picture->views[node->slot];
	picture->names[node->slot] = arena_strdup(&picture->arena, node->name);
	if (!picture->names[node->slot])
		return err_set(err, "out of memory for the names of nodes");
	*view = (struct node_view){
	    .uid = node->id,
	    .group = node->group,
	    .state = state_of(drawing, node),
	    .created_at = node->created_at == MS_UNSET ? 0 : at_core(drawing, node->created_at),
	    .cpu_milli = node->cpu_milli,
	    .memory_bytes = node->memory_bytes,
	    .pods = (int32_t)node->pods,
	};
	picture->n_unready += view->state == NODE_UNREADY;
	return draw_pods(drawing, node, view, err);
}

static int draw_kinds(struct drawing *drawing, struct err *err)
{
	const struct live_nodes *nodes = drawing->nodes;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		int64_t kind = kind_of(&drawing->classes, nodes->nodes[i], err);
		if (kind < 0)
			return -1;
		drawing->picture->views[nodes->nodes[i]->slot].kind = (uint32_t)kind;
	}
	return 0;
}

static int draw(struct drawing *drawing, struct err *err)
{
	struct live_nodes *nodes = drawing->nodes;
	struct node_picture *picture = drawing->picture;
	struct daemon_sets sets = {0};
	picture->views = drawing_make(drawing, picture->n_slots, sizeof *picture->views, err);
	picture->names = drawing_make(drawing, picture->n_slots, sizeof *picture->names, err);
	if (!picture->views || !picture->names || draw_budgets(drawing, err) < 0)
		return -1;
	for (size_t i = 0; i < nodes->n_nodes; i++)
		if (draw_node(drawing, nodes->nodes[i], err) < 0)
			return -1;
	if (draw_pending(drawing, err) < 0 || note_daemons(drawing, &sets, err) < 0 || draw_kinds(drawing, err) < 0 ||
	    draw_groups(drawing, &sets, err) < 0)
		return -1;
	picture->n_shapes = (uint32_t)max64((int64_t)drawing->classes.n_shapes, 1); /* that of DaemonSets' pods is 0 */
	picture->n_kinds = (uint32_t)drawing->classes.n_kinds;
	picture->fits = classes_fit(&drawing->classes, err);
	return picture->fits ? 0 : -1;
}

int nodes_draw(struct live_nodes *nodes, ms_t now, ms_t ahead, struct err *err)
{
	struct node_picture *picture = &nodes->picture;
	uint64_t pods = live_pods_generation(nodes->config.pods);
	if (picture->drawn && picture->changes == nodes->changes && picture->pods == pods && picture->ahead == ahead &&
	    now < picture->good_until)
		return 0;
	arena_free(&picture->arena);
	*picture = (struct node_picture){.n_slots = live_nodes_max(nodes), .good_until = MS_NEVER};
	struct drawing drawing = {
	    .nodes = nodes, .picture = picture, .classes = {.arena = &picture->arena}, .now = now, .ahead = ahead};
	if (draw(&drawing, err) < 0) {
		arena_free(&picture->arena);
		*picture = (struct node_picture){.n_slots = 0};
		return -1;
	}
	picture->drawn = true;
	picture->changes = nodes->changes;
	picture->pods = pods;
	picture->ahead = ahead;
	nodes->generation++;
	return 0;
}
