#include "pod_store.h"

#include "../text/clock.h"
#include "../text/grown.h"

/* ---- two tables: by uid, and by namespace and name ---- */

static uint64_t name_hash(const struct live_pods *pods, const char *namespace_, const char *name)
{
	return table_hash(pods->texts.seed ^ mix64((uintptr_t)namespace_), name, strlen(name));
}

static struct stored_pod *find_uid(const struct live_pods *pods, const char *uid)
{
	uint64_t hash = table_hash(pods->texts.seed, uid, strlen(uid));
	for (struct table_link *link = table_first(&pods->uids, hash); link; link = table_next(link)) {
		struct stored_pod *stored = TABLE_OF(link, struct stored_pod, by_uid);
		if (strcmp(stored->pod.uid, uid) == 0)
			return stored;
	}
	return NULL;
}

static struct stored_pod *find_name(const struct live_pods *pods, const char *namespace_, const char *name)
{
	uint64_t hash = name_hash(pods, namespace_, name);
	for (struct table_link *link = table_first(&pods->names, hash); link; link = table_next(link)) {
		struct stored_pod *stored = TABLE_OF(link, struct stored_pod, by_name);
		if (stored->pod.namespace_ == namespace_ && strcmp(stored->pod.name, name) == 0)
			return stored;
	}
	return NULL;
}

const struct live_pod *live_pod_find(const struct live_pods *pods, const char *namespace_, const char *name)
{
	const char *interned = intern_find(&pods->texts, namespace_);
	struct stored_pod *stored = interned ? find_name(pods, interned, name) : NULL;
	return stored ? &stored->pod : NULL;
}

uint32_t live_pod_index(const struct live_pod *pod)
{
	return ((const struct stored_pod *)(const void *)pod)->index;
}

/* ---- in and out ---- */

static bool same_labels(const struct live_pod *a, const struct live_pod *b)
{
	return a->n_labels == b->n_labels &&
	       (!a->n_labels || memcmp(a->labels, b->labels, a->n_labels * sizeof *a->labels) == 0);
}

static bool same_containers(const struct live_pod *a, const struct live_pod *b)
{
	bool same = a->n_containers == b->n_containers;
	for (uint32_t i = 0; same && i < a->n_containers; i++)
		same = a->containers[i].name == b->containers[i].name &&
		       a->containers[i].cpu_milli == b->containers[i].cpu_milli &&
		       a->containers[i].memory_bytes == b->containers[i].memory_bytes &&
		       a->containers[i].sidecar == b->containers[i].sidecar;
	return same;
}

/* In what the view of nodes looks at; texts are interned. */
static bool same_for_nodes(const struct live_pod *a, const struct live_pod *b)
{
	return a->node == b->node && a->cpu_milli == b->cpu_milli && a->memory_bytes == b->memory_bytes &&
	       a->view.phase == b->view.phase && a->view.deleted == b->view.deleted && a->keep == b->keep &&
	       a->owner_kind == b->owner_kind && a->owner_name == b->owner_name && a->priority == b->priority &&
	       a->unmodelled == b->unmodelled && a->scheduling == b->scheduling && a->created_at == b->created_at &&
	       a->unschedulable_at == b->unschedulable_at && a->mirror == b->mirror && a->daemon == b->daemon &&
	       same_labels(a, b);
}

static bool same_for_replicas(const struct live_pod *a, const struct live_pod *b)
{
	return a->view.start_at == b->view.start_at && a->view.ready_changed_at == b->view.ready_changed_at &&
	       a->view.ready == b->view.ready && same_containers(a, b);
}

static void take_out(struct live_pods *pods, struct stored_pod *stored)
{
	struct stored_pod *last = pods->pods[--pods->n_pods];
	pods->pods[stored->index] = last;
	last->index = stored->index;
	table_remove(&pods->uids, &stored->by_uid);
	table_remove(&pods->names, &stored->by_name);
	pod_groups_remove(pods, stored);
	pod_free(pods, stored);
	pods->changes++;
}

static int put_in(struct live_pods *pods, struct stored_pod *stored)
{
	struct stored_pod **grown = heap_grown(pods->pods, pods->n_pods, &pods->pods_room, sizeof(struct stored_pod *));
	pods->pods = grown ? grown : pods->pods;
	if (!grown || table_reserve(&pods->uids) < 0 || table_reserve(&pods->names) < 0 ||
	    pod_groups_add(pods, stored) < 0)
		return -1;
	stored->index = (uint32_t)pods->n_pods;
	pods->pods[pods->n_pods++] = stored;
	table_add(&pods->uids, &stored->by_uid, table_hash(pods->texts.seed, stored->pod.uid, strlen(stored->pod.uid)));
	table_add(&pods->names, &stored->by_name, name_hash(pods, stored->pod.namespace_, stored->pod.name));
	pods->changes++;
	return 0;
}

/* ---- what the watch tells ---- */

static void on_begin(void *self)
{
	struct live_pods *pods = self;
	pods->listing = true;
	pods->epoch++;
}

static void on_put(void *self, const char *uid, struct json_value object)
{
	struct live_pods *pods = self;
	struct err err = {""};
	struct stored_pod *old = find_uid(pods, uid), *new = pod_decode(pods, uid, object, &err);
	if (!new) {
		log_line(pods->log, LOG_ERROR, "a pod is left out", "uid", uid, "reason", err.message, NULL);
		return;
	}
	new->epoch = pods->epoch;
	bool same = old && same_for_nodes(&old->pod, &new->pod);
	if (same && same_for_replicas(&old->pod, &new->pod)) {
		old->epoch = pods->epoch;
		pod_free(pods, new);
		return;
	}
	pods->node_changes += !same;
	/* A new pod of an old name, before the old one was seen to go. */
	old = old ? old : find_name(pods, new->pod.namespace_, new->pod.name);
	if (old)
		take_out(pods, old);
	if (put_in(pods, new) == 0)
		return;
	log_line(pods->log, LOG_ERROR, "a pod is left out", "uid", uid, "reason", "out of memory", NULL);
	pod_free(pods, new);
}

static void on_drop(void *self, const char *uid)
{
	struct live_pods *pods = self;
	struct stored_pod *stored = find_uid(pods, uid);
	if (!stored)
		return;
	pods->node_changes++;
	take_out(pods, stored);
}

static void on_end(void *self)
{
	struct live_pods *pods = self;
	pods->listing = false;
	for (size_t i = pods->n_pods; i-- > 0;)
		if (pods->pods[i]->epoch != pods->epoch) {
			pods->node_changes++;
			take_out(pods, pods->pods[i]);
		}
}

struct watch_sink live_pods_sink(struct live_pods *pods)
{
	return (struct watch_sink){pods, on_begin, on_put, on_drop, on_end};
}

/* ---- life ---- */

struct live_pods *live_pods_open_in(struct kube *kube, const char *namespace_, struct log *log, struct err *err)
{
	char path[512];
	struct live_pods *pods = calloc(1, sizeof *pods);
	if (!pods) {
		err_set(err, "out of memory");
		return NULL;
	}
	pods->texts.seed = mix64((uint64_t)clock_wall() ^ (uintptr_t)pods);
	pods->log = log;
	if (!kube)
		return pods;
	struct watch_sink sink = live_pods_sink(pods);
	int length = kube_path(path, sizeof path, "v1", namespace_, "pods", NULL, NULL);
	if (length < 0 || (size_t)length >= sizeof path)
		err_set(err, "the namespace's name is too long");
	else
		pods->watch = watch_open(kube, path, NULL, &sink, log, err);
	if (pods->watch)
		return pods;
	live_pods_close(pods);
	return NULL;
}

struct live_pods *live_pods_open(struct kube *kube, struct log *log, struct err *err)
{
	return live_pods_open_in(kube, NULL, log, err);
}

void live_pods_close(struct live_pods *pods)
{
	if (!pods)
		return;
	watch_close(pods->watch);
	for (size_t i = 0; i < pods->n_pods; i++)
		free(pods->pods[i]);
	free(pods->pods);
	pod_groups_free(pods);
	pod_draft_free(&pods->draft);
	table_free(&pods->uids);
	table_free(&pods->names);
	interner_free(&pods->texts);
	free(pods);
}

bool live_pods_synced(const struct live_pods *pods)
{
	return pods->watch ? watch_synced(pods->watch) : pods->epoch > 0 && !pods->listing;
}

const struct watch *live_pods_watch(const struct live_pods *pods)
{
	return pods->watch;
}

uint64_t live_pods_generation(const struct live_pods *pods)
{
	return pods->node_changes;
}

uint32_t live_pods_count(const struct live_pods *pods)
{
	return (uint32_t)pods->n_pods;
}

const struct live_pod *live_pod_at(const struct live_pods *pods, uint32_t index)
{
	return &pods->pods[index]->pod;
}

uint32_t live_pods_on(struct live_pods *pods, const char *node, const struct live_pod ***out)
{
	const char *interned = intern_find(&pods->texts, node);
	struct pod_group *group = interned ? pod_group_find(pods, NULL, NULL, interned) : NULL;
	*out = NULL;
	if (!group)
		return 0;
	pod_group_sort(group);
	*out = (const struct live_pod **)(void *)group->pods;
	return group->n;
}
