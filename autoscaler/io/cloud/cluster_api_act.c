#include "cluster_api.h"

#include <stdlib.h>

#define TIMEOUT     (5 * SECOND_MS)
#define DELETE_MARK "cluster.x-k8s.io/delete-machine"

/* ---- the size of a group, by its id: "plural/namespace/name" ---- */

static int scale_path(const struct cluster_api *api, const char *id, char *path, size_t size, struct err *err)
{
	char copy[600], *rest = copy;
	snprintf(copy, sizeof copy, "%s", id);
	const char *plural = strtok_r(rest, "/", &rest), *namespace_ = strtok_r(rest, "/", &rest);
	const char *name = strtok_r(rest, "/", &rest);
	if (!name)
		return err_set(err, "found '%.100s', which names no group", id);
	kube_path(path, size, api->version, namespace_, plural, name, "scale");
	return 0;
}

struct scale {
	char namespace_[256], name[256], resource_version[64];
	int32_t replicas;
};

static int read_scale(const struct cluster_api *api, const char *path, struct scale *out, struct err *err)
{
	char *body = NULL;
	struct answer answer;
	struct json_value object;
	const struct call call = {.method = "GET", .path = path, .timeout = TIMEOUT, .retries = 1};
	int result = -1;
	if (server_fetch(kube_server(api->kube), &call, &answer, &body, err) >= 0 &&
	    json_value_parse("scale", body, answer.size, &object, err) == 0) {
		int64_t replicas = json_int(json_path(object, "spec.replicas"), 0);
		json_copy(json_path(object, "metadata.namespace"), out->namespace_, sizeof out->namespace_);
		json_copy(json_path(object, "metadata.name"), out->name, sizeof out->name);
		json_copy(json_path(object, "metadata.resourceVersion"), out->resource_version,
			  sizeof out->resource_version);
		out->replicas = (int32_t)max64(min64(replicas, INT32_MAX), 0);
		result = 0;
	}
	free(body);
	return result;
}

/* Against a change in between: the API refuses it, and the next scan decides anew. *refused: it surely was not done. */
static int write_scale(const struct cluster_api *api, const char *path, const struct scale *seen, int32_t to,
		       bool *refused, struct err *err)
{
	char text[800], *body = NULL;
	struct answer answer;
	snprintf(
	    text, sizeof text,
	    "{\"apiVersion\":\"autoscaling/v1\",\"kind\":\"Scale\",\"metadata\":{\"namespace\":\"%s\",\"name\":\"%s\","
	    "\"resourceVersion\":\"%s\"},\"spec\":{\"replicas\":%d}}",
	    seen->namespace_, seen->name, seen->resource_version, to);
	const struct call call = {.method = "PUT",
				  .path = path,
				  .body = text,
				  .content_type = "application/json",
				  .timeout = TIMEOUT,
				  .retries = 1};
	int status = server_fetch(kube_server(api->kube), &call, &answer, &body, err);
	free(body);
	*refused = answer.status >= 400 && answer.status < 500;
	return status < 0 ? -1 : 0;
}

static int resize(void *self, const char *id, int32_t from, int32_t to, struct err *err)
{
	const struct cluster_api *api = self;
	struct scale scale = {.replicas = 0};
	char path[800];
	bool refused;
	if (scale_path(api, id, path, sizeof path, err) < 0 || read_scale(api, path, &scale, err) < 0)
		return -1;
	if (scale.replicas == to)
		return 0;
	if (scale.replicas != from)
		return err_set(err, "its size is %d by now, not %d", scale.replicas, from);
	return write_scale(api, path, &scale, to, &refused, err);
}

/* ---- a chosen machine ---- */

/* size: of its group when its end was decided; negative: that was not carried out. */
static int mark(const struct cluster_api *api, const struct cluster_api_machine *machine, int32_t size, struct err *err)
{
	char path[800], text[200], digits[16] = "null", *body = NULL;
	struct answer answer;
	kube_path(path, sizeof path, api->version, machine->namespace_, "machines", machine->name, NULL);
	if (size >= 0)
		snprintf(digits, sizeof digits, "\"%d\"", size);
	snprintf(text, sizeof text,
		 "{\"metadata\":{\"annotations\":{\"" DELETE_MARK "\":%s,\"" CLUSTER_API_REMOVED_AT "\":%s}}}",
		 size < 0 ? "null" : "\"yes\"", digits);
	const struct call call = {.method = "PATCH",
				  .path = path,
				  .body = text,
				  .content_type = "application/merge-patch+json",
				  .timeout = TIMEOUT,
				  .retries = 1,
				  .repeatable = true};
	int status = server_fetch(kube_server(api->kube), &call, &answer, &body, err);
	free(body);
	return status < 0 ? -1 : 0;
}

/* As it is now, not as it was listed: *removed_at is -1 when it is not marked. 1: it is gone, or going. */
static int read_mark(const struct cluster_api *api, const struct cluster_api_machine *machine, int32_t *removed_at,
		     struct err *err)
{
	char path[800], *body = NULL;
	struct answer answer;
	struct json_value object;
	kube_path(path, sizeof path, api->version, machine->namespace_, "machines", machine->name, NULL);
	const struct call call = {.method = "GET", .path = path, .timeout = TIMEOUT, .retries = 1};
	int result = -1;
	*removed_at = -1;
	if (server_fetch(kube_server(api->kube), &call, &answer, &body, err) < 0)
		result = answer.status == 404 ? 1 : -1;
	else if (json_value_parse("machine", body, answer.size, &object, err) == 0) {
		struct json_value metadata = json_in(object, "metadata");
		cluster_api_size(json_in(metadata, "annotations"), CLUSTER_API_REMOVED_AT, removed_at);
		result = json_in(metadata, "deletionTimestamp").at != NULL;
	}
	free(body);
	return result;
}

/* Machines that its group had when it was last listed, those that are ending included. */
static int32_t machines_beside(const struct cluster_api *api, const struct cluster_api_machine *machine)
{
	int32_t n = 0;
	for (size_t i = 0; i < api->n_machines; i++)
		n += api->machines[i].group == machine->group;
	return n;
}

/* The mark says what the size was when the Machine's end was decided: with another size it is smaller by it already,
 * and the Machine is on its way, as long as there are more Machines than that; else another one went in its place. A
 * Machine that is not to go after all does not keep its mark: the next end would be taken for its own. */
static int shrink(const struct cluster_api *api, const char *path, const struct cluster_api_machine *machine,
		  int32_t removed_at, struct err *err)
{
	const struct node_group *group = &api->groups[machine->group];
	struct scale scale = {.replicas = 0};
	struct err ignored;
	bool refused = false;
	if (read_scale(api, path, &scale, err) < 0)
		return -1;
	if (removed_at >= 0 && scale.replicas != removed_at && machines_beside(api, machine) > scale.replicas)
		return 0;
	if (scale.replicas <= group->min) {
		if (removed_at >= 0)
			mark(api, machine, -1, &ignored);
		return err_set(err, "its group is at its least size, %d", group->min);
	}
	if (removed_at != scale.replicas && mark(api, machine, scale.replicas, err) < 0)
		return -1;
	if (write_scale(api, path, &scale, scale.replicas - 1, &refused, err) == 0)
		return 0;
	if (refused)
		mark(api, machine, -1, &ignored);
	return -1;
}

static int remove_node(void *self, const char *id, const char *provider_id, const char *node, struct err *err)
{
	struct cluster_api *api = self;
	const struct cluster_api_machine *machine = cluster_api_machine(api, provider_id, node);
	int32_t removed_at;
	char path[800];
	if (!machine)
		return err_set(err, "no Machine is known for it");
	if (scale_path(api, id, path, sizeof path, err) < 0)
		return -1;
	int gone = read_mark(api, machine, &removed_at, err);
	if (gone < 0 || (!gone && shrink(api, path, machine, removed_at, err) < 0))
		return err_wrap(err, "Machine %s/%s", machine->namespace_, machine->name);
	return 0;
}

/* ---- the driver ---- */

/* The version that the server prefers. */
static int ask_version(struct cluster_api *api, struct err *err)
{
	char *body = NULL;
	struct answer answer;
	struct json_value object;
	const struct call call = {.method = "GET", .path = "/apis/cluster.x-k8s.io", .timeout = TIMEOUT, .retries = 2};
	int result = -1;
	if (server_fetch(kube_server(api->kube), &call, &answer, &body, err) < 0)
		err_wrap(err, "the cluster has no Cluster API");
	else if (json_value_parse("/apis/cluster.x-k8s.io", body, answer.size, &object, err) == 0)
		result = 0;
	if (result == 0)
		json_copy(json_path(object, "preferredVersion.groupVersion"), api->version, sizeof api->version);
	free(body);
	return result;
}

static void close_driver(void *self)
{
	struct cluster_api *api = self;
	if (api)
		arena_free(&api->arena);
	free(api);
}

static void *open_driver(struct net *net, struct kube *kube, const char *config, struct log *log, struct err *err)
{
	struct cluster_api *api = calloc(1, sizeof *api);
	if (!api || *config) {
		err_set(err, api ? "found '%.40s', it takes no further words" : "out of memory%.0s", config);
		free(api);
		return NULL;
	}
	*api = (struct cluster_api){.net = net, .kube = kube, .log = log};
	if (ask_version(api, err) == 0)
		return api;
	close_driver(api);
	return NULL;
}

const struct node_group_driver cluster_api_driver = {
    .name = "clusterapi",
    .help = "MachineDeployments, MachineSets and MachinePools of the Cluster API in the same cluster",
    .open = open_driver,
    .close = close_driver,
    .groups = cluster_api_groups,
    .group_of = cluster_api_group_of,
    .resize = resize,
    .remove = remove_node,
};
