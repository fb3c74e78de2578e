#include "../text/clock.h"
#include "node_mark.h"

#include <stdlib.h>

#define EVICTIONS_A_STEP 10 /* of a node: the API is not to be flooded */
#define TIMEOUT          (5 * SECOND_MS)
#define LONGEST          (5 * SECOND_MS) /* nothing more is begun then: a slow API is not to keep ticks waiting */
#define ASK_AGAIN        MINUTE_MS       /* about one that was let go and is still there */

/* What must be known of a pod, and of a node, after the cache may have changed: waiting for an answer lets events in.
 */
struct leaver {
	char uid[64], namespace_[256], name[256];
};
struct drain {
	struct live_nodes *nodes;
	char name[256], uid[64], provider_id[512];
	uint32_t slot, group, n_asked;
	bool given_up;
	ms_t leaving_at, until; /* until: monotonic */
	struct leaver leavers[EVICTIONS_A_STEP];
	uint32_t n_leavers;
	uint32_t left;    /* pods still on it that have to go */
	const char *kept; /* why it cannot be emptied; NULL: it can */
};

static void say(const struct drain *drain, bool warning, const char *reason, const char *note)
{
	const struct live_object object = {"v1", "Node", NULL, drain->name, drain->uid};
	log_line(drain->nodes->config.log, warning ? LOG_WARN : LOG_INFO, note, "node", drain->name, NULL);
	if (drain->nodes->config.actuate)
		live_event(drain->nodes->config.actuate, &object, warning, reason, note);
}

static void warn(const struct drain *drain, const char *message, const char *pod, const struct err *err)
{
	log_line(drain->nodes->config.log, LOG_WARN, message, "node", drain->name, pod ? "pod" : "reason",
		 pod ? pod : err->message, pod ? "reason" : NULL, err->message, NULL);
}

/* The node itself, unless it has gone: another may have its name by now. */
static struct live_node *still_there(const struct drain *drain)
{
	struct live_node *node = live_node_find(drain->nodes, drain->name);
	return node && strcmp(node->uid, drain->uid) == 0 ? node : NULL;
}

/* A name, or a uid, as the API lets one be: it can be put into JSON as it is. */
static bool is_plain(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
	return strspn(text, plain) == strlen(text);
}

/* 429: a disruption budget holds it for now; the next step tries again. */
static void evict(const struct drain *drain, const struct leaver *pod)
{
	char path[640], body[800], *answer_body = NULL;
	struct answer answer;
	struct err err;
	if (!is_plain(pod->name) || !is_plain(pod->namespace_) || !is_plain(pod->uid))
		return;
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
	/* 409: another pod of that name by now. */
	if (status < 0 && answer.status != 429 && answer.status != 404 && answer.status != 409)
		warn(drain, "pod not evicted", pod->name, &err);
}

static bool has_to_leave(const struct live_pod *pod)
{
	return !pod->daemon && !pod->mirror && pod->view.phase != POD_SUCCEEDED && pod->view.phase != POD_FAILED;
}

static void note_leaver(struct leaver *leaver, const struct live_pod *pod)
{
	snprintf(leaver->uid, sizeof leaver->uid, "%s", pod->uid);
	snprintf(leaver->namespace_, sizeof leaver->namespace_, "%s", pod->namespace_);
	snprintf(leaver->name, sizeof leaver->name, "%s", pod->name);
}

/* Pods that have to leave; of those that are not ending yet, as many as a step asks for: each has its turn, so that
 * some that a budget holds do not stand before the others for ever. */
static void gather(struct drain *drain)
{
	const struct live_pod **pods;
	uint32_t n = live_pods_on(drain->nodes->config.pods, drain->name, &pods), staying = 0, at = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool stays = has_to_leave(pods[i]) && !pods[i]->view.deleted;
		drain->left += has_to_leave(pods[i]);
		staying += stays;
		if (stays && !drain->kept && pods[i]->keep != KEEP_NOT)
			drain->kept = live_keep_texts[pods[i]->keep];
	}
	drain->n_leavers = (uint32_t)min64(staying, EVICTIONS_A_STEP);
	uint32_t first = staying > EVICTIONS_A_STEP ? drain->n_asked % staying : 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!has_to_leave(pods[i]) || pods[i]->view.deleted)
			continue;
		uint32_t turn = (at++ + staying - first) % staying;
		if (turn < EVICTIONS_A_STEP)
			note_leaver(&drain->leavers[turn], pods[i]);
	}
}

static void evict_some(const struct drain *drain)
{
	const struct live_nodes_config *config = &drain->nodes->config;
	uint32_t n_asked = 0;
	for (uint32_t i = 0; i < drain->n_leavers && clock_mono() < drain->until; i++)
		if (config->may_act(config->self)) {
			evict(drain, &drain->leavers[i]);
			n_asked++;
		}
	struct live_node *node = still_there(drain);
	if (node)
		node->n_asked += n_asked;
}

static void give_back(const struct drain *drain, const char *why)
{
	char text[300];
	struct err err;
	if (!still_there(drain))
		return;
	if (node_mark(drain->nodes, drain->name, false, &err) < 0) {
		warn(drain, "mark not taken off", NULL, &err);
		return;
	}
	snprintf(text, sizeof text, "given back: it could not be emptied (%s)", why);
	say(drain, true, "ScaleDownFailed", text);
}

/* Its group is asked to let it go; once it did, now and then again whether it still does. One of which it does not is
 * as any other again. */
static void let_go(const struct drain *drain, ms_t wall, bool late)
{
	struct live_nodes *nodes = drain->nodes;
	struct group_source *source;
	struct err err;
	const struct node_group *group = group_at(nodes, drain->group, &source);
	if (!group)
		return;
	bool goes = source->driver->remove(source->self, group->id, drain->provider_id, drain->name, &err) == 0;
	struct live_node *node = still_there(drain);
	if (node) {
		nodes->changes += node->given_up != goes;
		node->given_up = goes;
		node->let_go_at = wall;
	}
	nodes->groups_asked_at = goes ? MS_UNSET : nodes->groups_asked_at;
	if (goes && !drain->given_up)
		say(drain, false, "ScaleDown", "removed: it was empty");
	if (!goes)
		warn(drain, "node not removed", NULL, &err);
	if (!goes && late)
		give_back(drain, "its group did not let it go");
}

/* A time to come is no time that it began. */
static bool is_late(const struct live_nodes *nodes, ms_t leaving_at, ms_t wall)
{
	ms_t longest = nodes->config.settings->ca.max_graceful_termination;
	return wall - leaving_at > longest || wall - leaving_at < -longest;
}

/* A pod that was bound before the mark is seen by the time the delay is over. */
static void step(struct drain *drain, ms_t wall)
{
	const struct ca_settings *ca = &drain->nodes->config.settings->ca;
	ms_t going_for = wall - drain->leaving_at;
	bool late = is_late(drain->nodes, drain->leaving_at, wall);
	if (drain->group == NO_GROUP) {
		give_back(drain, "it is of no group any more");
		return;
	}
	if (drain->given_up) {
		let_go(drain, wall, false);
		return;
	}
	if (!late && going_for >= 0 && going_for < ca->delete_delay_after_taint)
		return;
	gather(drain);
	if (drain->kept || (late && drain->left))
		give_back(drain, drain->kept ? drain->kept : "it took longer than ca.max_graceful_termination");
	else if (drain->left == 0)
		let_go(drain, wall, late);
	else
		evict_some(drain);
}

static bool all_groups_known(const struct live_nodes *nodes)
{
	bool known = nodes->groups_asked_at != MS_UNSET;
	for (uint32_t i = 0; i < nodes->n_sources; i++)
		known &= nodes->sources[i].trouble[0] == 0;
	return known;
}

/* One that is of no group is let be for as long as it may take to go, and not for ever: it holds up others. */
static bool is_going(const struct live_nodes *nodes, const struct live_node *node, ms_t wall)
{
	if (node->leaving_at == MS_UNSET)
		return false;
	if (node->group == NO_GROUP)
		return !node->given_up && all_groups_known(nodes) && is_late(nodes, node->leaving_at, wall);
	return !node->given_up || wall < node->let_go_at || wall - node->let_go_at >= ASK_AGAIN;
}

/* The node in the least slot from `from` on that is going. */
static bool next(struct live_nodes *nodes, uint32_t from, ms_t wall, struct drain *drain)
{
	const struct live_node *found = NULL;
	for (size_t i = 0; i < nodes->n_nodes; i++) {
		const struct live_node *node = nodes->nodes[i];
		if (node->slot >= from && (!found || node->slot < found->slot) && is_going(nodes, node, wall))
			found = node;
	}
	if (!found)
		return false;
	*drain = (struct drain){.nodes = nodes,
				.slot = found->slot,
				.group = found->group,
				.n_asked = found->n_asked,
				.given_up = found->given_up,
				.leaving_at = found->leaving_at};
	snprintf(drain->name, sizeof drain->name, "%s", found->name);
	snprintf(drain->uid, sizeof drain->uid, "%s", found->uid);
	snprintf(drain->provider_id, sizeof drain->provider_id, "%s", found->provider_id);
	return true;
}

void live_nodes_drain(struct live_nodes *nodes, ms_t wall)
{
	struct drain drain;
	uint32_t from = nodes->drain_from;
	ms_t until = clock_mono() + LONGEST;
	if (nodes->n_sources == 0 || nodes->config.dry != DRY_NOT)
		return;
	nodes->drain_from = 0;
	for (; next(nodes, from, wall, &drain); from = drain.slot + 1) {
		if (!nodes->config.may_act(nodes->config.self))
			return;
		if (clock_mono() >= until) {
			nodes->drain_from = drain.slot;
			return;
		}
		drain.until = until;
		step(&drain, wall);
	}
}
