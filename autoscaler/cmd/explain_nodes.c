#include "explain.h"

#include "calendar.h"
#include "cmd.h"

static const char *const reasons[] = {
    [NODES_NOT_DUE] = "not looked at",
    [NODES_NOTHING_TO_DO] = "nothing to do",
    [NODES_PODS_VERY_NEW] = "waits: all unschedulable pods are very new",
    [NODES_NO_GROUP_HELPS] = "no group may grow, or has nodes large enough, for the pods that wait",
    [NODES_SCALED_UP] = "scales up",
    [NODES_COOLING_DOWN] = "nodes are unneeded, and a delay after the last change holds them",
    [NODES_WAITING] = "nodes are unneeded, not long enough yet",
    [NODES_SCALED_DOWN] = "scales down",
    [NODES_UNHEALTHY] = "too many nodes are not Ready: the cluster is left alone",
};

static const char *name_of(const struct record_texts *texts, uint32_t index, const char *what, char buffer[48])
{
	if (index < texts->n && texts->names[index])
		return texts->names[index];
	snprintf(buffer, 48, "%s #%u", what, index);
	return buffer;
}

static void action_sentence(const struct journal_tick *tick, const struct action *action, char *text, size_t size)
{
	char buffer[48];
	if (action->kind == ACTION_ADD_NODES)
		snprintf(text, size, "group %s from %d to %d nodes",
			 name_of(&tick->names.groups, action->target, "group", buffer), action->from, action->to);
	else
		snprintf(text, size, "node %s goes", name_of(&tick->names.nodes, action->target, "node", buffer));
}

void explain_nodes_sentence(const struct journal_tick *tick, char *text, size_t size)
{
	const struct node_decision *nodes = &tick->plan.nodes;
	snprintf(text, size,
		 "%s (%u pods wait, %u nodes on their way, %u unneeded, %u not Ready; %u added, %u removed)",
		 reasons[nodes->reason], nodes->pending, nodes->upcoming, nodes->unneeded, nodes->unready, nodes->added,
		 nodes->removed);
}

void explain_nodes_print(const struct journal_tick *tick, FILE *file)
{
	char text[1024], at[CALENDAR_TEXT], buffer[48];
	explain_nodes_sentence(tick, text, sizeof text);
	int column = fprintf(file, "nodes at %s: ", calendar_format(tick->wall, at));
	fold(file, text, column, 2);
	for (uint32_t g = 0; g < tick->snapshot.n_groups; g++) {
		const struct group_view *group = &tick->snapshot.groups[g];
		snprintf(text, sizeof text, "%.300s: %d nodes; %d to %d allowed%s",
			 name_of(&tick->names.groups, g, "group", buffer), group->size, group->min, group->max,
			 group->held ? "; held as it is" : "");
		explain_line("group", text, file);
	}
	for (uint32_t i = 0; i < tick->plan.n_actions; i++) {
		if (tick->plan.actions[i].kind == ACTION_SCALE)
			continue;
		action_sentence(tick, &tick->plan.actions[i], text, 512);
		size_t used = strlen(text);
		snprintf(text + used, sizeof text - used, ": %s", explain_action_outcome(tick, i).text);
		explain_line("action", text, file);
	}
}

cJSON *explain_nodes_json(const struct journal_tick *tick)
{
	const struct node_decision *nodes = &tick->plan.nodes;
	char text[512], at[CALENDAR_TEXT];
	cJSON *json = cJSON_CreateObject(), *actions;
	explain_nodes_sentence(tick, text, sizeof text);
	cJSON_AddStringToObject(json, "time", calendar_format(tick->wall, at));
	cJSON_AddStringToObject(json, "why", text);
	cJSON_AddNumberToObject(json, "pending", nodes->pending);
	cJSON_AddNumberToObject(json, "upcoming", nodes->upcoming);
	cJSON_AddNumberToObject(json, "unneeded", nodes->unneeded);
	cJSON_AddNumberToObject(json, "unready", nodes->unready);
	cJSON_AddNumberToObject(json, "unmodelled", nodes->unmodelled);
	cJSON_AddNumberToObject(json, "added", nodes->added);
	cJSON_AddNumberToObject(json, "removed", nodes->removed);
	actions = cJSON_AddArrayToObject(json, "actions");
	for (uint32_t i = 0; i < tick->plan.n_actions; i++) {
		if (tick->plan.actions[i].kind == ACTION_SCALE)
			continue;
		cJSON *action = cJSON_CreateObject();
		action_sentence(tick, &tick->plan.actions[i], text, sizeof text);
		cJSON_AddStringToObject(action, "action", text);
		cJSON_AddStringToObject(action, "outcome", explain_action_outcome(tick, i).text);
		cJSON_AddItemToArray(actions, action);
	}
	return json;
}
