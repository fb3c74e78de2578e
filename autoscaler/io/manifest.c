#include "manifest.h"

#include "manifest_read.h"
#include "manifest_types.h"

#include <stdlib.h>

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
	return *allowed ? refuse(version, "is no version of %s; there are %s", kind, allowed) : 0;
}

/* ---- growing lists ---- */

struct list {
	char *items;
	size_t n, capacity, size;
};

static void *list_add(struct list *list, struct err *err)
{
	if (list->n == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 16;
		char *items = realloc(list->items, capacity * list->size);
		if (!items) {
			err_set(err, "out of memory");
			return NULL;
		}
		list->items = items;
		list->capacity = capacity;
	}
	void *item = list->items + list->n++ * list->size;
	memset(item, 0, list->size);
	return item;
}

struct collector {
	struct arena arena;
	struct list workloads, autoscalers;
	struct list skipped; /* const char *, one each object */
};

/* The whole of what manifests may take; a bound for hostile input. */
#define MANIFESTS_MAX_BYTES ((size_t)2 << 30)

struct collector *collector_new(struct err *err)
{
	struct collector *collector = calloc(1, sizeof *collector);
	if (!collector) {
		err_set(err, "out of memory");
		return NULL;
	}
	collector->arena.limit = MANIFESTS_MAX_BYTES;
	collector->workloads.size = sizeof(struct workload_spec);
	collector->autoscalers.size = sizeof(struct hpa_spec);
	collector->skipped.size = sizeof(const char *);
	return collector;
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
		return refuse(place, "must be set, such as %s", example);
	return place->node->kind == NODE_STRING && !memchr(place->node->text, 0, place->node->length)
		   ? 0
		   : refuse(place, "must be a string");
}

static int collect_object(struct collector *collector, const struct place *root)
{
	struct place version = place_field(root, "apiVersion"), kind = place_field(root, "kind");
	if (!root->node || root->node->kind != NODE_MAP)
		return refuse(root, "must be a Kubernetes object: a mapping with apiVersion, kind and metadata");
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

/* ---- all of them ---- */

/* What makes two objects one: kind, namespace, name. */
struct identity {
	const char *kind, *namespace_, *name;
	size_t at;
};

static int compare_identity(const void *a, const void *b)
{
	const struct identity *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);
	if (order == 0)
		order = strcmp(x->namespace_, y->namespace_);
	if (order == 0)
		order = strcmp(x->name, y->name);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool same(const struct identity *a, const struct identity *b)
{
	return strcmp(a->kind, b->kind) == 0 && strcmp(a->namespace_, b->namespace_) == 0 &&
	       strcmp(a->name, b->name) == 0;
}

/* After sorting: for each item where it goes, SIZE_MAX for one that is replaced. Of several, the last stays, in the
 * place of the first: what applying one after the other leaves. */
static void mark_replaced(const struct identity *sorted, size_t n, size_t *source)
{
	for (size_t i = 0; i < n; i++)
		source[i] = i;
	for (size_t first = 0, i = 1; i < n; i++) {
		if (!same(&sorted[first], &sorted[i])) {
			first = i;
			continue;
		}
		source[sorted[first].at] = sorted[i].at;
		source[sorted[i].at] = SIZE_MAX;
	}
}

typedef struct identity (*identify)(const void *item);

/* Copies a list into the arena, each object once. */
static void *list_unique(struct arena *arena, const struct list *list, identify of, uint32_t *n, struct err *err)
{
	struct identity *identities = calloc(list->n + 1, sizeof *identities);
	size_t *source = calloc(list->n + 1, sizeof *source);
	char *out = arena_alloc(arena, list->n, list->size);
	*n = 0;
	if (identities && source && out) {
		for (size_t i = 0; i < list->n; i++) {
			identities[i] = of(list->items + i * list->size);
			identities[i].at = i;
		}
		qsort(identities, list->n, sizeof *identities, compare_identity);
		mark_replaced(identities, list->n, source);
		for (size_t i = 0; i < list->n; i++)
			if (source[i] != SIZE_MAX)
				memcpy(out + (*n)++ * list->size, list->items + source[i] * list->size, list->size);
	} else {
		err_set(err, "out of memory");
		out = NULL;
	}
	free(identities);
	free(source);
	return out;
}

static struct identity workload_identity(const void *item)
{
	const struct workload_spec *workload = item;
	return (struct identity){workload_kind_names[workload->kind], workload->namespace_, workload->name, 0};
}

static struct identity autoscaler_identity(const void *item)
{
	const struct hpa_spec *hpa = item;
	return (struct identity){"", hpa->namespace_, hpa->name, 0};
}

/* ---- skipped kinds ---- */

struct skipped {
	const char *kind;
	size_t at, count;
};

static int compare_skipped(const void *a, const void *b)
{
	const struct skipped *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int compare_seen(const void *a, const void *b)
{
	const struct skipped *x = a, *y = b;
	return (x->at > y->at) - (x->at < y->at);
}

/* Sums equal kinds; returns how many there are, in the order they were first seen. */
static size_t count_kinds(struct skipped *all, size_t n)
{
	size_t kept = 0;
	qsort(all, n, sizeof *all, compare_skipped);
	for (size_t i = 0; i < n; i++) {
		if (kept && strcmp(all[kept - 1].kind, all[i].kind) == 0)
			all[kept - 1].count++;
		else
			all[kept++] = all[i];
	}
	qsort(all, kept, sizeof *all, compare_seen);
	return kept;
}

static int name_skipped(struct manifests *out, struct skipped *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char kind[80], text[120];
		text_show(kind, sizeof kind, all[i].kind, strlen(all[i].kind));
		snprintf(text, sizeof text, "%s (%zu)", kind, all[i].count);
		out->skipped[i] = arena_strdup(&out->arena, text);
		if (!out->skipped[i])
			return -1;
	}
	out->n_skipped = (uint32_t)n;
	return 0;
}

static int finish_skipped(const struct list *list, struct manifests *out, struct err *err)
{
	struct skipped *all = calloc(list->n + 1, sizeof *all);
	size_t n = 0;
	if (all) {
		for (size_t i = 0; i < list->n; i++) {
			memcpy(&all[i].kind, list->items + i * list->size, list->size);
			all[i].at = i;
			all[i].count = 1;
		}
		n = count_kinds(all, list->n);
		out->skipped = arena_alloc(&out->arena, n, sizeof(const char *));
	}
	int status = all && out->skipped && name_skipped(out, all, n) == 0 ? 0 : err_set(err, "out of memory");
	free(all);
	return status;
}

int collector_finish(struct collector *collector, struct manifests *out, struct err *err)
{
	int status = 0;
	if (out) {
		*out = (struct manifests){.arena = collector->arena};
		out->workloads =
		    list_unique(&out->arena, &collector->workloads, workload_identity, &out->n_workloads, err);
		out->autoscalers =
		    list_unique(&out->arena, &collector->autoscalers, autoscaler_identity, &out->n_autoscalers, err);
		if (!out->workloads || !out->autoscalers || finish_skipped(&collector->skipped, out, err) < 0) {
			manifests_free(out);
			status = -1;
		}
	} else {
		arena_free(&collector->arena);
	}
	free(collector->workloads.items);
	free(collector->autoscalers.items);
	free(collector->skipped.items);
	free(collector);
	return status;
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
