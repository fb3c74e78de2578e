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
	const char *name = live_node_name(nodes, action->target);
	if (!name)
		return err_set(err, "the node in slot %u is not there any more", action->target);
	if (node_mark(nodes, name, true, err) < 0)
		return err_wrap(err, "node %s", name);
	log_line(nodes->config.log, LOG_INFO, nodes->config.dry == DRY_NOT ? "node is to go" : "node would go", "node",
		 name, NULL);
	return 0;
}

/* Clouds have no dry run: a group is left as it is in one. */
static int act(struct live_nodes *nodes, const struct action *action, struct err *err)
{
	if (action->kind == ACTION_REMOVE_NODE)
		return take_out(nodes, action, err);
	return nodes->config.dry == DRY_NOT ? add(nodes, action, err) : 0;
}

int live_nodes_act(struct live_nodes *nodes, const struct action *actions, uint32_t n, bool *accepted, struct err *err)
{
	int result = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct err trouble;
		if (actions[i].kind == ACTION_SCALE || nodes->config.dry == DRY_CLIENT ||
		    !nodes->config.may_act(nodes->config.self))
			continue;
		int done = act(nodes, &actions[i], &trouble);
		accepted[i] = done == 0 && nodes->config.dry == DRY_NOT;
		if (done == 0)
			continue;
		log_line(nodes->config.log, LOG_WARN, "not done", "reason", trouble.message, NULL);
		if (result == 0)
			*err = trouble;
		result = -1;
	}
	return result;
}
