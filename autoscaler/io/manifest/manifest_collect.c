#include "manifest_collect.h"

#include "../text/grown.h"
#include "../text/yaml.h"

#include <stdlib.h>

void *list_add(struct list *list, struct err *err)
{
	char *items = heap_grown(list->items, list->n, &list->room, list->size);
	if (!items) {
		err_set(err, "out of memory");
		return NULL;
	}
	list->items = items;
	void *item = list->items + list->n++ * list->size;
	memset(item, 0, list->size);
	return item;
}

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
