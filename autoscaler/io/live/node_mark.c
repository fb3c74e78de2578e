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
		if (json_equals(json_in(taint, "key"), LIVE_LEAVING_TAINT))
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
	if (strcspn(node->resource_version, "\"\\") != strlen(node->resource_version))
		return err_set(err, "its resourceVersion is no version");
	out->length = 0;
	out->failed = false;
	int length =
	    snprintf(head, sizeof head,
		     "{\"metadata\":{\"resourceVersion\":\"%s\"},\"spec\":{\"taints\":", node->resource_version);
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

/* An answer that is the node as it is now, into the cache: unless its end was heard of while the answer was waited for.
 * Nothing would take it out again. */
static int take(struct live_nodes *nodes, const char *name, const char *body, size_t size, struct err *err)
{
	const struct live_node *node = live_node_find(nodes, name);
	struct json_value object;
	char uid[64] = "";
	if (json_value_parse("node", body, size, &object, err) < 0)
		return -1;
	json_copy(json_path(object, "metadata.uid"), uid, sizeof uid);
	if (!node || strcmp(node->uid, uid) != 0)
		return err_set(err, "it is gone");
	node_put(nodes, uid, object);
	return 0;
}

static int read_again(struct live_nodes *nodes, const char *name, struct err *err)
{
	char path[512], *body = NULL;
	struct answer answer;
	kube_path(path, sizeof path, "v1", NULL, "nodes", name, NULL);
	const struct call call = {.method = "GET", .path = path, .timeout = TIMEOUT, .retries = 2};
	int status = server_fetch(kube_server(nodes->config.kube), &call, &answer, &body, err);
	int result = status < 0 ? -1 : take(nodes, name, body, answer.size, err);
	free(body);
	return result;
}

int node_mark(struct live_nodes *nodes, const char *name, bool leaving, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		struct answer answer = {.status = 0};
		char *body = NULL;
		const struct live_node *node = live_node_find(nodes, name);
		if (!node)
			return err_set(err, "it is gone");
		if ((node->leaving_at != MS_UNSET) == leaving)
			return 0;
		int status = patch(nodes, node, leaving, &answer, &body, err);
		int result = status < 0                        ? -1
			     : nodes->config.dry == DRY_SERVER ? 0
							       : take(nodes, name, body, answer.size, err);
		free(body);
		if (status >= 0 || answer.status != 409)
			return result;
		if (read_again(nodes, name, err) < 0)
			return -1;
	}
	return err_set(err, "it changed %d times while it was to be marked", TRIES);
}
