#include "node_mark.h"

#include <stdlib.h>

#define EVICTIONS_A_STEP 10 /* of a node: the API is not to be flooded */
#define TIMEOUT          (5 * SECOND_MS)

/* One node that is going, one step on. */
struct drain {
	struct live_nodes *nodes;
	struct live_node *node;
	uint32_t left, evicted; /* pods still on it; asked to go in this step */
	const char *kept;       /* why it cannot be emptied; NULL: it can */
};

static void say(struct drain *drain, bool warning, const char *reason, const char *note)
{
	const struct live_object object = {"v1", "Node", NULL, drain->node->name, drain->node->uid};
	log_line(drain->nodes->config.log, warning ? LOG_WARN : LOG_INFO, note, "node", drain->node->name, NULL);
	if (drain->nodes->config.actuate)
		live_event(drain->nodes->config.actuate, &object, warning, reason, note);
}

/* 429: a disruption budget holds it for now; the next step tries again. */
static void evict(struct drain *drain, const struct live_pod *pod)
{
	char path[640], body[800], *answer_body = NULL;
	struct answer answer;
	struct err err;
	kube_path(path, sizeof path, "v1", pod->namespace_, "pods", pod->name, "eviction");
	snprintf(
	    body, sizeof body,
	    "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\"},"
	    "\"deleteOptions\":{\"preconditions\":{\"uid\":\"%s\"}}}",
	    pod->name, pod->namespace_, pod->uid);
	const struct call call = {
	    .method = "POST", .path = path, .body = body, .content_type = "application/json", .timeout = TIMEOUT};
	int status = server_fetch(kube_server(drain->nodes->config.kube), &call, &answer, &answer_body, &err);
	free(answer_body);
	if (status < 0 && answer.status != 429 && answer.status != 404)
		log_line(drain->nodes->config.log, LOG_WARN, "pod not evicted", "node", drain->node->name, "pod",
			 pod->name, "reason", err.message, NULL);
	drain->evicted += status >= 0;
}

/* What must be known of a pod after the cache may have changed under it. */
struct leaver {
	char uid[64], namespace_[256], name[256];
};

static const char *keeps(const struct live_pod *pod)
{
	static const char *const texts[] = {[KEEP_UNSAFE] = "safe-to-evict is false",
					    [KEEP_LOCAL_STORAGE] = "local storage",
					    [KEEP_BARE] = "no controller",
					    [KEEP_UNMODELLED] = "a constraint that is not followed",
					    [KEEP_SYSTEM] = "a pod of kube-system"};
	return pod->keep == KEEP_NOT || pod->keep == KEEP_SYSTEM ? NULL : texts[pod->keep];
}

/* Pods that have to leave and were not asked yet, as copies: evicting one lets events in. */
static uint32_t gather(struct drain *drain, struct leaver *leavers, uint32_t room)
{
	const struct live_pod **pods;
	uint32_t n = live_pods_on(drain->nodes->config.pods, drain->node->name, &pods), found = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod = pods[i];
		if (pod->daemon || pod->mirror || pod->view.phase == POD_SUCCEEDED || pod->view.phase == POD_FAILED)
			continue;
		drain->left++;
		if (pod->view.deleted)
			continue;
		if (!drain->kept)
			drain->kept = keeps(pod);
		if (found == room)
			continue;
		struct leaver *leaver = &leavers[found++];
		snprintf(leaver->uid, sizeof leaver->uid, "%s", pod->uid);
		snprintf(leaver->namespace_, sizeof leaver->namespace_, "%s", pod->namespace_);
		snprintf(leaver->name, sizeof leaver->name, "%s", pod->name);
	}
	return found;
}

static void give_back(struct drain *drain, const char *why)
{
	char note[300];
	struct err err;
	snprintf(note, sizeof note, "given back: it could not be emptied (%s)", why);
	say(drain, true, "ScaleDownFailed", note);
	if (node_mark(drain->nodes, drain->node, false, &err) < 0)
		log_line(drain->nodes->config.log, LOG_WARN, "mark not taken off", "node", drain->node->name, "reason",
			 err.message, NULL);
}

static void remove_empty(struct drain *drain)
{
	struct live_nodes *nodes = drain->nodes;
	struct group_source *source;
	struct err err;
	const struct node_group *group = group_at(nodes, drain->node->group, &source);
	if (!group)
		return;
	if (source->driver->remove(source->self, group->id, drain->node->provider_id, drain->node->name, &err) < 0) {
		log_line(nodes->config.log, LOG_WARN, "node not removed", "node", drain->node->name, "reason",
			 err.message, NULL);
		return;
	}
	nodes->groups_asked_at = MS_UNSET;
	say(drain, false, "ScaleDown", "removed: it was empty");
}

static void step(struct drain *drain, ms_t wall)
{
	struct leaver leavers[EVICTIONS_A_STEP];
	const struct ca_settings *ca = &drain->nodes->config.settings->ca;
	uint32_t n = gather(drain, leavers, EVICTIONS_A_STEP);
	ms_t going_for = wall - drain->node->leaving_at;
	if (drain->kept) {
		give_back(drain, drain->kept);
		return;
	}
	if (drain->left == 0) {
		remove_empty(drain);
		return;
	}
	if (going_for > ca->max_graceful_termination) {
		give_back(drain, "it took longer than ca.max_graceful_termination");
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct live_pod *pod =
		    live_pod_find(drain->nodes->config.pods, leavers[i].namespace_, leavers[i].name);
		if (pod && strcmp(pod->uid, leavers[i].uid) == 0)
			evict(drain, pod);
	}
}

void live_nodes_drain(struct live_nodes *nodes, ms_t wall)
{
	if (nodes->n_sources == 0 || nodes->config.dry != DRY_NOT)
		return;
	for (uint32_t slot = 0; slot < nodes->n_slots; slot++)
		for (size_t i = 0; i < nodes->n_nodes; i++) {
			struct drain drain = {.nodes = nodes, .node = nodes->nodes[i]};
			if (drain.node->slot != slot || drain.node->leaving_at == MS_UNSET ||
			    drain.node->group == NO_GROUP)
				continue;
			if (!nodes->config.may_act(nodes->config.self))
				return;
			step(&drain, wall);
			break;
		}
}
