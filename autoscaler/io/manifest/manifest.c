#include "manifest.h"

#include "manifest_collect.h"
#include "manifest_read.h"
#include "manifest_types.h"

/* ---- the kinds that are read ---- */

#define AUTOSCALER(version, type, metrics)                                                                             \
	{                                                                                                              \
		"autoscaling/" version, "HorizontalPodAutoscaler", &type, 0, true, false, metrics                      \
	}
#define WORKLOAD(version, kind, type, workload, old)                                                                   \
	{                                                                                                              \
		version, kind, &type, workload, false, old, NULL                                                       \
	}

static const struct manifest_kind kinds[] = {
    WORKLOAD("apps/v1", "Deployment", type_deployment, KIND_DEPLOYMENT, false),
    WORKLOAD("apps/v1", "StatefulSet", type_statefulset, KIND_STATEFULSET, false),
    WORKLOAD("apps/v1", "ReplicaSet", type_replicaset, KIND_REPLICASET, false),
    WORKLOAD("apps/v1", "DaemonSet", type_daemonset, KIND_DAEMONSET, false),
    AUTOSCALER("v2", type_autoscaler_v2, read_metrics_v2),
    {"plimsoll.dev/v1alpha1", "Autoscaler", &type_autoscaler_own, 0, true, false, read_metrics_own},
    AUTOSCALER("v1", type_autoscaler_v1, read_metrics_v1),
    AUTOSCALER("v2beta2", type_autoscaler_v2beta2, read_metrics_v2),
    AUTOSCALER("v2beta1", type_autoscaler_v2beta1, read_metrics_v2beta1),
    WORKLOAD("apps/v1beta2", "Deployment", type_deployment_old, KIND_DEPLOYMENT, true),
    WORKLOAD("apps/v1beta2", "StatefulSet", type_statefulset, KIND_STATEFULSET, true),
    WORKLOAD("apps/v1beta2", "ReplicaSet", type_replicaset, KIND_REPLICASET, true),
    WORKLOAD("apps/v1beta2", "DaemonSet", type_daemonset_old, KIND_DAEMONSET, true),
    WORKLOAD("apps/v1beta1", "Deployment", type_deployment_old, KIND_DEPLOYMENT, true),
    WORKLOAD("apps/v1beta1", "StatefulSet", type_statefulset, KIND_STATEFULSET, true),
    WORKLOAD("extensions/v1beta1", "Deployment", type_deployment_old, KIND_DEPLOYMENT, true),
    WORKLOAD("extensions/v1beta1", "ReplicaSet", type_replicaset, KIND_REPLICASET, true),
    WORKLOAD("extensions/v1beta1", "DaemonSet", type_daemonset_old, KIND_DAEMONSET, true),
};

static const struct manifest_kind *kind_find(const char *api_version, const char *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].api_version, api_version) == 0 && strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return NULL;
}

static bool same_group(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");
	return n == strcspn(b, "/") && strncmp(a, b, n) == 0;
}

/* A kind we know, of a group we know, in a version nobody serves. */
static int check_version(const struct place *version, const char *kind)
{
	char allowed[200] = "";
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].kind, kind) != 0 || !same_group(kinds[i].api_version, place_text(version)))
			continue;
		size_t used = strlen(allowed);
		snprintf(allowed + used, sizeof allowed - used, "%s%s", used ? ", " : "", kinds[i].api_version);
	}
	return *allowed ? place_refuse(version, "is no version of %s; there are %s", kind, allowed) : 0;
}

/* ---- one object ---- */

static int collect_object(struct collector *, const struct place *);

static int collect_skipped(struct collector *collector, const struct place *root, const char *kind)
{
	const char **skipped = list_add(&collector->skipped, root->source->err);
	if (!skipped)
		return -1;
	*skipped = kind;
	return 0;
}

static int collect_known(struct collector *collector, const struct place *root, const struct manifest_kind *row)
{
	if (place_check(root, row->type) < 0)
		return -1;
	if (row->is_autoscaler) {
		struct hpa_spec *hpa = list_add(&collector->autoscalers, root->source->err);
		return hpa ? read_autoscaler(root, row, hpa) : -1;
	}
	struct workload_spec *workload = list_add(&collector->workloads, root->source->err);
	return workload ? read_workload(root, row, workload) : -1;
}

/* kind List, DeploymentList and the like: anything whose name ends so and that has items, as kubectl does. */
static bool is_list(const struct place *root, const char *kind)
{
	size_t length = strlen(kind);
	const struct node *items = node_get(root->node, "items");
	return length >= 4 && strcmp(kind + length - 4, "List") == 0 && items && items->kind == NODE_LIST;
}

static int collect_list(struct collector *collector, const struct place *root)
{
	struct place items = place_field(root, "items");
	for (uint32_t i = 0; i < place_count(&items); i++) {
		struct place item = place_item(&items, i);
		if (collect_object(collector, &item) < 0)
			return -1;
	}
	return 0;
}

static int check_head(const struct place *place, const char *example)
{
	if (!place->node || (place->node->kind == NODE_STRING && !*place->node->text))
		return place_refuse(place, "must be set, such as %s", example);
	return place->node->kind == NODE_STRING && !memchr(place->node->text, 0, place->node->length)
		   ? 0
		   : place_refuse(place, "must be a string");
}

static int collect_object(struct collector *collector, const struct place *root)
{
	struct place version = place_field(root, "apiVersion"), kind = place_field(root, "kind");
	if (!root->node || root->node->kind != NODE_MAP)
		return place_refuse(root, "must be a Kubernetes object: a mapping with apiVersion, kind and metadata");
	if (check_head(&version, "apps/v1") < 0 || check_head(&kind, "Deployment") < 0)
		return -1;
	if (is_list(root, place_text(&kind)))
		return collect_list(collector, root);
	const struct manifest_kind *row = kind_find(place_text(&version), place_text(&kind));
	if (row)
		return collect_known(collector, root, row);
	if (check_version(&version, place_text(&kind)) < 0)
		return -1;
	return collect_skipped(collector, root, place_text(&kind));
}

int collect_text(struct collector *collector, const char *name, const char *text, size_t length, struct err *err)
{
	struct documents documents;
	struct source source = {arena_strdup(&collector->arena, name), &collector->arena, err};
	if (!source.file)
		return err_set(err, "out of memory");
	if (documents_parse(name, text, length, &collector->arena, &documents, err) < 0)
		return -1;
	if (documents.n == 0)
		return err_set(err, "%s: holds no manifest", name);
	for (size_t i = 0; i < documents.n; i++) {
		struct place root = {&source, NULL, NULL, 0, documents.roots[i]};
		if (collect_object(collector, &root) < 0)
			return -1;
	}
	return 0;
}

int manifests_parse(const char *name, const char *text, size_t length, struct manifests *manifests, struct err *err)
{
	struct collector *collector = collector_new(err);
	if (!collector)
		return -1;
	if (collect_text(collector, name, text, length, err) == 0)
		return collector_finish(collector, manifests, err);
	collector_finish(collector, NULL, err);
	return -1;
}

void manifests_free(struct manifests *manifests)
{
	arena_free(&manifests->arena);
	*manifests = (struct manifests){0};
}
