#include "target_kinds.h"

#include "../text/clock.h"

static const struct {
	const char *kind, *plural;
} watched[TARGET_KINDS] = {
    {"Deployment", "deployments"},
    {"StatefulSet", "statefulsets"},
    {"ReplicaSet", "replicasets"},
};

void target_kinds_init(struct target_kind kinds[TARGET_KINDS], struct log *log)
{
	for (size_t i = 0; i < TARGET_KINDS; i++)
		kinds[i] = (struct target_kind){.kind = watched[i].kind,
						.plural = watched[i].plural,
						.seed = mix64((uint64_t)clock_wall() ^ (uintptr_t)&kinds[i]),
						.log = log};
}

int target_kind_index(const char *api_version, const char *kind)
{
	if (!api_version || !kind || strncmp(api_version, "apps/", 5) != 0)
		return -1;
	for (int i = 0; i < TARGET_KINDS; i++)
		if (strcmp(watched[i].kind, kind) == 0)
			return i;
	return -1;
}

/* ---- objects ---- */

static uint64_t uid_hash(const struct target_kind *kind, const char *uid)
{
	return table_hash(kind->seed, uid, strlen(uid));
}

static uint64_t name_hash(const struct target_kind *kind, const char *namespace_, const char *name)
{
	return table_hash(table_hash(kind->seed, namespace_, strlen(namespace_)), name, strlen(name));
}

static struct target_object *find_uid(const struct target_kind *kind, const char *uid)
{
	for (struct table_link *link = table_first(&kind->uids, uid_hash(kind, uid)); link; link = table_next(link)) {
		struct target_object *object = TABLE_OF(link, struct target_object, by_uid);
		if (strcmp(object->uid, uid) == 0)
			return object;
	}
	return NULL;
}

const struct target_object *target_kind_find(const struct target_kind *kind, const char *namespace_, const char *name)
{
	uint64_t hash = name_hash(kind, namespace_, name);
	for (struct table_link *link = table_first(&kind->names, hash); link; link = table_next(link)) {
		struct target_object *object = TABLE_OF(link, struct target_object, by_name);
		if (strcmp(object->name, name) == 0 && strcmp(object->namespace_, namespace_) == 0)
			return object;
	}
	return NULL;
}

static void take_out(struct target_kind *kind, struct target_object *object)
{
	table_remove(&kind->uids, &object->by_uid);
	table_remove(&kind->names, &object->by_name);
	free(object);
}

/* Copies a string to where the next one goes. */
static const char *lay(char **at, struct json_value string)
{
	char *copy = *at;
	size_t length = json_copy(string, NULL, 0);
	json_copy(string, copy, length + 1);
	*at += length + 1;
	return copy;
}

static struct target_object *object_new(const char *uid, struct json_value root)
{
	struct json_value namespace_ = json_path(root, "metadata.namespace"), name = json_path(root, "metadata.name");
	struct json_value version = json_path(root, "metadata.resourceVersion");
	struct json_value selector = json_path(root, "spec.selector");
	size_t uid_length = strlen(uid), selector_length = selector.at ? (size_t)(selector.end - selector.at) : 0;
	size_t size = json_copy(namespace_, NULL, 0) + json_copy(name, NULL, 0) + json_copy(version, NULL, 0) + 3;
	struct target_object *object = calloc(1, sizeof *object + size + uid_length + selector_length + 2);
	if (!object)
		return NULL;
	char *at = object->bytes;
	object->namespace_ = lay(&at, namespace_);
	object->name = lay(&at, name);
	object->resource_version = lay(&at, version);
	object->uid = memcpy(at, uid, uid_length);
	at += uid_length + 1;
	object->selector = selector_length ? memcpy(at, selector.at, selector_length) : at;
	object->spec_replicas = json_count(json_path(root, "spec.replicas"), 1);
	object->status_replicas = json_count(json_path(root, "status.replicas"), 0);
	return object;
}

/* ---- what the watch tells ---- */

static void on_begin(void *self)
{
	struct target_kind *kind = self;
	kind->listed = false;
	kind->epoch++;
}

static void on_put(void *self, const char *uid, struct json_value root)
{
	struct target_kind *kind = self;
	struct target_object *object = object_new(uid, root), *old = find_uid(kind, uid);
	if (!object || table_reserve(&kind->uids) < 0 || table_reserve(&kind->names) < 0) {
		log_line(kind->log, LOG_ERROR, "an object is left out", "kind", kind->kind, "uid", uid, "reason",
			 "out of memory", NULL);
		free(object);
		return;
	}
	/* A new object of an old name, before the old one was seen to go. */
	old = old ? old : (struct target_object *)(uintptr_t)target_kind_find(kind, object->namespace_, object->name);
	if (old)
		take_out(kind, old);
	object->epoch = kind->epoch;
	table_add(&kind->uids, &object->by_uid, uid_hash(kind, uid));
	table_add(&kind->names, &object->by_name, name_hash(kind, object->namespace_, object->name));
}

static void on_drop(void *self, const char *uid)
{
	struct target_kind *kind = self;
	struct target_object *object = find_uid(kind, uid);
	if (object)
		take_out(kind, object);
}

/* Those of another list than this one; UINT32_MAX: all. */
static void sweep(struct target_kind *kind, uint32_t epoch)
{
	for (size_t i = 0; i < kind->uids.n_slots; i++)
		for (struct table_link *link = kind->uids.slots[i], *next; link; link = next) {
			struct target_object *object = TABLE_OF(link, struct target_object, by_uid);
			next = link->next;
			if (object->epoch != epoch)
				take_out(kind, object);
		}
}

static void on_end(void *self)
{
	struct target_kind *kind = self;
	kind->listed = true;
	sweep(kind, kind->epoch);
}

struct watch_sink target_kind_sink(struct target_kind *kind)
{
	return (struct watch_sink){kind, on_begin, on_put, on_drop, on_end};
}

/* ---- life ---- */

int target_kind_open(struct target_kind *kind, struct kube *kube, const char *namespace_, struct err *err)
{
	char path[512];
	struct watch_sink sink = target_kind_sink(kind);
	if (kind->watch || !kube)
		return 0;
	int length = kube_path(path, sizeof path, "apps/v1", namespace_, kind->plural, NULL, NULL);
	if (length < 0 || (size_t)length >= sizeof path)
		return err_set(err, "the namespace's name is too long");
	kind->watch = watch_open(kube, path, NULL, &sink, kind->log, err);
	return kind->watch ? 0 : -1;
}

void target_kind_close(struct target_kind *kind)
{
	watch_close(kind->watch);
	kind->watch = NULL;
	kind->listed = false;
	sweep(kind, UINT32_MAX);
	table_free(&kind->uids);
	table_free(&kind->names);
}

bool target_kind_synced(const struct target_kind *kind)
{
	return kind->watch ? watch_synced(kind->watch) : kind->listed;
}
