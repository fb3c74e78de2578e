/* The node groups as a tick last saw them that looked at nodes. */
#include "run.h"

/* Whose pods keep nodes; a text for which there is no memory is left out with its row. */
static void list_kept(struct run_told *told, const struct live_kept *all, uint32_t n)
{
	struct arena *arena = &told->groups_arena;
	for (uint32_t i = 0; i < n; i++) {
		const struct live_kept *one = &all[i];
		if (!one->node || one->group >= told->n_groups)
			continue;
		struct status_group *group = &told->groups[one->group];
		group->nodes_kept++;
		if (group->n_kept == STATUS_KEPT)
			continue;
		const struct status_kept row = {arena_strdup(arena, one->node), arena_strdup(arena, one->namespace_),
						arena_strdup(arena, one->pod), arena_strdup(arena, one->why)};
		if (row.node && row.namespace_ && row.pod && row.why)
			group->kept[group->n_kept++] = row;
	}
}

static void count_nodes(struct run_told *told, const struct snapshot *snapshot)
{
	for (uint32_t slot = 0; slot < snapshot->n_nodes; slot++) {
		const struct node_view *node = &snapshot->nodes[slot];
		if (node->state == NODE_GONE || node->group >= told->n_groups)
			continue;
		struct status_group *group = &told->groups[node->group];
		group->ready += node->state == NODE_READY;
		group->upcoming += node->state == NODE_UPCOMING;
		group->leaving += node->state == NODE_LEAVING;
	}
}

static void see_groups(struct run *run)
{
	const struct snapshot *snapshot = &run->snapshot;
	struct run_told *told = &run->told;
	const struct live_kept *kept;
	arena_free(&told->groups_arena);
	told->groups = arena_alloc(&told->groups_arena, snapshot->n_groups, sizeof *told->groups);
	told->n_groups = told->groups ? snapshot->n_groups : 0;
	for (uint32_t g = 0; g < told->n_groups; g++) {
		const struct group_view *view = &snapshot->groups[g];
		const char *name = arena_strdup(&told->groups_arena, live_group_name(run->nodes, g));
		told->groups[g] = (struct status_group){.name = name ? name : "",
							.min = view->min,
							.max = view->max,
							.size = view->size,
							.price_nano_per_hour = view->price_nano_per_hour};
	}
	count_nodes(told, snapshot);
	uint32_t n = live_nodes_kept(run->nodes, &kept);
	list_kept(told, kept, n);
}

void run_tell_groups(struct run *run, struct status *status)
{
	if (run->decided && run->snapshot.due & DUE_NODES)
		see_groups(run);
	status->groups = run->told.groups;
	status->n_groups = run->told.n_groups;
}
