#include "node_mark.h"

#include <stdlib.h>

#define TRIES   3
#define TIMEOUT (5 * SECOND_MS)

/* The taints as they are, less ours, and with it when it is leaving. */
static void write_taints(struct canonical *out, const char *taints, bool leaving, ms_t wall)
{
	struct json_value all = {0}, taint;
	struct err err;
	char ours[160];
	bool more = false;
	if (json_value_parse("taints", taints, strlen(taints), &all, &err) < 0)
		all = (struct json_value){0};
	struct json_walk walk = json_walk(all);
	canonical_bytes(out, "[", 1);
	while (json_each(&walk, NULL, &taint)) {
		/* The cordon's own taint goes with the cordon. */
		if (json_equals(json_in(taint, "key"), LIVE_LEAVING_TAINT) ||
		    json_equals(json_in(taint, "key"), "node.kubernetes.io/unschedulable"))
			continue;
		canonical_bytes(out, ",", more);
		canonical_bytes(out, taint.at, (size_t)(taint.end - taint.at));
		more = true;
	}
	int length = snprintf(ours, sizeof ours, "%s{\"key\":\"%s\",\"value\":\"%lld\",\"effect\":\"NoSchedule\"}",
			      more ? "," : "", LIVE_LEAVING_TAINT, (long long)(wall / SECOND_MS));
	if (leaving)
		canonical_bytes(out, ours, (size_t)length);
	canonical_bytes(out, "]", 1);
}

static int patch(struct live_nodes *nodes, const struct live_node *node, bool leaving, struct answer *answer,
		 char **body, struct err *err)
{
	char path[512], head[128];
	struct canonical *out = &nodes->text;
	out->length = 0;
	out->failed = false;
	int length = snprintf(head, sizeof head,
			      "{\"metadata\":{\"resourceVersion\":\"%s\"},\"spec\":{\"unschedulable\":%s,\"taints\":",
			      node->resource_version, leaving ? "true" : "null");
	canonical_bytes(out, head, (size_t)length);
	write_taints(out, node->taints, leaving, nodes->wall);
	canonical_bytes(out, "}}", 3);
	if (out->failed)
		return err_set(err, "out of memory");
	length = kube_path(path, sizeof path, "v1", NULL, "nodes", node->name, NULL);
	if (length < 0 || (size_t)length + 12 > sizeof path)
		return err_set(err, "its name is too long");
	if (nodes->config.dry == DRY_SERVER)
		memcpy(path + length, "?dryRun=All", 12);
	const struct call call = {.method = "PATCH",
				  .path = path,
				  .body = out->text,
				  .content_type = "application/merge-patch+json",
				  .timeout = TIMEOUT,
				  .retries = 2,
				  .repeatable = true};
	return server_fetch(kube_server(nodes->config.kube), &call, answer, body, err);
}

/* The node as it is now, into the cache. */
static int read_again(struct live_nodes *nodes, const char *name, struct err *err)
{
	char path[512], uid[64] = "", *body = NULL;
	struct answer answer;
	struct json_value object;
	kube_path(path, sizeof path, "v1", NULL, "nodes", name, NULL);
	const struct call call = {.method = "GET", .path = path, .timeout = TIMEOUT, .retries = 2};
	int result = server_fetch(kube_server(nodes->config.kube), &call, &answer, &body, err) < 0 ||
			     json_value_parse("node", body, answer.size, &object, err) < 0
			 ? -1
			 : 0;
	if (result == 0) {
		json_copy(json_path(object, "metadata.uid"), uid, sizeof uid);
		node_put(nodes, uid, object);
	}
	free(body);
	return result;
}

int node_mark(struct live_nodes *nodes, struct live_node *node, bool leaving, struct err *err)
{
	char name[300];
	snprintf(name, sizeof name, "%s", node->name);
	for (int i = 0; i < TRIES; i++) {
		struct answer answer;
		char *body = NULL;
		node = live_node_find(nodes, name);
		if (!node)
			return err_set(err, "it is gone");
		if ((node->leaving_at != MS_UNSET) == leaving)
			return 0;
		int status = patch(nodes, node, leaving, &answer, &body, err);
		free(body);
		if (status >= 0)
			return nodes->config.dry == DRY_SERVER ? 0 : read_again(nodes, name, err);
		if (answer.status != 409 || read_again(nodes, name, err) < 0)
			return -1;
	}
	return -1;
}
