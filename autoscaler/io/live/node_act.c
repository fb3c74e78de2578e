#include "node_mark.h"

/* ---- more nodes ---- */

static int add(struct live_nodes *nodes, const struct action *action, struct err *err)
{
	struct group_source *source;
	struct log_number from, to;
	const struct node_group *group = group_at(nodes, action->target, &source);
	if (!group)
		return err_set(err, "node group %u is not there any more", action->target);
	if (source->driver->resize(source->self, group->id, action->from, action->to, err) < 0)
		return err_wrap(err, "node group %s", group->name);
	log_line(nodes->config.log, LOG_INFO, "node group grows", "group", group->name, "from",
		 log_int(&from, action->from), "to", log_int(&to, action->to), NULL);
	nodes->groups_asked_at = MS_UNSET; /* its new size is looked at next time */
	return 0;
}

/* ---- fewer ---- */

static int take_out(struct live_nodes *nodes, const struct action *action, struct err *err)
{
	const struct live_node *seen =
	    action->target < nodes->picture.n_slots ? nodes->picture.by_slot[action->target] : NULL;
	struct live_node *node = seen ? live_node_find(nodes, seen->name) : NULL;
	if (!node)
		return err_set(err, "the node in slot %u is not there any more", action->target);
	if (node_mark(nodes, node, true, err) < 0)
		return err_wrap(err, "node %s", node->name);
	log_line(nodes->config.log, LOG_INFO, "node is to go", "node", node->name, NULL);
	return 0;
}

int live_nodes_act(struct live_nodes *nodes, const struct snapshot *snapshot, const struct action *actions, uint32_t n,
		   bool *accepted, struct err *err)
{
	int result = 0;
	(void)snapshot;
	for (uint32_t i = 0; i < n; i++) {
		struct err trouble;
		if (actions[i].kind == ACTION_SCALE || nodes->config.dry == DRY_CLIENT)
			continue;
		if (!nodes->config.may_act(nodes->config.self))
			continue;
		int done = actions[i].kind == ACTION_ADD_NODES ? add(nodes, &actions[i], &trouble)
							       : take_out(nodes, &actions[i], &trouble);
		accepted[i] = done == 0;
		if (done == 0)
			continue;
		log_line(nodes->config.log, LOG_WARN, "not done", "reason", trouble.message, NULL);
		if (result == 0)
			*err = trouble;
		result = -1;
	}
	return result;
}
